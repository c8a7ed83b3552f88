"""Options."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from datagen_core.config import Config

Template = Annotated[str, Field(min_length=1)] | None
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
MOST_TOKENS = 1_000_000


class Example(Config):
    """A question that was answered in steps."""

    question: Text = Field(description="the question")
    steps: tuple[Text, ...] = Field(min_length=1, max_length=20, description="the steps to its answer")
    answer: Text = Field(description="its answer")


class JudgePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    support: Template = Field(
        None, description="Jinja2 text that asks whether the last step leads to the answer"
    )
    reanswer: Template = Field(
        None, description="Jinja2 text that asks for the answer, given question and steps"
    )
    same: Template = Field(None, description="Jinja2 text that asks whether two answers say the same")


class CotPrompts(JudgePrompts):
    """Templates of your own in place of the packaged ones, with the same variables."""

    direct: Template = Field(None, description="Jinja2 text that asks for question, steps and answer")
    direct_code: Template = Field(None, description="the same for a passage of source code")


class EnhancePrompts(JudgePrompts):
    """Templates of your own in place of the packaged ones, with the same variables."""

    enhance: Template = Field(None, description="Jinja2 text that asks for the steps to an answer")


class ChainConfig(Config):
    """Who writes steps and who judges them, and what makes a chain of them good."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    judge_model: str | None = Field(None, min_length=1, description="who judges; by default who writes")
    temperature: float | None = Field(
        0.7, ge=0, le=2, description="of what is written; null leaves the provider's default"
    )
    max_tokens: int = Field(1024, ge=1, le=MOST_TOKENS, description="the most tokens of one answer")
    judge_temperature: float | None = Field(
        0.0, ge=0, le=2, description="of the judge, and of who answers again; null: unsaid"
    )
    judge_max_tokens: int = Field(
        400, ge=1, le=MOST_TOKENS, description="of a judgement; more for models that think before they answer"
    )
    min_steps: int = Field(2, ge=1, le=20, description="fewest steps of a chain")
    max_steps: int = Field(5, ge=1, le=20, description="most steps of a chain")
    max_overlap: float = Field(
        0.8,
        ge=0,
        le=1,
        description="highest token F1 of a step with the question, the answer or another step (>: rejected)",
    )
    check_numbers: bool = Field(
        True, description="each number of a step comes from passage or question, or follows by arithmetic"
    )
    reanswer: bool = Field(
        True, description="a model that is shown question and steps alone must arrive at the answer"
    )
    repairs: int = Field(
        1, ge=0, le=10, description="how often what failed a check is written anew, told why"
    )
    examples: tuple[Example, ...] = Field(
        (), max_length=20, description="questions with steps and answers that the prompt shows"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ChainConfig:
        if self.min_steps > self.max_steps:
            raise ValueError(f"min_steps ({self.min_steps}) is above max_steps ({self.max_steps})")
        return self

    @property
    def judge(self) -> str:
        """Who judges."""
        return self.judge_model or self.model


class CotConfig(ChainConfig):
    """How questions are spread over chunks, and how many facts an answer takes."""

    min_facts: int = Field(
        2, ge=0, le=20, description="fewest places of the chunk that the steps of a chain quote"
    )
    max_per_chunk: int = Field(5, ge=1, le=1000, description="the most accepted rows from one chunk")
    weight: Literal["tokens", "equal"] = Field(
        "tokens", description="a chunk's share of the target: by its number of tokens, or the same for each"
    )
    prompts: CotPrompts = Field(CotPrompts(), description="templates of your own")


class CotEnhanceConfig(ChainConfig):
    """Where the passage of a row is, and what becomes of rows that have reasoning already."""

    passage: str | None = Field(
        None,
        min_length=1,
        description="a field of the row or what its method noted; by default the passages that the row cites",
    )
    overwrite: bool = Field(
        False, description="write reasoning anew for rows that have some; else they stay as they are"
    )
    prompts: EnhancePrompts = Field(EnhancePrompts(), description="templates of your own")


class CotExportConfig(Config):
    """Which form rows with reasoning take."""

    form: Literal["multitask", "merged"] = Field(
        "multitask",
        description="multitask: two records a row, one to predict the answer and one to explain it; merged: one whose "
        "target is the reasoning and then the answer",
    )
    prefix: bool = Field(
        True, description="multitask: a column prompt, the input with `predict: ` or `explain: ` before it"
    )
    marker: str = Field("####", min_length=1, description="merged: what stands between reasoning and answer")
