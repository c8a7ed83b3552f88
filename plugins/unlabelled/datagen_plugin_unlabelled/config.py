"""Options of the self-training generator."""

from __future__ import annotations

from pydantic import Field

from datagen_core.config import Config


class UnlabelledConfig(Config):
    """Which texts of the pool are near enough, and sure enough of their label, to be taken."""

    confidence: float = Field(
        0.5, ge=0, le=1, description="the least P(label | text) of the classifier fitted on the seeds"
    )
    neighbours: int = Field(
        200,
        ge=1,
        description="how many of the nearest pool texts are looked at for each seed (TF-IDF cosine)",
    )
    votes: int = Field(3, ge=1, description="how many nearest seeds vote on the label of a text")
    balance: bool = Field(
        True, description="rows of any label: take the labels in turn, rather than as the pool has them"
    )
