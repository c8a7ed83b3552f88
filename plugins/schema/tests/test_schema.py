from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_schema.config import SchemaConfig
from datagen_plugin_schema.schema import Schema
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.config import InputPath
from datagen_core.errors import InputError
from datagen_core.sample import Sample, Verdict
from datagen_core.testing import make_inputs, make_samples

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "age": {"type": "integer", "minimum": 0},
        "mail": {"type": "string", "format": "email"},
        "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
    },
    "required": ["name"],
    "additionalProperties": False,
}
PASSED = Verdict(passed=True, score=1.0)


def validator(schema: Any = PERSON, **options: Any) -> Schema:
    return Schema(SchemaConfig(json_schema=schema, **options), make_inputs())


def judge(sample: Sample | str, schema: Any = PERSON, **options: Any) -> Verdict:
    row = Sample(id="r0", response=sample) if isinstance(sample, str) else sample
    return validator(schema, **options).validate([row])[0]


@pytest.mark.parametrize(
    "text", ['{"name": "Ana"}', ' {"name": "我", "age": 3}\n', '{"name": "علي", "tags": []}']
)
def test_a_response_that_satisfies_the_schema_passes(text: str) -> None:
    assert judge(text) == PASSED


@pytest.mark.parametrize(
    ("value", "path", "keyword"),
    [
        ({}, "$", "required"),
        ([], "$", "type"),
        ({"name": ""}, "$.name", "minLength"),
        ({"name": "A", "age": "3"}, "$.age", "type"),
        ({"name": "A", "age": -1}, "$.age", "minimum"),
        ({"name": "A", "tags": ["a", "c"]}, "$.tags[1]", "enum"),
        ({"name": "A", "nick": "B"}, "$", "additionalProperties"),
        ({"name": "A", "mail": "nobody"}, "$.mail", "format"),
    ],
)
def test_a_violation_says_where_and_which_keyword(value: Any, path: str, keyword: str) -> None:
    verdict = judge(json.dumps(value))
    assert (verdict.passed, verdict.score, verdict.reason) == (False, 0.0, "schema_violation")
    assert (verdict.measured, verdict.threshold) == (path, keyword)
    assert verdict.evidence


def test_evidence_is_cut_at_200_characters() -> None:
    evidence = judge(json.dumps({"name": "A", "age": "x" * 1_000_000})).evidence
    assert evidence is not None and len(evidence) == 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json here",
        '{"name": "A",}',
        '{"name": NaN}',
        '```json\n{"name": "A"}\n```',
        "[" * 10_000 + "]" * 10_000,
        '{"name": "A", "name": "B"}',
        '{"name": "\\ud800"}',
    ],
)
def test_a_response_that_is_not_json_is_rejected_and_not_repaired(text: str) -> None:
    verdict = judge(text)
    assert (verdict.passed, verdict.score, verdict.reason) == (False, 0.0, "not_json")
    assert verdict.evidence


def test_the_fields_of_a_row_come_before_its_response() -> None:
    assert judge(Sample(id="r0", response="some text", fields={"name": "A"})) == PASSED
    assert judge(Sample(id="r0", response='{"name": "A"}', fields={"age": 3})).reason == "schema_violation"


def test_fields_that_json_can_not_hold_are_rejected() -> None:
    assert judge(Sample(id="r0", fields={"name": float("nan")}), schema={}).reason == "not_json"
    assert judge(Sample(id="r0", fields={"name": {1, 2}}), schema={}).reason == "not_json"
    assert judge(Sample(id="r0", fields={"name": {1: 2}}), schema={"const": {}}).reason == "not_json"


def test_a_named_part_is_judged_as_json_text_or_as_the_value_it_is() -> None:
    row = Sample(id="r0", input='{"name": "A"}', fields={"person": {"name": "A"}, "text": '{"name": ""}'})
    assert judge(row, field="input") == PASSED
    assert judge(row, field="person") == PASSED
    assert judge(row, field="text").measured == "$.name"


def test_a_row_without_the_named_part_is_rejected() -> None:
    verdict = judge(Sample(id="r0", fields={"name": "A"}), field="person")
    assert (verdict.passed, verdict.reason, verdict.threshold) == (False, "missing_field", "person")
    assert verdict.evidence is not None and "name" in verdict.evidence


def test_a_schema_of_strings_describes_the_response_itself() -> None:
    schema = {"type": "string", "pattern": "^[a-z ]+$"}
    assert judge("plain words", schema) == PASSED
    assert judge('"plain words"', schema).reason == "schema_violation"
    assert judge(Sample(id="r0", response="plain words", fields={"slot": "X"}), schema) == PASSED
    assert judge("", {"type": "string", "minLength": 1}).threshold == "minLength"
    assert judge("\ud800", {"type": "string"}).reason == "not_json"


def test_string_lengths_count_characters_of_any_script() -> None:
    for text in ("我要听", "اسم", "กขค", "a我ก"):
        assert judge(text, {"type": "string", "minLength": 3, "maxLength": 3}) == PASSED


def test_formats_are_checked_unless_switched_off() -> None:
    text = '{"name": "A", "mail": "nobody"}'
    assert judge(text).threshold == "format"
    assert judge(text, check_formats=False) == PASSED


def test_a_format_that_can_not_be_checked_is_announced() -> None:
    assert validator().notices() == ()
    (notice,) = validator({"format": "emial"}).notices()
    assert "emial" in notice
    assert validator({"format": "emial"}, check_formats=False).notices() == ()


def test_a_pattern_that_backtracks_without_end_is_a_violation_not_a_hang() -> None:
    schema = {"type": "string", "pattern": r"^(?!x)(a|a)*\1c$"}
    assert judge("a" * 5000, schema).threshold == "pattern"


def test_without_a_schema_of_its_own_it_takes_the_one_of_the_inputs() -> None:
    inputs = make_inputs(json_schema={"type": "array"})
    rows = make_samples(["[]", "{}"])
    assert [v.passed for v in Schema(SchemaConfig(), inputs).validate(rows)] == [True, False]
    own = Schema(SchemaConfig(json_schema={"type": "object"}), inputs)
    assert [v.passed for v in own.validate(rows)] == [False, True]


def test_no_schema_anywhere_is_an_error_with_a_way_out() -> None:
    with pytest.raises(InputError, match="no JSON Schema") as raised:
        Schema(SchemaConfig(), make_inputs())
    assert raised.value.hint is not None and "json_schema" in raised.value.hint


def test_an_invalid_schema_is_an_error_that_names_where_it_came_from() -> None:
    with pytest.raises(InputError) as raised:
        Schema(SchemaConfig(), make_inputs(json_schema={"properties": {"a": {"type": "strin"}}}))
    assert raised.value.where == "the recipe's schema, at $.properties.a.type"


def test_a_schema_is_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps(PERSON))
    source = InputPath("s.json", tmp_path)
    assert judge('{"name": "A"}', source) == PASSED
    assert judge("{}", source).threshold == "required"


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "not JSON"), (b"[]", "holds a list"), (b"\xff", "not JSON"), (None, "no file s.json")],
)
def test_a_file_that_holds_no_schema_is_an_error(content: bytes | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(InputError, match=message) as raised:
        validator(InputPath("s.json", tmp_path))
    assert str(tmp_path) in str(raised.value.where)


def test_the_validator_pickles() -> None:
    made = validator()
    rows = make_samples(['{"name": "A"}', "{}", "x"])
    assert pickle.loads(pickle.dumps(made)).validate(rows) == made.validate(rows)


def test_a_megabyte_and_duplicates_are_judged_row_by_row() -> None:
    big = json.dumps({"name": "我" * 1_000_000})
    assert validator().validate(make_samples([big, big, "{}", "{}"]))[0] == PASSED


@given(
    st.lists(
        st.text(alphabet=st.characters(), max_size=30)
        | st.sampled_from(['{"name": "A"}', "{}", '{"name": 1}', "NaN", '{"name": "ฟังเพลง"}', "[[["]),
        max_size=6,
    )
)
@settings(max_examples=50, deadline=None)
def test_each_verdict_is_well_formed_and_depends_on_its_row_alone(texts: list[str]) -> None:
    rows, judged = make_samples(texts), validator()
    verdicts = list(judged.validate(rows))
    assert [judged.validate([row])[0] for row in rows] == verdicts
    for verdict in verdicts:
        assert verdict.passed == (verdict.score == 1.0) == (verdict.reason is None)
        assert verdict.score in (0.0, 1.0)


@given(st.integers(), st.integers(0, 100))
@settings(max_examples=50, deadline=None)
def test_a_minimum_passes_exactly_the_numbers_at_or_above_it(value: int, minimum: int) -> None:
    passed = judge(str(value), {"type": "integer", "minimum": minimum}).passed
    assert passed == (value >= minimum)
