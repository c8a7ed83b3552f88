"""`select:` in a recipe: the dataset is chosen from the accepted rows, once, and everything after sees only that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import datagen_core
from datagen_core import Sample, Selection, Verdict, runs
from datagen_core.cli import cli
from datagen_core.errors import PluginError, RecipeError, RunError
from datagen_core.explanation import explain
from datagen_core.plugins.host import installed
from datagen_core.rejudging import rejudge
from datagen_core.report import report
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.selecting import _check
from datagen_core.store.run_store import RunStore
from datagen_core.testing.model_server import ModelServer

ROWS = '''
from datagen_core import Config, Generator
from datagen_core.evaluator import Evaluation, Evaluator


class Count(Generator[Config]):
    """Rows that say their number."""

    async def generate(self, request):
        for at in range(request.n):
            yield request.sample(response=f"row {5 * request.origin.batch + at}")


class Last(Evaluator[Config]):
    """How many rows there are, and the number of the last."""

    def evaluate(self, samples, progress=None):
        return Evaluation(metrics={"rows": len(samples), "last": int(samples[-1].response[4:])})
'''
CHOOSERS = '''
import asyncio
from pathlib import Path

from datagen_core import Config, Selection, Selector, Verdict
from datagen_core.model import ChatRequest
from datagen_core.sample import Message
from pydantic import Field


class PickConfig(Config):
    """Options."""

    last: bool = Field(False, description="the last come first")


class Pick(Selector[PickConfig]):
    """The first n, or the last."""

    async def select(self, rows, n, models):
        with Path("chosen.log").open("a") as log:
            log.write(f"{len(rows)} {n} {self.config.last}\\n")
        ordered = list(reversed(rows)) if self.config.last else list(rows)
        left = {
            row.id: Verdict(passed=False, reason="not_needed", measured=at + 1, threshold=n)
            for at, row in enumerate(ordered)
            if n is not None and at >= n
        }
        return Selection(
            kept=tuple(row.id for row in ordered[:n]),
            left=left,
            scores={row.id: float(len(ordered) - at) for at, row in enumerate(ordered)},
            notes=("chosen by place",),
        )


class OddConfig(Config):
    """Options."""

    how: str = Field("", description="what it does wrong")


class Odd(Selector[OddConfig]):
    """Breaks its interface."""

    async def select(self, rows, n, models):
        how, (first, *more) = self.config.how, [row.id for row in rows]
        if how == "raises":
            raise ZeroDivisionError("by a row")
        why = Verdict(passed=False, reason=None if how == "unsaid" else "not_needed")
        kept, left = [first], {one: why for one in more}
        kept += {"twice": [first], "stranger": ["nobody"], "too_many": more}.get(how, [])
        left = {} if how in ("loses", "too_many") else left
        return Selection(kept=tuple(kept), left=left)


class Longest(Selector[Config]):
    """The rows that a model gives the highest number."""

    def models(self):
        return {"generator": ()}

    async def select(self, rows, n, models):
        scores = [float(await self._score(models["generator"].at(row=at), row)) for at, row in enumerate(rows)]
        ordered = sorted(range(len(rows)), key=lambda at: -scores[at])
        why = Verdict(passed=False, reason="not_needed")
        return Selection(
            kept=tuple(rows[at].id for at in ordered[:n]),
            left={rows[at].id: why for at in ordered[n:]},
            scores={row.id: score for row, score in zip(rows, scores)},
        )

    async def _score(self, model, row):
        message = Message(role="user", content=f"Score {row.response}")
        reply = await model.chat(ChatRequest(messages=(message,), max_tokens=5, temperature=0.0))
        return reply.choices[0].text
'''
RECIPE: dict[str, Any] = {
    "name": "chosen",
    "num_samples": 10,
    "batch_size": 5,
    "window": 1,
    "order": "strict",
    "arms": ["count"],
    "validators": [],
    "router": "uniform",
    "memory": "off",
    "plugins": ["rows.py", "choosers.py"],
}
PICK = {"use": "pick", "n": 3, "with": {"last": True}}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, and few plugins: each run with parts of its own loads them all anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATAGEN_PLUGINS", "openai")
    installed.cache_clear()
    Path("rows.py").write_text(ROWS, encoding="utf-8")
    Path("choosers.py").write_text(CHOOSERS, encoding="utf-8")
    yield
    monkeypatch.undo()
    installed.cache_clear()


def run(**recipe: Any) -> Results:
    return datagen_core.run({**RECIPE, **recipe}, out="run", cache="cache", trust_local=True)


def numbers(results: Results) -> list[int]:
    return [int(row.response.removeprefix("row ")) for row in results.samples()]


def written(file: str) -> list[int]:
    rows = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    return [int((row.get("text") or row["response"]).removeprefix("row ")) for row in rows]


def choices() -> list[str]:
    """What the selector was asked, each time: rows, n, option."""
    return Path("chosen.log").read_text(encoding="utf-8").splitlines()


# -- what is chosen -------------------------------------------------------------------------------------------


def test_the_rows_chosen_are_the_dataset_in_the_order_in_which_they_were_chosen() -> None:
    results = run(select=PICK)
    assert numbers(results.selected()) == [9, 8, 7] == written("run/selected.jsonl")
    assert numbers(results) == list(range(10)) == written("run/data.jsonl")
    assert len(results) == 10 and len(results.selected()) == 3
    assert results.counts()["accepted"] == 10 and results.status == "complete"


def test_without_a_selector_all_accepted_rows_are_the_dataset() -> None:
    results = run()
    assert results.selected() is results and results.selection is None
    assert not Path("run/selected.jsonl").exists()


def test_without_n_as_many_are_kept_as_the_selector_likes() -> None:
    results = run(select="pick")
    assert numbers(results.selected()) == list(range(10)) and results.selection == {
        "by": "pick",
        "kept": 10,
        "left": {},
        "notes": ["chosen by place"],
    }


def test_rows_that_a_filter_kept_are_not_chosen_from_again() -> None:
    some = run(select=PICK).filter(lambda row: row.response < "row 3")
    assert some.selected() is some and numbers(some.selected()) == [0, 1, 2]


def test_evaluation_and_exports_see_the_chosen_rows_only() -> None:
    results = run(select=PICK, evaluation="last", export=[{"path": "out.jsonl"}])
    assert [dict(found.metrics) for _, found in results.evaluations()] == [{"rows": 3, "last": 7}]
    assert written("out.jsonl") == [9, 8, 7]


# -- when it is chosen ----------------------------------------------------------------------------------------


def test_it_is_chosen_once_and_again_when_what_decides_it_changes() -> None:
    run(select=PICK)
    run(select=PICK)
    assert choices() == ["10 3 True"]
    assert numbers(run(select={**PICK, "n": 2}).selected()) == [9, 8]
    assert numbers(run(select={"use": "pick", "n": 2}).selected()) == [0, 1]
    grown = run(select={"use": "pick", "n": 2}, num_samples=12)
    assert choices() == ["10 3 True", "10 2 True", "10 2 False", "12 2 False"]
    assert len(grown) == 12 and written("run/selected.jsonl") == [0, 1]


def test_a_run_that_is_complete_can_be_chosen_from_later_and_exports_follow() -> None:
    export = [{"path": "out.jsonl"}]
    rows = numbers(run(export=export))
    assert written("out.jsonl") == rows
    assert numbers(run(export=export, select=PICK)) == rows
    assert written("out.jsonl") == [9, 8, 7]


def test_a_selection_is_dropped_when_select_is_taken_out() -> None:
    export = [{"path": "out.jsonl"}]
    run(export=export, select=PICK)
    results = run(export=export)
    assert results.selection is None and numbers(results.selected()) == list(range(10))
    assert written("out.jsonl") == list(range(10))
    assert choices() == ["10 3 True"]


def test_the_file_of_a_selection_goes_with_it() -> None:
    run(select=PICK)
    run()
    assert not Path("run/selected.jsonl").exists()


def test_the_evaluation_is_made_again_when_another_number_is_chosen() -> None:
    run(select=PICK, evaluation="last")
    results = run(select={**PICK, "n": 4}, evaluation="last")
    assert [found.metrics["last"] for _, found in results.evaluations()] == [7, 6]


def test_the_evaluation_is_made_again_when_as_many_others_are_chosen() -> None:
    run(select=PICK, evaluation="last")
    results = run(select={"use": "pick", "n": 3}, evaluation="last")
    assert [found.metrics["last"] for _, found in results.evaluations()] == [7, 2]


# -- what a selector may not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("loses", "kept 1 rows and left 0 of 10"),
        ("twice", "kept 2 rows and left 9 of 10"),
        ("stranger", "kept 2 rows and left 9 of 10"),
        ("too_many", "kept 10 rows and was asked for 4"),
        ("unsaid", "left a row without a reason"),
        ("raises", "selector 'odd' failed: ZeroDivisionError: by a row"),
    ],
)
def test_a_selector_that_breaks_its_interface_is_named_and_the_rows_are_kept(how: str, says: str) -> None:
    with pytest.raises(PluginError, match=says) as caught:
        run(select={"use": "odd", "n": 4, "with": {"how": how}})
    assert "odd" in caught.value.message
    results = Results("run")
    assert numbers(results) == list(range(10)) == written("run/data.jsonl")
    assert results.selection is None


def test_a_selector_that_was_mended_goes_on_with_the_same_rows() -> None:
    before = CHOOSERS.replace("ordered = list(", "rows += None; ordered = list(")
    Path("choosers.py").write_text(before, encoding="utf-8")
    with pytest.raises(PluginError, match="selector 'pick' failed: TypeError"):
        run(select={"use": "pick", "n": 2})
    Path("choosers.py").write_text(CHOOSERS, encoding="utf-8")
    assert numbers(run(select={"use": "pick", "n": 2}).selected()) == [0, 1]


@pytest.mark.parametrize(
    ("select", "says"),
    [
        ("pikc", "no selector 'pikc' is installed"),
        ({"use": "pick", "n": 0}, "greater than or equal to 1"),
        ({"use": "pick", "with": {"lsat": True}}, "unknown key 'select.with.lsat'"),
        ("longest", "needs a model and the recipe names none"),
    ],
)
def test_a_selector_that_cannot_work_is_refused_before_any_row_is_made(select: Any, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        run(select=select)
    assert not Path("run/run.db").exists()


# -- selectors that ask a model -------------------------------------------------------------------------------


def test_a_selector_under_a_budget_ends_as_at_a_budget_and_goes_on_from_the_cache() -> None:
    def number(received: Any) -> str:
        return str(received.body).partition("row ")[2][0]

    with ModelServer(number) as server:
        models = {"generator": {"name": "openai/m", "base_url": server.base_url}}

        def sitting(calls: int) -> Results:
            return run(models=models, select={"use": "longest", "n": 3}, budget={"max_calls": calls})

        first = sitting(4)
        assert first.status == "budget" and "the selection isn't made yet" in first.ending["why"]
        assert len(first) == 10 and first.selection is None and len(server.requests) == 4
        second = sitting(100)
        assert second.status == "complete" and numbers(second.selected()) == [9, 8, 7]
        assert len(server.requests) == 10  # none was asked twice
        assert sitting(100).selection == second.selection and len(server.requests) == 10


def test_the_calls_of_a_selector_count_as_spent_by_the_run() -> None:
    with ModelServer(lambda received: "1") as server:
        models = {"generator": {"name": "openai/m", "base_url": server.base_url}}
        results = run(models=models, select={"use": "longest", "n": 3})
    assert report(results)["spent"]["calls"] == 10


# -- what is told of it ---------------------------------------------------------------------------------------


def test_the_report_says_by_whom_how_many_and_why_the_others_were_left() -> None:
    results = run(select=PICK)
    told = {"by": "pick", "kept": 3, "left": {"not_needed": 7}, "notes": ["chosen by place"]}
    assert report(results)["selection"] == told == results.selection
    text = CliRunner().invoke(cli, ["report", "run"]).stdout
    assert "selected by pick: 3 of 10 accepted rows" in text
    assert "not_needed" in text and "chosen by place" in text


def test_a_row_says_whether_it_was_chosen_and_why_not() -> None:
    results = run(select=PICK)
    by_number = {number: row.id for number, row in zip(numbers(results), results.samples(), strict=True)}
    chosen, left = (explain(results, by_number[number]) for number in (8, 5))
    assert chosen is not None and left is not None
    assert chosen["selection"] == {"kept": True, "by": "pick", "score": 9.0, "place": 2}
    assert left["selection"] == {
        "kept": False,
        "by": "pick",
        "score": 6.0,
        "reason": "not_needed",
        "measured": 5,
        "threshold": 3,
    }
    said = CliRunner().invoke(cli, ["explain", by_number[5], "run"]).stdout
    assert "pick: left: not_needed (measured 5, limit 3), score 6" in " ".join(said.split())
    said = CliRunner().invoke(cli, ["explain", by_number[8], "run"]).stdout
    assert "pick: chosen as number 2, score 9" in " ".join(said.split())


def test_without_a_selection_a_row_says_nothing_of_one() -> None:
    results = run()
    found = explain(results, results[0].id)
    assert found is not None and found["selection"] is None


def test_export_writes_the_chosen_rows_and_all_of_them_where_asked() -> None:
    run(select=PICK)
    said = CliRunner().invoke(cli, ["export", "run", "-o", "some.jsonl"]).stdout
    assert written("some.jsonl") == [9, 8, 7] and "3 rows" in said
    CliRunner().invoke(cli, ["export", "run", "-o", "all.jsonl", "--all"])
    assert written("all.jsonl") == list(range(10))


def test_check_names_the_selector() -> None:
    Path("r.yaml").write_text(json.dumps({**RECIPE, "select": PICK}), encoding="utf-8")
    found = json.loads(CliRunner().invoke(cli, ["check", "r.yaml", "--trust-local", "--json"]).stdout)
    assert found["selector"] == "pick"
    assert "selection pick" in CliRunner().invoke(cli, ["check", "r.yaml", "--trust-local"]).stdout


def test_rows_that_are_judged_again_are_chosen_from_again() -> None:
    source = run(select=PICK)
    job = resolve(runs.load({**RECIPE, "select": {**PICK, "n": 2}}), trust_local=True)
    results = rejudge(source, job, Path("judged"), cache=Path("cache"))
    assert numbers(results.selected()) == [9, 8] and written("judged/selected.jsonl") == [9, 8]


def test_a_selection_of_fewer_rows_than_there_are_is_no_selection() -> None:
    run(select=PICK)
    run(select=PICK, num_samples=12)
    store = RunStore(Path("run") / "run.db")
    found = store.get("selection")
    store.put(
        {"selection": {**found, "by": {**found["by"], "rows": 10}}}
    )  # as a crash after growth leaves it
    store.close()
    results = Results("run")
    assert results.selection is None
    with pytest.raises(RunError, match="isn't made yet"):
        results.selected()
    assert numbers(run(select=PICK, num_samples=12).selected()) == [11, 10, 9]


@pytest.mark.parametrize(
    ("how", "said"), [("nan", "the score nan"), ("stranger", "'stranger'"), ("passed", "verdict that passes")]
)
def test_a_selection_that_makes_no_sense_is_refused(how: str, said: str) -> None:
    why = Verdict(passed=how == "passed", reason="not_needed")
    scores = {"nan": {"a": float("nan")}, "stranger": {"stranger": 1.0}}.get(how, {})
    found = Selection(kept=("a",), left={"b": why}, scores=scores)
    with pytest.raises(PluginError, match=said):
        _check("odd", [Sample(id="a"), Sample(id="b")], 1, found)
