"""A real causal model with random weights: golden values by its own loss, windows, padding, and what is refused."""

from __future__ import annotations

import asyncio
import math
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_perplexity.config import PerplexityConfig
from datagen_plugin_perplexity.language_model import CausalModel, load
from datagen_plugin_perplexity.perplexity import Perplexity

from datagen_core.errors import PluginError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

TEXTS = ["a", "The sea rises twice a day.", "海水上涨。", "هل ستمطر غدا؟", "สวัสดี", "</s> <s>"]
LONG = "The sea rises twice a day, and each time it falls. " * 6


@pytest.fixture(scope="module")
def model(gpt_weights: Path) -> CausalModel:
    return loaded(gpt_weights)


@pytest.fixture(scope="module")
def bare(gpt_weights: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(gpt_weights).eval()


def loaded(folder: Path, **options: Any) -> CausalModel:
    return load(PerplexityConfig.model_validate({"model": str(folder), "max": 1e9, **options}))


def bytes_of(folder: Path, text: str) -> list[int]:
    """Tokens of a text, made without the code under test: one for each byte."""
    vocab = transformers.AutoTokenizer.from_pretrained(folder).get_vocab()
    pre_tokenizers = pytest.importorskip("tokenizers").pre_tokenizers
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text)
    return [vocab[c] for piece, _ in pieces for c in piece]


def own_loss(bare: Any, ids: list[int], measured: int) -> float:
    """What the model itself says is the mean loss of the last tokens."""
    given = torch.tensor([ids])
    labels = given.clone()
    labels[:, : len(ids) - measured] = -100
    with torch.inference_mode():
        return float(bare(input_ids=given, labels=labels).loss)


@pytest.mark.parametrize("text", TEXTS)
def test_perplexity_is_exp_of_the_models_own_loss(gpt_weights: Path, bare: Any, text: str) -> None:
    part = Perplexity(PerplexityConfig(model=str(gpt_weights), max=1e-9), Inputs())
    (verdict,) = asyncio.run(part.validate([Sample(id="r", response=text)]))
    ids = bytes_of(gpt_weights, text)

    assert len(ids) == len(text.encode())
    assert verdict.measured == pytest.approx(math.exp(own_loss(bare, [1, *ids], len(ids))), rel=1e-3)


@pytest.mark.parametrize("text", TEXTS)
def test_given_the_input_the_loss_is_that_of_the_text_alone(
    model: CausalModel, gpt_weights: Path, bare: Any, text: str
) -> None:
    before = bytes_of(gpt_weights, "Why?\n\n")
    ids = bytes_of(gpt_weights, text)
    (loss,) = model.losses([("Why?\n\n", text)])
    assert loss.tokens == len(ids)
    assert loss.mean == pytest.approx(own_loss(bare, [1, *before, *ids], len(ids)), abs=1e-5)


def test_windows_agree_with_the_whole_where_the_text_fits(model: CausalModel, gpt_weights: Path) -> None:
    other = loaded(gpt_weights, max_tokens=50, stride=7)
    for text in TEXTS:
        assert other.losses([("", text)])[0].nats == pytest.approx(
            model.losses([("", text)])[0].nats, abs=1e-4
        )


@pytest.mark.parametrize(("max_tokens", "stride"), [(16, 4), (64, 32), (16, 16), (1024, 512)])
def test_a_long_text_has_the_loss_of_transformers_own_recipe(
    gpt_weights: Path, bare: Any, max_tokens: int, stride: int
) -> None:
    """The loop of its page on fixed-length models, written out; 64 positions are all that this model has."""
    ids = [1, *bytes_of(gpt_weights, LONG)]
    most = min(max_tokens, 64)
    step = min(stride, most - 1)
    nats, previous = 0.0, 1
    for begin in range(0, len(ids), step):
        end = min(begin + most, len(ids))
        nats += own_loss(bare, ids[begin:end], end - previous) * (end - previous)
        previous = end
        if end == len(ids):
            break

    (loss,) = loaded(gpt_weights, max_tokens=max_tokens, stride=stride).losses([("", LONG)])

    assert loss.tokens == len(ids) - 1
    assert loss.nats == pytest.approx(nats, rel=1e-5)


@pytest.mark.parametrize("batch_tokens", [1, 40, 100_000])
def test_neither_padding_nor_the_other_texts_of_a_batch_change_a_loss(
    model: CausalModel, gpt_weights: Path, batch_tokens: int
) -> None:
    texts = [("", text) for text in [*TEXTS, LONG]] + [("Why?", text) for text in TEXTS]
    together = loaded(gpt_weights, batch_tokens=batch_tokens).losses(texts)
    for key, loss in zip(texts, together, strict=True):
        (alone,) = model.losses([key])
        assert (loss.tokens, loss.nats) == (alone.tokens, pytest.approx(alone.nats, rel=1e-6))


def test_special_tokens_in_a_text_are_text(model: CausalModel) -> None:
    assert model.losses([("", "</s>")])[0].tokens == 4


def test_repetition_is_less_surprising_the_longer_it_goes_on_to_a_model_that_learned_it(
    gpt_weights: Path,
) -> None:
    """A sanity check with a model trained for a moment on one letter."""
    part = loaded(gpt_weights)
    part._model.train()
    optimizer = torch.optim.Adam(part._model.parameters(), lr=0.01)
    ids = torch.tensor([[1, *bytes_of(gpt_weights, "a" * 40)]])
    for _ in range(15):
        optimizer.zero_grad()
        part._model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
    part._model.eval()
    repeated, other = part.losses([("", "a" * 30), ("", "The sea rises twice a day.")])
    assert math.exp(repeated.mean) < 1.5 < math.exp(other.mean)


def test_bits_per_byte_are_the_whole_loss_in_bits_over_the_bytes(gpt_weights: Path, bare: Any) -> None:
    options = {"model": str(gpt_weights), "per": "byte", "max": 1e-9}
    part = Perplexity(PerplexityConfig.model_validate(options), Inputs())
    (verdict,) = asyncio.run(part.validate([Sample(id="r", response="海水")]))
    ids = bytes_of(gpt_weights, "海水")
    assert verdict.measured == pytest.approx(own_loss(bare, [1, *ids], 6) / math.log(2), rel=1e-3)


def test_ifd_is_the_ratio_of_both_losses(gpt_weights: Path, bare: Any) -> None:
    part = Perplexity(PerplexityConfig(model=str(gpt_weights), max_ifd=0.001), Inputs())
    (verdict,) = asyncio.run(part.validate([Sample(id="r", input="Why?", response="The sea.")]))
    before, ids = bytes_of(gpt_weights, "Why?\n\n"), bytes_of(gpt_weights, "The sea.")
    expected = own_loss(bare, [1, *before, *ids], 8) / own_loss(bare, [1, *ids], 8)
    assert verdict.reason == "ifd_too_high" and verdict.measured == pytest.approx(expected, rel=1e-3)


def test_a_tokenizer_without_a_beginning_begins_with_its_end(
    make_gpt: Callable[..., Path], bare: Any
) -> None:
    folder = make_gpt(eos_token="</s>")
    (loss,) = loaded(folder).losses([("", "abc")])
    assert loss.mean == pytest.approx(own_loss(bare, [2, *bytes_of(folder, "abc")], 3), abs=1e-5)


def test_a_tokenizer_with_neither_is_refused(make_gpt: Callable[..., Path]) -> None:
    with pytest.raises(PluginError, match="no token that begins"):
        loaded(make_gpt(pad_token="<s>"))


def test_a_text_outside_the_vocabulary_is_not_judged(make_gpt: Callable[..., Path]) -> None:
    folder = make_gpt(("the", "sea", "rises"))
    part = Perplexity(PerplexityConfig(model=str(folder), max=1e9), Inputs())
    first, second = asyncio.run(
        part.validate([Sample(id="r", response="the sea rises"), Sample(id="s", response="the 海 rises")])
    )
    assert first.passed
    assert (second.reason, second.score, second.measured) == ("not_in_vocabulary", None, 0.3333)


def test_missing_weights_are_a_clear_error(make_gpt: Callable[..., Path]) -> None:
    folder = make_gpt()
    (folder / "model.safetensors").unlink()
    part = Perplexity(PerplexityConfig(model=str(folder), max=1.0), Inputs())
    with pytest.raises(PluginError, match="can't be loaded"):
        asyncio.run(part.validate([Sample(id="r", response="sea")]))
    with pytest.raises(PluginError, match="can't be loaded") as caught:
        Perplexity(PerplexityConfig(model="nobody/no-such-model", max=1.0), Inputs())
    assert caught.value.hint == "hf download nobody/no-such-model"


def test_a_folder_counts_by_its_content_and_is_found_beside_the_recipe(
    gpt_weights: Path, tmp_path: Path
) -> None:
    shutil.copytree(gpt_weights, tmp_path / "moved")
    first = PerplexityConfig(model=str(gpt_weights))
    moved = PerplexityConfig.model_validate({"model": "moved"}, context={"base": tmp_path})
    assert moved.model == str(tmp_path / "moved") and moved.fingerprint() == first.fingerprint()
    file = tmp_path / "moved" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert moved.fingerprint() != first.fingerprint()


def test_it_pickles_after_use(gpt_weights: Path) -> None:
    part = Perplexity(PerplexityConfig(model=str(gpt_weights), max=1e9), Inputs())
    rows = [Sample(id="r", response=text) for text in TEXTS]
    first = asyncio.run(part.validate(rows))
    assert asyncio.run(pickle.loads(pickle.dumps(part)).validate(rows)) == first
