"""What lies in a folder becomes a recipe that can be checked and run; nothing that is held out becomes a seed."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import datagen_core
from datagen_core import yaml_source
from datagen_core.beginning import Answers, Found, Proposal, look, propose, questions, written
from datagen_core.beginning import finding as findings
from datagen_core.beginning.columns import meaning, schema_of
from datagen_core.beginning.offering import Aside
from datagen_core.beginning.proposal import Addition
from datagen_core.beginning.reaching import ADDRESSES, USUAL, Reached, reached
from datagen_core.beginning.trying import form_of_row, in_turn
from datagen_core.errors import InputError, RecipeError, UsageError
from datagen_core.plugins.host import Host, installed
from datagen_core.recipe import load
from datagen_core.resolve import resolve
from datagen_core.rows import MAX_LINE_BYTES

ROOT = Path(__file__).resolve().parent.parent
NO_MODEL = Answers(model="")
REHEARSAL = Answers(model="rehearsal")
VERBS = ("play", "start", "queue", "shuffle", "repeat", "find")
SONGS = ("slow jazz", "hard rock", "the new album", "my old favourites", "a piano piece")
CITIES = ("Oslo", "Rome", "Paris", "Berlin", "Lima", "Cairo")
LABELLED = [
    *((f"{VERBS[i % 6]} {SONGS[i % 5]} in room {i} please", "music") for i in range(12)),
    *((f"will there be rain in {CITIES[i % 6]} on day {i}", "weather") for i in range(12)),
]
PAIRS = [
    {
        "instruction": f"Write {i} lines about {CITIES[i % 6]}.",
        "input": "",
        "output": f"{i} times {CITIES[i % 6]} sings.",
    }
    for i in range(12)
]
CHATS = [
    {
        "messages": [
            {"role": "user", "content": f"How long do I boil {i} eggs?"},
            {"role": "assistant", "content": f"Ten minutes are enough for {i} of them."},
        ]
    }
    for i in range(8)
]
GRAMMAR = {
    "start": "request",
    "rules": {
        "request": ["<verb> <thing> <when>", "please <verb> <thing> <when>"],
        "verb": ["play", "start", "stop", "find"],
        "thing": ["a song", "the radio", "my list", "some jazz", "old hits"],
        "when": ["now", "later", "at noon", "tonight"],
    },
}


def save_csv(file: Path, rows: Sequence[Sequence[str]], *header: str, delimiter: str = ",") -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows([header, *rows])


def save_lines(file: Path, rows: Sequence[Any]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def labelled(folder: Path) -> None:
    save_csv(folder / "requests.csv", LABELLED, "text", "label")


def measured(folder: Path) -> None:
    save_csv(folder / "train.csv", LABELLED, "utterance", "intent")
    save_csv(folder / "test.csv", LABELLED[::4], "utterance", "intent")


def alpaca(folder: Path) -> None:
    save_lines(folder / "alpaca.jsonl", PAIRS)


def chats(folder: Path) -> None:
    save_lines(folder / "chats.jsonl", CHATS)


def documents(folder: Path) -> None:
    shutil.copytree(ROOT / "recipes" / "data" / "docs" / "etcd", folder / "pages")
    (folder / "README.md").write_text("# About\n\nThis folder holds pages.\n", encoding="utf-8")


def grammar(folder: Path) -> None:
    (folder / "requests.yaml").write_text(yaml.safe_dump(GRAMMAR), encoding="utf-8")


def table(folder: Path) -> None:
    save_csv(
        folder / "people.csv", [(f"Ann {i}", str(i), CITIES[i % 6]) for i in range(12)], "name", "age", "city"
    )


def chinese(folder: Path) -> None:
    rows = [(f"请在厨房播放第{i}首音乐给我听", "音乐") for i in range(9)]
    rows += [(f"明天第{i}个城市会下雨还是下雪", "天气") for i in range(9)]
    save_csv(folder / "请求.tsv", rows, "文本", "类别", delimiter="\t")


ODD_LABELS = ("yes", "1", "null", ": x", "# y", "- [z", "'")


def messy(folder: Path) -> None:
    odd = folder / "it's #1: a\nb"
    odd.mkdir()
    rows = [
        {
            "text": f"{VERBS[i % 6]} number {i} for group {i % 7} in {CITIES[i % 5]}",
            "label": ODD_LABELS[i % 7],
        }
        for i in range(28)
    ]
    save_lines(odd / '~ my "data" {x}.jsonl', rows)
    (folder / "broken.json").write_text("{", encoding="utf-8")
    (folder / "broken.jsonl").write_text('{"text": "x"}\n{"text"', encoding="utf-8")
    (folder / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    (folder / "cut.jsonl.gz").write_bytes(gzip.compress(b'{"text": "x"}\n' * 999)[:40])
    (folder / "line.txt").write_text("x" * (MAX_LINE_BYTES + 1), encoding="utf-8")
    (folder / "semicolons.csv").write_text("text;label\na;b\nc;d\n", encoding="utf-8")
    (folder / "empty.csv").write_text("", encoding="utf-8")
    (folder / "settings.yaml").write_text("a: 1", encoding="utf-8")
    (folder / "bad.yaml").write_text("a: [", encoding="utf-8")
    (folder / "old.yaml").write_text("num_samples: 3\narms: [naive]\n", encoding="utf-8")
    (folder / ".hidden.csv").write_text("text,label\na,b\n", encoding="utf-8")
    for name in ("runs", "node_modules", ".venv"):
        (folder / name).mkdir()
        (folder / name / "data.csv").write_text("text,label\na,b\n", encoding="utf-8")


FOLDERS: dict[str, tuple[Callable[[Path], None], Answers]] = {
    "labelled": (labelled, NO_MODEL),
    "measured": (measured, REHEARSAL),
    "alpaca": (alpaca, REHEARSAL),
    "chats": (chats, NO_MODEL),
    "documents": (documents, NO_MODEL),
    "grammar": (grammar, NO_MODEL),
    "table": (table, REHEARSAL),
    "chinese": (chinese, REHEARSAL),
    "messy": (messy, NO_MODEL),
    "empty": (lambda folder: None, Answers(task="short riddles for children", model="rehearsal")),
}


@pytest.fixture(scope="module")
def proposed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Proposal, Path]]:
    """The proposal for one of the folders, made once, and the file that it was written to: in a folder beside."""
    made: dict[str, tuple[Proposal, Path]] = {}

    def call(name: str) -> tuple[Proposal, Path]:
        if name not in made:
            folder = tmp_path_factory.mktemp("beginning") / name
            folder.mkdir()
            make, answers = FOLDERS[name]
            make(folder)
            base = folder.parent / "recipes"
            base.mkdir()
            proposal = propose(folder, base=base, answers=answers)
            (base / "recipe.yaml").write_text(written(proposal), encoding="utf-8")
            made[name] = proposal, base / "recipe.yaml"
        return made[name]

    return call


Proposed = Callable[[str], tuple[Proposal, Path]]


@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_proposed_stands_a_check_and_a_run(proposed: Proposed, name: str, tmp_path: Path) -> None:
    proposal, file = proposed(name)
    assert yaml.safe_load(file.read_text(encoding="utf-8")) == proposal.recipe
    assert resolve(load(file)).loaded.recipe.name == name
    calls = "models" in proposal.recipe
    results = datagen_core.run(
        file,
        num_samples=14,
        out=tmp_path / "run",
        model="rehearsal" if calls else None,
        cache=tmp_path / "cache",
        overrides=["memory=off"],
    )
    assert (results.status, len(results)) == ("complete", 14)


# -- what each folder gives ---------------------------------------------------------------------------------------


def test_without_a_model_arms_without_one_are_named_and_the_others_stand_beside(proposed: Proposed) -> None:
    proposal, file = proposed("labelled")
    assert proposal.recipe["arms"] == ["augment-splice", "augment-word-edits"]
    assert proposal.recipe["labels"] == ["music", "weather"]
    assert not {"models", "budget"} & proposal.recipe.keys()
    assert Aside(arm="classify-by-label", why="needs a model") in proposal.also
    assert "  # - classify-by-label   # needs a model" in file.read_text(encoding="utf-8").splitlines()


def test_a_test_file_is_no_seed_and_measures_the_result(proposed: Proposed) -> None:
    proposal, _ = proposed("measured")
    columns = {"text": "utterance", "label": "intent"}
    assert proposal.recipe["seeds"] == {"path": "../measured/train.csv", **columns}
    test = {"path": "../measured/test.csv", **columns}
    assert proposal.recipe["evaluation"] == {"use": "probe", "with": {"test": test}}
    assert "the class is in column 'intent'" in proposal.assumptions


def test_arms_are_of_several_packages_and_their_rows_of_the_form_wanted(proposed: Proposed) -> None:
    proposal, _ = proposed("measured")
    host = installed()
    packages = [host.find("generator", arm)[0].package for arm in proposal.arms]
    assert len(packages) == 6 and len(set(packages)) >= 4


def test_arms_that_make_texts_or_pairs_are_told_to_make_pairs_where_seeds_are(proposed: Proposed) -> None:
    proposal, _ = proposed("alpaca")
    assert {"use": "naive-conservative", "with": {"output": "pair"}} in proposal.recipe["arms"]
    assert "self-instruct" in proposal.recipe["arms"]  # though its one preset finds nothing to show
    assert proposal.recipe["task"] == "following instructions"
    assert "dedup" in proposal.recipe["validators"]  # by default input and response together


def test_where_every_arm_needs_a_model_a_stand_in_is_named(proposed: Proposed) -> None:
    proposal, file = proposed("chats")
    assert proposal.model is None and proposal.recipe["models"] == {"generator": "rehearsal"}
    assert "put PROVIDER/NAME here" in file.read_text(encoding="utf-8")
    assert "conversation-self-chat" in proposal.arms
    assert "makes text rows here, not chat" in {aside.why for aside in proposal.not_offered}


def test_documents_are_named_by_their_folder_and_pages_about_the_folder_left_out(proposed: Proposed) -> None:
    proposal, _ = proposed("documents")
    assert proposal.recipe["documents"] == ["../documents/pages"]
    assert list(proposal.arms) == ["extractive"]
    assert [one.path.name for one in proposal.found.left_out] == ["README.md"]


def test_a_table_without_a_text_becomes_records_with_the_schema_of_its_columns(proposed: Proposed) -> None:
    proposal, _ = proposed("table")
    schema = proposal.recipe["json_schema"]
    assert schema["properties"] == {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "city": {"type": "string"},
    }
    assert proposal.recipe["seeds"]["text"] == "name" and "schema" in proposal.recipe["validators"]


def test_rows_are_wanted_in_the_language_of_the_seeds(proposed: Proposed) -> None:
    proposal, _ = proposed("chinese")
    assert proposal.recipe["languages"] == ["zh"]
    assert proposal.recipe["seeds"] == {"path": "../chinese/请求.tsv", "text": "文本", "label": "类别"}
    assert proposal.recipe["labels"] == ["音乐", "天气"]


def test_what_cant_be_used_is_named_with_the_reason_and_the_rest_goes_on(proposed: Proposed) -> None:
    proposal, _ = proposed("messy")
    assert set(proposal.recipe["labels"]) == set(ODD_LABELS)
    why = {one.path.name: one.why for one in proposal.found.left_out}
    assert set(why) == {
        *("broken.json", "broken.jsonl", "picture.csv", "cut.jsonl.gz", "line.txt", "semicolons.csv"),
        *("empty.csv", "settings.yaml", "bad.yaml"),
    }
    assert "not UTF-8" in why["picture.csv"] and "semicolons" in why["semicolons.csv"]
    assert why["empty.csv"] == "no rows" and "not valid YAML" in why["bad.yaml"]
    assert all(not one.path.name.startswith(".") for one in proposal.found.all())
    assert [rows.path.parent.name for rows in proposal.found.rows] == ["it's #1: a\nb"]


def test_lengths_follow_the_seeds(tmp_path: Path) -> None:
    """Of 40 texts of 100 to 139 characters, the 5 % point is 102 and the 95 % point 137."""
    (tmp_path / "texts.txt").write_text(
        "\n".join(("word " * 40)[: 100 + i - 1] + "x" for i in range(40)), encoding="utf-8"
    )
    (found,) = look(tmp_path).rows
    assert found.form == "text"


def test_a_budget_is_a_few_times_what_the_trial_took(proposed: Proposed) -> None:
    budget = proposed("table")[0].recipe["budget"]
    assert budget["max_tokens"] == 1500 * budget["max_calls"]
    assert 200 * 3 <= budget["max_calls"] <= 200 * 3 * 3  # naive asks once for a row, and once for a plan


def test_many_labels_make_many_rows(tmp_path: Path) -> None:
    save_csv(
        tmp_path / "a.csv",
        [(f"text {i} of its kind, number {i}", f"l{i % 15}") for i in range(60)],
        "text",
        "label",
    )
    assert propose(tmp_path, base=tmp_path, answers=NO_MODEL).recipe["num_samples"] == 300
    said = Answers(model="", num_samples=7)
    assert propose(tmp_path, base=tmp_path, answers=said).recipe["num_samples"] == 7


# -- what is taken for what ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "text", "labels", "is_record"),
    [
        ([{"text": "a b", "label": "x"}, {"text": "c d", "label": "y"}], None, ["label"], False),
        ([{"Review": f"very good {i}", "Sentiment": str(i % 2)} for i in range(4)], "Review", ["Sentiment"], False),
        ([{"q": f"text {i}", "class": i % 2, "intent": i % 3} for i in range(8)], "q", ["class", "intent"], False),
        ([{"instruction": f"do {i}", "output": "it", "category": "ab"[i % 2]} for i in range(8)], None, [], False),
        ([{"foo": f"some longer text {i}", "bar": "ab"[i % 2]} for i in range(8)], "foo", ["bar"], False),
        ([{"foo": f"name {i}", "bar": "Rome"} for i in range(8)], "foo", [], True),
        ([{"a": i, "b": 2.5} for i in range(8)], None, [], True),
        ([{"text": f"t {i}", "category": f"c{i}"} for i in range(8)], None, [], False),
    ],
)  # fmt: skip
def test_columns_mean_what_their_names_and_values_say(
    rows: list[dict[str, Any]], text: str | None, labels: list[str], is_record: bool
) -> None:
    meant = meaning(rows)
    assert (meant.text, [label.name for label in meant.labels], meant.is_record) == (text, labels, is_record)


def test_types_are_told_from_values_and_a_column_with_gaps_isnt_required() -> None:
    rows = [
        {"a": "1", "b": "1.5", "c": "007", "d": True, "e": None, "f": ["x"], "g": "2"},
        {"a": "-3", "b": "2", "c": "8", "d": False, "e": "x", "f": [], "g": "two", "h": {}},
    ]
    types = {name: part["type"] for name, part in schema_of(rows)["properties"].items()}
    assert types == {
        **{"a": "integer", "b": "number", "c": "string", "d": "boolean", "e": ["null", "string"]},
        **{"f": "array", "g": "string", "h": "object"},
    }
    assert schema_of(rows)["required"] == list("abcdefg")


def test_of_several_files_the_one_called_seeds_then_the_biggest_labelled_one_is_taken(tmp_path: Path) -> None:
    save_csv(tmp_path / "small.csv", LABELLED[::3], "text", "label")
    save_csv(tmp_path / "big.csv", LABELLED, "text", "label")
    save_lines(tmp_path / "pairs.jsonl", PAIRS * 9)
    found = look(tmp_path)
    (asked,) = questions(found, NO_MODEL, Reached())
    assert (asked.key, asked.default, asked.choices) == (
        "seeds",
        "big.csv",
        ("big.csv", "small.csv", "pairs.jsonl"),
    )
    proposal = propose(found, base=tmp_path, answers=NO_MODEL)
    assert proposal.recipe["seeds"] == "big.csv" and proposal.questions == (asked,)
    assert (
        "the seeds are big.csv (the most labelled rows), not small.csv, pairs.jsonl" in proposal.assumptions
    )
    chosen = propose(found, base=tmp_path, answers=NO_MODEL.said("seeds", "small.csv"))
    assert chosen.recipe["seeds"] == "small.csv" and chosen.questions == ()
    (tmp_path / "small.csv").rename(tmp_path / "seeds.csv")
    assert questions(look(tmp_path), NO_MODEL, Reached())[0].default == "seeds.csv"
    with pytest.raises(InputError, match=r"no rows in none\.csv"):
        propose(found, base=tmp_path, answers=NO_MODEL.said("seeds", "none.csv"))


def test_two_columns_that_may_hold_the_class_are_asked_about(tmp_path: Path) -> None:
    rows = [(text, label, str(i % 3)) for i, (text, label) in enumerate(LABELLED)]
    save_csv(tmp_path / "a.csv", rows, "text", "topic", "class")
    found = look(tmp_path)
    assert [q.key for q in questions(found, Answers(), Reached())] == ["label", "model"]
    assert propose(found, base=tmp_path, answers=NO_MODEL).recipe["seeds"]["label"] == "class"
    chosen = NO_MODEL.said("label", "topic")
    assert propose(found, base=tmp_path, answers=chosen).recipe["labels"] == ["music", "weather"]
    with pytest.raises(UsageError, match="no column of classes 'text'"):
        propose(found, base=tmp_path, answers=NO_MODEL.said("label", "text"))


def test_texts_beside_labelled_seeds_are_unlabelled_rows(tmp_path: Path) -> None:
    labelled(tmp_path)
    (tmp_path / "more.txt").write_text("\n".join(text for text, _ in LABELLED), encoding="utf-8")
    proposal = propose(tmp_path, base=tmp_path, answers=NO_MODEL)
    assert (proposal.recipe["seeds"], proposal.recipe["unlabelled"]) == ("requests.csv", "more.txt")


def test_a_development_file_is_offered_to_the_reward(tmp_path: Path) -> None:
    measured(tmp_path)
    save_csv(tmp_path / "dev.csv", LABELLED[1::4], "utterance", "intent")
    proposal = propose(tmp_path, base=tmp_path, answers=NO_MODEL)
    assert proposal.recipe["evaluation"]["with"]["test"]["path"] == "test.csv"
    source = {"path": "dev.csv", "text": "utterance", "label": "intent"}
    wanted = {"use": "dev-gain", "with": {"development": source}}
    assert proposal.further["reward"] == Addition(value=wanted, why="the router learns from held-back rows")
    (line,) = [line for line in written(proposal).splitlines() if line.startswith("# reward: ")]
    assert yaml.safe_load(line.removeprefix("# ")) == {"reward": wanted}


@pytest.mark.parametrize(
    "name", ["test.csv", "my_val.csv", "hold-out.csv", "dev/a.csv", "validation-2.tsv.gz"]
)
def test_rows_to_measure_with_are_never_seeds(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    text = "text\tlabel\n" if ".tsv" in name else "text,label\n"
    text += text.replace("text", "a b").replace("label", "x") + text.replace("text", "c d").replace(
        "label", "y"
    )
    (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    found = look(tmp_path)
    assert found.rows[0].held_out
    with pytest.raises(InputError, match="all rows are held out"):
        propose(found, answers=NO_MODEL)


def test_one_file_can_be_looked_at_whatever_its_name(tmp_path: Path) -> None:
    save_csv(tmp_path / "test.csv", LABELLED, "text", "label")
    proposal = propose(tmp_path / "test.csv", base=tmp_path, answers=NO_MODEL)
    assert (proposal.recipe["seeds"], proposal.recipe["name"]) == ("test.csv", "test")


def test_a_schema_says_what_rows_are_where_the_seeds_are_of_it_or_there_are_none(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}}
    (tmp_path / "person.json").write_text(json.dumps(schema), encoding="utf-8")
    alone = propose(tmp_path, base=tmp_path, answers=REHEARSAL)
    assert alone.recipe["json_schema"] == "person.json" and "seeds" not in alone.recipe
    table(tmp_path)
    assert propose(tmp_path, base=tmp_path, answers=REHEARSAL).recipe["json_schema"] == "person.json"
    labelled(tmp_path)
    (tmp_path / "people.csv").unlink()
    beside = propose(tmp_path, base=tmp_path, answers=NO_MODEL)
    assert "json_schema" not in beside.recipe
    assert beside.not_used == ("person.json: a JSON Schema that the seeds aren't of",)


def test_paragraphs_are_a_document_and_a_grammars_word_lists_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "essay.txt").write_text("One paragraph.\n\nAnother one.\n\nA third.\n", encoding="utf-8")
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "cities.txt").write_text("Rome\nOslo\n", encoding="utf-8")
    data = {**GRAMMAR, "words": {"city": "words/cities.txt"}}
    (tmp_path / "g.yaml").write_text(yaml.safe_dump(data), encoding="utf-8")
    found = look(tmp_path)
    assert [one.path.name for one in found.documents] == ["essay.txt"]
    assert not found.rows and [one.rules for one in found.grammars] == [4]


def test_pages_beside_rows_are_named_one_by_one_for_their_folder_would_give_the_rows_too(
    tmp_path: Path,
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.md").write_text("# Tea\n", encoding="utf-8")
    assert [one.path.name for one in look(tmp_path).documents] == ["pages"]
    (tmp_path / "pages" / "a.csv").write_text("text\nhot\n", encoding="utf-8")
    found = look(tmp_path)
    assert [one.path.name for one in found.documents] == ["a.md"]
    assert [one.path.name for one in found.rows] == ["a.csv"]


def test_no_more_is_read_than_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(findings, "MOST_ROWS", 10)
    monkeypatch.setattr(findings, "MOST_FILES", 2)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"x" * (3 << 20)))
    labelled(tmp_path)
    (tmp_path / "z.csv").write_text("text\nx\n", encoding="utf-8")
    found = look(tmp_path)
    assert [(one.path.name, one.rows, one.is_whole) for one in found.rows] == [("requests.csv", 10, False)]
    assert [one.why for one in found.left_out] == [
        "larger than 1 MiB: cut a sample of it",
        "only the first 2 of 3 files are looked into",
    ]


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_file_whose_name_cant_be_written_is_left_out(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(bytes(tmp_path) + b"/\xff.csv")).write_text("text\nx\n", encoding="utf-8")
    except OSError:
        pytest.skip("the file system takes Unicode alone")
    assert [one.why for one in look(tmp_path).left_out] == ["its name isn't Unicode: rename it"]


# -- what is missing ----------------------------------------------------------------------------------------------


def test_a_folder_that_tells_nothing_needs_a_task(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing says what data is wanted") as raised:
        propose(tmp_path)
    assert "--task" in str(raised.value)
    assert [q.key for q in questions(look(tmp_path), Answers(), Reached())] == ["task", "model"]
    with pytest.raises(InputError, match="no such folder"):
        look(tmp_path / "none")


def test_where_no_arm_makes_such_rows_nothing_is_proposed(tmp_path: Path) -> None:
    chats(tmp_path)
    few = [entry for entry in installed()._entries if entry[0] in ("builtin", "naive", "dedup")]
    with pytest.raises(RecipeError, match="no installed arm makes chat rows here"):
        propose(tmp_path, base=tmp_path, answers=NO_MODEL, host=Host(few))


# -- models -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without keys and addresses."""
    for variable, _ in (*USUAL, *ADDRESSES):
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def test_a_model_is_proposed_whose_key_is_set_and_that_a_plugin_reaches(bare: pytest.MonkeyPatch) -> None:
    host = installed()
    assert reached(host).model is None
    bare.setenv("ANTHROPIC_API_KEY", "k")
    assert reached(host) == Reached(model="anthropic/claude-sonnet-4-5", because="ANTHROPIC_API_KEY is set")
    without = Host([entry for entry in host._entries if entry[0] in ("builtin", "openai")])
    assert reached(without).model is None
    bare.setenv("OPENAI_API_KEY", "k")
    assert reached(without).model == "openai/gpt-4o-mini"
    bare.setenv("OPENAI_BASE_URL", "http://localhost:1/v1")
    assert "which model is there isn't: --model openai/NAME" in reached(without).because
    assert reached(host).model == "anthropic/claude-sonnet-4-5"


def test_a_model_that_is_named_counts_and_one_that_nothing_reaches_is_refused(
    bare: pytest.MonkeyPatch,
) -> None:
    bare.setenv("OPENAI_API_KEY", "k")
    host = installed()
    assert reached(host, "ollama/qwen2.5:7b").model == "ollama/qwen2.5:7b"
    assert reached(host, " ").model is None
    with pytest.raises(RecipeError, match="has no provider"):
        reached(host, "qwen")


def test_a_key_is_never_written(bare: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare.setenv("OPENAI_API_KEY", "sk-very-secret-indeed")
    labelled(tmp_path)
    proposal = propose(tmp_path, base=tmp_path)
    text = written(proposal)
    assert proposal.recipe["models"] == {"generator": "openai/gpt-4o-mini"}
    assert "secret" not in text + json.dumps(proposal.to_json()) and "OPENAI_API_KEY is set" in text


# -- arms and writing ---------------------------------------------------------------------------------------------


def test_arms_of_different_packages_come_first_then_of_different_strategies(proposed: Proposed) -> None:
    _, file = proposed("measured")
    loaded = load(file)
    names = ["augment-splice", "augment-word-edits", "paraphrase-quick", "naive-creative", "naive-balanced"]
    job = resolve(loaded.changed(arms=tuple(load(file, [f"arms=[{', '.join(names)}]"]).recipe.arms or ())))
    assert [arm.arm.name for arm in in_turn(job.arms)] == [
        *("augment-splice", "naive-creative", "paraphrase-quick", "naive-balanced", "augment-word-edits"),
    ]


@pytest.mark.parametrize(
    ("record", "form"),
    [
        ({"response": "x"}, "text"),
        ({"response": "x", "label": "a"}, "labelled"),
        ({"input": "x", "response": "y", "label": "a"}, "pair"),
        ({"fields": {"a": 1}, "response": "{}"}, "record"),
        ({"messages": [{}], "input": "x"}, "chat"),
        ({"fields": {"chosen": "a", "rejected": "b"}, "input": "x"}, "preference"),
    ],
)
def test_a_rows_form_is_told_from_its_parts(record: dict[str, Any], form: str) -> None:
    assert form_of_row(record) == form


@settings(max_examples=50)
@given(
    texts=st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True),
    why=st.text(),
    number=st.one_of(st.none(), st.integers(), st.booleans(), st.floats(allow_nan=False)),
)
@example(
    texts=["yes", "1", "null", ": x", "# y", "~", "a\nb", "\ud800", "\x85\u2028", "<<", "="],
    why="\n# a: b",
    number=None,
)
def test_what_is_written_is_parsed_back_whatever_names_and_labels_are(
    texts: list[str], why: str, number: float | None
) -> None:
    recipe = {
        "name": texts[0],
        "task": texts[-1],
        "seed": 0,
        "seeds": {"path": texts[0], "text": texts[-1]},
        "labels": texts,
        "json_schema": {"type": "object", "properties": {text: {"const": number} for text in texts}},
        "arms": [texts[0], {"use": texts[-1], "with": {text: [text] for text in texts}}],
        "validators": [{"use": "rules", "with": {"forbid": texts}}],
    }
    proposal = Proposal(
        found=Found(place=Path("x")),
        recipe=recipe,
        why={key: why for key in (*recipe, "rules")},
        arms={texts[0]: why},
        also=(Aside(arm=texts[0], why=why),),
        validators_also=(Addition(value={"use": texts[-1]}, why=why),),
        further={"models": Addition(value={"generator": texts[0]}), "reward": Addition(value=texts, why=why)},
        assumptions=(why, *texts),
        not_used=(why,),
    )  # fmt: skip
    text = written(proposal)
    assert yaml.safe_load(text) == yaml_source.parse(text).data == recipe
