"""Slots: where a seed's annotated values stand in its text, and new values in their place."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.protected_spans import Protection, Span
from datagen_plugin_augment.operator import Edit, Operator


@dataclass(frozen=True, slots=True)
class Slot:
    """An annotated value that stands at `text[start:end]` of its seed, as it is written there."""

    start: int
    end: int
    entity: str
    value: str


@dataclass(frozen=True, slots=True)
class Donor:
    """A value for an entity, and the seed it comes from (None for a word list)."""

    value: str
    seed: Seed | None = None


def find_slots(seed: Seed, spans: Sequence[Span]) -> tuple[Slot, ...]:
    """The slots of a seed that may be filled anew, in text order.

    Each annotation stands for one occurrence of its value, between word boundaries and outside the slots
    already found; longer values are placed first, an occurrence in the same case before any other. A value that doesn't
    stand in the text, cuts a protected span or holds one other than a number is left out.
    """
    found: list[Slot] = []
    for entity, value in sorted(seed.slots, key=lambda slot: -len(slot[1])):
        place = next((p for p in _occurrences(value, seed.text) if _is_free(p, found, spans)), None)
        if place is not None:
            found.append(Slot(*place, entity, seed.text[place[0] : place[1]]))
    return tuple(sorted(found, key=lambda slot: slot.start))


def _occurrences(value: str, text: str) -> list[tuple[int, int]]:
    if not value.strip():
        return []
    pattern = rf"(?<!\w){re.escape(value)}(?!\w)"
    places = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    return sorted(places, key=lambda place: text[place[0] : place[1]] != value)


def _is_free(place: tuple[int, int], found: Sequence[Slot], spans: Sequence[Span]) -> bool:
    start, end = place
    if any(start < slot.end and slot.start < end for slot in found):
        return False
    touched = [span for span in spans if start < span.end and span.start < end]
    return all(span.kind == "number" and start <= span.start and span.end <= end for span in touched)


class SlotFiller(Operator):
    """Puts another value of the same entity into each slot of a seed that has one; the rest is kept.

    Args:
        seeds: The seeds, with slots.
        donors: Entity → the values on offer, distinct up to case.
        protection: What else must survive.
    """

    def __init__(
        self, seeds: Sequence[Seed], donors: Mapping[str, Sequence[Donor]], protection: Protection
    ) -> None:
        self._donors = donors
        self._spans = {seed.id: protection.spans(seed.text) for seed in seeds}
        self._slots = {seed.id: find_slots(seed, self._spans[seed.id]) for seed in seeds}
        self.sources = tuple(
            seed for seed in seeds if any(self._fitting(seed, s) for s in self._slots[seed.id])
        )

    def edit(self, seed: Seed, rng: random.Random) -> Edit | None:
        """The seed with new values in all slots that have others on offer."""
        chosen = [
            (slot, rng.choice(fitting))
            for slot in self._slots[seed.id]
            if (fitting := self._fitting(seed, slot))
        ]
        text, position = "", 0
        for slot, donor in chosen:
            text += seed.text[position : slot.start] + donor.value
            position = slot.end
        givers = {donor.seed.id: donor.seed for _, donor in chosen if donor.seed is not None}
        return Edit(
            text=text + seed.text[position:],
            parents=(seed, *givers.values()),
            expected=tuple(
                span
                for span in self._spans[seed.id]
                if not any(slot.start <= span.start < slot.end for slot, _ in chosen)
            ),
            details={
                "slots": [
                    {"entity": slot.entity, "old": slot.value, "new": donor.value} for slot, donor in chosen
                ]
            },
        )

    def _fitting(self, seed: Seed, slot: Slot) -> list[Donor]:
        own = {value.casefold() for entity, value in seed.slots if entity == slot.entity}
        return [donor for donor in self._donors.get(slot.entity, ()) if donor.value.casefold() not in own]


def exchange_donors(seeds: Sequence[Seed]) -> dict[str, list[Donor]]:
    """Entity → the distinct values the seeds have for it, each with the first seed that has it.

    Raises:
        InputError: no seed has slots, or no entity has two values to exchange.
    """
    donors: dict[str, dict[str, Donor]] = {}
    for seed in seeds:
        for entity, value in seed.slots:
            if value.strip():
                donors.setdefault(entity, {}).setdefault(value.casefold(), Donor(value, seed))
    if not donors:
        raise no_slots("slot-exchange")
    return {entity: list(values.values()) for entity, values in donors.items()}


def list_donors(lists: Mapping[str, Sequence[str]]) -> dict[str, list[Donor]]:
    """Entity → the distinct values of its word list."""
    return {
        entity: [Donor(value) for value in {entry.casefold(): entry for entry in reversed(entries)}.values()][
            ::-1
        ]
        for entity, entries in lists.items()
    }


def no_slots(mode: str) -> InputError:
    """The error for seeds without annotated spans."""
    return InputError(
        f"mode {mode} needs seeds with slots, and no seed has any",
        expected='rows with a column slots: [{"entity": "city", "value": "Rome"}]',
        hint="name the column with slots: COLUMN beside the seeds' path, or use mode splice or word-edits",
    )
