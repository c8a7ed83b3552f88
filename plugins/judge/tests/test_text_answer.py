from __future__ import annotations

import pytest
from datagen_plugin_judge.scale import Scale
from datagen_plugin_judge.text_answer import read_score
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.model import Choice
from datagen_core.testing.reply_shapes import text_shapes

TO_5 = Scale(0, 5)


def first(text: str, finish_reason: str = "stop") -> tuple[float | None, str]:
    grade = read_score(Choice(text=text, finish_reason=finish_reason), TO_5, is_last=False)
    return grade.value, grade.fault


def last(text: str, finish_reason: str = "stop") -> tuple[float | None, str]:
    scale = Scale(1, 5, is_whole=True)
    grade = read_score(Choice(text=text, finish_reason=finish_reason), scale, is_last=True)
    return grade.value, grade.fault


UNPARSED = (None, "judge_unparsed")
OFF = (None, "judge_out_of_range")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.5", 4.5),
        ("4.5\nIt is right.", 4.5),
        ("\n\n 4 \r\nIt is right.", 4),
        ("**4.5**\nIt is right.", 4.5),
        ("Score: 4", 4),
        ("Score:4", 4),
        ("score: 4.5\nFine.", 4.5),
        ("Rating: 3\nFine.", 3),
        ("The response is right. Score: 4", 4),
        ("The response is right.\n**Score:** 4.5\nNo fault.", 4.5),
        ("It is right. Score: 4 – nothing is wrong.", 4),
        ("It is right. Score: 4. Nothing is wrong.", 4),
        ("Score: 4 (good)", 4),
        ("**Score: 4.5** - a good answer", 4.5),
        ("Score: 4. The two parts are right.", 4),
        ("Score: 4: it is right.\nStep 2 is fine.", 4),
        ("Score: 4 for that. As I said, score: 4", 4),
        ("<think>Between 3 and 4.</think>\n4\nFine.", 4),
        ("٤\nصحيح", 4),
        ("٤٫٥\nصحيح", 4.5),
        ("４.５\n正しい。", 4.5),
        ("Score：4\n回答正确。", 4),
        ("0", 0),
        ("5", 5),
    ],
)
def test_a_score_alone_on_the_first_line_counts_and_else_one_behind_score(text: str, value: float) -> None:
    assert first(text) == (value, "")


@pytest.mark.parametrize(
    "text",
    [
        "five stars",
        "Score: five",
        "Score: ",
        "Score:\nfour",
        "A solid 4.",
        "4/5",
        "Score: 4/5",
        "Score: 4 / 10",
        "Score: 4 out of 5",
        "Score: 4 of 5",
        "Score: 3-4",
        "Score: 3 to 4",
        "Score: 4,5",
        "Score: 40%",
        "Score: 4x",
        "Score: 4.5.1",
        "4,5",
        "4 5",
        "4e0",
        "nan",
        "inf",
        "1_0",
        "Score: 4⁄5",
        "Score: 4∕5",
        "Score: 4 − 5",
        "Score: 4‑5",
        "Score: 4 ~ 5",
        "Score: 4 over 5",
        "Score: 4 points of 10",
        "Score: 4 (out of 10)",
        "Score: 4 in a scale to 10",
        "Score: 4\u200b5",
        "Score: 4 ½",
        "Score: 4 %",
        "Score: 4 out of five",
        "Score: 4 points of ten",
        "Score: 4 满分五分",
        "Score: 4. Out of 10.",
        "I give it score: 4 here, or score: 3 perhaps",
        'It says "Score: 5" of itself.',
        "It says “score: 5” of itself.",
        "高分",
        "9" * 60,
        "",
        " \n ",
        "<think>Score: 4",
    ],
)
def test_what_is_no_score_alone_is_unparsed(text: str) -> None:
    assert first(text) == UNPARSED


@pytest.mark.parametrize("text", ["6", "-1", "5.01", "8\n…", "Score: 72", "I'd say score: 6"])
def test_a_score_off_the_scale_is_none_and_never_cut_to_fit(text: str) -> None:
    assert first(text) == OFF


def test_one_character_after_score_is_not_what_is_read() -> None:
    """AlpaGasus's own fallback takes the one behind the colon, mostly the space."""
    assert first("Well. Score: 4.5") == (4.5, "") and first("Well. Score: 12") == OFF


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("It is complete.\n5", 5),
        ("It is complete.\n\n**4**\n", 4),
        ("It is complete.\nScore: 3", 3),
        ("It is complete.\nThe final score: 3.", 3),
        ("5", 5),
        ("Scores such as 8, 72 or 762 don't occur; 1 neither.\n2", 2),
        ("完整。\n评分如下\n4。", 4),
    ],
)
def test_the_last_line_holds_the_score_that_the_reasons_lead_to(text: str, value: float) -> None:
    assert last(text) == (value, "")


@pytest.mark.parametrize(
    "text",
    [
        "5\nIt is complete.",
        "I give it a 5",
        "It is complete. 5",
        "Score: 5\nBut it could be shorter.",
        "1. 5",
        "4/5",
        "4-5",
        "five",
    ],
)
def test_a_number_that_is_not_alone_at_the_end_is_unparsed(text: str) -> None:
    assert last(text) == UNPARSED


@pytest.mark.parametrize("text", ["Fine.\n8", "Fine.\n762", "Fine.\n0", "Fine.\n4.5"])
def test_at_the_end_too_a_number_off_the_scale_is_none(text: str) -> None:
    assert last(text) == OFF


def test_a_cut_off_answer_counts_where_its_score_stands_whole() -> None:
    assert first("4.5\nIt is right beca", "length") == (4.5, "")
    assert first("4", "length") == UNPARSED
    assert last("It is fine.\n1", "length") == UNPARSED
    assert first("4\nIt", "content_filter") == UNPARSED


@pytest.mark.parametrize("shape", text_shapes("4.5\nIt is right."), ids=lambda shape: shape.name)
def test_each_shape_of_a_reply_is_the_score_or_none(shape) -> None:
    """The score of a wrapped answer counts where its first line holds nothing else."""
    read = {
        *(
            "plain",
            "blank lines around",
            "Windows line ends",
            "chatter after",
            "code fence",
            "bold",
            "quotes",
        ),
        *(
            "code fence of a language",
            "curly quotes",
            "JSON string",
            "thinking tags",
            "end-of-turn mark",
            "twice",
        ),
        "cut by length",
    }
    found = first(shape.text, shape.finish_reason)

    assert found == ((4.5, "") if shape.name in read else UNPARSED)


@given(st.text(max_size=300))
def test_any_text_is_a_grade_on_the_scale_or_none_with_a_reason(text: str) -> None:
    for value, fault in (first(text), last(text)):
        assert (value is None) == bool(fault)
        assert value is None or 0 <= value <= 5


@given(st.integers(0, 50), st.sampled_from(["{}\nFine.", "Score: {}", "Good. Score: {}"]))
def test_each_number_of_the_scale_is_read_back(tenths: int, form: str) -> None:
    assert first(form.format(tenths / 10)) == (tenths / 10, "")


def test_a_long_line_is_read_in_no_time() -> None:
    assert first("*" * 200_000 + "4x") == UNPARSED
    assert first("score" * 40_000) == UNPARSED
    assert first("so score: 4 " * 40_000) == (4, "")
