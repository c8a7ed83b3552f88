from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from datagen_plugin_selection.config import DeitaConfig
from datagen_plugin_selection.deita import Deita
from datagen_plugin_selection.deita_scores import Scored, final_score
from datagen_plugin_selection.digit_scores import DIGITS, expected_score
from datagen_plugin_selection.turn_pairs import Turn, turns_of
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.errors import InputError
from datagen_core.plugins.host import installed
from datagen_core.sample import Message, Sample
from datagen_core.testing import make_inputs

ANGLES = {"A": 0, "B": 20, "C": 30, "D": 50, "E": 60}
SCORES = {"A": 30, "B": 25, "C": 20, "D": 10, "E": 5}
FIELDS = {"scorer": "fields"}


def scored(row, scores=SCORES) -> list[Sample]:
    return [row(id, complexity=score, quality=1) for id, score in scores.items()]


def test_the_example_of_five_angles_keeps_exactly_a_c_and_e(selected, row, at_angles, reasons) -> None:
    """B is near A and dropped; C is near B, which isn't kept, and so is kept; D is near C."""
    said = selected("deita", scored(row), inputs=at_angles(**ANGLES), **FIELDS)

    assert said.kept == ("A", "C", "E") and said.scores == SCORES
    assert reasons(said) == {"B": "too_similar", "D": "too_similar"}
    near = [(one.measured, one.threshold, one.evidence) for one in (said.left["B"], said.left["D"])]
    assert near == [(0.939693, 0.9, "A"), (0.939693, 0.9, "C")]


def test_rows_after_the_last_one_needed_are_not_compared(selected, row, at_angles, reasons) -> None:
    said = selected("deita", scored(row), 2, inputs=at_angles(**ANGLES), **FIELDS)

    assert said.kept == ("A", "C")
    assert reasons(said) == {"B": "too_similar", "D": "not_needed", "E": "not_needed"}


def test_the_order_of_the_input_decides_between_equal_scores_alone(selected, row, at_angles) -> None:
    rows = scored(row, {"D": 7, "B": 7, "A": 9, "E": 7})
    inputs = at_angles(A=0, B=90, D=180, E=270)

    assert selected("deita", rows, inputs=inputs, **FIELDS).kept == ("A", "D", "B", "E")
    assert selected("deita", rows[::-1], inputs=inputs, **FIELDS).kept == ("A", "E", "B", "D")


@pytest.mark.parametrize(("most", "kept"), [(0.8, ("a", "b")), (0.79999, ("a",))])
def test_a_row_exactly_at_the_similarity_is_kept(selected, row, by_hand, most, kept) -> None:
    inputs = by_hand({"a": (1, 0), "b": (0.8, 0.6)})

    said = selected(
        "deita", scored(row, {"a": 2, "b": 1}), inputs=inputs, max_cosine_similarity=most, **FIELDS
    )

    assert said.kept == kept


def test_a_zero_vector_and_a_missing_part_are_left_with_a_reason(selected, row, at_angles, reasons) -> None:
    rows = [*scored(row), row("zeros", complexity=6, quality=6)]

    said = selected("deita", rows, inputs=at_angles(**ANGLES), **FIELDS)
    assert said.kept == ("A", "C", "E") and said.left["zeros"].reason == "no_embedding"

    lacking = [replace(rows[0], fields={"note": "A"}), rows[1]]
    said = selected("deita", lacking, inputs=at_angles(**ANGLES), field="note", **FIELDS)
    assert said.kept == ("A",) and reasons(said) == {"B": "no_embedding"}
    assert said.left["B"].evidence == "no field 'note'"


def test_a_vector_that_is_not_finite_is_none(selected, row, by_hand, reasons) -> None:
    inputs = by_hand({"a": (1, 0), "b": (float("nan"), 0), "c": (float("inf"), 0)})

    said = selected("deita", scored(row, {"b": 9, "a": 5, "c": 1}), inputs=inputs, **FIELDS)

    assert said.kept == ("a",) and reasons(said) == {"b": "no_embedding", "c": "no_embedding"}


# -- scores -------------------------------------------------------------------------------------------------


def test_products_are_summed_over_turns_not_sums_multiplied() -> None:
    assert final_score([Scored(2), Scored(3)], [Scored(4), Scored(5)]) == Scored(
        23
    )  # (2 + 3) · (4 + 5) is 45


def test_a_list_of_scores_has_one_for_each_turn(selected, row, at_angles) -> None:
    rows = [row("a", complexity=[2, 3], quality=[4, 5]), row("b", complexity=4, quality="6")]

    assert selected("deita", rows, inputs=at_angles(a=0, b=90), **FIELDS).scores == {"a": 23, "b": 24}


@pytest.mark.parametrize(
    ("complexity", "quality", "why"),
    [
        (None, 3, "no_number"),
        ("hard", 3, "no_number"),
        (float("nan"), 3, "no_number"),
        ([2, None], [1, 1], "no_number"),
        ([2, 3], [1], "unequal_turns"),
        ([], [], "no_turn"),
    ],
)
def test_a_row_without_a_score_is_left_as_unscored(
    selected, row, at_angles, complexity, quality, why
) -> None:
    rows = [row("a", complexity=1, quality=1), row("odd", complexity=complexity, quality=quality)]

    said = selected("deita", rows, inputs=at_angles(a=0, odd=90), **FIELDS)

    assert said.kept == ("a",)
    assert (said.left["odd"].reason, said.left["odd"].evidence, said.left["odd"].score) == (
        "unscored",
        why,
        None,
    )
    assert said.notes == (f"1 of 2 rows have no score: 1 {why}",)


def test_a_column_that_no_row_has_is_refused(selected, row) -> None:
    with pytest.raises(InputError, match="no row has a 'depth'"):
        selected("deita", scored(row), complexity="depth", **FIELDS)


def test_the_digits_logits_of_the_source_give_its_score() -> None:
    assert expected_score(dict(zip(DIGITS, (0, 0, 0, 0, 1, 1), strict=True))) == pytest.approx(
        4.2284, abs=5e-5
    )
    assert expected_score(dict.fromkeys(DIGITS, 7.0)) == pytest.approx(3.5)


@pytest.mark.parametrize("logits", [{}, dict.fromkeys(DIGITS[:5], 0.0), dict.fromkeys(DIGITS, float("nan"))])
def test_without_all_digits_there_is_no_score(logits) -> None:
    assert expected_score(logits) is None


@given(st.lists(st.floats(-1e4, 1e4), min_size=6, max_size=6), st.floats(-1e4, 1e4))
def test_a_score_lies_from_1_to_6_and_only_differences_of_logits_count(logits, shift) -> None:
    score = expected_score(dict(zip(DIGITS, logits, strict=True)))

    assert score is not None and 1 <= score <= 6.0000001
    shifted = expected_score(dict(zip(DIGITS, [one + shift for one in logits], strict=True)))
    assert shifted == pytest.approx(score, abs=1e-6)


# -- turns --------------------------------------------------------------------------------------------------


def test_a_conversations_turns_are_its_questions_with_their_answers() -> None:
    said = [
        ("system", "Be brief."),
        ("user", "Why?"),
        ("assistant", ""),
        ("tool", "42"),
        ("assistant", "Because."),
        ("user", "And"),
        ("user", "how?"),
        ("assistant", "So."),
        ("user", "Really?"),
    ]
    chat = Sample(id="a", messages=tuple(Message(role=role, content=text) for role, text in said))

    assert turns_of(chat) == [Turn("Why?", "Because."), Turn("And\nhow?", "So.")]


def test_a_row_without_a_question_or_an_answer_has_no_turn() -> None:
    assert (
        turns_of(Sample(id="a", response="text"))
        == turns_of(Sample(id="a", input="Why?", response=" "))
        == []
    )
    assert turns_of(Sample(id="a", input="Why?", response="So.")) == [Turn("Why?", "So.")]


# -- options ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"scorer": "local"},
        {"scorer": "local", "complexity_model": "c"},
        {"complexity_template": "no place"},
        {"quality_template": "{instruction} alone"},
    ],
)
def test_options_that_cannot_work_are_refused(options) -> None:
    with pytest.raises(ValidationError):
        DeitaConfig.model_validate(options)


def test_a_model_is_asked_only_where_it_judges() -> None:
    assert dict(Deita(DeitaConfig(model="m"), make_inputs()).models()) == {"m": ()}
    assert dict(Deita(DeitaConfig(scorer="fields"), make_inputs()).models()) == {}


@pytest.mark.parametrize("name", ["lima", "deita", "k-center", "coverage", "stratified", "top"])
def test_every_selector_pickles(name) -> None:
    component = installed().find("selector", name)[0].component
    part = component.load_impl()(component.load_config()(), make_inputs(languages=("de",)))

    again = pickle.loads(pickle.dumps(part))

    assert again.config == part.config and again.notices() == part.notices()


def test_other_packaged_prompts_are_another_judge() -> None:
    assert (
        "packaged" in DeitaConfig().fingerprint()
        and "packaged" not in DeitaConfig(scorer="fields").fingerprint()
    )
