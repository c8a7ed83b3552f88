"""Accepted rows as files and frames: the shapes trainers read, cells safe to open, whole files or none."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from datagen_core.errors import RecipeError, RunError, UsageError
from datagen_core.exporting import export_samples
from datagen_core.inputs import Inputs
from datagen_core.results import Results
from datagen_core.sample import Message, Metadata, Sample, Step, Tool, Trace
from datagen_core.store.run_store import RunStore, StoredRow

CALL = {"id": "1", "function": {"name": "add", "arguments": {"a": 1}}}
LABELLED = Sample(id="l", response="play jazz", label="music")
ANSWER = Sample(id="a", input="2 + 2?", response="4", reasoning="two and two")
RECORD = Sample(id="r", response="x", fields={"city": "Oslo", "id": 7, "tags": ["a", 1]}, label="place")
CHAT = Sample(
    id="c",
    messages=(
        Message(role="user", content="2 + 2?"),
        Message(role="assistant", content="", tool_calls=(CALL,)),
        Message(role="tool", content="4", tool_call_id="1", name="add"),
        Message(role="assistant", content="4", reasoning_content="easy"),
    ),
    tools=(Tool(name="add", description="sum", parameters={"type": "object"}),),
)


def jsonl(tmp_path: Path, *samples: Sample, **options: Any) -> list[dict[str, Any]]:
    assert export_samples(samples, "jsonl", tmp_path / "out.jsonl", options) == len(samples)
    text = (tmp_path / "out.jsonl").read_bytes().decode("utf-8")
    assert text.endswith("\n")
    assert "\r" not in text
    return [json.loads(line) for line in text.split("\n")[:-1]]


def table(tmp_path: Path, *samples: Sample, **options: Any) -> list[list[str]]:
    assert export_samples(samples, "csv", tmp_path / "out.csv", options) == len(samples)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_line_of_jsonl_holds_the_columns_that_its_kind_of_row_has(tmp_path: Path) -> None:
    text, answer, record, chat = jsonl(tmp_path, LABELLED, ANSWER, RECORD, CHAT)
    assert text == {"id": "l", "text": "play jazz", "label": "music"}
    assert answer == {"id": "a", "input": "2 + 2?", "response": "4", "reasoning": "two and two"}
    assert record == {"id": "r", "city": "Oslo", "tags": ["a", 1], "label": "place"}
    assert list(chat) == ["id", "messages", "tools"]
    assert [m["role"] for m in chat["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert chat["messages"][1]["tool_calls"] == [CALL]  # arguments stay an object
    assert chat["messages"][2] == {"role": "tool", "content": "4", "name": "add", "tool_call_id": "1"}
    assert chat["tools"] == [{"name": "add", "description": "sum", "parameters": {"type": "object"}}]


def test_a_records_own_columns_win_over_the_rows(tmp_path: Path) -> None:
    row = Sample(id="r", fields={"label": "mine", "reasoning": "own"}, label="other", reasoning="other")
    assert jsonl(tmp_path, row) == [{"id": "r", "label": "mine", "reasoning": "own"}]


def test_full_jsonl_is_the_whole_record_and_reads_back_as_it_was(tmp_path: Path) -> None:
    made = Sample(
        id="m",
        input="in",
        response="out",
        label="l",
        fields={"f": {"deep": [1, None]}},
        metadata=Metadata(generation_method="toy", arm="arm", quality_score=0.5, method={"k": 1}),
        trace=Trace(parents=("p",), processing_steps=(Step(name="toy", params={"t": 1}),)),
    )
    rows = jsonl(tmp_path, made, CHAT, full=True)
    assert rows[0]["metadata"]["quality_score"] == 0.5
    assert rows[0]["trace"]["parent_id"] == "p"
    assert [Sample.from_json(row) for row in rows] == [made, CHAT]


def test_jsonl_keeps_text_readable_and_valid_utf8_whatever_it_holds(tmp_path: Path) -> None:
    texts = ["Grüße \U0001f600", "line\nbreak\u2028\x85", "NUL \0", "half \ud83d"]
    rows = jsonl(tmp_path, *(Sample(id=str(i), response=text) for i, text in enumerate(texts)))
    assert [row["text"] for row in rows] == texts
    assert "Grüße \U0001f600" in (tmp_path / "out.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_is_guarded(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|'/C calc'!A0"
    row = Sample(id="i", response=text, label=text)
    assert table(tmp_path, row) == [["id", "text", "label"], ["i", "'" + text, "'" + text]]
    assert table(tmp_path, row, guard_formulas=False)[1] == ["i", text, text]


def test_only_text_is_guarded_and_only_at_its_beginning(tmp_path: Path) -> None:
    row = Sample(id="i", fields={"n": -5, "f": -0.5, "t": "a=b", "s": " =1", "e": "", "b": True, "z": None})
    assert table(tmp_path, row)[1] == ["i", "-5", "-0.5", "a=b", " =1", "", "true", ""]


def test_nested_cells_are_json_and_texts_of_all_kinds_stay_one_cell(tmp_path: Path) -> None:
    fields = {"tags": ["a", {"b": "ü"}], "text": 'a "quoted", two\nlines;', "half": "\ud83d"}
    rows = table(tmp_path, Sample(id="i", fields=fields))
    assert rows[0] == ["id", "tags", "text", "half"]
    assert json.loads(rows[1][1]) == ["a", {"b": "ü"}]
    assert rows[1][2:] == ['a "quoted", two\nlines;', "\\ud83d"]


def test_a_row_with_a_column_that_the_first_lacks_is_an_error_and_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_text("old")
    with pytest.raises(UsageError, match="row l has the column 'label' that the first row lacks"):
        table(tmp_path, Sample(id="i", response="no label"), LABELLED)
    assert (tmp_path / "out.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_row_that_lacks_a_column_has_an_empty_cell(tmp_path: Path) -> None:
    rows = table(tmp_path, LABELLED, Sample(id="i", response="no label"))
    assert rows[1:] == [["l", "play jazz", "music"], ["i", "no label", ""]]


def test_text_is_one_response_a_line(tmp_path: Path) -> None:
    samples = [Sample(id="1", response="one\r\ntwo\u2028three"), Sample(id="2", response="\ud83d ü")]
    assert export_samples(samples, "text", tmp_path / "out.txt") == 2
    assert (tmp_path / "out.txt").read_bytes() == "one two three\n\\ud83d ü\n".encode()


@pytest.mark.parametrize("format", ["jsonl", "csv", "text"])
def test_no_rows_are_an_error_that_leaves_the_old_file(tmp_path: Path, format: str) -> None:
    (tmp_path / "out").write_text("old")
    with pytest.raises(UsageError, match="no rows to export"):
        export_samples([], format, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "old"


def test_a_failure_while_rows_stream_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    with pytest.raises(ZeroDivisionError):
        export_samples((LABELLED if i else 1 // i for i in (1, 0)), "jsonl", tmp_path / "out")  # type: ignore[misc]
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_what_cant_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no exporter 'jsnl'") as caught:
        export_samples([LABELLED], "jsnl", tmp_path / "out")
    assert caught.value.hint == "did you mean 'jsonl'?"
    with pytest.raises(RecipeError, match="unknown key 'ful'"):
        export_samples([LABELLED], "jsonl", tmp_path / "out", {"ful": True})
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="can't be written"):
        export_samples([LABELLED], "jsonl", tmp_path / "file" / "out")


# -- results ----------------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return stored(tmp_path / "runs" / "mine", [("play jazz", "music", 0.9), ("rain?", "weather", 0.4)])


def stored(folder: Path, rows: Sequence[tuple[str, str, float]]) -> Results:
    store = RunStore(folder / "run.db")
    batch = {"idx": 0, "decision_id": "d0", "arm": "arm", "n": len(rows), "cells": "[]", "base": 0}
    store.decided(
        {**batch, "offered": "[]", "propensity": 1.0, "reason": "only one", "details": "{}", "outlook": "{}"},
        {},
    )
    made = [
        StoredRow(
            sample=Sample(id=f"r{i}", response=text, label=label, metadata=Metadata(arm="arm")),
            status="accepted",
            sequence=i,
            quality=quality,
        )
        for i, (text, label, quality) in enumerate(rows)
    ]
    made.append(StoredRow(sample=Sample(id="s"), status="surplus"))
    store.committed(0, made, {"commit_order": 0, "generated": len(made)}, {}, Inputs())
    store.close()
    return Results(folder)


def test_results_are_a_sequence_of_the_accepted_rows(results: Results) -> None:
    assert len(results) == 2
    assert [s.id for s in results] == ["r0", "r1"]
    assert (results[0].response, results[-1].label) == ("play jazz", "weather")
    assert [s.id for s in results[1:]] == ["r1"]
    assert results.counts()["generated"] == 3
    assert (results.status, results.ending["status"]) == ("unfinished", "unfinished")


def test_a_filter_keeps_rows_and_the_run_they_are_of(results: Results, tmp_path: Path) -> None:
    good = results.filter(lambda row: (row.metadata.quality_score or 0) > 0.8)
    assert [s.id for s in good] == ["r0"]
    assert (len(good), len(results), good.folder) == (1, 2, results.folder)
    assert good.counts() == results.counts()  # of the run
    none = good.filter(lambda row: False)
    assert (len(none), list(none)) == (0, [])
    with pytest.raises(UsageError, match="no rows to export"):
        none.save(tmp_path / "none.jsonl")


def test_a_frame_has_the_rows_columns_then_arm_and_quality(results: Results) -> None:
    frame = results.to_pandas()
    assert list(frame.columns) == ["id", "text", "label", "arm", "quality"]
    assert frame.to_dict("records")[1] == {
        "id": "r1", "text": "rain?", "label": "weather", "arm": "arm", "quality": 0.4,
    }  # fmt: skip
    assert len(results.filter(lambda row: row.label == "music").to_pandas()) == 1


def test_the_ending_of_the_file_chooses_the_format_unless_it_is_named(
    results: Results, tmp_path: Path
) -> None:
    for name, format, beginning in (
        ("rows.csv", None, "id,text,label\n"),
        ("rows.txt", None, "play jazz\n"),
        ("rows.jsonl", None, '{"id":"r0","text"'),
        ("rows", "jsonl", '{"id":"r0","text"'),
        ("csv.txt", "csv", "id,text,label\n"),
    ):
        assert results.save(tmp_path / name, format) == 2
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(beginning)
    with pytest.raises(UsageError, match="can't tell the format"):
        results.save(tmp_path / "rows.xlsx")
    results.save(tmp_path / "full.jsonl", full=True)
    assert [Sample.from_json(json.loads(line)) for line in (tmp_path / "full.jsonl").open()] == list(results)


def test_a_run_is_loaded_by_its_folder_or_by_its_name(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(Results.load("mine")) == list(Results.load(results.folder)) == list(results)
    with pytest.raises(RunError, match="no run 'yours'") as caught:
        Results.load("yours")
    assert "mine" in str(caught.value.expected)


def test_the_files_of_a_run_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "run.db").write_bytes(b"paid for")
    for name in ("run.db", "data.jsonl", "recipe.lock.yaml"):
        with pytest.raises(UsageError, match="a file of the run itself"):
            export_samples([Sample(id="1", response="x")], "jsonl", tmp_path / name)
    assert (tmp_path / "run.db").read_bytes() == b"paid for"
    assert export_samples([Sample(id="1", response="x")], "jsonl", tmp_path / "export.jsonl") == 1
