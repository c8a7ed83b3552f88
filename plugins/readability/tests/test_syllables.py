from __future__ import annotations

import pytest
from datagen_plugin_readability.syllables import english, german
from hypothesis import given
from hypothesis import strategies as st

ENGLISH = """
1 a the name times walked called played eye through strength queen guess whole rules breathed can't
2 happy table tables wanted pages boxes useful safely didn't going beyond client quiet poem being people
2 naïve nation special settled
3 area idea recipe video actual period various easier influence relying beautiful continue banana
4 January society organism situation information geometry ambiguous experience
5 university organization refrigerator
"""
GERMAN = """
1 Haus See schön neu
2 heute Bäume Eier Quelle Freude Bauer Idee
3 Theater Computer Straßenbahn Radio Lehrerin
4 Verantwortung
5 Universität
7 Geschwindigkeitsbegrenzung
"""


def listed(table: str) -> list[tuple[str, int]]:
    """Words with their syllables, counted by hand."""
    lines = [line.split() for line in table.strip().splitlines()]
    return [(word, int(n)) for n, *words in lines for word in words]


def test_english_syllables_of_sixty_words_counted_by_hand() -> None:
    words = listed(ENGLISH)
    assert len(words) >= 60
    wrong = {word: english(word) for word, n in words if english(word) != n}
    assert wrong == {}


def test_german_syllables_of_words_counted_by_hand() -> None:
    assert {word: german(word) for word, n in listed(GERMAN) if german(word) != n} == {}


@pytest.mark.parametrize(
    ("word", "told", "right"), [("homework", 3, 2), ("million", 3, 2), ("fluid", 1, 2), ("entire", 2, 3)]
)
def test_compounds_and_names_are_where_the_rules_fail(word: str, told: int, right: int) -> None:
    assert english(word) == told != right


def test_parts_joined_by_a_hyphen_are_added() -> None:
    assert english("well-known") == 2 and english("state-of-the-art") == 4


@given(st.text(max_size=80))
def test_any_word_has_at_least_one(word: str) -> None:
    assert english(word) >= 1 and german(word) >= 1
