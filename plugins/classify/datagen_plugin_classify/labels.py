"""Labels: how they read, what is known of them, which are alike, and whether a text gives one away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import fsum, log
from typing import Any

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs, Seed
from datagen_core.words import words

PLACE = "task_input.label_descriptions"
NAMED_ONE_IN = 5
"""A label's name is ordinary in its texts where at least one seed in five has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label: its name in the recipe, its name for reading, and what is known of it."""

    name: str
    shown: str
    description: str = ""
    seeds: tuple[Seed, ...] = ()

    def is_named_in(self, text: str) -> bool:
        """Whether its name, as it is or as it reads, stands in a text as a word or words.

        Case and signs don't count. In scripts without spaces it is found inside longer words too. A name of
        one letter or digit, or of signs alone, gives nothing away.
        """
        there = f" {' '.join(words(text))} "
        names = {" ".join(words(name)) for name in (self.name, self.shown)}
        return any(len(name) > 1 and f" {name} " in there for name in names)

    def first_seeds(self, most: int) -> tuple[Seed, ...]:
        """The first of its seeds: what its definition is made from, the same in every batch."""
        return self.seeds[:most]

    @property
    def is_usually_named(self) -> bool:
        """Whether at least a fifth of its seeds name it; without seeds, whether its description does."""
        if not self.seeds:
            return self.is_named_in(self.description)
        return NAMED_ONE_IN * sum(self.is_named_in(seed.text) for seed in self.seeds) >= len(self.seeds)


def labels_of(inputs: Inputs) -> dict[str, Label]:
    """The recipe's labels in its order; two that would read alike keep their names. Raises InputError."""
    described = _descriptions(inputs)
    shown = {name: readable(name) for name in inputs.labels}
    alike = Counter(read.casefold() for read in shown.values())
    seeds: dict[str, list[Seed]] = {name: [] for name in inputs.labels}
    for seed in inputs.seeds:
        if seed.label in seeds:
            seeds[seed.label].append(seed)
    return {
        name: Label(
            name=name,
            shown=shown[name] if alike[shown[name].casefold()] == 1 else name,
            description=described.get(name, ""),
            seeds=tuple(seeds[name]),
        )
        for name in inputs.labels
    }


def readable(name: str) -> str:
    """A name as people write it: underscores and CamelCase become spaces, acronyms stay.

    Example:
        >>> readable("AddToPlaylist"), readable("card_arrival"), readable("FAQQuestion"), readable("退款")
        ('Add To Playlist', 'card arrival', 'FAQ Question', '退款')
    """
    spaced = name.replace("_", " ")
    if not any(map(str.isspace, name.strip())):
        spaced = "".join(
            f" {spaced[at]}" if _begins_word(spaced, at) else spaced[at] for at in range(len(spaced))
        )
    return " ".join(spaced.split()) or name


def _begins_word(name: str, at: int) -> bool:
    """A capital after a small letter (but iPhone stays), or before a small one after a capital or a digit."""
    before, after = name[max(0, at - 2) : at], name[at + 1 : at + 2]
    if not name[at].isupper() or not before:
        return False
    is_after_small = len(before) == 2 and before[-1].islower()
    return is_after_small or (after.islower() and (before[-1].isupper() or before[-1].isdigit()))


def nearest(labels: Mapping[str, Label]) -> dict[str, str]:
    """Each label's nearest other: the weighted Jaccard similarity of the words of their seeds is highest.

    A word weighs log(labels / labels whose seeds have it), so that words of all labels weigh nothing. Of equals the
    first in the recipe's order; a label that shares no such word with another has none.
    """
    found = {
        name: frozenset(w for seed in label.seeds for w in words(seed.text)) for name, label in labels.items()
    }
    spread = Counter(word for own in found.values() for word in own)
    weight = {word: log(len(labels) / n) for word, n in spread.items()}
    out = {}
    for name, own in found.items():
        near = {other: _overlap(own, its, weight) for other, its in found.items() if other != name}
        best = max(near, key=lambda other: near[other], default=None)
        if best is not None and near[best] > 0:
            out[name] = best
    return out


def _overlap(first: frozenset[str], second: frozenset[str], weight: Mapping[str, float]) -> float:
    """fsum rounds once: the order of a set decides nothing."""
    either = fsum(weight[word] for word in first | second)
    return fsum(weight[word] for word in first & second) / either if either else 0.0


def _descriptions(inputs: Inputs) -> dict[str, str]:
    given: Any = inputs.task_input.get("label_descriptions") or {}
    if not isinstance(given, Mapping) or not all(isinstance(text, str) for text in given.values()):
        raise InputError(
            "the descriptions of labels can't be read", where=PLACE, expected="a mapping: label → text"
        )
    described = {str(name): " ".join(text.split()) for name, text in given.items()}
    if unknown := next((name for name in described if name not in inputs.labels), None):
        near = get_close_matches(unknown, inputs.labels, n=1)
        raise InputError(
            f"{unknown!r} is described and is no label",
            where=PLACE,
            expected=f"one of {', '.join(inputs.labels)}",
            hint=f"did you mean {near[0]!r}?" if near else "add it to labels:, or take the description out",
        )
    return described
