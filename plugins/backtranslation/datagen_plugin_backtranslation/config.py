"""Options of the three components."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from datagen_core.config import Config, InputPath

MOST = 1_000_000
TYPES = (
    "factual",
    "definition",
    "procedure",
    "comparison",
    "reason",
    "conditional",
    "list",
    "yes-no",
)
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S")]
Template = Annotated[str, Field(min_length=1)] | None
Checked = Literal["numbers", "names", "identifiers"]


class QuestionPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    questions: Template = Field(None, description="Jinja2 text that asks for questions about prose")
    questions_code: Template = Field(
        None, description="Jinja2 text that asks for questions about source code"
    )
    answer: Template = Field(None, description="Jinja2 text that asks where the answer stands")


class BacktranslationConfig(Config):
    """Who asks what about a chunk, what its answers are, and how rows are spread over chunks."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    answer_model: str | None = Field(
        None, min_length=1, description="who points to the answer; by default who asks"
    )
    answer: Literal["span", "chunk"] = Field(
        "span",
        description="the answer: the span of the chunk that a second call points to, or the whole chunk",
    )
    question_types: tuple[Phrase, ...] = Field(
        TYPES, min_length=1, max_length=50, description="types of question, wanted in turn"
    )
    max_per_chunk: int = Field(5, ge=1, le=1_000, description="the most accepted rows from one chunk")
    tries_per_row: int = Field(
        4,
        ge=1,
        le=100,
        description="questions asked for each row wanted, at most; a chunk that has had as many for each row that it "
        "gave and one more is left alone",
    )
    weight: Literal["tokens", "equal"] = Field(
        "tokens", description="a chunk's share of the target: by its tokens, or the same for each"
    )
    max_answer_chars: int = Field(
        1_500, ge=1, le=MOST, description="the longest span that is an answer, in characters"
    )
    max_rouge_l: float = Field(
        0.85,
        ge=0,
        le=1,
        description="highest ROUGE-L F1 of a question with another of the chunk or the batch; exactly that is kept",
    )
    temperature: float | None = Field(
        0.7, ge=0, le=2, description="of questions; null leaves the provider's default"
    )
    max_tokens: int = Field(1_024, ge=1, le=MOST, description="the most tokens of an answer with questions")
    answer_max_tokens: int = Field(768, ge=1, le=MOST, description="the most tokens of a span")
    prompts: QuestionPrompts = Field(QuestionPrompts(), description="templates of your own")

    @property
    def pointer(self) -> str:
        """Who points to the answer."""
        return self.answer_model or self.model


class InstructionPrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    instruction: Template = Field(None, description="Jinja2 text that asks for an instruction")


class InstructionConfig(Config):
    """Who writes instructions, and which pairs are shown reversed."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    pairs: InputPath | None = Field(
        None,
        description="rows of instruction and output to show reversed; by default seeds that are such pairs",
    )
    examples: int = Field(3, ge=0, le=50, description="pairs shown with each text, at most")
    max_example_chars: int = Field(
        1_500, ge=1, le=MOST, description="pairs whose output is longer aren't shown, in characters"
    )
    max_text_chars: int = Field(
        20_000, ge=1, le=1_500_000, description="longer texts are refused, in characters"
    )
    temperature: float | None = Field(0.7, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(512, ge=1, le=MOST, description="the most tokens of one instruction")
    prompts: InstructionPrompts = Field(InstructionPrompts(), description="templates of your own")


class EnrichPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    enrich: Template = Field(None, description="Jinja2 text that asks for the rewritten answer")
    support: Template = Field(None, description="Jinja2 text that asks whether the source supports it")


class EnrichConfig(Config):
    """Who rewrites answers, how they are to be, and what is checked of them."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    judge_model: str | None = Field(
        None, min_length=1, description="who says whether the source supports it; by default who writes"
    )
    form: str = Field(
        "Complete sentences that answer the question directly and can be understood without the source.",
        min_length=1,
        max_length=2_000,
        description="how a rewritten answer is to be",
    )
    check: tuple[Checked, ...] = Field(
        ("numbers", "names", "identifiers"),
        description="what a rewritten answer may only have where the source or the question has it",
    )
    units: bool = Field(True, description="whether a number's unit must be there too")
    entailment: bool = Field(
        True,
        description="whether a second call asks of each sentence if the source supports it, with a quote",
    )
    repairs: int = Field(
        1, ge=0, le=10, description="how often an answer that failed a check is written anew, told why"
    )
    keep_original: bool = Field(
        True, description="whether a row whose rewriting is refused stays as it was, beside the rejection"
    )
    column: str | None = Field(
        None,
        min_length=1,
        description="the part of the row that is the source; by default what it was made from",
    )
    temperature: float | None = Field(0.3, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(1_024, ge=1, le=MOST, description="the most tokens of a rewritten answer")
    judge_max_tokens: int = Field(2_048, ge=1, le=MOST, description="the most tokens of a judge's answer")
    prompts: EnrichPrompts = Field(EnrichPrompts(), description="templates of your own")

    @property
    def judge(self) -> str:
        """Who says whether the source supports an answer."""
        return self.judge_model or self.model
