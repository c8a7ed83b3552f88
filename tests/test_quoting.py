"""Evidence: where in a text something stands, and its words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.quoting import MAX_QUOTED_CHARS, quoted


def test_a_span_is_its_place_and_its_words() -> None:
    assert quoted("call me at noon", 11, 15) == "11–15: «noon»"


@pytest.mark.parametrize(("length", "shown"), [(80, "x" * 80), (81, "x" * 79 + "…"), (500, "x" * 79 + "…")])
def test_long_spans_are_cut_to_80_characters_and_keep_their_place(length: int, shown: str) -> None:
    assert quoted("ab" + "x" * length, 2, 2 + length) == f"2–{2 + length}: «{shown}»"


@settings(max_examples=60, deadline=None)
@given(st.text("ab…»", max_size=200), st.data())
def test_a_quotation_is_never_longer_and_begins_as_the_span_does(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    words = quoted(text, start, end).removeprefix(f"{start}–{end}: «").removesuffix("»")
    assert len(words) <= MAX_QUOTED_CHARS
    assert text[start:end].startswith(words.removesuffix("…"))
