"""Options; the defaults are the papers'."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from datagen_core import Config
from datagen_plugin_evol_instruct.operations import (
    INSTRUCTION_OPERATIONS,
    RESPONSE_OPERATIONS,
    InstructionOperation,
    ResponseOperation,
)


def _template(of: str) -> Any:
    return Field(None, min_length=1, description=f"Jinja2 text: {of}")


def _once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each operation is named once")
    return names


class EvolInstructPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    add_constraints: str | None = _template("adds a requirement")
    deepen: str | None = _template("asks for more depth and breadth")
    concretize: str | None = _template("makes general concepts specific")
    increase_reasoning: str | None = _template("asks for several steps of reasoning")
    complicate_input: str | None = _template("adds data to work on")
    mutate: str | None = _template("makes a new, rarer instruction of the domain")
    equality: str | None = _template("judges whether two instructions are equal")
    respond: str | None = _template("carries an instruction out")


class EvolResponsePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    helpfulness: str | None = _template("makes a response more helpful")
    relevance: str | None = _template("makes a response more relevant")
    depth: str | None = _template("makes a response deeper")
    creativity: str | None = _template("makes a response more creative")
    detail: str | None = _template("makes a response more detailed")


class EvolutionConfig(Config):
    """What both evolutions have in common."""

    rounds: int = Field(1, ge=1, le=20, description="how often an original is evolved, at most")
    operations: tuple[str, ...] = Field((), description="those to draw from")
    prompts: Config = Field(Config(), description="templates of your own")
    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    temperature: float | None = Field(1.0, ge=0, le=2, description="of all that is written; null: unsaid")
    top_p: float | None = Field(0.9, gt=0, le=1, description="of all that is written; null: unsaid")
    max_tokens: int = Field(2048, ge=1, le=1_000_000, description="the most tokens of one text")
    keep_unevolved: bool = Field(
        False,
        description="whether an original that no round could evolve comes out as it was, and not as a rejection; "
        "not where the last call failed or can't be read, or where it has no response",
    )
    refusal_words: tuple[str, ...] = Field(
        ("sorry",), max_length=50, description="a response of under 80 words with one of them is a refusal"
    )

    @field_validator("refusal_words")
    @classmethod
    def _say_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(word.strip() for word in value):
            raise ValueError("a refusal word has letters")
        return value


class EvolInstructConfig(EvolutionConfig):
    """Which operations, how many rounds, and what comes out."""

    rounds: int = Field(4, ge=1, le=20, description="how often an instruction is evolved, at most")
    operations: Annotated[tuple[InstructionOperation, ...], AfterValidator(_once)] = Field(
        INSTRUCTION_OPERATIONS, min_length=1, description="those to draw from, each as likely as any other"
    )
    emit: Literal["last", "all"] = Field(
        "last", description="the last success of an original's rounds as one row, or each success as a row"
    )
    judge_model: str | None = Field(None, min_length=1, description="who judges equality; by default model")
    judge_temperature: float | None = Field(0.0, ge=0, le=2, description="of the judge; null: unsaid")
    judge_max_tokens: int = Field(
        200, ge=1, le=1_000_000, description="of a verdict; more for models that think before they answer"
    )
    keeps_data: bool = Field(
        True, description="whether code blocks, table rows and URLs of the instruction must stay in it"
    )
    prompts: EvolInstructPrompts = Field(EvolInstructPrompts(), description="templates of your own")

    @model_validator(mode="after")
    def _keeping_is_for_the_last(self) -> EvolInstructConfig:
        if self.keep_unevolved and self.emit == "all":
            raise ValueError("keep_unevolved goes with emit: last")
        return self

    @property
    def judge(self) -> str:
        """Who judges."""
        return self.judge_model or self.model


class EvolResponseConfig(EvolutionConfig):
    """Which operations, and how many rounds."""

    rounds: int = Field(1, ge=1, le=20, description="how often a response is evolved, at most")
    operations: Annotated[tuple[ResponseOperation, ...], AfterValidator(_once)] = Field(
        RESPONSE_OPERATIONS, min_length=1, description="those to draw from, each as likely as any other"
    )
    prompts: EvolResponsePrompts = Field(EvolResponsePrompts(), description="templates of your own")
