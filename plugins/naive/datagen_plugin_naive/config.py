"""Options of the prompting generator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datagen_core import Config


class NaivePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    plan: str | None = Field(None, min_length=1, description="Jinja2 text that asks for the plan")
    row: str | None = Field(None, min_length=1, description="Jinja2 text that asks for one row")


class NaiveConfig(Config):
    """Which model, how it is sampled, and what a row is."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    temperature: float | None = Field(
        0.7, ge=0, le=2, description="of the rows; null leaves the provider's default"
    )
    top_p: float | None = Field(
        None, gt=0, le=1, description="of the rows; null leaves the provider's default"
    )
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="the most tokens of one row")
    examples: int = Field(3, ge=0, le=50, description="the most seeds shown with each row, of its label")
    output: Literal["text", "pair"] = Field(
        "text", description="without a JSON Schema: a text, or a pair of input and response"
    )
    prompts: NaivePrompts = Field(NaivePrompts(), description="templates of your own")
