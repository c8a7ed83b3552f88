"""A question asked again and again: the requests, and what was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_plugin_consistency.claims import Claim
from datagen_plugin_consistency.config import SelfAgreementConfig

PACKAGE = "datagen_plugin_consistency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer: its text, else what was wrong with it (`unread`), or why the call failed (`failure`)."""

    text: str | None = None
    unread: str = ""
    failure: ModelError | None = None


class Asking:
    """Asks for the label or the short answer of a claim's question; the model never sees the claim's own.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: SelfAgreementConfig, inputs: Inputs) -> None:
        self._config, self._inputs = config, inputs
        self._told = brief(inputs)
        self._label_schema = AnswerSchema(_schema(label={"type": "string", "enum": list(inputs.labels)}))
        self._answer_schema = AnswerSchema(_schema(reasoning={"type": "string"}, answer={"type": "string"}))
        for is_label, own in ((True, config.prompts.label), (False, config.prompts.answer)):
            if own is not None:  # what a recipe wrote is tried before the run
                self._request(Claim(question="", answer="", is_label=is_label))

    def __reduce__(self) -> tuple[Any, ...]:
        """The compiled templates don't travel: they are made anew."""
        return type(self), (self._config, self._inputs)

    async def answers(
        self, claim: Claim, model: BoundModel, is_settled: Callable[[Sequence[Said]], bool]
    ) -> list[Said]:
        """The answers of all tries, in order; with `stop_early` one after the other, until they settle the matter.

        Args:
            model: Bound to the row.
            is_settled: Whether more answers couldn't change the outcome.
        """
        request, tries = self._request(claim), range(self._config.samples)
        if not self._config.stop_early:
            work = [self._said(claim, request, model, attempt) for attempt in tries]
            return [said async for said in in_order(work)]
        found: list[Said] = []
        for attempt in tries:
            found.append(await self._said(claim, request, model, attempt))
            if is_settled(found):
                break
        return found

    async def _said(self, claim: Claim, request: ChatRequest, model: BoundModel, attempt: int) -> Said:
        here = model.at(row=model.site.row, attempt=attempt, subject=model.site.subject)
        if model.can("seed"):
            request = replace(request, seed=_seed(request, model.site.seed, attempt))
        schema = self._label_schema if claim.is_label else self._answer_schema
        try:
            answer = await here.structured(request, schema)
        except ModelError as error:
            return Said(failure=error)
        if answer.parsed.reason:
            return Said(unread=answer.parsed.error)
        text = str(answer.parsed.value["label" if claim.is_label else "answer"]).strip()
        return Said(text=text) if text else Said(unread="the answer was empty")

    def _request(self, claim: Claim) -> ChatRequest:
        digest = hashlib.blake2b(
            f"{claim.context}\0{claim.question}".encode("utf-8", "surrogatepass"), digest_size=6
        )
        messages = (self._label_prompt if claim.is_label else self._answer_prompt).messages(
            **self._told, context=claim.context, text=claim.question, mark=f"=== {digest.hexdigest()} ==="
        )
        return ChatRequest(
            messages=messages, max_tokens=self._config.max_tokens, temperature=self._config.temperature
        )

    @cached_property
    def _label_prompt(self) -> Prompt:
        own = self._config.prompts.label
        return Prompt.from_package(PACKAGE, "label", override=own, where="with.prompts.label")

    @cached_property
    def _answer_prompt(self) -> Prompt:
        own = self._config.prompts.answer
        return Prompt.from_package(PACKAGE, "answer", override=own, where="with.prompts.answer")


def _schema(**properties: dict[str, Any]) -> dict[str, Any]:
    """Reasons before the answer, so that it follows from them."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _seed(request: ChatRequest, run_seed: int, attempt: int) -> int:
    """31 bits made of what is asked and of the try: equal rows get equal answers, wherever in a batch they are."""
    text = repr((run_seed, attempt, [message.content for message in request.messages]))
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
