"""Options of the classification generator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from datagen_core import Config

AXES: dict[str, tuple[str, ...]] = {
    "length": (
        "short for a text of this kind",
        "of usual length for a text of this kind",
        "long for a text of this kind, with more detail",
    ),
    "register": (
        "plain and neutral",
        "casual, as among friends",
        "polite and formal",
        "terse, with words left out",
        "somewhat clumsy, as people write who don't reread",
    ),
    "situation": (
        "the most ordinary case",
        "a rare case that does occur",
        "by someone new to the subject",
        "by someone who knows the subject well",
        "under time pressure",
        "hanging on a concrete name, number or date",
        "something that has changed since an earlier time",
        "a second thought or a second attempt",
    ),
}
"""What rows differ by unless the recipe says otherwise; relative, so that they fit commands and letters alike."""

Values = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class ClassifyPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    write: str | None = Field(None, min_length=1, description="Jinja2 text that asks for one text")
    define: str | None = Field(None, min_length=1, description="Jinja2 text that asks for the definitions")
    verify: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for the label of a text"
    )


class ClassifyConfig(Config):
    """How texts are asked for, and which are kept."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    mode: Literal["by-label", "contrastive", "boundary", "definition"] = Field(
        "by-label", description="what a text is made from"
    )
    temperature: float | None = Field(
        1.0, ge=0, le=2, description="of the texts; null leaves the provider's default"
    )
    top_p: float | None = Field(
        None, gt=0, le=1, description="of the texts; null leaves the provider's default"
    )
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="the most tokens of one text")
    examples: int = Field(3, ge=0, le=50, description="the most seeds shown of a label")
    axes: dict[str, Values] = Field(
        AXES, description="axis → values, one of which is drawn for each row; {} for none"
    )
    contrast: Literal["nearest", "drawn"] = Field(
        "nearest", description="the other label: the one whose seeds share most words, or drawn for each row"
    )
    pairs: dict[str, str] = Field(
        {}, description="label → the other label, for those that `contrast` isn't for"
    )
    verify: bool | None = Field(
        None, description="confirm each label by a blind classification; null: in mode boundary"
    )
    verify_model: str | None = Field(None, min_length=1, description="who classifies; null: the same model")
    verify_max_tokens: int = Field(512, ge=1, le=1_000_000, description="the most tokens of a classification")
    definitions_max_tokens: int | None = Field(
        None,
        ge=1,
        le=1_000_000,
        description="the most tokens of all definitions; null: 500 and 300 a label",
    )
    allow_label_name: Literal["auto", True, False] = Field(
        "auto",
        description="whether a text may name its label; auto: where a fifth of the label's seeds do, "
        "or without seeds its description",
    )
    prompts: ClassifyPrompts = Field(ClassifyPrompts(), description="templates of your own")
