"""Rows as the probe reads them: a bag of words, so that a reordered seed counts as that seed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

from datagen_core import Sample, Seed

Bag: TypeAlias = tuple[str, ...]

_TERM = re.compile(r"\b\w\w+\b")  # what TF-IDF counts as a word


def bag_of_words(text: str) -> Bag:
    """The words of two letters or more, lower-cased and sorted, repeats kept; empty where there are none."""
    return tuple(sorted(_TERM.findall(text.lower())))


def new_rows(
    passed: Iterable[Sample], seeds: Iterable[Seed], development: Iterable[Seed]
) -> list[tuple[str, str]]:
    """Text and class of the rows that can teach something fairly, in order.

    Left out: rows without a class or without a word, rows with the words and the class of a seed or of an
    earlier row, and rows with the words of a development row (they would be rewarded for leaking it).
    """
    seen = {(bag_of_words(seed.text), seed.label) for seed in seeds}
    held_out = {bag_of_words(row.text) for row in development}
    rows = []
    for sample in passed:
        bag = bag_of_words(sample.response)
        if sample.label is None or not bag or bag in held_out or (bag, sample.label) in seen:
            continue
        seen.add((bag, sample.label))
        rows.append((sample.response, sample.label))
    return rows
