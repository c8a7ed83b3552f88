"""What METHODS demands of AlpaGasus, of `curate7` and of the Humpback rating."""

from __future__ import annotations

import json

import pytest

from datagen_core.sample import Sample
from datagen_core.testing import make_inputs

ROW = Sample(id="r", input="Name a prime above 10.", response="11 is one.")


def grades(score: float, **others: float) -> str:
    found = dict.fromkeys(("clarity", "accuracy", "usefulness", "difficulty"), score) | others
    return json.dumps({name: {"reason": f"{name} is so", "score": value} for name, value in found.items()})


# -- AlpaGasus ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "passed", "reason", "value", "score"),
    [
        ("4.5\nRight.", True, None, 4.5, 0.9),
        ("5\nRight.", True, None, 5.0, 1.0),
        ("4.4\nNearly.", False, "judge_below_threshold", 4.4, 0.88),
        ("Score: 4", False, "judge_below_threshold", 4.0, 0.8),
        ("0\nWrong.", False, "judge_below_threshold", 0.0, 0.0),
    ],
)
def test_alpagasus_keeps_4_5_and_drops_4_4(judging, answer, passed, reason, value, score) -> None:
    verdict = judging("judge-alpagasus", answer).verdict(ROW)

    assert (verdict.passed, verdict.reason, verdict.measured) == (passed, reason, value)
    assert verdict.score == pytest.approx(score) and verdict.threshold == 4.5


@pytest.mark.parametrize(
    ("answer", "reason", "measured"),
    [
        ("five stars", "judge_unparsed", None),
        ("6\nSplendid.", "judge_out_of_range", 6.0),
        ("-1", "judge_out_of_range", -1.0),
    ],
)
def test_alpagasus_drops_what_has_no_score_with_the_right_reason(judging, answer, reason, measured) -> None:
    asked = judging("judge-alpagasus", answer, threshold=0)
    verdict = asked.verdict(ROW)

    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, reason)
    assert verdict.measured == measured and len(asked.requests) == 1


def test_alpagasus_asks_for_one_dimension_of_the_labelled_triple_in_a_request(judging) -> None:
    inputs = make_inputs(domain="botany", task="arithmetic")
    asked = judging("judge-alpagasus", "5\nRight.", inputs=inputs)
    asked.verdict(ROW)
    (request,) = asked.requests

    assert (request.temperature, request.top_p, request.max_tokens) == (0.0, 1.0, 256)
    assert request.json_schema is None
    system, user = (message.content for message in request.messages)
    for ingredient in ("feedback", "accuracy", "from 0 to 5, decimals allowed", "first line", "bias"):
        assert ingredient in system
    assert "instruction ===\nName a prime above 10.\n" in user and "response ===\n11 is one.\n" in user
    assert "helpfulness" not in system and "botany" not in system


def test_helpfulness_takes_the_place_of_accuracy_and_both_are_two_requests(judging) -> None:
    one = judging("judge-alpagasus", "5", dimensions={"helpfulness": None})
    both = judging("judge-alpagasus", "5", dimensions={"accuracy": None, "helpfulness": None})
    one.verdict(ROW), both.verdict(ROW)

    told = [request.messages[0].content for request in (*one.requests, *both.requests)]
    assert ["- accuracy:" in text for text in told] == [False, True, False]
    assert ["- helpfulness:" in text for text in told] == [True, False, True]


def test_a_text_without_an_instruction_is_shown_with_what_was_asked_for(judging) -> None:
    asked = judging("judge-alpagasus", "5", inputs=make_inputs(domain="reviews", task="sentiment"))
    asked.verdict(Sample(id="r", response="I love it."))

    system, user = (message.content for message in asked.requests[0].messages)
    assert "- domain: reviews\n- task: sentiment" in system and "text ===\nI love it.\n" in user


# -- curate7 --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "passed", "mean"),
    [
        (grades(7), True, 7),
        (grades(7, clarity=8, difficulty=6), True, 7),
        (grades(7, clarity=6.99), False, 6.9975),
        (grades(10, difficulty=1), True, 7.75),
    ],
)
def test_curate7_keeps_a_mean_of_7(judging, answer, passed, mean) -> None:
    asked = judging("judge-curate7", answer)
    verdict = asked.verdict(ROW)

    assert (verdict.passed, verdict.measured, verdict.threshold) == (passed, mean, 7)
    assert verdict.score == pytest.approx((mean - 1) / 9) and len(asked.requests) == 1


def test_curate7_by_the_lowest_dimension_is_an_option(judging) -> None:
    verdict = judging("judge-curate7", grades(10, difficulty=1), aggregate="min").verdict(ROW)

    assert (verdict.reason, verdict.measured) == ("judge_below_threshold", 1)


def test_curate7_has_four_dimensions_with_reasons_and_is_not_lima(judging) -> None:
    """LIMA has neither a judge nor a scale; this is a rubric of its own."""
    asked = judging("judge-curate7", grades(8))
    verdict = asked.verdict(ROW)
    told = json.loads(verdict.evidence)

    assert told["aggregate"] == 8
    assert told["scores"]["accuracy"] == {"value": 8, "reason": "accuracy is so"}
    assert list(told["scores"]) == ["clarity", "accuracy", "usefulness", "difficulty"]
    assert "from 1 to 10" in asked.requests[0].messages[0].content
    assert "LIMA" not in asked.requests[0].messages[0].content


# -- Humpback -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("threshold", "score", "passed"), [(5, 5, True), (5, 4, False), (4, 4, True), (4, 3, False)]
)
def test_humpback_keeps_5_and_loosely_4(judging, threshold, score, passed) -> None:
    verdict = judging("judge-humpback", f"It is so.\n{score}", threshold=threshold).verdict(ROW)

    assert (verdict.passed, verdict.measured, verdict.threshold) == (passed, score, threshold)
    assert json.loads(verdict.evidence)["scores"]["curation"] == {"value": score, "reason": "It is so."}


def test_humpback_is_strict_unless_told_otherwise(judging) -> None:
    assert judging("judge-humpback").build().config.passes_from == 5


def test_humpback_asks_for_its_five_levels_in_order_and_the_score_last(judging) -> None:
    asked = judging("judge-humpback", "Fine.\n5")
    asked.verdict(ROW)
    system = asked.requests[0].messages[0].content

    places = [system.index(f"\n  {level}: ") for level in range(1, 6)]
    assert places == sorted(places)
    for level, word in enumerate(("advertising", "around", "voice", "small thing", "expert"), start=1):
        end = places[level] if level < 5 else len(system)
        assert word in system[places[level - 1] : end]
    assert "a whole number from 1 to 5" in system
    assert system.index("First your reasons") < system.index("on the last line, the score alone")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("5\nIt is fine.", "judge_unparsed"),
        ("It is worth 5 of 5.", "judge_unparsed"),
        ("It is fine.\nfive stars", "judge_unparsed"),
        ("It is fine.\n8", "judge_out_of_range"),
        ("It is fine.\n762", "judge_out_of_range"),
        ("It is fine.\n4.5", "judge_out_of_range"),
    ],
)
def test_humpback_reads_the_end_alone(judging, answer, reason) -> None:
    verdict = judging("judge-humpback", answer, threshold=1).verdict(ROW)

    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, reason)
