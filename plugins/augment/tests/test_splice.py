from __future__ import annotations

import random

import pytest
from datagen_plugin_augment.splice import Splicer
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import InputError
from datagen_core.protected_spans import Protection
from datagen_core.testing import make_seeds


def test_a_start_and_an_end_of_two_seeds_of_a_label_are_joined() -> None:
    seeds = make_seeds(
        [("play jazz, now", "music"), ("queue some blues please", "music"), ("will it rain", "w")]
    )
    splicer = Splicer(seeds, Protection())
    assert splicer.sources == seeds[:2]
    texts = {splicer.edit(seeds[0], random.Random(i)).text for i in range(60)}
    assert texts == {
        "play some blues please",  # share < 1/3: both cut after one word
        "play blues please",  # 1/3 to 1/2
        "play jazz blues please",  # 1/2 to 2/3
        "play jazz please",  # from 2/3
    }


def test_both_seeds_are_parents_and_the_first_comes_first() -> None:
    seeds = make_seeds([("play jazz", "music"), ("queue blues", "music")])
    edit = Splicer(seeds, Protection()).edit(seeds[1], random.Random(0))
    assert edit.text == "queue jazz"
    assert [parent.id for parent in edit.parents] == ["seed1", "seed0"]
    assert edit.details == {"words_from": [1, 1]}


def test_punctuation_stays_with_the_second_part() -> None:
    seeds = make_seeds(["pay, please", "give (about) $5."])
    texts = {Splicer(seeds, Protection()).edit(seeds[0], random.Random(i)).text for i in range(20)}
    assert texts == {"pay (about) $5.", "pay $5."}


def test_a_protected_span_is_never_cut() -> None:
    seeds = make_seeds(["go `a b c` 1", "run ```x y\nz``` 2"])
    for i in range(50):
        edit = Splicer(seeds, Protection()).edit(seeds[i % 2], random.Random(i))
        assert edit.text.count("`") in (0, 2, 6, 8)
        assert Protection().lost(edit.expected, edit.text) is None


def test_seeds_without_labels_are_joined_with_each_other() -> None:
    assert len(Splicer(make_seeds(["a b", "c d"]), Protection()).sources) == 2


@pytest.mark.parametrize("rows", [[("a b", "x"), ("c d", "y")], [("a", "x"), ("b", "x")], ["a b"]])
def test_nothing_to_join_is_an_input_error(rows: list[tuple[str, str] | str]) -> None:
    with pytest.raises(InputError, match="nothing to join"):
        Splicer(make_seeds(rows), Protection())


@given(st.integers(0, 10_000))
@settings(max_examples=50)
def test_the_first_word_is_the_first_seeds_and_the_last_the_second_seeds(number: int) -> None:
    seeds = make_seeds(["one two three four", "five six", "seven eight nine"])
    edit = Splicer(seeds, Protection()).edit(seeds[number % 3], random.Random(number))
    first, second = edit.parents
    assert first is not second
    assert edit.text.split()[0] == first.text.split()[0]
    assert edit.text.split()[-1] == second.text.split()[-1]
