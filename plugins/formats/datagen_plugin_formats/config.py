"""Options of the exporters: what all have, and the forms that a consumer reads."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from datagen_core.config import Config

Reasoning = Literal["field", "think", "none"]
_FORM = "the form of the rows; by default the one that fits the first row"


class FormatConfig(Config):
    """What all formats can be told."""

    system: str | None = Field(
        None, min_length=1, description="a system message for rows that have none of their own"
    )
    instruction: str | None = Field(
        None,
        min_length=1,
        description="what to do with the text of a labelled row, whose label becomes the answer",
    )
    passage: Literal["none", "input", "system"] = Field(
        "none",
        description="where the row's column passage goes: before the question, or after the system message",
    )
    reasoning: Reasoning | None = Field(
        None,
        description="where reasoning goes: the field reasoning_content, <think>…</think> before the answer, "
        "or nowhere; by default as the consumer reads it",
    )
    extra: tuple[str, ...] = Field(
        (),
        description="further columns to write: of the record, its method, or id, label, arm, quality_score",
    )

    @property
    def form_name(self) -> str | None:
        """The form that was chosen, of consumers that read several."""
        name: str | None = getattr(self, "form", None)
        return name


class TrlConfig(FormatConfig):
    """TRL's dataset types."""

    form: (
        Literal["messages", "prompt-completion", "prompt-only", "preference", "unpaired", "stepwise", "text"]
        | None
    ) = Field(None, description=_FORM)


class AxolotlConfig(FormatConfig):
    """Axolotl's dataset types."""

    form: Literal["chat_template", "alpaca", "dpo"] | None = Field(None, description=_FORM)


class LlamaFactoryConfig(FormatConfig):
    """LLaMA-Factory's formattings."""

    formatting: Literal["sharegpt", "alpaca", "openai"] = Field(
        "sharegpt", description="how it reads the file; with openai it adds a line to system messages"
    )
    dataset: str | None = Field(
        None, min_length=1, description="the name in dataset_info.json; by default that of the file"
    )


class OpenAIConfig(FormatConfig):
    """OpenAI's fine-tuning methods."""

    form: Literal["sft", "dpo", "rft"] | None = Field(None, description=_FORM)


class ChatmlConfig(FormatConfig):
    """Messages as JSON, or as text with ChatML's marks."""

    form: Literal["messages", "text"] = Field(
        "messages", description="messages as JSON objects, or one text with <|im_start|> and <|im_end|>"
    )
