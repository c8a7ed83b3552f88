"""One answer on its way: written anew, checked, judged, and written once more where a check failed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.asking import asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import mark_around
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_backtranslation.asking import packaged
from datagen_plugin_backtranslation.config import EnrichConfig
from datagen_plugin_backtranslation.support import (
    Objection,
    Sourced,
    exact,
    objection,
    statements_of,
    support_schema,
    too_many,
    unsupported_sentence,
)

ANSWER = AnswerSchema(
    {
        "type": "object",
        "properties": {"answer": {"type": "string", "description": "the rewritten answer"}},
        "required": ["answer"],
        "additionalProperties": False,
    }
)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The last try at an answer: its text, what was asked, why it won't do (None if it will), how many there were."""

    text: str = ""
    params: Mapping[str, Any] = EMPTY
    refusal: Refusal | None = None
    attempts: int = 0

    @property
    def complaint(self) -> str:
        """What the model that writes it anew is told; "" where it can't mend it."""
        return self.refusal.told if isinstance(self.refusal, Objection) else ""


class Rewriting:
    """Asks for answers in a better form, and holds them to their source.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: EnrichConfig) -> None:
        self._config = config

    async def rewritten(self, request: GenerateRequest, row: int, sourced: Sourced) -> Rewritten:
        """What came of the last try; each call of a row has a number of its own."""
        last, numbers = Rewritten(), itertools.count()
        for _ in range(self._config.repairs + 1):
            last = await self._tried(request, row, numbers, sourced, last)
            if not last.complaint:
                break
        return last

    def try_all(self) -> None:
        """Renders each prompt once."""
        one = Sourced("x", "x", "x")
        self._writing(one, Rewritten("x", refusal=Objection(reason="x", rule="x", told="x")), None)
        self._judging(one, "x", [(0, 1)])

    async def _tried(
        self, request: GenerateRequest, row: int, numbers: Iterator[int], sourced: Sourced, last: Rewritten
    ) -> Rewritten:
        config, attempts = self._config, last.attempts + 1
        asked = self._writing(sourced, last, request.params.get("temperature", config.temperature))
        answer = await asked_for(
            request.model(config.model).at(row=row, attempt=next(numbers)), asked, ANSWER
        )
        if isinstance(answer, Refusal):
            return Rewritten(params=answer.params, refusal=answer, attempts=attempts)
        text = answer.value["answer"].strip()
        refusal: Refusal | None = objection(sourced, text, config.check, units=config.units)
        if refusal is None and config.entailment:
            judge = request.model(config.judge).at(row=row, attempt=next(numbers))
            refusal = await self._unsupported(judge, sourced, text)
        return Rewritten(text, answer.params, refusal, attempts)

    async def _unsupported(self, judge: BoundModel, sourced: Sourced, text: str) -> Refusal | None:
        spans = statements_of(text)
        if refusal := too_many(spans):
            return refusal
        if not spans:
            return None
        answer = await asked_for(judge, self._judging(sourced, text, spans), support_schema(len(spans)))
        if not isinstance(answer, Refusal):
            return unsupported_sentence(sourced, text, spans, answer)
        is_unread = not answer.reason.startswith("model_")
        return replace(answer, reason="judge_unparsed", measured=answer.reason) if is_unread else answer

    def _writing(self, sourced: Sourced, last: Rewritten, temperature: float | None) -> ChatRequest:
        messages = self._prompts["enrich"].messages(
            source=sourced.source,
            mark=mark_around(sourced.source),
            question=sourced.question,
            answer=sourced.answer,
            form=self._config.form,
            keep=exact(sourced.answer, self._config.check),
            earlier=last.text if last.complaint else "",
            complaint=last.complaint,
        )
        return ChatRequest(messages=messages, max_tokens=self._config.max_tokens, temperature=temperature)

    def _judging(self, sourced: Sourced, text: str, spans: Sequence[tuple[int, int]]) -> ChatRequest:
        statements = [" ".join(text[start:end].split()) for start, end in spans]
        messages = self._prompts["support"].messages(
            source=sourced.source,
            mark=mark_around(repr((sourced.source, sourced.question, statements))),
            question=sourced.question,
            statements=statements,
        )
        return ChatRequest(messages=messages, max_tokens=self._config.judge_max_tokens, temperature=0.0)

    @cached_property
    def _prompts(self) -> Mapping[str, Prompt]:
        own = self._config.prompts
        return {"enrich": packaged("enrich", own.enrich), "support": packaged("support", own.support)}
