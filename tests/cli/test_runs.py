"""`check`, `preview`, `run`, `runs`, `report`: exit codes, and runs that go on, grow or refuse to."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

Datagen = Callable[..., Any]


def _rows(folder: Path, name: str = "data.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text(encoding="utf-8").splitlines()]


def _stored(folder: Path) -> dict[str, list[Any]]:
    """Everything a run's database holds."""
    with sqlite3.connect(folder / "run.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return {table: database.execute(f"select * from {table}").fetchall() for table in tables}


# -- check and preview ----------------------------------------------------------------------------------------


def test_check_says_what_will_happen_and_leaves_nothing(datagen: Datagen, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    text, found = datagen("check", "quick.yaml"), datagen("check", "quick.yaml", "--json").json

    assert (text.code, text.err) == (0, "")
    assert "nothing was done" in text.out
    assert "augment-splice" in text.out
    assert [arm["arm"] for arm in found["arms"]] == ["augment-word-edits", "augment-splice"]
    assert [(v["name"], v["cost"]) for v in found["validators"]] == [("rules", "free"), ("dedup", "cheap")]
    assert (found["order"], found["window"], found["num_samples"]) == ("strict", 1, 12)
    assert found["features"]["labels"] == 2
    assert sorted(tmp_path.iterdir()) == before


def test_check_lists_arms_that_cannot_work_and_keys_that_nothing_enforces(datagen: Datagen) -> None:
    """Without `arms:` all that fit are offered; two modes of augment need slots, which the seeds lack."""
    found = datagen("check", "quick.yaml", "--json", "--set", "arms=", "--set", "constraints.tone=warm").json
    offered = {arm["arm"] for arm in found["arms"]}
    not_offered = {arm["arm"]: arm["why"] for arm in found["not_offered"]}

    assert found["not_enforced"] == ["constraints.tone"]
    assert {"augment-word-edits", "augment-splice"} <= offered
    assert {"augment-slot-exchange", "augment-frames"} <= set(not_offered)
    assert all(not_offered.values())
    assert any(line.startswith("arms: all installed") for line in found["assumptions"])


@pytest.mark.parametrize(
    ("arms", "not_enforced", "by_some", "said"),
    [
        (
            "[controlled]",
            ["constraints.audience"],
            {},
            "not enforced (kept for prompts): constraints.audience",
        ),
        (
            "[controlled, naive]",
            ["constraints.audience"],
            {"constraints.keywords": ["controlled"]},
            "constraints.keywords: enforced by controlled only",
        ),
        (
            "[{name: both, chain: [controlled, paraphrase]}]",
            ["constraints.audience"],
            {},
            "(kept for prompts): constraints.audience",
        ),
        ("[naive]", ["constraints.keywords", "constraints.audience"], {}, "constraints.keywords,"),
    ],
)
def test_check_counts_a_key_as_enforced_where_every_arm_acts_on_it(
    datagen: Datagen, arms: str, not_enforced: list[str], by_some: dict[str, list[str]], said: str
) -> None:
    told = "constraints={keywords: [song], audience: adults}"
    call = ("check", "quick.yaml", "-m", "rehearsal", "--set", f"arms={arms}", "--set", told)
    found, text = datagen(*call, "--json").json, datagen(*call).out

    assert (found["not_enforced"], found["enforced_by_some"]) == (not_enforced, by_some)
    assert said in " ".join(text.split())


def test_preview_shows_rows_of_each_arm_and_keeps_nothing(datagen: Datagen, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    text, found = (
        datagen("preview", "quick.yaml", "-n", "2"),
        datagen("preview", "quick.yaml", "-n", "2", "--json").json,
    )

    assert (text.code, text.err) == (0, "")
    assert [(arm["arm"], len(arm["rows"]), arm["error"]) for arm in found] == [
        ("augment-word-edits", 2, None),
        ("augment-splice", 2, None),
    ]
    assert all(row["text"] in text.out for arm in found for row in arm["rows"])
    assert {row["status"] for arm in found for row in arm["rows"]} <= {"accepted", "rejected", "surplus"}
    assert sorted(tmp_path.iterdir()) == before


# -- run ------------------------------------------------------------------------------------------------------


def test_run_makes_the_rows_and_says_where_they_are(datagen: Datagen) -> None:
    done = datagen("run", "quick.yaml")
    folder = Path("runs/quick")

    assert (done.code, done.err) == (0, "")
    assert "12 of 12 rows accepted" in done.out
    assert "runs/quick/data.jsonl" in done.out
    assert len(_rows(folder)) == 12
    assert {row["label"] for row in _rows(folder)} == {"music", "weather"}
    assert all(len(row["response"].split()) <= 6 for row in _rows(folder))
    assert len({row["response"] for row in _rows(folder)}) == 12
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("run.")) == [
        "data.jsonl",
        "log.jsonl",
        "recipe.lock.yaml",
        "rejected.jsonl",
    ]
    lock = yaml.safe_load((folder / "recipe.lock.yaml").read_text(encoding="utf-8"))
    assert (lock["num_samples"], lock["order"]) == (12, "strict")


def test_run_as_json_prints_only_the_report_and_it_adds_up(datagen: Datagen) -> None:
    found = datagen("run", "quick.yaml", "--json", "-o", "elsewhere").json
    counts = found["counts"]

    assert found["ending"]["status"] == "complete"
    assert found["folder"] == "elsewhere"
    assert counts["generated"] == counts["accepted"] + counts["rejected"] + counts["surplus"]
    assert counts["accepted"] == 12 == len(_rows(Path("elsewhere")))
    assert counts["rejected"] == len(_rows(Path("elsewhere"), "rejected.jsonl"))
    assert sum(arm["accepted"] for arm in found["arms"]) == 12
    assert found["labels"] == [
        {"label": "music", "accepted": 6, "target": 6},
        {"label": "weather", "accepted": 6, "target": 6},
    ]


def test_a_quiet_run_says_nothing(datagen: Datagen) -> None:
    done = datagen("run", "quick.yaml", "-q")

    assert (done.code, done.out, done.err) == (0, "", "")


def test_the_same_recipe_and_seed_give_the_same_rows_anywhere(datagen: Datagen, finished: Path) -> None:
    datagen("run", "quick.yaml", "-q")
    datagen("run", "quick.yaml", "-q", "--seed", "8", "-o", "other")

    def plain(folder: Path) -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k != "created_at"} for row in _rows(folder)]

    assert plain(Path("runs/quick")) == plain(finished)
    assert plain(Path("other")) != plain(finished)


def test_a_budget_that_is_reached_is_exit_3_and_a_larger_one_goes_on(datagen: Datagen) -> None:
    short = datagen("run", "quick.yaml", "--set", "budget.max_batches=1")
    rows = _rows(Path("runs/quick"))

    assert short.code == 3
    assert "budget" in short.out
    assert 0 < len(rows) < 12
    assert datagen("run", "quick.yaml", "-q").code == 0
    assert _rows(Path("runs/quick"))[: len(rows)] == rows
    assert len(_rows(Path("runs/quick"))) == 12


def test_when_nothing_is_accepted_it_says_why_and_fails(datagen: Datagen) -> None:
    done = datagen("run", "quick.yaml", "--set", "validators.rules.with.max_words=1")

    assert done.code == 1
    assert done.out == ""
    assert "nothing was accepted" in done.err
    assert "rules: " in done.err
    assert "validators.rules" in done.err


# -- runs that exist ------------------------------------------------------------------------------------------


def test_a_finished_run_prints_its_report_and_changes_nothing(datagen: Datagen, quick: Path) -> None:
    before = {path.name: path.read_bytes() for path in quick.iterdir() if not path.name.startswith("run.")}
    stored = _stored(quick)

    assert "12 of 12 rows accepted" in datagen("run", "quick.yaml").out
    assert {
        path.name: path.read_bytes() for path in quick.iterdir() if not path.name.startswith("run.")
    } == before
    assert _stored(quick) == stored


def test_a_larger_target_grows_the_run_and_a_smaller_one_is_refused(datagen: Datagen, quick: Path) -> None:
    first = _rows(quick)

    assert datagen("run", "quick.yaml", "-n", "16", "-q").code == 0
    assert _rows(quick)[:12] == first
    assert len(_rows(quick)) == 16
    less = datagen("run", "quick.yaml", "-n", "15")
    assert less.code == 1
    assert "asked for 16 rows, now for 15" in less.err
    assert "--fresh" in less.err
    assert len(_rows(quick)) == 16


@pytest.mark.parametrize(
    ("assignment", "difference"),
    [
        ("seed=8", "seed: 7 → 8"),
        ("validators.rules.with.max_words=7", "validators.0.with.max_words: 6 → 7"),
        ("router.with.start=0.25", "router.with.start: 0.5 → 0.25"),
        ("domain=songs", 'context.domain: "" → "songs"'),
        ("batch_size=7", "batch_size: 6 → 7"),
    ],
)
def test_a_changed_recipe_does_not_go_on_and_the_difference_is_shown(
    datagen: Datagen, quick: Path, assignment: str, difference: str
) -> None:
    before = _stored(quick)
    done = datagen("run", "quick.yaml", "-n", "20", "--set", assignment)

    assert done.code == 1
    assert difference in done.err
    assert "expected:" in done.err
    assert _stored(quick) == before


def test_a_changed_input_file_is_a_changed_recipe(datagen: Datagen, quick: Path) -> None:
    with Path("seeds.csv").open("a", encoding="utf-8") as seeds:
        seeds.write("one more please,music\n")

    done = datagen("run", "quick.yaml", "-n", "20")
    assert done.code == 1
    assert "context.seeds" in done.err


def test_fresh_starts_beside_the_old_run_and_keeps_it(datagen: Datagen, quick: Path) -> None:
    before = (quick / "data.jsonl").read_bytes()

    assert datagen("run", "quick.yaml", "--fresh", "-q", "--seed", "8").code == 0
    assert (quick / "data.jsonl").read_bytes() == before
    assert len(_rows(Path("runs/quick-2"))) == 12
    assert _rows(Path("runs/quick-2")) != _rows(quick)
    assert datagen("run", "quick.yaml", "-q", "--seed", "8").code == 0  # goes on with the newest
    assert not Path("runs/quick-3").exists()


def test_a_second_process_on_the_same_run_is_refused(datagen: Datagen, quick: Path) -> None:
    with FileLock(quick / "run.lock"):
        busy = datagen("run", "quick.yaml", "-n", "20")
    free = datagen("run", "quick.yaml", "-n", "13", "-q")

    assert busy.code == 1
    assert "another process is working on this run" in busy.err
    assert "runs/quick" in busy.err
    assert "--fresh" in busy.err
    assert free.code == 0


def test_runs_list_names_status_and_rows(datagen: Datagen, quick: Path) -> None:
    Path("runs/broken").mkdir()
    Path("runs/broken/run.db").write_text("no database", encoding="utf-8")
    listed = datagen("runs", "list", "--json")

    assert listed.code == 0
    assert listed.json[1] == {"run": "quick", "status": "complete", "rows": 12, "target": 12}
    assert listed.json[0]["status"].startswith("unreadable: ")
    assert "quick" in datagen("runs", "list").out


def test_runs_list_of_an_empty_folder_says_what_to_do(datagen: Datagen) -> None:
    assert "datagen run RECIPE" in datagen("runs", "list").out
    assert datagen("runs", "list", "--json").json == []


def test_report_shows_a_run_and_another_beside_it(datagen: Datagen, quick: Path) -> None:
    shutil.copytree(quick, "runs/other")
    text, beside = datagen("report", "quick"), datagen("report", "quick", "--against", "runs/other")
    pair = datagen("report", "quick", "--against", "other", "--json").json

    assert (text.code, beside.code) == (0, 0)
    assert "side by side" in beside.out
    assert "side by side" not in text.out
    assert [found["folder"] for found in pair] == ["runs/quick", "runs/other"]
    assert datagen("report", str(quick), "--json").json["counts"]["accepted"] == 12


def test_the_newest_folder_that_holds_this_very_run_is_the_one_that_goes_on(
    datagen: Datagen, quick: Path
) -> None:
    assert datagen("run", "quick.yaml", "-q", "--fresh", "--seed", "5").code == 0
    other = _stored(Path("runs/quick-2"))
    again = datagen("run", "quick.yaml", "-q")  # not the folder that --fresh made for another seed
    assert (again.code, again.err) == (0, "")
    assert datagen("run", "quick.yaml", "-q", "--seed", "5").code == 0
    assert _stored(Path("runs/quick-2")) == other
    assert not Path("runs/quick-3").exists()


def test_rescoring_shows_what_another_reward_would_have_said_and_can_be_remembered(
    datagen: Datagen, quick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(Path("data").absolute()))
    off = datagen("rescore", "quick", "--reward", "pass-rate-quality", "--remember")
    assert off.code == 2 and "the memory isn't on for this run" in off.err
    monkeypatch.setenv("DATAGEN_MEMORY", "on")
    same = datagen("rescore", "quick", "--reward", "novel-yield", "--json")
    assert same.code == 0, same.err
    assert same.json and all(row["before"] == pytest.approx(row["after"]) for row in same.json)
    other = datagen("rescore", "quick", "--reward", "pass-rate-quality", "--remember")
    assert "mean reward" in other.out and "pass-rate-quality@1" in other.out
    assert "batches remembered as pass-rate-quality@1 {}" in other.err
    shown = datagen("memory", "show", "--json").json
    assert {row["reward"] for row in shown} == {"pass-rate-quality@1 {}"}
    assert len(datagen("memory", "export").out.splitlines()) == sum(row["batches"] for row in shown)
    assert datagen("memory", "forget").code == 2
    assert "decisions forgotten" in datagen("memory", "forget", "--all").out
    assert "nothing is remembered yet" in datagen("memory", "show").out
