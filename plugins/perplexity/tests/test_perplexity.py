"""What follows from losses; the model is a table here."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from datagen_plugin_perplexity.config import PerplexityConfig
from datagen_plugin_perplexity.language_model import Loss
from datagen_plugin_perplexity.perplexity import Perplexity
from pydantic import ValidationError

from datagen_core.context import Context
from datagen_core.errors import InputError, PluginError
from datagen_core.inputs import Inputs
from datagen_core.local_model import LocalModel
from datagen_core.nothing import EMPTY
from datagen_core.sample import Message, Sample, Verdict

NAMES = itertools.count()


class Table:
    """A language model that knows the nats of (before, text), a token per character; else 1 nat each."""

    def __init__(self, nats: Mapping[tuple[str, str], float] = EMPTY, unknown: str = "") -> None:
        self.known, self.unknown = nats, unknown
        self.asked: list[tuple[str, str]] = []

    def losses(self, texts: Sequence[tuple[str, str]]) -> list[Loss]:
        self.asked += texts
        return [
            Loss(self.known.get(key, float(len(key[1]))), len(key[1]), sum(c in self.unknown for c in key[1]))
            for key in texts
        ]


def judged(table: Table, *samples: Sample, **options: Any) -> list[Verdict]:
    model = LocalModel(("table of losses", str(next(NAMES))), lambda: table)
    part = Perplexity(PerplexityConfig.model_validate({"model": "m", **options}), Inputs(), model)
    return list(asyncio.run(part.validate(samples)))


def row(response: str, question: str = "") -> Sample:
    return Sample(id="r", input=question, response=response)


FOUR = Table({("", "abcd"): 4 * math.log(8.0)})
"""A perplexity of 8: 3 bits for each character."""


# -- bounds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "reason", "score"),
    [
        ({"max": 8.0}, None, 1.0),
        ({"max": 7.999}, "perplexity_too_high", 7.999 / 8),
        ({"max": 2.0}, "perplexity_too_high", 0.25),
        ({"min": 8.0}, None, 1.0),
        ({"min": 8.001}, "perplexity_too_low", 8 / 8.001),
        ({"min": 16.0}, "perplexity_too_low", 0.5),
        ({"min": 1.0, "max": 100.0}, None, 1.0),
        ({"min": 8.0, "max": 8.0}, None, 1.0),
    ],
)
def test_a_value_at_a_bound_passes_and_the_score_tells_how_far_off_it_is(
    options: Any, reason: str | None, score: float
) -> None:
    (verdict,) = judged(FOUR, row("abcd"), **options)

    assert (verdict.passed, verdict.reason) == (reason is None, reason)
    assert verdict.score == pytest.approx(score)
    if reason is not None:
        bound = "max" if reason.endswith("high") else "min"
        assert (verdict.measured, verdict.threshold) == (8.0, options[bound])
    assert verdict.evidence == "perplexity 8.0; 4 tokens"


@pytest.mark.parametrize(
    ("per", "text", "measured"),
    [
        ("token", "abcd", 8.0),
        ("char", "abcd", 3.0),
        ("byte", "abcd", 3.0),
        ("char", "海水", 3.0),
        ("byte", "海水", 1.0),
    ],
)
def test_bits_per_character_and_byte_do_not_depend_on_tokens(per: str, text: str, measured: float) -> None:
    table = Table({("", "abcd"): 4 * math.log(8.0), ("", "海水"): 2 * math.log(8.0)})
    (verdict,) = judged(table, row(text), per=per, max=0.1)
    assert verdict.measured == measured


def test_a_perplexity_beyond_all_measure_is_still_a_number() -> None:
    (verdict,) = judged(Table({("", "a"): 9e9}), row("a"), max=1.0)
    assert (verdict.measured, verdict.score) == (1e15, 1e-15)


def test_equal_texts_are_measured_once_across_rows() -> None:
    table = Table()
    judged(table, row("a"), row("a"), row("b"), max=9.0)
    assert table.asked == [("", "a"), ("", "b")]


# -- given the input, and IFD ---------------------------------------------------------------------------------


def test_given_the_input_the_text_alone_is_measured_after_it() -> None:
    table = Table({("Why?\n\n", "so"): 2 * math.log(3)})
    (verdict,) = judged(table, row("so", "Why?"), given_input=True, max=2.0)
    assert (verdict.measured, table.asked) == (3.0, [("Why?\n\n", "so")])


def test_the_prompt_around_the_input_is_an_option_and_braces_in_the_input_are_text() -> None:
    table = Table()
    judged(table, row("so", "{input} {x}"), given_input=True, max=9.0, prompt="Q: {input}\nA: ")
    assert table.asked == [("Q: {input} {x}\nA: ", "so")]


@pytest.mark.parametrize(
    ("options", "reason", "score"),
    [
        ({"max_ifd": 0.5}, None, 1.0),
        ({"max_ifd": 0.4}, "ifd_too_high", 0.8),
        ({"min_ifd": 0.5}, None, 1.0),
        ({"min_ifd": 0.8}, "ifd_too_low", 0.625),
        ({"max_ifd": 0.4, "max": 2.0}, "perplexity_too_high", 2 / math.e),
    ],
)
def test_ifd_is_the_loss_given_the_input_over_the_loss_without(
    options: Any, reason: str | None, score: float
) -> None:
    table = Table({("Q\n\n", "abcd"): 2.0, ("", "abcd"): 4.0})
    (verdict,) = judged(table, row("abcd", "Q"), **options)

    assert (verdict.passed, verdict.reason) == (reason is None, reason)
    assert verdict.score == pytest.approx(score, abs=1e-3)
    assert verdict.evidence == "perplexity 2.718; IFD 0.5; 4 tokens"
    if reason and reason.startswith("ifd"):
        assert verdict.measured == 0.5 and verdict.threshold == next(iter(options.values()))


@pytest.mark.parametrize(("given", "ifd"), [(0.0, 1.0), (2.0, 1000.0)])
def test_a_text_that_surprises_nobody_has_an_ifd_all_the_same(given: float, ifd: float) -> None:
    table = Table({("Q\n\n", "ab"): given, ("", "ab"): 0.0})
    (verdict,) = judged(table, row("ab", "Q"), max_ifd=0.5)
    assert verdict.measured == ifd


# -- what can't be judged -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "options", "reason", "measured", "threshold"),
    [
        (row(""), {}, "empty", None, None),
        (row(" \n"), {}, "empty", None, None),
        (Sample(id="r", fields={"a": 1}), {}, "empty", None, None),
        (row("a"), {"given_input": True}, "no_input", None, None),
        (row("a", " "), {"max_ifd": 1.0}, "no_input", None, None),
        (row("abcde"), {"max_chars": 4}, "too_long", 5, 4),
        (row("abc", "de"), {"max_chars": 4, "given_input": True}, "too_long", 5, 4),
        (row("12345678?我"), {}, "not_in_vocabulary", 0.2, 0.1),
        (row("nan"), {}, "not_finite", None, None),
        (row("inf"), {}, "not_finite", None, None),
    ],
)
def test_what_cannot_be_measured_is_a_failure_without_a_score(
    sample: Sample, options: Any, reason: str, measured: Any, threshold: Any
) -> None:
    table = Table({("", "nan"): math.nan, ("", "inf"): math.inf}, unknown="?我")
    (verdict,) = judged(table, sample, max=1e9, **options)
    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, reason)
    assert (verdict.measured, verdict.threshold) == (measured, threshold)


def test_what_is_just_within_the_limits_is_measured() -> None:
    assert judged(Table(), row("abcd", "de"), max=9.0, max_chars=4)[0].passed
    assert judged(Table(unknown="我"), row("123456789我"), max=9.0)[0].passed


def test_text_of_any_script_goes_to_the_model_whole_and_half_characters_are_replaced() -> None:
    table = Table()
    judged(table, row("海水 สวัสดี مرحبا \ud83d"), max=9.0)
    assert table.asked == [("", "海水 สวัสดี مرحبا \ufffd")]


def test_the_last_reply_of_a_conversation_is_measured_given_the_last_question() -> None:
    said = (("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"))
    chat = tuple(Message(role=role, content=text) for role, text in said)
    table = Table()
    judged(table, Sample(id="r", messages=chat), max=9.0, given_input=True)
    assert table.asked == [("c\n\n", "d")]


def test_no_rows_need_no_model() -> None:
    def load() -> Table:
        raise AssertionError("loaded")

    part = Perplexity(PerplexityConfig(model="m", max=1.0), Inputs(), LocalModel(("no losses",), load))
    assert list(asyncio.run(part.validate([]))) == []


# -- options --------------------------------------------------------------------------------------------------


def test_without_a_bound_it_is_refused() -> None:
    with pytest.raises(InputError, match="without a bound") as caught:
        judged(Table())
    assert caught.value.hint


def test_a_model_that_is_not_here_is_refused_before_the_run() -> None:
    with pytest.raises(PluginError, match="can't be loaded") as caught:
        Perplexity(PerplexityConfig(model="/no/such/model", max=1.0), Inputs())
    assert caught.value.expected


@pytest.mark.parametrize(
    "options",
    [
        {"min": 2.0, "max": 1.0},
        {"min_ifd": 2.0, "max_ifd": 1.0},
        {"max": 1.0, "stride": 2000},
        {"max": 1.0, "prompt": "no place"},
        {"max": 0},
        {"max": 1.0, "device": "tpu"},
    ],
)
def test_options_that_contradict_each_other_are_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        PerplexityConfig.model_validate({"model": "m", **options})


def test_it_is_never_suggested_for_no_bound_follows_from_a_recipe() -> None:
    assert Perplexity.suggestion(Inputs(), Context(seeds=9, model=True)) is None
