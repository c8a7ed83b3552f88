"""`explain` and `export`: why a row exists, and what trainers get."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Datagen = Callable[..., Any]


def _rows(folder: Path, name: str = "data.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


# -- explain --------------------------------------------------------------------------------------------------


def test_an_accepted_row_is_explained_by_its_arm_decision_verdicts_and_seeds(
    datagen: Datagen, quick: Path
) -> None:
    row = _rows(quick)[0]
    found = datagen("explain", row["id"], "quick", "--json").json
    seeds = {line.split(",")[0] for line in Path("seeds.csv").read_text(encoding="utf-8").splitlines()[1:]}

    assert found["id"] == row["id"]
    assert (found["status"], found["reason"]) == ("accepted", None)
    assert found["text"] == row["response"]
    assert found["label"] == row["label"]
    assert found["arm"] == "augment-word-edits"
    assert found["decision"].startswith(
        "not tried yet; propensity 1.000 among augment-word-edits, augment-splice"
    )
    assert found["batch"].startswith("0: 6 rows asked for")
    assert [(v["validator"], v["passed"], v["reason"]) for v in found["verdicts"]] == [
        ("rules", True, None),
        ("dedup", True, None),
    ]
    assert {seed["status"] for seed in found["ancestors"]} == {"source"}
    assert {seed["text"] for seed in found["ancestors"]} <= seeds
    assert [seed["id"] for seed in found["ancestors"]] == sorted(row["trace"]["parents"])


def test_a_rejected_row_is_explained_by_what_was_measured(datagen: Datagen, quick: Path) -> None:
    row = next(row for row in _rows(quick, "rejected.jsonl") if row["rejected_by"] == "rules")
    text = datagen("explain", row["id"], "quick")
    found = datagen("explain", row["id"], "quick", "--json").json
    failed = [v for v in found["verdicts"] if not v["passed"]]

    assert (text.code, text.err) == (0, "")
    assert f"rejected by rules: {row['reason']}" in text.out
    assert (found["status"], found["rejected_by"], found["reason"]) == ("rejected", "rules", row["reason"])
    assert [(v["validator"], v["measured"], v["threshold"]) for v in failed] == [
        ("rules", len(row["response"].split()), 6)
    ]


def test_an_id_may_be_cut_short_and_the_run_left_out(datagen: Datagen, quick: Path) -> None:
    row = _rows(quick)[-1]
    shutil.copytree(quick, "runs/a-copy")

    assert datagen("explain", row["id"][:12], "runs/quick", "--json").json["id"] == row["id"]
    assert datagen("explain", row["id"][:12], "--json").json["run"] == "runs/a-copy"


def test_the_beginning_of_two_ids_and_of_none_are_refused(datagen: Datagen, quick: Path) -> None:
    ids = [row["id"] for name in ("data.jsonl", "rejected.jsonl") for row in _rows(quick, name)]
    shared = next(first for first, n in Counter(identity[0] for identity in ids).items() if n > 1)

    for wrong in (shared, "not-an-id", "%", ""):
        done = datagen("explain", wrong, "quick")
        assert (done.code, done.out) == (1, "")
        assert f"begins with {wrong!r}" in done.err
        assert "data.jsonl" in done.err


# -- export ---------------------------------------------------------------------------------------------------


def test_jsonl_has_the_columns_that_trainers_read(datagen: Datagen, quick: Path) -> None:
    done = datagen("export", "quick", "-f", "jsonl", "-o", "out/train.jsonl")

    assert (done.code, done.out, done.err) == (0, "12 rows → out/train.jsonl\n", "")
    assert _rows(Path("out"), "train.jsonl") == [
        {"id": row["id"], "text": row["response"], "label": row["label"]} for row in _rows(quick)
    ]


def test_an_exporters_options_are_set_on_the_command_line(datagen: Datagen, quick: Path) -> None:
    assert datagen("export", "quick", "-o", "full.jsonl", "--set", "full=true").code == 0

    rows = _rows(Path(), "full.jsonl")
    assert [row["trace"]["parents"] for row in rows] == [row["trace"]["parents"] for row in _rows(quick)]


def test_csv_reads_back_the_same(datagen: Datagen, quick: Path) -> None:
    assert datagen("export", "quick", "-f", "csv", "-o", "train.csv").code == 0

    with Path("train.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert found == [
        {"id": row["id"], "text": row["response"], "label": row["label"]} for row in _rows(quick)
    ]


def test_text_has_one_response_per_line_and_lies_in_the_run_unless_told(
    datagen: Datagen, quick: Path
) -> None:
    done = datagen("export", "runs/quick", "-f", "text")

    assert done.out == "12 rows → runs/quick/export.txt\n"
    assert (quick / "export.txt").read_text(encoding="utf-8").splitlines() == [
        row["response"] for row in _rows(quick)
    ]


def test_an_existing_file_is_replaced_whole_also_through_a_link(datagen: Datagen, quick: Path) -> None:
    Path("kept").mkdir()
    Path("kept/train.txt").write_text("old\n" * 1000, encoding="utf-8")
    Path("link.txt").symlink_to("kept/train.txt")

    assert datagen("export", "quick", "-f", "text", "-o", "link.txt").code == 0
    assert Path("link.txt").is_symlink()
    assert len(Path("kept/train.txt").read_text(encoding="utf-8").splitlines()) == 12
    assert [path.name for path in Path("kept").iterdir()] == ["train.txt"]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout")
def test_a_pipe_is_written_to_not_replaced(quick: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "datagen_core", "export", "quick", "-f", "text", "-o", "/dev/stdout"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )

    assert done.stdout.splitlines()[:12] == [row["response"] for row in _rows(quick)]
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["-f", "cvs"], 2, "did you mean 'csv'?"),
        (["-f", "csv", "--set", "guard_formulsa=1"], 2, "unknown key 'guard_formulsa'"),
        (["-o", "runs"], 2, "runs is a folder"),
        (["-o", "seeds.csv/x.jsonl"], 1, "can't be written"),
    ],
)
def test_an_export_that_cannot_be_written_says_why(
    datagen: Datagen, quick: Path, arguments: list[str], code: int, says: str
) -> None:
    done = datagen("export", "quick", *arguments)

    assert (done.code, done.out) == (code, "")
    assert says in done.err
    assert not list(Path().glob("**/*.part"))


def test_a_run_exports_what_its_recipe_asks_when_it_is_complete(datagen: Datagen) -> None:
    recipe = (
        "run",
        "quick.yaml",
        "-q",
        "--set",
        "export=[{path: out/rows.csv, format: csv}, {path: rows.jsonl}]",
    )

    assert datagen(*recipe, "--set", "budget.max_batches=1").code == 3
    assert not Path("out").exists()
    assert datagen(*recipe).code == 0
    assert len(Path("out/rows.csv").read_text(encoding="utf-8").splitlines()) == 13
    assert len(_rows(Path(), "rows.jsonl")) == 12


@pytest.mark.parametrize(
    ("export", "says"),
    [
        ("{path: x.csv, format: cvs}", "no exporter 'cvs'"),
        (
            "{path: x.csv, format: csv, with: {guard_formulsa: 1}}",
            "unknown key 'export.0.with.guard_formulsa'",
        ),
        ("{path: ../x.csv}", "datagen export RUN -o ../x.csv"),
    ],
)
def test_a_wrong_export_is_refused_before_any_work(datagen: Datagen, export: str, says: str) -> None:
    done = datagen("run", "quick.yaml", "--set", f"export=[{export}]")

    assert done.code == 2
    assert says in done.err
    assert not Path("runs").exists()
