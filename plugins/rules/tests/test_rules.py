from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from datagen_plugin_rules.config import RulesConfig
from datagen_plugin_rules.rules import Rules
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.errors import InputError
from datagen_core.sample import Sample, Verdict
from datagen_core.testing import make_inputs, make_samples

INPUTS = make_inputs([("play a song", "music"), ("rain today?", "weather")])


def rules(**options: Any) -> Rules:
    return Rules(RulesConfig(**options), INPUTS)


def judge(text: str, label: str | None = None, **options: Any) -> Verdict:
    return rules(**options).validate([Sample(id="r0", response=text, label=label)])[0]


@pytest.mark.parametrize(
    ("options", "passing", "failing", "reason"),
    [
        ({"min_chars": 3}, "我我我", "我我", "too_short_chars"),
        ({"max_chars": 3}, "abc", "abcd", "too_long_chars"),
        ({"min_words": 3}, "a b c", "a b", "too_few_words"),
        ({"max_words": 3}, "听歌吗", "听歌好吗", "too_many_words"),
        ({"min_sentences": 2}, "A. B.", "A, b.", "too_few_sentences"),
        ({"max_sentences": 2}, "A. B.", "A. B. C.", "too_many_sentences"),
        ({"max_repetition_rate": 0.25}, "go on now go on now", "ha ha ha ha", "repetitive"),
        ({"max_repetition_rate": 0.0}, "one two three four", "ha ha ha ha", "repetitive"),
        ({"max_repetition_rate": 0.5, "repetition_ngram": 1}, "a b a b", "a b a b a", "repetitive"),
        ({"max_run": 3}, "no!!!", "no!!!!", "character_run"),
        ({"charset": "han"}, "我 12", "我 a", "wrong_charset"),
        ({"charset": "latin", "min_charset_share": 0.75}, "abc我", "ab我", "wrong_charset"),
        ({"format": "json"}, "{}", "{", "bad_format"),
        ({"pattern": "b+"}, "abba", "a", "pattern_mismatch"),
        ({"pattern": "ab+", "pattern_mode": "fullmatch"}, "abb", "abba", "pattern_mismatch"),
        ({"forbid": ["(?i)as an ai", "x"]}, "as a man", "As an AI, I", "forbidden_pattern"),
        ({"pattern": "a", "max_pattern_chars": 3}, "aaa", "aaaa", "too_long_for_pattern"),
        ({"forbid": ["b"], "max_pattern_chars": 3}, "aaa", "aaaa", "too_long_for_pattern"),
    ],
)
def test_a_row_at_the_limit_passes_and_one_beyond_it_fails(
    options: dict[str, Any], passing: str, failing: str, reason: str
) -> None:
    assert judge(passing, **options) == Verdict(passed=True, score=1.0)
    verdict = judge(failing, **options)
    assert (verdict.passed, verdict.score, verdict.reason) == (False, 0.0, reason)
    assert verdict.measured is not None and verdict.threshold is not None


def test_a_verdict_carries_the_value_measured_and_the_limit() -> None:
    verdict = judge("ha ha ha ha", max_repetition_rate=0.1)
    assert (verdict.measured, verdict.threshold) == (0.5, 0.1)
    verdict = judge("ab我", charset="latin", min_charset_share=0.75)
    assert (verdict.measured, verdict.threshold) == (2 / 3, 0.75)
    verdict = judge("well, as an AI", forbid=["(?i)as an ai"])
    assert (verdict.measured, verdict.threshold) == ("as an AI", "(?i)as an ai")


def test_a_repetition_rate_of_three_in_ten_is_within_a_limit_of_0_3() -> None:
    text = "a b c d e f g a b c"  # 10 words, 7 distinct; 1 - 7/10 is above 0.3 in floating point
    assert judge(text, max_repetition_rate=0.3, repetition_ngram=1).passed
    assert not judge(text, max_repetition_rate=0.29, repetition_ngram=1).passed


def test_when_several_checks_fail_the_first_is_the_reason_and_all_are_listed() -> None:
    verdict = judge("!!!!", max_run=3, min_words=1, pattern="a", max_chars=10)
    assert verdict.reason == "too_few_words"
    assert (verdict.measured, verdict.threshold) == (0, 1)
    assert verdict.evidence == "too_few_words, pattern_mismatch, character_run"
    assert verdict.score == 0.25


def test_a_lower_and_an_upper_limit_of_one_unit_are_one_check() -> None:
    assert judge("", min_chars=1, max_chars=3, max_words=5).score == 0.5


@pytest.mark.parametrize(
    ("labels", "label", "reason"),
    [
        (True, "music", None),
        (True, "news", "unknown_label"),
        (True, "Music", "unknown_label"),
        (True, None, "missing_label"),
        (["news"], "news", None),
        (["news"], "music", "unknown_label"),
    ],
)
def test_a_label_must_be_one_of_the_recipe_or_of_the_list(
    labels: bool | list[str], label: str | None, reason: str | None
) -> None:
    verdict = judge("text", label, labels=labels)
    assert verdict.reason == reason
    assert verdict.passed == (reason is None)


def test_labels_of_the_recipe_are_asked_for_where_it_has_none() -> None:
    with pytest.raises(InputError, match="has no labels"):
        Rules(RulesConfig(labels=True), make_inputs(["no label"]))


def test_rules_without_a_check_are_refused_with_an_example() -> None:
    for options in ({}, {"labels": False}, {"field": "input", "max_pattern_chars": 5}):
        with pytest.raises(InputError, match="rules without a check") as raised:
            rules(**options)
        assert "min_words: 3" in str(raised.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min_chars": 5, "max_chars": 4}, "min_chars 5 is more than max_chars 4"),
        ({"min_words": 2, "max_words": 1}, "min_words 2 is more than max_words 1"),
        ({"min_sentences": 2, "max_sentences": 1}, "min_sentences 2 is more than max_sentences 1"),
        ({"pattern": "("}, "not a regular expression"),
        ({"forbid": ["a", "[b"]}, "not a regular expression"),
        ({"forbid": ["x*"]}, "matches the empty text"),
        ({"pattern": ""}, "at least 1"),
        ({"labels": []}, "empty list"),
        ({"charset": "klingon"}, "latin"),
        ({"format": "xml"}, "json"),
        ({"min_chars": 0}, "greater than or equal to 1"),
        ({"max_repetition_rate": 1.1}, "less than or equal to 1"),
        ({"max_char": 3}, "Extra inputs"),
    ],
)
def test_options_that_can_not_be_meant_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        RulesConfig(**options)


def test_equal_limits_are_allowed() -> None:
    assert judge("abc", min_chars=3, max_chars=3).passed


def test_a_field_that_no_row_has_is_an_error_that_names_the_fields() -> None:
    rows = [Sample(id="r0", fields={"title": "A", "body": "B"})]
    with pytest.raises(InputError, match="titel") as raised:
        rules(field="titel", max_chars=3).validate(rows)
    assert "title, body" in str(raised.value)


def test_one_row_without_the_field_is_rejected() -> None:
    rows = [Sample(id="r0", fields={"title": "A"}), Sample(id="r1", fields={"body": "B"})]
    validator = rules(field="title", max_chars=3)
    assert [v.reason for v in validator.validate(rows)] == [None, "missing_field"]
    assert [v.reason for v in validator.validate(rows[1:])] == ["missing_field"]


def test_a_field_of_a_record_is_checked_as_text_and_other_values_as_json() -> None:
    row = Sample(id="r0", response="a long response", fields={"tags": ["a"], "title": "ab"})
    assert rules(field="title", max_chars=2).validate([row])[0].passed
    assert rules(field="tags", format="json").validate([row])[0].passed
    assert rules(field="tags", max_chars=5).validate([row])[0].passed  # ["a"]


def test_the_field_does_not_matter_to_a_check_of_labels_alone() -> None:
    row = Sample(id="r0", label="music")
    assert rules(field="title", labels=True).validate([row])[0].passed


def test_no_rows_have_no_verdicts() -> None:
    assert list(rules(field="none", max_chars=3).validate([])) == []


EVERYTHING: dict[str, Any] = {
    "min_chars": 2,
    "max_chars": 500,
    "min_words": 1,
    "max_words": 50,
    "min_sentences": 1,
    "max_sentences": 9,
    "format": "one-line",
    "charset": "latin",
    "pattern": r"\w",
    "forbid": ["(?i)as an ai"],
    "max_repetition_rate": 0.5,
    "max_run": 20,
    "labels": True,
}


@pytest.mark.parametrize("text", ["a b " * 250_000, "!" * 1_000_000, "我" * 1_000_000, "\ud800" * 1_000_000])
def test_a_megabyte_of_anything_is_judged(text: str) -> None:
    verdict = judge(text, "music", **{**EVERYTHING, "max_pattern_chars": 10_000_000})
    assert (verdict.reason, verdict.measured) == ("too_long_chars", 1_000_000)


def test_the_validator_pickles() -> None:
    validator = rules(**EVERYTHING)
    rows = make_samples([("play a song", "music"), ("", "music"), ("你好", "x")])
    assert pickle.loads(pickle.dumps(validator)).validate(rows) == validator.validate(rows)


TEXTS = st.text(alphabet=st.characters(), max_size=40) | st.sampled_from(
    ["", "play a song", "我要听歌。", "اسمع أغنية", "ฟังเพลง", "ha ha ha ha ha", "a\nb", "x" * 600]
)


@given(st.lists(st.tuples(TEXTS, st.sampled_from(["music", "news"])), max_size=6))
@settings(max_examples=50, deadline=None)
def test_each_verdict_is_well_formed_and_depends_on_its_row_alone(pairs: list[tuple[str, str]]) -> None:
    rows = make_samples(pairs)
    validator = rules(**EVERYTHING)
    verdicts = list(validator.validate(rows))
    assert [validator.validate([row])[0] for row in rows] == verdicts
    assert list(validator.validate(rows[::-1])) == verdicts[::-1]
    for verdict in verdicts:
        assert verdict.score is not None and 0.0 <= verdict.score <= 1.0
        assert verdict.passed == (verdict.score == 1.0) == (verdict.reason is None)


@given(TEXTS, st.integers(1, 20), st.integers(0, 20))
@settings(max_examples=50, deadline=None)
def test_a_length_rule_passes_exactly_the_texts_within_it(text: str, low: int, spread: int) -> None:
    passed = judge(text, min_chars=low, max_chars=low + spread).passed
    assert passed == (low <= len(text) <= low + spread)
