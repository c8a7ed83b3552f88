from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datagen_core.dataset_rows import dataset
from datagen_core.errors import UsageError
from datagen_core.exporting import write_samples
from datagen_core.file_checking import check_file
from datagen_core.sample import Message, Sample, Tool

ROW = Sample(id="r1", input="Why?", response=" Because é.\n", reasoning="1. A.\n2. B.")
LABELLED = Sample(id="r2", response="play jazz", label="music", reasoning="1. Jazz is music.")
TURNS = (Message(role="system", content="Be brief."), Message(role="user", content="Why?"))
ANSWER = Message(role="assistant", content="So.", reasoning_content="1. C.")
CHAT = Sample(id="r3", messages=(*TURNS, ANSWER), tools=(Tool(name="add"),))


def written(folder: Path, *samples: Sample, skip: bool = False, **options: Any) -> list[dict[str, Any]]:
    file = folder / "out.jsonl"
    done = write_samples(samples, "cot", file, options, skip=skip)
    assert check_file(file, "cot", options) == []
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    per_row = 1 if options.get("form") == "merged" else 2
    assert len(rows) == per_row * done.rows
    return rows


def test_each_row_becomes_two_tasks_with_one_input_and_one_parent(tmp_path: Path) -> None:
    predict, explain, *more = written(tmp_path, ROW, LABELLED, CHAT)
    shared = {"parent_id": "r1", "input": "Why?"}
    assert predict == {
        "id": "r1-predict",
        "task": "predict",
        **shared,
        "prompt": "predict: Why?",
        "target": ROW.response,
    }
    assert explain == {
        "id": "r1-explain",
        "task": "explain",
        **shared,
        "prompt": "explain: Why?",
        "target": ROW.reasoning,
    }
    assert [(row["task"], row["input"], row["target"]) for row in more] == [
        ("predict", "play jazz", "music"),
        ("explain", "play jazz", "1. Jazz is music."),
        ("predict", "Be brief.\n\nWhy?", "So."),
        ("explain", "Be brief.\n\nWhy?", "1. C."),
    ]  # fmt: skip
    assert "prompt" not in written(tmp_path, ROW, prefix=False)[0]


def test_merged_has_reasoning_then_marker_then_answer(tmp_path: Path) -> None:
    (row,) = written(tmp_path, ROW, form="merged")
    assert row == {"id": "r1", "input": "Why?", "target": "1. A.\n2. B.\n####  Because é.\n"}
    (row,) = written(tmp_path, ROW, form="merged", marker="Answer:")
    rationale, _, answer = row["target"].partition("\nAnswer: ")
    assert (rationale, answer) == (ROW.reasoning, ROW.response)


@pytest.mark.parametrize(
    ("sample", "options", "said"),
    [
        (Sample(id="r9", input="Why?", response="So."), {}, "row r9 can't be written as cot: no_reasoning"),
        (Sample(id="r9", response="text", reasoning="A."), {}, "no_question"),
        (Sample(id="r9", messages=(*TURNS, ANSWER, *TURNS[1:], ANSWER)), {}, "several_turns"),
        (replace(ROW, id="r9", response="C#"), {"form": "merged", "marker": "#"}, "marker_inside"),
    ],
)
def test_rows_that_do_not_fit_are_refused_or_counted(
    tmp_path: Path, sample: Sample, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        written(tmp_path, ROW, sample, **options)
    rows = written(tmp_path, ROW, sample, skip=True, **options)
    assert {row.get("parent_id", row["id"]) for row in rows} == {"r1"}


def test_lines_of_another_form_are_found(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text('{"id": "a", "input": "q", "target": 1}\n', encoding="utf-8")
    assert [problem.what for problem in check_file(file, "cot", {"form": "merged"})] == ["target is no text"]
    found = {problem.what for problem in check_file(file, "cot")}
    assert {"task is None, not predict or explain", "parent_id is no text"} <= found


def test_rows_of_files_are_exported_as_those_of_runs(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "So.", "reasoning_content": "C."},
    ]
    given = [
        {"id": "a", "question": "Why?", "answer": " So.\n", "reasoning": "A.", "source_id": "z"},
        {"id": "b", "text": "play jazz", "label": "music", "reasoning": "B."},
        {"id": "c", "messages": turns},
    ]
    rows = written(tmp_path, *dataset(given).samples())
    assert [(row["input"], row["target"]) for row in rows] == [
        *(("Why?", " So.\n"), ("Why?", "A."), ("play jazz", "music"), ("play jazz", "B.")),
        *(("Why?", "So."), ("Why?", "C.")),
    ]
