"""Rows made from documents by one command, and what each further step reads from the file alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import datagen_core
from datagen_core import UsageError
from datagen_core.cli import cli

PAGE = """\
# Tides

## Spring tides

A spring tide is a tide with the greatest range of the month. It follows the new moon by about 36 hours.

## Neap tides

A neap tide is a tide with the smallest range of the month. The sea then rises and falls by 40 percent less.
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("docs").mkdir()
    Path("docs/tides.md").write_text(PAGE, encoding="utf-8")
    return tmp_path


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def test_rows_stand_beside_what_they_cite_and_its_text() -> None:
    results = datagen_core.apply("extractive", "docs", "qa.jsonl", n=3)
    rows = read("qa.jsonl")
    assert results.status == "complete" and len(rows) == 3
    assert list(rows[0])[:3] == ["id", "input", "response"]
    for row in rows:
        start, end = row["source_span"]
        assert PAGE[start:end] == row["response"] == row["answer_original"]
        assert row["passage"] in PAGE and row["response"] in row["passage"]
        assert row["document"] == "docs/tides.md" and row["chunk_id"].startswith("c")


def test_a_step_after_works_from_the_file_alone() -> None:
    datagen_core.apply("extractive", "docs", "qa.jsonl", n=3)
    rows = read("qa.jsonl")
    wrong = {**rows[0], "id": "made-up", "response": "It follows the new moon by about 77 hours."}
    Path("qa.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, wrong]), encoding="utf-8")
    Path("docs/tides.md").unlink()
    results = datagen_core.curate("qa.jsonl", "good.jsonl", by="grounding")
    assert read("good.jsonl") == rows
    assert [one["reason"] for one in results.rejections()] == ["unsupported_number"]


@pytest.mark.parametrize(
    ("transform", "data", "n", "what"),
    [
        ("extractive", "docs", None, "nothing says how many"),
        ("as-is", "docs/tides.md", 5, "goes through as-is once"),
        ("extractive", "nowhere", 5, "no such file or folder"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_type(
    transform: str, data: str, n: int | None, what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        datagen_core.apply(transform, data, n=n)
    assert not Path("runs").exists()


def test_columns_of_documents_are_refused() -> None:
    with pytest.raises(UsageError, match="makes rows from documents"):
        datagen_core.apply("extractive", "docs", n=2, columns={"text": "body"})


def test_the_command_line_does_the_same_and_a_files_rows_are_evaluated() -> None:
    done = CliRunner().invoke(cli, ["apply", "extractive", "docs", "-n", "3", "-o", "qa.jsonl", "--json"])
    assert json.loads(done.stdout)["counts"]["accepted"] == 3 and len(read("qa.jsonl")) == 3
    done = CliRunner().invoke(cli, ["evaluate", "qa.jsonl", "--by", "diversity", "--json"])
    found = json.loads(done.stdout)
    assert found["name"] == "diversity" and found["metrics"]
    assert datagen_core.evaluate("qa.jsonl", by="diversity").metrics == found["metrics"]


def test_rows_without_a_recipe_need_an_evaluator() -> None:
    datagen_core.apply("extractive", "docs", "qa.jsonl", n=3)
    for rows in ("qa.jsonl", "apply-extractive-docs"):
        done = CliRunner().invoke(cli, ["evaluate", rows])
        assert isinstance(done.exception, UsageError) and "no recipe says how" in str(done.exception)
        done = CliRunner().invoke(cli, ["evaluate", rows, "--by", "diversity", "--json"])
        assert json.loads(done.stdout)["name"] == "diversity"


def test_a_run_knows_what_its_rows_were_made_from() -> None:
    Path("recipe.yaml").write_text("name: mine\nnum_samples: 3\ndocuments: docs\narms: [extractive]\n")
    datagen_core.run("recipe.yaml")
    done = CliRunner().invoke(cli, ["evaluate", "mine", "--by", "diversity", "--json"])
    assert json.loads(done.stdout)["name"] == "diversity"
    done = CliRunner().invoke(cli, ["evaluate", "mine", "--by", "diversity", "--documents", "docs"])
    assert isinstance(done.exception, UsageError) and "said of a run" in str(done.exception)


def test_an_evaluation_with_other_options_is_another_one() -> None:
    datagen_core.apply("extractive", "docs", "qa.jsonl", n=3)
    all_of_them = datagen_core.evaluate("qa.jsonl", by="diversity")
    first = datagen_core.evaluate("qa.jsonl", by="diversity", options={"field": "input"})
    assert first.tables != all_of_them.tables
    assert datagen_core.evaluate("qa.jsonl", by="diversity").tables == all_of_them.tables


RAG_ROW = {
    "id": "1",
    "input": "[1] tides\nA spring tide follows the new moon by about 36 hours.\n\nWhen is a spring tide?",
    "response": "About 36 hours after the new moon.",
    "question": "When is a spring tide?",
    "passage": "A spring tide follows the new moon by about 36 hours.",
}


def test_a_question_after_passages_stays_known_through_each_step() -> None:
    Path("rag.jsonl").write_text(json.dumps(RAG_ROW) + "\n", encoding="utf-8")
    datagen_core.curate("rag.jsonl", "good.jsonl", by="grounding")
    assert read("good.jsonl") == [RAG_ROW]
    results = datagen_core.apply("redact", "rag.jsonl", "clean.jsonl")
    (row,) = results
    assert row.input == RAG_ROW["input"]
    assert read("clean.jsonl")[0]["question"] == RAG_ROW["question"]


def test_the_rows_of_a_run_bring_their_passages_with_them() -> None:
    results = datagen_core.apply("extractive", "docs", n=3)
    record = read(str(results.folder / "data.jsonl"))[0]
    assert record["passage"] in PAGE and record["response"] in record["passage"]
    Path("docs/tides.md").unlink()
    for data in (results, results.filter(lambda row: True), results.folder.name):
        kept = datagen_core.curate(data, by="grounding", fresh=True)
        assert len(kept) == 3
    evaluated = datagen_core.evaluate(results, by="grounded-qa")
    assert evaluated.metrics["answers_literal"] == 1.0


def test_fewer_rows_than_asked_for_are_written_and_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["apply", "extractive", "docs", "-n", "500", "-o", "qa.jsonl"]
    assert cli.main(words, standalone_mode=False) == 1
    found, said = len(read("qa.jsonl")), capsys.readouterr().out
    assert 3 < found < 500
    assert f"{found} rows, all that could be made" in said and "datagen check" not in said
    assert cli.main([*words, "-q"], standalone_mode=False) == 1
    assert f"{found} rows, fewer than asked for" in capsys.readouterr().err
