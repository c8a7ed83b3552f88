"""The conversation generator: a row for each conversation that comes about in the mode chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ModelError
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Rejection, Sample
from datagen_plugin_conversation import wording
from datagen_plugin_conversation.calls import Calls
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.magpie import Magpie
from datagen_plugin_conversation.mode import Mode
from datagen_plugin_conversation.self_chat import SelfChat
from datagen_plugin_conversation.tags import ANSWER, tagged
from datagen_plugin_conversation.turns import FAULTS, Opening, Talk
from datagen_plugin_conversation.two_model import TwoModel

MODES: Mapping[str, type[Mode]] = {"self-chat": SelfChat, "two-model": TwoModel, "magpie": Magpie}
OF_MODES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("user_model", "assistant_model", "subtopics", "questions"), ("two-model",)),
    **dict.fromkeys(("template", "pre_query", "stops", "stop_at_newline", "answer_temperature"), ("magpie",)),
    **dict.fromkeys(("min_rounds", "max_rounds", "system"), ("two-model", "magpie")),
    "topics": ("self-chat", "two-model"),
    "model": ("self-chat", "magpie"),
}
"""Options that other modes would ignore."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row: a talk and its tags, or why there is none; `params` tell what was asked last."""

    opening: Opening
    found: Talk | Refusal
    tags: Mapping[str, Any] = EMPTY
    params: Mapping[str, Any] = EMPTY


class Conversation(Generator[ConversationConfig]):
    """Messages that alternate between user and assistant, by one of three methods.

    Raises:
        InputError: nothing to talk about, one alias for both roles, no chat template, options that contradict
            each other, a template that can't be used.
    """

    def __init__(self, config: ConversationConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        _check_options(config)
        self._prompts = wording.prompts(config.prompts)
        self._mode = MODES[config.mode](config, inputs, self._prompts)
        self._tags = AnswerSchema(ANSWER)
        most = self._mode.rounds[1]
        if config.mode != "self-chat" and self._mode.min_turns > most:
            raise InputError(
                f"rows of {self._mode.min_turns} pairs can't come of {most} rounds",
                where="with.min_turns",
                expected="at most max_rounds",
            )

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; two for two-model; one with raw completion for magpie."""
        return self._mode.models()

    def labels(self) -> frozenset[str]:
        """None: conversations have no class of the recipe's."""
        return frozenset()

    def steers(self) -> frozenset[str]:
        """The language, where the mode can be told which."""
        return (
            frozenset({"language"} & set(self.inputs.coverage))
            if self._mode.heeds_language()
            else frozenset()
        )

    def digest(self) -> str:
        """Of the packaged prompts."""
        return wording.digest()

    def notices(self) -> Sequence[str]:
        """The mode's."""
        return self._mode.notices()

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        cells = request.wanted_cells()
        for cell in cells:
            if cell.label is not None:
                yield request.reject(
                    "no_labels", "conversations have no class of the recipe's", measured=cell.label
                )
        openings = self._mode.openings(request, [cell for cell in cells if cell.label is None])
        begun = await self._mode.begun(request, openings)
        work = [self._talked(Calls(request, row), opening) for row, opening in enumerate(begun)]
        outcomes = [outcome async for outcome in in_order(work)]
        for outcome in outcomes:
            yield self._row(request, outcome)

    async def _talked(self, calls: Calls, opening: Opening) -> Outcome:
        if opening.refusal is not None:
            return Outcome(opening, opening.refusal)
        try:
            talk = await self._mode.talk(calls, opening)
        except ModelError as error:
            return Outcome(opening, Refusal.failed(error), params=calls.params)
        tags: Mapping[str, Any] = {"tags": {}}
        if self.config.tags and talk.pairs >= self._mode.min_turns:
            prompt, query = self._prompts["tags"], talk.turns[0].content
            tags = await tagged(calls, self._mode.answerer, prompt, self._tags, query)
        return Outcome(opening, talk, tags, calls.params)

    def _row(self, request: GenerateRequest, outcome: Outcome) -> Sample | Rejection:
        opening, found = outcome.opening, outcome.found
        parents = [opening.seed] if opening.seed else []
        if isinstance(found, Talk) and found.pairs < self._mode.min_turns:
            found = _too_short(found, self._mode.min_turns)
        if isinstance(found, Refusal):
            return request.refuse(found, parents=parents, params=outcome.params)
        return request.sample(
            messages=self._messages(found),
            parents=parents,
            params=outcome.params,
            method={
                "mode": self.config.mode,
                "n_turns": found.pairs,
                "seed_id": opening.seed.id if opening.seed else None,
                "stop_reason": found.stop_reason,
                "turns": [{"role": turn.role, **turn.by} for turn in found.turns],
                **outcome.tags,
                **opening.about,
                **({"language": opening.language} if opening.language else {}),
                **self._mode.notes(request),
            },
        )

    def _messages(self, talk: Talk) -> list[Message]:
        told = [] if self.config.system is None else [Message(role="system", content=self.config.system)]
        return [*told, *(Message(role=turn.role, content=turn.content) for turn in talk.turns)]


def _too_short(talk: Talk, least: int) -> Refusal:
    reason = talk.stop_reason if talk.stop_reason in FAULTS else "too_few_turns"
    rule = f"at least {least} whole pairs; it stopped after {talk.pairs}: {talk.stop_reason}"
    return Refusal(reason, rule, talk.pairs, least, talk.text)


def _check_options(config: ConversationConfig) -> None:
    for name, modes in OF_MODES.items():
        if config.mode not in modes and getattr(config, name) != type(config).model_fields[name].default:
            raise InputError(
                f"{config.mode} has no use for {name}",
                where=f"with.{name}",
                expected=f"mode: {' or '.join(modes)}, or no {name}",
            )
