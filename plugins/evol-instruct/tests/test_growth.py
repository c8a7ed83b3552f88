"""The growth in words: of rows, and by operation and round over rows."""

from __future__ import annotations

from typing import Any

from datagen_plugin_evol_instruct.growth import Mean, growth

from datagen_core.sample import Metadata, Sample
from datagen_core.testing import make_inputs


def row(identity: str, *steps: tuple[int, str, int]) -> dict[str, Any]:
    history = [
        {"round": number, "operation": operation, "growth_in_words": n, "text_hash": f"{identity}{number}"}
        for number, operation, n in steps
    ]
    return {
        "id": f"row-{identity}",
        "trace": {"parent_id": identity},
        "metadata": {"method": {"operation_history": history}},
    }


def test_growth_is_reported_by_operation_and_by_round() -> None:
    found = growth([row("a", (1, "deepen", 10), (2, "mutate", -4)), row("b", (2, "deepen", 20))])
    assert found.by_operation == {"deepen": Mean(15.0, 2), "mutate": Mean(-4.0, 1)}
    assert found.by_round == {1: Mean(10.0, 1), 2: Mean(8.0, 2)}
    assert found.overall == Mean(26 / 3, 3)


def test_a_step_that_two_rows_tell_of_counts_once() -> None:
    one, both = row("a", (1, "deepen", 10)), row("a", (1, "deepen", 10), (2, "deepen", 2))
    assert growth([one, both]).by_operation == {"deepen": Mean(6.0, 2)}


def test_rows_of_other_arms_have_no_steps() -> None:
    others = [Sample(id="x"), Sample(id="y", metadata=Metadata(method={"operation_history": ["deepen"]}))]
    assert growth(others) == growth([])
    assert growth([]).overall is None


def test_rows_of_a_batch_are_counted(writer: Any) -> None:
    model = writer(
        evolve=lambda text: f"{text} In two steps, please.",
        judge={"requirements": "different", "depth_and_breadth": "equal"},
    )
    rows = model.instruct(6, rounds=2, inputs=make_inputs([f"Name river {i}." for i in range(6)]))
    found = growth(rows)
    assert found.overall == Mean(4.0, 12) and set(found.by_round) == {1, 2}
    assert [one.metadata.method["words"]["growth"] for one in rows] == [8] * 6
    every = growth(
        model.instruct(
            6, rounds=2, emit="all", inputs=make_inputs(["Name a river.", "Name a lake.", "Name it."])
        )
    )
    assert every.overall == Mean(4.0, 6)
