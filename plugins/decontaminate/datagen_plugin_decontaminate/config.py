"""Options: which benchmarks, and what counts as a hit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from datagen_core.config import Config, InputPath

NGRAM = 13
CHAR_NGRAM = 20


class Benchmark(Config):
    """A file of items that training data mustn't hold. A bare string is the path."""

    path: InputPath = Field(
        ..., description="JSONL, JSON list, CSV, TSV, TXT (one item a line), also .gz, or Parquet"
    )
    name: str | None = Field(None, min_length=1, description="what verdicts call it; by default the file's")
    fields: tuple[str, ...] = Field(
        (),
        description="columns that an item consists of, in order; by default the one that holds its text",
    )
    id: str | None = Field(
        None, description="column that verdicts name items by; by default id, else a hash of the text"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str | Path) else value


class AgainstBenchmarks(Config):
    """What rows are compared with, and how."""

    benchmarks: tuple[Benchmark, ...] = Field((), description="files of benchmark items")
    index: InputPath | None = Field(
        None, description="an index built before, in place of benchmarks: loads at once, holds hashes only"
    )
    ngram: int = Field(NGRAM, ge=2, le=100, description="words in a row that make a hit")
    char_ngram: int = Field(
        CHAR_NGRAM,
        ge=2,
        le=400,
        description="characters in a row that make a hit, where words have no spaces (Chinese, Japanese, Thai …)",
    )
    short_items: Literal["exact", "off"] = Field(
        "exact", description="items too short for a hit: exact finds them where a part of a row equals them"
    )

    @model_validator(mode="after")
    def _one_source(self) -> AgainstBenchmarks:
        if self.benchmarks and self.index is not None:
            raise ValueError("give either benchmarks: [...] or index: FILE")
        return self


class DecontaminateConfig(AgainstBenchmarks):
    """Options of the validator."""

    max_hits: int = Field(
        0, ge=0, le=1_000_000, description="most n-grams that a row may share with benchmarks"
    )


class ExciseConfig(AgainstBenchmarks):
    """Options of the cutting of long texts."""

    window_chars: int = Field(
        200, ge=0, le=100_000, description="characters cut on each side of a hit, beside the hit"
    )
    max_hits: int = Field(10, ge=0, le=1_000_000, description="a text with more hits is dropped whole")
    min_slice_chars: int = Field(
        200, ge=0, le=1_000_000, description="what is left between cuts is kept when it is longer than this"
    )
