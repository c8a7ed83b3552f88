"""Rows written in a language from the recipe's words, with rows of other languages as inspiration."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.asking import Answer
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_crosslingual import templates
from datagen_plugin_crosslingual.asking import Fault, texts_asked_for
from datagen_plugin_crosslingual.checks import LanguageChecks
from datagen_plugin_crosslingual.config import NativeLanguageConfig
from datagen_plugin_crosslingual.languages import KEY, targets

SAYS_SOMETHING = ("domain", "task", "description", "details")
NAMES = {"text": ("text",), "pair": ("input", "response")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one row is to be; all that chance has a part in."""

    label: str | None
    language: str
    values: Mapping[str, str] = EMPTY
    aspect: str = ""
    examples: tuple[Seed, ...] = ()


class NativeLanguage(Generator[NativeLanguageConfig]):
    """Rows thought in the languages wanted.

    Raises:
        InputError: no language is wanted but the default one, or what is no code; nothing to write about; a
            `json_schema`; a template that can't be used.
    """

    def __init__(self, config: NativeLanguageConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._targets = targets(config, inputs)
        if not config.to and self._targets == ("en",):
            raise InputError(
                "no language is wanted but English",
                where="languages",
                expected="the languages to write in",
                hint="add to: CODE, languages: [CODE, …] or coverage: {by: {language: [CODE, …]}}",
            )
        self._told = brief(inputs)
        if not (inputs.seeds or any(self._told[key] for key in SAYS_SOMETHING)):
            raise InputError(
                "native-language has nothing to write about",
                expected="domain:, task:, seeds: or task_input: {description: …} in the recipe",
            )
        if inputs.json_schema is not None:
            raise InputError(
                "native-language writes texts and pairs, no records",
                where="json_schema",
                expected="no json_schema, or an arm that fills one (naive)",
            )
        self._checks = LanguageChecks(config)
        if config.prompts.native:  # what a recipe wrote is tried before the run
            self._asked(Draft(label=None, language="de"), EMPTY)

    def __reduce__(self) -> tuple[Any, ...]:
        """Templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; any will do."""
        return {self.config.model: ()}

    def steers(self) -> frozenset[str]:
        """All keys of the recipe's coverage: the model is told."""
        return frozenset(self.inputs.coverage)

    def labels(self) -> frozenset[str] | None:
        """The recipe's labels; none where it has none."""
        return frozenset(self.inputs.labels)

    def digest(self) -> str:
        """Of the packaged prompt."""
        return templates.digest("native")

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        drafts = self._drafts(request)
        work = [self._answer(request, row, draft) for row, draft in enumerate(drafts)]
        answers = [answer async for answer in in_order(work)]
        for draft, answer in zip(drafts, answers, strict=True):
            yield self._row(request, draft, answer)

    def _drafts(self, request: GenerateRequest) -> list[Draft]:
        out, rng = [], request.rng
        for cell in request.wanted_cells():
            values = dict(cell.values)
            language = values.pop(KEY, None) or rng.choice(self._targets)
            label = (
                rng.choice(self.inputs.labels) if cell.label is None and self.inputs.labels else cell.label
            )
            there = [seed for seed in request.seeds if label in (None, seed.label)]
            examples = rng.sample(there, min(self.config.examples, len(there)))
            aspect = rng.choice(self.config.aspects) if self.config.aspects else ""
            out.append(
                Draft(label=label, language=language, values=values, aspect=aspect, examples=tuple(examples))
            )
        return out

    @cached_property
    def _prompt(self) -> Prompt:
        return templates.prompt("native", self.config.prompts.native)

    def _asked(self, draft: Draft, params: Mapping[str, Any]) -> ChatRequest:
        told = {name: value for name, value in self._told.items() if name != "languages"}
        messages = self._prompt.messages(
            **told,
            label=draft.label,
            language=draft.language,
            values=dict(draft.values),
            aspect=draft.aspect,
            examples=[seed.text for seed in draft.examples],
            output=self.config.output,
        )
        return ChatRequest(
            messages=messages,
            max_tokens=self.config.max_tokens,
            temperature=params.get("temperature", self.config.temperature),
            top_p=params.get("top_p", self.config.top_p),
        )

    async def _answer(self, request: GenerateRequest, row: int, draft: Draft) -> Answer | Refusal:
        if draft.label is not None and draft.label not in self.inputs.labels:
            threshold = ", ".join(self.inputs.labels)
            rule = "a label of the recipe"
            return Refusal(reason="label_not_wanted", rule=rule, measured=draft.label, threshold=threshold)
        model = request.model(self.config.model).at(row=row)
        return await texts_asked_for(model, self._asked(draft, request.params), NAMES[self.config.output])

    def _row(self, request: GenerateRequest, draft: Draft, answer: Answer | Refusal) -> Sample | Rejection:
        if isinstance(answer, Refusal):
            return request.refuse(answer, parents=draft.examples)
        text = "\n".join(answer.value.values())
        if fault := self._fault(draft, answer, text):
            return request.refuse(fault.of(answer), parents=draft.examples)
        return request.sample(
            input=answer.value.get("input", ""),
            response=answer.value.get("response", answer.value.get("text", "")),
            label=draft.label,
            parents=draft.examples,
            params=answer.params,
            method={
                **draft.values,
                "written": "native",
                "language": draft.language,
                "aspect": draft.aspect,
                "language_quality": self._checks.measured(text, draft.language),
            },
        )

    def _fault(self, draft: Draft, answer: Answer, text: str) -> Fault | None:
        copies = (
            self._checks.copied(seed.text, one) for seed in draft.examples for one in answer.value.values()
        )
        faults = (
            fault
            for one in (*answer.value.values(), text)
            for fault in (
                self._checks.wrong_script(one, draft.language),
                self._checks.wrong_language(one, draft.language),
            )
        )
        return next(filter(None, (*copies, *faults)), None)
