"""`split`: what says that rows belong together, files as they were given, shares by class."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datagen_core.dataset_split import split_dataset

Datagen = Callable[..., Any]


def write(name: str, rows: list[dict[str, Any]]) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def part(name: str, folder: str = "parts") -> list[dict[str, Any]]:
    text = (Path(folder) / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_is_split_by_its_lineage(datagen: Datagen, quick: Path) -> None:
    done = datagen("split", "quick", "-o", "parts", "--train", "0.75", "--test", "0.25")
    assert done.code == 0 and done.out.endswith("rows were kept together by the run's lineage\n")
    found = {name: part(name) for name in ("train", "test")}
    records = {row["id"]: row for row in map(json.loads, (quick / "data.jsonl").open(encoding="utf-8"))}
    seeds = {
        name: {parent for row in rows for parent in records[row["id"]]["trace"]["parents"]}
        for name, rows in found.items()
    }
    assert not seeds["train"] & seeds["test"]
    assert sum(map(len, found.values())) == 12 and all(found.values())
    records_split = datagen(
        "split", "runs/quick/data.jsonl", "-o", "again", "--train", "0.75", "--test", "0.25"
    )
    assert "by the run's lineage" in records_split.out
    assert [row["id"] for row in part("test", "again")] == [row["id"] for row in found["test"]]
    assert "trace" in part("test", "again")[0]  # as they were given


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (lambda at: {"chunk_id": f"c{at // 3}"}, "by chunk_id"),
        (lambda at: {"source_row": at // 3}, "by source_row"),
        (lambda at: {"parents": [f"p{at // 3}", f"own{at}"]}, "by parents"),
        (lambda at: {"chunk_ids": [f"c{at // 3}"], "source_id": f"own{at}"}, "by source_id, chunk_ids"),
    ],
)
def test_columns_that_say_what_rows_were_made_from_keep_them_together(
    datagen: Datagen, columns: Callable[[int], dict[str, Any]], told: str
) -> None:
    rows = [{"question": f"q{at}", "answer": "a", "group": at // 3, **columns(at)} for at in range(30)]
    done = datagen("split", write("rows.jsonl", rows), "-o", "parts", "--shares", "a=0.7,b=0.3")
    assert done.out.endswith(f"rows were kept together {told}\n")
    a, b = part("a"), part("b")
    assert (len(a), len(b)) == (21, 9)
    assert not {row["group"] for row in a} & {row["group"] for row in b}
    assert a == [row for row in rows if row in a]  # as given, in order


def test_without_lineage_rows_of_one_input_stay_together_and_it_is_said(datagen: Datagen) -> None:
    rows = [
        {"prompt": f"Q {at // 2}" + " ?" * (at % 2) if at > 1 else ("Same", " same ")[at]} for at in range(12)
    ]
    rows = [{"prompt": text, "answer": str(at)} for at, text in enumerate(r["prompt"] for r in rows)]
    done = datagen("split", write("rows.jsonl", rows), "-o", "parts", "--shares", "a=1,b=1", "--json")
    assert done.json["kept_together"].startswith("by the same input: no column says")
    (home,) = [name for name in ("a", "b") if any(row["answer"] == "0" for row in part(name))]
    assert any(row["answer"] == "1" for row in part(home))


def test_by_names_the_column_and_row_sets_each_for_itself(datagen: Datagen) -> None:
    rows = [{"text": f"t{at}", "document": f"d{at % 2}", "chunk_id": f"c{at}"} for at in range(10)]
    file = write("rows.jsonl", rows)
    done = datagen("split", file, "-o", "parts", "--shares", "a=0.8,b=0.2", "--by", "document")
    assert (done.code, done.err) == (0, "the shares are missed: there are 2 groups, the largest of 5 rows\n")
    assert [{row["document"] for row in part(name)} for name in ("a", "b")] in (
        [{"d0"}, {"d1"}],
        [{"d1"}, {"d0"}],
    )
    done = datagen("split", file, "-o", "parts", "--by", "document")
    assert (done.code, done.out) == (2, "")
    assert (
        "10 rows make 2 group(s) of common sources, too few for 3 parts" in done.err
        and "--by row" in done.err
    )
    assert datagen("split", file, "-o", "each", "--by", "row").code == 0
    assert [len(part(name, "each")) for name in ("train", "validation", "test")] == [8, 1, 1]
    assert "no row has 'doc'" in datagen("split", file, "-o", "parts", "--by", "doc").err


def test_classes_get_their_shares_and_the_table_says_what_came_of_it(datagen: Datagen) -> None:
    rows = [
        {"text": f"t{at}", "label": "rare" if at % 10 == 0 else "common", "source_id": at // 2}
        for at in range(100)
    ]
    file = write("rows.jsonl", rows)
    done = datagen("split", file, "-o", "parts", "--stratify", "label", "--json")
    assert done.json["strata"] == {
        "common": {"train": 72, "validation": 9, "test": 9},
        "rare": {"train": 8, "validation": 1, "test": 1},
    }
    shown = datagen("split", file, "-o", "parts", "--stratify", "label").out
    assert "common 72 80 % 9 10 % 9 10 %" in " ".join(shown.split())


def test_parts_are_written_in_a_trainers_format_all_or_none(datagen: Datagen) -> None:
    rows = [{"question": f"q{at}", "answer": "a"} for at in range(10)]
    file = write("rows.jsonl", rows)
    assert datagen("split", file, "-o", "parts", "-f", "llama-factory").code == 0
    info = json.loads(Path("parts/dataset_info.json").read_text(encoding="utf-8"))
    assert list(info) == ["train", "validation", "test"]
    assert datagen("export", "--check", "parts/test.jsonl", "-f", "llama-factory").code == 0
    file = write("rows.jsonl", [*rows, {"text": "a text alone"}])
    done = datagen("split", file, "-o", "none", "-f", "chatml")
    assert done.code == 2 and "row 11 can't be written as chatml" in done.err and not Path("none").exists()


def test_a_folder_with_a_part_of_another_split_is_refused_before_anything_is_written(
    datagen: Datagen,
) -> None:
    file = write("rows.jsonl", [{"question": f"q{at}", "answer": "a"} for at in range(20)])
    assert datagen("split", file, "-o", "parts", "-f", "llama-factory").code == 0
    before = {path.name: path.read_bytes() for path in Path("parts").iterdir()}
    for format in ("jsonl", "chatml"):
        done = datagen("split", file, "-o", "parts", "--train", "0.8", "--test", "0.2", "-f", format)
        assert (
            done.code == 2 and "none of the parts: validation.jsonl" in done.err and "-o ANOTHER" in done.err
        )
    assert {path.name: path.read_bytes() for path in Path("parts").iterdir()} == before
    Path("parts/validation.jsonl").unlink()
    Path("parts/validation.metadata.jsonl").touch()
    assert datagen("split", file, "-o", "parts", "--train", "0.8", "--test", "0.2").code == 0
    assert not {row["question"] for row in part("train")} & {row["question"] for row in part("test")}


def test_a_run_is_stratified_by_its_arms(datagen: Datagen, quick: Path) -> None:
    shares = ("--train", "0.5", "--test", "0.5")
    done = datagen("split", "quick", "-o", "parts", *shares, "--by", "row", "--stratify", "arm", "--json")
    records = [json.loads(line) for line in (quick / "data.jsonl").open(encoding="utf-8")]
    arms_of = {row["id"]: row["metadata"]["arm"] for row in records}
    arms = Counter(arms_of.values())
    assert {arm: sum(counts.values()) for arm, counts in done.json["strata"].items()} == arms
    assert set(arms) == {"augment-word-edits", "augment-splice"}
    done = datagen("split", "quick", "-o", "arms", *shares, "--by", "arm")
    assert [len({arms_of[row["id"]] for row in part(name, "arms")}) for name in ("train", "test")] == [1, 1]
    assert "one of label, arm" in datagen("split", "quick", "-o", "none", "--stratify", "nope").err


def test_what_a_trainers_format_cant_hold_is_told_for_each_part(datagen: Datagen) -> None:
    rows = [{"question": f"q{at}", "answer": "a"} for at in range(10)]
    options = ("--shares", "a=1,b=1", "-f", "alpaca", "--set", "instruction=Answer.")
    done = datagen("split", write("rows.jsonl", rows), "-o", "parts", *options)
    told = "the option instruction changed nothing: no row is a text with a label"
    assert (done.code, done.err.splitlines()) == (0, [f"a: {told}", f"b: {told}"])


def test_shares_and_names_that_make_no_sense_are_refused(datagen: Datagen) -> None:
    file = write("rows.jsonl", [{"text": f"t{at}"} for at in range(9)])
    for arguments, says in (
        (["--shares", "train:0.8"], "can't read the shares"),
        (["--shares", "train=1", "--test", "1"], "shares are given twice"),
        (["--shares", "../x=1,b=1"], "a part can't be called '../x'"),
        (["--train", "0"], "can't split by the shares"),
    ):
        done = datagen("split", file, "-o", "parts", *arguments)
        assert done.code == 2 and says in done.err, done.err


def test_rows_that_cite_nothing_stay_with_those_of_the_same_input_and_ids_join_whatever_their_type(
    tmp_path: Path,
) -> None:
    rows = [
        {"input": f"q{i // 4}", "response": f"a{i}", **({"chunk_id": f"c{i}"} if i % 4 == 0 else {})}
        for i in range(40)
    ]
    rows += [{"input": f"n{i}", "response": "b", "chunk_id": 3 if i % 2 else "3"} for i in range(6)]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = split_dataset(file, shares={"train": 0.5, "test": 0.5})
    parts = [{row.sample.input for row in part.rows} for part in found.parts.values()]
    assert not parts[0] & parts[1]
    numbered = [any(name.startswith("n") for name in part) for part in parts]
    assert sum(numbered) == 1
    assert "same input, as 30 rows have none" in found.kept_together


def test_an_id_that_stands_twice_keeps_both_of_its_chunks(tmp_path: Path) -> None:
    rows = [{"id": "same", "input": f"q{i}", "response": "a", "chunk_id": f"c{i}"} for i in range(2)]
    rows += [{"id": f"r{i}", "input": f"x{i}", "response": "a", "chunk_id": f"c{i % 4}"} for i in range(12)]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = split_dataset(file, shares={"train": 0.5, "test": 0.5})
    chunks = [{row.given["chunk_id"] for row in part.rows} for part in found.parts.values()]
    assert not chunks[0] & chunks[1]
