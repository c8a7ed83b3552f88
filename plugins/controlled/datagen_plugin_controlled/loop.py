"""The loop: write, check, feed back what failed, and give up after so many repairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from datagen_core.llm.asking import asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.label_scores import label_scores
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal
from datagen_core.sample import Message
from datagen_plugin_controlled.config import ControlledConfig
from datagen_plugin_controlled.constraints import NOT_JUDGED, Constraint, Finding
from datagen_plugin_controlled.drafts import Draft, Findings
from datagen_plugin_controlled.orders import Order
from datagen_plugin_controlled.sizes import Size

PACKAGE = "datagen_plugin_controlled"


class Loop:
    """Makes one text at a time.

    Args:
        config: The options.
        told: What the first prompt says of the recipe, by its variables.
    """

    def __init__(self, config: ControlledConfig, told: Mapping[str, Any]) -> None:
        self._config, self._told = config, told

    def check_prompts(self, order: Order) -> None:
        """Fills both prompts; raises InputError where one can't be used."""
        self._writing(order)
        self._repairing(order, Draft(parts={"text": ""}), tuple(NOT_JUDGED for _ in order.constraints))

    async def run(
        self, order: Order, writer: BoundModel, judge: BoundModel, temperature: float | None
    ) -> Draft:
        """The draft when all is well, the repairs are used up, or a call gave no text.

        Texts are written at attempts 0, s, 2s … and judged at those between; s is 1 + the number of judged constraints.
        """
        messages, draft = self._writing(order), Draft()
        step = 1 + sum(bool(constraint.labels) for constraint in order.constraints)
        for attempt in range(0, (self._config.repairs + 1) * step, step):
            schema = _schema(order, "text" if draft.rounds else self._config.output)
            draft = await self._asked(_at(writer, attempt), messages, schema, draft, temperature)
            if draft.refusal:
                return draft
            findings = await self._checked(order, draft.text, judge, attempt + 1)
            draft = replace(draft, rounds=(*draft.rounds, findings))
            if not any(finding.satisfied is False for finding in findings):
                return draft  # all is well, or it is the judge that failed: the writer can't mend that
            messages = self._repairing(order, draft, findings)
        return draft

    async def _asked(
        self,
        model: BoundModel,
        messages: tuple[Message, ...],
        schema: AnswerSchema,
        draft: Draft,
        temperature: float | None,
    ) -> Draft:
        """The draft with another text."""
        asked = ChatRequest(messages=messages, max_tokens=self._config.max_tokens, temperature=temperature)
        answer = await asked_for(model, asked, schema)
        draft = replace(draft, params=answer.params)
        if isinstance(answer, Refusal):
            return replace(draft, refusal=answer)
        new = {name: text.strip() for name, text in answer.value.items()}
        if not all(new.values()):
            return replace(draft, refusal=answer.refused("empty_answer", "a blank text"))
        if "response" in draft.parts:
            new = {"input": draft.parts["input"], "response": new["text"]}
        return replace(draft, parts=new)

    async def _checked(self, order: Order, text: str, judge: BoundModel, attempt: int) -> Findings:
        """What is found of a text: without a judge, and then with one unless something has failed."""
        constraints = order.constraints
        free = [constraint.check(text) for constraint in constraints]
        if any(finding is not None and not finding.passes for finding in free):
            return tuple(map(_unjudged, constraints, free))
        asked = [constraint for constraint in constraints if constraint.labels]
        work = [
            label_scores(_at(judge, attempt + at), text=text, question=one.name, labels=one.labels)
            for at, one in enumerate(asked)
        ]
        scores = dict(
            zip((one.name for one in asked), [found async for found in in_order(work)], strict=True)
        )
        return tuple(
            one.judged(scores[one.name], self._config.margin, finding)
            if one.labels
            else finding or NOT_JUDGED
            for one, finding in zip(constraints, free, strict=True)
        )

    def _writing(self, order: Order) -> tuple[Message, ...]:
        subject = order.subject
        return self._write.messages(
            label=order.label,
            language=order.language,
            clauses=[constraint.clause() for constraint in order.constraints],
            about=None if subject is None else dict(subject.row) or subject.text,
            examples=[seed.text for seed in order.examples],
        )

    def _repairing(self, order: Order, draft: Draft, findings: Findings) -> tuple[Message, ...]:
        """Only what failed is listed."""
        failed = [
            {"clause": constraint.clause(), "found": finding.said}
            for constraint, finding in zip(order.constraints, findings, strict=True)
            if finding.satisfied is False
        ]
        return self._repair.messages(
            text=draft.text,
            input=draft.parts.get("input", ""),
            label=order.label,
            language=order.language,
            failed=failed,
        )

    @cached_property
    def _write(self) -> Prompt:
        return self._prompt("write", self._config.prompts.write).given(**self._told)

    @cached_property
    def _repair(self) -> Prompt:
        return self._prompt("repair", self._config.prompts.repair)

    def _prompt(self, name: str, override: str | None) -> Prompt:
        return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")


def _unjudged(constraint: Constraint, finding: Finding | None) -> Finding:
    """A finding where the judge isn't asked: what passed as far as it goes isn't known to be satisfied."""
    if finding is None:
        return NOT_JUDGED
    if constraint.labels and finding.passes:
        return replace(NOT_JUDGED, measured=finding.measured)
    return finding


def _at(model: BoundModel, attempt: int) -> BoundModel:
    return model.at(row=model.site.row, attempt=attempt)


def _schema(order: Order, output: str) -> AnswerSchema:
    """What an answer must be; the length wanted stands in it too."""
    sizes = [constraint.span() for constraint in order.constraints if isinstance(constraint, Size)]
    return _answer(output, ", ".join(sizes))


@cache
def _answer(output: str, length: str) -> AnswerSchema:
    names = ("input", "response") if output == "pair" else ("text",)
    properties: dict[str, Any] = {name: {"type": "string", "minLength": 1} for name in names}
    if length:
        properties[names[-1]]["description"] = length
    return AnswerSchema(
        {"type": "object", "properties": properties, "required": list(names), "additionalProperties": False}
    )
