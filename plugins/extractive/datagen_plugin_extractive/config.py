"""Options of the extractive generator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from datagen_core.config import Config

Kind = Literal["definitions", "headings", "lists", "cloze"]


class ExtractiveConfig(Config):
    """Which questions are asked, how long their answers are, and how the rows are spread over chunks."""

    kinds: tuple[Kind, ...] = Field(
        ("definitions", "headings", "lists", "cloze"), min_length=1, description="the kinds of question"
    )
    min_chars: int = Field(2, ge=1, description="the shortest answer, in characters")
    max_chars: int = Field(600, ge=1, description="the longest answer, in characters")
    max_per_chunk: int = Field(10, ge=1, description="the most accepted rows from one chunk")
    weight: Literal["words", "equal"] = Field(
        "words", description="a chunk's share of the target: by its number of words, or the same for each"
    )

    @model_validator(mode="after")
    def _range(self) -> ExtractiveConfig:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars ({self.min_chars}) is greater than max_chars ({self.max_chars})")
        return self
