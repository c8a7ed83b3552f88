"""Options of the rules validator: a check is on only when its option is set."""

from __future__ import annotations

import re
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from datagen_core.config import Config

FormatName = Literal["json", "number", "integer", "email", "url", "date", "identifier", "one-line"]
CharsetName = Literal[
    "ascii",
    "latin",
    "greek",
    "cyrillic",
    "hebrew",
    "arabic",
    "devanagari",
    "thai",
    "han",
    "japanese",
    "hangul",
    "cjk",
]
FORMATS: tuple[str, ...] = get_args(FormatName)
CHARSETS: tuple[str, ...] = get_args(CharsetName)


class RulesConfig(Config):
    """What a row must satisfy. All limits are inclusive: a row at the limit passes."""

    field: str = Field(
        "text",
        min_length=1,
        description="the part the text checks read: text, input, label or a field's name",
    )
    min_chars: int | None = Field(None, ge=1, description="fewest characters (Unicode code points)")
    max_chars: int | None = Field(None, ge=1, description="most characters (Unicode code points)")
    min_words: int | None = Field(None, ge=1, description="fewest words")
    max_words: int | None = Field(None, ge=1, description="most words")
    min_sentences: int | None = Field(None, ge=1, description="fewest sentences")
    max_sentences: int | None = Field(None, ge=1, description="most sentences")
    format: FormatName | None = Field(None, description="what the whole text must be")
    charset: CharsetName | None = Field(None, description="the script its letters must be of")
    min_charset_share: float = Field(
        1.0, ge=0.0, le=1.0, description="smallest share of letters of the charset's script"
    )
    pattern: str | None = Field(None, min_length=1, description="regular expression that must match")
    pattern_mode: Literal["search", "fullmatch"] = Field(
        "search", description="search: the pattern occurs somewhere; fullmatch: it matches the whole text"
    )
    forbid: tuple[str, ...] = Field((), description="regular expressions that must not occur")
    max_pattern_chars: int = Field(
        10_000, ge=1, description="a longer text is refused by pattern and forbid, not matched"
    )
    max_repetition_rate: float | None = Field(
        None, ge=0.0, le=1.0, description="largest share of word n-grams that repeat an earlier one"
    )
    repetition_ngram: int = Field(3, ge=1, le=10, description="n of the n-grams of max_repetition_rate")
    max_run: int | None = Field(None, ge=1, description="longest run of one character, white space apart")
    labels: bool | tuple[str, ...] = Field(
        False, description="the labels allowed: a list, or true for the recipe's own"
    )

    @field_validator("pattern", "forbid")
    @classmethod
    def _compiles(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        for pattern in (value,) if isinstance(value, str) else value or ():
            try:
                re.compile(pattern)
            except (re.error, OverflowError, RecursionError) as error:
                raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return value

    @field_validator("forbid")
    @classmethod
    def _can_be_avoided(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if re.search(pattern, ""):
                raise ValueError(f"{pattern!r} matches the empty text, so it would reject every row")
        return value

    @field_validator("labels")
    @classmethod
    def _some_label(cls, value: bool | tuple[str, ...]) -> bool | tuple[str, ...]:
        if value == ():
            raise ValueError(
                "an empty list would reject every row; name labels, or true for the recipe's own"
            )
        return value

    @model_validator(mode="after")
    def _limits_agree(self) -> RulesConfig:
        for unit in ("chars", "words", "sentences"):
            low, high = getattr(self, f"min_{unit}"), getattr(self, f"max_{unit}")
            if low is not None and high is not None and low > high:
                raise ValueError(f"min_{unit} {low} is more than max_{unit} {high}: no row can pass")
        return self
