"""What a row is: a text, a pair, or a record of a JSON Schema of which a part is known beforehand."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.llm.structured import AnswerSchema
from datagen_core.nothing import EMPTY
from datagen_plugin_naive.schema_parts import (
    compiled,
    describes_text,
    label_property,
    label_value,
    part,
    properties_of,
    typed,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The parts of a row, by the names that `GenerateRequest.sample` takes; or a reason code and what is wrong."""

    parts: Mapping[str, Any] = EMPTY
    reason: str = ""
    error: str = ""


class Form(ABC):
    """One kind of row.

    Attributes:
        asked: What the model's answer must satisfy.
        properties: Of a record.
        label_property: The property of a record that is its label.
    """

    asked: AnswerSchema
    properties: Mapping[str, Any] = EMPTY
    label_property: str | None = None

    @abstractmethod
    def written(self, answer: Any, given: Mapping[str, Any]) -> Written:
        """The row that an answer makes."""

    def schema(self, *, is_sent_along: bool) -> str:
        """The JSON Schema that a prompt should show, or "".

        Args:
            is_sent_along: Whether the provider is given that of the answer: some check it and don't show it to
                the model, and bounds on length are mostly ignored. Else the door writes it into the prompt.
        """
        return ""

    def given(self, label: str | None, cells: Mapping[str, Any]) -> dict[str, Any]:
        """What of the row is known before anything is asked."""
        return {}

    def misfit(self, given: Mapping[str, Any]) -> str:
        """What is wrong with it; "" if nothing."""
        return ""


class Text(Form):
    """A text; a schema of strings may bound it."""

    def __init__(self, schema: Mapping[str, Any] | None = None) -> None:
        self.asked = _texts(text="the row")
        self._whole = None if schema is None else compiled(schema)

    def schema(self, *, is_sent_along: bool) -> str:
        """That of the text."""
        return dumps(self._whole.schema) if self._whole else ""

    def written(self, answer: Any, given: Mapping[str, Any]) -> Written:
        """White space around the text is no part of it."""
        text = answer["text"].strip()
        if not text:
            return Written(reason="empty_answer", error="the text is empty")
        wrong = self._whole.violation(text) if self._whole else ""
        return Written(parts={"response": text}, reason="schema_violation" if wrong else "", error=wrong)


class Pair(Form):
    """An input and the response to it."""

    def __init__(self) -> None:
        self.asked = _texts(input="what is said or asked", response="the response to it")

    def written(self, answer: Any, given: Mapping[str, Any]) -> Written:
        """White space around the texts is no part of them."""
        parts = {name: answer[name].strip() for name in ("input", "response")}
        empty = next((name for name, text in parts.items() if not text), "")
        if empty:
            return Written(reason="empty_answer", error=f"the {empty} is empty")
        return Written(parts=parts)


class Record(Form):
    """A record: given properties are copied, the others asked for.

    Args:
        schema: Of the whole record.
        labels: The job's; a property whose values are just these is given.
        filled: The properties that the dataset fills.

    Raises:
        InputError: an invalid schema, a filled property that it doesn't have, or nothing left to ask for.
    """

    def __init__(self, schema: Mapping[str, Any], labels: Sequence[str], filled: Sequence[str]) -> None:
        self._schema, self.properties = schema, properties_of(schema)
        self.label_property = label_property(schema, labels)
        for name in filled:
            if name not in self.properties:
                raise InputError(
                    f"the JSON Schema has no property {name!r} for the dataset to fill",
                    where="task_input.dataset_fields",
                    expected=f"one of the properties {', '.join(self.properties) or '(none)'}",
                    hint="name the property as json_schema does, or take it out of dataset_fields",
                )
        known = {*filled, *([self.label_property] if self.label_property else [])}
        left = [name for name in self.properties if name not in known]
        if known and not left:
            raise InputError(
                "every property of the JSON Schema is known beforehand: nothing is left to write",
                where="json_schema",
                expected="a property that neither the dataset nor the label fills",
                hint="take one out of task_input: {dataset_fields: …}, or add the wanted one to json_schema",
            )
        self._whole = compiled(schema)
        self._known = compiled(part(schema, known)) if known else None
        self.asked = compiled(part(schema, left)) if known else self._whole

    def schema(self, *, is_sent_along: bool) -> str:
        """That of what is asked for."""
        return dumps(self.asked.schema) if is_sent_along else ""

    def given(self, label: str | None, cells: Mapping[str, Any]) -> dict[str, Any]:
        """The label, and the dataset's cells, which count where both fill one property."""
        given = {}
        if self.label_property is not None and label is not None:
            given[self.label_property] = label_value(self._schema, self.label_property, label)
        return given | {name: typed(value, self._schema, name) for name, value in cells.items()}

    def misfit(self, given: Mapping[str, Any]) -> str:
        """What the schema has against the given properties."""
        return self._known.violation(dict(given)) if self._known else ""

    def written(self, answer: Any, given: Mapping[str, Any]) -> Written:
        """The record in the order of its schema's properties; the response is the same as JSON."""
        if isinstance(answer, dict):
            found = {**answer, **given}
            answer = {name: found.pop(name) for name in self.properties if name in found} | found
        wrong = self._whole.violation(answer) if given else ""
        if wrong:
            return Written(reason="schema_violation", error=wrong)
        fields = answer if isinstance(answer, dict) else EMPTY
        return Written(parts={"response": json.dumps(answer, ensure_ascii=False), "fields": fields})


def form_of(inputs: Inputs, *, output: str, filled: Sequence[str]) -> Form:
    """The form that the recipe's JSON Schema wants; without one `text` or `pair`.

    Raises:
        InputError: see `Record`; a pair where there is a schema.
    """
    schema = inputs.json_schema
    if schema is None:
        return Pair() if output == "pair" else Text()
    if output == "pair":
        raise InputError(
            "output: pair doesn't go with a json_schema",
            where="with.output",
            expected="one of them: a schema, the recipe's own or that of its grammar, says what a row is",
            hint="leave out output:, or json_schema:",
        )
    return Text(schema) if describes_text(schema) else Record(schema, inputs.labels, filled)


def _texts(**described: str) -> AnswerSchema:
    properties = {name: {"type": "string", "description": text} for name, text in described.items()}
    return AnswerSchema(
        {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    )
