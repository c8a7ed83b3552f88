"""Options of persona-driven generation; thresholds, rounds and temperature are the source's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from datagen_core import Config
from datagen_core.config import InputPath

MOST_DEPTH = 6
RELATIONS = (
    "a colleague with another role",
    "someone whom they serve: a client, customer, patient, pupil or passenger",
    "someone who taught or trained them",
    "someone whom they teach, train or supervise",
    "someone who supplies what their work depends on",
    "someone who inspects, audits or regulates what they do",
    "someone who depends on their work without ever meeting them",
    "a family member of another generation",
    "the person they share a home with, of a very different occupation",
    "a friend from a hobby or a club",
    "a neighbour with other interests",
    "a competitor, or someone who disagrees with them in public",
    "someone who does the same in another country",
    "someone who repairs, cleans or maintains what they use",
)
Words = Annotated[str, StringConstraints(min_length=1)]


class PersonaPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    from_text: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for a text's persona"
    )
    from_persona: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for a related persona"
    )
    row: str | None = Field(None, min_length=1, description="Jinja2 text that asks for one row")


class PersonaConfig(Config):
    """Where personas come from, which are kept, and what is written from their view."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    persona_model: str | None = Field(
        None, min_length=1, description="who describes personas; by default who writes"
    )
    emit: Literal["rows", "personas"] = Field(
        "rows", description="rows written from the personas' view, or the personas themselves as rows"
    )
    personas: InputPath | None = Field(
        None, description="your own personas in place of inferred ones: TXT lines, or a column `persona`"
    )
    texts: Literal["all", "seeds", "unlabelled", "documents"] = Field(
        "all", description="which of the recipe's texts personas are inferred from"
    )
    max_text_chars: int = Field(4000, ge=50, le=1_000_000, description="the most characters of a text shown")
    depth: int = Field(1, ge=0, le=MOST_DEPTH, description="rounds from persona to related persona, at most")
    expand: int = Field(1, ge=1, le=20, description="related personas derived from each persona in a round")
    relations: tuple[Words, ...] = Field(
        RELATIONS, min_length=1, description="who a related persona can be, of which one is drawn"
    )
    rows_per_persona: int = Field(1, ge=1, le=1000, description="rows written from the view of one persona")
    near_jaccard: float = Field(
        0.9, gt=0, le=1, description="share of words in common from which on personas are duplicates"
    )
    embedder: str | None = Field(
        None, min_length=1, description="an alias of a model with embeddings: meaning is compared too"
    )
    near_cosine: float = Field(
        0.9, gt=0, le=1, description="cosine similarity of embeddings from which on personas are duplicates"
    )
    persona_temperature: float | None = Field(
        0.7, ge=0, le=2, description="of personas; null leaves the provider's default"
    )
    persona_max_tokens: int = Field(300, ge=1, le=100_000, description="the most tokens of one persona")
    with_personas: bool = Field(
        True, description="false: the same prompts without a persona, to measure what personas do"
    )
    shots: Literal["zero", "few", "persona-few"] = Field(
        "zero", description="no seeds shown with a row, some, or some with the persona of each"
    )
    examples: int = Field(3, ge=1, le=50, description="the most seeds shown, of the row's label")
    temperature: float | None = Field(
        0.7, ge=0, le=2, description="of rows; null leaves the provider's default"
    )
    top_p: float | None = Field(None, gt=0, le=1, description="of rows; null leaves the provider's default")
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="the most tokens of one row")
    output: Literal["text", "pair"] = Field("text", description="a text, or a pair of input and response")
    may_name: bool = Field(False, description="whether a row may describe or name its persona")
    prompts: PersonaPrompts = Field(PersonaPrompts(), description="templates of your own")

    @property
    def describer(self) -> str:
        """Who describes personas."""
        return self.persona_model or self.model

    @model_validator(mode="after")
    def _emits_personas_once(self) -> PersonaConfig:
        if self.emit == "personas":
            if self.personas is not None:
                raise ValueError("emit: personas infers personas from texts; leave out personas: FILE")
            if self.rows_per_persona > 1 or not self.with_personas:
                raise ValueError("emit: personas makes one row of each persona; leave out what is about rows")
        return self
