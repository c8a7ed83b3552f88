"""Word edits: swap, delete, insert and replace single words, with the words of the seeds' own label."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from datagen_core.inputs import Seed
from datagen_core.protected_spans import Protection, Word, render
from datagen_plugin_augment.config import Operation
from datagen_plugin_augment.operator import Edit, Operator

Change = Callable[[list[Word], Sequence[str], random.Random], list[Word] | None]


class WordEditor(Operator):
    """Changes a share of a seed's words, one edit after the other, each of a random kind.

    After EDA (Wei and Zou 2019, arXiv 1901.11196). What differs: no WordNet, so new words come from the seeds
    of the same label; swaps are of neighbours; the kind of edit is drawn for each edit, not for each row;
    deletion counts words instead of drawing for each; protected spans stay.

    Args:
        share: Edits as a share of the words, at least one edit; EDA's alpha, 0.1 there too.
        operations: The kinds of edit to draw from.
    """

    def __init__(
        self, seeds: Sequence[Seed], share: float, operations: Sequence[Operation], protection: Protection
    ) -> None:
        self.sources = tuple(seeds)
        self._share = share
        self._operations = tuple(dict.fromkeys(operations))
        self._protection = protection
        self._vocabulary = _vocabulary(seeds, protection)

    def edit(self, seed: Seed, rng: random.Random) -> Edit | None:
        """The seed with that share of edits; None where none of the kinds is possible."""
        words = list(self._protection.words(seed.text))
        done: list[Operation] = []
        for _ in range(max(1, round(self._share * len(words)))):
            for kind in rng.sample(self._operations, len(self._operations)):
                changed = _CHANGES[kind](words, self._vocabulary[seed.label], rng)
                if changed is not None:
                    words = changed
                    done.append(kind)
                    break
        if not done:
            return None
        expected = self._protection.spans(seed.text)
        return Edit(text=render(words), parents=(seed,), expected=expected, details={"edits": done})


def swap(words: list[Word], vocabulary: Sequence[str], rng: random.Random) -> list[Word] | None:
    """Two neighbouring words exchanged; the punctuation stays where it is."""
    places = [
        i
        for i, (one, two) in enumerate(pairwise(words))
        if not one.fixed and not two.fixed and one.text.casefold() != two.text.casefold()
    ]
    if not places:
        return None
    i = rng.choice(places)
    one, two = words[i], words[i + 1]
    return [*words[:i], replace(one, text=two.text), replace(two, text=one.text), *words[i + 2 :]]


def delete(words: list[Word], vocabulary: Sequence[str], rng: random.Random) -> list[Word] | None:
    """One word left out with the punctuation that touches it, but the end of the text keeps its own."""
    places = [i for i, word in enumerate(words) if not word.fixed]
    if not places or len(words) < 2:
        return None
    i = rng.choice(places)
    rest = [*words[:i], *words[i + 1 :]]
    if i == len(rest):
        rest[-1] = replace(rest[-1], tail=words[i].tail)
    return rest


def insert(words: list[Word], vocabulary: Sequence[str], rng: random.Random) -> list[Word] | None:
    """One word of the vocabulary put before a word of the text."""
    if not words or not vocabulary:
        return None
    i, new = rng.randrange(len(words)), rng.choice(vocabulary)
    after = words[i] if i else replace(words[i], before=" ")
    return [*words[:i], Word(new, 0, 0, before=words[i].before), after, *words[i + 1 :]]


def replace_word(words: list[Word], vocabulary: Sequence[str], rng: random.Random) -> list[Word] | None:
    """One word exchanged for another of the vocabulary."""
    places = [i for i, word in enumerate(words) if not word.fixed]
    if not places:
        return None
    i = rng.choice(places)
    others = [new for new in vocabulary if new.casefold() != words[i].text.casefold()]
    if not others:
        return None
    return [*words[:i], replace(words[i], text=rng.choice(others)), *words[i + 1 :]]


_CHANGES: Mapping[Operation, Change] = {
    "swap": swap,
    "delete": delete,
    "insert": insert,
    "replace": replace_word,
}


def _vocabulary(seeds: Sequence[Seed], protection: Protection) -> dict[str | None, tuple[str, ...]]:
    """Label → the distinct unprotected words of its seeds, as first written."""
    found: dict[str | None, dict[str, str]] = {}
    for seed in seeds:
        words = found.setdefault(seed.label, {})
        for word in protection.words(seed.text):
            if not word.fixed:
                words.setdefault(word.text.casefold(), word.text)
    return {label: tuple(words.values()) for label, words in found.items()}
