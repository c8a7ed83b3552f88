"""Magpie: an aligned model completes a user's query out of its chat template alone (arXiv 2406.08464)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest, CompletionRequest
from datagen_core.sample import Message
from datagen_plugin_conversation.calls import Calls, Said
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.mode import Mode
from datagen_plugin_conversation.templates import TEMPLATES
from datagen_plugin_conversation.turns import Opening, Talk, Turn, ended, history_chars, repeated
from datagen_plugin_conversation.user_turns import objection

LEAK = re.compile(
    r"<\|[\w]+\|>|</?s>|\[/?INST\]|<(?:start|end)_of_turn>|<(?:eos|bos|unk|pad)>|[.?!]assistant\b"
)


class Magpie(Mode):
    """Queries that the model completes by itself, each answered through the normal chat."""

    usual_turns = 1

    def __init__(self, config: ConversationConfig, inputs: Inputs, prompts: Mapping[str, Prompt]) -> None:
        super().__init__(config, inputs, prompts)
        self._template = TEMPLATES[config.template] if config.template else None
        if self._template is None and config.pre_query is None:
            raise InputError(
                "magpie doesn't know the model's chat template",
                where="with.template",
                expected=f"template: one of {', '.join(sorted(TEMPLATES))}; or pre_query: the text before a query",
                hint="the model card says which one the model was trained with",
            )
        if self._template is None and self.rounds[1] > 1:
            raise InputError(
                "follow-up queries need the whole chat template, not only what precedes a query",
                where="with.max_rounds",
                expected="template, or max_rounds: 1",
            )
        self._pre_query = config.pre_query or (self._template.pre_query if self._template else "")
        ends = config.stops or (self._template.stops if self._template else ())
        self._stops = (*ends, "\n") if config.stop_at_newline else ends
        if not self._stops:
            raise InputError(
                "nothing ends a query",
                where="with.stops",
                expected="stops with pre_query, or stop_at_newline: true",
            )

    def models(self) -> Mapping[str, Sequence[str]]:
        """One that continues raw text: through a chat there is no Magpie."""
        return {self.config.model: ("completion",)}

    async def talk(self, calls: Calls, opening: Opening) -> Talk:
        """A query and its answer, then follow-ups."""
        turns: list[Turn] = []
        while len(turns) < 2 * opening.rounds:
            if history_chars(turns) > self.config.max_chars:
                return ended(turns, "context_full")
            query = await self._query(calls, turns, opening)
            if stop := query.fault or objection(query.text) or repeated(turns, query.text):
                return ended(turns, stop, query.text)
            turns.append(Turn("user", query.text, query.by))
            if history_chars(turns) > self.config.max_chars:
                return ended(turns, "context_full")
            answer = await calls.chat(self.config.model, self._to_assistant(turns))
            if answer.fault:
                return ended(turns, answer.fault, answer.text)
            turns.append(Turn("assistant", answer.text, answer.by))
        return ended(turns, "rounds")

    def notes(self, request: GenerateRequest) -> dict[str, Any]:
        """The template and what was sent for a first query."""
        return {"template": self.config.template, "pre_query": self._pre_query}

    def notices(self) -> Sequence[str]:
        """What can't be checked, and what isn't used."""
        told = self.config.template or "pre_query"
        said = [
            f"magpie's model must have been trained with this chat template ({told}), and its endpoint must add none of"
            " its own to raw completions"
        ]
        if self.inputs.seeds or self.inputs.domain:
            said.append("magpie is told nothing: neither seeds nor the recipe's words reach the model")
        return said

    async def _query(self, calls: Calls, turns: Sequence[Turn], opening: Opening) -> Said:
        top_p = 1.0 if self.config.top_p is None else self.config.top_p
        asked = CompletionRequest(
            prompt=self._prompt(turns),
            max_tokens=self.config.max_tokens,
            temperature=opening.temperature,
            top_p=top_p,
            stop=self._stops if calls.can(self.config.model, "stop") else (),
        )
        return self._read(await calls.complete(self.config.model, asked))

    def _prompt(self, turns: Sequence[Turn]) -> str:
        """The pre-query and nothing else; for follow-ups the conversation under a system prompt of the query's side."""
        if not turns or self._template is None:
            return self._pre_query
        return self._template.up_to_query(turns, self.prompts["follow_up"].text())

    def _read(self, said: Said) -> Said:
        """Up to the first end of turn, whether or not the endpoint stopped there."""
        places = [at for at in map(said.text.find, self._stops) if at >= 0]
        text = said.text[: min(places)].strip() if places else said.text
        fault = "" if places and said.fault == "truncated_answer" else said.fault
        if not fault and not any(map(str.isalnum, text)):
            fault = "empty_answer"
        if not fault and LEAK.search(text):
            fault = "template_leak"
        return replace(said, text=text, fault=fault)

    def _to_assistant(self, turns: Sequence[Turn]) -> ChatRequest:
        told = () if self.config.system is None else (Message(role="system", content=self.config.system),)
        said = tuple(Message(role=turn.role, content=turn.content) for turn in turns)
        return ChatRequest(
            messages=(*told, *said),
            max_tokens=self.config.max_tokens,
            temperature=self.config.answer_temperature,
        )
