"""What judges have in common: calls that are read or not, and a rating for each candidate."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, ModelError
from datagen_core.nothing import EMPTY
from datagen_plugin_preference.asked import Asked
from datagen_plugin_preference.config import PreferenceConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of one question.

    Attributes:
        value: What was read; None where it couldn't be.
        unread: "", or why: a code of `Parsed`, or `model_<kind>`.
        n_calls: 1, or 2 where it was asked again.
    """

    params: Mapping[str, Any]
    value: Any = None
    unread: str = ""
    n_calls: int = 1
    error: ModelError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """A candidate's score, and what it is made of. `overall` is None, never 0, where nothing could be read."""

    overall: float | None = None
    scores: Mapping[str, int] = EMPTY
    rationale: str = ""
    unread: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it stands beside its candidate."""
        out: dict[str, Any] = {"overall": self.overall}
        out |= {"scores": dict(self.scores)} if self.scores else {}
        out |= {"rationale": self.rationale} if self.rationale else {}
        return out | ({"unread": self.unread} if self.unread else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A rating for each candidate, in order; `notes` say more about how they came about."""

    ratings: Sequence[Rating]
    answers: Sequence[Answer]
    notes: Mapping[str, Any] = EMPTY

    @property
    def n_calls(self) -> int:
        """Calls made, second tries too."""
        return sum(answer.n_calls for answer in self.answers)


class Judge(ABC):
    """Rates the candidates of one row.

    Args:
        prompt: Its template.
    """

    def __init__(self, config: PreferenceConfig, prompt: Prompt) -> None:
        self._config, self._prompt = config, prompt
        self._aspects = config.aspect_texts()

    @abstractmethod
    async def judged(
        self, model: BoundModel, row: int, attempt: int, asked: Asked, texts: Sequence[str]
    ) -> Judgement:
        """A judgement of at least two texts.

        Args:
            row: Where its calls belong.
            attempt: The number of the first; the others follow.
        """

    @abstractmethod
    def n_calls(self, candidates: int) -> int:
        """Calls for so many candidates."""

    def request(self, **values: Any) -> ChatRequest:
        """The prompt, filled."""
        return ChatRequest(
            messages=self._prompt.messages(aspects=self._aspects, **values),
            max_tokens=self._config.judge_max_tokens,
            temperature=self._config.judge_temperature,
        )


async def answered(model: BoundModel, asked: ChatRequest, schema: AnswerSchema) -> Answer:
    """Asks; what can't be read, or fails, is an answer without a value."""
    params = model.mark(asked)
    try:
        answer = await model.structured(asked, schema)
    except ModelError as error:
        return Answer(params=params, unread=f"model_{error.kind}", error=error)
    if answer.parsed.reason or _is_open(answer):
        unread = answer.parsed.reason or "truncated_answer"
        return Answer(params=params, unread=unread, n_calls=answer.attempts)
    return Answer(params=params, value=answer.parsed.value, n_calls=answer.attempts)


def _is_open(answer: StructuredAnswer) -> bool:
    """Whether repair had to close the object: a 1 at its end may have been a 10."""
    return "json_repair" in answer.parsed.repairs and not answer.text.rstrip("` \t\r\n").endswith("}")
