"""`datagen apply`: each row of a dataset through a transform, once."""

from __future__ import annotations

import csv
import gzip
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import datagen_core
from datagen_core import Config, GenerateRequest, Generator
from datagen_core.cli import cli
from datagen_core.errors import InputError, RecipeError, UsageError
from datagen_core.originals import originals
from datagen_core.results import Results
from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import Answer

ROWS = [{"text": f"play song {i}", "label": "music" if i % 3 else "radio"} for i in range(47)]
TRANSFORMS = '''
from datagen_core import Config, Generator
from datagen_core.llm.concurrently import in_order
from datagen_core.model import ChatRequest, ModelError
from datagen_core.originals import originals
from datagen_core.sample import Message
from pydantic import Field


class Shout(Generator):
    """Text in capitals; refuses what has a 13 in it."""

    def needs(self):
        return frozenset({"originals"})

    async def generate(self, request):
        for original in originals(request):
            if "13" in original.sample.response:
                yield request.reject("unlucky", "no 13", text=original.sample.response, parents=original.parents)
            else:
                yield request.sample(
                    input=original.sample.input,
                    response=original.sample.response.upper(),
                    label=original.sample.label,
                    parents=original.parents,
                )


class Careless(Generator):
    """Raises at 9, makes nothing of rows with a 3 in them."""

    def needs(self):
        return frozenset({"originals"})

    async def generate(self, request):
        for original in originals(request):
            if "9" in original.sample.response:
                raise KeyError("nine")
            if "3" not in original.sample.response:
                yield request.sample(response=original.sample.response.upper(), parents=original.parents)


class TwiceConfig(Config):
    """Options."""

    mark: str = Field("!", description="what is put behind")


class Twice(Generator[TwiceConfig]):
    """Two of each."""

    def needs(self):
        return frozenset({"originals"})

    def fan_out(self):
        return 2

    async def generate(self, request):
        for original in originals(request, each=2):
            mark = self.config.mark * (original.variation + 1)
            yield request.sample(
                response=original.sample.response + mark, label=original.sample.label, parents=original.parents
            )


class Asked(Generator):
    """What a model makes of it."""

    def needs(self):
        return frozenset({"originals"})

    def models(self):
        return {"generator": ()}

    async def generate(self, request):
        drawn = originals(request)
        work = [self._asked(request.model("generator").at(row=at), one) for at, one in enumerate(drawn)]
        rows = zip(drawn, [answer async for answer in in_order(work)], strict=True)
        for original, answer in rows:
            if isinstance(answer, ModelError):
                yield request.failed(answer, parents=original.parents)
            else:
                yield request.sample(
                    response=answer.choices[0].text, label=original.sample.label, parents=original.parents
                )

    async def _asked(self, model, original):
        message = Message(role="user", content=f"Say it otherwise, in one sentence: {original.sample.response}")
        try:
            return await model.chat(ChatRequest(messages=(message,), max_tokens=50, temperature=0.5))
        except ModelError as error:
            return error
'''
LOCAL = {"overrides": ["plugins=[transforms.py]"], "trust_local": True}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("transforms.py").write_text(TRANSFORMS, encoding="utf-8")
    Path("data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    return tmp_path


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def test_each_row_goes_through_once_in_the_order_of_the_file() -> None:
    results = datagen_core.apply("shout", "data.jsonl", "out.jsonl", **LOCAL)
    wanted = [row for row in ROWS if "13" not in row["text"]]
    assert [(r["text"], r["label"]) for r in read("out.jsonl")] == [
        (r["text"].upper(), r["label"]) for r in wanted
    ]
    assert results.status == "complete" and results.counts()["rejected"] == 1
    assert results.rejections()[0]["reason"] == "unlucky"
    assert all(len(row.trace.parents) == 1 for row in results)


def test_one_row_can_become_several_and_transforms_chain() -> None:
    results = datagen_core.apply(
        ["shout", {"use": "twice", "with": {"mark": "?"}}], "data.jsonl", "out.jsonl", **LOCAL
    )
    texts = [row["text"] for row in read("out.jsonl")]
    shouted = [row["text"].upper() for row in ROWS if "13" not in row["text"]]
    assert texts == [text + mark for text in shouted for mark in ("?", "??")]
    steps = [[step.name for step in row.trace.processing_steps] for row in results]
    assert steps == [["shout", "twice"]] * len(results)


def test_rows_of_which_nothing_came_are_rejections_that_name_them() -> None:
    results = datagen_core.apply("careless", "data.jsonl", "out.jsonl", **LOCAL)
    counts = results.counts()
    assert counts["accepted"] + counts["rejected"] == len(ROWS) and counts["rejected"] > 5
    assert {group["reason"] for group in results.rejections()} == {"not_made", "arm_failed"}
    lines = (results.folder / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line)["trace"]["parents"] for line in lines]
    assert len({parents[0] for parents in told}) == counts["rejected"]


def test_rows_with_and_without_a_label_all_go_through() -> None:
    rows = [{"text": f"row {i}", **({"label": "a"} if i % 3 == 1 else {})} for i in range(30)]
    datagen_core.apply("twice", rows, "out.jsonl", **LOCAL)
    found = read("out.jsonl")
    assert [row["text"] for row in found] == [f"row {i}{mark}" for i in range(30) for mark in ("!", "!!")]
    assert [row.get("label") for row in found[:6]] == [None, None, "a", "a", None, None]


def test_an_arms_own_budget_ends_it_short_of_complete_and_a_bigger_one_goes_on() -> None:
    with ModelServer() as server:
        model = {"name": "openai/m", "base_url": server.base_url}
        recipe = {
            "seeds": "data.jsonl",
            "each_seed_once": True,
            "models": {"generator": model},
            "validators": [],
        }
        recipe |= {
            "order": "strict",
            "batch_size": 10,
            "window": 2,
            "memory": "off",
            "plugins": ["transforms.py"],
        }

        def sitting(calls: int) -> Results:
            arm = {"use": "asked", "budget": {"max_calls": calls}}
            return datagen_core.run({**recipe, "arms": [arm]}, out="run", cache="cache", trust_local=True)

        first = sitting(25)
        assert first.status == "budget" and 0 < len(first) < len(ROWS)
        assert sitting(100).status == "complete" and len(Results.load("run")) == len(ROWS)


def test_a_finished_one_is_left_as_it_is_and_changed_data_is_another_run() -> None:
    datagen_core.apply("shout", "data.jsonl", "out.jsonl", **LOCAL)
    before = Path("out.jsonl").read_bytes()
    again = datagen_core.apply("shout", "data.jsonl", "out.jsonl", **LOCAL)
    assert Path("out.jsonl").read_bytes() == before and len(again) == 46
    with Path("data.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"text": "one more", "label": "music"}) + "\n")
    other = datagen_core.apply("shout", "data.jsonl", "out.jsonl", **LOCAL)
    assert len(other) == 47 and other.folder != again.folder and len(again) == 46
    assert datagen_core.apply("shout", "data.jsonl", "out.jsonl", **LOCAL).folder == other.folder


def test_other_columns_stay_and_say_where_a_row_comes_from() -> None:
    rows = [
        {"id": "a", "instruction": "Add.", "input": "1, 2", "output": "3", "category": "sum", "tags": ["x"]},
        {"id": "b", "instruction": "Sing.", "output": "La.", "category": "art"},
        {"id": "c", "instruction": "Sing.", "output": "La.", "category": "music"},
    ]
    datagen_core.apply("shout", rows, "out.jsonl", **LOCAL)
    found = read("out.jsonl")
    assert [(r["source_id"], r["category"], r["response"]) for r in found] == [
        ("a", "sum", "3"),
        ("b", "art", "LA."),
        ("c", "music", "LA."),
    ]
    assert found[0]["tags"] == ["x"] and found[1]["tags"] is None and "instruction" not in found[0]
    datagen_core.apply(["shout", "twice"], ["one", "two"], "out.csv", **LOCAL)
    lines = Path("out.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,text,source_row" and [line[-1] for line in lines[1:]] == list("1122")
    datagen_core.apply("shout", rows, "full.jsonl", full=True, **LOCAL)
    assert read("full.jsonl")[0]["trace"]["parents"]


def test_the_command_that_goes_on_can_be_typed() -> None:
    results = datagen_core.apply(
        {"use": "twice", "with": {"mark": "a b"}}, "data.jsonl", "out.jsonl", columns={"limit": 3}, **LOCAL
    )
    again = results.store.get("given")["again"]
    words = shlex.split(again)
    assert words[:5] == ["datagen", "apply", "twice", "data.jsonl", "--with"] and 'mark="a b"' in words
    done = CliRunner().invoke(cli, [*words[1:], "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["folder"] == str(results.folder)


def test_csv_tsv_gzip_and_parquet_are_read_alike() -> None:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    with Path("data.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "label"])
        writer.writeheader()
        writer.writerows(ROWS)
    with gzip.open("data.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write(Path("data.jsonl").read_text(encoding="utf-8"))
    parquet.write_table(arrow.Table.from_pylist(ROWS), "data.parquet", row_group_size=10)
    outs = []
    for name in ("data.jsonl", "data.csv", "data.jsonl.gz", "data.parquet"):
        rows = datagen_core.apply("shout", name, "out.csv", folder=f"run-{name}", **LOCAL)
        outs.append([(row.response, row.label) for row in rows])
        assert Path("out.csv").read_text(encoding="utf-8").startswith("id,text,label,source_row")
    assert outs == [outs[0]] * 4


def test_parquet_with_nested_columns_dates_and_a_broken_file() -> None:
    arrow = pytest.importorskip("pyarrow")
    import datetime

    from pyarrow import parquet

    chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    rows = [{"messages": chat, "day": datetime.date(2024, 1, 2)}]
    parquet.write_table(arrow.Table.from_pylist(rows), "chat.parquet")
    results = datagen_core.apply("shout", "chat.parquet", **LOCAL)
    assert results[0].response == "HELLO"
    Path("broken.parquet").write_bytes(Path("chat.parquet").read_bytes()[:-20])
    with pytest.raises(InputError, match="Parquet"):
        datagen_core.apply("shout", "broken.parquet", **LOCAL)


def test_a_budget_is_a_wall_and_the_same_call_goes_on_from_there() -> None:
    with ModelServer() as server:
        models = json.dumps({"generator": {"name": "openai/m", "base_url": server.base_url}})
        local = {**LOCAL, "overrides": [*LOCAL["overrides"], f"models={models}"], "cache": "cache"}

        def sitting(calls: int) -> Results:
            overrides = [*local["overrides"], f"budget.max_calls={calls}"]
            return datagen_core.apply("asked", "data.jsonl", "out.jsonl", **{**local, "overrides": overrides})

        first = sitting(30)
        assert first.status == "budget" and not Path("out.jsonl").exists() and len(server.requests) <= 30
        second = sitting(100)
        assert second.status == "complete" and len(read("out.jsonl")) == len(ROWS) == len(server.requests)


def test_rows_that_a_model_never_answers_are_rejections_and_the_rest_is_there() -> None:
    def answer(received: Any) -> Answer:
        is_odd = "song 4" in str(received.body)
        return Answer(status=400, body="{}") if is_odd else Answer(text="as you wish")

    with ModelServer(answer) as server:
        models = json.dumps({"generator": {"name": "openai/m", "base_url": server.base_url}})
        local = {**LOCAL, "overrides": [*LOCAL["overrides"], f"models={models}"], "cache": "cache"}
        results = datagen_core.apply("asked", "data.jsonl", "out.jsonl", **local)
    counts = results.counts()
    assert results.status == "complete" and counts["rejected"] == 8  # 4 and 40 to 46
    assert len(read("out.jsonl")) == counts["accepted"] == len(ROWS) - 8
    assert results.rejections()[0]["reason"] == "model_bad_request"


@pytest.mark.parametrize(
    ("transform", "data", "out", "what"),
    [
        ("shout", "data.jsonl", "data.jsonl", "replaced"),
        ("shout", "data.jsonl", "out.xlsx", "ending"),
        ("shout", "no.jsonl", "out.jsonl", "no file"),
        ("no-such", "data.jsonl", "out.jsonl", "no-such"),
        ([], "data.jsonl", "out.jsonl", "no transform"),
    ],
)
def test_what_cant_be_done_is_refused_before_anything_is_made(
    transform: Any, data: str, out: str, what: str
) -> None:
    with pytest.raises(UsageError, match=what):
        datagen_core.apply(transform, data, out, **LOCAL)
    assert not Path("runs").exists()


def test_a_source_is_refused_as_a_transform_before_spending() -> None:
    with pytest.raises(RecipeError, match="rows of its own"):
        datagen_core.apply("templater", "data.jsonl", "out.jsonl")


def test_the_command_says_what_became_of_the_rows() -> None:
    Path("twice.yaml").write_text("", encoding="utf-8")
    words = ["apply", "twice", "data.jsonl", "-o", "out.jsonl", "--with", "mark='*'", "--limit", "5"]
    refused = CliRunner().invoke(cli, [*words, "--set", "plugins=[transforms.py]"])
    assert "--trust-local" in str(refused.exception)
    done = CliRunner().invoke(cli, [*words, "--set", "plugins=[transforms.py]", "--trust-local", "--json"])
    found = json.loads(done.stdout)
    assert found["counts"]["accepted"] == 10
    assert [row["text"] for row in read("out.jsonl")][:2] == ["play song 0*", "play song 0**"]


def test_a_transform_has_a_say_in_the_columns_that_are_carried_over(tmp_path: Path) -> None:
    class Nameless(Generator[Config]):
        """Each row as it is, without names."""

        def needs(self) -> frozenset[str]:
            return frozenset({"originals"})

        def carried(self, columns: Any) -> Any:
            return {key: value for key, value in columns.items() if key != "name"}

        async def generate(self, request: GenerateRequest) -> Any:
            for original in originals(request):
                yield request.sample(response=original.sample.response, parents=original.parents)

    rows = [{"text": "hello", "name": "Ana", "city": "Oslo", "id": "r1"}]
    datagen_core.apply(Nameless, rows, tmp_path / "out.jsonl", folder=tmp_path / "run")
    (found,) = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert {key: found[key] for key in ("text", "city", "source_id")} == {
        **{"text": "hello", "city": "Oslo", "source_id": "r1"}
    }
    assert "name" not in found
