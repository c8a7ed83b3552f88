from __future__ import annotations

import math
import re
import socket
import threading
from datetime import date
from typing import Any

import pytest
from datagen_plugin_schema.compile import compile_schema, describes_text, json_path

from datagen_core.errors import InputError


def compile_it(schema: dict[str, Any]) -> Any:
    return compile_schema(schema, "here", check_formats=True)


@pytest.mark.parametrize(
    ("schema", "path", "message"),
    [
        ({"type": "objekt"}, "$.type", "objekt"),
        ({"properties": {"a": {"type": "strin"}}}, "$.properties.a.type", "strin"),
        ({"properties": {"a": {"minLength": -1}}}, "$.properties.a.minLength", "minimum of 0"),
        ({"allOf": [{}, {"pattern": "("}]}, "$.allOf[1].pattern", "regex"),
        ({"properties": {"a": {"$ref": "#/$defs/x"}}}, "$.properties.a.$ref", "#/$defs/x leads nowhere"),
        ({"items": {"$ref": "other.json"}}, "$.items.$ref", "never fetched"),
        ({"items": {"$ref": "file:///etc/hostname"}}, "$.items.$ref", "never fetched"),
        ({"$defs": {"a": {"$ref": "https://example.com/x#/y"}}}, "$.$defs.a.$ref", "never fetched"),
        ({"$id": "http://x.y/s", "$ref": "http://x.y/s#/$defs/z"}, "$.$ref", "leads nowhere"),
        ({"enum": ["a", date(2024, 1, 1)]}, "$.enum[1]", "is a date"),
        ({"properties": {"a": {"enum": [math.nan]}}}, "$.properties.a.enum[0]", "nan"),
        ({"properties": {True: {}}}, "$.properties", "the name True is a bool"),
    ],
)
def test_an_invalid_schema_is_refused_with_the_place_in_it(
    schema: dict[str, Any], path: str, message: str
) -> None:
    with pytest.raises(InputError) as raised:
        compile_it(schema)
    assert raised.value.where == f"here, at {path}"
    assert message in raised.value.message


def test_an_unknown_meta_schema_is_refused() -> None:
    with pytest.raises(InputError, match=re.escape("https://example.com/meta")):
        compile_it({"$schema": "https://example.com/meta"})


def test_a_remote_reference_opens_no_connection() -> None:
    """A listener counts: the library has its own network code, which patching Python's sockets wouldn't see."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/schema.json"
        with pytest.raises(InputError, match="never fetched"):
            compile_it({"$ref": url})
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


def test_the_listener_of_that_test_would_see_a_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        caller = threading.Thread(target=lambda: socket.create_connection(server.getsockname()).close())
        caller.start()
        caller.join()
        server.setblocking(False)
        server.accept()[0].close()


def test_a_reference_to_the_schema_s_own_id_is_local() -> None:
    schema = {
        "$id": "https://example.com/s",
        "$ref": "https://example.com/s#/$defs/a",
        "$defs": {"a": {"type": "string"}},
    }
    assert not compile_it(schema).is_valid(1)


def test_the_draft_is_the_one_named_and_2020_12_by_default() -> None:
    tuple_schema = {"prefixItems": [{"type": "string"}]}  # unknown to draft 7, which ignores it
    assert not compile_it(tuple_schema).is_valid([1])
    assert compile_it({"$schema": "http://json-schema.org/draft-07/schema#", **tuple_schema}).is_valid([1])


def test_a_huge_and_a_recursive_schema_work() -> None:
    many = {f"p{i}": {"type": "string", "maxLength": i} for i in range(2000)}
    assert not compile_it({"properties": many}).is_valid({"p3": "four"})
    tree = {
        "$ref": "#/$defs/node",
        "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}, "required": ["v"]}},
    }
    assert compile_it(tree).is_valid({"v": 1, "next": {"v": 2}})
    assert not compile_it(tree).is_valid({"v": 1, "next": {}})


def test_a_schema_nested_too_deep_is_an_error_not_a_crash() -> None:
    schema: dict[str, Any] = {}
    for _ in range(5000):
        schema = {"properties": {"a": schema}}
    with pytest.raises(InputError, match="Recursion limit"):
        compile_it(schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "minLength": 3}, True),
        ({"type": ["string"]}, True),
        ({"const": "yes"}, True),
        ({"enum": ["yes", "no"]}, True),
        ({"oneOf": [{"const": "a"}, {"type": "string", "pattern": "b"}]}, True),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {"const": "x"}}}, True),
        ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "string"}}}, True),
        ({"type": "object"}, False),
        ({"type": ["string", "null"]}, False),
        ({"enum": ["yes", 1]}, False),
        ({"oneOf": [{"const": "a"}, {"type": "object"}]}, False),
        ({}, False),
        ({"oneOf": [True]}, False),
        ({"$ref": "#"}, False),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}, False),
    ],
)
def test_a_schema_of_strings_only_describes_text(schema: dict[str, Any], expected: bool) -> None:
    assert describes_text(schema) is expected


def test_a_path_is_written_from_the_root() -> None:
    assert json_path([]) == "$"
    assert json_path(["items", 0, "name"]) == "$.items[0].name"
