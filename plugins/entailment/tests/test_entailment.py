"""What follows from the odds of windows and sentences; the model is a table here."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from datagen_plugin_entailment.config import EntailmentConfig
from datagen_plugin_entailment.entailment import Entailment
from datagen_plugin_entailment.odds import Odds, Span
from pydantic import ValidationError

from datagen_core.errors import PluginError
from datagen_core.inputs import Inputs, Seed
from datagen_core.local_model import LocalModel
from datagen_core.sample import Message, Metadata, Sample, Trace, Verdict
from datagen_core.testing import make_inputs

NAMES = itertools.count()
INPUTS = make_inputs(chunks=(Seed(id="c1", text="sea"), Seed(id="c2", text="sea|moon")))


class Table:
    """An NLI model that knows the odds of (window, sentence); windows stand between bars."""

    def __init__(self, odds: Mapping[tuple[str, str], tuple[float, float]], unknown: str = "") -> None:
        self.known, self.unknown = odds, unknown
        self.asked: list[tuple[str, str]] = []

    def windows(self, premise: str) -> list[str]:
        return premise.split("|")

    def pieces(self, text: str, spans: Sequence[Span]) -> list[Span]:
        return list(spans)

    def unknown_share(self, text: str) -> float:
        return sum(c in self.unknown for c in text) / len(text)

    def odds(self, pairs: Sequence[tuple[str, str]]) -> list[Odds]:
        self.asked += pairs
        return [Odds(*self.known.get(pair, (0.0, 0.0))) for pair in pairs]


def row(response: str, parent: str = "c1", **more: Any) -> Sample:
    return Sample(id="r", response=response, trace=Trace(parents=(parent,)), **more)


def validator(table: Table, inputs: Inputs = INPUTS, **options: Any) -> Entailment:
    key = ("table of odds", str(next(NAMES)))
    return Entailment(EntailmentConfig.model_validate(options), inputs, LocalModel(key, lambda: table))


def judged(table: Table, *samples: Sample, **options: Any) -> list[Verdict]:
    return list(asyncio.run(validator(table, **options).validate(samples)))


HALF = Table({("sea", "One."): (0.9, 0.01), ("sea", "Two."): (0.4, 0.3), ("sea", "Three."): (0.2, 0.75)})


# -- grounded -------------------------------------------------------------------------------------------------


def test_a_rows_score_is_that_of_its_worst_sentence_which_is_quoted() -> None:
    (verdict,) = judged(HALF, row("One. Two."))

    assert (verdict.passed, verdict.score, verdict.reason) == (False, 0.4, "not_entailed")
    assert (verdict.measured, verdict.threshold) == (0.4, 0.5)
    assert verdict.evidence == "5–9: «Two.»: P(entailment) = 0.4"


def test_a_row_that_passes_tells_its_worst_sentence_too() -> None:
    (verdict,) = judged(HALF, row("One."))
    assert verdict == Verdict(passed=True, score=0.9, evidence="0–4: «One.»: P(entailment) = 0.9")


def test_the_mean_over_sentences_is_an_option() -> None:
    (verdict,) = judged(HALF, row("One. Two."), over="mean")
    assert (verdict.passed, verdict.score, verdict.evidence) == (
        True,
        0.65,
        "5–9: «Two.»: P(entailment) = 0.4",
    )


@pytest.mark.parametrize(("min_entailment", "passes"), [(0.4, True), (0.4001, False), (0.0, True)])
def test_a_score_at_the_threshold_passes(min_entailment: float, passes: bool) -> None:
    assert judged(HALF, row("Two."), min_entailment=min_entailment)[0].passed is passes


@pytest.mark.parametrize(
    ("max_contradiction", "reason"), [(0.75, None), (0.7499, "contradicted"), (1.0, None)]
)
def test_a_contradiction_at_the_threshold_is_let_pass(max_contradiction: float, reason: str | None) -> None:
    (verdict,) = judged(HALF, row("Three."), min_entailment=0, max_contradiction=max_contradiction)
    assert (verdict.passed, verdict.reason) == (reason is None, reason)


def test_one_contradicted_sentence_fails_the_row_and_is_told_first() -> None:
    (verdict,) = judged(HALF, row("One. Two. Three."), over="mean")

    assert (verdict.score, verdict.reason) == (0.5, "contradicted")
    assert (verdict.measured, verdict.threshold) == (0.75, 0.5)
    assert verdict.evidence == "10–16: «Three.»: P(contradiction) = 0.75"


def test_the_best_window_of_a_long_source_counts() -> None:
    table = Table({("sea", "One."): (0.1, 0.8), ("moon", "One."): (0.9, 0.02)})
    (verdict,) = judged(table, row("One.", "c2"))
    assert (verdict.passed, verdict.score) == (True, 0.9)


def test_where_no_window_entails_it_any_window_may_contradict_a_sentence() -> None:
    table = Table({("sea", "One."): (0.3, 0.1), ("moon", "One."): (0.1, 0.8)})
    (verdict,) = judged(table, row("One.", "c2"))
    assert (verdict.score, verdict.reason, verdict.measured) == (0.3, "contradicted", 0.8)


def test_sentences_of_any_script_are_judged_one_by_one() -> None:
    table = Table(
        {("sea", "海水上涨。"): (0.9, 0.0), ("sea", "هل تمطر؟"): (0.8, 0.0), ("sea", "ฝนตก"): (0.7, 0.0)}
    )
    (verdict,) = judged(table, row("海水上涨。هل تمطر؟\n\nฝนตก"))
    assert (verdict.passed, verdict.score, len(table.asked)) == (True, 0.7, 3)


def test_equal_pairs_are_asked_about_once_across_rows_and_calls() -> None:
    table = Table({("sea", "One."): (0.9, 0.0)})
    part = validator(table)
    asyncio.run(part.validate([row("One. One."), row("One.")]))
    asyncio.run(part.validate([row("One.")]))
    assert table.asked == [("sea", "One.")]


def test_the_last_reply_of_a_conversation_is_judged_against_a_column() -> None:
    chat = (Message(role="user", content="?"), Message(role="assistant", content="One."))
    sample = Sample(id="r", messages=chat, metadata=Metadata(method={"passage": "sea"}))
    assert judged(Table({("sea", "One."): (0.9, 0.0)}), sample, column="passage")[0].passed


def test_a_field_of_a_record_may_be_judged() -> None:
    sample = Sample(id="r", fields={"claim": "One.", "passage": "sea"})
    assert judged(Table({("sea", "One."): (0.9, 0.0)}), sample, column="passage", field="claim")[0].passed


# -- answerable -----------------------------------------------------------------------------------------------


def test_a_question_is_answerable_where_one_sentence_of_the_source_answers_it() -> None:
    table = Table({("Why?", "Two."): (0.8, 0.0)})
    sample = Sample(id="r", input="Why?", response="so", fields={"passage": "One. Two."})
    (verdict,) = judged(table, sample, check="answerable", column="passage")

    assert verdict == Verdict(passed=True, score=0.8, evidence="5–9: «Two.»: P(entailment) = 0.8")
    (verdict,) = judged(table, sample, check="answerable", column="passage", min_entailment=0.81)
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("not_answerable", 0.8, 0.81)
    assert judged(table, row("One."), check="answerable")[0].reason == "no_question"


# -- what can't be judged -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "options", "reason", "measured", "threshold"),
    [
        (Sample(id="r", response="One."), {}, "no_source", None, None),
        (row("One.", "no such chunk"), {}, "no_source", None, None),
        (row(""), {}, "empty", None, None),
        (row(" … "), {}, "empty", None, None),
        (row("One.!"), {"max_response_chars": 4}, "too_long", 5, 4),
        (row("One.", "c2"), {"max_source_chars": 7}, "too_long", 8, 7),
        (row("One. Two.", "c2"), {"max_pairs": 3}, "too_long", 4, 3),
        (row("ab我"), {}, "not_in_vocabulary", 0.3333, 0.3),
    ],
)
def test_what_cannot_be_judged_is_a_failure_without_a_score(
    sample: Sample, options: Any, reason: str, measured: Any, threshold: Any
) -> None:
    (verdict,) = judged(Table({}, unknown="我"), sample, **options)
    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, reason)
    assert (verdict.measured, verdict.threshold) == (measured, threshold)


@pytest.mark.parametrize(
    ("sample", "options"),
    [
        (row("One."), {"max_response_chars": 4, "max_source_chars": 3, "max_pairs": 1}),
        (row("a b c d 我 我 我"), {}),
    ],
)
def test_what_is_just_within_the_limits_is_judged(sample: Sample, options: Any) -> None:
    (verdict,) = judged(Table({}, unknown="我"), sample, **options)
    assert verdict.reason == "not_entailed"


def test_no_rows_need_no_model() -> None:
    def load() -> Table:
        raise AssertionError("loaded")

    part = Entailment(EntailmentConfig(), INPUTS, LocalModel(("no odds",), load))
    assert list(asyncio.run(part.validate([]))) == []


def test_a_model_that_is_not_here_is_refused_before_the_run() -> None:
    with pytest.raises(PluginError, match="can't be loaded") as caught:
        Entailment(EntailmentConfig(model="/no/such/model"), INPUTS)
    assert caught.value.expected


def test_other_languages_than_english_are_noticed() -> None:
    assert validator(Table({})).notices() == ()
    (told,) = validator(Table({}), make_inputs(languages=("en", "th"))).notices()
    assert "th" in told


def test_contradiction_alone_is_no_mapping_of_labels() -> None:
    with pytest.raises(ValidationError, match="name it too"):
        EntailmentConfig.model_validate({"labels": {"contradiction": "LABEL_0"}})
