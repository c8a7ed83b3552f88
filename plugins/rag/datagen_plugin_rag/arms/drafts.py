"""A row on its way: what it is to ask about, then its question, then the passages that were found for it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.retriever import Hit
from datagen_plugin_rag.arms.config import RagConfig
from datagen_plugin_rag.arms.context import question_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One row to be made.

    Attributes:
        row: Its place in the batch.
        chunk: What it asks about.
        partners: Further chunks that a question of several hops is to need.
        rng: Its own: what is drawn for a row doesn't depend on when others are answered.
        before: Questions that were asked about the chunk.
        question, params: What was asked, and by which call.
        hits: What was retrieved for the question.
        refusal: Why there is no row.
    """

    row: int
    cell: Cell
    chunk: Seed
    question_type: str
    language: str
    rng: random.Random = field(compare=False)
    before: Sequence[str] = ()
    partners: tuple[Seed, ...] = ()
    question: str = ""
    params: Mapping[str, Any] = EMPTY
    hits: Sequence[Hit] = ()
    refusal: Refusal | None = None

    @property
    def hops(self) -> tuple[Seed, ...]:
        """All chunks that it asks about."""
        return (self.chunk, *self.partners)

    @property
    def is_code(self) -> bool:
        """Whether it asks about source code."""
        return self.chunk.row.get("kind") == "code"

    def refused(self, why: Refusal) -> Draft:
        """The same without a row."""
        return replace(self, refusal=why)


def drafts(
    request: GenerateRequest, cells: Sequence[Cell], chunks: Sequence[Seed], config: RagConfig, inputs: Inputs
) -> list[Draft]:
    """One for each chunk drawn, with the types of question in turn over all batches. Uses the batch's randomness."""
    types, start = config.question_types, request.origin.batch * len(cells)
    before = {
        chunk.id: sorted({question_in(text) for text in _tried(request, chunk)} - {""}) for chunk in chunks
    }
    return [
        Draft(
            row=row,
            cell=cell,
            chunk=chunk,
            question_type=_type(config, dict(cell.values), types[(start + row) % len(types)]),
            language=dict(cell.values).get("language", inputs.languages[0]),
            rng=random.Random(request.rng.getrandbits(64)),
            before=before[chunk.id],
        )
        for row, (cell, chunk) in enumerate(zip(cells, chunks, strict=False))
    ]


def _tried(request: GenerateRequest, chunk: Seed) -> frozenset[str]:
    return request.pool.tried_inputs(request.origin.arm, chunk.id)


def _type(config: RagConfig, values: Mapping[str, str], in_turn: str) -> str:
    return "multi-hop" if config.mode == "multi-hop" else values.get("question_type", in_turn)
