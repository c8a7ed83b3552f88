from __future__ import annotations

import sys
import unicodedata

import pytest
from datagen_plugin_rules.config import CHARSETS
from datagen_plugin_rules.scripts import charset_share
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = {
    "latin": ("LATIN ", "FULLWIDTH LATIN "),
    "greek": ("GREEK ",),
    "cyrillic": ("CYRILLIC ",),
    "hebrew": ("HEBREW ",),
    "arabic": ("ARABIC ",),
    "devanagari": ("DEVANAGARI ",),
    "thai": ("THAI ",),
    "han": ("CJK UNIFIED ", "CJK COMPATIBILITY "),
    "hangul": ("HANGUL ", "HALFWIDTH HANGUL "),
}
"""Charset → how Unicode's names of its letters begin."""


def letters_named(prefixes: tuple[str, ...]) -> str:
    letters = (chr(i) for i in range(sys.maxunicode + 1) if chr(i).isalpha())
    return "".join(c for c in letters if unicodedata.name(c, "").startswith(prefixes))


@pytest.fixture(scope="module")
def letters() -> dict[str, str]:
    return {charset: letters_named(prefixes) for charset, prefixes in NAMES.items()}


@pytest.mark.parametrize("charset", sorted(NAMES))
def test_every_letter_that_unicode_names_for_a_script_counts_for_it_alone(
    charset: str, letters: dict[str, str]
) -> None:
    assert charset_share(letters[charset], charset) == 1.0
    others = "".join(text for name, text in letters.items() if name != charset)
    assert charset_share(others, charset) == 0.0


@pytest.mark.parametrize(
    ("text", "charset", "expected"),
    [
        ("", "latin", 1.0),
        ("12:30 🎵", "cyrillic", 1.0),
        ("naïve café", "latin", 1.0),
        ("naïve café", "ascii", 0.8),
        ("abc!", "ascii", 1.0),
        ("我用 iPad", "han", 1 / 3),
        ("私はカメラが好き", "han", 2 / 8),
        ("私はカメラが好き", "japanese", 1.0),
        ("나는 학생이다", "hangul", 1.0),
        ("나는 私 我", "cjk", 1.0),
        ("Привет", "cyrillic", 1.0),
        ("Pривет", "cyrillic", 5 / 6),  # a Latin P among Cyrillic letters
        ("مرحبا", "arabic", 1.0),
        ("ฟังเพลง", "thai", 1.0),
        ("हिन्दी", "devanagari", 1.0),
        ("\ud800a", "latin", 1.0),
    ],
)
def test_the_share_is_of_letters(text: str, charset: str, expected: float) -> None:
    assert charset_share(text, charset) == expected


@given(st.text(alphabet=st.characters(), max_size=40), st.sampled_from(CHARSETS))
@settings(max_examples=50, deadline=None)
def test_a_share_lies_between_0_and_1(text: str, charset: str) -> None:
    assert 0.0 <= charset_share(text, charset) <= 1.0
