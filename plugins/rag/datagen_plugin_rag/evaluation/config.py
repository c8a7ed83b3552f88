"""Options of the evaluator."""

from __future__ import annotations

from pydantic import Field

from datagen_core import Config


class GroundedQAConfig(Config):
    """How much is measured."""

    near_jaccard: float = Field(
        0.8, gt=0, le=1, description="share of 5-character runs in common from which on questions are alike"
    )
    max_queries: int = Field(
        1_000,
        ge=0,
        le=1_000_000,
        description="questions, drawn of all, that retrieval is measured by; 0: none",
    )
    shown: int = Field(20, ge=1, le=1_000, description="rows of a table of documents, headings or chunks")
    seed: int = Field(0, ge=0, le=2**32, description="of what is drawn")
