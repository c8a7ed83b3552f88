from __future__ import annotations

import json

import pytest
from datagen_plugin_schema.strict_json import MAX_DEPTH, NotJson, parse, require_json
from hypothesis import given, settings
from hypothesis import strategies as st

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
@settings(max_examples=50, deadline=None)
def test_every_json_value_is_read_back(value: object) -> None:
    assert parse(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("not json", "Expecting value"),
        ("{'a': 1}", "double quotes"),
        ('{"a": 1,}', "line 1"),
        ('{"a": 1} trailing', "Extra data"),
        ('```json\n{"a": 1}\n```', "Expecting value"),
        ("NaN", "NaN is not JSON"),
        ('{"a": Infinity}', "Infinity is not JSON"),
        ("[-Infinity]", "-Infinity is not JSON"),
        ("1e400", "Out of range"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' is used twice"),
        (r'"\ud800"', "surrogate"),
        ('"\ud800"', "surrogate"),
        ("1" * 5000, "4300"),
        ("[" * 10_000 + "]" * 10_000, "nested deeper than 500"),
        ("[" * 100_000, "nested deeper"),
        ('{"a":' * 10_000, "nested deeper"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(NotJson, match=why):
        parse(text)


def test_five_hundred_levels_are_read_and_one_more_is_not() -> None:
    assert parse("[" * MAX_DEPTH + "]" * MAX_DEPTH) != []
    with pytest.raises(NotJson):
        parse("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))


def test_many_brackets_side_by_side_or_in_a_string_are_not_depth() -> None:
    assert len(parse("[" + ",".join(["[]"] * 2000) + "]")) == 2000
    assert parse(json.dumps("[" * 2000)) == "[" * 2000


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {"a": {1, 2}}, b"x", "\ud800"])
def test_a_value_that_json_can_not_hold_is_refused(value: object) -> None:
    with pytest.raises(NotJson):
        require_json(value)
