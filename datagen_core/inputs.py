"""What a run is given to work from: seeds, labels, texts and documents, read once and shared read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen_core.config import InputPath
from datagen_core.embeddings import Embeddings
from datagen_core.nothing import EMPTY

if TYPE_CHECKING:
    from datagen_core.retriever import Retriever


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """One real example. `row` is the whole row as read; `slots` are its annotated spans, where it has them.

    `text_column` is the column that the text was told to be in, if any was named.
    """

    id: str
    text: str
    label: str | None = None
    slots: tuple[tuple[str, str], ...] = ()
    row: Mapping[str, Any] = EMPTY
    text_column: str | None = None


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What components are built from. None of it is held-out data: that stays with rewards and evaluators.

    Attributes:
        domain, task: The recipe's words for what is wanted.
        seeds: Real examples, in file order; with `seeds_are_records` records to write about, not examples.
        labels: The classes wanted, in the recipe's order (or as first seen in the seeds); empty if none.
        coverage: What rows should be made of beside labels: key → values.
        languages: Language codes, `("en",)` by default.
        unlabelled: Real texts without labels.
        documents: Files to make data from, folders and patterns resolved.
        document_names: What they are called in rows.
        chunks: What the documents were cut into, in order (see `datagen_core.documents.chunks`).
        grammar: The recipe's top-level grammar, unparsed: inline, or its file.
        json_schema: What a response must satisfy: the recipe's own, else what the arms' grammars imply.
        task_input, constraints: The recipe's open sections, kept for prompts.
        base: The recipe's folder.
        retriever: Who finds passages among the chunks, where the recipe names one.
        embeddings: The vectors of texts, by the recipe's embedder; each is computed once, whoever asks.
    """

    domain: str = ""
    task: str = ""
    seeds: tuple[Seed, ...] = ()
    seeds_are_records: bool = False
    labels: tuple[str, ...] = ()
    coverage: Mapping[str, tuple[str, ...]] = EMPTY
    languages: tuple[str, ...] = ("en",)
    unlabelled: tuple[Seed, ...] = ()
    documents: tuple[Path, ...] = ()
    document_names: tuple[str, ...] = ()
    chunks: tuple[Seed, ...] = ()
    grammar: Mapping[str, Any] | InputPath | None = None
    json_schema: Mapping[str, Any] | None = None
    task_input: Mapping[str, Any] = EMPTY
    constraints: Mapping[str, Any] = EMPTY
    base: Path = field(default_factory=Path)
    retriever: Retriever[Any] | None = field(default=None, compare=False)
    embeddings: Embeddings = field(default_factory=Embeddings, compare=False)

    def source(self, source_id: str) -> Seed | None:
        """The seed, unlabelled text or chunk with this id, for lineage."""
        return self._sources.get(source_id)

    @cached_property
    def _sources(self) -> dict[str, Seed]:
        return {seed.id: seed for seed in (*self.seeds, *self.unlabelled, *self.chunks)}
