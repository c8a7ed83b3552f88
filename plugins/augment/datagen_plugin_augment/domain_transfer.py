"""Domain transfer: the same task, as hard as before, about another domain; the response is written anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_core.words import words
from datagen_plugin_augment.asking import Objection, closed, texts_schema
from datagen_plugin_augment.attempts import Attempt, Draft
from datagen_plugin_augment.keeping import Check, Keeping
from datagen_plugin_augment.parts import joined
from datagen_plugin_augment.rewriting import Rewriting
from datagen_plugin_augment.rewriting_config import TransferConfig

COMPARED = closed(
    {
        "task_is_faithful": {
            "type": "boolean",
            "description": "whether the second text sets the same type of task, or is the same kind of text",
        },
        "difficulty_is_faithful": {
            "type": "boolean",
            "description": "whether the second text is about as hard as the first: as many steps, facts and conditions",
        },
        "domain_is_correct": {
            "type": "boolean",
            "description": "whether the second text is wholly about the target domain",
        },
        "source_words": {
            "type": "array",
            "items": {"type": "string"},
            "description": "the words and phrases of the first text that belong to its own domain, exactly as they "
            "stand there; not words of the task or of general language",
        },
    }
)
VERDICTS = {
    "task_is_faithful": ("task_type", "task_changed", "It sets another type of task than the original."),
    "difficulty_is_faithful": ("difficulty", "difficulty_changed", "It isn't as hard as the original."),
    "domain_is_correct": ("domain", "domain_not_reached", "It isn't wholly about the target domain."),
}
"""Property → check, reason, and what the writer is told."""


class DomainTransfer(Rewriting[TransferConfig]):
    """Rows carried over to other domains.

    Raises:
        InputError: no domains, seeds none of which can be carried over, a template that can't be used.
    """

    operator: ClassVar[str] = "domain_transfer"
    key: ClassVar[str] = "domain"
    thinks_anew: ClassVar[bool] = True
    packaged: ClassVar[tuple[str, ...]] = ("transfer", "compare", "label", "respond")

    def __init__(self, config: TransferConfig, inputs: Inputs) -> None:
        self._domains = tuple(dict.fromkeys(config.target_domains or inputs.coverage.get("domain", ())))
        if not self._domains:
            raise InputError(
                "domain-transfer has no domain to transfer to",
                expected="target_domains: [ONE, ANOTHER], or the recipe's coverage: {domain: [ONE, ANOTHER]}",
                hint="name them in with: target_domains: [aviation, gardening]",
            )
        super().__init__(config, inputs)

    def targets(self) -> tuple[str, ...]:
        """The domains."""
        return self._domains

    def per_target(self) -> int:
        """See `TransferConfig.examples_per_domain`."""
        return self.config.examples_per_domain

    def _keeps(self) -> Keeping:
        return Keeping(self.config.protect, kinds=("placeholder", "protected"), names=False)

    def _unfit(self, sample: Sample) -> str:
        turns = sum(message.role == "user" for message in sample.messages)
        if sample.fields:
            return "it is a record: which of its fields belong together isn't known"
        if turns > 1 or any(message.tool_calls for message in sample.messages) or sample.tools:
            return "it has earlier turns or tools of its own domain"
        return super()._unfit(sample)

    def _told(self, draft: Draft) -> Mapping[str, Any]:
        return {
            "domain": draft.target,
            "source_domain": self.inputs.domain,
            "task": self.inputs.task,
        }

    async def _judged(self, draft: Draft, attempt: Attempt) -> Attempt:
        attempt = await self._compared_by_judge(draft, attempt)
        if not attempt.refusal:
            attempt = await self._labelled(draft, attempt)
        return attempt if attempt.refusal else await self._answered(draft, attempt)

    async def _compared_by_judge(self, draft: Draft, attempt: Attempt) -> Attempt:
        new, old = joined(attempt.texts), joined(draft.parts)
        asked = self._prompts.judging("compare", first=old, second=new, domain=draft.target)
        answer = await draft.calls.judge(self.config.judge, asked, COMPARED)
        if isinstance(answer, Refusal):
            return attempt.refused(answer)
        checks = [verdict(name, answer.value[name]) for name in VERDICTS]
        return attempt.checked(*checks, vocabulary(answer.value["source_words"], old, new))

    async def _labelled(self, draft: Draft, attempt: Attempt) -> Attempt:
        """The label confirmed by a model that doesn't know it; with one label only there is nothing to ask."""
        label = draft.original.sample.label if draft.original.sample else None
        labels = tuple(dict.fromkeys((*self.inputs.labels, *([label] if label is not None else []))))
        if label is None or len(labels) < 2:
            return attempt.checked(Check("label", None))
        asked = self._prompts.judging(
            "label", text=joined(attempt.texts), labels=list(labels), task=self.inputs.task
        )
        answer = await draft.calls.judge(self.config.judge, asked, label_schema(tuple(sorted(labels))))
        if isinstance(answer, Refusal):
            return attempt.refused(answer)
        found = answer.value["label"]
        if found == label:
            return attempt.checked(Check("label", True))
        told = f"A reader takes it for {found}; it must be clear that it is {label}."
        rule = "a blind classification gives the row's label"
        refusal = Objection(
            reason="label_not_confirmed", rule=rule, measured=found, threshold=label, told=told
        )
        return attempt.checked(Check("label", False, refusal))

    async def _answered(self, draft: Draft, attempt: Attempt) -> Attempt:
        """Of a pair: the response to the new input, written anew."""
        sample = draft.original.sample
        if sample is None or "input" not in draft.parts or not sample.response.strip():
            return attempt.checked(Check("response", None))
        answer = await draft.calls.write(
            self.config.model, self._response_asked(sample, draft, attempt), texts_schema(("response",))
        )
        if isinstance(answer, Refusal):
            return attempt.refused(answer)
        response = answer.value["response"].strip()
        if not response:
            return attempt.refused(Refusal(reason="empty_response", rule="a response"))
        return attempt.checked(Check("response", True)).answered(response)

    def _response_asked(self, sample: Sample, draft: Draft, attempt: Attempt) -> ChatRequest:
        system = next((m.content for m in sample.messages if m.role == "system"), "")
        messages = self._prompts.messages(
            "respond",
            system=system,
            domain=draft.target,
            example_input=sample.input,
            example_response=sample.response,
            input=attempt.texts["input"],
        )
        return ChatRequest(
            messages=messages, max_tokens=self.config.max_tokens, temperature=self.config.temperature
        )


def verdict(name: str, is_so: bool) -> Check:
    """A judge's yes or no as a check."""
    check, reason, told = VERDICTS[name]
    if is_so:
        return Check(check, True)
    rule = str(COMPARED.schema["properties"][name]["description"]).removeprefix("whether ")
    return Check(check, False, Objection(reason=reason, rule=rule, measured="no", told=told))


def vocabulary(listed: Sequence[str], old: str, new: str) -> Check:
    """None of the listed words that stand in the original stands in the new text; None where none of them does."""
    there = [word for word in listed if _stands(word, old)]
    kept = next((word for word in there if _stands(word, new)), None)
    if kept is None:
        return Check("vocabulary", True if there else None)
    told = f"{kept} belongs to the original's domain and has to be replaced."
    rule = "the words of the original's domain are replaced"
    return Check(
        "vocabulary", False, Objection(reason="domain_word_kept", rule=rule, measured=kept, told=told)
    )


def _stands(word: str, text: str) -> bool:
    wanted = words(word)
    there = words(text)
    return bool(wanted) and any(
        there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1)
    )


@cache
def label_schema(labels: tuple[str, ...]) -> AnswerSchema:
    """One of the labels."""
    return closed({"label": {"type": "string", "enum": list(labels)}})
