import pytest
from datagen_plugin_templater.slots import bare, fault, fill, mark
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        ("Great fins.", "Great fins."),
        ("  Great\n\n fins.\u2028", "Great fins."),
        ('"Great fins."', "Great fins."),
        ("“Great fins.”", "Great fins."),
        ("'They don't pinch.'", "They don't pinch."),
        ("‘They don’t pinch.’", "They don’t pinch."),
        ("«Super»", "Super"),
        ("`Great`", "Great"),
        ('"Great" and "light"', '"Great" and "light"'),
        ('She said "great"', 'She said "great"'),
        ("```\nGreat fins.\n```", "Great fins."),
        ("```text\nGreat fins.\n```\n", "Great fins."),
        ("```great fins```", "great fins"),
        ('```\n"Great fins."\n```', "Great fins."),
        ('""Great""', '"Great"'),
        ('""', ""),
        ('"', '"'),
        ('5" blades or 6"', '5" blades or 6"'),
    ],
)
def test_a_passage_is_one_line_without_a_fence_and_one_pair_of_quotes(answer: str, passage: str) -> None:
    assert bare(answer) == passage


@pytest.mark.parametrize(
    ("passage", "reason"),
    [
        ("", "slot_empty"),
        ("\u200b\u200d", "slot_empty"),
        ("see [[slot_1]]", "slot_leaks_marker"),
        ("Slot_2: great", "slot_leaks_marker"),
        ("run ```x``` now", "slot_fenced"),
        ('"Great"', "slot_quoted"),
        ("half \ud83d pair", "slot_not_text"),
        ("null \0 1", "slot_not_text"),
        ("\x1b[31mred", "slot_not_text"),
    ],
)
def test_a_passage_that_cant_be_used_has_a_reason(passage: str, reason: str) -> None:
    found = fault(passage, slots=2)
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    "passage",
    ["Great fins.", "!", "slot_3 isn't ours", "slot_0", "my_slot_1", "明天", "👩‍👩‍👧", "{{ x }}", '"a" "b"'],
)
def test_other_passages_may_stand(passage: str) -> None:
    assert fault(passage, slots=2) is None


@given(st.text())
def test_a_bare_passage_without_a_fault_is_tidy_text_that_stays_as_it_is(answer: str) -> None:
    passage = bare(answer)
    if fault(passage, slots=1) is None:
        assert passage == " ".join(passage.split()) != ""
        assert bare(passage) == passage
        passage.encode("utf-8")


def test_marks_in_any_string_of_a_value_are_replaced_and_nothing_else() -> None:
    value = {"a": f"x {mark(1)}{mark(2)}", "b": [f"{mark(1)}", 1, None], "c": {"d": "1"}}
    filled = fill(value, ["\\1", mark(1)])
    assert filled == {"a": "x \\1" + mark(1), "b": ["\\1", 1, None], "c": {"d": "1"}}
