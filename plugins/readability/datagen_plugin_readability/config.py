"""Options of the readability validator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from datagen_core import Config

MetricName = Literal[
    "flesch-reading-ease",
    "flesch-kincaid",
    "gunning-fog",
    "smog",
    "coleman-liau",
    "ari",
    "lix",
    "rix",
    "amstad",
    "wiener",
]
Audience = Literal["child", "teen", "general", "expert"]
OF_GRADES = ("flesch-kincaid", "gunning-fog", "smog", "coleman-liau", "ari", "wiener")
LOWEST, HIGHEST = -1_000.0, 1_000.0
Grade = Annotated[float, Field(ge=-20, le=40)]


class ReadabilityConfig(Config):
    """The formula and the band in which a text must lie; say the band in one way: min and max, grade, or audience."""

    metric: MetricName = Field("flesch-kincaid", description="the formula")
    min: float | None = Field(None, ge=LOWEST, le=HIGHEST, description="the least value (>=) that passes")
    max: float | None = Field(None, ge=LOWEST, le=HIGHEST, description="the greatest value (<=) that passes")
    grade: tuple[Grade, Grade] | None = Field(
        None, description="the least and greatest school grade, both included; for formulas that give one"
    )
    audience: Audience | None = Field(None, description="a band by its readers, for any formula")
    field: str = Field(
        "response",
        min_length=1,
        description="what is read: response (of a conversation all that the assistant says, of a record all its "
        "texts), input, reasoning, or a field's name",
    )
    min_words: int = Field(30, ge=1, le=100_000, description="a text with fewer words can't be told")
    unsure: Literal["pass", "reject"] = Field("pass", description="what becomes of texts with too few words")
    undefined: Literal["pass", "reject"] = Field(
        "pass", description="what becomes of texts in languages that the formula isn't made for"
    )

    @model_validator(mode="after")
    def _one_band(self) -> ReadabilityConfig:
        ways = [
            self.min is not None or self.max is not None,
            self.grade is not None,
            self.audience is not None,
        ]
        if sum(ways) > 1:
            raise ValueError("say the band in one way: min and max, or grade, or audience")
        if self.grade is not None and self.metric not in OF_GRADES:
            raise ValueError(
                f"{self.metric} gives no school grade: use min and max, or one of {', '.join(OF_GRADES)}"
            )
        low, high = self.grade or (self.min, self.max)
        if low is not None and high is not None and low > high:
            raise ValueError(f"the least value {low:g} is more than the greatest {high:g}: no row can pass")
        return self
