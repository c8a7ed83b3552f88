"""The schema validator: a row passes when its JSON satisfies the schema, strictly and without repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jsonschema_rs

from datagen_core.config import InputPath, missing_file
from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_schema.compile import compile_schema, describes_text, json_path
from datagen_plugin_schema.config import SchemaConfig
from datagen_plugin_schema.strict_json import parse, require_json

_MAX_EVIDENCE_CHARS = 200
_PASSED = Verdict(passed=True, score=1.0)


class Schema(Validator[SchemaConfig]):
    """Score 1.0 for a row that satisfies the schema, else 0.0 and a reason.

    Reasons: `not_json` (the text isn't strict JSON, or a field isn't a JSON value), `schema_violation` (measured:
    the path in the row, threshold: the keyword broken, evidence: the first message), `missing_field` (the row
    has no such part).

    A schema whose instances are strings (`type: string`, an `enum` of strings, alternatives of such) describes
    the text itself; any other describes the JSON value that the text holds.

    Raises:
        InputError: no schema anywhere, an unreadable or invalid one, or one that refers outside itself.
    """

    def __init__(self, config: SchemaConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._schema, self._place = _find_schema(config, inputs)
        self._compile()

    def _compile(self) -> None:
        self._validator = compile_schema(self._schema, self._place, check_formats=self.config.check_formats)
        self._is_text = describes_text(self._schema)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_validator"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._compile()

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe has a schema, or its arms' grammars imply one."""
        if inputs.json_schema is None:
            return None
        return Suggestion(why="the rows have a JSON Schema")

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        return [self._judge(sample) for sample in samples]

    def notices(self) -> Sequence[str]:
        """A sentence when the schema uses a `format` that nothing here can check."""
        if not self.config.check_formats:
            return ()
        try:
            compile_schema(self._schema, self._place, check_formats=True, known_formats_only=True)
        except InputError as error:
            return (f"schema: {error.message}; rows aren't checked against it",)
        return ()

    def _judge(self, sample: Sample) -> Verdict:
        name = self.config.field
        if name != "fields" and sample.text_of(name) is None:
            evidence = f"the row has: {', '.join(sample.field_names())}"
            return Verdict(
                passed=False, score=0.0, reason="missing_field", threshold=name, evidence=_cut(evidence)
            )
        try:
            instance = self._instance(sample)
            error = (
                None if self._validator.is_valid(instance) else next(self._validator.iter_errors(instance))
            )
        except ValueError as problem:  # NotJson, or a value that the library can't read
            return Verdict(passed=False, score=0.0, reason="not_json", evidence=_cut(str(problem)))
        return _PASSED if error is None else _violation(error)

    def _instance(self, sample: Sample) -> Any:
        value = self._part(sample)
        if isinstance(value, str) and not self._is_text:
            return parse(value)
        require_json(value)
        return value

    def _part(self, sample: Sample) -> Any:
        name = self.config.field
        if name == "fields":
            return dict(sample.fields) if sample.fields and not self._is_text else sample.response
        return sample.fields[name] if name in sample.fields else sample.text_of(name)


def _violation(error: jsonschema_rs.ValidationError) -> Verdict:
    return Verdict(
        passed=False,
        score=0.0,
        reason="schema_violation",
        measured=json_path(error.instance_path),
        threshold=error.kind.name,
        evidence=_cut(error.message),
    )


def _find_schema(config: SchemaConfig, inputs: Inputs) -> tuple[dict[str, Any], str]:
    """The schema and where it came from."""
    if isinstance(config.json_schema, InputPath):
        return _read(config.json_schema), str(config.json_schema.path)
    if config.json_schema is not None:
        return dict(config.json_schema), "json_schema of the schema validator"
    if inputs.json_schema is not None:
        return dict(inputs.json_schema), "the recipe's schema"
    raise InputError(
        "no JSON Schema to check rows against",
        where="schema",
        expected="a schema in the recipe, a grammar to derive one from, or `json_schema:` here",
        hint="give one: `with: {json_schema: schema.json}`, or remove the schema validator",
    )


def _read(source: InputPath) -> dict[str, Any]:
    if not source.path.is_file():
        raise missing_file(source)
    try:
        schema = parse(source.path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(source.path)) from error
    except ValueError as error:
        raise InputError(
            f"not JSON: {error}", where=str(source.path), expected="one JSON Schema, UTF-8"
        ) from None
    if not isinstance(schema, dict):
        raise InputError(
            f"the file holds a {type(schema).__name__}, not an object",
            where=str(source.path),
            expected="a JSON Schema object",
        )
    return schema


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_EVIDENCE_CHARS else text[: _MAX_EVIDENCE_CHARS - 1] + "…"
