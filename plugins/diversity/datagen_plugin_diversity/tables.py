"""The tables of an evaluation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median, quantiles

from datagen_core import Table
from datagen_plugin_diversity.distinct import repeats
from datagen_plugin_diversity.rows import Row
from datagen_plugin_diversity.text_diversity import TextDiversity

MAX_GROUPS = 100
MAX_SEEDS = 20
MAX_CHARS = 80
PERCENTILES = (5, 25, 50, 75, 95)

COLUMNS = (
    *("rows", "measured", "distinct-1", "distinct-2", "self-BLEU", "Vendi", "Vendi ratio"),
    *("repeated", "words, median"),
)


def group_table(
    name: str, keys: Sequence[str], rows: Sequence[Row], measured: Callable[[Sequence[Row]], TextDiversity]
) -> Table:
    """Each group's measures, the largest groups first, a hundred at most.

    Args:
        name: What they are grouped by.
        keys: Of each row, its group.
        rows: The rows.
        measured: Draws rows of a group and measures them.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        groups[key].append(row)
    largest = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    left_out = f" (the {MAX_GROUPS} largest of {len(largest):,})" if len(largest) > MAX_GROUPS else ""
    return Table(
        title=f"Diversity by {name}{left_out}",
        columns=(name, *COLUMNS),
        rows=tuple((key, *_cells(group, measured(group))) for key, group in largest[:MAX_GROUPS]),
    )


def length_table(rows: Sequence[Row]) -> Table:
    """Words per row: the least, percentiles, the most."""
    lengths = sorted(len(row.words) for row in rows)
    cuts = quantiles(lengths, n=100, method="inclusive") if len(lengths) > 1 else [float(lengths[0])] * 99
    return Table(
        title="Words per row",
        columns=("least", *(f"{p} %" for p in PERCENTILES), "most"),
        rows=((lengths[0], *(cuts[p - 1] for p in PERCENTILES), lengths[-1]),),
    )


def seed_table(far: Sequence[tuple[str, str, float]]) -> Table:
    """Seeds that no row is near, the farthest first.

    Args:
        far: Of each its id, its text and the cosine to the nearest row.
    """
    shown = sorted(far, key=lambda seed: (seed[2], seed[0]))[:MAX_SEEDS]
    more = f" ({MAX_SEEDS} of {len(far):,})" if len(far) > MAX_SEEDS else ""
    return Table(
        title=f"Seeds that no row is near{more}",
        columns=("seed", "text", "cosine to the nearest row"),
        rows=tuple((name, " ".join(text.split())[:MAX_CHARS], cosine) for name, text, cosine in shown),
    )


def _cells(group: Sequence[Row], found: TextDiversity) -> tuple[float | int | None, ...]:
    return (
        len(group),
        found.rows,
        found.distinct_1,
        found.distinct_2,
        found.self_bleu,
        found.vendi,
        found.vendi_ratio,
        repeats([row.words for row in group]),
        median(len(row.words) for row in group),
    )
