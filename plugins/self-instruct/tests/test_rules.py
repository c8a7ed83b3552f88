from __future__ import annotations

import random

import pytest
from datagen_plugin_self_instruct.instances import Instance, input_first, output_first, rendered, sorted_out
from datagen_plugin_self_instruct.instructions import numbered, refusal
from datagen_plugin_self_instruct.known import Known

LONG = "write a long poem about the sea"
SHORT = "write a short poem about the winter sea"


@pytest.mark.parametrize(
    ("refused", "reason", "passing"),
    [
        ("", "empty", "Name four rivers now"),
        ("Name three rivers", "too_short", "Name three long rivers"),
        ("Say " + "very " * 150, "too_long", "Say " + "very " * 149),
        ("Describe the Image in words", "blocked_word", "Describe the imagery in words"),
        ("Describe these graphs in words", "blocked_word", "Describe this paragraph in words"),
        ("Say which picture is older", "blocked_word", "Say which picturesque town is older"),
        ("Read the file and sum up", "blocked_word", "Read the profile and sum up"),
        ("Read the maps of the town", "blocked_word", "Read the mapping of the town"),
        ("Please draw a small house", "blocked_word", "Open the drawer with care"),
        ("Please plot the two curves", "blocked_word", "Sum up the plots of films"),
        ("Go to the shop and buy", "blocked_word", "Going to the shop costs what"),
        ("Write a program that adds numbers", "write_a_program", "Explain how to write a program"),
        ("- Name the four seasons", "punctuation_start", "Name the - four - seasons"),
        ("Élargis la phrase qui suit", "non_ascii_start", "Elargis la phrase été comme hiver"),
    ],
)
def test_each_rule_refuses_and_lets_pass(refused: str, reason: str, passing: str) -> None:
    found = refusal(refused)
    assert found is not None and found.reason == reason
    assert refusal(passing) is None


def test_other_scripts_pass_where_they_are_allowed() -> None:
    assert refusal("请为冬天的海写一首短诗", ascii_start=False) is None
    found = refusal("写诗", ascii_start=False)
    assert found is not None and found.reason == "too_short"


@pytest.mark.parametrize(
    ("text", "items"),
    [
        (
            " Name a river.\n10. Name  a\ttown.\n11. Name a sea.",
            ["Name a river.", "Name a town.", "Name a sea."],
        ),
        ("9. name a river.\n10. Name a town.", ["Name a river.", "Name a town."]),
        ("Sure, here they are:\n\n9. Name a river.\n\n10. Name a town.", ["Name a river.", "Name a town."]),
        ("Name a river.\n15. Name a town.\n16. Name a sea.", ["Name a river.", "Name a town."]),
        ("Name a river of 9.5 km.\n10. ", ["Name a river of 9.5 km.", ""]),
        ("", [""]),
        ("16. Name a sea.", [""]),
    ],
)
def test_a_completion_is_split_at_newline_number_dot(text: str, items: list[str]) -> None:
    assert numbered(text, 9, 16) == items


def test_exactly_0_7_is_kept_and_0_8_is_refused() -> None:
    known = Known(["a b c d e f g h i j"])
    assert known.too_near("a b c d e f g x y z", 0.7) is None
    assert Known([LONG]).too_near(SHORT, 0.7) == (LONG, 0.8)
    assert Known([LONG]).too_near(SHORT, 0.8) is None


def test_equal_chinese_instructions_are_alike() -> None:
    known = Known(["为冬天的海写一首诗"])
    assert known.too_near("为冬天的海写一首诗", 0.7) == ("为冬天的海写一首诗", 1.0)


def test_the_ten_nearest_and_the_mean_over_all_are_told() -> None:
    near = Known([LONG, *(f"{word} unlike anything" for word in "abcdefghijk"), "no word shared"]).nearness(
        SHORT
    )
    assert near.nearest == ((LONG, 0.8), ("a unlike anything", pytest.approx(2 / 11)))
    assert near.mean == pytest.approx((0.8 + 2 / 11) / 13)
    many = Known(f"the {number}" for number in range(12)).nearness("the sea")
    assert len(many.nearest) == 10 and many.mean == pytest.approx(0.5)


def test_instances_are_read_input_before_output() -> None:
    text = "Example 1\nInput: 2 + 2\nOutput: 4\nExample 2\nInput: 3 + 3\nOutput: 6\n"
    assert input_first(text) == [Instance("2 + 2", "4"), Instance("3 + 3", "6")]
    assert input_first("Output: a poem\nof two lines") == [Instance("", "a poem\nof two lines")]
    assert input_first("Input: one\nOutput: 1\nInput: two\nOutput: 2") == [Instance("one", "1")]
    assert input_first("I can't do that.") == []


def test_instances_are_read_label_before_input() -> None:
    text = "Class label: good\nReview: I like it.\nAgain!\nClass label: bad\nReview: Never.\nClass label: (c)"
    assert output_first(text) == [
        Instance("Review: I like it.\nAgain!", "good"),
        Instance("Review: Never.", "bad"),
        Instance("", "(c)"),
    ]
    assert output_first("Review: I like it.") == []


A, B = Instance("one", "1"), Instance("two", "2")


@pytest.mark.parametrize(
    ("given", "is_cut", "kept", "reasons"),
    [
        ([A, B], False, [A, B], []),
        ([A, B], True, [A], ["instance_cut"]),
        ([A, Instance("x", "x")], False, [A], ["input_is_output"]),
        ([A, Instance("x", "")], False, [A], ["empty_output"]),
        ([A, Instance("x:", "y")], False, [A], ["ends_with_colon"]),
        ([A, Instance("x", "y:")], False, [A], ["ends_with_colon"]),
        ([A, B, Instance("one", "2")], False, [], ["contradicting_instances"] * 3),
        ([Instance("", "1"), Instance("", "2")], False, [Instance("", "1"), Instance("", "2")], []),
        ([A, B, A], False, [A, B], ["duplicate_instance"]),
    ],
)
def test_each_rule_of_instances(
    given: list[Instance], is_cut: bool, kept: list[Instance], reasons: list[str]
) -> None:
    found, refused = sorted_out(given, is_cut=is_cut, most=5, rng=random.Random(0))
    assert found == kept
    assert [why.reason for _, why in refused] == reasons


def test_at_most_five_instances_are_drawn() -> None:
    given = [Instance(str(number), f"n{number}") for number in range(8)]
    kept, refused = sorted_out(given, is_cut=False, most=5, rng=random.Random(0))
    assert len(kept) == 5 and sorted([*kept, *(one for one, _ in refused)]) == given
    assert {why.reason for _, why in refused} == {"surplus_instance"}


def test_prompts_have_seven_forms_with_and_six_without_an_input() -> None:
    draws = [random.Random(seed) for seed in range(200)]
    with_input = {rendered("Add {these}.", "2 + 2", "varied", rng) for rng in draws}
    without = {rendered("Sing.", "", "varied", rng) for rng in draws}
    assert len(with_input) == 7 and all("Add {these}." in text and "2 + 2" in text for text in with_input)
    assert without == {
        "Sing. Output:",
        "Sing.\nOutput:",
        "Sing.\n\nOutput:",
        "Sing.",
        "Task: Sing.",
    }  # two end alike
    assert rendered("Sing.", "", "plain", draws[0]) == "Sing."
