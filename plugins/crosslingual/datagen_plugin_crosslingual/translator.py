"""One row's translation: asked for, checked, translated back, and where it is refused made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.asking import Answer
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_plugin_crosslingual import templates
from datagen_plugin_crosslingual.asking import Fault, texts_asked_for
from datagen_plugin_crosslingual.checks import Translation, TranslationChecks
from datagen_plugin_crosslingual.config import CrosslingualConfig
from datagen_plugin_crosslingual.kept import Kept

TRANSLATION = "an object of the texts' names with their translations"
WAY_BACK = "an object of the texts' names with what they say"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Texts of a row by name, the language that they are in and the one wanted."""

    sample: Sample
    source_language: str
    language: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A translation that passed, what was measured of it, and the texts of its way back.

    Attributes:
        sample: The row that was translated.
        attempts: How often it was asked for.
    """

    sample: Sample
    translation: Translation
    quality: Mapping[str, Any]
    answer: Answer
    attempts: int
    back: Mapping[str, str] = EMPTY


class Translator:
    """Asks for translations and checks them.

    Args:
        domain: The recipe's, for the choice of words.
    """

    def __init__(self, config: CrosslingualConfig, domain: str) -> None:
        self._config, self._domain = config, domain
        self._checks, self._kept = TranslationChecks(config), Kept(config.protect)
        if config.prompts.translate or config.prompts.back:  # what a recipe wrote is tried before the run
            nothing = Task(sample=Sample(id=""), source_language="en", language="de", texts={})
            self._forth(nothing, None, EMPTY)
            self._back(_translation(nothing, Answer({}, {})))

    @property
    def back_model(self) -> str:
        """Who translates back."""
        return self._config.back_model or self._config.model

    async def made(self, request: GenerateRequest, row: int, task: Task) -> Made | Refusal:
        """A translation that passes, within `repairs` tries more; else why the last one didn't.

        The tries of a row are its attempts 0, 2, 4 …, their ways back 1, 3, 5 …
        """
        fault: Fault | None = None
        attempt = 0
        while True:
            model = request.model(self._config.model).at(row=row, attempt=2 * attempt)
            asked = self._forth(task, fault, request.params)
            answer = await texts_asked_for(model, asked, list(task.texts), TRANSLATION)
            if isinstance(answer, Refusal):
                return answer
            made = await self._checked(request, row, attempt, task, answer)
            if not isinstance(made, Fault):
                return made
            fault = made.of(answer)
            if attempt == self._config.repairs:
                return fault
            attempt += 1

    async def _checked(
        self, request: GenerateRequest, row: int, attempt: int, task: Task, answer: Answer
    ) -> Made | Refusal:
        """The cheap checks first: nothing is paid for the way back of what they refuse."""
        translation = _translation(task, answer)
        if fault := self._checks.fault(translation):
            return fault
        made = Made(
            sample=task.sample,
            translation=translation,
            quality=self._checks.quality(translation),
            answer=answer,
            attempts=attempt + 1,
        )
        if not self._config.round_trip:
            return made
        model = request.model(self.back_model).at(row=row, attempt=2 * attempt + 1)
        back = await texts_asked_for(model, self._back(translation), list(task.texts), WAY_BACK)
        if isinstance(back, Refusal):
            return back
        found, fault = self._checks.round_trip(translation, back.value)
        return fault or replace(made, quality={**made.quality, "roundtrip_chrf": found}, back=back.value)

    # -- what is asked --------------------------------------------------------------------------------------

    @cached_property
    def _forth_prompt(self) -> Prompt:
        return templates.prompt("translate", self._config.prompts.translate)

    @cached_property
    def _back_prompt(self) -> Prompt:
        return templates.prompt("back", self._config.prompts.back)

    def _forth(self, task: Task, fault: Fault | None, params: Mapping[str, Any]) -> ChatRequest:
        kept = dict.fromkeys(thing for text in task.texts.values() for _, thing in self._kept.things(text))
        messages = self._forth_prompt.messages(
            domain=self._domain,
            source=task.source_language,
            target=task.language,
            texts=dict(task.texts),
            kept=list(kept),
            refused=_told(fault) if fault else "",
            earlier=fault.text if fault else "",
        )
        return ChatRequest(
            messages=messages,
            max_tokens=self._config.max_tokens,
            temperature=params.get("temperature", self._config.temperature),
            top_p=params.get("top_p", self._config.top_p),
        )

    def _back(self, made: Translation) -> ChatRequest:
        messages = self._back_prompt.messages(
            source=made.source_language, target=made.language, texts=dict(made.texts)
        )
        return ChatRequest(messages=messages, max_tokens=self._config.max_tokens, temperature=0.0)


def _told(fault: Fault) -> str:
    """A fault as the model is told it, on one line."""
    told = f"{fault.reason} ({fault.rule}): found {fault.measured}, limit {fault.threshold}"
    return " ".join(told.split())


def _translation(task: Task, answer: Answer) -> Translation:
    return Translation(
        source_language=task.source_language,
        language=task.language,
        sources=task.texts,
        texts=answer.value,
    )
