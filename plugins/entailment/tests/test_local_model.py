"""The real cross-encoder, with random weights: what it computes, what it is shown, and what it refuses."""

from __future__ import annotations

import asyncio
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_entailment.config import EntailmentConfig
from datagen_plugin_entailment.entailment import Entailment, _labels
from datagen_plugin_entailment.labels import Labels
from datagen_plugin_entailment.nli import MARGIN, CrossEncoder, _positions, load
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.errors import PluginError
from datagen_core.inputs import Seed
from datagen_core.sample import Sample, Trace
from datagen_core.sentences import sentences
from datagen_core.testing import make_inputs

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

SOURCE = " ".join(f"Tide {i} raises the sea. 海水{i}上涨。" for i in range(20))
PAIRS = [("The sea rises.", "It rises."), ("A long premise about the moon and the sea.", "No."), ("海", "水")]


@pytest.fixture(scope="module")
def model(nli_weights: Path) -> CrossEncoder:
    return loaded(nli_weights)


def loaded(folder: Path, **options: Any) -> CrossEncoder:
    config = EntailmentConfig.model_validate({"model": str(folder), **options})
    return load(config, _labels(config))


def test_odds_are_the_softmax_of_the_outputs_that_the_labels_name(
    model: CrossEncoder, nli_weights: Path
) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(nli_weights)
    bare = transformers.AutoModelForSequenceClassification.from_pretrained(nli_weights).eval()
    for premise, hypothesis in PAIRS:
        with torch.inference_mode():
            logits = bare(**tokenizer(premise, hypothesis, return_tensors="pt")).logits[0]
        neutral, entailment, contradiction = logits.softmax(dim=0).tolist()
        (odds,) = model.odds([(premise, hypothesis)])
        assert odds == pytest.approx((entailment, contradiction), abs=1e-4)
        assert sum(odds) + neutral == pytest.approx(1, abs=2e-4)


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_neither_padding_nor_the_other_pairs_of_a_batch_change_odds(
    model: CrossEncoder, nli_weights: Path, batch_size: int
) -> None:
    alone = [model.odds([pair])[0] for pair in PAIRS]
    assert loaded(nli_weights, batch_size=batch_size).odds(PAIRS) == alone


def test_windows_overlap_fit_and_hold_the_whole_source(model: CrossEncoder) -> None:
    windows = model.windows(SOURCE)
    tokens = [len(model._encoded(window)["input_ids"]) for window in windows]
    most = 128 - 128 // 4 - 3 - MARGIN

    assert len(windows) > 5 and max(tokens) <= most + MARGIN
    at = 0
    for window in windows:
        found = SOURCE.index(window)
        assert found <= at, "a gap between windows"
        at = found + len(window)
    assert at == len(SOURCE)


def test_a_short_source_is_one_window_and_an_empty_one_is_none(model: CrossEncoder) -> None:
    assert model.windows("The sea rises.") == ["The sea rises."]
    assert model.windows("") == []


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_pieces_of_sentences_fit_and_lose_nothing(model: CrossEncoder, text: str) -> None:
    spans = list(sentences(text))
    pieces = model.pieces(text, spans)
    assert all(len(text[start:end]) <= 32 for start, end in pieces)  # at least a byte for each character
    for start, end in spans:
        own = [piece for piece in pieces if start <= piece[0] < end]
        covered = {i for low, high in own for i in range(low, high)}
        assert covered >= {i for i in range(start, end) if not text[i].isspace()}


def test_special_tokens_in_a_text_are_text(model: CrossEncoder) -> None:
    ids = model._encoded("a [SEP] b")["input_ids"]
    assert 2 not in ids and len(ids) == 9


def test_a_row_is_judged_from_end_to_end_and_pickles(nli_weights: Path) -> None:
    inputs = make_inputs(chunks=(Seed(id="c1", text=SOURCE),))
    part = Entailment(EntailmentConfig(model=str(nli_weights), min_entailment=0.0), inputs)
    rows = [
        Sample(id=str(i), response=text, trace=Trace(parents=("c1",)))
        for i, text in enumerate(["The sea rises. 海水上涨。", "half \ud83d pair [SEP] x", "x" * 500])
    ]
    first = asyncio.run(part.validate(rows))

    assert all(verdict.score is not None and 0 <= verdict.score <= 1 for verdict in first)
    again = pickle.loads(pickle.dumps(part))
    assert asyncio.run(again.validate(rows)) == first
    assert [asyncio.run(again.validate([row]))[0] for row in rows] == first


def test_a_text_outside_the_vocabulary_is_not_judged(make_nli: Callable[..., Path]) -> None:
    folder = make_nli(("entailment", "not_entailment"), words=("the", "sea", "rises"))
    inputs = make_inputs(chunks=(Seed(id="c1", text="the sea rises the sea rises"),))
    part = Entailment(EntailmentConfig(model=str(folder), min_entailment=0.0), inputs)
    rows = [
        Sample(id="r", response=text, trace=Trace(parents=("c1",))) for text in ("the sea rises", "海 水 sea")
    ]

    first, second = asyncio.run(part.validate(rows))

    assert first.passed
    assert (second.reason, second.score, second.measured) == ("not_in_vocabulary", None, 0.6667)


def test_a_qnli_model_may_have_two_labels_or_one_output(make_nli: Callable[..., Path]) -> None:
    for labels, most in ((("not_entailment", "entailment"), Labels(1)), (("LABEL_0",), Labels(0))):
        folder = make_nli(labels)
        config = EntailmentConfig(model=str(folder), check="answerable", min_entailment=0.0)
        assert _labels(config) == most
        inputs = make_inputs(chunks=(Seed(id="c1", text="The sea rises. The moon is far."),))
        row = Sample(id="r", input="Why?", trace=Trace(parents=("c1",)))
        (verdict,) = asyncio.run(Entailment(config, inputs).validate([row]))
        assert verdict.passed and 0 < verdict.score < 1


def test_a_model_of_three_labels_tells_nothing_of_answerability(nli_weights: Path) -> None:
    with pytest.raises(PluginError, match="no QNLI model"):
        Entailment(EntailmentConfig(model=str(nli_weights), check="answerable"), make_inputs())


def test_labels_that_say_nothing_are_refused_before_weights_are_read(make_nli: Callable[..., Path]) -> None:
    folder = make_nli(("LABEL_0", "LABEL_1", "LABEL_2"))
    (folder / "model.safetensors").unlink()
    with pytest.raises(PluginError, match="LABEL_0"):
        Entailment(EntailmentConfig(model=str(folder)), make_inputs())
    Entailment(
        EntailmentConfig.model_validate({"model": str(folder), "labels": {"entailment": "LABEL_1"}}),
        make_inputs(),
    )


def test_missing_weights_are_a_clear_error(make_nli: Callable[..., Path]) -> None:
    folder = make_nli(("entailment", "not_entailment"))
    (folder / "model.safetensors").unlink()
    inputs = make_inputs(chunks=(Seed(id="c1", text="sea"),))
    part = Entailment(EntailmentConfig(model=str(folder)), inputs)
    with pytest.raises(PluginError, match="can't be loaded"):
        asyncio.run(part.validate([Sample(id="r", response="sea", trace=Trace(parents=("c1",)))]))
    with pytest.raises(PluginError, match="can't be loaded") as caught:
        Entailment(EntailmentConfig(model="nobody/no-such-model"), inputs)
    assert caught.value.hint == "hf download nobody/no-such-model"


def test_a_model_without_its_last_layer_is_refused(make_nli: Callable[..., Path]) -> None:
    """The library would fill it with random numbers and warn."""
    folder = make_nli(("entailment", "not_entailment"))
    config = transformers.AutoConfig.from_pretrained(folder)
    transformers.AutoModelForSequenceClassification.from_pretrained(folder).bert.save_pretrained(folder)
    config.save_pretrained(folder)
    with pytest.raises(PluginError, match="classifier"):
        loaded(folder)


def test_a_folder_counts_by_its_content(nli_weights: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(nli_weights, moved)
    prints = [EntailmentConfig(model=str(folder)).fingerprint() for folder in (nli_weights, moved)]
    assert prints[0] == prints[1]
    weights = bytearray((moved / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (moved / "model.safetensors").write_bytes(weights)
    assert EntailmentConfig(model=str(moved)).fingerprint() != prints[0]


def test_a_folder_is_found_beside_the_recipe(nli_weights: Path) -> None:
    config = EntailmentConfig.model_validate(
        {"model": nli_weights.name}, context={"base": nli_weights.parent}
    )
    assert config.model == str(nli_weights)


def test_models_whose_positions_begin_after_the_padding_take_fewer_tokens() -> None:
    assert _positions(transformers.XLMRobertaConfig(max_position_embeddings=514, pad_token_id=1)) == 512
    assert _positions(transformers.BertConfig(max_position_embeddings=512)) == 512
    assert _positions(transformers.T5Config()) > 10**6
