"""One call of a judge: what is asked about a row, and the grades that come of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Sample
from datagen_plugin_judge.config import JudgeConfig
from datagen_plugin_judge.grade import Grade, failed
from datagen_plugin_judge.json_answer import JsonAnswer
from datagen_plugin_judge.row_shown import mark_of, row_text, shown
from datagen_plugin_judge.rubric import Dimension
from datagen_plugin_judge.text_answer import read_score


class Question(ABC):
    """Asks a judge about some dimensions at once.

    Args:
        prompt: The template, with what it is told of the recipe.
    """

    def __init__(self, config: JudgeConfig, prompt: Prompt, dimensions: Sequence[Dimension]) -> None:
        self._config, self._prompt, self._dimensions = config, prompt, dimensions

    async def grades(self, model: BoundModel, request: ChatRequest) -> Mapping[str, Grade]:
        """A grade for each dimension; RunPaused passes."""
        try:
            return await self._asked(model, request)
        except ModelError as error:
            return {dimension.name: failed(error) for dimension in self._dimensions}

    @abstractmethod
    async def _asked(self, model: BoundModel, request: ChatRequest) -> Mapping[str, Grade]:
        """The grades; ModelError passes."""

    def chars(self, sample: Sample) -> int:
        """How much of a prompt a row takes up."""
        return shown(sample).chars

    def request(self, sample: Sample) -> ChatRequest:
        """What is sent about a row: its content, the dimensions and the scale."""
        config, scale = self._config, self._config.grades_on
        values: Mapping[str, Any] = {
            "dimensions": {dimension.name: dimension.words for dimension in self._dimensions},
            "scale": scale.in_words(),
            "low": f"{scale.low:g}",
            "high": f"{scale.high:g}",
            "reasons": config.reasons,
            **shown(sample).values(),
        }
        return self._sent(values)

    def _sent(self, values: Mapping[str, Any]) -> ChatRequest:
        config = self._config
        return ChatRequest(
            messages=self._prompt.messages(**values),
            max_tokens=config.max_tokens,
            temperature=config.temperature,
            top_p=config.top_p,
        )


class JsonQuestion(Question):
    """Asks for JSON, and once more where it can't be read."""

    def __init__(self, config: JudgeConfig, prompt: Prompt, dimensions: Sequence[Dimension]) -> None:
        super().__init__(config, prompt, dimensions)
        self._answer = JsonAnswer(dimensions, config.grades_on, config.reasons)

    async def _asked(self, model: BoundModel, request: ChatRequest) -> Mapping[str, Grade]:
        return self._answer.grades(await model.structured(request, self._answer.schema))


class TextQuestion(Question):
    """Asks for a score on a line of its own, once."""

    async def _asked(self, model: BoundModel, request: ChatRequest) -> Mapping[str, Grade]:
        (dimension,) = self._dimensions
        reply = await model.chat(request)
        is_last = self._config.reasons == "before"
        return {dimension.name: read_score(reply.choices[0], self._config.grades_on, is_last=is_last)}


class PlainQuestion(JsonQuestion):
    """Asks for one grade from 0 to 1 by a rubric in words."""

    def chars(self, sample: Sample) -> int:
        """See `Question`."""
        return len(row_text(sample)) + len(sample.label or "")

    def request(self, sample: Sample) -> ChatRequest:
        """See `Question`; the row is one text."""
        text = row_text(sample)
        return self._sent({"label": sample.label, "row": text, "mark": f"=== {mark_of([text])} ==="})


def questions(config: JudgeConfig, prompt: Prompt) -> list[Question]:
    """The calls that a judge is asked about a row in."""
    dimensions = config.graded_by()
    kind = PlainQuestion if config.is_plain else TextQuestion if config.answer == "text" else JsonQuestion
    if config.calls == "one":
        return [kind(config, prompt, dimensions)]
    return [kind(config, prompt, [dimension]) for dimension in dimensions]
