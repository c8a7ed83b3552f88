"""Options of the novelty validator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from datagen_core import Config


class NoveltyConfig(Config):
    """How close to the nearest accepted row or seed a row may be; at least one of the two measures is on."""

    field: str | tuple[str, ...] = Field(
        "text",
        description="part of the row to compare (text, input, label, a field), or a list of parts joined by newlines",
    )
    max_rouge_l: float | None = Field(
        0.7,
        ge=0,
        le=1,
        description="highest ROUGE-L F1 allowed: 0.7 suits open instructions, short utterances need 0.9; null: off",
    )
    max_bag_of_words: float | None = Field(
        None,
        ge=0,
        le=1,
        description="highest F1 of shared words allowed, whatever their order: catches shuffled rows; null: off",
    )
    at_threshold: Literal["keep", "reject"] = Field(
        "keep", description="what happens to a row exactly at a threshold (Self-Instruct keeps it)"
    )
    against_seeds: bool = Field(
        True, description="compare with the seeds too, as if they had been accepted first"
    )

    @model_validator(mode="after")
    def _one_measure_at_least(self) -> NoveltyConfig:
        if self.max_rouge_l is None and self.max_bag_of_words is None:
            raise ValueError("nothing is measured: set max_rouge_l, max_bag_of_words or both")
        return self
