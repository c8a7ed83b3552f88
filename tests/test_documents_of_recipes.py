"""The documents that a recipe names, as a job holds them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

import datagen_core.builtin
from datagen_core import (
    Component,
    Config,
    GenerateRequest,
    Generator,
    InputError,
    Rejection,
    Sample,
    hookimpl,
)
from datagen_core.job import Job
from datagen_core.plugins.host import Host
from datagen_core.recipe import load
from datagen_core.resolve import resolve


class Reader(Generator[Config]):
    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        for chunk, _ in zip(self.inputs.chunks, request.wanted(), strict=False):
            yield request.sample(response=chunk.text, parents=[chunk])


def toys() -> ModuleType:
    module = ModuleType("toys")
    reader = Component(name="reader", summary="", impl=f"{__name__}:Reader", needs=("documents",))

    setattr(module, "datagen_generators", hookimpl(lambda: [reader]))  # noqa: B010 (mypy knows no such attribute)
    return module


HOST = [("builtin", "datagen-core", "0.1.0", lambda: datagen_core.builtin), ("toys", "toys", "1.0", toys)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/b.md").write_text("# B\n\nBees.\n")
    (tmp_path / "docs/a.rst").write_text("A\n=\n\nAnts.\n")
    return tmp_path


def job(folder: Path, *documents: str) -> Job:
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"documents: [{', '.join(documents)}]\narms: [reader]\nvalidators: []\n")
    return resolve(load(recipe), Host(HOST))


def test_folders_files_and_patterns_become_documents_and_chunks(folder: Path) -> None:
    made = job(folder, "docs/*.md", "docs")
    assert [path.name for path in made.inputs.documents] == ["b.md", "a.rst"]
    assert [(c.row["document"], c.text) for c in made.inputs.chunks] == [
        ("docs/b.md", "# B\n\nBees."),
        ("docs/a.rst", "A\n=\n\nAnts."),
    ]
    assert made.context.documents == 2


def test_the_fingerprint_follows_the_found_files_and_their_contents(folder: Path) -> None:
    first = job(folder, "docs").fingerprint
    assert job(folder, "docs").fingerprint == first
    assert job(folder, "docs/a.rst", "docs/b.md").fingerprint == first
    (folder / "docs/c.txt").write_text("Cats.")
    more = job(folder, "docs").fingerprint
    (folder / "docs/c.txt").write_text("Cows.")
    assert len({first, more, job(folder, "docs").fingerprint}) == 3


def test_a_broken_document_is_an_error_where_it_is_named_and_a_remark_where_it_is_found(folder: Path) -> None:
    (folder / "docs/c.md").write_bytes(b"\xff\xff")
    (folder / "docs/d.md").write_bytes(b"\xff")
    found = job(folder, "docs")
    assert found.remarks == ("documents: docs/c.md was skipped: byte 1 is not UTF-8 (0xff) (and 1 more)",)
    assert [path.name for path in found.inputs.documents] == ["a.rst", "b.md"]
    assert job(folder, "docs/*.md").context.documents == 1
    with pytest.raises(InputError, match=r"docs/c\.md"):
        job(folder, "docs", "docs/c.md")
    with pytest.raises(InputError, match="no such file or folder"):
        job(folder, "docs/none.md")


def test_what_to_know_of_how_a_document_was_read_is_a_remark(folder: Path) -> None:
    (folder / "docs/c.py").write_text("def f(:\n")
    (told,) = job(folder, "docs").remarks
    assert (
        told == "documents: docs/c.py is cut at empty lines: it is no valid Python: invalid syntax in line 1"
    )


def test_an_empty_document_is_noticed(folder: Path) -> None:
    (folder / "docs/c.md").write_text("\n")
    assert job(folder, "docs").remarks == ("documents: docs/c.md holds no text and gives nothing",)
