"""`datagen init` says what it finds and assumes, asks where it matters, writes one file and never over another."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from datagen_core.beginning.reaching import ADDRESSES, USUAL

Datagen = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, _ in (*USUAL, *ADDRESSES):
        monkeypatch.delenv(variable, raising=False)


class Terminal(io.StringIO):
    """What is typed, at a terminal."""

    def isatty(self) -> bool:
        return True


def recipe(file: str = "recipe.yaml") -> Any:
    return yaml.safe_load(Path(file).read_text(encoding="utf-8"))


def test_it_prints_what_was_found_and_assumed_and_what_to_type_next(datagen: Datagen) -> None:
    done = datagen("init", "-n", "12")
    assert (done.code, done.err) == (0, "")
    assert "seeds.csv   10 labelled texts, 2 classes in 'label'" in done.out
    assert "assumed: no model (no key of a provider is set" in done.out
    assert done.out.endswith("next:\n  datagen check recipe.yaml\n  datagen run recipe.yaml\n")
    assert recipe()["seeds"] == "seeds.csv"
    assert datagen("check", "recipe.yaml").code == 0
    assert datagen("run", "recipe.yaml", "--set", "memory=off", "-q").code == 0


def test_paths_are_relative_to_the_recipe(datagen: Datagen) -> None:
    assert datagen("init", "-o", "deep/er/mine.yaml", "--model", "rehearsal").code == 0
    assert recipe("deep/er/mine.yaml")["seeds"] == "../../seeds.csv"
    assert datagen("check", "deep/er/mine.yaml").code == 0


def test_a_recipe_that_is_there_stays(datagen: Datagen) -> None:
    Path("recipe.yaml").write_text("mine", encoding="utf-8")
    done = datagen("init")
    assert done.code == 2 and "is there already" in done.err and "--force" in done.err
    assert Path("recipe.yaml").read_text(encoding="utf-8") == "mine"
    assert datagen("init", "-o", "other.yaml").code == 0
    assert datagen("init", "--force").code == 0
    assert recipe() == recipe("other.yaml")


def test_for_programs_it_is_json(datagen: Datagen) -> None:
    done = datagen("init", "--json", "--task", "route requests")
    assert done.code == 0 and done.json["file"] == "recipe.yaml"
    assert done.json["recipe"] == recipe() and recipe()["task"] == "route requests"
    assert done.json["found"] == [{"path": "seeds.csv", "what": "10 labelled texts, 2 classes in 'label'"}]
    assert [asked["key"] for asked in done.json["questions"]] == ["model"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "no such folder or file"),
        (["-o", "."], ". is a folder"),
        (["-m", "qwen"], "has no provider"),
        (["-n", "0"], "x>=1"),
    ],
)
def test_what_cant_be_done_is_said_and_nothing_is_written(
    datagen: Datagen, arguments: list[str], says: str
) -> None:
    done = datagen("init", *arguments)
    assert done.code == 2 and says in done.err
    assert not Path("recipe.yaml").exists()


def test_without_anything_to_go_by_a_task_is_asked_for_or_missed(
    datagen: Datagen, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("empty").mkdir()
    done = datagen("init", "empty", "--json")
    assert done.code == 2 and "--task" in done.json["hint"]
    monkeypatch.setattr(sys, "stdin", Terminal("riddles for children\nqwen\nrehearsal\n"))
    done = datagen("init", "empty")
    assert done.code == 0 and "What should a model trained on the data do?" in done.out
    assert "the model 'qwen' has no provider" in done.out  # and it is asked for again
    assert (recipe()["task"], recipe()["models"]) == ("riddles for children", {"generator": "rehearsal"})


def test_at_a_terminal_it_asks_which_rows_and_which_model(
    datagen: Datagen, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = Path("seeds.csv").read_text(encoding="utf-8").replace("please", "now")
    Path("b.csv").write_text(more, encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", Terminal("2\n\n"))
    done = datagen("init")
    assert done.code == 0 and "  1) seeds.csv\n  2) b.csv\n" in done.out
    assert recipe()["seeds"] == "b.csv" and "models" not in recipe()
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert datagen("init", "-o", "yes.yaml", "--yes").code == 0
    assert recipe("yes.yaml")["seeds"] == "seeds.csv"


def test_an_interrupted_question_leaves_nothing_behind(
    datagen: Datagen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(""))  # the end of input is as good as Ctrl-C
    assert datagen("init").code == 130
    assert sorted(path.name for path in Path().iterdir()) == ["quick.yaml", "seeds.csv"]


def test_names_from_the_folder_cant_steer_the_terminal(datagen: Datagen) -> None:
    Path("a\x1b[31m[bold].csv").write_text(Path("seeds.csv").read_text(encoding="utf-8"), encoding="utf-8")
    Path("seeds.csv").unlink()
    done = datagen("init")
    assert done.code == 0 and "\x1b" not in done.out + done.err and "[bold]" in done.out
    assert recipe()["seeds"] == "a\x1b[31m[bold].csv"
