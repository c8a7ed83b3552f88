"""Evolving responses, as DEITA makes data of growing quality (Liu et al. 2023, arXiv 2312.15685)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from datagen_core.llm.structured import AnswerSchema
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_plugin_evol_instruct import rules
from datagen_plugin_evol_instruct.calls import Calls
from datagen_plugin_evol_instruct.config import EvolResponseConfig
from datagen_plugin_evol_instruct.evolution import Evolution
from datagen_plugin_evol_instruct.lineage import Eliminated, Evolved
from datagen_plugin_evol_instruct.originals_text import before_response, response_of, with_response

REWRITTEN = AnswerSchema(
    {
        "type": "object",
        "properties": {"response": {"type": "string", "description": "the new response, complete"}},
        "required": ["response"],
        "additionalProperties": False,
    }
)
MARKED = ("prompt", "response")


class EvolResponse(Evolution[EvolResponseConfig]):
    """Responses made better in one respect a round; what was asked stays.

    Raises:
        InputError: a template that can't be used.
    """

    trial: ClassVar[Mapping[str, Any]] = {
        "turns": [{"role": "user", "content": "Why is the sea salt?"}],
        "response": "Rivers carry salt into it.",
    }

    def _start(self, original: Sample) -> str | Refusal:
        return response_of(original)

    async def _evolved(
        self, calls: Calls, original: Sample, text: str, operation: str
    ) -> Evolved | Eliminated:
        values = {"turns": before_response(original), "response": text}
        made = await self._asked_for(calls, operation, REWRITTEN, values)
        if isinstance(made, Eliminated):
            return made
        broken = (
            rules.evolved_empty(made)
            or rules.prompt_leak(made, of=MARKED)
            or rules.response_empty(made)
            or rules.response_refusal(made, self.config.refusal_words)
            or rules.no_change(made, text)
        )
        if broken:
            return Eliminated(broken=broken, text=made, params=calls.params)
        return Evolved(text=made, params=calls.params)

    def _parts(self, original: Sample, evolved: Evolved) -> Mapping[str, Any]:
        return with_response(original, evolved.text)
