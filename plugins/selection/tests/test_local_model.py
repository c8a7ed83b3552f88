"""The digits' logits of a tiny causal model with a tokenizer made here. Needs the extra `hf`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_selection.config import DeitaConfig
from datagen_plugin_selection.deita import Deita
from datagen_plugin_selection.local_scorer import CausalModel, filled
from datagen_plugin_selection.turn_pairs import Turn

from datagen_core.errors import PluginError
from datagen_core.sample import Message, Sample
from datagen_core.testing import make_inputs


def test_braces_in_a_row_are_just_text() -> None:
    turn = Turn("What is {response}?", "It is {instruction} \ud83d.")

    assert (
        filled("Q {instruction} A {response} Z", turn) == "Q What is {response}? A It is {instruction} ?. Z"
    )


@pytest.mark.skipif(bool(find_spec("torch")), reason="torch is installed")
def test_without_the_extra_its_command_is_named() -> None:
    config = DeitaConfig(scorer="local", complexity_model="c", quality_model="q")

    with pytest.raises(PluginError, match="needs torch") as refused:
        Deita(config, make_inputs())
    assert "datagen-plugin-selection[hf]" in str(refused.value.hint)


VOCABULARY = ["<unk>", *"123456abcdefghijklmnopqrstuvwxyz?.{} "]


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Saves a two-layer GPT-2 over single characters, drawn by a seed, without some of its characters."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")

    def save(name: str, seed: int, without: str = "") -> str:
        known = {text: at for at, text in enumerate(one for one in VOCABULARY if one not in set(without))}
        characters = tokenizers.Tokenizer(tokenizers.models.WordLevel(known, unk_token="<unk>"))
        characters.pre_tokenizer = tokenizers.pre_tokenizers.Split("", "isolated")
        torch.manual_seed(seed)
        shape = transformers.GPT2Config(
            vocab_size=len(known), n_positions=256, n_embd=32, n_layer=2, n_head=2, initializer_range=1.0
        )
        transformers.GPT2LMHeadModel(shape).save_pretrained(tmp_path / name)
        wrapped = transformers.PreTrainedTokenizerFast(tokenizer_object=characters, unk_token="<unk>")
        wrapped.save_pretrained(tmp_path / name)
        return str(tmp_path / name)

    return save


OPTIONS = {
    "scorer": "local",
    "device": "cpu",
    "complexity_template": "hard? {instruction} ",
    "quality_template": "good? {instruction} {response} ",
}


def pair(id: str, asked: str, said: str) -> Sample:
    return Sample(id=id, input=asked, response=said)


def by_hand(folder: str, prompt: str) -> float:
    """The score from the model's own output, without any of our code."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    logits = model(tokenizer(prompt, return_tensors="pt").input_ids).logits[0, -1].detach()
    digits = logits[[tokenizer.convert_tokens_to_ids(digit) for digit in "123456"]]
    return float((torch.softmax(digits, 0) * torch.arange(1, 7)).sum())


def test_a_score_is_the_mean_digit_after_the_prompt_by_one_model_for_each_kind(selected, saved) -> None:
    models = {"complexity_model": saved("complexity", 1), "quality_model": saved("quality", 2)}
    rows = [pair("a", "why is it so?", "it is."), pair("b", "how?", "so.")]

    said = selected("deita", rows, max_cosine_similarity=1, **models, **OPTIONS)

    for row in rows:
        complexity = by_hand(models["complexity_model"], f"hard? {row.input} ")
        quality = by_hand(models["quality_model"], f"good? {row.input} {row.response} ")
        assert 1 < complexity < 6 and complexity != pytest.approx(3.5, abs=0.01)
        assert said.scores[row.id] == pytest.approx(complexity * quality, rel=1e-4)
    assert set(said.kept) == {"a", "b"}


def test_turns_are_scored_one_by_one_and_their_products_summed(selected, saved) -> None:
    folder = saved("both", 3)
    models = {"complexity_model": folder, "quality_model": folder}
    said = [("user", "why?"), ("assistant", "so."), ("user", "how?"), ("assistant", "thus.")]
    chat = Sample(id="chat", messages=tuple(Message(role=role, content=text) for role, text in said))
    rows = [chat, pair("first", "why?", "so."), pair("second", "how?", "thus.")]

    scores = selected("deita", rows, **models, **OPTIONS).scores

    assert scores["chat"] == pytest.approx(scores["first"] + scores["second"], rel=1e-5)


def test_a_tokenizer_without_a_digit_gives_no_score(selected, saved) -> None:
    folder = saved("no four", 4, without="4")

    said = selected(
        "deita", [pair("a", "why?", "so.")], complexity_model=folder, quality_model=folder, **OPTIONS
    )

    assert said.left["a"].reason == "unscored" and said.left["a"].evidence == "missing_digit"


def test_a_prompt_too_long_is_not_cut_but_unscored(selected, saved) -> None:
    folder = saved("short", 5)
    rows = [pair("a", "why?", "so."), pair("long", "why? " * 40, "so.")]

    said = selected(
        "deita", rows, complexity_model=folder, quality_model=folder, max_prompt_tokens=100, **OPTIONS
    )

    assert said.kept == ("a",) and said.left["long"].evidence == "prompt_too_long"


def test_any_script_and_a_lone_surrogate_are_scored_or_said_not_to_be(selected, saved) -> None:
    folder = saved("any", 6)
    rows = [pair(str(at), text, text) for at, text in enumerate(("明天会下雨吗", "هل ستمطر", "half \ud83d"))]

    said = selected("deita", rows, complexity_model=folder, quality_model=folder, **OPTIONS)

    assert len(said.scores) == 3


def test_a_missing_model_is_an_error_that_says_what_to_do(selected, saved, tmp_path) -> None:
    folder = saved("there", 7)

    with pytest.raises(PluginError, match="can't be loaded") as refused:
        selected(
            "deita",
            [pair("a", "why?", "so.")],
            complexity_model=folder,
            quality_model="nobody/nothing-of-this-name",
            **OPTIONS,
        )
    assert refused.value.hint == "hf download nobody/nothing-of-this-name"


def test_a_folder_beside_the_recipe_is_found(selected, saved, tmp_path) -> None:
    saved("beside", 8)

    said = selected(
        "deita",
        [pair("a", "why?", "so.")],
        inputs=make_inputs(base=tmp_path),
        complexity_model="beside",
        quality_model="beside",
        **OPTIONS,
    )

    assert said.kept == ("a",)


def test_the_digits_token_is_the_last_where_a_tokenizer_marks_the_beginning_of_words(saved) -> None:
    class Marking:
        """As sentencepiece does: a mark of its own before the digit."""

        def encode(self, text: str, **_: Any) -> list[int]:
            return [99, int(text)]

        def decode(self, tokens: list[int]) -> str:
            return "".join("▁" if token == 99 else str(token) for token in tokens)

    from datagen_plugin_selection.local_scorer import _digit_tokens

    assert _digit_tokens(Marking()) == {digit: digit for digit in range(1, 7)}
    assert set(CausalModel.load(saved("digits", 9), "cpu").digits) == set(range(1, 7))
