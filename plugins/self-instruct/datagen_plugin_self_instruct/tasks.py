"""The task pool: human seeds, and machine-made instructions among the accepted rows."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datagen_core.generator import PoolView
from datagen_core.inputs import Seed

IS_TRUE = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Shown:
    """The instructions of one request: human seeds, and machine-made ones by the id of their row."""

    human: tuple[Seed, ...]
    machine: tuple[tuple[str, str], ...]
    order: tuple[str, ...]


def instruction_of(seed: Seed) -> str:
    """A seed's instruction: its column of that name, else its text."""
    found = seed.row.get("instruction")
    return found if isinstance(found, str) and found.strip() else seed.text


def is_classification(seed: Seed) -> bool:
    """Whether a seed's column `is_classification` says so."""
    return str(seed.row.get("is_classification", "")).lower() in IS_TRUE


def machine_made(pool: PoolView, rng: random.Random) -> dict[str, str]:
    """Machine-made instruction → the id of an accepted row that has it, in an order that is drawn."""
    found: dict[str, str] = {}
    for row in pool.draw(len(pool), rng):
        instruction = row.metadata.method.get("instruction")
        if isinstance(instruction, str):
            found.setdefault(instruction, row.id)
    return found


def drawn(
    seeds: Sequence[Seed], machine: Mapping[str, str], rng: random.Random, *, total: int, most_machine: int
) -> Shown:
    """Instructions to show: machine-made ones first, as far as there are any; human ones make up the rest."""
    made = rng.sample(list(machine.items()), min(most_machine, total, len(machine)))
    human = rng.sample(seeds, min(total - len(made), len(seeds)))
    order = [*(instruction_of(seed) for seed in human), *(instruction for instruction, _ in made)]
    rng.shuffle(order)
    return Shown(tuple(human), tuple(made), tuple(" ".join(text.split()).rstrip(":") for text in order))
