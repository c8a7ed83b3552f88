"""`datagen curate` and `datagen select`: a dataset that exists, judged or chosen from, with no row changed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import datagen_core
from datagen_core import Config, Sample, Selection, Selector, Validator, Verdict, curate, select, use
from datagen_core.cli import cli
from datagen_core.dataset_columns import arm_of, more_columns
from datagen_core.errors import InputError, RecipeError, UsageError
from datagen_core.inputs import Seed
from datagen_core.plugins.host import installed
from datagen_core.results import Results
from datagen_core.row_forms import as_sample

PARTS = '''
from datagen_core import Config, Generator, Selection, Selector, Validator, Verdict
from pydantic import Field


class ShortConfig(Config):
    """Options."""

    threshold: float = Field(3, ge=0, le=100, description="the most words")
    word: str = Field("", description="a word that is never right")


class Short(Validator[ShortConfig]):
    """Rejects more words than the threshold."""

    def validate(self, samples):
        return [self._verdict(len(sample.response.split()), sample.response) for sample in samples]

    def _verdict(self, n, text):
        if self.config.word and self.config.word in text:
            return Verdict(passed=False, reason="word")
        return Verdict(passed=n <= self.config.threshold, reason="long", measured=n, threshold=self.config.threshold)


class LongestConfig(Config):
    """Options."""

    reverse: bool = Field(False, description="the shortest come first")


class Longest(Selector[LongestConfig]):
    """The longest first."""

    async def select(self, rows, n, models):
        ordered = sorted(rows, key=lambda row: len(row.response), reverse=not self.config.reverse)
        why = Verdict(passed=False, reason="not_needed")
        return Selection(
            kept=tuple(row.id for row in ordered[:n]),
            left={row.id: why for row in ordered[len(ordered[:n]) :]},
        )


class Count(Generator[Config]):
    """Rows of growing length."""

    async def generate(self, request):
        for at in range(request.n):
            yield request.sample(input="Count.", response="x" * (at + 1))
'''
ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "one two", "lang": "en"},
    {"id": "b", "text": "one two three four", "lang": "de"},
    {"id": "c", "text": "one", "lang": "en"},
    {"id": "d", "text": "one two three", "lang": "fr"},
]
LOCAL: dict[str, Any] = {"overrides": ["plugins=[parts.py]"], "trust_local": True}
TYPED = ["--set", "plugins=[parts.py]", "--trust-local"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, and few plugins: each run with parts of its own loads them all anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATAGEN_PLUGINS", "dedup,judge")
    installed.cache_clear()
    Path("parts.py").write_text(PARTS, encoding="utf-8")
    Path("data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    yield
    monkeypatch.undo()
    installed.cache_clear()


def read(file: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def command(*words: str) -> Any:
    return CliRunner().invoke(cli, list(words))


# -- curate ---------------------------------------------------------------------------------------------------


def test_rows_that_pass_are_kept_in_their_order_with_their_columns() -> None:
    results = curate("data.jsonl", "out.jsonl", by="short", **LOCAL)
    assert [row.response for row in results] == ["one two", "one", "one two three"]
    assert [(row["id"], row["text"], row["lang"]) for row in read("out.jsonl")] == [
        ("a", "one two", "en"),
        ("c", "one", "en"),
        ("d", "one two three", "fr"),
    ]
    assert results.status == "complete"


def test_rows_that_fail_are_rejections_with_reason_value_and_limit() -> None:
    results = curate("data.jsonl", by=["short"], **LOCAL)
    (group,) = results.rejections()
    told = {key: group[key] for key in ("validator", "reason", "n", "text", "measured", "threshold")}
    assert told == {
        "validator": "short",
        "reason": "long",
        "n": 1,
        "text": "one two three four",
        "measured": 4,
        "threshold": 3.0,
    }


def test_the_threshold_and_other_options_are_the_validators() -> None:
    kept = curate("data.jsonl", by="short", threshold=1, **LOCAL)
    assert [row.response for row in kept] == ["one"]
    kept = curate("data.jsonl", by="short", threshold=4, options={"word": "three"}, **LOCAL)
    assert [row.response for row in kept] == ["one two", "one"]


def test_each_of_several_validators_has_its_own_options() -> None:
    class Even(Validator[Config]):
        """Rejects an odd number of words."""

        def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
            counts = [len(sample.response.split()) for sample in samples]
            return [Verdict(passed=n % 2 == 0, reason="odd") for n in counts]

    kept = curate("data.jsonl", by=[use("short", threshold=9), Even], **LOCAL)
    assert [row.response for row in kept] == ["one two", "one two three four"]


def test_the_data_are_not_compared_with_themselves() -> None:
    rows = ["the red dunes glow at dawn", "a tax form", "the red dunes glow at dawn"]
    assert [row.response for row in curate(rows, by="dedup")] == rows[:2]


def test_nothing_kept_is_an_error_that_says_why() -> None:
    with pytest.raises(datagen_core.RunError, match="short: long"):
        curate("data.jsonl", by="short", threshold=0, **LOCAL)


# -- what becomes of the parts of a row -----------------------------------------------------------------------

CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
TOLD = {"name": "call", "description": "", "parameters": {}}


FORMS: list[dict[str, Any]] = [
    {"text": "play jazz", "label": "music"},
    {"text": "play jazz"},
    {"input": "why?", "response": "so"},
    {"instruction": "Add.", "input": "1, 2", "output": "3"},
    {"messages": CHAT},
    {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]},
    {"question": "why?", "answer": "so", "score": 3},
]


def test_rows_are_written_as_they_were_given() -> None:
    curate(FORMS, "out.jsonl", by="short", threshold=9, **LOCAL)
    assert read("out.jsonl") == FORMS


def test_no_column_is_lost_where_several_could_hold_the_text() -> None:
    given = [
        {
            "instruction": "Say hi",
            "input": "x",
            "output": "hi",
            "text": "Below",
            "source_row": "mine",
            "label": 5,
        },
        {"prompt": "p", "completion": "c", "chosen": "h", "id": 7, "weight": None},
    ]
    curate(given, "out.jsonl", by="short", threshold=9, **LOCAL)
    assert read("out.jsonl") == given


def test_a_record_keeps_its_columns_as_they_were() -> None:
    rows = [{"title": "Dune", "year": 1965}, {"title": "Emma", "year": 1815}]
    curate(rows, "out.jsonl", by="short", threshold=9, columns={"record": True}, **LOCAL)
    assert [(row["title"], row["year"]) for row in read("out.jsonl")] == [("Dune", 1965), ("Emma", 1815)]


def test_rows_that_datagen_wrote_keep_all_they_had() -> None:
    own = {
        "id": "r1",
        "input": "why?",
        "response": "so",
        "fields": {"title": "T"},
        "reasoning": "because",
        "tools": [TOLD],
        "metadata": {"arm": "naive", "quality_score": 0.5, "method": {"tone": "warm"}},
        "trace": {"parents": ["s1"]},
    }
    (row,) = curate([own], "out.jsonl", by="short", **LOCAL)
    assert row.metadata.method["arm"] == "naive" and row.value_of("tone") == "warm"
    assert (row.input, row.response, row.fields, row.reasoning) == ("why?", "so", {"title": "T"}, "because")
    assert [tool.to_json() for tool in row.tools] == [TOLD]
    (found,) = read("out.jsonl")
    assert found == {"id": "r1", "title": "T", "reasoning": "because"}  # what trainers read of a record


def test_the_rows_of_results_go_on_without_a_file() -> None:
    kept = curate(["x", "x x x x", "x x"], by="short", threshold=2, **LOCAL)
    results = select(kept, by="longest", n=1, **LOCAL)
    assert [row.response for row in results.selected()] == ["x x"]


def test_rows_of_a_rehearsal_stay_marked_as_such() -> None:
    own = {"id": "r1", "input": "", "response": "made up", "metadata": {"rehearsal": True}, "trace": {}}
    (row,) = curate([own], by="short", threshold=9, **LOCAL)
    assert row.metadata.is_rehearsal


def test_other_columns_are_what_the_rows_method_noted() -> None:
    rows = list(curate("data.jsonl", by="short", **LOCAL))
    assert [row.value_of("lang") for row in rows] == ["en", "en", "fr"]


def test_in_a_chain_what_the_link_before_noted_stays() -> None:
    recipe = {"arms": [{"chain": ["count", "as-is"]}], "num_samples": 2, "plugins": ["parts.py"]}
    (row, _) = datagen_core.run({**recipe, "validators": [], "memory": "off"}, trust_local=True)
    assert row.response == "x" and [step.name for step in row.trace.processing_steps] == ["count", "as-is"]


OWN = {"id": "r1", "created_at": "now", "response": "t", "fields": {"a": 1}, "trace": {}}


@pytest.mark.parametrize(
    ("row", "more"),
    [
        ({"text": "t", "label": "l", "slots": [], "source": "web"}, {"source": "web"}),
        ({"id": 1, "created_at": "now", "text": "t"}, {"created_at": "now"}),
        ({"text": "t", "metadata": {"arm": "mine"}}, {"metadata": {"arm": "mine"}}),
        ({"text": "t", "response": "mine", "prompt": "t"}, {"response": "mine"}),
        (
            OWN | {"metadata": {"arm": "a", "quality_score": None, "method": {"x": 1}, "review_status": "r"}},
            {"arm": "a", "x": 1},
        ),
        (OWN | {"metadata": {"method": "odd"}, "lang": "en"}, {"lang": "en"}),
    ],
)
def test_other_columns_are_those_that_no_part_of_a_row_is_read_from(
    row: dict[str, Any], more: dict[str, Any]
) -> None:
    assert more_columns(row, as_sample(Seed(id="s", text="t", label=row.get("label"), row=row))) == more


def test_columns_to_leave_out_are_gone_and_seen_by_no_validator() -> None:
    (row, *_) = curate("data.jsonl", "out.jsonl", by="short", columns={"without": ["lang"]}, **LOCAL)
    assert row.metadata.method == {} and all("lang" not in found for found in read("out.jsonl"))


# -- select ---------------------------------------------------------------------------------------------------


def test_rows_are_chosen_of_a_file_and_written_in_the_order_of_the_choice() -> None:
    results = select("data.jsonl", "out.jsonl", by="longest", n=2, **LOCAL)
    assert [row.response for row in results.selected()] == ["one two three four", "one two three"]
    assert [(row["id"], row["lang"]) for row in read("out.jsonl")] == [("b", "de"), ("d", "fr")]
    assert len(results) == 4 and results.selection == {
        "by": "longest",
        "kept": 2,
        "left": {"not_needed": 2},
        "notes": [],
    }


def test_the_selectors_options_are_heeded_and_without_n_all_may_be_kept() -> None:
    results = select("data.jsonl", by=use("longest", reverse=True), **LOCAL)
    assert [row.response for row in results.selected()][:2] == ["one", "one two"]
    results = select("data.jsonl", by="longest", options={"reverse": True}, n=1, **LOCAL)
    assert [row.response for row in results.selected()] == ["one"]


def test_another_number_chooses_again_from_the_same_rows() -> None:
    first = select("data.jsonl", "out.jsonl", by="longest", n=2, **LOCAL)
    again = select("data.jsonl", "out.jsonl", by="longest", n=1, **LOCAL)
    assert again.folder == first.folder and [row["id"] for row in read("out.jsonl")] == ["b"]


@pytest.mark.parametrize("place", ["made", "runs/made"])
def test_rows_are_chosen_of_a_run_by_its_name_or_folder(place: str) -> None:
    recipe = {"name": "made", "arms": ["count"], "num_samples": 4, "plugins": ["parts.py"], "memory": "off"}
    datagen_core.run({**recipe, "validators": []}, trust_local=True)
    results = select(place, "out.jsonl", by="longest", n=2, **LOCAL)
    assert [row.response for row in results.selected()] == ["xxxx", "xxx"]
    source = {row.response: row.id for row in Results("runs/made")}
    assert [row["id"] for row in read("out.jsonl")] == [source["xxxx"], source["xxx"]]


def test_a_class_of_the_program_may_select() -> None:
    class First(Selector[Config]):
        """The first."""

        async def select(self, rows: Sequence[Sample], n: int | None, models: Any) -> Selection:
            why = Verdict(passed=False, reason="not_needed")
            return Selection(kept=(rows[0].id,), left={row.id: why for row in rows[1:]})

    assert [row.response for row in select(["one", "two"], by=First).selected()] == ["one"]


# -- the commands ---------------------------------------------------------------------------------------------


def test_curate_writes_the_file_and_says_what_became_of_the_rows() -> None:
    done = command("curate", "data.jsonl", "--by", "short", "--threshold", "2", "-o", "out.jsonl", *TYPED)
    assert done.exit_code == 0, done.exception
    assert "written  out.jsonl" in done.stdout and "short: long" in " ".join(done.stdout.split())
    assert [row["id"] for row in read("out.jsonl")] == ["a", "c"]


def test_curate_by_several_validators_and_options_of_one() -> None:
    words = ["curate", "data.jsonl", "--by", "short, dedup", "--json", *TYPED]
    assert json.loads(command(*words).stdout)["counts"]["accepted"] == 3
    words = ["curate", "data.jsonl", "--by", "short", "--with", "word=two", "--json", *TYPED]
    assert json.loads(command(*words).stdout)["counts"]["accepted"] == 1


def test_select_reports_the_selection() -> None:
    words = ["select", "data.jsonl", "--by", "longest", "-n", "2", "-o", "out.csv", *TYPED]
    text = command(*words).stdout
    assert "selected by longest: 2 of 4 accepted rows" in text and "written  out.csv" in text
    lines = Path("out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["lang", "de", "fr"]
    assert json.loads(command(*words, "--json").stdout)["selection"]["kept"] == 2


@pytest.mark.parametrize(
    "made",
    [
        lambda: curate("data.jsonl", "out.jsonl", by="short", threshold=2, options={"word": "a b"}, **LOCAL),
        lambda: curate("data.jsonl", by=["short", "dedup"], columns={"limit": 3}, **LOCAL),
        lambda: curate(
            "data.jsonl", by="short", columns={"without": ["lang"], "where": {"lang": ["en", "de"]}}, **LOCAL
        ),
        lambda: select("data.jsonl", by="longest", n=2, options={"reverse": True}, folder="mine", **LOCAL),
    ],
)
def test_the_command_that_is_kept_with_a_run_goes_on_with_it(made: Any) -> None:
    results = made()
    program, *words = shlex.split(results.store.get("given")["again"])
    done = command(*words, "--json")
    assert program == "datagen" and done.exit_code == 0, done.exception
    found = json.loads(done.stdout)
    assert found["folder"] == str(results.folder)
    assert found["counts"]["accepted"] == len(results)


def test_what_holds_objects_of_a_program_has_no_command() -> None:
    results = curate(["one"], by="short", **LOCAL)
    assert results.store.get("given")["again"] == ""


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: curate("data.jsonl", by="shrot", **LOCAL), "no validator 'shrot' is installed"),
        (lambda: curate("data.jsonl", by=[], **LOCAL), "no validator is named"),
        (
            lambda: curate("data.jsonl", by=["short", "dedup"], threshold=3, **LOCAL),
            "options are given for one",
        ),
        (lambda: curate("data.jsonl", by="short", options={"wrod": "x"}, **LOCAL), "wrod"),
        (lambda: curate("data.jsonl", "data.jsonl", by="short", **LOCAL), "would be replaced"),
        (lambda: curate("data.jsonl", "./data.jsonl", by="short", **LOCAL), "would be replaced"),
        (lambda: curate("data.jsonl", "out.xlsx", by="short", **LOCAL), "ending"),
        (lambda: curate("no.jsonl", by="short", **LOCAL), "no file"),
        (lambda: select("data.jsonl", by="longset", **LOCAL), "no selector 'longset' is installed"),
        (lambda: select("no-such-run", by="longest", **LOCAL), "no-such-run|no file"),
        (lambda: select("data.jsonl", by="longest", n=0, **LOCAL), "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_made(call: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        call()
    assert not Path("runs").exists()


def test_the_default_judge_without_a_model_is_refused_with_how_to_name_one() -> None:
    with pytest.raises(RecipeError, match="needs a model") as caught:
        curate("data.jsonl")
    assert "--model" in (caught.value.hint or "")


def test_rows_of_a_run_keep_their_arm_their_parents_and_their_score() -> None:
    recipe = {"name": "made", "arms": ["count"], "num_samples": 4, "plugins": ["parts.py"], "memory": "off"}
    made = datagen_core.run({**recipe, "validators": []}, trust_local=True)
    results = select("made", by="longest", n=2, **LOCAL)
    assert {arm_of(row) for row in results} == {"count"} and {arm_of(row) for row in made} == {"count"}
    assert [row.metadata.quality_score for row in results] == [None] * 4  # nothing graded them


def test_what_is_nested_too_deeply_is_refused_by_its_line(tmp_path: Path) -> None:
    deep = "[" * 201 + "]" * 201
    file = tmp_path / "deep.jsonl"
    file.write_text(f'{{"text": "ok"}}\n{{"text": "deep", "more": {deep}}}\n', encoding="utf-8")
    with pytest.raises(InputError, match="nested deeper than 200 levels") as caught:
        curate(str(file), by="short", threshold=9, **LOCAL)
    assert caught.value.where == f"{file}:2"


def test_a_measured_value_and_its_limit_stand_with_a_rejected_row() -> None:
    results = curate(["x", "x x x x"], by="short", threshold=2, **LOCAL)
    (line,) = (results.folder / "rejected.jsonl").read_text("utf-8").splitlines()
    row = json.loads(line)
    told = ("rejected_by", "reason", "measured", "threshold")
    assert [row[key] for key in told] == ["short", "long", 4, 2.0]
