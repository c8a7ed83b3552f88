"""Each consumer's rules find what is planted in a file, with its line, and nothing in files that are right."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from datagen_core.dataset_rows import sample_of
from datagen_core.errors import UsageError
from datagen_core.exporting import Exported, write_samples
from datagen_core.file_checking import check_file
from datagen_core.sample import Message, Sample

Export = Callable[..., Exported]

USER = {"role": "user", "content": "hi"}
ANSWER = {"role": "assistant", "content": "hello"}
HUMAN = {"from": "human", "value": "hi"}
GPT = {"from": "gpt", "value": "hello"}


def call(arguments: Any, **more: Any) -> dict[str, Any]:
    made = {"type": "function", "function": {"name": "f", "arguments": arguments}, **more}
    return {"role": "assistant", "content": "", "tool_calls": [made]}


def tool(**more: Any) -> dict[str, Any]:
    return {"role": "tool", "content": "4", "name": "f", **more}


def messages(*turns: Mapping[str, Any]) -> dict[str, Any]:
    return {"messages": list(turns)}


def conversations(*turns: Mapping[str, Any]) -> dict[str, Any]:
    return {"conversations": list(turns)}


PLANTED: list[tuple[str, Any, str]] = [
    # arguments and content
    ("trl", messages(USER, call('{"a": 1}')), "arguments of f are text, not an object"),
    ("openai", messages(USER, call({"a": 1}, id="x")), "arguments of f are an object, not text"),
    ("openai", messages(USER, call("{a}", id="x")), "arguments of f are no JSON object"),
    ("axolotl", messages(USER, call({"a": 1}, id="x")), "arguments of f are an object, not text"),
    ("llama-factory-openai", messages(USER, call('{"a": 1}')), "arguments of f are text, not an object"),
    (
        "llama-factory-openai",
        messages(USER, {"role": "assistant", "tool_calls": []}),
        "content is missing or null",
    ),
    ("chatml", messages(USER, {"role": "assistant", "content": None}), "content is missing or null"),
    # alternation
    ("trl", messages(ANSWER, USER, ANSWER), "turn 1: the conversation begins with the assistant"),
    ("trl", messages(USER, ANSWER, USER), "the last turn is of the user, not of the assistant"),
    ("chatml", messages(USER, USER, ANSWER), "turn 2: two turns of the user follow each other"),
    (
        "axolotl",
        messages(USER, {"role": "system", "content": "x"}, ANSWER),
        "a system message stands elsewhere",
    ),
    ("trl", messages(USER, {"role": "critic", "content": "x"}), "role is 'critic', not one of"),
    ("chatml", messages(USER, call({}, id="x"), USER, ANSWER), "a call of a tool has no answer"),
    ("chatml", messages(USER, ANSWER, tool(tool_call_id="x"), ANSWER), "a tool answers that wasn't called"),
    (
        "openai",
        messages(USER, call("{}", id="x"), tool(tool_call_id="y"), ANSWER),
        "'y' is no id of a call before it",
    ),
    ("openai", messages(USER, call("{}", id="x"), tool(), ANSWER), "tool_call_id is missing"),
    ("openai", messages(USER, call("{}")), "the call of f has no id"),
    ("openai", messages(USER, {**ANSWER, "weight": 2}), "weight is 0 or 1"),
    ("openai", messages(USER, {**ANSWER, "reasoning_content": "x"}), "unknown key 'reasoning_content'"),
    ("openai-rft", messages(USER, ANSWER), "the last turn is of the assistant, not of the user"),
    # ShareGPT
    ("llama-factory", conversations(HUMAN, HUMAN), "two turns of the user follow each other"),
    ("llama-factory", conversations(HUMAN, GPT, HUMAN), "the last turn is of the user"),
    ("llama-factory", conversations({"from": "user", "value": "x"}, GPT), "from is 'user', not one of"),
    ("sharegpt", conversations(HUMAN, {"from": "function_call", "value": "f()"}), "a call isn't an object"),
    ("unsloth", conversations({**HUMAN, "weight": 1}, GPT), "other keys than from and value"),
    ("unsloth", conversations(HUMAN, {"from": "gpt", "value": None}), "value is missing or null"),
    # columns
    ("trl", {**messages(USER, ANSWER), "tools": [{"name": "f"}]}, "tools is a list, not JSON text"),
    ("openai", {**messages(USER, ANSWER), "tools": "[]"}, "tools is no list"),
    ("alpaca", {"instruction": "x", "input": "", "output": " "}, "output is empty"),
    ("alpaca", {"instruction": "x", "output": 4}, "output is a number, not text"),
    ("prompt-completion", {"prompt": "x", "completion": None}, "completion is missing"),
    ("llama-factory-alpaca", {"instruction": "x", "output": "y", "history": [["a"]]}, "pairs of texts"),
    ("chatml-text", {"text": "<|im_start|>user\nhi"}, "text doesn't end with <|im_end|>"),
    ("chatml-text", {"text": "<|im_start|>user\nx<|im_start|>assistant\ny<|im_end|>"}, "holds a mark"),
    (
        "trl-unpaired",
        {"prompt": [USER], "completion": [ANSWER], "label": "yes"},
        "label is text, not true or false",
    ),
    (
        "trl-stepwise",
        {"prompt": "x", "completions": ["a"], "labels": [True, True]},
        "1 completions have 2 labels",
    ),
    ("trl-text", {"text": 4}, "text is a number"),
    ("trl-prompt-completion", {"prompt": [USER], "completion": "x"}, "aren't both lists"),
    (
        "preference",
        {"prompt": [USER], "chosen": [ANSWER], "rejected": [USER]},
        "rejected: role is 'user', not assistant",
    ),
    ("axolotl-dpo", {"messages": [USER], "chosen": ANSWER, "rejected": "x"}, "rejected is no turn"),
    (
        "openai-dpo",
        {"input": [], "preferred_output": [ANSWER], "non_preferred_output": [ANSWER]},
        "input is no object",
    ),
    (
        "openai-dpo",
        {"input": messages(USER), "preferred_output": [], "non_preferred_output": [ANSWER]},
        "list of one turn",
    ),
]


@pytest.mark.parametrize(("format", "row", "what"), PLANTED, ids=[f"{f}: {w[:40]}" for f, _, w in PLANTED])
def test_what_is_planted_is_found_with_its_line(tmp_path: Path, format: str, row: Any, what: str) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    found = [one.what for one in check_file(file, format) if one.line == 1]
    assert any(what in one for one in found), found


@pytest.mark.parametrize(
    ("bytes_", "line", "what"),
    [
        (b'\xef\xbb\xbf{"text": "a"}\n', 1, "byte-order mark"),
        (b'{"text": "a"}\r\n', 1, "ends in \\r\\n"),
        (b'{"text": "a"}\n\n', 2, "the line is empty"),
        (b'{"text": "a"}\n{"text": "\xff"}\n', 2, "is not UTF-8 (0xff)"),
        (b'{"text": "a"}\n[1]\n', 2, "the line is list, not an object"),
        (b'{"text": "a", "n": NaN}\n', 1, "NaN is no JSON number"),
        (b'{"text": "half \\ud83d"}\n', 1, "half a surrogate pair"),
        (
            b'{"text": "a", "n": 1}\n{"text": "b", "n": "x"}\n',
            2,
            "column 'n' is text here and a number in earlier rows",
        ),
        (b'{"text": "a", "n": ' + b"[" * 300 + b"]" * 300 + b"}\n", 1, "nested deeper than 200 levels"),
        (b'{"text": "a", "n": ' + b"[" * 200_000 + b"\n", 1, "not valid JSON"),
        (b"", None, "the file has no rows"),
    ],
)
def test_files_that_arent_plain_lines_are_found_out(
    tmp_path: Path, bytes_: bytes, line: int | None, what: str
) -> None:
    file = tmp_path / "train.jsonl"
    file.write_bytes(bytes_)
    assert any(one.line == line and what in one.what for one in check_file(file, "trl")), check_file(
        file, "trl"
    )


def test_some_rules_are_of_the_whole_file(export: Export, given: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    export([given.chat] * 9, "openai")
    assert [one.what for one in check_file(file, "openai")] == ["9 rows are too few: a job needs 10"]
    export([given.chat] * 10, "openai")
    assert check_file(file, "openai") == []
    export([given.plain], "llama-factory")
    assert check_file(file, "llama-factory") == []
    info = tmp_path / "dataset_info.json"
    entry = json.loads(info.read_text(encoding="utf-8"))["train"]
    for change, what in (
        ({"formatting": "alpaca"}, "formatting is 'alpaca', not 'sharegpt'"),
        ({"ranking": True}, "ranking is True"),
        ({"columns": {**entry["columns"], "history": "past"}}, "columns that no row has: past"),
        ({"file_name": "other.jsonl"}, "no entry with file_name 'train.jsonl'"),
    ):
        info.write_text(json.dumps({"train": {**entry, **change}}), encoding="utf-8")
        assert what in check_file(file, "llama-factory")[0].what
    info.unlink()
    assert "the file is invisible" in check_file(file, "llama-factory")[0].what


def test_a_file_of_another_form_is_told_from_a_broken_one(tmp_path: Path) -> None:
    file = tmp_path / "train.jsonl"
    file.write_text('{"question": "?", "answer": "!"}\n', encoding="utf-8")
    (found,) = check_file(file, "openai")
    assert found.what.startswith(
        "no form of its rows is known: it has question, answer, not messages or input"
    )


# -- any conversation -------------------------------------------------------------------------------------------

TEXT = st.text(string.ascii_letters + " ü你\n", max_size=8)
ROLES = st.sampled_from(["user", "assistant", "system", "tool", "human", "gpt", "observation", "developer"])
ARGUMENTS = st.dictionaries(TEXT, TEXT, max_size=2)
FUNCTION = st.fixed_dictionaries({"name": st.sampled_from("fg"), "arguments": ARGUMENTS})
CALLS = st.lists(st.fixed_dictionaries({"function": FUNCTION}), max_size=2)
TURN = st.builds(
    lambda role, content, calls, name, thought: Message(
        role=role,
        content=content,
        tool_calls=tuple(calls) if role in ("assistant", "gpt") else (),
        name=name if role == "tool" else None,
        reasoning_content=thought if role == "assistant" else None,
    ),
    ROLES,
    TEXT,
    CALLS,
    st.sampled_from([None, "f", "g"]),
    st.none() | st.just("thought"),
)
WORDS = TEXT.filter(str.strip)
USERS = st.builds(lambda text: Message(role="user", content=text), TEXT)
ANSWERS = st.builds(lambda text: Message(role="assistant", content=text), WORDS)
ASKED = st.builds(
    lambda text, arguments: Message(
        role="assistant",
        content=text,
        tool_calls=({"id": "c", "function": {"name": "f", "arguments": arguments}},),
        reasoning_content="thought",
    ),
    TEXT,
    ARGUMENTS,
)
TOLD = st.builds(lambda text: Message(role="tool", content=text), TEXT)
EXCHANGES = st.tuples(USERS, ANSWERS) | st.tuples(USERS, ASKED, TOLD, ANSWERS)
SYSTEMS = st.builds(lambda text: Message(role="system", content=text), TEXT)


@st.composite
def conversations_in_order(draw: st.DrawFn) -> list[Message]:
    """Exchanges after system messages, with at most one turn anywhere that may not belong there."""
    turns = [turn for exchange in draw(st.lists(EXCHANGES, min_size=1, max_size=3)) for turn in exchange]
    at = draw(st.integers(0, len(turns)))
    return [*draw(st.lists(SYSTEMS, max_size=2)), *turns[:at], *draw(st.lists(TURN, max_size=1)), *turns[at:]]


FORMATS = (
    "trl",
    "axolotl",
    "llama-factory",
    "llama-factory-openai",
    "unsloth",
    "chatml",
    "chatml-text",
    "sharegpt",
    "alpaca",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(turns=conversations_in_order())
def test_any_conversation_keeps_the_consumers_rules_and_all_its_texts_or_is_refused_with_a_reason(
    tmp_path: Path, turns: list[Message]
) -> None:
    row = Sample(id="row", messages=tuple(turns))
    for format in FORMATS:
        file = tmp_path / f"{format}.jsonl"
        try:
            written = write_samples([row], format, file)
        except UsageError as error:
            assert error.expected and "row row can't be written as" in error.message
            continue
        assert [one.what for one in check_file(file, format)] == []
        said = json.dumps(json.loads(file.read_text(encoding="utf-8")), ensure_ascii=False)
        for turn in turns:
            text = json.dumps(turn.content, ensure_ascii=False)[1:-1]
            is_system = turn.role in ("system", "developer")
            is_told = ("the system message" if is_system else "text beside calls of tools") in written.lost
            assert text in said or is_told, (format, turn, said)
            assert not turn.reasoning_content or "thought" in said or "the reasoning" in written.lost
            assert all(called["function"]["name"] in said for called in turn.tool_calls)


# -- any row ----------------------------------------------------------------------------------------------------


def keys(value: Any) -> set[str]:
    """All keys in a value, however deep."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {*(value if isinstance(value, dict) else ()), *(key for part in parts for key in keys(part))}


KEYS = st.sampled_from(
    sorted(keys([row for _, row, _ in PLANTED]) | {"conversations", "chosen", "label", "id"})
)
LEAVES = st.sampled_from(
    ["user", "assistant", "human", "gpt", "tool", "", "x", "{}", "[1]", None, True, 0, 1.5]
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@drawn(row=st.dictionaries(KEYS, ANYTHING, min_size=1, max_size=5))
def test_any_row_is_checked_and_exported_or_refused_without_breaking(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    file = tmp_path / "given.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (tmp_path / "dataset_info.json").write_text(json.dumps({"x": row, "y": 1}), encoding="utf-8")
    for format in (
        *FORMATS,
        "openai",
        "axolotl-dpo",
        "openai-dpo",
        "trl-unpaired",
        "trl-stepwise",
        "preference",
    ):
        list(check_file(file, format))
    (tmp_path / "dataset_info.json").unlink()
    sample = sample_of(row, 1, "given.jsonl:1")
    for format in (*FORMATS, "openai", "trl-prompt-only", "llama-factory-alpaca", "prompt-completion"):
        out = tmp_path / f"{format}.jsonl"
        try:
            write_samples([sample], format, out)
        except UsageError:
            continue
        assert [one.what for one in check_file(out, format) if one.line] == []
