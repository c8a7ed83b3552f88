from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_naive.config import NaiveConfig
from datagen_plugin_naive.generator import Naive

from datagen_core import recipe as recipes
from datagen_core.errors import InputError
from datagen_core.generator import Cell, NoPool
from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Rejection
from datagen_core.testing import make_inputs, make_request, make_seeds
from datagen_core.turns import Turns

PLANTS = [
    {"name": "saguaro", "place": "Sonoran Desert", "height": "12", "note": "blooms at night"},
    {"name": "{{ domain }} {% if %}", "place": 'the "old" dunes\n', "height": "3", "note": ""},
    {"name": "mesquite", "place": "washes", "height": "9", "note": "deep roots"},
]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "story": {"type": "string", "minLength": 5, "maxLength": 60},
        "plant": {"type": "string"},
        "habitat": {"type": "string", "minLength": 5},
        "metres": {"type": "integer", "maximum": 20},
    },
    "required": ["story", "plant", "habitat", "metres"],
    "additionalProperties": False,
}
FIELDS = {"plant": "name", "habitat": "place", "metres": "height"}
STORY = {"story": "It stood there."}


def seeds_of(rows: list[dict[str, Any]]) -> list[Seed]:
    return [Seed(id=f"row{i}", text=str(row), row=row) for i, row in enumerate(rows)]


def records(rows: list[dict[str, Any]] = PLANTS, **more: Any) -> Inputs:
    task_input = {
        "dataset_path": "plants.csv",
        "dataset_fields": FIELDS,
        "description": "A story of a plant.",
    }
    given = {"domain": "botany", "json_schema": SCHEMA, "task_input": task_input, **more}
    return make_inputs(seeds_of(rows), **given)


class Seen(NoPool):
    """A pool in which rows were tried and accepted so often."""

    def __init__(self, tried: Mapping[str, int], accepted: Mapping[str, int]) -> None:
        self._tried, self._accepted = tried, accepted

    def tried(self, arm: str) -> Mapping[str, int]:
        return self._tried

    def sources(self) -> Mapping[str, int]:
        return self._accepted


# -- what is copied, what is asked ----------------------------------------------------------------------------


def test_given_properties_are_the_datasets_cells_byte_for_byte(desk) -> None:
    model = desk(STORY)

    rows = model.make(records(), 3)

    by_parent = {row.trace.parent_id: row for row in rows}
    assert sorted(by_parent) == ["row0", "row1", "row2"]
    for i, plant in enumerate(PLANTS):
        row = by_parent[f"row{i}"]
        assert row.fields == {
            "story": "It stood there.",
            "plant": plant["name"],
            "habitat": plant["place"],
            "metres": int(plant["height"]),
        }
        assert list(row.fields) == ["story", "plant", "habitat", "metres"]
        assert json.loads(row.response) == row.fields
        assert list(json.loads(row.response)) == list(row.fields)


def test_only_the_rest_is_asked_for_and_the_row_is_shown(desk) -> None:
    model = desk(STORY)

    rows = model.make(records(), 3)

    for request, row in zip(model.rows, rows, strict=True):
        asked = request.json_schema
        assert list(asked["properties"]) == ["story"] and asked["required"] == ["story"]
        assert asked["properties"]["story"] == SCHEMA["properties"]["story"]
        assert '"maxLength":60' in request.messages[0].content
        text = request.messages[1].content
        plant = PLANTS[int(row.trace.parent_id.removeprefix("row"))]
        for shown in (plant["name"], plant["place"], plant["note"]):
            assert json.dumps(shown) in text
    assert any("- note:" in text for text in model.asked)


def test_a_model_that_writes_a_given_property_anyway_does_not_change_it(desk) -> None:
    schema = {**SCHEMA, "additionalProperties": True}
    model = desk({**STORY, "plant": "a weed", "mood": "calm"})

    (row,) = model.make(records(PLANTS[:1], json_schema=schema), 1)

    assert row.fields["plant"] == "saguaro"
    assert list(row.fields) == ["story", "plant", "habitat", "metres", "mood"]


def test_the_merged_record_must_satisfy_the_whole_schema(desk) -> None:
    together = {"if": {"properties": {"plant": {"const": "saguaro"}}}, "then": {"maxProperties": 2}}
    model = desk(STORY)

    (row,) = model.make(records(PLANTS[:1], json_schema={**SCHEMA, **together}), 1)

    assert (row.reason, row.trace.parents) == ("schema_violation", ("row0",))
    assert len(model.rows) == 1


def test_a_dataset_row_that_cannot_fit_is_rejected_before_anything_is_asked(desk) -> None:
    plants = [{**PLANTS[0], "height": height} for height in ("tall", "21", "")]
    lacking = {key: value for key, value in PLANTS[0].items() if key != "place"}
    model = desk(STORY)

    rows = model.make(records([*plants, lacking]), 4)

    assert {row.reason for row in rows} == {"record_unfit"}
    assert {row.trace.parent_id for row in rows} == {"row0", "row1", "row2", "row3"}
    assert model.rows == model.plans == []


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("12", "integer", 12),
        ("1.5", "number", 1.5),
        ("True", "boolean", True),
        ("null", ["null", "integer"], None),
        ("12", ["string", "integer"], "12"),
        ("012", "string", "012"),
        (12, "integer", 12),
    ],
)
def test_cells_of_text_are_read_as_the_schema_has_them(desk, cell: Any, kind: Any, value: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"x": {"type": kind}, "story": {"type": "string"}},
        "required": ["x", "story"],
    }
    inputs = records([{"column": cell}], json_schema=schema, task_input={"dataset_fields": {"x": "column"}})

    (row,) = desk(STORY).make(inputs, 1)

    assert row.fields["x"] == value and type(row.fields["x"]) is type(value)


def test_without_a_schema_a_text_is_written_about_the_row(desk) -> None:
    model = desk({"text": "a story"})

    (row,) = model.make(records(PLANTS[:1], json_schema=None), 1)

    assert (row.response, row.fields, row.trace.parents) == ("a story", {}, ("row0",))
    assert '- name: "saguaro"' in model.asked[0] and '- note: "blooms at night"' in model.asked[0]


def test_the_plan_sees_rows_of_the_dataset(desk) -> None:
    model = desk(STORY)

    model.make(records(), 1)

    assert all(json.dumps(plant["name"]) in model.plans[0].messages[1].content for plant in PLANTS)


# -- schemas without a dataset --------------------------------------------------------------------------------


def test_a_record_of_a_schema_is_the_answer(desk) -> None:
    record = {"story": "It stood.", "plant": "saguaro", "habitat": "dunes", "metres": 3}
    model = desk({key: record[key] for key in reversed(record)})

    (row,) = model.make(make_inputs(domain="botany", json_schema=SCHEMA), 1)

    assert row.fields == record and list(row.fields) == list(record)
    assert model.rows[0].json_schema == SCHEMA


def test_seeds_that_are_records_are_shown_as_such(desk) -> None:
    seeds = [
        Seed(
            id="s", text="It grew.", row={"story": "It grew.", "plant": "agave", "id": 7, "text": "It grew."}
        )
    ]
    model = desk({"story": "It stood.", "plant": "saguaro", "habitat": "dunes", "metres": 3})

    model.make(make_inputs(seeds, json_schema=SCHEMA), 1)

    assert '1. {"story": "It grew.", "plant": "agave"}' in model.asked[0]


def test_a_schema_of_texts_bounds_the_text_itself(desk) -> None:
    inputs = make_inputs(domain="jokes", json_schema={"type": "string", "maxLength": 5})

    (fits,) = desk({"text": "short"}).make(inputs, 1)
    (too_long,) = desk({"text": "longer"}).make(inputs, 1)

    assert (fits.response, fits.fields) == ("short", {})
    assert isinstance(too_long, Rejection) and too_long.reason == "schema_violation"


def test_a_list_is_a_response_without_fields(desk) -> None:
    schema = {"type": "array", "items": {"type": "integer"}}

    (row,) = desk("[1, 2]").make(make_inputs(domain="numbers", json_schema=schema), 1)

    assert (row.response, row.fields) == ("[1, 2]", {})


def test_an_invalid_schema_is_refused_before_the_run() -> None:
    with pytest.raises(InputError, match="JSON Schema"):
        Naive(NaiveConfig(), make_inputs(domain="x", json_schema={"type": "objekt"}))


# -- labels in records ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"mood": {"enum": ["sad", "glad"]}}, "mood"),
        ({"a": {"enum": ["sad", "glad"]}, "Sentiment": {"enum": ["glad", "sad"]}}, "Sentiment"),
        ({"label": {"enum": ["sad", "glad", "calm"]}}, None),
        ({"label": {"type": "string"}}, None),
    ],
)
def test_a_property_that_takes_just_the_labels_is_given(
    desk, properties: dict[str, Any], found: str | None
) -> None:
    properties = {"story": {"type": "string"}, **properties}
    inputs = make_inputs(
        domain="moods", labels=("glad", "sad"), json_schema={"type": "object", "properties": properties}
    )
    model = desk(STORY)

    (row,) = model.make(inputs, request=make_request(1, inputs=inputs, cells=[Cell("sad", 1)]))

    assert row.label == "sad"
    assert row.fields == ({"story": "It stood there."} | ({found: "sad"} if found else {}))
    assert set(model.rows[0].json_schema["properties"]) == set(properties) - {found}


def test_a_label_is_given_as_the_schema_writes_it(desk) -> None:
    properties = {"stars": {"enum": [1, 2]}, "story": {"type": "string"}}
    inputs = make_inputs(labels=("1", "2"), json_schema={"type": "object", "properties": properties})

    (row,) = desk(STORY).make(inputs, request=make_request(1, cells=[Cell("2", 1)]))

    assert (row.label, row.fields["stars"]) == ("2", 2)


def test_dataset_rows_with_a_class_of_their_own_are_used_for_it_alone(desk) -> None:
    plants = [{**plant, "mood": mood} for plant, mood in zip(PLANTS, ("glad", "sad", "glad"), strict=True)]
    schema = {**SCHEMA, "properties": {**SCHEMA["properties"], "mood": {"enum": ["glad", "sad", "calm"]}}}
    fields = {**FIELDS, "mood": "mood"}
    inputs = records(
        plants, labels=("glad", "sad", "calm"), json_schema=schema, task_input={"dataset_fields": fields}
    )
    request = make_request(5, inputs=inputs, cells=[Cell("glad", 2), Cell("sad", 2), Cell("calm", 1)])

    rows = desk(STORY).make(inputs, request=request)

    made = Counter((row.label, row.trace.parent_id) for row in rows if not isinstance(row, Rejection))
    assert made == {("glad", "row0"): 1, ("glad", "row2"): 1, ("sad", "row1"): 2}
    assert [row.reason for row in rows if isinstance(row, Rejection)] == ["no_record_for_label"]


# -- whose turn it is -----------------------------------------------------------------------------------------


def test_dataset_rows_are_used_evenly(desk) -> None:
    rows = desk(STORY).make(records(), 8)

    assert sorted(Counter(row.trace.parent_id for row in rows).values()) == [2, 3, 3]


def test_the_row_used_least_comes_first(desk) -> None:
    pool = Seen(tried={"row0": 2, "row1": 1}, accepted={"row1": 1, "row2": 1})
    inputs = records()

    rows = desk(STORY).make(inputs, request=make_request(4, inputs=inputs, pool=pool))

    assert Counter(row.trace.parent_id for row in rows) == {"row2": 2, "row0": 1, "row1": 1}
    assert rows[0].trace.parent_id == "row2"


def test_batches_under_way_at_once_begin_at_different_rows() -> None:
    seeds = make_seeds([f"text {i}" for i in range(40)])
    used = [
        turns.next(None)
        for batch in range(4)
        for turns in [Turns(seeds, lambda row, wish: True, {}, run="run", start=batch * 10)]
        for _ in range(10)
    ]

    assert Counter(seed.id for seed in used if seed) == {seed.id: 1 for seed in seeds}
    assert [seed.id for seed in used if seed] != [seed.id for seed in seeds]


# -- what a recipe can get wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "wrong", "expected"),
    [
        ({"plant": "nome"}, "no column 'nome'", "name, place, height, note"),
        ({"leaf": "name"}, "no property 'leaf'", "story, plant, habitat, metres"),
        ({"plant": 3}, "doesn't map", "PROPERTY: COLUMN"),
        ("name", "doesn't map", "PROPERTY: COLUMN"),
    ],
)
def test_fields_that_are_not_there_are_refused_with_those_that_are(
    fields: Any, wrong: str, expected: str
) -> None:
    with pytest.raises(InputError, match=wrong) as caught:
        Naive(NaiveConfig(), records(task_input={"dataset_fields": fields}))

    assert expected in str(caught.value.expected)
    assert caught.value.where == "task_input.dataset_fields"


def test_columns_that_are_properties_can_be_listed(desk) -> None:
    inputs = records(
        [{"plant": "agave", "habitat": "slopes", "metres": 2}],
        task_input={"dataset_fields": ["plant", "habitat", "metres"]},
    )

    (row,) = desk(STORY).make(inputs, 1)

    assert row.fields == {**STORY, "plant": "agave", "habitat": "slopes", "metres": 2}


def test_a_schema_that_is_filled_beforehand_leaves_nothing_to_write() -> None:
    schema = {"type": "object", "properties": {"plant": {"type": "string"}}}

    with pytest.raises(InputError, match="nothing is left"):
        Naive(NaiveConfig(), records(json_schema=schema, task_input={"dataset_fields": {"plant": "name"}}))


def test_fields_without_a_dataset_are_refused() -> None:
    with pytest.raises(InputError, match="no column"):
        Naive(NaiveConfig(), records([]))


# -- a real recipe --------------------------------------------------------------------------------------------


def test_the_desert_recipe_is_served_as_it_is(desk) -> None:
    file = Path(__file__).parents[3] / "tests/data/recipes/desert_plant_adaptability.yaml"
    recipe = recipes.load(file).recipe
    assert recipe.seeds is not None and isinstance(recipe.json_schema, dict)
    seeds = recipe.seeds.read()
    inputs = Inputs(
        domain=recipe.domain,
        task=recipe.task,
        seeds=tuple(seeds),
        languages=recipe.languages,
        json_schema=recipe.json_schema,
        task_input=recipe.task_input,
        constraints=recipe.constraints,
    )
    model = desk({"adaptation_description": "Its roots reach far down, where the sand never dries. " * 2})

    rows = model.make(inputs, len(seeds))

    assert len(seeds) >= 12
    assert len({row.fields["plant"] for row in rows}) == len(seeds)
    for row in rows:
        seed = inputs.source(row.trace.parent_id or "")
        assert seed is not None
        assert {name: row.fields[name] for name in ("plant", "environment", "challenge")} == seed.row
        assert list(row.fields) == ["plant", "environment", "challenge", "adaptation_description"]
    system = model.rows[0].messages[0].content
    for told in ("middle school students", "engaging and informative", '{"min": 2, "max": 4}', "400"):
        assert told in system
