"""Who finds passages for a run: a retriever over its documents, or a knowledge base in their place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import Field

import datagen_core.builtin
from datagen_core import (
    Component,
    Config,
    GenerateRequest,
    Generator,
    Hit,
    RecipeError,
    Rejection,
    Retriever,
    Sample,
    Seed,
    hookimpl,
)
from datagen_core.job import Job
from datagen_core.nothing import EMPTY
from datagen_core.plugins.host import Host
from datagen_core.recipe import load
from datagen_core.resolve import resolve


class BaseConfig(Config):
    base: str | None = Field(None, description="a folder with a file `passages`, a passage on each line")


class Lines(Retriever[BaseConfig]):
    """Finds by a shared first word; with a base its lines are the corpus."""

    def corpus(self) -> Sequence[Seed] | None:
        if self.config.base is None:
            return None
        lines = (Path(self.config.base) / "passages").read_text().splitlines()
        return [Seed(id=f"p{i}", text=line, row={"document": "base"}) for i, line in enumerate(lines)]

    def search(self, queries: Sequence[str], k: int, where: Mapping[str, Any] = EMPTY) -> list[list[Hit]]:
        passages = self.corpus() or self.inputs.chunks
        return [[Hit(chunk=p, score=1.0) for p in passages if query in p.text][:k] for query in queries]

    def digest(self) -> str:
        return "|".join(p.text for p in self.corpus() or ())

    def notices(self) -> Sequence[str]:
        return ["it reads lines"]


class Reader(Generator[Config]):
    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        for chunk, _ in zip(self.inputs.chunks, request.wanted(), strict=False):
            yield request.sample(response=chunk.text, parents=[chunk])


def toys() -> ModuleType:
    module = ModuleType("toys")
    reader = Component(name="reader", summary="", impl=f"{__name__}:Reader", needs=("documents",))
    lines = Component(
        name="lines",
        summary="",
        impl=f"{__name__}:Lines",
        config=f"{__name__}:BaseConfig",
        opens={"passages": "base"},
    )
    setattr(module, "datagen_generators", hookimpl(lambda: [reader]))  # noqa: B010
    setattr(module, "datagen_retrievers", hookimpl(lambda: [lines]))  # noqa: B010
    return module


HOST = [("builtin", "datagen-core", "0.1.0", lambda: datagen_core.builtin), ("toys", "toys", "1.0", toys)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/b.md").write_text("# B\n\nBees.\n")
    (tmp_path / "base").mkdir()
    (tmp_path / "base/passages").write_text("Ants.\nWasps.\n")
    return tmp_path


def job(folder: Path, text: str, *overrides: str) -> Job:
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"{text}\narms: [reader]\nvalidators: []\n")
    return resolve(load(recipe, overrides), Host(HOST))


def found(made: Job, query: str) -> list[str]:
    assert made.inputs.retriever is not None
    return [hit.chunk.text for hit in made.inputs.retriever.search([query], 5)[0]]


def test_a_retriever_searches_the_documents_of_the_recipe(folder: Path) -> None:
    made = job(folder, "documents: [docs]\nretriever: lines")
    assert len(found(made, "Bees")) == 1
    assert made.retriever is not None and made.retriever.name == "lines"
    assert "lines: it reads lines" in made.notices()


def test_without_one_there_is_none(folder: Path) -> None:
    made = job(folder, "documents: [docs]")
    assert made.inputs.retriever is None and made.retriever is None


@pytest.mark.parametrize(
    "text", ["documents: [base]", "documents: base", "documents: [base]\nretriever: lines"]
)
def test_a_folder_that_a_retriever_opens_stands_in_the_place_of_documents(folder: Path, text: str) -> None:
    made = job(folder, text)
    assert [chunk.text for chunk in made.inputs.chunks] == ["Ants.", "Wasps."]
    assert found(made, "Wasps") == ["Wasps."]
    assert made.context.documents == 1 and made.inputs.documents == ()
    assert made.arms[0].arm.name == "reader"


def test_what_a_knowledge_base_holds_is_part_of_what_a_run_is(folder: Path) -> None:
    before = job(folder, "documents: [base]")
    (folder / "base/passages").write_text("Ants.\nHornets.\n")
    assert job(folder, "documents: [base]").fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("documents: [base, docs]", "base is a knowledge base"),
        (
            "documents: [docs]\nretriever: {use: lines, with: {base: BASE}}",
            "there are documents and the passages",
        ),
    ],
)
def test_documents_and_a_knowledge_base_do_not_go_together(folder: Path, text: str, what: str) -> None:
    with pytest.raises(RecipeError, match=what):
        job(folder, text.replace("BASE", str(folder / "base")))


def test_a_path_typed_on_a_command_line_is_looked_for_where_it_was_typed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "mine").mkdir()
    (elsewhere / "mine/a.md").write_text("# A\n\nAnts of mine.\n")
    (elsewhere / "docs").mkdir()
    (elsewhere / "docs/c.md").write_text("# C\n\nCicadas.\n")
    monkeypatch.chdir(elsewhere)
    by_hand = job(folder, "documents: [docs]", "documents=mine")
    assert by_hand.inputs.documents == (elsewhere / "mine/a.md",)
    assert by_hand.inputs.document_names == ("mine/a.md",)
    assert by_hand.inputs.chunks[0].row["document"] == "mine/a.md"
    assert job(folder, "documents: [docs]", "documents=[docs/*.md]").inputs.documents == (
        elsewhere / "docs/c.md",
    )
    assert job(folder, "documents: [docs]").inputs.documents == (folder / "docs/b.md",)
    (folder / "other").mkdir()
    (folder / "other/o.md").write_text("Owls.\n")
    only_there = job(folder, "documents: [docs]", "documents=other")
    assert only_there.inputs.documents == (folder / "other/o.md",)


def test_chunk_sizes_are_the_recipes_and_part_of_what_a_run_is(folder: Path) -> None:
    (folder / "docs/long.md").write_text("\n\n".join(f"Paragraph {i} of many words here." for i in range(60)))
    usual = job(folder, "documents: [docs/long.md]")
    small = job(folder, "documents: [docs/long.md]\nchunks: {min_tokens: 20, max_tokens: 40}")
    assert len(usual.inputs.chunks) == 1 < len(small.inputs.chunks)
    assert max(chunk.row["tokens"] for chunk in small.inputs.chunks) <= 40
    assert usual.fingerprint != small.fingerprint
