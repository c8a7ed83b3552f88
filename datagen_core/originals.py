"""What rows are to be made from, by arms that change rows: the samples of the link before, else the seeds in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Seed
from datagen_core.row_forms import as_sample
from datagen_core.sample import Sample
from datagen_core.turns import Turns


@dataclass(frozen=True, slots=True)
class Original:
    """One row to be made.

    Attributes:
        cell: What the row is to be.
        sample: What it is made from: a row of the link before, or a seed's row in its form. None where none fits.
        parent: The same as its lineage names it.
        variation: Which of the rows made from this original it is, from 0.
    """

    cell: Cell
    sample: Sample | None = None
    parent: Sample | Seed | None = None
    variation: int = 0

    @property
    def parents(self) -> tuple[Sample | Seed, ...]:
        """The parent, if there is one."""
        return () if self.parent is None else (self.parent,)


def originals(
    request: GenerateRequest,
    *,
    each: int = 1,
    seeds: Sequence[Seed] | None = None,
    changed: frozenset[str] = frozenset(),
) -> list[Original]:
    """One for each row wanted; with `sample` None where no original has the cell's label and values.

    With parents, each of them is one, `each` times, in their order. Without, seeds are, those least used first, so that
    all have turns; in the order of the cells.

    Args:
        each: How many rows are made from an original.
        seeds: Those that can be used; by default all of the request's.
        changed: Keys of the recipe's coverage that the arm sees to: an original needn't have a cell's value of them.
    """
    if request.parents:
        return list(_of_parents(request, each, changed))
    draw = _Seeds(request, request.seeds if seeds is None else seeds, each, changed)
    return [draw.next(cell) for cell in request.wanted_cells()]


def _of_parents(request: GenerateRequest, each: int, changed: frozenset[str]) -> Iterator[Original]:
    """The parents in their order, each `each` times, as far as cells want them; then the cells that stay open."""
    left = Counter(request.wanted_cells())
    for parent in request.parents:
        for turn in range(each):
            fitting = [cell for cell in left if _fits(cell, parent, changed)]
            cell = min(fitting, key=lambda cell: cell.label != parent.label, default=None)
            if cell is None:
                break
            yield Original(cell, parent, parent, turn)
            left -= Counter([cell])
    yield from (Original(cell) for cell in left.elements())


class _Seeds:
    """The seeds that fit a cell in turn, each for `each` rows on end."""

    def __init__(
        self, request: GenerateRequest, seeds: Sequence[Seed], each: int, changed: frozenset[str]
    ) -> None:
        self._request, self._seeds, self._each, self._changed = request, seeds, each, changed
        self._running: dict[Cell, Iterator[Original]] = {}

    def next(self, cell: Cell) -> Original:
        if cell not in self._running:
            self._running[cell] = self._of(cell)
        return next(self._running[cell], Original(cell))

    def _of(self, cell: Cell) -> Iterator[Original]:
        fitting = [seed for seed in self._seeds if _fits(cell, seed, self._changed)]
        turns: Turns[None] = Turns.of_request(
            self._request, fitting, lambda row, wish: True, rows=-(-cell.n // self._each)
        )
        while (seed := turns.next(None)) is not None:
            sample = as_sample(seed)
            yield from (Original(cell, sample, seed, variation) for variation in range(self._each))


def _fits(cell: Cell, one: Sample | Seed, changed: frozenset[str]) -> bool:
    """Whether a row made from it is what a cell wants, where it stays what it is but for the keys changed."""
    if cell.label is not None and one.label != cell.label:
        return False
    known = one.value_of if isinstance(one, Sample) else one.row.get
    return all(str(known(key)) == value for key, value in cell.values if key not in changed)
