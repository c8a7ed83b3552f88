from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.segmentation import segmented
from datagen_core.text_classifier import has_words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("play a song", ["play", "a", "song"]),
        ("我要听歌", ["我要", "要听", "听歌"]),
        ("play 我要听!", ["play", "我要", "要听", "!"]),
        ("我", ["我我"]),
        ("กิน", ["กน"]),  # the vowel sign goes, two consonants stay
        ("나는 학생", ["나는", "학생"]),  # Korean has spaces
        ("أريد أغنية", ["أريد", "أغنية"]),
    ],
)
def test_runs_without_spaces_become_pairs_of_letters(text: str, tokens: list[str]) -> None:
    assert segmented(text).split() == tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", False), ("a b", False), ("!!", False), ("ab", True), ("我", True), ("42", True)],
)
def test_a_token_is_two_letters_or_digits_in_a_row(text: str, expected: bool) -> None:
    assert has_words(text) is expected


@given(st.text(alphabet=st.characters(max_codepoint=0xDFF), max_size=40))
@settings(max_examples=50, deadline=None)
def test_text_of_scripts_with_spaces_is_returned_as_it_is(text: str) -> None:
    assert segmented(text) == text
