"""Options of both generators."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from datagen_core import Config


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


Code = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")]
Ratio = Annotated[float, Field(gt=0, le=100)]
Template = Annotated[str, Field(min_length=1)]


class LanguageConfig(Config):
    """What both are told: the model, the languages, and when a text is in the wrong one."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    to: Code | tuple[Code, ...] = Field(
        (), description="the target languages' codes, one or several; by default those of the recipe"
    )
    top_p: float | None = Field(None, gt=0, le=1, description="null leaves the provider's default")
    max_tokens: int = Field(2048, ge=1, le=1_000_000, description="the most tokens of one answer")
    max_copy_chrf: float = Field(
        90, gt=0, le=100, description="from this chrF to the original on, a text is taken for a copy of it"
    )
    min_script_share: float = Field(
        0.5, ge=0, le=1, description="the least share of letters in a script of the target language"
    )
    min_lid_confidence: float | None = Field(
        0.8,
        ge=0.5,
        le=1,
        description="how sure the identification of another language must be; null: it is recorded only",
    )


class CrosslingualPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    translate: Template | None = Field(None, description="Jinja2 text that asks for the translation")
    back: Template | None = Field(None, description="Jinja2 text that asks for the way back")


class CrosslingualConfig(LanguageConfig):
    """What is translated, and which translations are kept."""

    from_: Code | None = Field(
        None, alias="from", description="the originals' language; null: told or identified for each"
    )
    fields: tuple[str, ...] = Field((), description="columns of records that are translated too")
    protect: tuple[Annotated[str, AfterValidator(_compiled)], ...] = Field(
        (), description="regular expressions of what must be kept beside code, URLs, placeholders and tags"
    )
    temperature: float | None = Field(
        0.3, ge=0, le=2, description="of translations; null leaves the provider's default"
    )
    repairs: int = Field(1, ge=0, le=3, description="the most times that a refused translation is made again")
    length_ratio: tuple[Ratio, Ratio] | None = Field(
        None,
        description="the band of target characters per source character; null: by the pair of scripts",
    )
    round_trip: bool = Field(True, description="translate back and compare")
    back_model: str | None = Field(
        None, min_length=1, description="who translates back; null: the same model"
    )
    min_round_trip_chrf: float | None = Field(
        None, ge=0, le=100, description="the least chrF; null: 40, and 20 for sources in Han, kana or Hangul"
    )
    embedder: str | None = Field(
        None,
        min_length=1,
        description="a cross-lingual embedding model; null: cosine and margin aren't taken",
    )
    neighbours: int = Field(4, ge=1, le=16, description="the nearest texts that a margin is taken against")
    min_margin: float | None = Field(
        1.2, ge=0, le=100, description="the least margin; null: it is recorded only"
    )
    prompts: CrosslingualPrompts = Field(CrosslingualPrompts(), description="templates of your own")


class NativePrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    native: Template | None = Field(None, description="Jinja2 text that asks for one row")


class NativeLanguageConfig(LanguageConfig):
    """What is written, and what is shown with it."""

    output: Literal["text", "pair"] = Field("text", description="a text, or a pair of input and response")
    temperature: float | None = Field(
        1.0, ge=0, le=2, description="of the rows; null leaves the provider's default"
    )
    examples: int = Field(
        1, ge=0, le=20, description="the most seeds shown as inspiration, of the row's label"
    )
    aspects: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        (
            "names of people",
            "towns, regions and landscapes",
            "prices, currency and units",
            "food and drink",
            "public services and authorities",
            "school, training and work",
            "holidays, seasons and the calendar",
            "forms of address and politeness",
        ),
        description="what a row is to be native in, one drawn for each; [] for none",
    )
    prompts: NativePrompts = Field(NativePrompts(), description="a template of your own")
