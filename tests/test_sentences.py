"""Sentences: where they end in each script, and what ends none."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("It costs 3.5 euros at example.com today", ["It costs 3.5 euros at example.com today"]),
        ("Dr. Ito, i.e. J. Ito, came. He left.", ["Dr. Ito, i.e. J. Ito, came.", "He left."]),
        ("我明天去北京。你呢？好！", ["我明天去北京。", "你呢？", "好！"]),
        ("「行く。」と言った。", ["「行く。」", "と言った。"]),
        ("هل ستمطر غدا؟ نعم. شكرا", ["هل ستمطر غدا؟", "نعم.", "شكرا"]),
        ("وہ گیا۔ میں آیا۔", ["وہ گیا۔", "میں آیا۔"]),
        ("वह गया।मैं आया।", ["वह गया।", "मैं आया।"]),
        ("မြန်မာ။စာ။", ["မြန်မာ။", "စာ။"]),
        ("ខ្មែរ។ភាសា។", ["ខ្មែរ។", "ភាសា។"]),
        ("ሰላም።እንዴት ነህ፧", ["ሰላም።", "እንዴት ነህ፧"]),
        ("Բարեւ։ Ինչպես ես։", ["Բարեւ։", "Ինչպես ես։"]),
        ("พรุ่งนี้ฝนจะตก ฉันจะอยู่บ้าน\n\nแล้วเจอกัน", ["พรุ่งนี้ฝนจะตก ฉันจะอยู่บ้าน", "แล้วเจอกัน"]),
        ("价格是3.5元。OK. Next one.", ["价格是3.5元。", "OK.", "Next one."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
    ],
)
def test_sentences_end_where_the_script_says(text: str, found: list[str]) -> None:
    assert split(text) == found


def test_items_of_a_list_and_paragraphs_are_sentences_of_their_own() -> None:
    text = "Needed:\n- flour\n- water\n\n1. Mix it\n2. Bake. Eat it\n"
    assert split(text) == ["Needed:", "- flour", "- water", "1. Mix it", "2. Bake.", "Eat it"]


def test_a_line_that_goes_on_in_the_next_ends_no_sentence() -> None:
    assert split("The sea rises\ntwice a day.") == ["The sea rises\ntwice a day."]


@pytest.mark.parametrize("text", ["", " \n\t", "...", "!!! ???", "\ud83d"])
def test_what_says_nothing_has_none(text: str) -> None:
    assert split(text) == []


@given(st.text())
def test_spans_are_in_order_and_hold_every_letter_and_digit(text: str) -> None:
    spans = list(sentences(text))
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    held = "".join(text[start:end] for start, end in spans)
    assert [c for c in held if c.isalnum()] == [c for c in text if c.isalnum()]


@pytest.mark.parametrize(
    "text", ["." * 500_000 + "x", ". \n" * 200_000, "\n \n" * 200_000, "a)" * 300_000, "Dr. " * 200_000]
)
def test_a_megabyte_is_split_within_a_second_or_so(text: str) -> None:
    before = time.process_time()
    list(sentences(text))
    assert time.process_time() - before < 5
