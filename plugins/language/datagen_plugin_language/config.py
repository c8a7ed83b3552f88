"""Options of the language validator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datagen_core import Config


class LanguageConfig(Config):
    """Which languages and scripts are wanted, and how sure a text must be in another to be rejected."""

    languages: tuple[str, ...] = Field(
        (), description="codes such as de or pt-BR; by default the recipe's languages"
    )
    fields: tuple[str, ...] = Field(
        (),
        description="the parts that are judged: input, response, reasoning, a field of the record, a role of the "
        "conversation; by default all that is said",
    )
    per_message: bool = Field(
        True, description="each part by itself must be in a language wanted; false: the row as a whole"
    )
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="the least confidence (>=) with which a language is taken as told"
    )
    min_script_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="the least share (>=) of a text's letters in a script of the languages wanted",
    )
    max_other_script: float = Field(
        0.1, ge=0, le=1, description="the greatest share (<=) of letters in other scripts"
    )
    max_mixed_words: int = Field(
        0, ge=0, le=1_000_000, description="the most words (<=) with look-alike letters of another alphabet"
    )
    same_as_input: bool = Field(False, description="a response must be in the language of its input")
    unsure: Literal["pass", "reject"] = Field(
        "pass", description="what becomes of rows whose language can't be told, as of short ones"
    )
