"""Examples of JSON Schemas: whatever comes validates, recursion ends, scores are mostly high."""

from __future__ import annotations

import json
import random
import re
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.json_examples import Place, example
from datagen_core.json_examples.example import MEAN_SCORE
from datagen_core.json_examples.heights import Heights
from datagen_core.json_examples.merging import NoInstance, json_key, merge
from datagen_core.json_examples.patterns import matching

jsonschema_rs = pytest.importorskip("jsonschema_rs")

EXPRESSION: dict[str, Any] = {
    "$ref": "#/$defs/any",
    "$defs": {
        "any": {
            "anyOf": [
                {"type": "number"},
                {
                    "type": "object",
                    "properties": {"left": {"$ref": "#/$defs/any"}, "right": {"$ref": "#/$defs/any"}},
                    "required": ["left", "right"],
                    "additionalProperties": False,
                },
                {"type": "array", "items": {"$ref": "#/$defs/any"}, "minItems": 2},
            ]
        }
    },
}
LIST: dict[str, Any] = {
    "type": "object",
    "properties": {"value": {"type": "integer"}, "next": {"$ref": "#"}},
    "required": ["value"],
}
SCHEMAS: dict[str, Any] = {
    "anything": True,
    "a constant null": {"const": None},
    "an enum narrowed by a type": {"enum": [1, "a", None], "type": "string"},
    "a list of types": {"type": ["integer", "null"], "minimum": 7},
    "a nullable of OpenAPI": {"type": "string", "nullable": True},
    "a length": {"type": "string", "minLength": 30, "maxLength": 33},
    "a short length": {"type": "string", "maxLength": 2},
    "one number": {"type": "integer", "minimum": 3, "maximum": 3},
    "a multiple between open bounds": {
        "type": "integer",
        "multipleOf": 7,
        "exclusiveMinimum": 7,
        "exclusiveMaximum": 15,
    },
    "a decimal multiple": {"type": "number", "multipleOf": 0.1, "minimum": 1},
    "an open interval": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    "a bound below zero": {"type": "number", "maximum": -3},
    "a huge bound": {"type": "number", "minimum": 1e300},
    "bounds of draft 4": {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "integer",
        "minimum": 3,
        "exclusiveMinimum": True,
        "maximum": 4,
    },
    "a set": {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3},
    "a tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}], "items": False},
    "a tuple of draft 7": {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "items": [{"type": "string"}, {"type": "integer"}],
        "additionalItems": False,
        "minItems": 2,
    },
    "an item that must be there": {"type": "array", "contains": {"const": 5}, "items": {"type": "integer"}},
    "a dictionary": {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 3},
    "names by pattern": {
        "type": "object",
        "patternProperties": {"^x_[a-z]{3}$": {"type": "integer"}},
        "additionalProperties": False,
        "minProperties": 2,
    },
    "names by schema": {
        "additionalProperties": {"type": "null"},
        "propertyNames": {"pattern": "^[a-z]+$"},
        "minProperties": 2,
    },
    "few properties": {"properties": {"a": {}, "b": {}, "c": {}}, "maxProperties": 1, "type": "object"},
    "a required property that isn't described": {"type": "object", "required": ["x"]},
    "a property that requires another": {
        "type": "object",
        "properties": {"a": {}, "b": False, "c": {}},
        "dependentRequired": {"a": ["b"], "c": ["d"]},
    },
    "an optional property that can't be": {"properties": {"a": {"type": "string", "enum": [1]}}},
    "all of some": {
        "type": "object",
        "allOf": [
            {"properties": {"a": {"type": "number"}}, "required": ["a"]},
            {
                "properties": {"a": {"type": "integer", "minimum": 5, "maximum": 7}, "b": {}},
                "required": ["b"],
            },
        ],
    },
    "all of several choices": {
        "allOf": [
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        ]
    },
    "closed and merged": {
        "allOf": [{"properties": {"a": {"const": 1}}, "additionalProperties": False}, {"required": ["a"]}],
        "type": "object",
    },
    "two patterns": {"allOf": [{"type": "string", "pattern": "^[ab]+$"}, {"pattern": "a"}]},
    "exactly one of two": {"type": "integer", "oneOf": [{"multipleOf": 3}, {"multipleOf": 5}]},
    "not a text": {"type": ["string", "boolean"], "not": {"type": "string"}},
    "if, then and else": {
        "type": "object",
        "properties": {"kind": {"enum": ["x", "y"]}, "x": {"type": "integer"}, "y": {"type": "integer"}},
        "required": ["kind"],
        "if": {"properties": {"kind": {"const": "x"}}},
        "then": {"required": ["x"]},
        "else": {"required": ["y"], "properties": {"x": False}},
    },
    "a reference with company": {
        "$ref": "#/$defs/a~1b%20c",
        "minimum": 8,
        "$defs": {"a/b c": {"type": "integer", "maximum": 9}},
    },
    "an anchor": {"$ref": "#here", "$defs": {"x": {"$anchor": "here", "type": "boolean"}}},
    "a list by recursion": LIST,
    "an expression by recursion": EXPRESSION,
}
PATTERNS = [
    r"^[A-Z]{2}\d{4}$",
    r"^\d{3}-\d{2}-\d{4}$",
    r"^(foo|bar)+$",
    r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$",
    r"^(?=.*\d)(?=.*[a-z]).{8,}$",
    r"^(?!foo)[a-z]+$",
    r"^#[0-9a-fA-F]{6}$",
    r"^v\d+\.\d+\.\d+(?:-[a-z]+)?$",
    r"^([ab])x\1$",
    r"^(?<year>\d{4})-Q[1-4]$",
    r"^\p{Lu}\p{L}+$",
    r"^\S+( \S+)*$",
    r"^[\w.-]+/[\w.-]+$",
    r"\bword\b",
    r"abc",
    r"",
]


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_example_satisfies_its_schema(name: str) -> None:
    checker = jsonschema_rs.validator_for(SCHEMAS[name])
    for seed in range(40):
        checker.validate(example(SCHEMAS[name], random.Random(seed)))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_matched(pattern: str) -> None:
    checker = jsonschema_rs.validator_for({"type": "string", "pattern": pattern})
    for seed in range(30):
        checker.validate(example({"type": "string", "pattern": pattern}, random.Random(seed)))


def test_a_pattern_may_have_a_length_too() -> None:
    schema = {"type": "string", "pattern": "^[a-z]+( [a-z]+)*$", "minLength": 20, "maxLength": 25}
    for seed in range(10):
        text = example(schema, random.Random(seed))
        assert 20 <= len(text) <= 25 and re.fullmatch("[a-z ]+", text)


def test_a_pattern_that_python_does_not_read_or_nothing_matches_is_no_instance() -> None:
    for pattern in (r"^(a", r"a(?<!a)b^"):
        with pytest.raises(NoInstance):
            matching(pattern, random.Random(0))


FORMATS = {
    "date": r"\d{4}-\d\d-\d\d",
    "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "time": r"\d\d:\d\d:\d\dZ",
    "email": r"[a-z.]+@example\.org",
    "uri": r"https://example\.org/.+",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "ipv4": r"192\.0\.2\.\d+",
    "ipv6": r"2001:db8::[0-9a-f]+",
    "hostname": r"[a-z]+\.example\.org",
    "duration": r"P\d+D",
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_are_kept_and_name_nobodys_host(name: str) -> None:
    schema = {"type": "string", "format": name}
    checker = jsonschema_rs.validator_for(schema, validate_formats=True)
    for seed in range(20):
        text = example(schema, random.Random(seed))
        assert re.fullmatch(FORMATS[name], text)
        checker.validate(text)


# -- any schema ---------------------------------------------------------------------------------------------


def bounded(low: int, high: int, names: tuple[str, str]) -> st.SearchStrategy[dict[str, int]]:
    """Two bounds in order, each there or not."""
    pairs = st.tuples(st.integers(low, high), st.integers(low, high)).map(sorted)
    keys = st.sets(st.sampled_from(names))
    return st.tuples(pairs, keys).map(
        lambda got: {name: value for name, value in zip(names, got[0], strict=True) if name in got[1]}
    )


def typed(kind: str, *parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda got: {"type": kind} | {k: v for part in got for k, v in part.items()})


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with some properties required; now and then half of it by `allOf`."""

    def made(got: tuple[dict[str, Any], set[str], bool, bool]) -> dict[str, Any]:
        properties, required, is_closed, is_halved = got
        named = sorted(required & set(properties))
        if is_halved:
            return {"type": "object", "allOf": [{"properties": properties}, {"required": named}]}
        out = {"type": "object", "properties": properties, "required": named}
        return out | ({"additionalProperties": False} if is_closed else {})

    names = st.sampled_from(["a", "b", "c", "name", "score"])
    parts = (st.dictionaries(names, inner, max_size=4), st.sets(names), st.booleans(), st.booleans())
    return st.tuples(*parts).map(made)


JSON = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
SCALARS = st.one_of(
    st.just({}),
    st.sampled_from(["null", "boolean"]).map(lambda kind: {"type": kind}),
    JSON.map(lambda value: {"const": value}),
    st.lists(JSON, min_size=1, max_size=4).map(lambda values: {"enum": values}),
    typed("string", bounded(0, 60, ("minLength", "maxLength"))),
    typed("integer", bounded(-50, 50, ("minimum", "maximum"))),
    typed("number", bounded(-5, 5, ("minimum", "maximum"))),
    st.integers(1, 9).map(lambda step: {"type": "integer", "multipleOf": step, "minimum": 4}),
    st.sampled_from(PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
    st.just({"$ref": "#/$defs/list"}),
)
SATISFIABLE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        objects(inner),
        typed("array", inner.map(lambda item: {"items": item}), bounded(0, 4, ("minItems", "maxItems"))),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        inner.map(lambda item: {"type": "array", "prefixItems": [item, True], "minItems": 1}),
        inner.map(lambda part: {"type": "object", "additionalProperties": part}),
    ),
    max_leaves=12,
)
DEFINITIONS = {
    "list": {**LIST, "properties": {"value": {"type": "integer"}, "next": {"$ref": "#/$defs/list"}}}
}


@given(schema=SATISFIABLE, seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_whatever_the_schema_its_example_validates_and_is_the_same_again(
    schema: dict[str, Any], seed: int
) -> None:
    schema = {**schema, "$defs": DEFINITIONS}
    found = example(schema, random.Random(seed))
    jsonschema_rs.validator_for(schema).validate(found)
    assert json.dumps(found) == json.dumps(example(schema, random.Random(seed)))


@given(first=SATISFIABLE, second=SATISFIABLE, seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_what_satisfies_a_merged_schema_satisfies_both(first: Any, second: Any, seed: int) -> None:
    try:
        merged = {**merge(first, second), "$defs": DEFINITIONS}
        found = example(merged, random.Random(seed))
    except (NoInstance, ValueError):
        return  # the two contradict each other, or two patterns became a tuple, which `Drawing` alone reads
    if jsonschema_rs.validator_for(merged).is_valid(found):
        for part in (first, second):
            jsonschema_rs.validator_for({**part, "$defs": DEFINITIONS}).validate(found)


# -- single properties of examples --------------------------------------------------------------------------


def test_optional_properties_are_given_until_it_gets_deep() -> None:
    found = example(LIST, random.Random(0))
    levels = 0
    while "next" in found:
        found, levels = found["next"], levels + 1
    assert levels == 4


def test_many_places_are_filled_briefly() -> None:
    wide = {"type": "object", "properties": {f"p{i}": {"$ref": "#"} for i in range(20)}}
    assert len(json.dumps(example(wide, random.Random(0)))) < 10_000


def test_scores_are_mostly_high_and_other_numbers_are_not() -> None:
    def drawn(schema: dict[str, Any], mean_score: float = MEAN_SCORE) -> list[Any]:
        return [example(schema, random.Random(seed), mean_score=mean_score) for seed in range(500)]

    share = {"type": "number", "minimum": 0, "maximum": 1}
    stars = {"type": "integer", "minimum": 1, "maximum": 5}
    assert 0.72 < mean(drawn(share)) < 0.82  # Beta(5, 1.5) has the mean 0.77
    assert mean(drawn(stars)) > 3.9 and set(drawn(stars)) == {2, 3, 4, 5}  # P(1) = 0.1 %
    assert mean(drawn(share, mean_score=0.2)) < 0.3
    assert 45 < mean(drawn({"type": "integer", "minimum": 0, "maximum": 100})) < 55
    hinted = {"type": "object", "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 100}}}
    assert mean(found["score"] for found in drawn(hinted)) > 70


def test_a_text_is_told_its_place_and_cut_or_lengthened_to_fit() -> None:
    seen: list[Place] = []

    def text_for(place: Place, rng: random.Random, /) -> str:
        seen.append(place)
        return "abc"

    schema = {
        "properties": {
            "long": {"type": "string", "title": "T", "description": "D", "minLength": 5},
            "short": {"type": "string", "maxLength": 2},
        }
    }
    assert example(schema, random.Random(0), text_for) == {"long": "abc abc", "short": "ab"}
    assert seen == [
        Place(name="long", title="T", description="D", min_chars=5),
        Place(name="short", max_chars=2),
    ]


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "strin"},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"allOf": [{"type": "integer"}, {"type": "string"}]},
        {"$ref": "#/$defs/nowhere"},
        {"type": "object", "properties": {"again": {"$ref": "#"}}, "required": ["again"]},
    ],
)
def test_what_nothing_satisfies_is_an_error(schema: Any) -> None:
    with pytest.raises(ValueError):
        example(schema, random.Random(0))


def test_other_documents_are_never_fetched() -> None:
    with pytest.raises(ValueError, match="Retrieval is disabled"):
        example({"$ref": "http://127.0.0.1:1/schema.json"}, random.Random(0))


def test_heights_are_the_levels_of_the_smallest_instance() -> None:
    heights = Heights(EXPRESSION)
    assert [heights.of(part) for part in EXPRESSION["$defs"]["any"]["anyOf"]] == [0, 1, 1]
    assert Heights({"$ref": "#"}).of({"$ref": "#"}) == float("inf")


def test_equal_in_json_is_what_json_schema_calls_equal() -> None:
    assert json_key([1, {"a": 2.0}]) == json_key([1.0, {"a": 2}])
    assert json_key(1) != json_key(True) and json_key([]) != json_key({}) and json_key("1") != json_key(1)


def test_without_a_validator_the_first_draw_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "jsonschema_rs", None)
    assert isinstance(example({"type": "integer"}, random.Random(0)), int)
    with pytest.raises(ValueError, match="not a JSON Schema"):
        example({"properties": 3, "type": "object"}, random.Random(0))
