"""Texts for labels: one call a row, and where wanted another that confirms the label blindly."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import digest_of
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_core.words import words
from datagen_plugin_classify import definitions, verification
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.definitions import Definition
from datagen_plugin_classify.drafts import CONTRASTS, Draft, Drawing
from datagen_plugin_classify.labels import labels_of
from datagen_plugin_classify.preconditions import check
from datagen_plugin_classify.requests import PACKAGE, Requests
from datagen_plugin_classify.verification import Classified

PROMPTS = ("define", "verify", "write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text that was written for a draft, and what it was classified as, where it was."""

    draft: Draft
    answer: Answer
    classified: Classified | None = None

    @property
    def text(self) -> str:
        """White space around it is no part of it."""
        return str(self.answer.value["text"]).strip()


class Classify(Generator[ClassifyConfig]):
    """Texts for the recipe's labels, in one of four ways.

    Raises:
        InputError: no labels, or one where the mode needs another; descriptions or pairs of labels that aren't there;
            seeds that are records; a `json_schema`; a key of the coverage that is a field of the method; a template
            that can't be used.
    """

    def __init__(self, config: ClassifyConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._verifies = config.mode == "boundary" if config.verify is None else config.verify
        check(config, inputs, needs_two=self._verifies or config.mode in CONTRASTS)
        self._labels = labels_of(inputs)
        allowed = config.allow_label_name
        self._may_name = frozenset(
            name
            for name, label in self._labels.items()
            if (label.is_usually_named if allowed == "auto" else allowed)
        )
        self._drawing = Drawing(config, inputs, self._labels, verifies=self._verifies)
        self._requests = Requests(config, inputs, self._labels, self._may_name)
        if any(config.prompts.model_dump().values()):  # what a recipe wrote is tried before the run
            self._requests.try_prompts()

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled schemas and templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model, and the one that classifies; any will do."""
        return {self.config.model: ()} | ({self._verifier: ()} if self._verifies else {})

    def steers(self) -> frozenset[str]:
        """All keys of the recipe's coverage: the model is told."""
        return frozenset(self.inputs.coverage)

    def labels(self) -> frozenset[str] | None:
        """The recipe's labels."""
        return frozenset(self.inputs.labels)

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, PROMPTS)

    def notices(self) -> Sequence[str]:
        """Which labels are known by their names alone."""
        bare = [name for name, label in self._labels.items() if not (label.description or label.seeds)]
        told = "describe them under task_input: {label_descriptions: …}"
        return (f"labels known by their names alone: {', '.join(bare)}; {told}",) if bare else ()

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        drafts = self._drawing.drafts(request)
        defined: Mapping[str, Definition] | Refusal = EMPTY
        if self.config.mode == "definition" and any(isinstance(draft, Draft) for draft in drafts):
            defined = await self._defined(request)
        asking = defined if isinstance(defined, Refusal) else self._requests.by(defined)
        work = [self._made(request, row, draft, asking) for row, draft in enumerate(drafts)]
        made = [one async for one in in_order(work)]
        for draft, one in zip(drafts, made, strict=True):
            yield self._row(request, one, parents=draft.shown if isinstance(draft, Draft) else ())

    # -- calls ----------------------------------------------------------------------------------------------

    @property
    def _verifier(self) -> str:
        return self.config.verify_model or self.config.model

    async def _defined(self, request: GenerateRequest) -> Mapping[str, Definition] | Refusal:
        model, asking = request.model(self.config.model).at(row=-1), self._requests
        answer = await asked_for(model, asking.define, asking.define_schema, definitions.RULE)
        if isinstance(answer, Refusal):
            return answer
        return definitions.read(answer, list(self._labels.values()))

    async def _made(
        self, request: GenerateRequest, row: int, draft: Draft | Refusal, asking: Requests | Refusal
    ) -> Written | Refusal:
        if isinstance(draft, Refusal):
            return draft
        if isinstance(asking, Refusal):
            return asking
        model = request.model(self.config.model).at(row=row)
        asked = asking.write(draft, request.params)
        answer = await asked_for(model, asked, asking.write_schema)
        if isinstance(answer, Refusal):
            return answer
        written = Written(draft=draft, answer=answer)
        if fault := self._fault(written):
            return fault
        return await self._confirmed(request, row, written, asking) if self._verifies else written

    async def _confirmed(
        self, request: GenerateRequest, row: int, written: Written, asking: Requests
    ) -> Written | Refusal:
        """The text with the label that it was given blindly; a refusal where that is another one."""
        model, draft = request.model(self._verifier).at(row=row, attempt=1), written.draft
        asked = asking.verify(written.text, draft.order)
        answer = await asked_for(model, asked, asking.verify_schema, verification.RULE)
        if isinstance(answer, Refusal):
            return answer
        found = verification.read(answer, self._labels)
        if found.label == draft.label.name:
            return replace(written, classified=found)
        return Refusal(
            reason="label_not_confirmed",
            rule="a blind classification gives the label wanted",
            measured=found.label,
            threshold=draft.label.name,
            text=written.text,
            params=answer.params,
        )

    # -- rows -----------------------------------------------------------------------------------------------

    def _fault(self, written: Written) -> Refusal | None:
        """What a text is refused for before it is classified."""
        text, draft, params = written.text, written.draft, written.answer.params
        if not text:
            return Refusal(reason="empty_answer", rule="a text", measured="the text is empty", params=params)
        copied = next((seed for seed in draft.shown if _normal(seed.text) == _normal(text)), None)
        if copied is not None:
            rule = "another text than those shown, case and signs apart"
            return Refusal(reason="copied_example", rule=rule, measured=copied.id, text=text, params=params)
        if draft.label.name not in self._may_name and draft.label.is_named_in(text):
            rule, name = "a text that doesn't name its label", draft.label.shown
            return Refusal(reason="label_named", rule=rule, measured=name, text=text, params=params)
        return None

    def _row(
        self, request: GenerateRequest, made: Written | Refusal, parents: Sequence[Seed]
    ) -> Sample | Rejection:
        if isinstance(made, Written):
            return request.sample(
                response=made.text,
                label=made.draft.label.name,
                parents=parents,
                params=made.answer.params,
                method=self._method(made),
            )
        return request.refuse(made, parents=parents)

    def _method(self, made: Written) -> dict[str, Any]:
        draft, found = made.draft, made.classified
        method: dict[str, Any] = {
            "mode": self.config.mode,
            "axes": dict(draft.axes),
            "contrast_label": draft.contrast.name if draft.contrast else None,
            "verified": True if found else None,
            "verified_label": found.label if found else None,
            "confidence": found.confidence if found else None,
        }
        if self.config.mode == "boundary":
            method["reason"] = made.answer.value["reason"].strip()
        if len(self.inputs.languages) > 1:
            method["language"] = draft.language
        return {**method, **draft.values}


def _normal(text: str) -> tuple[str, ...]:
    """A text without case and signs; of signs alone, as it is."""
    return words(text) or (text.strip(),)
