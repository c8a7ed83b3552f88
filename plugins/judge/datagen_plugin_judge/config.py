"""Options of the rubric judge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from datagen_core import Config
from datagen_plugin_judge.rubric import WORDS, Dimension
from datagen_plugin_judge.scale import Scale

RUBRIC = """\
- Correctness: what is stated is true, follows, and contradicts neither itself nor the label.
- Clarity: it is well-formed and can be understood without guessing.
- Usefulness: a model trained on it would learn the task from it; it is specific, not filler.
- Fit: it is what the task asks for, in form, language, length and tone.
"""
PASSES_FROM = 0.7
"""Of the way from the scale's low end to its high one, where no threshold is given."""
FIRST_OPTIONS = frozenset({"model", "rubric", "threshold", "temperature", "max_tokens", "prompts"})
"""What the judge had when it knew one rubric alone: runs made then have these in their identity, and only these."""

Alias = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Words = Annotated[str, Field(min_length=1, max_length=4000)]
End = Annotated[float, Field(ge=-1000, le=1000)]


class DimensionConfig(Config):
    """One thing to grade by, with its part in the result."""

    words: Words | None = Field(None, description="what it means; null for the packaged words of a known one")
    weight: float = Field(
        1.0, gt=0, le=1000, description="its part of the aggregate, with aggregate: weighted"
    )
    threshold: End | None = Field(None, description="its own lowest value that passes (value >= threshold)")


class JudgePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    judge: str | None = Field(None, min_length=1, description="Jinja2 text that asks for a grade by `rubric`")
    grades: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for JSON grades by `dimensions`"
    )
    score: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for a score on a line of its own"
    )


class JudgeConfig(Config):
    """Who grades, by what and how, and from where on a row passes."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    rubric: str = Field(RUBRIC, min_length=1, description="the criteria, in words, for one grade")
    dimensions: Mapping[Name, Words | DimensionConfig | None] = Field(
        {},
        max_length=12,
        description="grades by dimension in place of rubric: name → words, or {words, weight, threshold}; null for "
        f"the packaged words of {', '.join(WORDS)}",
    )
    scale: tuple[End, End] = Field((0, 1), description="the low and the high end of every grade")
    whole_numbers: bool = Field(False, description="grades are whole numbers")
    calls: Literal["one", "per-dimension"] = Field(
        "one", description="all dimensions in one call, or a call for each"
    )
    aggregate: Literal["mean", "min", "weighted"] = Field(
        "mean", description="what the dimensions' values become"
    )
    threshold: End | None = Field(
        None,
        description="the lowest aggregate that passes (aggregate >= threshold); null: 0.7 of the way up the scale",
    )
    reasons: Literal["before", "after"] = Field(
        "before", description="where reasons stand: before or after the score"
    )
    answer: Literal["json", "text"] = Field(
        "json",
        description="JSON, or text with the score alone on its last line (reasons: before) or first (after)",
    )
    models: tuple[Alias, ...] = Field((), max_length=8, description="several judges, in place of model")
    agreement: Literal["mean", "min", "majority"] = Field(
        "mean",
        description="what several judges' values become; majority: what more than half of them give at least",
    )
    max_disagreement: float | None = Field(
        None,
        ge=0,
        le=2000,
        description="the most between the judges' highest and lowest aggregate, on the scale",
    )
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    top_p: float | None = Field(None, gt=0, le=1, description="null leaves the provider's default")
    max_tokens: int = Field(512, ge=1, le=1_000_000, description="the most tokens of one grade")
    prompts: JudgePrompts = Field(JudgePrompts(), description="templates of your own")

    @model_validator(mode="after")
    def _fits(self) -> JudgeConfig:
        for wrong, said in self._faults():
            if wrong:
                raise ValueError(said)
        return self

    def _faults(self) -> list[tuple[bool, str]]:
        low, high = self.scale
        limits = [self.threshold, *(one.threshold for one in self.given().values())]
        off = [limit for limit in limits if limit is not None and not low <= limit <= high]
        unknown = [name for name, one in self.given().items() if one.words is None and name not in WORDS]
        return [
            (low >= high, f"scale: [low, high], the low end first; found [{low:g}, {high:g}]"),
            ((round(low, 6), round(high, 6)) != (low, high), "scale: ends of at most six decimals"),
            (bool(off), f"a threshold lies on the scale {low:g} to {high:g}; found {off}"),
            (bool(unknown), f"dimensions without words: {unknown}; packaged are {', '.join(WORDS)}"),
            (bool(self.dimensions) and self.rubric != RUBRIC, "give rubric or dimensions, not both"),
            (
                self.aggregate != "weighted" and any(one.weight != 1 for one in self.given().values()),
                "weights count with aggregate: weighted alone",
            ),
            (
                self.answer == "text" and self.calls == "one" and len(self.dimensions) > 1,
                "a text answer holds one score: calls: per-dimension",
            ),
            (
                self.whole_numbers and (low != int(low) or high != int(high)),
                "whole_numbers: a scale with whole ends",
            ),
            (len(set(self.models)) < len(self.models), "models: each judge once"),
            (
                self.max_disagreement is not None and len(self.models) < 2,
                "max_disagreement: two models or more",
            ),
        ]

    def given(self) -> dict[str, DimensionConfig]:
        """The dimensions as the recipe has them, short forms written out."""
        return {
            name: one if isinstance(one, DimensionConfig) else DimensionConfig(words=one)
            for name, one in self.dimensions.items()
        }

    @property
    def is_plain(self) -> bool:
        """Whether one grade from 0 to 1 is asked for by a rubric in words: `judge.j2`."""
        is_usual = self.answer == "json" and self.reasons == "before" and not self.whole_numbers
        return is_usual and not self.dimensions and self.grades_on.is_unit

    @property
    def grades_on(self) -> Scale:
        """The scale."""
        return Scale(*self.scale, is_whole=self.whole_numbers)

    @property
    def passes_from(self) -> float:
        """The lowest aggregate that passes."""
        return self.grades_on.at(PASSES_FROM) if self.threshold is None else self.threshold

    @property
    def judges(self) -> tuple[str, ...]:
        """The aliases that are asked."""
        return self.models or (self.model,)

    @property
    def prompt_name(self) -> str:
        """The template that is used."""
        return "judge" if self.is_plain else "score" if self.answer == "text" else "grades"

    @property
    def own_prompt(self) -> str | None:
        """The recipe's template in place of it."""
        own: str | None = getattr(self.prompts, self.prompt_name)
        return own

    def graded_by(self) -> tuple[Dimension, ...]:
        """What is graded; one dimension, `overall`, where there is a rubric in words."""
        if not self.dimensions:
            return (Dimension("overall", self.rubric.strip()),)
        return tuple(
            Dimension(name, (one.words or WORDS[name]).strip(), one.weight, one.threshold)
            for name, one in self.given().items()
        )

    def fingerprint(self) -> dict[str, Any]:
        """What can change a grade, and the packaged template where it is used: another prompt is another judge.

        Options beyond the first ones are left out at their defaults, so that runs made without them go on.
        """
        usual = {name: field.default for name, field in type(self).model_fields.items()}
        given = {
            name: value
            for name, value in super().fingerprint().items()
            if name in FIRST_OPTIONS or getattr(self, name) != usual[name]
        }
        given["threshold"] = self.passes_from
        given["prompts"] = {
            name: own for name, own in given["prompts"].items() if own is not None or name == "judge"
        }
        if self.own_prompt is not None:
            return given
        text = (resources.files("datagen_plugin_judge") / "prompts" / f"{self.prompt_name}.j2").read_bytes()
        more = b"" if self.is_plain else repr(self.graded_by()).encode()
        return given | {"prompt": hashlib.blake2b(text + more, digest_size=16).hexdigest()}
