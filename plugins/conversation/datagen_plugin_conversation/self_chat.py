"""Self-chat: one call writes a whole conversation (Baize, arXiv 2304.01196)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest
from datagen_plugin_conversation import transcript
from datagen_plugin_conversation.calls import Calls
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.mode import (
    Mode,
    languages,
    least_tried,
    nothing_to_talk_about,
    spoken_seeds,
    subjects,
)
from datagen_plugin_conversation.turns import Opening, Talk, Turn
from datagen_plugin_conversation.user_turns import is_refusal


class SelfChat(Mode):
    """A transcript for each seed question, or each topic."""

    usual_rounds: ClassVar[tuple[int, int]] = (1, 50)  # as many as the model writes

    def __init__(self, config: ConversationConfig, inputs: Inputs, prompts: Mapping[str, Prompt]) -> None:
        super().__init__(config, inputs, prompts)
        self._seeds = () if config.topics else spoken_seeds(inputs)
        self._subjects = subjects(config, inputs)
        if not (self._seeds or self._subjects):
            raise nothing_to_talk_about()

    def models(self) -> Mapping[str, Sequence[str]]:
        """One; any will do."""
        return {self.config.model: ()}

    def heeds_language(self) -> bool:
        """It can."""
        return True

    def openings(self, request: GenerateRequest, cells: Sequence[Cell]) -> list[Opening]:
        """Seeds (or topics) in turn, each in its own language unless the recipe says which."""
        plain, codes = super().openings(request, cells), languages(request, self.inputs, cells)
        if not self._seeds:
            topics = [request.rng.choice(self._subjects) for _ in cells]
            return [
                replace(one, text=topic, language=code, about={"topic": topic})
                for one, topic, code in zip(plain, topics, codes, strict=True)
            ]
        seeds = least_tried(request, self._seeds, len(cells))
        asked = [dict(cell.values).get("language", "") for cell in cells]
        return [
            replace(one, text=seed.text, seed=seed, language=code)
            for one, seed, code in zip(plain, seeds, asked, strict=True)
        ]

    async def talk(self, calls: Calls, opening: Opening) -> Talk:
        """One call, and what can be read of it; none where the topic is too long."""
        if len(opening.text) > self.config.max_chars:
            return Talk((), "context_full", opening.text)
        asked = ChatRequest(
            messages=self.prompts["self_chat"].messages(
                topic=opening.text, language=opening.language, beginning=transcript.BEGINNING
            ),
            max_tokens=self.config.max_tokens,
            temperature=opening.temperature,
            top_p=self.config.top_p,
        )
        said = await calls.chat(self.config.model, asked)
        if said.fault in ("refused", "empty_answer"):
            return Talk((), said.fault, said.text)
        found = transcript.read(said.text, is_cut=said.fault == "truncated_answer")
        turns = [
            Turn(role, content, said.by)
            for human, ai in found.pairs
            for role, content in (("user", human), ("assistant", ai))
        ]
        stopped = "refused" if not turns and is_refusal(said.text) else found.stopped
        return Talk(tuple(turns), stopped, said.text)
