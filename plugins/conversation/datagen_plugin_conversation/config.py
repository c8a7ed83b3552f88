"""Options of the conversation generator; the defaults are the sources'."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from datagen_core import Config

Text = Annotated[str, Field(min_length=1, max_length=2000)]


class ConversationPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    self_chat: str | None = Field(
        None, min_length=1, description="Jinja2 text that asks for a whole transcript"
    )
    user: str | None = Field(None, min_length=1, description="Jinja2 text: the role of the user model")
    subtopics: str | None = Field(None, min_length=1, description="Jinja2 text that asks for subtopics")
    questions: str | None = Field(None, min_length=1, description="Jinja2 text that asks for questions")
    follow_up: str | None = Field(
        None, min_length=1, description="Jinja2 text: magpie's system prompt for follow-up queries"
    )
    tags: str | None = Field(None, min_length=1, description="Jinja2 text that asks for tags")


class ConversationConfig(Config):
    """How conversations come about, how long they are, and who writes them."""

    mode: Literal["self-chat", "two-model", "magpie"] = Field(
        "self-chat", description="one transcript by one call, two models in turn, or Magpie"
    )
    model: str = Field(
        "generator",
        min_length=1,
        description="self-chat, magpie: an alias of the recipe's models:, or a name",
    )
    user_model: str = Field("user", min_length=1, description="two-model: the alias that plays the user")
    assistant_model: str = Field(
        "generator", min_length=1, description="two-model: the alias that answers; another than user_model"
    )
    topics: tuple[Text, ...] = Field(
        (), max_length=1000, description="self-chat, two-model: topics in place of seeds"
    )
    subtopics: int = Field(10, ge=1, le=100, description="two-model: subtopics asked for by topic")
    questions: int = Field(10, ge=1, le=100, description="two-model: questions asked for by subtopic")
    min_rounds: int | None = Field(
        None, ge=1, le=50, description="fewest rounds drawn; null: 3 for two-model, 1 for magpie"
    )
    max_rounds: int | None = Field(
        None, ge=1, le=50, description="most rounds drawn; null: 7 for two-model, 1 for magpie"
    )
    min_turns: int | None = Field(
        None, ge=1, le=50, description="a row has so many pairs at least; null: 2, for magpie 1"
    )
    max_chars: int = Field(
        24_000, ge=100, le=2_000_000, description="no call with a longer opening, topic or history is made"
    )
    system: str | None = Field(
        None, min_length=1, description="two-model, magpie: the assistant's system message, kept in the row"
    )
    temperature: float | None = Field(
        1.0, ge=0, le=2, description="of all turns, but answers in magpie; null: the provider's default"
    )
    top_p: float | None = Field(
        None,
        gt=0,
        le=1,
        description="as temperature; null: 1 for queries in magpie, else the provider's default",
    )
    answer_temperature: float = Field(0.0, ge=0, le=2, description="magpie: of answers")
    max_tokens: int = Field(
        2048, ge=1, le=1_000_000, description="the most tokens of a transcript, or of one turn"
    )
    template: Literal["chatml", "gemma", "llama3", "mistral", "phi3"] | None = Field(
        None, description="magpie: the chat template that the model was trained with"
    )
    pre_query: str | None = Field(
        None, min_length=1, description="magpie: what is sent for the first query, in place of the template's"
    )
    stops: tuple[Text, ...] = Field(
        (), max_length=3, description="magpie: what ends a query, in place of the template's ends of turn"
    )
    stop_at_newline: bool = Field(True, description="magpie: a query ends at the end of its first line")
    tags: bool = Field(False, description="tag the first query by one more call: quality, difficulty, task …")
    prompts: ConversationPrompts = Field(ConversationPrompts(), description="templates of your own")
