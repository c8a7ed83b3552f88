"""The readability formulas, each with its scale, the languages that it is made for and its source."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from datagen_plugin_readability.counting import Counts
from datagen_plugin_readability.syllables import english, german, none

SMOG_SENTENCES = 30


def flesch_reading_ease(n: Counts) -> float:
    """Flesch 1948: from about 0 (very hard) to about 100 (very easy)."""
    return 206.835 - 1.015 * n.words / n.sentences - 84.6 * n.syllables / n.words


def flesch_kincaid(n: Counts) -> float:
    """Kincaid, Fishburne, Rogers and Chissom 1975: a US school grade."""
    return 0.39 * n.words / n.sentences + 11.8 * n.syllables / n.words - 15.59


def gunning_fog(n: Counts) -> float:
    """Gunning 1952: years of school; see `Counts.complex_words`."""
    return 0.4 * (n.words / n.sentences + 100 * n.complex_words / n.words)


def smog(n: Counts) -> float:
    """McLaughlin 1969: a US school grade; made for 30 sentences and more."""
    return 3.1291 + 1.0430 * math.sqrt(30 * n.polysyllables / n.sentences)


def coleman_liau(n: Counts) -> float:
    """Coleman and Liau 1975: a US school grade, from letters and sentences per 100 words."""
    return 0.0588 * 100 * n.letters / n.words - 0.296 * 100 * n.sentences / n.words - 15.8


def ari(n: Counts) -> float:
    """Smith and Senter 1967, the automated readability index: a US school grade."""
    return 4.71 * n.characters / n.words + 0.5 * n.words / n.sentences - 21.43


def lix(n: Counts) -> float:
    """Björnsson 1968: words per sentence and the percentage of long words, from about 20 to about 60."""
    return n.words / n.sentences + 100 * n.long_words / n.words


def rix(n: Counts) -> float:
    """Anderson 1983: long words per sentence."""
    return n.long_words / n.sentences


def amstad(n: Counts) -> float:
    """Amstad 1978: Flesch's reading ease for German."""
    return 180 - n.words / n.sentences - 58.5 * n.syllables / n.words


def wiener(n: Counts) -> float:
    """Bamberger and Vanecek 1984, the first Wiener Sachtextformel: a school grade, 4 to 15."""
    percent = 100 / n.words
    return (
        0.1935 * n.polysyllables * percent
        + 0.1672 * n.words / n.sentences
        + 0.1297 * n.long_words * percent
        - 0.0327 * n.monosyllables * percent
        - 0.875
    )


@dataclass(frozen=True, slots=True)
class Metric:
    """A formula and how it is to be read.

    Attributes:
        value: The figure for the counts of a text with at least one word.
        syllables: Of a word.
        languages: Those it is made for; empty: all that are written in letters with spaces between words.
        scale: `grade`, `ease`, `lix` or `rix`: what bands mean.
        falloff: The distance from a band at which the score is 0.
        is_ease: Whether higher is easier.
    """

    value: Callable[[Counts], float]
    syllables: Callable[[str], int]
    languages: tuple[str, ...]
    scale: str
    falloff: float
    is_ease: bool = False


def _grade(value: Callable[[Counts], float], language: str = "en") -> Metric:
    return Metric(value, german if language == "de" else english, (language,), "grade", 5.0)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "flesch-reading-ease": Metric(flesch_reading_ease, english, ("en",), "ease", 30.0, is_ease=True),
        "flesch-kincaid": _grade(flesch_kincaid),
        "gunning-fog": _grade(gunning_fog),
        "smog": _grade(smog),
        "coleman-liau": _grade(coleman_liau),
        "ari": _grade(ari),
        "lix": Metric(lix, none, (), "lix", 20.0),
        "rix": Metric(rix, none, (), "rix", 3.0),
        "amstad": Metric(amstad, german, ("de",), "ease", 30.0, is_ease=True),
        "wiener": _grade(wiener, "de"),
    }
)

Band = tuple[float | None, float | None]
BANDS: Mapping[str, Mapping[str, Band]] = MappingProxyType(
    {
        "child": {"grade": (None, 5.0), "ease": (80.0, None), "lix": (None, 30.0), "rix": (None, 1.8)},
        "teen": {"grade": (5.0, 9.0), "ease": (60.0, 85.0), "lix": (25.0, 40.0), "rix": (1.3, 3.7)},
        "general": {"grade": (7.0, 12.0), "ease": (45.0, 70.0), "lix": (30.0, 50.0), "rix": (2.4, 5.3)},
        "expert": {"grade": (11.0, None), "ease": (None, 50.0), "lix": (45.0, None), "rix": (4.5, None)},
    }
)
"""Audience → scale → the band, both ends included; our choice, from how the scales are read: Flesch's table of styles,
Björnsson's levels, and Anderson's grades of RIX."""
