"""What a model is asked about a chain: does its last step lead to the answer, and does somebody else arrive there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from datagen_core.llm.asking import Answer
from datagen_core.llm.prompt_files import PromptFiles
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal
from datagen_core.sample import Message
from datagen_plugin_cot.answer_forms import ANSWER, SAME, SUPPORT, of_classes
from datagen_plugin_cot.calls import Calls
from datagen_plugin_cot.chain import Case, Chain
from datagen_plugin_cot.config import ChainConfig
from datagen_plugin_cot.faults import Fault
from datagen_plugin_cot.support import same_answer, supported


class Judging:
    """Asks for what words and numbers don't tell."""

    def __init__(self, config: ChainConfig, prompts: PromptFiles) -> None:
        self._config, self._prompts = config, prompts

    async def judged(self, calls: Calls, case: Case, chain: Chain) -> Mapping[str, str] | Refusal:
        """By what it was told that the steps lead to the answer, for `metadata.method`; or why they don't."""
        support = await self._supported(calls, case, chain)
        if isinstance(support, Refusal) or not self._config.reanswer:
            return support if isinstance(support, Refusal) else {"support": support}
        again = await self._reanswered(calls, case, chain)
        return again if isinstance(again, Refusal) else {"support": support, "reanswer": again}

    async def _supported(self, calls: Calls, case: Case, chain: Chain) -> str | Refusal:
        holds, how = supported(chain.texts[-1], case)
        if holds is None:
            found = await self._ask(calls, "support", SUPPORT, case, steps=chain.texts)
            if isinstance(found, Refusal):
                return found
            holds, how = bool(found.value["answer_is_supported"]), "judge"
        if holds:
            return how
        return Fault(
            reason="answer_unsupported",
            rule="the last step leads to the answer",
            measured=how,
            text=chain.text,
            told="The last step doesn't lead to the answer.",
        )

    async def _reanswered(self, calls: Calls, case: Case, chain: Chain) -> str | Refusal:
        schema = of_classes(case.classes) if case.classes else ANSWER
        found = await self._ask(calls, "reanswer", schema, case, steps=chain.texts)
        if isinstance(found, Refusal):
            return found
        said = str(found.value["answer"])
        is_same, how = same_answer(said, case), "exact"
        if is_same is None:
            same = await self._ask(calls, "same", SAME, case, given=said)
            if isinstance(same, Refusal):
                return same
            is_same, how = bool(same.value["answer_is_correct"]), "judge"
        if is_same:
            return how
        return Fault(
            reason="reanswer_differs",
            rule="who is shown question and steps alone arrives at the answer",
            measured=said[:200],
            text=chain.text,
            told="Somebody who read the question and the steps alone came to another answer.",
        )

    async def _ask(
        self, calls: Calls, name: str, schema: AnswerSchema, case: Case, **more: Any
    ) -> Answer | Refusal:
        """What is answered, or `judge_unparsed`; all but who answers again are told the row's answer."""
        told: dict[str, Any] = {"question": case.question, **more}
        told |= {"classes": list(case.classes)} if name == "reanswer" else {"answer": case.answer}
        found = await calls.ask(
            self._config.judge, self._request(self._prompts.messages(name, **told)), schema
        )
        return of_judge(found) if isinstance(found, Refusal) else found

    def _request(self, messages: tuple[Message, ...]) -> ChatRequest:
        return ChatRequest(
            messages=messages,
            max_tokens=self._config.judge_max_tokens,
            temperature=self._config.judge_temperature,
        )


def of_judge(refusal: Refusal) -> Refusal:
    """The refusal as it is where the call failed; else `judge_unparsed`, measured by its reason."""
    if refusal.reason.startswith("model_"):
        return refusal
    return replace(refusal, reason="judge_unparsed", measured=refusal.reason)
