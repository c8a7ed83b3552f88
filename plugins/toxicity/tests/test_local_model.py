"""The real model, small and random: what it computes, what it is shown, and what it refuses."""

from __future__ import annotations

import asyncio
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_toxicity.classifier import Classifier, load
from datagen_plugin_toxicity.config import ToxicityModelConfig
from datagen_plugin_toxicity.local import ToxicityModel

from datagen_core.errors import InputError, PluginError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample, Verdict

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXTS = [
    "hello there",
    "you are a fool",
    "x",
    "what a lovely day it is today, and how warm",
    "",
    "\ud83d 你好",
]


def loaded(folder: Path, **options: Any) -> Classifier:
    return load(ToxicityModelConfig(model=str(folder), **options))


def judged(folder: Path | str, *texts: str, **options: Any) -> list[Verdict]:
    part = ToxicityModel(ToxicityModelConfig(model=str(folder), **options), Inputs())
    return list(asyncio.run(part.validate([Sample(id=str(i), response=t) for i, t in enumerate(texts)])))


@pytest.mark.parametrize("multi", [False, True])
def test_probabilities_are_those_of_the_bare_model(make_weights: Callable[..., Path], multi: bool) -> None:
    folder = make_weights(("toxic", "obscene", "threat"), multi=multi)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    bare = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    model = loaded(folder)
    for text in TEXTS[:4]:
        with torch.inference_mode():
            logits = bare(**tokenizer(text, return_tensors="pt")).logits[0]
        wanted = (logits.sigmoid() if multi else logits.softmax(dim=0)).tolist()
        (found,) = model.probabilities([text], 1)
        assert list(found) == ["toxic", "obscene", "threat"]
        assert list(found.values()) == pytest.approx(wanted, abs=1e-4)
        assert multi or sum(found.values()) == pytest.approx(1, abs=3e-4)


@pytest.mark.parametrize("batch_size", [1, 2, 16])
def test_what_else_is_in_a_batch_changes_nothing(weights: Path, batch_size: int) -> None:
    model = loaded(weights)
    alone = [model.probabilities([text], 1)[0] for text in TEXTS]
    assert model.probabilities(TEXTS, batch_size) == alone
    assert len({tuple(found.values()) for found in alone}) > 3, "random weights tell texts apart"


def test_a_text_with_too_many_tokens_is_judged_piece_by_piece_not_cut_off(weights: Path) -> None:
    model = loaded(weights)
    text = "a b c d e f g h i j " * 50  # 500 tokens, the model takes 128: quarters have 125 and two marks
    (found,) = model.probabilities([text], 16)
    pieces = list(model._pieces(text))
    assert "".join(pieces) == text and len(pieces) == 4
    each = model.probabilities(pieces, 16)
    assert found == {label: max(one[label] for one in each) for label in model.labels}


def test_a_row_is_judged_by_the_real_model(weights: Path) -> None:
    texts = [f"{word} and {word}" for word in ("hello", "fool", "rain", "moon", "xyz", "qqq", "table")]
    verdicts = judged(weights, *texts)
    of = [found["toxic"] for found in loaded(weights).probabilities(texts, 4)]
    assert [verdict.passed for verdict in verdicts] == [value < 0.5 for value in of]
    assert [verdict.measured for verdict in verdicts] == of
    assert {verdict.passed for verdict in verdicts} == {True, False}


def test_a_model_that_isnt_here_is_an_error_and_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(PluginError) as error:
        judged("nobody/no-such-model", "some text")
    assert error.value.hint == "hf download nobody/no-such-model"


def test_a_folder_without_a_model_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="can't be loaded") as error:
        judged(tmp_path, "some text")
    assert error.value.hint == "correct the path"


def test_unnamed_labels_must_be_named(make_weights: Callable[..., Path]) -> None:
    folder = make_weights(("LABEL_0", "LABEL_1"))
    with pytest.raises(InputError, match="isn't clear"):
        judged(folder, "some text")
    assert judged(folder, "some text", labels=["LABEL_1"])[0].measured is not None


def test_it_pickles_after_use(weights: Path) -> None:
    part = ToxicityModel(ToxicityModelConfig(model=str(weights)), Inputs())
    rows = [Sample(id="1", response="hello there")]
    first = asyncio.run(part.validate(rows))
    assert asyncio.run(pickle.loads(pickle.dumps(part)).validate(rows)) == first
