from __future__ import annotations

import random
from collections import Counter
from typing import get_args

import pytest
from datagen_plugin_augment.config import Operation
from datagen_plugin_augment.word_edits import WordEditor
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.protected_spans import Protection
from datagen_core.testing import make_seeds

SEEDS = make_seeds(
    [("Book (a) table for 6, now.", "book"), ("reserve seats", "book"), ("rain today?", "rain")]
)


def texts(operation: Operation, draws: int = 200) -> set[str]:
    editor = WordEditor(SEEDS, 0.1, [operation], Protection())
    edits = [editor.edit(SEEDS[0], random.Random(i)) for i in range(draws)]
    assert all(edit is not None and edit.details == {"edits": [operation]} for edit in edits)
    return {edit.text for edit in edits if edit is not None}


def test_a_swap_exchanges_neighbours_leaves_punctuation_and_passes_no_protected_span() -> None:
    assert texts("swap") == {
        "a (Book) table for 6, now.",
        "Book (table) a for 6, now.",
        "Book (a) for table 6, now.",
    }


def test_a_deletion_takes_one_unprotected_word_with_its_punctuation_but_not_the_final_stop() -> None:
    assert texts("delete") == {
        "(a) table for 6, now.",
        "Book table for 6, now.",
        "Book (a) for 6, now.",
        "Book (a) table 6, now.",
        "Book (a) table for 6.",
    }


def test_a_replacement_comes_from_the_seeds_of_the_same_label() -> None:
    vocabulary = {"Book", "a", "table", "for", "now", "reserve", "seats"}
    made = texts("replace", 500)
    assert "Book (a) seats for 6, now." in made
    assert len(made) == 5 * (len(vocabulary) - 1)
    assert not any("rain" in text or "today" in text for text in made)


def test_an_insertion_puts_one_word_of_the_vocabulary_before_a_word() -> None:
    made = texts("insert", 500)
    assert "Book (a) table for seats 6, now." in made
    assert "reserve Book (a) table for 6, now." in made
    # 6 places × 7 words; Book, table and for make the same text before and after themselves
    assert len(made) == 6 * 7 - 3
    assert all(text.endswith("now.") and " 6, " in text for text in made)


@pytest.mark.parametrize(("share", "edits"), [(0.01, 1), (0.25, 2), (1.0, 6)])
def test_the_share_of_words_gives_the_number_of_edits_and_at_least_one(share: float, edits: int) -> None:
    edit = WordEditor(SEEDS, share, ["swap"], Protection()).edit(SEEDS[0], random.Random(0))
    assert edit is not None
    assert edit.details == {"edits": ["swap"] * edits}


def test_where_one_kind_is_impossible_another_is_taken() -> None:
    seeds = make_seeds(["go 5"])
    editor = WordEditor(seeds, 0.1, ["swap", "delete"], Protection())
    assert {editor.edit(seeds[0], random.Random(i)).text for i in range(20)} == {"5"}  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["5", "`a b`", "!?", ""])
def test_a_text_without_a_free_word_gives_nothing(text: str) -> None:
    seeds = make_seeds([text])
    assert WordEditor(seeds, 0.5, get_args(Operation), Protection()).edit(seeds[0], random.Random(0)) is None


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.5, 1.0]))
@settings(max_examples=50)
def test_protected_spans_survive_any_edits_in_order(number: int, share: float) -> None:
    seeds = make_seeds(
        ["send `rm -rf x` to {name} at 10:30 for New York, 3 times", "use <b> and 7 or %s or [ID]"]
    )
    protection = Protection(["New York"])
    edit = WordEditor(seeds, share, get_args(Operation), protection).edit(
        seeds[number % 2], random.Random(number)
    )
    assert edit is not None
    expected = [span.text for span in protection.spans(edit.parents[0].text)]
    assert Counter(span.text for span in protection.spans(edit.text)) == Counter(expected)
    assert [span.text for span in edit.expected] == expected
