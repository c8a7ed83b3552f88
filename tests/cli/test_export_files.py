"""`export` over files, and `export --check`: rows of others in, what a format can't hold told, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import datagen_core

Datagen = Callable[..., Any]

ROWS = """\
{"id": "a", "instruction": "Translate.", "input": "Hund", "output": "dog", "topic": "animals"}
{"question": "2 + 2?", "answer": "4"}
"""


@pytest.fixture
def pairs() -> Path:
    file = Path("pairs.jsonl")
    file.write_text(ROWS, encoding="utf-8")
    return file


def lines(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def test_a_files_rows_keep_their_columns_in_jsonl_csv_and_parquet(datagen: Datagen, pairs: Path) -> None:
    assert datagen("export", "seeds.csv", "-o", "seeds.jsonl").out == "10 rows → seeds.jsonl\n"
    assert lines("seeds.jsonl")[0] == {"id": "1", "text": "play some slow jazz for me", "label": "music"}
    assert datagen("export", "pairs.jsonl", "-o", "pairs.parquet").code == 0
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table("pairs.parquet").to_pylist()
    assert [row["id"] for row in table] == ["a", "2"]
    assert (table[0]["topic"], table[1]["topic"]) == ("animals", None)


def test_a_files_rows_go_into_a_trainers_format_and_what_is_lost_is_told(
    datagen: Datagen, pairs: Path
) -> None:
    done = datagen("export", "pairs.jsonl", "-f", "chatml", "-o", "train.jsonl", "--check")
    assert (done.code, done.out) == (
        0,
        "2 rows → train.jsonl\ntrain.jsonl: nothing that chatml would stumble over\n",
    )
    assert done.err == "the format has no place for columns topic (--set extra=[…] keeps them) (1 row)\n"
    assert [[turn["content"] for turn in row["messages"]] for row in lines("train.jsonl")] == [
        ["Translate.\n\nHund", "dog"],
        ["2 + 2?", "4"],
    ]


def test_records_of_a_run_are_read_as_they_were_written(datagen: Datagen, quick: Path) -> None:
    assert datagen("export", "runs/quick/data.jsonl", "-o", "again.jsonl").code == 0
    assert datagen("export", "quick", "-o", "once.jsonl").code == 0
    assert Path("again.jsonl").read_bytes() == Path("once.jsonl").read_bytes()


def test_metadata_and_lineage_go_beside_the_file_by_row_and_id(datagen: Datagen, quick: Path) -> None:
    instruction = "instruction=Name the topic."
    done = datagen("export", "quick", "-f", "chatml", "--set", instruction, "-o", "train.jsonl", "--metadata")
    assert done.out.endswith("beside it → train.metadata.jsonl\n")
    assert list(lines("train.jsonl")[0]) == ["messages"]
    records = [json.loads(line) for line in (quick / "data.jsonl").read_text(encoding="utf-8").splitlines()]
    beside = lines("train.metadata.jsonl")
    assert [(row["row"], row["id"]) for row in beside] == [
        (at, one["id"]) for at, one in enumerate(records, 1)
    ]
    assert beside[0]["trace"]["parents"] == records[0]["trace"]["parents"]
    assert "response" not in beside[0] and beside[0]["label"] == records[0]["label"]


def test_rows_that_dont_fit_stop_the_export_or_are_left_out_and_counted(
    datagen: Datagen, pairs: Path
) -> None:
    Path("mixed.jsonl").write_text(ROWS + '{"text": "play jazz", "label": "music"}\n', encoding="utf-8")
    done = datagen("export", "mixed.jsonl", "-f", "chatml", "-o", "train.jsonl")
    assert (done.code, Path("train.jsonl").exists()) == (2, False)
    assert "row 3 can't be written as chatml: labelled, found the label 'music'" in done.err
    assert "next: --set instruction=" in done.err
    done = datagen("export", "mixed.jsonl", "-f", "chatml", "-o", "train.jsonl", "--skip", "--json")
    assert done.json["rows"] == 2 and done.json["files"] == ["train.jsonl"]
    assert list(done.json["left_out"].values()) == [1]


def test_a_file_that_is_there_is_checked_by_line_and_the_code_says_so(datagen: Datagen) -> None:
    Path("train.jsonl").write_text(
        '{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]}\n'
        '{"messages":[{"role":"user","content":"hi"},{"role":"user","content":null}]}\n',
        encoding="utf-8",
    )
    done = datagen("export", "--check", "train.jsonl", "-f", "trl")
    assert (done.code, done.err) == (1, "")
    assert done.out == "train.jsonl:2: messages, turn 2: content is missing or null, not text\n1 problem\n"
    found = datagen("export", "--check", "train.jsonl", "-f", "openai", "--json")
    assert found.code == 1
    assert [one["line"] for one in found.json["problems"]] == [2, None]  # and two rows are too few
    assert datagen("export", "--check", "train.jsonl").code == 0  # it is JSON Lines
    assert not Path("export.jsonl").exists()


def test_what_cant_be_exported_or_checked_says_why(datagen: Datagen, pairs: Path) -> None:
    for arguments, says in (
        (["pairs.jsonl"], "-o train.jsonl"),
        (["pairs.jsonl", "-o", "pairs.jsonl"], "the data would be replaced"),
        (["missing.jsonl", "-o", "x.jsonl"], "no file missing.jsonl"),
        (["--check", "pairs.jsonl", "-f", "text"], "the format 'text' has no rules to check by"),
        (
            ["pairs.jsonl", "-f", "unsloth", "--set", "reasoning=field", "-o", "x.jsonl"],
            "has no place for reasoning",
        ),
    ):
        done = datagen("export", *arguments)
        assert done.code == 2 and says in done.err, done.err
    Path("broken.jsonl").write_text(
        '{"id":"x","response":"r","metadata":{"nope":1},"trace":{}}\n', encoding="utf-8"
    )
    done = datagen("export", "broken.jsonl", "-o", "x.jsonl")
    assert done.code == 2 and "broken.jsonl:1: a record of DataGen that can't be read" in done.err


def test_a_check_without_rules_is_refused_before_anything_is_written(datagen: Datagen, pairs: Path) -> None:
    for format, file in (("csv", "rows.csv"), ("parquet", "rows.parquet"), ("text", "-")):
        done = datagen("export", "pairs.jsonl", "-f", format, "-o", file, "--check")
        assert (done.code, done.out) == (2, "")
        assert f"the format {format!r} has no rules to check by" in done.err and not Path(file).exists()


def test_a_check_of_what_goes_to_the_terminal_is_refused(datagen: Datagen, pairs: Path) -> None:
    done = datagen("export", "pairs.jsonl", "-f", "chatml", "-o", "-", "--check")
    assert (done.code, done.out) == (2, "") and "can't be checked" in done.err


def test_files_are_named_by_paths_or_texts_in_python(datagen: Datagen, pairs: Path) -> None:
    for given, out in (("pairs.jsonl", "train.jsonl"), (pairs, Path("train.jsonl"))):
        assert datagen_core.export(given, out, "chatml").rows == 2
        assert datagen_core.check_file(out, "chatml") == []
        parts = datagen_core.split_dataset(given, type(given)("parts"), {"a": 1, "b": 1}).parts
        assert [len(part.rows) for part in parts.values()] == [1, 1]


def test_passages_go_into_prompts_from_a_run_its_records_and_its_file_alike(datagen: Datagen) -> None:
    Path("tides.md").write_text("# Tides\n\nA tide is the rise and fall of sea levels.\n", encoding="utf-8")
    assert (
        datagen("apply", "extractive", "tides.md", "-n", "1", "-o", "qa.jsonl", "--run", "runs/qa").code == 0
    )
    for data in ("qa", "runs/qa/data.jsonl", "qa.jsonl"):
        done = datagen("export", data, "-f", "chatml", "-o", "train.jsonl", "--set", "passage=input")
        assert done.code == 0, done.err
        (row,) = lines("train.jsonl")
        passage = lines("qa.jsonl")[0]["passage"]
        assert "rise and fall" in passage and row["messages"][0]["content"].startswith(f"{passage}\n\n")


def test_a_recipe_exports_in_a_trainers_format_with_what_must_lie_beside_it(datagen: Datagen) -> None:
    export = (
        "export=[{path: out/train.jsonl, format: llama-factory-alpaca, with: {instruction: Name the topic.}}]"
    )
    assert datagen("run", "quick.yaml", "-q", "--set", export).code == 0
    assert lines("out/train.jsonl")[0]["instruction"] == "Name the topic."
    assert (
        json.loads(Path("out/dataset_info.json").read_text(encoding="utf-8"))["train"]["formatting"]
        == "alpaca"
    )
    assert datagen("export", "--check", "out/train.jsonl", "-f", "llama-factory").code == 0
