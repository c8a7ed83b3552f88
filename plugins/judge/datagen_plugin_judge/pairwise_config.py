"""Options of the pairwise judge."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any, Literal

from pydantic import Field, model_validator

from datagen_core import Config

CRITERIA = """\
It does what was asked for, all of it and in the form asked for; what it states is true and its sums and code are right;
it can be understood at once.
"""


class PairwisePrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    pairwise: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for both answers' scores"
    )


class PairwiseConfig(Config):
    """Who compares a row's answer, with what and by what, and whether a tie will do."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    against: Literal["rejected", "reference"] = Field(
        "rejected", description="chosen against rejected, or the response against a reference"
    )
    column: str | None = Field(
        None, min_length=1, description="with reference: the column that holds it; null: its seed's answer"
    )
    ties_pass: bool = Field(
        False, description="whether the row passes where neither answer wins in both orders"
    )
    criteria: str = Field(
        CRITERIA, min_length=1, max_length=8000, description="what makes an answer good, in words"
    )
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    top_p: float | None = Field(None, gt=0, le=1, description="null leaves the provider's default")
    max_tokens: int = Field(512, ge=1, le=1_000_000, description="the most tokens of one comparison")
    prompts: PairwisePrompts = Field(PairwisePrompts(), description="a template of your own")

    @model_validator(mode="after")
    def _fits(self) -> PairwiseConfig:
        if self.column is not None and self.against != "reference":
            raise ValueError("column: with against: reference alone")
        return self

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged template where it is used."""
        given = super().fingerprint()
        if self.prompts.pairwise is not None:
            return given
        text = (resources.files("datagen_plugin_judge") / "prompts" / "pairwise.j2").read_bytes()
        return given | {"prompt": hashlib.blake2b(text, digest_size=16).hexdigest()}
