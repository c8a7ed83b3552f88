"""Runs without a recipe file: classes, rows and models of the program itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

import datagen_core
from datagen_core import Config, Generator, Sample, UsageError, Validator, Verdict, use
from datagen_core.generator import GenerateRequest
from datagen_core.model import CAPABILITIES, ChatRequest, Model, Reply
from datagen_core.originals import originals
from datagen_core.testing.scripted_model import reply


class EchoConfig(Config):
    """Options."""

    times: int = Field(1, ge=1, le=5, description="how often the text stands there")


class Echo(Generator[EchoConfig]):
    """The seeds, so many times."""

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
        for original in originals(request):
            assert original.sample is not None
            text = " ".join([original.sample.response] * self.config.times)
            text += f" {request.origin.batch}.{request.origin.row_id(len(text))[:4]}"
            yield request.sample(response=text, label=original.cell.label, parents=original.parents)


class ShortConfig(Config):
    """Options."""

    max_words: int = Field(5, ge=1, le=100, description="the most words")


class Short(Validator[ShortConfig]):
    """Few words."""

    def validate(self, samples: Any) -> list[Verdict]:
        return [self._verdict(sample) for sample in samples]

    def _verdict(self, sample: Sample) -> Verdict:
        n = len(sample.response.split())
        return Verdict(
            passed=n <= self.config.max_words, reason="long", measured=n, threshold=self.config.max_words
        )


class Parrot(Model[Config]):
    """Says what it was told."""

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        return reply('{"text": "what a parrot says, ' + str(request.seed) + '"}')

    def capabilities(self) -> frozenset[str]:
        return frozenset(CAPABILITIES)

    def endpoint(self) -> str:
        return "in this program"


ROWS: list[Any] = [{"text": "play some jazz", "label": "music"}, {"text": "will it rain", "label": "weather"}]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_classes_and_rows_stand_where_names_and_files_do() -> None:
    results = datagen_core.run(
        {
            "name": "in-code",
            "num_samples": 12,
            "seeds": ROWS,
            "arms": [Echo, {"name": "twice", **use(Echo, times=2)}],
            "validators": [use(Short, max_words=6), "dedup"],
        }
    )
    assert len(results) == 12 and {row.metadata.arm for row in results} <= {"echo", "twice"}
    assert {row.label for row in results} == {"music", "weather"}
    assert all(len(row.response.split()) <= 6 for row in results)
    assert results[0].metadata.generator_version.startswith("sha256:")


def test_texts_alone_are_rows() -> None:
    recipe = {"num_samples": 4, "seeds": ["one", "two"], "arms": [Echo], "validators": []}
    assert len(datagen_core.run(recipe, out="run")) == 4


def test_a_model_of_the_program() -> None:
    recipe = {
        "num_samples": 3,
        "domain": "birds",
        "models": {"generator": Parrot},
        "arms": ["naive"],
        "validators": [],
    }
    results = datagen_core.run(recipe, out="run")
    assert len(results) == 3 and results[0].response.startswith("what a parrot says")
    assert results[0].trace.processing_steps[-1].params["model"] == "parrot"


def test_a_class_over_a_dataset() -> None:
    class Loud(Generator[Config]):
        """In capitals."""

        def needs(self) -> frozenset[str]:
            return frozenset({"originals"})

        async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
            for original in originals(request):
                assert original.sample is not None
                yield request.sample(response=original.sample.response.upper(), parents=original.parents)

    Path("data.txt").write_text("one\ntwo\n", encoding="utf-8")
    assert [row.response for row in datagen_core.apply(Loud, "data.txt", "out.txt")] == ["ONE", "TWO"]
    assert Path("out.txt").read_text(encoding="utf-8") == "ONE\nTWO\n"


def test_a_run_goes_on_with_the_same_class_and_not_with_another() -> None:
    recipe: dict[str, Any] = {"num_samples": 4, "seeds": ROWS, "arms": [Echo], "validators": []}
    datagen_core.run(recipe, out="run")
    assert len(datagen_core.run({**recipe, "num_samples": 6}, out="run")) == 6

    def other() -> type:
        class Echo(Generator[Config]):
            """Another of the same name."""

            async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
                for _ in range(request.n):
                    yield request.sample(response="x")

        return Echo

    with pytest.raises(datagen_core.RunError, match="changed"):
        datagen_core.run({**recipe, "num_samples": 8, "arms": [other()]}, out="run")
    with pytest.raises(UsageError, match="two classes"):
        datagen_core.run({**recipe, "arms": [Echo, {"name": "b", "use": other()}]})


def test_each_class_has_a_version_of_its_own_source_or_not() -> None:
    body = """
async def generate(self, request):
    for _ in range(request.n):
        yield request.sample(response="{}" + request.origin.row_id(1))
"""

    def typed(text: str) -> type:
        space: dict[str, Any] = {}
        exec(body.format(text), space)
        made = type("Typed", (Generator,), {"generate": space["generate"], "__doc__": "Typed into a prompt."})
        made.__module__ = "__main__"
        return made

    recipe: dict[str, Any] = {"num_samples": 2, "arms": [typed("a")], "validators": [Short]}
    datagen_core.run(recipe, out="run")
    assert len(datagen_core.run({**recipe, "arms": [typed("a")]}, out="run")) == 2
    with pytest.raises(datagen_core.RunError, match="Typed"):
        datagen_core.run({**recipe, "arms": [typed("b")], "num_samples": 3}, out="run")


def test_a_class_that_an_installed_plugin_would_hide_is_refused() -> None:
    class Naive(Generator[Config]):
        """Mine."""

        async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
            for _ in range(request.n):
                yield request.sample(response="x")

    with pytest.raises(datagen_core.RecipeError, match="Naive can't be used"):
        datagen_core.run({"num_samples": 1, "arms": [Naive]})


def test_a_class_named_like_a_preset_is_the_class() -> None:
    class NaiveCreative(Generator[Config]):
        """Mine."""

        async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
            for _ in range(request.n):
                yield request.sample(response=request.origin.row_id(0))

    results = datagen_core.run({"num_samples": 1, "arms": [NaiveCreative], "validators": []}, out="run")
    assert results[0].metadata.generator_version.startswith("sha256:")


def test_what_a_class_holds_on_to_and_its_bases_count() -> None:
    def made(mark: str) -> type:
        class Base(Generator[Config]):
            """Marks."""

            async def generate(self, request: GenerateRequest) -> AsyncIterator[Any]:
                for _ in range(request.n):
                    yield request.sample(response=f"{request.origin.batch}{mark}")

        class Mine(Base):
            """Mine."""

        return Mine

    recipe: dict[str, Any] = {"num_samples": 1, "arms": [made("!")], "validators": []}
    datagen_core.run(recipe, out="run")
    with pytest.raises(datagen_core.RunError, match="class"):
        datagen_core.run({**recipe, "arms": [made("?")], "num_samples": 2}, out="run")


@pytest.mark.parametrize("odd", [b"x", {1}, object(), iter([1]), Echo])
def test_what_a_recipe_cant_hold_is_refused_with_its_place(odd: Any) -> None:
    with pytest.raises(UsageError, match="can't hold") as caught:
        datagen_core.run({"num_samples": 1, "arms": [Echo], "task_input": {"more": [odd]}})
    assert caught.value.where == "task_input.more.0"


@pytest.mark.parametrize("wrong", [dict, Config, Generator, Path])
def test_a_class_that_is_no_component_is_refused(wrong: type) -> None:
    with pytest.raises(UsageError, match="no component"):
        datagen_core.run({"num_samples": 1, "arms": [wrong]})


def test_unknown_options_of_a_class_are_refused_with_their_place() -> None:
    with pytest.raises(datagen_core.RecipeError, match="tims"):
        datagen_core.run({"num_samples": 1, "seeds": ROWS, "arms": [use(Echo, tims=2)]})


def test_rows_given_and_a_file_are_one_too_many() -> None:
    with pytest.raises(datagen_core.RecipeError, match="either"):
        datagen_core.run({"num_samples": 1, "seeds": {"rows": ROWS, "path": "x.jsonl"}, "arms": [Echo]})
