"""What links of an arm are asked for, and what arms that change rows make them from."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from datagen_core.config import Config
from datagen_core.generator import Cell, GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.links import of_parents, of_source
from datagen_core.originals import originals
from datagen_core.sample import Sample
from datagen_core.testing import make_inputs, make_request, make_samples


class Link(Generator[Config]):
    """A link that makes so many rows of each parent."""

    def __init__(self, fan_out: int = 1, steers: tuple[str, ...] = ()) -> None:
        super().__init__(Config(), Inputs())
        self._fan_out, self._steers = fan_out, frozenset(steers)

    def fan_out(self) -> int:
        return self._fan_out

    def steers(self) -> frozenset[str]:
        return self._steers

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
        raise NotImplementedError
        yield


def test_a_source_makes_fewer_where_later_links_multiply() -> None:
    cells = (Cell("a", 12), Cell("b", 6))
    assert of_source(cells, [Link()]) == cells
    assert of_source(cells, [Link(), Link(3)]) == (Cell("a", 4), Cell("b", 2))
    assert of_source((Cell(None, 10),), [Link(), Link(2), Link(2)]) == (Cell(None, 3),)


def test_each_link_is_told_the_values_that_it_steers_by() -> None:
    cells = (
        Cell(None, 4, (("language", "de"), ("tone", "dry"))),
        Cell(None, 4, (("language", "fr"), ("tone", "dry"))),
    )
    assert of_source(cells, [Link(), Link(1, ("language",))]) == (Cell(None, 8),)
    assert of_source(cells, [Link(1, ("language", "tone")), Link(1, ("language",))]) == (
        Cell(None, 8, (("tone", "dry"),)),
    )
    assert of_source(cells, [Link(1, ("tone",))]) == (Cell(None, 8, (("tone", "dry"),)),)
    parents = make_samples(["one", "two", "three"])
    assert of_parents(parents, cells, Link(2, ("language",))) == (
        Cell(None, 3, (("language", "de"),)),
        Cell(None, 3, (("language", "fr"),)),
    )
    assert of_parents(parents, cells, Link(2)) == (Cell(None, 6),)


@given(st.lists(st.sampled_from(["a", "b", None]), min_size=1), st.integers(1, 4))
def test_a_later_link_makes_rows_of_its_parents_labels(labels: list[str | None], each: int) -> None:
    parents = [Sample(id=str(i), response="x", label=label) for i, label in enumerate(labels)]
    cells = of_parents(parents, (Cell("a", 3), Cell("b", 1)), Link(each))
    assert {cell.label: cell.n for cell in cells} == {label: n * each for label, n in Counter(labels).items()}


def test_parents_come_in_their_order_with_all_their_variations() -> None:
    parents = make_samples([("one", "a"), ("two", "b"), ("three", "a")])
    cells = of_parents(parents, (), Link(2))
    drawn = originals(make_request(6, cells=cells, parents=parents), each=2)
    came = [(o.sample.id, o.variation) for o in drawn if o.sample]
    assert came == [(parent.id, turn) for parent in parents for turn in range(2)]
    assert all(o.parent is o.sample and o.cell.label == o.sample.label for o in drawn if o.sample)
    short = originals(make_request(3, cells=[Cell("c", 1), Cell("a", 2)], parents=parents))
    assert [(o.cell.label, o.sample and o.sample.response) for o in short] == [
        ("a", "one"),
        ("a", "three"),
        ("c", None),
    ]


def test_seeds_come_in_turn_over_batches_and_fit_their_cells() -> None:
    rows = [{"text": f"t{i}", "language": "de"} for i in range(8)]
    inputs = make_inputs(
        [Seed(id=f"s{i}", text=row["text"], label="ab"[i % 2], row=row) for i, row in enumerate(rows)]
    )
    cells = [Cell("a", 2), Cell("b", 2)]
    uses: Counter[str] = Counter()
    for batch in range(2):
        drawn = originals(make_request(4, cells=cells, inputs=inputs, batch=batch))
        uses.update(o.parent.id for o in drawn if o.parent)
        assert [o.cell.label for o in drawn] == [o.sample.label for o in drawn if o.sample]
    assert set(uses) <= {seed.id for seed in inputs.seeds} and max(uses.values()) == 1
    wanted = Cell("a", 1, (("language", "fr"),))
    assert originals(make_request(1, cells=[wanted], inputs=inputs))[0].sample is None
    (changed,) = originals(make_request(1, cells=[wanted], inputs=inputs), changed=frozenset({"language"}))
    assert changed.sample is not None and changed.parents == (changed.parent,)


def test_a_seed_has_its_variations_on_end() -> None:
    inputs = make_inputs(["one", "two", "three"])
    drawn = originals(make_request(6, inputs=inputs), each=2)
    assert [o.variation for o in drawn] == [0, 1] * 3
    assert [drawn[i].parent for i in (0, 2, 4)] == [drawn[i].parent for i in (1, 3, 5)]
    assert len({o.parent.id for o in drawn if o.parent}) == 3
