"""Options of the preference generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator

from datagen_core import Config

Alias = Annotated[str, Field(min_length=1, max_length=200)]
Temperature = Annotated[float, Field(ge=0, le=2)]
AspectName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
AspectText = Annotated[str, Field(min_length=1, max_length=1000)]
Principle = Literal["helpfulness", "truthfulness", "honesty", "verbalized_calibration", "brevity", "detail"]

ASPECTS: Mapping[str, str] = {
    "helpfulness": "it does what the user needs; it is relevant, clear and correct, without padding or repetition",
    "honesty": "its confidence fits what can be known: what is sure is said plainly, what is unsure is called so",
    "instruction_following": "it meets the goal of the request and each of its restrictions: format, length, "
    "language, style, what to leave out",
    "truthfulness": "it contradicts neither the facts, nor the conversation, nor itself, and invents nothing",
}
"""UltraFeedback's four aspects, in our words."""

ULTRAFEEDBACK_PRINCIPLES: tuple[Principle, ...] = (
    "helpfulness",
    "truthfulness",
    "honesty",
    "verbalized_calibration",
)
MIN_MARGINS: Mapping[str, float] = {"rating": 1.0, "pairwise": 0.25}
"""Of the scale 1 to 10, and of the share of comparisons won. Ours: the sources have none."""


class PreferencePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    rating: str | None = Field(None, min_length=1, description="Jinja2 text that asks for ratings")
    pairwise: str | None = Field(None, min_length=1, description="Jinja2 text that asks which one is better")


class PreferenceConfig(Config):
    """Who writes candidates and how, who judges them and how, and which two make the row."""

    models: tuple[Alias, ...] = Field(
        ("generator",), min_length=1, max_length=32, description="aliases that write candidates, in turn"
    )
    candidates: int = Field(4, ge=1, le=16, description="candidates drawn for each prompt")
    temperatures: tuple[Temperature | None, ...] = Field(
        (0.7, 1.0),
        min_length=1,
        max_length=16,
        description="of candidates: the next one after each round of the models; null leaves the provider's default",
    )
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="the most tokens of one candidate")
    principles: bool | tuple[Principle, ...] = Field(
        False,
        description="a system prompt drawn for each candidate: true for UltraFeedback's four, or a list",
    )
    use_original: bool = Field(False, description="the original's own response is one candidate more")
    judge_model: str = Field("generator", min_length=1, description="the alias that judges")
    judge: Literal["rating", "pairwise"] = Field(
        "rating", description="a call for each candidate, or two for each two candidates"
    )
    aspects: Mapping[AspectName, AspectText | None] = Field(
        dict.fromkeys(ASPECTS),
        min_length=1,
        max_length=12,
        description="what is rated: name → what it means; null for the packaged words of a known one",
    )
    judge_temperature: float | None = Field(
        0.0, ge=0, le=2, description="of the judge; null leaves the provider's default"
    )
    judge_max_tokens: int = Field(512, ge=1, le=1_000_000, description="the most tokens of one judgement")
    pairs: Literal["best-worst", "best-random", "best-second"] = Field(
        "best-worst", description="what the best candidate is paired with"
    )
    min_margin: float | None = Field(
        None,
        gt=0,
        le=9,
        description="the least of chosen_rating - rejected_rating (>=); null: 1 for rating, 0.25 for pairwise",
    )
    chosen_refusals: bool = Field(False, description="a refusal to answer may be the chosen one")
    max_length_ratio: float | None = Field(
        None,
        gt=0,
        le=1000,
        description="the most of words of chosen / words of rejected (<=); null: no limit",
    )
    format: Literal["chat", "text"] = Field(
        "chat", description="prompt, chosen and rejected as lists of messages, or as strings"
    )
    prompts: PreferencePrompts = Field(PreferencePrompts(), description="templates of your own")

    @field_validator("aspects")
    @classmethod
    def _known(cls, aspects: Mapping[str, str | None]) -> Mapping[str, str | None]:
        for name, text in aspects.items():
            if name == "rationale":
                raise ValueError("rationale is what comes before the scores: give the aspect another name")
            if text is None and name not in ASPECTS:
                raise ValueError(f"the aspect {name} needs words that say what it means")
        return aspects

    def aspect_texts(self) -> dict[str, str]:
        """Each aspect with what it means."""
        return {name: text or ASPECTS[name] for name, text in self.aspects.items()}

    def principle_names(self) -> tuple[Principle, ...]:
        """The principles that are drawn from; none where there are none."""
        if isinstance(self.principles, bool):
            return ULTRAFEEDBACK_PRINCIPLES if self.principles else ()
        return self.principles

    def least_margin(self) -> float:
        """`min_margin`, or the judge's own."""
        return MIN_MARGINS[self.judge] if self.min_margin is None else self.min_margin
