"""Two models in turn: one plays the user, one answers (UltraChat, arXiv 2305.14233)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from datagen_core.errors import InputError
from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest
from datagen_core.sample import Message
from datagen_plugin_conversation.calls import Calls
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.mode import (
    Mode,
    languages,
    least_tried,
    nothing_to_talk_about,
    spoken_seeds,
    subjects,
    too_long,
)
from datagen_plugin_conversation.topic_tree import TopicTree
from datagen_plugin_conversation.turns import Opening, Talk, Turn, ended, history_chars, repeated
from datagen_plugin_conversation.user_turns import objection, user_turn

SWAPPED = {"user": "assistant", "assistant": "user"}


class TwoModel(Mode):
    """Conversations that begin with a seed, or with a question of the topic tree."""

    usual_rounds: ClassVar[tuple[int, int]] = (3, 7)

    def __init__(self, config: ConversationConfig, inputs: Inputs, prompts: Mapping[str, Prompt]) -> None:
        super().__init__(config, inputs, prompts)
        self.answerer = config.assistant_model
        if config.user_model == config.assistant_model:
            raise InputError(
                f"{config.user_model!r} is to play both roles",
                where="with.user_model",
                expected="two aliases: a user model and an assistant model (they may name one model)",
                hint="models: {generator: PROVIDER/NAME, user: PROVIDER/NAME}",
            )
        spoken, topics = () if config.topics else spoken_seeds(inputs), subjects(config, inputs)
        if not (spoken or topics):
            raise nothing_to_talk_about()
        self._seeds = tuple(seed for seed in spoken if self._fits(seed.text.strip()))
        fitting = tuple(filter(self._fits, topics))
        what, kept, there = ("seed", self._seeds, spoken) if spoken else ("topic", fitting, topics)
        if not kept:
            raise too_long(what, config.max_chars)
        self._left_out = f"{len(there) - len(kept)} of {len(there)} {what}s" if len(kept) < len(there) else ""
        self._tree = TopicTree(
            fitting,
            subtopics=config.subtopics,
            questions=config.questions,
            alias=config.user_model,
            prompts=prompts,
        )

    def models(self) -> Mapping[str, Sequence[str]]:
        """Two; any will do."""
        return {self.config.user_model: (), self.config.assistant_model: ()}

    def heeds_language(self) -> bool:
        """Not where a seed is the first turn: it has a language already."""
        return not self._seeds

    def notices(self) -> Sequence[str]:
        """How many seeds or topics are left out."""
        told = f"two-model leaves out {self._left_out}: longer than max_chars ({self.config.max_chars})"
        return (told,) if self._left_out else ()

    def openings(self, request: GenerateRequest, cells: Sequence[Cell]) -> list[Opening]:
        """Seeds in turn; else places in the topic tree, different ones within a batch while there are enough."""
        plain = super().openings(request, cells)
        if self._seeds:
            seeds = least_tried(request, self._seeds, len(cells))
            return [
                replace(one, text=seed.text.strip(), seed=seed, by={"by": "seed", "seed_id": seed.id})
                for one, seed in zip(plain, seeds, strict=True)
            ]
        codes, size = languages(request, self.inputs, cells), len(self._tree)
        paths = request.rng.sample(range(size), min(size, len(cells)))
        return [
            replace(one, path=paths[at % size], language=code)
            for at, (one, code) in enumerate(zip(plain, codes, strict=True))
        ]

    async def begun(self, request: GenerateRequest, openings: Sequence[Opening]) -> list[Opening]:
        """With the questions of the topic tree."""
        return list(openings) if self._seeds or not openings else await self._tree.grown(request, openings)

    async def talk(self, calls: Calls, opening: Opening) -> Talk:
        """Turns until the rounds are full, the user has nothing more to say, or there is no room."""
        turns = [Turn("user", opening.text, opening.by)]
        while not self._is_full(turns):
            said = await calls.chat(self.config.assistant_model, self._to_assistant(turns, opening))
            if said.fault:
                return ended(turns, said.fault, said.text)
            turns.append(Turn("assistant", said.text, said.by))
            if len(turns) == 2 * opening.rounds:
                return ended(turns, "rounds")
            if self._is_full(turns):
                break
            said = await calls.chat(self.config.user_model, self._to_user(turns, opening))
            text = user_turn(said.text)
            if stop := said.fault or objection(text) or repeated(turns, text):
                return ended(turns, stop, said.text)
            turns.append(Turn("user", text, said.by))
        return ended(turns, "context_full")

    def notes(self, request: GenerateRequest) -> dict[str, Any]:
        """Which models they are, and whether they are one."""
        user = request.model(self.config.user_model).name
        assistant = request.model(self.config.assistant_model).name
        return {"models": {"user": user, "assistant": assistant}, "same_model": user == assistant}

    def _fits(self, opening: str) -> bool:
        return len(opening) <= self.config.max_chars

    def _is_full(self, turns: Sequence[Turn]) -> bool:
        return history_chars(turns) > self.config.max_chars

    def _to_assistant(self, turns: Sequence[Turn], opening: Opening) -> ChatRequest:
        """Its system message, where there is one, and the conversation as it is."""
        told = () if self.config.system is None else (Message(role="system", content=self.config.system),)
        said = tuple(Message(role=turn.role, content=turn.content) for turn in turns)
        return self._request((*told, *said), opening)

    def _to_user(self, turns: Sequence[Turn], opening: Opening) -> ChatRequest:
        """The role, and the conversation with its roles swapped: what the user said is this model's own."""
        role = self.prompts["user"].messages(language=opening.language)
        said = tuple(Message(role=SWAPPED[turn.role], content=turn.content) for turn in turns)
        return self._request((*role, *said), opening)

    def _request(self, messages: tuple[Message, ...], opening: Opening) -> ChatRequest:
        return ChatRequest(
            messages=messages,
            max_tokens=self.config.max_tokens,
            temperature=opening.temperature,
            top_p=self.config.top_p,
        )
