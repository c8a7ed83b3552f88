"""Which personas a batch makes: families that begin with a text's persona and go on with related ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from datagen_core.inputs import Seed
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.personas import Place

READERS = ("write", "read", "like", "dislike")
"""Who is likely to … the text."""


def family_size(config: PersonaConfig) -> int:
    """Personas of a whole family: 1 + expand + … + expand ** depth."""
    return sum(config.expand**depth for depth in range(config.depth + 1))


def planned(
    config: PersonaConfig,
    rows: Sequence[tuple[int, str]],
    next_start: Callable[[], Seed],
    rng: random.Random,
) -> list[Place]:
    """The personas for some rows, each after the one that it is derived from.

    Rows are dealt out evenly: as many to each persona, but for the last, and as many personas to each family.

    Args:
        rows: Their place in the batch and their language.
        next_start: Gives the text, or the given persona, whose turn it is.
    """
    each = config.rows_per_persona
    served = [rows[at : at + each] for at in range(0, len(rows), each)]
    families = -(-len(served) // family_size(config))
    plan: list[Place] = []
    for family in range(families):
        members = len(served) // families + (family < len(served) % families)
        first = len(plan)
        plan += _family(config, served[first : first + members], first, next_start(), rng)
    return plan


def _family(
    config: PersonaConfig,
    served: Sequence[Sequence[tuple[int, str]]],
    first: int,
    start: Seed,
    rng: random.Random,
) -> Iterator[Place]:
    """Round by round: member m (m > 0) is derived from member (m - 1) // expand."""
    is_given, depths, ties = config.personas is not None, [0], list[str]()
    for member, rows in enumerate(served):
        parent = (member - 1) // config.expand if member else None
        tie = "" if is_given else rng.choice(READERS)
        if parent is not None:
            depths.append(depths[parent] + 1)
            ties = ties or rng.sample(config.relations, len(config.relations))
            tie = ties.pop()
        yield Place(
            rows=tuple(row for row, _ in rows),
            start=start,
            is_given=is_given and parent is None,
            parent=None if parent is None else first + parent,
            depth=depths[member],
            tie=tie,
            language=rows[0][1],
        )
