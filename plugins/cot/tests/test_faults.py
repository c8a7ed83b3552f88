from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_cot.chain import Case, chain_of
from datagen_plugin_cot.config import ChainConfig
from datagen_plugin_cot.faults import fault

CASE = Case(question="Why does bread rise faster in summer?", answer="because kitchens are warm then")
TEXTS = (
    "Yeast turns sugar into gas.",
    "Gas lifts the dough.",
    "Yeast grows with warmth.",
    "More yeast makes more gas.",
    "In summer a kitchen is heated by the sun.",
    "So dough swells sooner.",
)


def found(texts: Any, case: Case = CASE, **options: Any) -> tuple[str, Any] | None:
    chain = chain_of([(text, "") for text in texts])
    refusal = fault(chain, case, ChainConfig.model_validate(options))
    return refusal and (refusal.reason, refusal.measured)


@pytest.mark.parametrize(("n", "expected"), [(1, 1), (2, None), (5, None), (6, 6)])
def test_two_to_five_steps_are_a_chain(n: int, expected: int | None) -> None:
    assert found(TEXTS[:n]) == (expected and ("step_count", expected))
    assert found(TEXTS[:n], min_steps=n, max_steps=n) is None


@pytest.mark.parametrize(
    ("step", "overlap"),
    [
        ("Why does bread rise faster in summer?", 1.0),
        ("WHY does bread rise, faster in summer", 1.0),
        ("Because kitchens are warm then!", 1.0),
        ("Yeast turns sugar into gas", 1.0),
        ("Yeast turns the sugar into gas.", 0.9091),
    ],
)
def test_a_step_that_repeats_question_answer_or_a_step_is_circular(step: str, overlap: float) -> None:
    assert found([TEXTS[0], step, TEXTS[1]]) == ("circular_step", overlap)


def test_an_overlap_of_exactly_the_threshold_will_do() -> None:
    steps = ["a b c d e", "f b c d e"]  # four of five words: F1 0.8
    assert found(steps, max_overlap=0.8) is None
    assert found(steps, max_overlap=0.79) == ("circular_step", 0.8)


def test_steps_with_other_numbers_are_other_steps_and_equal_ones_are_not() -> None:
    sums = Case(question="Ann has 3 boxes of 4 pens, Bob 3 of 5; how many have they?", answer="27")
    ann, bob = "The pens that one has are 3 * 4 = 12", "The pens that one has are 3 * 5 = 15"
    assert found([ann, bob], sums) is None
    assert found([ann, ann], sums) == ("circular_step", 1.0)


def test_circles_are_found_in_scripts_without_spaces() -> None:
    case = Case(question="为什么夏天面包发得更快", answer="因为夏天的厨房更暖和")
    assert found(["酵母在温暖时生长更快。", "夏天的厨房更暖和。"], case, max_overlap=0.95) is None
    assert found(["酵母在温暖时生长更快。", "因为夏天的厨房更暖和。"], case) == ("circular_step", 1.0)


def test_numbers_before_steps_are_taken_off() -> None:
    chain = chain_of([("Step 1: It rains.\n", " "), ("2. It\n pours.", ""), ("- 3.5 is more.", "")])
    assert chain.text == "1. It rains.\n2. It pours.\n3. 3.5 is more."


@pytest.mark.parametrize("blank", ["", " \n", "2.", "—", "Step 3:"])
def test_a_step_that_says_nothing_is_unparsed(blank: str) -> None:
    assert found([TEXTS[0], blank, TEXTS[1]]) == ("rationale_unparsed", "step")


def test_wrong_arithmetic_and_numbers_from_nowhere() -> None:
    case = Case(question="A box holds 12 pens. How many do 6 boxes hold?", answer="72")
    assert found(["There are 6 boxes.", "They hold 6 * 12 = 72."], case) is None
    assert found(["There are 6 boxes.", "They hold 6 * 12 = 74."], case) == (
        "wrong_arithmetic",
        "6 * 12 = 74",
    )
    assert found(["There are 6 boxes of 13.", "They hold 72."], case) == ("unsupported_number", "13")
    assert found(["There are 6 boxes of 13.", "They hold 72."], case, check_numbers=False) is None


def test_without_a_passage_only_calculations_are_held_to_their_numbers() -> None:
    case = Case(question="When did the war end?", answer="1945")
    told = ["It began in 1939.", "It went on for 6 years, until 1945."]
    assert found(told, case) is None
    passage = Case(question=case.question, answer="1945", passage="The war ended in 1945.")
    assert found(told, passage) == ("unsupported_number", "1939")


def test_quotes_stand_in_the_passage() -> None:
    case = Case(question="?", answer="x", passage="High\ntide follows low tide.")
    good = chain_of([("One.", "High tide follows"), ("Two.", "")])
    assert fault(good, case, ChainConfig()) is None
    bad = fault(chain_of([("One.", "high tide follows"), ("Two.", "")]), case, ChainConfig())
    assert bad is not None and (bad.reason, bad.measured) == ("evidence_not_literal", "high tide follows")


@pytest.mark.parametrize("mark", ["</think>", "<|im_end|>", "\x1b", "\ud800"])
def test_a_step_that_steers_a_template_or_a_terminal_is_none(mark: str) -> None:
    assert found([TEXTS[0], f"Gas lifts {mark} the dough."]) == ("unclean_step", repr(mark))
