"""Options of the arms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field, model_validator

from datagen_core import Config
from datagen_plugin_rag.arms.refusals import REFUSALS

QuestionType = Literal[
    "factual", "definition", "procedure", "reason", "comparison", "conditional", "list", "yes-no"
]
TYPES: Mapping[str, str] = {
    "factual": "asks for one fact: a name, number, date, place, value or default",
    "definition": "asks what something is or means",
    "procedure": "asks how something is done, in steps",
    "reason": "asks why something is so, or what it leads to",
    "comparison": "asks how two things differ or what they have in common",
    "conditional": "asks what happens, or what holds, in a case that it describes",
    "list": "asks for all items of some kind",
    "yes-no": "can be answered by yes or no, and why",
}
"""What a question of each type does."""


class RagPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    question: str | None = Field(None, min_length=1, description="Jinja2 text: a question about a passage")
    question_code: str | None = Field(None, min_length=1, description="the same about source code")
    question_multi_hop: str | None = Field(None, min_length=1, description="one that needs all passages")
    question_unanswerable: str | None = Field(None, min_length=1, description="one that isn't answered")
    answer: str | None = Field(None, min_length=1, description="Jinja2 text: an answer from passages")
    answer_reasoned: str | None = Field(None, min_length=1, description="steps with quotes, and an answer")
    answerable: str | None = Field(None, min_length=1, description="whether passages answer a question")


class RagConfig(Config):
    """What kind of question is asked, who finds the passages, and where these stand in a row."""

    mode: Literal["single", "multi-hop", "distractors", "unanswerable"] = Field(
        "single",
        description="single: answered from retrieved passages. multi-hop: needs several. distractors: RAFT's rows. "
        "unanswerable: no retrieved passage answers it",
    )
    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    judge: str | None = Field(
        None, min_length=1, description="who checks whether passages answer; by default the same"
    )
    k: int = Field(
        5, ge=1, le=50, description="passages that a question is answered from and that a row shows"
    )
    context: Literal["input", "system", "none"] = Field(
        "input",
        description="where the passages stand in a row: before the question, in a system message, nowhere",
    )
    system: str = Field(
        "Answer from these passages alone, and cite them by their numbers, like [1]. Where they don't have the "
        "answer, say so.",
        description="what the system message says before the passages",
    )
    question_types: tuple[QuestionType, ...] = Field(
        get_args(QuestionType), min_length=1, description="the kinds of question, asked for in turn"
    )
    hops: int = Field(2, ge=2, le=4, description="multi-hop: passages that a question needs")
    verify_hops: bool = Field(
        True, description="multi-hop: ask, with each passage left out, whether the others would do"
    )
    p_oracle: float = Field(
        0.8, ge=0, le=1, description="distractors: share of rows that show the passage with the answer"
    )
    answer_form: Literal["raft", "separate"] = Field(
        "raft",
        description="distractors: reasoning with quotes and `<ANSWER>:` in one text, or reasoning kept apart",
    )
    check_distractors: bool = Field(
        False, description="distractors: ask whether they answer the question by themselves"
    )
    refusal: Mapping[str, str] = Field(
        REFUSALS, description="unanswerable: the answer, by language code", min_length=1
    )
    max_per_chunk: int = Field(10, ge=1, le=1_000_000, description="the most accepted rows from one chunk")
    weight: Literal["tokens", "equal"] = Field(
        "tokens", description="a chunk's share of the target: by its tokens, or the same for each"
    )
    temperature: float | None = Field(
        0.7, ge=0, le=2, description="of questions; null leaves the provider's default"
    )
    answer_temperature: float | None = Field(
        0.0, ge=0, le=2, description="of answers and checks; null leaves the provider's default"
    )
    max_tokens: int = Field(1_024, ge=1, le=1_000_000, description="the most tokens of one reply")
    prompts: RagPrompts = Field(RagPrompts(), description="templates of your own")

    @model_validator(mode="after")
    def _has_room_for_distractors(self) -> RagConfig:
        if self.mode == "distractors" and self.k < 2:
            raise ValueError(f"k is {self.k}: with distractors a row shows at least 2 passages")
        return self

    @property
    def checker(self) -> str:
        """Who checks whether passages answer."""
        return self.judge or self.model
