from __future__ import annotations

import random

import pytest
from datagen_plugin_augment.slots import SlotFiller, exchange_donors, find_slots

from datagen_core import InputError, Seed
from datagen_core.protected_spans import Protection


def seed(text: str, *slots: tuple[str, str], label: str = "x", id: str = "") -> Seed:
    return Seed(id=id or text, text=text, label=label, slots=slots)


def found(one: Seed) -> list[tuple[str, str]]:
    return [(slot.entity, slot.value) for slot in find_slots(one, Protection().spans(one.text))]


def test_slots_are_found_in_text_order_whatever_their_case() -> None:
    one = seed("rate DUNE five stars", ("value", "five"), ("book", "Dune"))
    assert found(one) == [("book", "DUNE"), ("value", "five")]


def test_a_value_inside_a_longer_word_is_not_a_slot() -> None:
    assert found(seed("play the playlist", ("service", "list"))) == []


def test_a_value_that_is_not_in_the_text_is_left_out() -> None:
    assert found(seed("play it", ("artist", "Moby"), ("empty", " "))) == []


def test_the_longer_value_takes_its_place_first() -> None:
    one = seed("find York in New York", ("short", "york"), ("city", "New York"))
    assert found(one) == [("short", "York"), ("city", "New York")]


def test_an_occurrence_in_the_same_case_comes_before_others() -> None:
    one = seed("play Play by Moby", ("track", "Play"))
    assert find_slots(one, ())[0].start == 5


def test_each_annotation_stands_for_one_occurrence() -> None:
    assert found(seed("two for two", ("n", "two"))) == [("n", "two")]
    assert found(seed("two for two", ("n", "two"), ("m", "two"))) == [("n", "two"), ("m", "two")]


def test_a_value_that_cuts_a_protected_span_is_left_out_and_a_whole_number_is_not() -> None:
    assert found(seed("on 2/25/2025", ("year", "2025"))) == []
    assert found(seed("in 2025", ("year", "2025"))) == [("year", "2025")]
    assert found(seed("to {city}", ("city", "{city}"))) == []


def test_each_slot_gets_a_value_of_its_entity_from_another_seed_and_the_rest_is_kept() -> None:
    one = seed("book for 6 in Rome, 2 nights", ("size", "6"), ("city", "Rome"))
    two = seed("weather in Oslo", ("city", "oslo"), ("city", "Oslo"), label="y")
    filler = SlotFiller([one, two], exchange_donors([one, two]), Protection())
    edit = filler.edit(one, random.Random(0))
    assert edit is not None
    assert edit.text == "book for 6 in oslo, 2 nights"
    assert edit.parents == (one, two)
    assert [span.text for span in edit.expected] == ["6", "2"]
    assert edit.details == {"slots": [{"entity": "city", "old": "Rome", "new": "oslo"}]}


def test_a_seed_whose_entities_have_no_other_value_is_no_source() -> None:
    one, two = seed("in Rome", ("city", "Rome")), seed("in ROME", ("city", "rome"))
    three = seed("by Moby", ("artist", "Moby"))
    assert SlotFiller([one, two, three], exchange_donors([one, two, three]), Protection()).sources == ()


def test_seeds_without_slots_cannot_be_exchanged() -> None:
    with pytest.raises(InputError, match="no seed has any"):
        exchange_donors([seed("play it")])
