"""Options of the grounding validator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datagen_core.config import Config

Kind = Literal["numbers", "names", "identifiers", "quotes"]


class GroundingConfig(Config):
    """What of a row must be in its source."""

    column: str | None = Field(
        None,
        min_length=1,
        description="where the source is: a field, or what the method noted; by default what its lineage leads to",
    )
    field: str | None = Field(
        None,
        min_length=1,
        description="the part that is checked; by default the response, or all that the assistant says",
    )
    check: tuple[Kind, ...] = Field(
        ("numbers", "names", "identifiers", "quotes"), description="what must occur in the source"
    )
    units: bool = Field(
        True, description="whether a number's unit must be in the source too; tables often leave it out"
    )
    allow_from_input: bool = Field(
        True, description="whether the question (input, other turns) counts as source too"
    )
    max_unsupported: int = Field(
        0, ge=0, le=1_000_000, description="most items that may be missing from the source"
    )
    min_overlap: float | None = Field(
        None,
        ge=0.0,
        le=1.0,
        description="least share of each sentence's content words that are in the source; null: not looked at",
    )
    no_source: Literal["reject", "pass"] = Field(
        "reject", description="what becomes of a row whose source isn't known"
    )
