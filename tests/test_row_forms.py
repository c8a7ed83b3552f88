from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from datagen_core.config import InputPath
from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.row_forms import as_sample
from datagen_core.rows import RowsSource
from datagen_core.sample import Message, Sample

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi?"},
    {"role": "assistant", "content": "Hello."},
]
SHARED = [{"from": "human", "value": "Hi?"}, {"from": "gpt", "value": "Hello."}]
FORMS: dict[str, tuple[dict[str, Any], tuple[str, str]]] = {
    "text": ({"text": "play jazz", "label": "music"}, ("", "play jazz")),
    "messages": ({"messages": CHAT}, ("Hi?", "Hello.")),
    "sharegpt": ({"conversations": SHARED}, ("Hi?", "Hello.")),
    "alpaca": ({"instruction": "Add.", "input": "1, 2", "output": "3"}, ("Add.\n\n1, 2", "3")),
    "alpaca without input": ({"instruction": "Add 1 and 2.", "input": "", "output": "3"}, ("Add 1 and 2.", "3")),
    "dolly": ({"instruction": "Who?", "context": "Ana came.", "response": "Ana"}, ("Who?\n\nAna came.", "Ana")),
    "prompt": ({"prompt": "Who?", "completion": "Ana"}, ("Who?", "Ana")),
    "question": ({"question": "Who?", "answer": "Ana"}, ("Who?", "Ana")),
    "own": ({"id": "x", "input": "Who?", "response": "Ana"}, ("Who?", "Ana")),
    "own, of a text": ({"id": "x", "input": "", "response": "play jazz", "label": "music"}, ("", "play jazz")),
    "self-instruct": ({"instruction": "Add.", "instances": [{"input": "1, 2", "output": "3"}]}, ("Add.\n\n1, 2", "3")),
    "number": ({"question": "2 + 2?", "answer": 4}, ("2 + 2?", "4")),
    "text and answer": ({"text": "to change", "answer": "yes"}, ("", "to change")),
    "parts and calls": (
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Rain?"}]},
                {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "w", "arguments": "{}"}}]},
                {"role": "tool", "content": "no"},
                {"role": "assistant", "content": "No rain."},
            ]
        },
        ("Rain?", "No rain."),
    ),
    "instruction alone": ({"instruction": "Sing."}, ("Sing.", "")),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_each_form_are_read_as_seeds_and_samples(form: str, tmp_path: Path) -> None:
    row, (asked, answered) = FORMS[form]
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    (seed,) = RowsSource(path=InputPath(str(file))).read()
    sample = as_sample(seed)
    assert (sample.input, sample.response) == (asked, answered)
    assert sample.id == seed.id and sample.label == row.get("label")
    assert seed.text


def test_the_column_that_the_user_names_is_what_is_read(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    row = {"title": "t", "question": "q?", "review": "fine", "messages": CHAT, "answer": "a"}
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")

    def read(column: str) -> tuple[str, str]:
        (seed,) = RowsSource(path=InputPath(str(file)), text=column).read()
        sample = as_sample(seed)
        return sample.input, sample.response

    assert read("review") == ("", "fine") and read("question") == ("q?", "a")
    assert read("messages") == ("Hi?", "Hello.")


def test_a_conversation_keeps_its_system_message_and_is_the_truth() -> None:
    sample = as_sample(_seed({"messages": CHAT}))
    assert [m.role for m in sample.messages] == ["system", "user", "assistant"]
    assert sample.messages[0] == Message(role="system", content="Be brief.")
    assert Sample.from_json(sample.to_json()) == sample


@pytest.mark.parametrize("broken", ["text", [1], [{"role": "user"}], [{"role": 1, "content": "x"}], []])
def test_a_broken_conversation_is_none(broken: Any) -> None:
    assert as_sample(_seed({"messages": broken, "text": "t"})).messages == ()


def test_rows_without_any_text_are_refused_with_the_columns(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"input": "", "response": " "}\n', encoding="utf-8")
    with pytest.raises(InputError, match="no text in column"):
        RowsSource(path=InputPath(str(file))).read()


def _seed(row: dict[str, Any]) -> Any:
    from datagen_core.inputs import Seed

    return Seed(id="s", text="t", row=row)


def test_an_answer_keeps_its_white_space_and_reasoning_is_read() -> None:
    row = {"question": " Who? ", "answer": "\u00a0Ana\r\n", "reasoning": "She came."}
    sample = as_sample(Seed(id="s", text="Who?", row=row))
    assert (sample.input, sample.response, sample.reasoning) == (" Who? ", "\u00a0Ana\r\n", "She came.")
    assert as_sample(Seed(id="s", text="jazz", row={"text": "jazz", "reasoning": " "})).reasoning is None
    turns = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
    turns[1]["reasoning_content"] = "Be kind."
    _, answer = as_sample(Seed(id="s", text="Hi?", row={"messages": turns})).messages
    assert answer.reasoning_content == "Be kind."
