"""The retriever over a knowledge base, and over tables that something else made."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_rag.config import HybridConfig
from datagen_plugin_rag.searching.hybrid import Hybrid
from datagen_plugin_rag.store.ingesting import ingest
from datagen_plugin_rag.store.known_files import KnownFiles

from datagen_core import InputError, Inputs, PluginError
from datagen_core.documents import ChunkSizes, chunks, find_documents, load_document
from datagen_core.inputs import Seed
from datagen_core.testing import RetrieverConformance

SIZES = ChunkSizes(min_tokens=12, max_tokens=40)


def over(folder: Path, inputs: Inputs | None = None, **options: Any) -> Hybrid:
    return Hybrid(HybridConfig.model_validate({"knowledge_base": str(folder), **options}), inputs or Inputs())


def found(part: Hybrid, query: str, k: int = 5, **where: Any) -> list[str]:
    return [hit.chunk.text for hit in part.search([query], k, where)[0]]


def cut(docs: Path) -> list[Seed]:
    """The chunks of a folder, without any knowledge base; texts, then code."""
    made = [
        chunk
        for path in find_documents([docs])
        for chunk in chunks(load_document(path, base=docs.parent), SIZES)
    ]
    return sorted(made, key=lambda chunk: (chunk.row["kind"] == "code", chunk.row["document"]))


class TestOverAKnowledgeBase(RetrieverConformance):
    component = "hybrid"

    @pytest.fixture(autouse=True)
    def _made(self, kb: Path) -> None:
        self._kb = kb

    def options_in(self, folder: Path) -> Mapping[str, Any]:
        return {"knowledge_base": str(self._kb), "mode": "hybrid"}

    def inputs(self) -> Inputs:
        return Inputs()


def test_the_corpus_is_what_cutting_the_documents_gives(kb: Path, docs: Path) -> None:
    """Ids, texts and whole rows, blocks too: arms work on a knowledge base as on documents."""
    assert over(kb).corpus() == tuple(cut(docs))


def test_it_finds_what_is_found_among_the_documents(kb: Path, docs: Path) -> None:
    for mode in ("bm25", "vectors", "hybrid"):
        there = over(kb, mode=mode)
        here = Hybrid(HybridConfig.model_validate({"mode": mode}), Inputs(chunks=tuple(cut(docs))))
        for query in (
            "when is low tide",
            "租约什么时候到期",
            "ต้นไม้สร้างอาหารอย่างไร",
            "كيف يصنع النبات غذاءه",
            "sift down",
        ):
            assert found(there, query) == found(here, query)
            assert found(there, query)


@pytest.mark.parametrize("options", [{"bm25": "lancedb"}, {"mode": "hybrid", "max_in_memory": 0}])
def test_lancedb_can_do_the_search(kb: Path, options: dict[str, Any]) -> None:
    part, exact = over(kb, **options), over(kb, mode="hybrid")
    for query in ("when is low tide", "租约什么时候到期", "ต้นไม้", "gravity of the moon"):
        assert found(part, query)[0] == found(exact, query)[0]
    only = found(part, "tide bread heap", document=["docs/bread.md", 'docs/it\'s "quoted"; DROP.md'])
    assert only and all("Bread" in text or "Yeast" in text for text in only)
    assert found(part, "tide", kind="code", document="docs/bread.md") == []


def test_tables_can_be_chosen(kb: Path) -> None:
    part = over(kb, tables=["code_chunks"])
    assert {chunk.row["kind"] for chunk in part.corpus() or ()} == {"code"}
    assert {chunk.row["language"] for chunk in part.corpus() or ()} == {"python"}
    with pytest.raises(InputError, match="no table 'poems'") as caught:
        over(kb, tables=["poems"])
    assert caught.value.expected == "tables: of chunks, code_chunks"


def test_a_copy_elsewhere_gives_the_same_answers_and_digest(kb: Path, tmp_path: Path) -> None:
    copy = over(Path(shutil.copytree(kb, tmp_path / "elsewhere" / "kb")))
    assert found(copy, "low tide") == found(over(kb), "low tide")
    assert copy.digest() == over(kb).digest() != ""
    again = pickle.loads(pickle.dumps(copy))
    assert (again.digest(), found(again, "low tide")) == (copy.digest(), found(copy, "low tide"))


def test_the_digest_changes_with_the_content_and_the_path_is_no_part_of_the_fingerprint(
    own_kb: Path, tmp_path: Path
) -> None:
    before, config = over(own_kb).digest(), over(own_kb).config
    (tmp_path / "new.md").write_text("Something else entirely.", encoding="utf-8")
    ingest([tmp_path / "new.md"], own_kb)
    assert over(own_kb).digest() != before
    assert str(tmp_path) not in str(config.fingerprint())


def test_a_relative_path_is_relative_to_the_recipe() -> None:
    config = HybridConfig.model_validate({"knowledge_base": "kb"}, context={"base": Path("/data")})
    assert config.knowledge_base == "/data/kb"


def test_vectors_whose_embedder_is_not_there_are_not_used_and_that_is_said(own_kb: Path) -> None:
    files = KnownFiles(own_kb)
    files.set(embedder={"use": "gone", "options": {}, "identity": {"use": "gone"}}, is_for_vectors=True)
    files.close()
    part = over(own_kb)
    (notice,) = part.notices()
    assert "their embedder can't be: no embedder 'gone' is installed" in notice
    assert part.mode() == "bm25" and found(part, "low tide")
    with pytest.raises(InputError, match="no vectors that can be searched"):
        over(own_kb, mode="vectors")


@pytest.mark.parametrize("is_there", [True, False])
def test_no_knowledge_base_is_a_clear_error(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "kb"
    if is_there:
        folder.mkdir()
    with pytest.raises(InputError) as caught:
        over(folder)
    assert str(folder) in str(caught.value) and "datagen ingest PATH --into" in str(caught.value)


def test_without_lancedb_the_command_that_installs_it_is_named(
    kb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "lancedb", None)
    with pytest.raises(PluginError) as caught:
        over(kb)
    assert caught.value.hint == "pip install 'datagen-plugin-rag[lancedb]'"


# -- tables that something else made ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import lancedb
    import pyarrow

    from datagen_core.embeddings import Embeddings

    texts = ["The lease ends on Friday.", "Bread rises in warmth.", "The moon raises the sea.", "", None]
    vectors = Embeddings().of([text or "" for text in texts])
    folder = tmp_path_factory.mktemp("foreign")
    table = pyarrow.table(
        {
            "body": texts,
            "key": ["a", "b", "b", "d", "e"],
            "year": [2020, 2021, 2021, 2021, 2021],
            "by_us": pyarrow.array(vectors.tolist(), pyarrow.list_(pyarrow.float32(), 512)),
            "short": pyarrow.array([[1.0, 0.0]] * 5, pyarrow.list_(pyarrow.float32(), 2)),
        }
    )
    lancedb.connect(str(folder)).create_table("articles", table)
    return folder


def over_articles(folder: Path, mode: str = "auto", **columns: Any) -> Hybrid:
    return over(folder, tables=["articles"], mode=mode, columns={"text_column": "body", **columns})


def test_a_foreign_table_is_used_as_it_is(foreign: Path) -> None:
    part = over_articles(foreign, id_column="key")
    assert [chunk.id for chunk in part.corpus() or ()] == ["a", "b", "b-2"]  # empty texts are none
    assert found(part, "when does the lease end") == ["The lease ends on Friday.", "The moon raises the sea."]
    assert found(part, "the moon", year=2021) == ["The moon raises the sea."]
    (first, *_) = part.corpus() or ()
    assert first.row["document"] == "articles" and first.row["blocks"][0].end == len(first.text)
    assert "short" not in first.row and part.notices() == ()


def test_foreign_vectors_are_used_where_they_are_by_the_recipes_embedder(foreign: Path) -> None:
    fits = over_articles(foreign, "vectors", vector_column="by_us", vectors_by="hashing")
    assert found(fits, "The moon raises the sea.")[0] == "The moon raises the sea."
    for told in ({"vector_column": "by_us"}, {"vector_column": "short", "vectors_by": "hashing"}):
        part = over_articles(foreign, **told)
        assert part.mode() == "bm25" and "aren't used" in part.notices()[0]


def test_a_column_or_table_that_is_not_there_is_named_beside_those_that_are(foreign: Path) -> None:
    with pytest.raises(InputError, match="no column 'text'") as caught:
        over(foreign, tables=["articles"])
    assert "body" in (caught.value.expected or "")
    with pytest.raises(InputError, match="no table 'chunks'"):
        over(foreign)
    with pytest.raises(InputError, match="needs the index"):
        over(foreign, tables=["articles"], bm25="lancedb")
