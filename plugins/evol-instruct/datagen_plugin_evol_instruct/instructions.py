"""Evol-Instruct: evolve, judge equality, answer (Xu et al. 2023, arXiv 2304.12244)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from datagen_core.llm.spoken import spoken
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_plugin_evol_instruct import rules
from datagen_plugin_evol_instruct.calls import Calls
from datagen_plugin_evol_instruct.config import EvolInstructConfig
from datagen_plugin_evol_instruct.evolution import Evolution
from datagen_plugin_evol_instruct.kept_data import input_lost
from datagen_plugin_evol_instruct.lineage import Eliminated, Evolved, Lineage, Round
from datagen_plugin_evol_instruct.operations import IN_BREADTH
from datagen_plugin_evol_instruct.originals_text import instruction_of, system_of, with_instruction

EVOLVED = AnswerSchema(
    {
        "type": "object",
        "properties": {"prompt": {"type": "string", "description": "the new prompt, complete"}},
        "required": ["prompt"],
        "additionalProperties": False,
    }
)
_EQUAL = {"type": "string", "enum": ["equal", "different"]}
VERDICT = AnswerSchema(
    {
        "type": "object",
        "properties": {"requirements": _EQUAL, "depth_and_breadth": _EQUAL},
        "required": ["requirements", "depth_and_breadth"],
        "additionalProperties": False,
    }
)
UNPARSED = "judge_unparsed"
FAULTS = {"length": "truncated_answer", "content_filter": "refused"}


class EvolInstruct(Evolution[EvolInstructConfig]):
    """Instructions made harder (in depth) or rarer (in breadth) round by round, each answered anew.

    Raises:
        InputError: a template that can't be used.
    """

    trial: ClassVar[Mapping[str, Any]] = {
        "prompt": "Why is the sea salt?",
        "first": "Why is the sea salt?",
        "second": "Why is the Dead Sea salt?",
        "instruction": "Why is the sea salt?",
        "system": "",
    }

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes and who judges; any will do."""
        return {self.config.model: (), self.config.judge: ()}

    def _every_round(self) -> bool:
        return self.config.emit == "all"

    def _start(self, original: Sample) -> str | Refusal:
        return instruction_of(original)

    async def _evolved(
        self, calls: Calls, original: Sample, text: str, operation: str
    ) -> Evolved | Eliminated:
        """Evolve, free checks, equality judge, answer, checks of the answer: the first that fails ends the round."""
        made = await self._asked_for(calls, operation, EVOLVED, {"prompt": text})
        if isinstance(made, Eliminated):
            return made
        broken = self._broken(made, text, operation) or await self._no_gain(calls, made, text)
        if broken:
            is_unread = broken.reason == UNPARSED
            return Eliminated(broken=broken, text=made, params=calls.params, is_unread=is_unread)
        return await self._answered(calls, made, system_of(original))

    def _broken(self, made: str, parent: str, operation: str) -> Refusal | None:
        """What can be told without a model."""
        broken = rules.evolved_empty(made) or rules.prompt_leak(made)
        if broken or operation == IN_BREADTH or not self.config.keeps_data:
            return broken
        return input_lost(made, parent)

    async def _no_gain(self, calls: Calls, made: str, parent: str) -> Refusal | None:
        """The judge's verdict: equal in both respects is no gain. One that can't be read never passes."""
        config = self.config
        asked = ChatRequest(
            messages=self._prompts["equality"].messages(first=parent, second=made),
            max_tokens=config.judge_max_tokens,
            temperature=config.judge_temperature,
        )
        parsed = (await calls.structured("judge", config.judge, asked, VERDICT)).parsed
        if parsed.reason:
            rule = "the judge says of both respects whether they are equal"
            return Refusal(UNPARSED, rule, f"{parsed.reason}: {parsed.error}")
        if "different" in parsed.value.values():
            return None
        rule = "other requirements, or another depth and breadth, than its parent"
        return Refusal("no_information_gain", rule, "equal in both")

    async def _answered(self, calls: Calls, instruction: str, system: str) -> Evolved | Eliminated:
        config = self.config
        asked = ChatRequest(
            messages=self._prompts["respond"].messages(instruction=instruction, system=system),
            max_tokens=config.max_tokens,
            **calls.sampling(config),
        )
        choice = await calls.chat("respond", config.model, asked)
        response, fault = spoken(choice.text), FAULTS.get(choice.finish_reason)
        broken = (
            Refusal(fault, "an answer that is complete and not filtered", choice.finish_reason)
            if fault
            else rules.response_empty(response) or rules.response_refusal(response, config.refusal_words)
        )
        if broken:
            text = f"{instruction}\n\n{response}"
            return Eliminated(broken=broken, text=text, params=calls.params, is_unread=bool(fault))
        return Evolved(text=instruction, response=response, params=calls.params)

    def _parts(self, original: Sample, evolved: Evolved) -> Mapping[str, Any]:
        return with_instruction(original, evolved.text, evolved.response)

    def _method(
        self, lineage: Lineage, rounds: Sequence[Round], found: Evolved | Eliminated
    ) -> dict[str, Any]:
        instruction = found.text if isinstance(found, Evolved) else lineage.start
        return {"instruction": instruction, **super()._method(lineage, rounds, found)}
