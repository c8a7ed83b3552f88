from __future__ import annotations

from collections import Counter

import pytest
from datagen_plugin_persona.config import RELATIONS, PersonaConfig
from datagen_plugin_persona.families import READERS, family_size, planned
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.inputs import Seed
from datagen_core.model import ModelError
from datagen_core.testing import make_request

SEEDS = [Seed(id=f"t{i}", text=f"text {i}") for i in range(50)]


@given(st.integers(0, 60), st.integers(0, 6), st.integers(1, 4), st.integers(1, 5), st.randoms())
def test_a_plan_serves_each_row_once_and_no_persona_is_deeper_than_the_depth(
    n, depth, expand, each, rng
) -> None:
    config = PersonaConfig(depth=depth, expand=expand, rows_per_persona=each)
    starts = iter(SEEDS)

    plan = planned(config, [(row, "en") for row in range(n)], lambda: next(starts, SEEDS[0]), rng)

    assert [row for place in plan for row in place.rows] == list(range(n))
    assert {len(place.rows) for place in plan[:-1]} <= {each}
    children: Counter[int] = Counter()
    for at, place in enumerate(plan):
        assert place.depth <= depth <= 6
        if place.parent is None:
            assert place.depth == 0 and place.tie in READERS
            continue
        parent = plan[place.parent]
        children[place.parent] += 1
        assert place.parent < at and place.start is parent.start
        assert place.depth == parent.depth + 1 and place.tie in RELATIONS
    assert max(children.values(), default=0) <= expand
    roots = [at for at, place in enumerate(plan) if place.parent is None]
    sizes = [end - at for at, end in zip(roots, [*roots[1:], len(plan)], strict=False)]
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert max(sizes, default=0) <= family_size(config)


def test_seven_rounds_are_refused() -> None:
    assert PersonaConfig(depth=6).depth == 6
    with pytest.raises(ValidationError, match="less than or equal to 6"):
        PersonaConfig(depth=7)


def test_a_chain_of_six_rounds_tells_its_lineage(desk) -> None:
    """Seven personas from one text, each derived from the one before."""
    model = desk()

    rows = model.make(7, depth=6)

    noted = [row.metadata.method for row in rows]
    assert [one["derivation"]["depth"] for one in noted] == list(range(7))
    (source,) = {row.trace.parents for row in rows}
    assert noted[0]["derivation"]["text"] == source[0]
    assert noted[0]["derivation"]["reader"] in READERS
    for before, after, prompt in zip(noted, noted[1:], model.prompts("relation"), strict=False):
        assert after["derivation"]["from"] == before["persona_id"]
        assert f'"{before["persona"]}"' in prompt and after["derivation"]["relation"] in prompt
    assert len({one["derivation"]["relation"] for one in noted[1:]}) == 6
    assert model.order == ["text"] + ["relation"] * 6 + ["row"] * 7


def test_a_round_branches_into_as_many_as_wanted(desk) -> None:
    rows = desk().make(7, depth=2, expand=2)
    depths = [row.metadata.method["derivation"]["depth"] for row in rows]
    assert depths == [0, 1, 1, 2, 2, 2, 2]
    parents = [row.metadata.method["derivation"].get("from") for row in rows]
    ids = [row.metadata.method["persona_id"] for row in rows]
    assert parents == [None, ids[0], ids[0], ids[1], ids[1], ids[2], ids[2]]


def test_relations_of_ones_own_take_the_place_of_the_built_in(desk) -> None:
    model = desk()
    rows = model.make(3, depth=2, relations=["their landlord"])
    assert all("their landlord?" in prompt for prompt in model.prompts("relation"))
    assert rows[2].metadata.method["derivation"]["relation"] == "their landlord"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ModelError("no", kind="bad_request"), "model_bad_request"),
        ("Sure!", "not_json"),
        ({"persona": "…"}, "empty_answer"),
    ],
)
def test_without_the_first_persona_there_are_none_derived_from_it(desk, answer, reason) -> None:
    """Two families: of the first nothing is made, the second isn't touched."""
    model = desk(
        text=lambda request, call: answer if call == 0 or "corrected" in str(request) else {"persona": "a b"}
    )

    rows = model.make(6, depth=2)

    assert [getattr(row, "reason", "") for row in rows] == [
        *(reason, "no_parent_persona", "no_parent_persona"),
        *("", "", ""),
    ]
    assert [row.measured for row in rows[1:3]] == [reason, "no_parent_persona"]
    assert all(row.trace.parents for row in rows)
    assert model.order.count("row") == 3


def test_personas_derived_from_a_duplicate_are_kept(desk) -> None:
    model = desk(text={"persona": "the very same one"})
    rows = model.make(4, depth=1)
    assert [getattr(row, "reason", "") for row in rows] == ["", "", "persona_duplicate", ""]


def test_the_depth_of_a_batch_is_what_its_rows_allow(desk) -> None:
    rows = desk().make(request=make_request(3), depth=6)
    assert [row.metadata.method["derivation"]["depth"] for row in rows] == [0, 1, 2]
