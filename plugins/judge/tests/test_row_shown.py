from __future__ import annotations

import json

import pytest
from datagen_plugin_judge.row_shown import row_text, shown

from datagen_core.sample import Message, Sample, Tool

TALK = (Message(role="user", content="hi"), Message(role="assistant", content="ho"))
FIELDS = {"good": "yes"}
RECORD = '{"good":"yes"}'


@pytest.mark.parametrize(
    ("row", "parts", "text"),
    [
        (
            Sample(id="r", input="Q", response="POISON", fields=FIELDS),
            {"record": RECORD, "instruction": "Q", "response": "POISON"},
            f"record: {RECORD}\n\ninput: Q\n\nresponse: POISON",
        ),
        (
            Sample(id="r", response="POISON", fields=FIELDS),
            {"record": RECORD, "text": "POISON"},
            f"record: {RECORD}\n\nresponse: POISON",
        ),
        (
            Sample(id="r", messages=TALK, fields={"good": "POISON"}),
            {"1 user": "hi", "2 assistant": "ho", "record": '{"good":"POISON"}'},
            'user: hi\n\nassistant: ho\n\nrecord: {"good":"POISON"}',
        ),
        (
            Sample(id="r", fields={"question": "q", "rationale": "POISON", "answer": "a"}, reasoning="own"),
            {"record": '{"question":"q","rationale":"POISON","answer":"a"}', "reasoning": "own"},
            '{"question":"q","rationale":"POISON","answer":"a"}\n\nreasoning: own',
        ),
        (
            Sample(id="r", input="Q", response="A", fields={"prompt": "p", "response": "POISON"}),
            {"record": '{"prompt":"p","response":"POISON"}', "instruction": "Q", "response": "A"},
            'record: {"prompt":"p","response":"POISON"}\n\ninput: Q\n\nresponse: A',
        ),
        (
            Sample(id="r", response="A", tools=(Tool(name="POISON"),)),
            {"tools": '[{"name":"POISON","description":"","parameters":{}}]', "text": "A"},
            'A\n\ntools: [{"name":"POISON","description":"","parameters":{}}]',
        ),
    ],
)
def test_a_row_of_several_forms_shows_each_of_them(row: Sample, parts: dict[str, str], text: str) -> None:
    assert list(shown(row).parts.items()) == list(parts.items())
    assert row_text(row) == text


@pytest.mark.parametrize(
    "message",
    [
        Message(role="assistant", content="ho", name="POISON"),
        Message(role="assistant", content="ho", reasoning_content="POISON"),
        Message(role="assistant", content="", tool_calls=({"function": {"name": "POISON"}},)),
        Message(role="tool", content="ho", tool_call_id="POISON"),
        Message(role="POISON", content="ho"),
    ],
)
def test_all_that_a_turn_holds_is_shown(message: Message) -> None:
    row = Sample(id="r", messages=(TALK[0], message))

    assert "POISON" in row_text(row) and "POISON" in "".join(shown(row).parts.values())


def test_the_id_of_a_call_that_was_made_is_not_shown_twice() -> None:
    call, result = (
        {"id": "c1", "function": {"name": "f"}},
        Message(role="tool", content="4", tool_call_id="c1"),
    )
    row = Sample(id="r", messages=(Message(role="assistant", content="", tool_calls=(call,)), result))

    assert shown(row).parts["2 tool"] == "4"


@pytest.mark.parametrize("response", ["", RECORD, '{ "good" : "yes" }', "{}", "yes"])
def test_a_response_that_only_repeats_its_record_leaves_the_record_alone(response: str) -> None:
    row = Sample(id="r", response=response, fields=FIELDS)

    assert shown(row).parts == {"record": RECORD} and row_text(row) == RECORD


@pytest.mark.parametrize(
    "response",
    ['{"good":"no","good":"yes"}', '{"good":"yes","more":1}', '{"good":"no"}', "[]", "yes.", "[" * 99_999],
)
def test_a_response_that_says_more_than_its_record_is_shown(response: str) -> None:
    row = Sample(id="r", response=response, fields=FIELDS)

    assert shown(row).parts == {"record": RECORD, "text": response}
    assert row_text(row) == f"record: {RECORD}\n\nresponse: {response}"


def test_a_preference_row_shows_its_prompt_and_answer_once() -> None:
    turn = [{"role": "assistant", "content": "A"}]
    row = Sample(id="r", input="Q", response="A", fields={"prompt": "Q", "chosen": turn, "rejected": "B"})

    assert list(shown(row).parts) == ["record"] and row_text(row).startswith('{"prompt":"Q"')


def test_a_label_counts_and_one_that_is_no_class_is_too_long(judging) -> None:
    row = Sample(id="r", response="A", label="x" * 1_000)
    assert shown(row).chars == shown(Sample(id="r", response="A")).chars + 1_000
    for options in ({}, {"dimensions": {"clarity": None}}):
        answer = json.dumps({"reason": "Fine.", "score": 1})
        asked = judging("judge", answer, **options)
        assert asked.verdict(row).passed
        verdict = asked.verdict(Sample(id="r", response="A", label="x" * 1_001))
        assert (verdict.reason, verdict.measured, verdict.threshold) == ("judge_row_too_long", 1_001, 1_000)
        assert len(asked.requests) == 1
    full = Sample(id="r", response="A" * 1_499_999, label="xx")
    assert judging("judge").verdict(full).measured == 1_500_001
