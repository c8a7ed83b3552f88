"""Options of the similarity validator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from datagen_core import Config


class SimilarityConfig(Config):
    """How near a row may come to others, and how near to the topic it must be: cosines of the recipe's embedder."""

    field: str | tuple[str, ...] | None = Field(
        None,
        description="part of the row to compare (text, input, label, a field), or a list of parts joined by newlines; "
        "by default what is said: the text, with its input where it has one, or all turns",
    )
    max_cosine_similarity: float | None = Field(
        0.85,
        ge=0,
        le=1,
        description="reject a row over this cosine similarity to the nearest seed or accepted row; the default suits "
        "the embedder hashing; null: off",
    )
    against_seeds: bool = Field(True, description="compare with the seeds")
    against_pool: bool = Field(True, description="compare with the rows accepted so far, of any arm")
    min_topic_similarity: float | None = Field(
        None,
        gt=0,
        le=1,
        description="reject a row under this cosine similarity to the topic; null: the topic isn't looked at",
    )
    topic: str | None = Field(
        None, min_length=1, description="the topic in words; by default the recipe's domain and task"
    )
    topic_from: Literal["seeds", "text"] | None = Field(
        None,
        description="what shows the topic: the nearest seed, or the words of `topic`; by default the seeds, unless "
        "there are none or `topic` is given",
    )

    @property
    def limit(self) -> float | None:
        """`max_cosine_similarity`, None where a row is compared with nothing."""
        return self.max_cosine_similarity if self.against_seeds or self.against_pool else None

    @model_validator(mode="after")
    def _something_is_measured(self) -> SimilarityConfig:
        if self.limit is None and self.min_topic_similarity is None:
            raise ValueError(
                "nothing is measured: set max_cosine_similarity with against_seeds or against_pool, "
                "or min_topic_similarity"
            )
        if self.topic is not None and (self.min_topic_similarity is None or self.topic_from == "seeds"):
            raise ValueError("topic is read with min_topic_similarity and topic_from: text alone")
        return self
