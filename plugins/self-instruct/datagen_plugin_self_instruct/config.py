"""Options of Self-Instruct; the defaults are the source's."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datagen_core import Config


class SelfInstructPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    instructions: str | None = Field(None, min_length=1, description="Jinja2 text that asks for instructions")
    classify: str | None = Field(None, min_length=1, description="Jinja2 text that asks what kind a task is")
    input_first: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for instances, input before output"
    )
    output_first: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for instances, label before input"
    )


class SelfInstructConfig(Config):
    """How tasks are asked for, which are kept, and how instances are written."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    interface: Literal["auto", "completion", "chat"] = Field(
        "auto",
        description="raw completion as in the source, or chat; auto: completion where the model has it",
    )
    tasks: Literal["any", "classification"] = Field(
        "any", description="classification: shows classification seeds alone and asks for labels"
    )
    requests: int = Field(5, ge=1, le=100, description="the most requests for instructions in one batch")
    in_context: int = Field(8, ge=1, le=50, description="instructions shown in a request")
    machine_in_context: int = Field(2, ge=0, le=50, description="how many of them are machine-made, at most")
    temperature: float = Field(0.7, ge=0, le=2, description="of instructions; instances are written at 0")
    top_p: float | None = Field(0.5, gt=0, le=1, description="of instructions; null: the provider's default")
    presence_penalty: float | None = Field(
        2.0, ge=-2, le=2, description="of instructions; null where the provider doesn't know it"
    )
    max_tokens: int = Field(
        1024, ge=1, le=100_000, description="the most tokens of one request for instructions"
    )
    max_rouge_l: float = Field(
        0.7, ge=0, le=1, description="highest ROUGE-L F1 to any known instruction; exactly that much is kept"
    )
    ascii_start: bool = Field(
        True, description="refuse instructions that begin with a non-ASCII character; false for other scripts"
    )
    classify_max_tokens: int = Field(
        3, ge=1, le=100_000, description="the most tokens of Yes or No; more for models that think aloud"
    )
    instances: int = Field(5, ge=1, le=20, description="the most instances of one task")
    instances_presence_penalty: float | None = Field(
        1.5, ge=-2, le=2, description="of instances; null where the provider doesn't know it"
    )
    instances_max_tokens: int = Field(350, ge=1, le=100_000, description="of the instances of one task")
    labels_max_tokens: int = Field(
        300, ge=1, le=100_000, description="of the instances of one classification task"
    )
    form: Literal["varied", "plain"] = Field(
        "varied", description="how instruction and input become a prompt: by one of 13 templates, or plainly"
    )
    prompts: SelfInstructPrompts = Field(SelfInstructPrompts(), description="templates of your own")
