"""Options of the retriever."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from datagen_core import Config

Mode = Literal["auto", "hybrid", "bm25", "vectors"]


class Weights(Config):
    """How much each ranker counts in the fusion."""

    bm25: float = Field(1.0, ge=0, le=100, description="of the ranking by shared words")
    vectors: float = Field(1.0, ge=0, le=100, description="of the ranking by near vectors")


class ForeignColumns(Config):
    """What is in a table that `datagen ingest` didn't make."""

    text_column: str = Field("text", min_length=1, description="the column with the texts")
    id_column: str | None = Field(None, min_length=1, description="a column that tells the rows apart")
    vector_column: str | None = Field(None, min_length=1, description="the column with the texts' vectors")
    vectors_by: str | None = Field(
        None, min_length=1, description="the embedder that made them: they are used where it is the recipe's"
    )


class HybridConfig(Config):
    """Where passages are looked for, and how they are ranked."""

    knowledge_base: str | None = Field(
        None,
        min_length=1,
        description="a folder that datagen ingest made, or another LanceDB folder, relative to the recipe; without it "
        "the run's documents are searched",
    )
    tables: tuple[str, ...] = Field(
        ("chunks", "code_chunks"),
        min_length=1,
        description="which of its tables; of another LanceDB folder one",
    )
    columns: ForeignColumns | None = Field(
        None, description="of a table that datagen ingest didn't make; by default the texts are in `text`"
    )
    mode: Mode = Field(
        "auto",
        description="bm25: by shared words. vectors: by the embedder. hybrid: both, fused. auto: hybrid where the "
        "embedder finds at least as much as words do in a trial on the passages themselves, else bm25",
    )
    bm25: Literal["auto", "rank-bm25", "bm25s", "lancedb"] = Field(
        "auto",
        description="who computes BM25: the first two give the same scores, auto goes by the number of passages",
    )
    k1: float = Field(1.5, ge=0, le=10, description="of BM25: how soon a word's repetitions stop counting")
    b: float = Field(0.75, ge=0, le=1, description="of BM25: how much long passages are held back")
    weights: Weights = Field(default_factory=Weights, description="of the rankers in the fusion")
    rrf_k: int = Field(
        60, ge=0, le=10_000, description="of the fusion: the greater, the less first places count"
    )
    max_in_memory: int = Field(
        100_000,
        ge=0,
        le=10_000_000,
        description="passages of a knowledge base whose words and vectors are held in memory and compared exactly; "
        "of more, LanceDB searches",
    )

    @field_validator("knowledge_base")
    @classmethod
    def _beside_the_recipe(cls, value: str | None, info: ValidationInfo) -> str | None:
        base = (info.context or {}).get("base") or Path()
        return None if value is None else str((base / Path(value).expanduser()).absolute())

    @model_validator(mode="after")
    def _of_a_knowledge_base(self) -> HybridConfig:
        if self.knowledge_base is None and (self.columns is not None or self.bm25 == "lancedb"):
            raise ValueError("columns and bm25: lancedb are for a knowledge_base")
        return self

    def fingerprint(self) -> dict[str, Any]:
        """The options; a knowledge base counts by its passages, not by its path."""
        return super().fingerprint() | {"knowledge_base": self.knowledge_base is not None}
