"""The rehearsal goes on with prompts that break off in a form."""

from __future__ import annotations

import random
import re

import pytest

from datagen_core.rehearsal.imitation import continuation
from datagen_core.rehearsal.sentences import Sentences


def goes_on(prompt: str) -> str:
    rng = random.Random(0)
    found = continuation(prompt)
    assert found is not None
    return found(Sentences(["tide pools"], rng), rng)


def test_a_numbered_list_goes_on_with_its_next_number() -> None:
    numbers = re.findall(r"^(\d+)\. \S", goes_on("Tasks:\n1. Sing.\n2. Dance.\n3."), re.MULTILINE)
    assert len(numbers) >= 3 and numbers == [str(3 + i) for i in range(len(numbers))]


def test_a_question_has_one_of_the_answers_it_has_above() -> None:
    assert goes_on("Task: a\nIs it long? Yes\n\nTask: b\nIs it long? No\n\nTask: c\nIs it long?") in (
        "Yes",
        "No",
    )


def test_a_block_has_the_lines_of_a_block_above() -> None:
    above = "Task: Sum up.\nExample 1\nInput: The sea is wide and deep and blue.\nOutput: The sea, in a few words."
    lines = goes_on(f"{above}\n\nTask: Praise.").split("\n")
    assert [line.split(":")[0] for line in lines] == ["Example 1", "Input", "Output"]
    assert "The sea" not in lines[1]


def test_a_transcript_goes_on_with_the_speakers_in_turn() -> None:
    first, *rest = goes_on("About tides.\n\n[Ann] Hello!\n[Bo] Hi!\n[Ann]").split("\n")
    assert first.endswith("?") and len(rest) >= 3
    assert [line.partition("] ")[0] for line in rest] == ["[Bo", "[Ann"] * (len(rest) // 2) + ["[Bo"]


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "[Ann] Hello!\n[Bo]",
        "[Note]\n[Note]",
        "Write a text.",
        "Chapter 9.",
        "1. Sing.\n2. Dance.",
        "Which is it?",
        "Text:\n\nLabel: x",
    ],
)
def test_other_prompts_do_not_break_off(prompt: str) -> None:
    assert continuation(prompt) is None
