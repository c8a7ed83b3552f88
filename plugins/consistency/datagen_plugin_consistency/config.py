"""Options of the components of consistency."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any, Literal

from pydantic import Field

from datagen_core import Config


class ConsistencyConfig(Config):
    """What is the same question, and when two answers to it disagree."""

    key: str | tuple[str, ...] | None = Field(
        None,
        description="part of the row that is compared (text, input, a field), or a list of parts joined by newlines; "
        "by default the text of a labelled row, the input of a pair, the last user turn of a conversation",
    )
    value: str | None = Field(
        None,
        min_length=1,
        description="part of the row that mustn't differ (label, response, a field); by default the label, "
        "where there is none the response",
    )
    near_jaccard: float | None = Field(
        0.85,
        gt=0,
        le=1,
        description="texts this alike (Jaccard similarity of character shingles) or more should have one label; "
        "null: equal texts only",
    )
    near_question_jaccard: float | None = Field(
        None,
        gt=0,
        le=1,
        description="questions this alike or more, with the same numbers, should have one answer; "
        "null: equal questions only",
    )
    compare: Literal["auto", "exact", "numbers", "similarity"] = Field(
        "auto",
        description="how answers are compared. exact: normalised words; numbers: their final numbers; similarity: "
        "token F1; auto: numbers as numbers, short ones by their words, long ones by F1",
    )
    min_answer_f1: float = Field(
        0.2, ge=0, le=1, description="long answers disagree when their token F1 is below this"
    )
    number_tolerance: float = Field(
        0.0, ge=0, lt=1, description="numbers agree that differ by at most this share of the larger one"
    )
    shingle_chars: int = Field(
        5, ge=1, le=32, description="characters per shingle; shorter texts: equal only"
    )
    permutations: int = Field(128, ge=16, le=1024, description="MinHash permutations, split into bands")
    against_seeds: bool = Field(
        True, description="compare with the seeds too, as if they had been accepted first"
    )


class SelfAgreementPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    label: str | None = Field(None, min_length=1, description="Jinja2 text that asks for a label")
    answer: str | None = Field(None, min_length=1, description="Jinja2 text that asks for a short answer")


class SelfAgreementConfig(Config):
    """Who is asked, how often, and how many answers must agree with the row."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    samples: int = Field(5, ge=1, le=100, description="how often the question is asked")
    min_agreement: float = Field(
        0.6,
        gt=0,
        le=1,
        description="the least share of answers that agree with the row (share >= min_agreement)",
    )
    question: str | tuple[str, ...] | None = Field(
        None,
        description="part of the row that is asked (text, input, a field), or a list of parts; by default the text of "
        "a labelled row, the input of a pair, a conversation up to its last answer",
    )
    answer: str | None = Field(
        None,
        min_length=1,
        description="part of the row that is its answer (label, response, a field); by default the label, where "
        "there is none the response",
    )
    compare: Literal["auto", "exact", "numbers"] = Field(
        "auto",
        description="exact: normalised words; numbers: final numbers, in long answers too; auto: numbers as numbers, "
        "other short answers by their words",
    )
    number_tolerance: float = Field(
        0.0, ge=0, lt=1, description="numbers agree that differ by at most this share of the larger one"
    )
    stop_early: bool = Field(
        False,
        description="ask one after the other and stop when the outcome can't change; such rows have no score",
    )
    temperature: float | None = Field(
        0.7, gt=0, le=2, description="of the answers; null leaves the provider's default"
    )
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="the most tokens of one answer")
    prompts: SelfAgreementPrompts = Field(SelfAgreementPrompts(), description="templates of your own")

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged templates: another prompt is another validator."""
        folder = resources.files("datagen_plugin_consistency") / "prompts"
        texts = b"\0".join((folder / f"{name}.j2").read_bytes() for name in ("label", "answer"))
        return super().fingerprint() | {"prompts_digest": hashlib.blake2b(texts, digest_size=16).hexdigest()}
