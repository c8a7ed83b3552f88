"""A real model with random weights: golden values by its own layers, prompts, limits, and what is refused."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datagen_plugin_sentence_transformers.config import SentenceTransformersConfig
from datagen_plugin_sentence_transformers.embedder import SentenceTransformers

from datagen_core import PluginError
from datagen_core.testing import offline

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
library = pytest.importorskip("sentence_transformers")

TEXTS = [
    "The sea rises.",
    "海水上涨。",
    "هل ستمطر غدا؟",
    "สวัสดี",
    "a",
    "The sea rises twice a day, and falls.",
]


def embedder(folder: Path | str, **options: object) -> SentenceTransformers:
    return SentenceTransformers(SentenceTransformersConfig.model_validate({"model": str(folder), **options}))


def by_the_models_own_layers(folder: Path, text: str) -> Any:
    """The mean of the last layer over the tokens, of length 1."""
    model = transformers.AutoModel.from_pretrained(folder).eval()
    given = transformers.AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        mean = model(**given).last_hidden_state[0].mean(dim=0)
    return (mean / mean.norm()).numpy()


@pytest.mark.parametrize("text", TEXTS)
def test_vectors_are_the_mean_of_the_tokens_of_length_1(bert_weights: Path, text: str) -> None:
    found = embedder(bert_weights).embed([*TEXTS, text])[-1]
    assert found == pytest.approx(by_the_models_own_layers(bert_weights, text), abs=1e-5)
    assert np.linalg.norm(found) == pytest.approx(1.0, abs=1e-6)


def test_a_prompt_is_put_before_each_text(bert_weights: Path) -> None:
    with_prompt = embedder(bert_weights, prompt="query: ").embed(["rain", "snow"])
    assert with_prompt == pytest.approx(
        embedder(bert_weights).embed(["query: rain", "query: snow"]), abs=1e-5
    )


def test_no_more_tokens_are_read_than_the_limit_says(bert_weights: Path) -> None:
    """A token is a byte here."""
    short = embedder(bert_weights, max_seq_length=4)
    first, second, third = short.embed(["sealed", "seal", "sea"])
    assert first == pytest.approx(second, abs=1e-5)
    assert abs(second - third).max() > 1e-3
    first, second, _ = embedder(bert_weights).embed(["sealed", "seal", "sea"])
    assert abs(first - second).max() > 1e-3


@pytest.mark.parametrize("blank", ["", " \n\t", "\u00a0"])
def test_white_space_alone_is_zeros_whatever_the_prompt(bert_weights: Path, blank: str) -> None:
    found = embedder(bert_weights, prompt="query: ").embed([blank, "rain"])
    assert not found[0].any() and found[1].any()
    assert not embedder(bert_weights).embed([blank]).any()


def test_half_a_surrogate_pair_is_read_as_a_question_mark(bert_weights: Path) -> None:
    broken, plain = embedder(bert_weights).embed(["half \ud83d pair", "half ? pair"])
    assert broken == pytest.approx(plain, abs=1e-6)


def test_a_megabyte_is_read_as_far_as_the_model_goes(bert_weights: Path) -> None:
    long, start = embedder(bert_weights).embed(["x" * 2**20, "x" * 128])
    assert long == pytest.approx(start, abs=1e-5)


def test_the_model_is_loaded_once_whoever_asks(bert_weights: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bert_weights, folder)
    first, second = embedder(folder), embedder(folder)
    found = first.embed(TEXTS)
    shutil.rmtree(folder)
    assert (second.embed(TEXTS) == found).all()


def test_a_pickled_embedder_gives_the_same_vectors_and_holds_no_model(bert_weights: Path) -> None:
    part = embedder(bert_weights)
    found = part.embed(TEXTS)
    pickled = pickle.dumps(part)
    assert len(pickled) < 5000
    assert (pickle.loads(pickled).embed(TEXTS) == found).all()


def test_a_saved_sentence_transformer_is_loaded_as_it_was(bert_weights: Path, tmp_path: Path) -> None:
    library.SentenceTransformer(str(bert_weights), prompts={"q": "query: "}, default_prompt_name="q").save(
        str(tmp_path / "saved")
    )
    saved = embedder(tmp_path / "saved").embed(["rain"])
    assert saved == pytest.approx(embedder(bert_weights, prompt="query: ").embed(["rain"]), abs=1e-5)


def test_a_model_that_is_not_on_this_machine_is_an_error_with_its_command(tmp_path: Path) -> None:
    with offline() as tried, pytest.raises(PluginError) as caught:
        embedder("some-one/no-such-model")
    assert caught.value.hint == "hf download some-one/no-such-model"
    assert not tried


def test_weights_that_cannot_be_read_are_an_error_when_they_are_loaded(
    bert_weights: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(bert_weights, folder)
    (folder / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(PluginError, match="can't be loaded"):
        embedder(folder).embed(["rain"])
