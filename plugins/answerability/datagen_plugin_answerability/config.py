"""Options of the validator."""

from __future__ import annotations

import hashlib
from typing import Any

from pydantic import Field

from datagen_core import Config


class AnswerabilityPrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    answerable: str | None = Field(None, min_length=1, description="Jinja2 text that asks for the verdict")


class AnswerabilityConfig(Config):
    """Who judges, and where a row's question and passages are."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    question: str | None = Field(
        None, min_length=1, description="the part of the row that asks; by default `question`, else the input"
    )
    column: str | None = Field(
        None, min_length=1, description="the part of the row that is the passage; by default what it cites"
    )
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(1_024, ge=1, le=1_000_000, description="the most tokens of one answer")
    prompts: AnswerabilityPrompts = Field(AnswerabilityPrompts(), description="a template of your own")

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged template where it is used: another prompt is another judge."""
        from datagen_core.llm.answerability import digest_part

        given = super().fingerprint()
        if self.prompts.answerable is not None:
            return given
        return given | {"prompt": hashlib.blake2b(digest_part(), digest_size=16).hexdigest()}
