"""Options of controlled generation, and the constraints as a recipe writes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from datagen_core import Config

Complexity = Literal["low", "medium", "high"]
Band = Literal["short", "medium", "long"]
MOST = 1_000_000


class KeywordGroup(Config):
    """Words, and how many of them a text has."""

    words: tuple[str, ...] = Field(min_length=1, description="words or phrases, in any inflection")
    mode: Literal["all", "at_least", "none_of"] = Field("all", description="how many of them")
    k: int | None = Field(None, ge=1, le=1000, description="with at_least: how many; 1 by default")

    @model_validator(mode="after")
    def _k_belongs_to_at_least(self) -> KeywordGroup:
        if self.k is not None and self.mode != "at_least":
            raise ValueError("k goes with mode: at_least")
        return self


class Length(Config):
    """Bounds of a text's length, in any units."""

    min_words: int | None = Field(None, ge=1, le=MOST, description="fewest words")
    max_words: int | None = Field(None, ge=1, le=MOST, description="most words")
    min_sentences: int | None = Field(None, ge=1, le=MOST, description="fewest sentences")
    max_sentences: int | None = Field(None, ge=1, le=MOST, description="most sentences")
    min_chars: int | None = Field(None, ge=1, le=MOST, description="fewest characters, white space included")
    max_chars: int | None = Field(None, ge=1, le=MOST, description="most characters, white space included")

    @model_validator(mode="after")
    def _says_something(self) -> Length:
        if not self.model_dump(exclude_none=True):
            raise ValueError("give at least one bound, such as max_words: 60")
        return self

    def bounds(self, unit: str) -> tuple[int | None, int | None]:
        """The fewest and the most `words`, `sentences` or `chars`."""
        return getattr(self, f"min_{unit}"), getattr(self, f"max_{unit}")


class Constraints(Config):
    """What each row's text is to be; what isn't named is free."""

    domain: str | None = Field(None, min_length=1, description="the field that it belongs to")
    keywords: KeywordGroup | tuple[str | KeywordGroup, ...] | None = Field(
        None, description="words that are all in it; or groups: {words, mode: all | at_least | none_of, k}"
    )
    style: str | None = Field(None, min_length=1, description="such as technical or conversational")
    tone: str | None = Field(None, min_length=1, description="such as friendly or apologetic")
    complexity: Complexity | None = Field(None, description="how hard it is to read")
    length: Band | Length | None = Field(None, description="short, medium, long, or bounds")
    language: str | None = Field(
        None, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$", description="its code, such as de or pt-BR"
    )

    @field_validator("domain", "style", "tone", "complexity", "language", mode="before")
    @classmethod
    def _is_one(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            raise ValueError("a row has one; for several write coverage: {KEY: [ONE, ANOTHER]} in the recipe")
        return value

    @property
    def groups(self) -> tuple[KeywordGroup, ...]:
        """The keywords as groups; plain words make one of mode `all`."""
        if self.keywords is None or isinstance(self.keywords, KeywordGroup):
            return () if self.keywords is None else (self.keywords,)
        plain = tuple(one for one in self.keywords if isinstance(one, str))
        groups = tuple(one for one in self.keywords if isinstance(one, KeywordGroup))
        return ((KeywordGroup(words=plain), *groups)) if plain else groups

    def given(self) -> dict[str, Any]:
        """What is set, as JSON."""
        return {key: value for key, value in self.model_dump(mode="json", exclude_none=True).items() if value}


class Alternatives(Config):
    """Labels that a text could have in place of the one wanted; they should exclude it and each other."""

    domain: tuple[str, ...] | None = Field(None, min_length=1, description="other domains")
    style: tuple[str, ...] | None = Field(None, min_length=1, description="other styles")
    tone: tuple[str, ...] | None = Field(None, min_length=1, description="other tones")


class ControlledPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    write: str | None = Field(None, min_length=1, description="Jinja2 text that asks for a row")
    repair: str | None = Field(None, min_length=1, description="Jinja2 text that asks for a better text")


class ControlledConfig(Config):
    """Who writes and who judges, under which constraints."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    judge_model: str | None = Field(None, min_length=1, description="who judges; by default who writes")
    temperature: float | None = Field(
        0.7, ge=0, le=2, description="of texts and repairs; null leaves the provider's default"
    )
    max_tokens: int = Field(1024, ge=1, le=MOST, description="the most tokens of one text")
    constraints: Constraints | None = Field(
        None, description="by default what the recipe's constraints: section says under these keys"
    )
    repairs: int = Field(2, ge=0, le=20, description="the most repairs of one text")
    margin: float = Field(
        2.0,
        gt=0,
        le=10,
        description="points of 10 by which a label leads the others; exactly that much will do",
    )
    alternatives: Alternatives = Field(Alternatives(), description="what a wanted label is judged against")
    examples: int = Field(2, ge=0, le=50, description="the most seeds shown with each row, of its label")
    output: Literal["text", "pair"] = Field(
        "text", description="a text, or an input and its response; constraints are about the response"
    )
    prompts: ControlledPrompts = Field(ControlledPrompts(), description="templates of your own")

    @property
    def judge(self) -> str:
        """Who judges."""
        return self.judge_model or self.model
