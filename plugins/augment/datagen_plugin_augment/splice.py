"""Splicing: the start of one seed and the end of another of the same label."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.protected_spans import Protection, render
from datagen_plugin_augment.operator import Edit, Operator


class Splicer(Operator):
    """Cuts two seeds of a label between words, at about the same share of each, and joins first and second part.

    After the instance crossover of Luque 2019 (arXiv 1909.11241), which joins halves of tweets; here the
    place of the cut is drawn, so that two seeds give several texts. Protected spans are never cut.

    Raises:
        InputError: no label has two seeds that can be cut.
    """

    def __init__(self, seeds: Sequence[Seed], protection: Protection) -> None:
        self._protection = protection
        cuttable = [seed for seed in seeds if len(protection.words(seed.text)) > 1]
        groups = by_label(cuttable)
        self._partners = {label: group for label, group in groups.items() if len(group) > 1}
        self.sources = tuple(seed for seed in cuttable if seed.label in self._partners)
        if not self.sources:
            raise InputError(
                "mode splice has nothing to join",
                expected="at least two seeds of one label, of two words or more",
                hint="give more seeds, or use mode word-edits",
            )

    def edit(self, seed: Seed, rng: random.Random) -> Edit:
        """The start of this seed with the end of another one."""
        other = rng.choice([s for s in self._partners[seed.label] if s is not seed])
        share = rng.random()
        head, tail = self._protection.words(seed.text), self._protection.words(other.text)
        first, second = _cut(len(head), share), _cut(len(tail), share)
        end, start = head[first - 1].end, tail[second - 1].end
        kept = [span for span in self._protection.spans(seed.text) if span.end <= end]
        kept += [span for span in self._protection.spans(other.text) if span.start >= start]
        return Edit(
            text=f"{seed.text[:end].strip()} {render(tail[second:])}",
            parents=(seed, other),
            expected=tuple(kept),
            details={"words_from": [first, len(tail) - second]},
        )


def by_label(seeds: Sequence[Seed]) -> Mapping[str | None, tuple[Seed, ...]]:
    """Label → its seeds, in order; seeds without a label under None."""
    groups: dict[str | None, list[Seed]] = {}
    for seed in seeds:
        groups.setdefault(seed.label, []).append(seed)
    return {label: tuple(group) for label, group in groups.items()}


def _cut(words: int, share: float) -> int:
    """How many words come before the cut: from 1 to all but one."""
    return 1 + int(share * (words - 1))
