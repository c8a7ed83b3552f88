import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from datagen_plugin_templater.analysis import check
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater
from datagen_plugin_templater.json_schema import DIALECT, derive_schema
from datagen_plugin_templater.parsing import parse_grammar
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import Sample
from datagen_core.testing import generate, make_inputs, make_request


def schema_of(rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    grammar = parse_grammar({"start": "s", "rules": rules, **more})
    check(grammar)
    schema = derive_schema(grammar)
    assert schema is not None
    assert schema.pop("$schema") == DIALECT
    return schema


def samples(rules: dict[str, Any], n: int = 30, seed: int = 0, **more: Any) -> list[dict[str, Any]]:
    generator = Templater(TemplaterConfig(grammar={"start": "s", "rules": rules, **more}), make_inputs())
    rows = generate(generator, make_request(n, seed=seed))
    return [json.loads(row.response) for row in rows if isinstance(row, Sample)]


def property_of(value: str, **rules: Any) -> dict[str, Any]:
    found: dict[str, Any] = schema_of({"s": ['{"a": ' + value + "}"], **rules})["properties"]["a"]
    return found


def test_an_object_lists_its_properties_and_admits_no_other() -> None:
    assert schema_of({"s": ['{"a": "x", "b": <b?>}'], "b": ["1", "2"]}) == {
        "type": "object",
        "properties": {"a": {"const": "x"}, "b": {"type": "integer", "enum": [1, 2]}},
        "required": ["a"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("value", "rules", "expected"),
    [
        ('"<x>"', {"x": ["p", " q ", "p"]}, {"type": "string", "enum": ["p", "q"]}),
        ('"<x> <x>"', {"x": ["p"]}, {"const": "p p"}),
        ('"<x>"', {"x": ["p", {"llm_fill": {"prompt": "w"}}]}, {"type": "string", "minLength": 1}),
        ('"<x>"', {"x": ["", {"llm_fill": {"prompt": "w"}}]}, {"type": "string"}),
        ("<x>", {"x": ["true", "false"]}, {"type": "boolean", "enum": [True, False]}),
        ("<x>", {"x": ["1", "1.0", "2.5"]}, {"type": "number", "enum": [1.0, 2.5]}),
        ("<x>", {"x": ["null", '"n"']}, {"enum": [None, "n"]}),
        ("<x>", {"x": ["1", ""]}, {"const": 1}),
        ("<x>", {"x": [""]}, {"not": {}}),
        ("<x>", {"x": ["<d><d><d>"], "d": list("123456789")}, {"type": "integer", "minimum": 111, "maximum": 999}),
        ("<x{1,3}>", {"x": ["1"]}, {"type": "array", "items": {"const": 1}, "minItems": 1, "maxItems": 3}),
        ("[]", {}, {"type": "array", "maxItems": 0}),
        (
            "[1, <x>]",
            {"x": ['"a"', '"b"']},
            {"type": "array", "prefixItems": [{"const": 1}, {"type": "string", "enum": ["a", "b"]}], "items": False,
             "minItems": 2, "maxItems": 2},
        ),
        (
            "[0, <x{0,2}>]",
            {"x": ["1"]},
            {"type": "array", "prefixItems": [{"const": 0}], "items": {"const": 1}, "minItems": 1, "maxItems": 3},
        ),
        (
            "[<x?>, 0]",
            {"x": ["1"]},
            {"type": "array", "items": {"anyOf": [{"const": 1}, {"const": 0}]}, "minItems": 1, "maxItems": 2},
        ),
    ],
)  # fmt: skip
def test_values_become_typed_properties(value: str, rules: dict[str, Any], expected: dict[str, Any]) -> None:
    assert property_of(value, **rules) == expected


def test_structures_that_a_constant_tells_apart_are_one_of() -> None:
    found = property_of("<x>", x=['{"kind": "a", "n": 1}', '{"kind": "b", "t": "x"}', "7"])
    assert len(found["oneOf"]) == 3


def test_structures_that_overlap_are_any_of() -> None:
    found = property_of("<x>", x=['{"n": <n>}', '{"n": <m>}'], n=["1", "2"], m=["2", "3"])
    assert len(found["anyOf"]) == 2
    assert jsonschema_rs.is_valid(found, {"n": 2})


def test_recursion_is_a_reference_into_the_definitions() -> None:
    rules = {"s": ["<tree>"], "tree": ['{"v": <v>, "kids": [<tree{0,2}>]}'], "v": ["1", "2"]}
    schema = schema_of(rules)
    assert schema["$ref"] == "#/$defs/tree"
    assert schema["$defs"]["tree"]["properties"]["kids"]["items"] == {"$ref": "#/$defs/tree"}
    rows = samples(rules)
    assert any(row["kids"] and row["kids"][0]["kids"] for row in rows)
    assert all(jsonschema_rs.is_valid(schema, row) for row in rows)
    assert not jsonschema_rs.is_valid(schema, {"v": 1, "kids": [{"v": 3, "kids": []}]})


def test_a_recursive_start_and_names_beyond_ascii_are_referable() -> None:
    rules = {"s": ['{"a": <s?>, "b": <größe>, "c": <größe>}'], "größe": ['{"v": 1}']}
    schema = schema_of(rules)
    assert set(schema["$defs"]) == {"s", "größe"}
    assert all(jsonschema_rs.is_valid(schema, row) for row in samples(rules))


def test_a_grammar_bomb_of_records_gives_a_small_schema() -> None:
    rules: dict[str, Any] = {f"n{i}": [f'{{"l": <n{i + 1}?>, "r": <n{i + 1}?>}}'] for i in range(60)}
    schema = schema_of({"s": ["<n0>"], **rules, "n60": ["1"]})
    assert len(json.dumps(schema)) < 20_000
    chain: dict[str, Any] = {f"n{i}": [f'{{"l": <n{i + 1}?>}}'] for i in range(600)}
    assert len(schema_of({"s": ["<n0>"], **chain, "n600": ["1"]})["$defs"]) > 10


def test_texts_have_a_schema_only_where_they_can_be_listed() -> None:
    assert schema_of({"s": ["a <b>"], "b": ["x", "y"]}) == {"type": "string", "enum": ["a x", "a y"]}
    digits = {"s": ["<d><d><d>"], "d": list("0123456789")}
    assert derive_schema(parse_grammar({"start": "s", "rules": digits})) is None
    limit = {"s": [str(i) for i in range(256)]}
    assert len(schema_of(limit)["enum"]) == 256
    assert derive_schema(parse_grammar({"start": "s", "rules": {"s": [*limit["s"], "256"]}})) is None


VALUES = st.sampled_from(
    [
        '"fixed"',
        '"<word>"',
        '"<word> and <word>"',
        "<number>",
        "<flag>",
        "<number{1,2}>",
        "[<flag>, <flag>]",
        "<inner>",
    ]
)
OPTIONAL = st.sampled_from(["<number?>", "<inner?>", "<mixed?>", "<maybe>"])
RULES = {
    "word": ["red", "blue", "green"],
    "number": ["1", "2", "3"],
    "flag": ["true", "false"],
    "inner": ['{"kind": "one", "word": "<word>"}', '{"kind": "two", "n": <number>, "more": <inner?>}'],
    "mixed": ["<number>", '"text"', '{"w": "<word>"}'],
    "maybe": ["5", ""],
}


@st.composite
def record_rules(draw: st.DrawFn) -> dict[str, Any]:
    starts = []
    for i in range(draw(st.integers(1, 2))):
        fields = draw(st.lists(st.one_of(VALUES, OPTIONAL), min_size=1, max_size=4))
        items = [f'"f{j}": {value}' for j, value in enumerate(fields)]
        starts.append("{" + ", ".join([f'"type": "t{i}"', *items]) + "}")
    return {"s": starts, **RULES}


def mutations(schema: dict[str, Any], record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each record that differs in one top-level place and shouldn't be accepted."""
    branches = schema.get("oneOf", [schema])
    (branch,) = [b for b in branches if b["properties"]["type"] == {"const": record["type"]}]
    yield record | {"unknown": 1}
    for key, value in record.items():
        if key in branch["required"]:
            yield {k: v for k, v in record.items() if k != key}
        wrong_type = "no such text" if isinstance(value, int | dict | list) else {"no": "such object"}
        yield record | {key: wrong_type}
        if isinstance(value, str):
            yield record | {key: value + "~"}
        elif isinstance(value, list):
            yield record | {key: [*value, 99]}
        elif isinstance(value, dict):
            yield record | {key: value | {"unknown": 1}}
        elif not isinstance(value, bool):
            yield record | {key: value + 1000}


@given(record_rules(), st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_every_sample_is_valid_and_every_single_mutation_is_not(rules: dict[str, Any], seed: int) -> None:
    schema = schema_of(rules)
    jsonschema_rs.meta.validate(schema)
    validator = jsonschema_rs.validator_for(schema)
    for record in samples(rules, 5, seed):
        assert validator.is_valid(record)
        for mutated in mutations(schema, copy.deepcopy(record)):
            assert not validator.is_valid(mutated), mutated
