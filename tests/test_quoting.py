"""Evidence: where in a text something stands, and its words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.quoting import MAX_QUOTED_CHARS, find_quote, quoted


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


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("the sea rises", "At noon the sea\n  rises.", "the sea\n  rises"),
        (" rises. ", "the sea rises.", "rises."),
        ("一种真菌", "酵母是一种\n真菌。", "一种\n真菌"),
        ("البحر يرتفع", "قيل إن البحر  يرتفع مرتين", "البحر  يرتفع"),
        ("ทะเลขึ้น", "น้ำทะเลขึ้นสองครั้ง", "ทะเลขึ้น"),
        ("5 euros", "1985 euros or 5 euros", "5 euros"),
        ("art", "the party", None),
        ("The sea", "the sea", None),
        ("sea … rises", "the sea rises", None),
        ("…!", "what …!", None),
        ("", "the sea", None),
    ],
)
def test_a_quote_is_found_literally_but_for_white_space_and_never_within_a_word(
    quote: str, text: str, found: str | None
) -> None:
    span = find_quote(quote, text)
    assert (None if span is None else text[slice(*span)]) == found


def test_a_quote_that_stands_within_a_long_word_everywhere_costs_little() -> None:
    assert find_quote("a" * 5_000, "b" + "a" * 500_000) is None


@settings(max_examples=60, deadline=None)
@given(st.text("aé .\n天", max_size=60), st.data())
def test_what_is_found_is_the_quote_but_for_white_space(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    quote = text[start : data.draw(st.integers(start, len(text)))]
    span = find_quote(quote, text)
    assert span is None or "".join(text[slice(*span)].split()) == "".join(quote.split())


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("$15", "it costs $15.50 now"),
        ("50", "it costs $15.50 now"),
        ("1", "1,000 m high"),
        ("3.5", "it is -3.5 m low"),
        ("isn", "it isn't so"),
        ("t so", "it isn't so"),
        ("Gr", "die Größe"),
    ],
)
def test_a_part_of_a_number_or_word_is_no_quote(quote: str, text: str) -> None:
    assert find_quote(quote, text) is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("$15.50", "it costs $15.50 now"),
        ("costs 15", "it costs 15."),
        ("it's 15", "it's 15, they say"),
        ("-3.5", "it is -3.5 m low"),
        ("5", "pages 3-5 of it"),
        ("潮汐", "月亮引起潮汐现象"),
        ("the dog", "'the dog' barks"),
    ],
)
def test_a_whole_number_or_word_is_one_whatever_stands_beside_it(quote: str, text: str) -> None:
    start, end = find_quote(quote, text) or (0, 0)
    assert text[start:end] == quote
