"""Options of the operators that ask a model: paraphrase, style, domain transfer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from datagen_core.config import Config
from datagen_plugin_augment.config import Patterns, Phrase

MOST = 1_000_000
Template = Annotated[str, Field(min_length=1)] | None
Phrases = tuple[Phrase, ...]


class RewritingConfig(Config):
    """Who writes and who judges, and what all three operators check."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    judge_model: str | None = Field(None, min_length=1, description="who judges; by default who writes")
    temperature: float | None = Field(
        0.8, ge=0, le=2, description="of the new texts; null leaves the provider's default"
    )
    max_tokens: int = Field(1024, ge=1, le=MOST, description="the most tokens of one answer")
    protect: Patterns = Field((), description="regular expressions of further spans that must survive")
    max_rouge_l: float = Field(
        1.0, ge=0, le=1, description="highest ROUGE-L F1 with the original; exactly that much is kept"
    )
    max_sibling_rouge_l: float = Field(
        0.9,
        ge=0,
        le=1,
        description="highest ROUGE-L F1 with another row of the same original; exactly that much is kept",
    )
    repairs: int = Field(
        1, ge=0, le=10, description="how often a text that failed a check is written anew, told why"
    )

    @property
    def judge(self) -> str:
        """Who judges."""
        return self.judge_model or self.model


class MeaningConfig(RewritingConfig):
    """What of a row is changed, and how it is made sure that its meaning stays."""

    fields: Phrases = Field(
        (),
        description="the parts to change: input, response (or text), fields of a record; by default the input of a "
        "pair, else the text",
    )
    keep_names: bool = Field(
        True, description="names of two capitalised words or more, and the seeds' slot values, must survive"
    )
    entailment: bool = Field(
        True, description="a model is asked whether each text says what the other says, both ways"
    )
    embedder: str | None = Field(
        None, min_length=1, description="an alias of a model with embeddings; null: similarity isn't measured"
    )
    min_cosine_similarity: float = Field(
        0.8,
        ge=-1,
        le=1,
        description="least cosine of the embeddings of both texts; exactly that much will do",
    )


class ParaphrasePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    paraphrase: Template = Field(None, description="Jinja2 text that asks for other words")
    entailment: Template = Field(None, description="Jinja2 text that asks whether two texts say the same")


class ParaphraseConfig(MeaningConfig):
    """How rows are said in other words."""

    variations_per_example: int = Field(2, ge=1, le=100, description="rows made from one original")
    max_rouge_l: float = Field(
        0.8, ge=0, le=1, description="highest ROUGE-L F1 with the original; exactly that much is kept"
    )
    prompts: ParaphrasePrompts = Field(ParaphrasePrompts(), description="templates of your own")


class StylePrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    style: Template = Field(None, description="Jinja2 text that asks for another style")
    entailment: Template = Field(None, description="Jinja2 text that asks whether two texts say the same")


class StyleConfig(MeaningConfig):
    """Which styles, and how clearly a text must have its own."""

    styles: Phrases = Field(
        ("formal", "casual"), min_length=1, description="the styles, each in a word or a phrase"
    )
    examples_per_style: int = Field(1, ge=1, le=100, description="rows in each style made from one original")
    neutral: Phrase = Field(
        "neutral, without any marked style", description="a further label that the judge scores"
    )
    margin: float = Field(
        2.0,
        gt=0,
        le=10,
        description="points of 10 by which the style leads the others and the neutral label; exactly that much will do",
    )
    prompts: StylePrompts = Field(StylePrompts(), description="templates of your own")


class TransferPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    transfer: Template = Field(None, description="Jinja2 text that asks for the text in another domain")
    compare: Template = Field(None, description="Jinja2 text that asks what was kept and what was replaced")
    label: Template = Field(None, description="Jinja2 text that asks for the label of a text")
    respond: Template = Field(None, description="Jinja2 text that asks for the response to a new input")


class TransferConfig(RewritingConfig):
    """Which domains rows are transferred to."""

    target_domains: Phrases = Field(
        (), description="the domains; by default the values of the recipe's coverage: {domain: …}"
    )
    examples_per_domain: int = Field(
        1, ge=1, le=100, description="rows in each domain made from one original"
    )
    max_rouge_l: float = Field(
        0.7, ge=0, le=1, description="highest ROUGE-L F1 with the original; exactly that much is kept"
    )
    prompts: TransferPrompts = Field(TransferPrompts(), description="templates of your own")
