"""Golden values: the counts are made by eye, the formulas computed a second time in fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from datagen_plugin_readability.counting import Counts, count, plain, sentences, words
from datagen_plugin_readability.formulas import METRICS
from datagen_plugin_readability.syllables import english, german
from hypothesis import given
from hypothesis import strategies as st

EASY = "The cat sat on the mat. It was happy."
"""2 sentences, 9 words; letters 3+3+3+2+3+3 + 2+3+5 = 27; syllables 6 + (1+1+2) = 10; no word of over six letters."""

HARD = "Governments regulate banks. They examine financial institutions because depositors demand protection!"
"""2 sentences, 11 words: Governments 11/3, regulate 8/3, banks 5/1, They 4/1, examine 7/3, financial 9/3,
institutions 12/4, because 7/2, depositors 10/4, demand 6/2, protection 10/3 (letters/syllables): 89 letters,
29 syllables, 7 words of three and more syllables, 8 of over six letters, 2 of one syllable."""

GERMAN = "Die Verantwortung der Universität ist groß. Sie hilft."
"""2 sentences, 8 words: Die 3/1, Verantwortung 13/4, der 3/1, Universität 11/5, ist 3/1, groß 4/1, Sie 3/1, hilft 5/1:
15 syllables, 2 words of three and more, 2 of over six letters, 6 of one."""


def value(metric: str, text: str) -> float:
    return METRICS[metric].value(count(text, METRICS[metric].syllables))


def test_the_counts_are_those_made_by_eye() -> None:
    assert count(EASY, english) == Counts(2, 9, 27, 27, 0, 10, 0, 8, 0)
    assert count(HARD, english) == Counts(2, 11, 89, 89, 8, 29, 7, 2, 7)
    counts = count(GERMAN, german)
    assert (counts.sentences, counts.words, counts.syllables) == (2, 8, 15)
    assert (counts.polysyllables, counts.long_words, counts.monosyllables) == (2, 2, 6)


@pytest.mark.parametrize(
    ("metric", "text", "golden"),
    [
        # 206.835 - 1.015 words/sentence - 84.6 syllables/word
        (
            "flesch-reading-ease",
            EASY,
            Fraction("206.835") - Fraction("1.015") * 9 / 2 - Fraction("84.6") * 10 / 9,
        ),
        (
            "flesch-reading-ease",
            HARD,
            Fraction("206.835") - Fraction("1.015") * 11 / 2 - Fraction("84.6") * 29 / 11,
        ),
        # 0.39 words/sentence + 11.8 syllables/word - 15.59
        ("flesch-kincaid", EASY, Fraction("0.39") * 9 / 2 + Fraction("11.8") * 10 / 9 - Fraction("15.59")),
        ("flesch-kincaid", HARD, Fraction("0.39") * 11 / 2 + Fraction("11.8") * 29 / 11 - Fraction("15.59")),
        # 0.4 (words/sentence + 100 complex/words)
        ("gunning-fog", EASY, Fraction("0.4") * Fraction(9, 2)),
        ("gunning-fog", HARD, Fraction("0.4") * (Fraction(11, 2) + Fraction(700, 11))),
        # 5.88 letters/word - 29.6 sentences/word - 15.8
        ("coleman-liau", EASY, Fraction("5.88") * 3 - Fraction("29.6") * 2 / 9 - Fraction("15.8")),
        ("coleman-liau", HARD, Fraction("5.88") * 89 / 11 - Fraction("29.6") * 2 / 11 - Fraction("15.8")),
        # 4.71 characters/word + 0.5 words/sentence - 21.43
        ("ari", EASY, Fraction("4.71") * 3 + Fraction("0.5") * 9 / 2 - Fraction("21.43")),
        ("ari", HARD, Fraction("4.71") * 89 / 11 + Fraction("0.5") * 11 / 2 - Fraction("21.43")),
        # words/sentence + 100 long/words; long/sentences
        ("lix", EASY, Fraction(9, 2)),
        ("lix", HARD, Fraction(11, 2) + Fraction(800, 11)),
        ("rix", HARD, Fraction(4)),
        # 180 - words/sentence - 58.5 syllables/word
        ("amstad", GERMAN, 180 - Fraction(4) - Fraction("58.5") * 15 / 8),
        # 0.1935 % of three syllables + 0.1672 words/sentence + 0.1297 % long - 0.0327 % of one syllable - 0.875
        (
            "wiener",
            GERMAN,
            Fraction("0.1935") * 25
            + Fraction("0.1672") * 4
            + Fraction("0.1297") * 25
            - Fraction("0.0327") * 75
            - Fraction("0.875"),
        ),
    ],
)
def test_golden_values(metric: str, text: str, golden: Fraction) -> None:
    assert value(metric, text) == pytest.approx(float(golden), abs=1e-9)


def test_the_golden_values_in_figures() -> None:
    """As worked out with pencil and paper, two decimals."""
    assert round(value("flesch-reading-ease", EASY), 2) == 108.27
    assert round(value("flesch-kincaid", EASY), 2) == -0.72
    assert round(value("flesch-kincaid", HARD), 2) == 17.66
    assert round(value("ari", EASY), 2) == -5.05
    assert round(value("lix", HARD), 2) == 78.23


def test_smog_of_thirty_sentences_with_fifteen_polysyllables() -> None:
    text = "It is an animal. It is a dog. " * 15
    # sqrt(15 * 30 / 30) = 3.87298...; 3.1291 + 1.0430 * 3.87298 = 7.1686
    assert value("smog", text) == pytest.approx(7.1686, abs=1e-4)


# -- counting -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("Dr. Ito paid 3.5 euros. Why?", 2),
        ("will it rain? is it cold?", 2),
        ("Is it? Yes. It is. See No. 5 for more.", 4),
        ("J. R. Smith wrote e.g. this.", 1),
        ('"Stop." He left.', 2),
        ("Things to buy\n\n- milk\n- bread and\n  butter\n1. one\n# Title\nText goes\non here.", 6),
        ("Wait... what? Oh!", 3),
        ("क्या हुआ? वह गया। अच्छा", 3),
        ("", 0),
        ("?! ...", 0),
    ],
)
def test_sentences(text: str, n: int) -> None:
    assert len(sentences(text)) == n


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "(Well-known) facts—and figures, and/or 3 'quotes'!",
            "Well-known facts and figures and or 3 quotes",
        ),
        ("don't  stop - now", "don't stop now"),
        ("कल दिल्ली में", "कल दिल्ली में"),
        ("… -- ?", ""),
    ],
)
def test_words(text: str, wanted: str) -> None:
    assert words(text) == wanted.split()


def test_code_urls_and_tags_are_no_prose_but_lines_stay() -> None:
    text = "Use <b>this</b>:\n```py\nantidisestablishmentarianism()\n```\nSee https://example.org/long `x.y` 3 times."
    assert plain(text).split() == ["Use", "this", ":", "See", "3", "times."]
    assert "\n" in plain(text)


@pytest.mark.parametrize(
    ("text", "complex_words"),
    [
        ("An animal.", 1),
        ("We saw Canada and Italy.", 0),  # names
        ("Canada is big.", 1),  # at the start of a sentence a name can't be told
        ("It was created, they were processes, and attending.", 0),  # long only by -ed, -es, -ing
        ("He is investigating.", 1),
        ("A state-of-the-art thing.", 0),
    ],
)
def test_gunnings_complex_words(text: str, complex_words: int) -> None:
    assert count(text, english).complex_words == complex_words


@given(st.text(max_size=200))
def test_any_text_with_a_word_has_a_finite_value_in_each_formula(text: str) -> None:
    counts = count(plain(text), english)
    assert 0 <= counts.complex_words <= counts.polysyllables <= counts.words
    assert counts.sentences <= counts.words
    if counts.words:
        for metric in METRICS.values():
            assert abs(metric.value(counts)) < 1e6


@given(st.lists(st.sampled_from(["cat.", "banana", "is", "university", "now!"]), min_size=1, max_size=40))
def test_a_text_twice_reads_like_a_text_once(given_words: Any) -> None:
    text = " ".join(given_words) + "\n\n"
    for name in METRICS:
        assert value(name, text * 2) == pytest.approx(value(name, text))
