"""What both generators share: a chain is written, checked, judged, and where it fails written anew, told why."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

from datagen_core.generator import Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.brief import brief
from datagen_core.llm.prompt_files import PromptFiles
from datagen_core.llm.prompts import digest_of
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_cot.calls import Calls
from datagen_plugin_cot.chain import Case, Chain
from datagen_plugin_cot.config import ChainConfig
from datagen_plugin_cot.faults import Fault, fault
from datagen_plugin_cot.judging import Judging
from datagen_plugin_cot.prompt_files import JUDGES, PACKAGE, TRIED_WITH

C = TypeVar("C", bound=ChainConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is written for one row: with which prompt, what that is told, and how its answer is read."""

    prompt: str
    told: Mapping[str, Any]
    schema: AnswerSchema
    calls: Calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoned:
    """A chain that stood all checks.

    Attributes:
        params: What was asked for it.
        told_by: By what it was told that it leads to the answer.
        attempts: How often it was written.
    """

    case: Case
    chain: Chain
    params: Mapping[str, Any] = EMPTY
    told_by: Mapping[str, str] = EMPTY
    attempts: int = 1

    @property
    def method(self) -> dict[str, Any]:
        """What rows note of it."""
        return {"steps": self.chain.texts, **self.told_by, "attempts": self.attempts}


class Reasoning(Generator[C]):
    """Base of the generators; `writes` are the names of the prompts that write."""

    writes: ClassVar[tuple[str, ...]]

    def __init__(self, config: C, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        own = config.model_dump().get("prompts", {})
        self._prompts = PromptFiles(PACKAGE, (*self.writes, *JUDGES), own, TRIED_WITH)
        self._judging = Judging(config, self._prompts)
        told = brief(inputs)
        self._told = {
            **{name: told[name] for name in ("domain", "task", "description")},
            "least": config.min_steps,
            "most": config.max_steps,
            "examples": [example.model_dump() for example in config.examples],
        }

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes and who judges."""
        return {self.config.model: (), self.config.judge: ()}

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, (*self.writes, *JUDGES), *self._digest_parts())

    def _digest_parts(self) -> Sequence[bytes]:
        """What else decides rows."""
        return ()

    @abstractmethod
    def _read(self, task: Task, value: Mapping[str, Any]) -> tuple[Case, Chain] | Fault:
        """What a model wrote, or why it won't do."""

    async def _reasoned(self, task: Task) -> Reasoned | Refusal:
        """A chain that stands all checks, or what was wrong with the last one."""
        found = await self._attempt(task, None)
        for attempt in range(2, self.config.repairs + 2):
            if not isinstance(found, Fault):
                break
            found = await self._attempt(task, found)
            found = replace(found, attempts=attempt) if isinstance(found, Reasoned) else found
        return found

    async def _attempt(self, task: Task, before: Fault | None) -> Reasoned | Refusal:
        answer = await task.calls.ask(self.config.model, self._request(task, before), task.schema)
        if isinstance(answer, Refusal):
            return unread(answer)
        read = self._read(task, answer.value)
        if isinstance(read, Fault):
            return replace(read, text=read.text or answer.text, params=answer.params)
        case, chain = read
        wrong = fault(chain, case, self.config)
        judged = wrong or await self._judging.judged(task.calls, case, chain)
        if isinstance(judged, Refusal):
            text = judged.text or chain.text or answer.text
            return replace(judged, text=text, params={**answer.params, **judged.params})
        return Reasoned(case=case, chain=chain, params=answer.params, told_by=judged)

    def _request(self, task: Task, before: Fault | None) -> ChatRequest:
        messages = self._prompts.messages(
            task.prompt,
            **self._told,
            **task.told,
            earlier=before.text if before else "",
            complaint=before.told if before else "",
        )
        temperature = task.calls.tuned("temperature", self.config.temperature)
        return ChatRequest(messages=messages, max_tokens=self.config.max_tokens, temperature=temperature)


def unread(refusal: Refusal) -> Refusal:
    """The refusal as it is where the call failed; else `rationale_unparsed`, measured by its reason."""
    if refusal.reason.startswith("model_"):
        return refusal
    return replace(refusal, reason="rationale_unparsed", measured=refusal.reason)
