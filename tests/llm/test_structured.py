from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import BaseModel

from datagen_core.errors import DatagenError
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer, ask
from datagen_core.model import ChatRequest, Choice, Reply
from datagen_core.testing.scripted_model import ScriptedModel, chat, reply
from datagen_core.testing.virtual_time import in_virtual_time

SCHEMA = AnswerSchema(
    {
        "type": "object",
        "properties": {"text": {"type": "string"}, "score": {"type": "integer", "minimum": 1, "maximum": 5}},
        "required": ["text", "score"],
        "additionalProperties": False,
    }
)
GOOD = '{"text": "A cat sat.", "score": 4}'
VALUE = {"text": "A cat sat.", "score": 4}

READ = {
    "plain": (GOOD, ()),
    "white space around": (f"\n\n  {GOOD}\n", ()),
    "pretty printed": ('{\n  "text": "A cat sat.",\n  "score": 4\n}', ()),
    "escapes": ('{"text": "A cat s\\u0061t.", "score": 4}', ()),
    "json fence": (f"```json\n{GOOD}\n```", ("unwrapped",)),
    "bare fence": (f"```\n{GOOD}\n```", ("unwrapped",)),
    "JSON fence, windows lines": (f"```JSON\r\n{GOOD}\r\n```", ("unwrapped",)),
    "fence with chatter": (f"Sure! Here you go:\n```json\n{GOOD}\n```\nHope it helps!", ("unwrapped",)),
    "chatter before": (f"Here is the JSON: {GOOD}", ("unwrapped",)),
    "chatter after": (f"{GOOD}\n\nLet me know if you need more.", ("unwrapped",)),
    "thoughts before": (f"<think>score 4 seems fair</think>\n{GOOD}", ("unwrapped",)),
    "the same object twice": (f"{GOOD}\n{GOOD}", ("unwrapped",)),
    "another language around": (f"以下是结果：{GOOD}。希望有帮助", ("unwrapped",)),
    "a python block and a json block": (f"```python\nprint(1)\n```\n```json\n{GOOD}\n```", ("unwrapped",)),
    "a list and the object": (f"[1] cites a paper. {GOOD}", ("unwrapped",)),
    "trailing comma": ('{"text": "A cat sat.", "score": 4,}', ("json_repair",)),
    "single quotes": ("{'text': 'A cat sat.', 'score': 4}", ("json_repair",)),
    "bare keys": ('{text: "A cat sat.", score: 4}', ("json_repair",)),
    "missing brace": ('{"text": "A cat sat.", "score": 4', ("json_repair",)),
    "comment": ('{"text": "A cat sat.", "score": 4 // fair\n}', ("json_repair",)),
    "missing comma": ('{"text": "A cat sat."\n "score": 4}', ("json_repair",)),
    "broken in a fence": ('```json\n{"text": "A cat sat.", "score": 4,}\n```', ("json_repair",)),
    "fence never closed": (f"```json\n{GOOD[:-1]},}}", ("json_repair",)),
}

REFUSED = {
    "empty": ("", "stop", "empty_answer"),
    "white space": (" \n ", "stop", "empty_answer"),
    "refusal": ("I'm sorry, but I can't help with that.", "stop", "not_json"),
    "refusal in another language": ("Lo siento, no puedo ayudar con eso.", "stop", "not_json"),
    "filtered": ("", "content_filter", "refused"),
    "cut off by max_tokens": ('{"text": "A cat sat on the', "length", "truncated_answer"),
    "whole but marked as cut off": (GOOD, "length", "truncated_answer"),
    "half a string": ('{"text": "A cat sat on the', "stop", "truncated_answer"),
    "half a key": ('{"text": "A cat.", "sco', "stop", "truncated_answer"),
    "half an object": ('{"text": "A cat sat.",', "stop", "schema_violation"),
    "wrong keys": ('{"content": "A cat sat.", "rating": 4}', "stop", "schema_violation"),
    "keys in another language": ('{"texto": "Un gato.", "nota": 4}', "stop", "schema_violation"),
    "an extra key": ('{"text": "A cat sat.", "score": 4, "why": "nice"}', "stop", "schema_violation"),
    "a score out of range": ('{"text": "A cat sat.", "score": 8}', "stop", "schema_violation"),
    "a score in words": ('{"text": "A cat sat.", "score": "4"}', "stop", "schema_violation"),
    "a list around it": (f"[{GOOD}]", "stop", "schema_violation"),
    "the schema itself": ('{"type": "object", "properties": {}}', "stop", "schema_violation"),
    "null": ("null", "stop", "schema_violation"),
    "a number": ("4", "stop", "schema_violation"),
    "two different objects": (f'{GOOD}\n{{"text": "A dog.", "score": 1}}', "stop", "ambiguous_json"),
    "two fences that differ": (
        f'```json\n{GOOD}\n```\n```json\n{{"text": "A dog.", "score": 1}}\n```',
        "stop",
        "ambiguous_json",
    ),
    "prose with braces": ("Use {name} for the name.", "stop", "not_json|schema_violation"),
    "deep nesting": ("[" * 100_000, "stop", "not_json"),
    "a key twice": ('{"text": "A", "score": 1, "score": 5}', "stop", "ambiguous_json"),
    "infinity": ('{"text": "A cat sat.", "score": Infinity}', "stop", "schema_violation|not_json"),
    "html": ("<html><body>502 Bad Gateway</body></html>", "stop", "not_json"),
}


def test_there_are_enough_shapes() -> None:
    assert len(READ) + len(REFUSED) >= 45


@pytest.mark.parametrize("shape", READ)
def test_an_answer_is_read(shape: str) -> None:
    text, repairs = READ[shape]
    parsed = SCHEMA.parse(Choice(text=text))
    assert (parsed.value, parsed.reason) == (VALUE, "")
    assert parsed.repairs == repairs


@pytest.mark.parametrize("shape", REFUSED)
def test_an_answer_that_isnt_what_was_asked_for_is_refused_with_its_reason(shape: str) -> None:
    text, finish_reason, reasons = REFUSED[shape]
    parsed = SCHEMA.parse(Choice(text=text, finish_reason=finish_reason))
    assert parsed.value is None
    assert parsed.reason in reasons.split("|")
    assert parsed.error


def asked(answers: list[Reply | str], **options: Any) -> tuple[StructuredAnswer, list[ChatRequest]]:
    model = ScriptedModel(lambda request, n: answers[n - 1])
    options = {"has_schema_mode": True, **options}
    answer = in_virtual_time(lambda: ask(lambda one: model.chat(one, timeout_s=1), chat(), SCHEMA, **options))
    return answer, model.requests


def test_a_wrong_answer_is_asked_for_once_more_with_the_error_shown() -> None:
    answer, requests = asked(['{"text": "A cat sat.", "score": 8}', GOOD])
    assert (answer.parsed.value, answer.attempts) == (VALUE, 2)
    assert [message.role for message in requests[1].messages] == ["user", "assistant", "user"]
    assert '"score": 8' in requests[1].messages[1].content
    assert "$.score" in requests[1].messages[2].content
    assert "8 is greater than the maximum of 5" in requests[1].messages[2].content


def test_two_wrong_answers_are_a_failure_with_the_last_ones_reason() -> None:
    answer, requests = asked(["no", '{"text": 1}', GOOD])
    assert (answer.parsed.reason, answer.attempts, len(requests)) == ("schema_violation", 2, 2)
    assert answer.text == '{"text": 1}'


def test_a_cut_off_answer_is_asked_for_once_more() -> None:
    answer, _ = asked([reply(GOOD[:12], finish_reason="length"), GOOD])
    assert (answer.parsed.value, answer.attempts) == (VALUE, 2)


def test_the_schema_goes_to_the_provider_where_it_has_a_mode_and_else_into_the_prompt() -> None:
    _, with_mode = asked([GOOD])
    assert with_mode[0].json_schema == SCHEMA.schema
    assert with_mode[0].messages[-1].content == "Say hello."
    _, without = asked([GOOD], has_schema_mode=False)
    assert without[0].json_schema is None
    assert '"minimum":1' in without[0].messages[-1].content


def test_a_pydantic_class_is_a_schema() -> None:
    class Row(BaseModel):
        text: str

    schema = AnswerSchema(Row)
    assert schema.parse(Choice(text='{"text": "a"}')).value == {"text": "a"}
    assert schema.parse(Choice(text="{}")).reason == "schema_violation"


def test_a_schema_that_isnt_one_is_said_to_be() -> None:
    with pytest.raises(DatagenError, match="JSON Schema for an answer isn't valid"):
        AnswerSchema({"type": "objekt"}).parse(Choice(text="{}"))


@pytest.mark.parametrize("library", ["json_repair", "jsonschema_rs"])
def test_a_missing_library_is_done_without_or_named(library: str) -> None:
    code = f"""
import sys; sys.modules[{library!r}] = None
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import Choice
schema = AnswerSchema({{"type": "object"}})
try:
    print(schema.parse(Choice(text='{{"a": 1,}}')).reason)
except Exception as error:
    print(type(error).__name__, error.hint)
"""
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()
    expected = {"json_repair": "not_json", "jsonschema_rs": "DatagenError pip install 'datagen-core[llm]'"}
    assert out == expected[library]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/other.json", "file:///etc/hostname"])
def test_a_schema_that_points_to_another_document_is_refused_and_nothing_is_fetched(address: str) -> None:
    with pytest.raises(DatagenError, match="isn't valid"):
        AnswerSchema({"$ref": address}).violation({})


@pytest.mark.parametrize(("depth", "reason"), [(500, "schema_violation"), (3000, "not_json")])
def test_a_reply_nested_too_deeply_is_a_violation_and_no_error(depth: int, reason: str) -> None:
    parsed = AnswerSchema({"type": "object"}).parse(Choice(text="[" * depth + "]" * depth))
    assert (parsed.value, parsed.reason) == (None, reason)


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "planted", "score": 5} was quoted in it. {"text": "mine", "score": 9}',
        'It says {"text": "planted", "score": 5}, which is worthless. {"text": "mine", "score": }',
        'It says {"text": "planted", "score": 5}. My answer: {"text": "mine"}',
    ],
)
def test_an_object_that_is_quoted_never_stands_for_the_answer(text: str) -> None:
    parsed = SCHEMA.parse(Choice(text=text, finish_reason="stop"))
    assert (parsed.value, parsed.reason) == (None, "ambiguous_json")
