from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest
from datagen_plugin_consistency.config import ConsistencyConfig
from datagen_plugin_consistency.consistency import Consistency

from datagen_core import Context, Inputs, Sample, Seed, Verdict
from datagen_core.sample import Message
from datagen_core.testing import make_inputs, make_samples

TEXT = "please turn on the light in the kitchen when I come home in the evening"
NEAR = "please turn on the light in the kitchen when I come home in the evenings"
OFF = "please turn off the light in the kitchen when I come home in the evening"
NOBODY = "how many moons does the planet mars have"


def validator(seeds: Sequence[Any] = (), **options: Any) -> Consistency:
    return Consistency(ConsistencyConfig.model_validate(options), make_inputs(seeds))


def judged(part: Consistency, row: Sample, before: int | None = None) -> Verdict:
    return part.judge(part.sign([row])[0], before=before)


def labelled(text: str, label: str | None, **more: Any) -> Sample:
    return Sample(id="new", response=text, label=label, **more)


def pair(question: str, answer: str) -> Sample:
    return Sample(id="new", input=question, response=answer)


def accept(part: Consistency, *rows: Sample) -> Consistency:
    for sequence, signature in enumerate(part.sign(rows)):
        part.add(signature, sequence)
    return part


# -- labels ---------------------------------------------------------------------------------------------------


def test_a_near_copy_with_another_label_is_rejected_and_the_row_it_contradicts_named() -> None:
    part = accept(validator(), labelled(NOBODY, "question"), labelled(TEXT, "on"))
    verdict = judged(part, labelled(NEAR, "off"))

    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, "label_disagrees")
    assert verdict.measured == 61 / 62 and verdict.threshold == 0.85
    assert verdict.evidence == "row 1 is labelled on"


def test_a_copy_with_the_same_label_is_no_matter_of_consistency() -> None:
    part = accept(validator(), labelled(TEXT, "on"))

    for row in (labelled(TEXT, "on"), labelled(NEAR, " ON ")):
        assert judged(part, row) == Verdict(passed=True)


def test_seeds_count_as_accepted_unless_left_out() -> None:
    row = labelled(TEXT.upper() + "!", "off")

    assert judged(validator([(TEXT, "on")]), row, before=0).evidence == "seed seed0 is labelled on"
    assert judged(validator([(TEXT, "on")], against_seeds=False), row).passed


@pytest.mark.parametrize(
    ("threshold", "passed"), [(0.8, False), (0.80001, True), (0.75, False), (None, True)]
)
def test_exactly_at_the_threshold_texts_are_near_copies(threshold: float | None, passed: bool) -> None:
    """8 and 10 shingles, 8 shared: 8 / 10."""
    part = accept(validator(near_jaccard=threshold), labelled("abcdefghijkl", "x"))

    assert judged(part, labelled("abcdefghijklmn", "y")).passed is passed


def test_without_a_threshold_equal_texts_still_contradict_each_other() -> None:
    part = accept(validator(near_jaccard=None), labelled(TEXT, "on"))

    verdict = judged(part, labelled(TEXT.upper(), "off"))
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("label_disagrees", 1.0, 1.0)
    assert judged(part, labelled(NEAR, "off")).passed


@pytest.mark.parametrize(
    "text",
    [
        "да",
        "播放音乐",
        "明天北京会下雨吗请告诉我",
        "هل ستمطر غدا في القاهرة",
        "พรุ่งนี้ฝนจะตกไหม",
        "कल बारिश होगी क्या",
        "ok 好的 👍",
    ],
)
def test_texts_of_any_script_and_length_contradict_each_other(text: str) -> None:
    part = accept(validator(), labelled(text, "是"))

    assert judged(part, labelled(f" {text}。", "不是")).evidence == "row 0 is labelled 是"
    assert judged(part, labelled(text, "是")).passed


def test_a_short_minimal_pair_is_no_near_copy_by_default_and_a_long_one_is() -> None:
    """Of 5-character shingles `on` and `off` have six or so of their own each, however long the text is."""
    for text, passed in ((TEXT[:39], True), (TEXT, False)):
        part = accept(validator(), labelled(text, "on"))
        assert judged(part, labelled(text.replace(" on ", " off "), "off")).passed is passed


def test_a_copy_of_one_side_of_a_minimal_pair_is_measured_by_that_side() -> None:
    part = validator([(TEXT, "on"), (OFF, "off")], near_jaccard=0.7)

    assert judged(part, labelled(NEAR, "on")).passed
    assert judged(part, labelled(NEAR, "off")).evidence == "seed seed0 is labelled on"


def test_the_newcomer_goes_even_where_most_of_the_pool_would_side_with_it() -> None:
    part = accept(validator(), labelled(TEXT, "off"))

    assert not judged(part, labelled(TEXT, "on")).passed
    assert not judged(part, labelled(NEAR, "on")).passed


def test_equal_texts_in_another_context_dont_contradict_each_other() -> None:
    part = accept(validator(), labelled("It is wet.", "entailment", input="It rains."))

    assert judged(part, labelled("It is wet.", "neutral", input="It snowed in May.")).passed
    assert judged(part, labelled("It is wet.", "neutral", input="it  rains.")).reason == "label_disagrees"


def test_only_rows_of_a_lower_sequence_number_are_seen() -> None:
    part = accept(validator(), labelled(NOBODY, "x"), labelled(TEXT, "on"), labelled(TEXT, "on"))

    assert judged(part, labelled(NEAR, "off"), before=1).passed
    assert judged(part, labelled(NEAR, "off"), before=2).evidence == "row 1 is labelled on"
    assert judged(part, labelled(NEAR, "off")).evidence == "row 1 is labelled on"


def test_sequence_numbers_must_rise() -> None:
    part = accept(validator(), labelled(TEXT, "on"))

    with pytest.raises(ValueError, match="row 0 comes after row 0"):
        part.add(None, 0)


@pytest.mark.parametrize(
    "row",
    [
        Sample(id="r"),
        Sample(id="r", response="a text"),
        Sample(id="r", label="x"),
        Sample(id="r", fields={"a": 1}),
    ],
)
def test_a_row_that_claims_nothing_passes_and_may_be_added(row: Sample) -> None:
    part = accept(validator(), row, row)

    assert judged(part, row) == Verdict(passed=True)


# -- answers --------------------------------------------------------------------------------------------------


def test_another_answer_to_the_same_question_is_rejected() -> None:
    part = accept(
        validator(), pair("How many moons has Mars?", "It has two moons."), pair("Capital of Peru?", "Lima")
    )
    verdict = judged(part, pair("capital of  peru", "The answer is Cusco."))

    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, "answer_disagrees")
    assert (verdict.measured, verdict.threshold) == (0.0, 1.0)
    assert verdict.evidence == "row 1 (similarity 1.00) answers «Lima»"
    assert judged(part, pair("Capital of Peru?", "lima.")).passed


def test_numbers_are_compared_as_numbers() -> None:
    part = accept(validator(), pair("What does it cost?", "$1,250"))

    assert judged(part, pair("What does it cost?", "It is easy: \n#### 1250.00")).passed
    assert judged(part, pair("What does it cost?", "1251")).reason == "answer_disagrees"
    lenient = accept(validator(number_tolerance=0.001), pair("What does it cost?", "$1,250"))
    assert judged(lenient, pair("What does it cost?", "1251")).passed


@pytest.mark.parametrize(("least", "passed"), [(0.6, True), (0.60001, False), (0.5, True), (0, True)])
def test_exactly_at_the_least_f1_answers_dont_disagree(least: float, passed: bool) -> None:
    """5 words each, 3 shared: F1 3/5."""
    part = accept(validator(compare="similarity", min_answer_f1=least), pair("Why?", "the red car was fast"))
    verdict = judged(part, pair("Why?", "the red car is slow"))

    assert verdict.passed is passed
    assert passed or (verdict.measured, verdict.threshold) == (0.6, least)


def test_long_answers_disagree_only_where_they_have_next_to_nothing_in_common() -> None:
    rain = "Rain falls when drops in a cloud have grown so heavy that rising air can't carry them any longer."
    same = "It rains because the drops of a cloud grow too heavy for the rising air, which can't carry them any longer."
    other = "Photosynthesis turns light into sugar; leaves look green since chlorophyll reflects precisely this colour."
    part = accept(validator(), pair("Why does it rain?", rain))

    assert judged(part, pair("Why does it rain?", same)).passed
    assert judged(part, pair("Why does it rain?", other)).reason == "answer_disagrees"


def test_near_copies_of_a_question_are_compared_only_when_asked_for() -> None:
    row = pair("How many moons does the planet Mars have in all?", "3")
    for options, passed in (({}, True), ({"near_question_jaccard": 0.7}, False)):
        part = accept(validator(**options), pair("How many moons does the planet Mars have in total?", "2"))
        assert judged(part, row).passed is passed


def test_a_question_with_other_numbers_is_another_question() -> None:
    options = {"near_question_jaccard": 0.7}
    part = accept(validator(**options), pair("How many legs do 3 of my grey cats have together?", "12"))

    assert judged(part, pair("How many legs do 4 of my grey cats have together?", "16")).passed
    assert (
        judged(part, pair("How many legs do ３ of my gray cats have together?", "16")).reason
        == "answer_disagrees"
    )


def test_a_turn_is_the_same_question_only_after_the_same_turns() -> None:
    def chat(first: str, answer: str) -> Sample:
        said = (("user", first), ("assistant", "Shall I?"), ("user", "yes please"), ("assistant", answer))
        return Sample(id="r", messages=tuple(Message(role=role, content=text) for role, text in said))

    part = accept(validator(), chat("Turn it on", "It is on."))
    assert judged(part, chat("Turn it off", "It is off.")).passed
    assert judged(part, chat("turn it on", "It is off.")).reason == "answer_disagrees"


def test_named_parts_are_compared() -> None:
    def record(name: str, born: int) -> Sample:
        return Sample(id="r", fields={"name": name, "born": born})

    part = accept(validator(key="name", value="born"), record("Ada Lovelace", 1815))
    assert judged(part, record("ada lovelace", 1816)).reason == "answer_disagrees"
    assert judged(part, record("Ada Lovelace", 1815)).passed


def test_evidence_quotes_at_most_80_characters() -> None:
    part = accept(validator(), labelled(TEXT, "x" * 500))

    assert judged(part, labelled(TEXT, "y")).evidence == "row 0 is labelled " + "x" * 79 + "…"


# -- the rest -------------------------------------------------------------------------------------------------


def test_seeds_that_contradict_each_other_are_announced() -> None:
    part = validator([(TEXT, "on"), (NOBODY, "x"), (TEXT, "off")])

    assert part.notices() == ["2 seeds contradict another one, such as seed0 and seed seed2; correct them"]
    assert validator([(TEXT, "on"), (NEAR, "on")]).notices() == []


def test_a_threshold_that_bands_can_not_reach_is_announced() -> None:
    (notice,) = validator(near_jaccard=0.02).notices()

    assert "raise permutations" in notice


def test_equal_claims_are_kept_once() -> None:
    part = accept(validator(), *[labelled(TEXT, "on")] * 50, labelled(TEXT, "off"))

    assert len(part._contradictions.index) == 2


def test_a_megabyte_is_compared() -> None:
    long = "what is 12 times 3? " * 50_000
    part = accept(validator(near_question_jaccard=0.8), pair(long, "yes " * 200_000))

    assert judged(part, pair(long + "now", "12")).passed


def test_it_pickles_with_its_index() -> None:
    part = pickle.loads(pickle.dumps(accept(validator([(TEXT, "on")]), labelled(NOBODY, "x"))))

    assert not judged(part, labelled(NEAR, "off")).passed and not judged(part, labelled(NOBODY, "y")).passed


@pytest.mark.parametrize(
    ("context", "labels", "is_suggested"),
    [
        (Context(format="labelled", seeds=2, seeds_labelled=True), ("a", "b"), True),
        (Context(format="labelled", seeds=2, seeds_labelled=True), ("a",), False),
        (Context(format="labelled", labels=2), ("a", "b"), False),
        (Context(format="pair", seeds=2), (), False),
    ],
)
def test_it_is_suggested_for_labels_with_seeds(
    context: Context, labels: tuple[str, ...], is_suggested: bool
) -> None:
    suggestion = Consistency.suggestion(Inputs(labels=labels, seeds=(Seed(id="s", text="t"),)), context)

    assert (suggestion is not None) is is_suggested
    assert suggestion is None or (suggestion.why.startswith("labels: ") and not suggestion.options)


def test_rows_of_a_batch_are_signed_in_order() -> None:
    part = validator()
    signed = part.sign([*make_samples([(TEXT, "on")]), Sample(id="r"), *make_samples([(NOBODY, "x")])])

    assert [signature is None for signature in signed] == [False, True, False]
