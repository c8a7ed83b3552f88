"""The rows that have something to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core import Sample
from datagen_core.text_field import TextField
from datagen_plugin_diversity.distinct import Words
from datagen_plugin_diversity.text_diversity import words_of


@dataclass(frozen=True, slots=True)
class Row:
    """A row, its text and the words of it: at least one."""

    sample: Sample
    text: str
    words: Words


def rows_of(samples: Sequence[Sample], field: TextField) -> list[Row]:
    """Those with a letter or digit in the field, in order."""
    texts = zip(samples, field.texts(samples), strict=True)
    found = (Row(sample, text, words_of(text)) for sample, text in texts if text is not None)
    return [row for row in found if row.words]
