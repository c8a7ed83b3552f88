"""Topics, their subtopics, and the questions that conversations begin with (after UltraChat's sector of questions)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_conversation.turns import Opening

MAX_TOKENS = 4096
ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 200}},
    "required": ["items"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Listed:
    """Items, each once, and who wrote them; a refusal where there are none."""

    items: tuple[str, ...] = ()
    by: Mapping[str, Any] = EMPTY
    refusal: Refusal | None = None


class TopicTree:
    """Asks for the branches that a batch needs. At temperature 0: the call cache keeps them for the run.

    Args:
        topics: At least one.
        subtopics, questions: How many to ask for, by topic and by subtopic.
        alias: The model that writes them.
    """

    def __init__(
        self,
        topics: Sequence[str],
        *,
        subtopics: int,
        questions: int,
        alias: str,
        prompts: Mapping[str, Prompt],
    ) -> None:
        self._topics, self._alias, self._prompts = topics, alias, prompts
        self._subtopics, self._questions = subtopics, questions
        self._answer = AnswerSchema(ANSWER)

    def __len__(self) -> int:
        return len(self._topics) * self._subtopics * self._questions

    async def grown(self, request: GenerateRequest, openings: Sequence[Opening]) -> list[Opening]:
        """Openings with the question at their path, or with the refusal of a branch that didn't come."""
        model, count = request.model(self._alias), len(self._topics)
        twigs = [(self._topics[one.path % count], one.language) for one in openings]
        branches = await self._listed(model, "subtopics", self._subtopics, twigs, first=0)
        leaves = [
            (topic, language, _at(branches[topic, language].items, one.path // count))
            for one, (topic, language) in zip(openings, twigs, strict=True)
        ]
        wanted = [leaf for leaf in leaves if leaf[2]]
        asked = await self._listed(model, "questions", self._questions, wanted, first=len(branches))
        return [
            self._opened(one, branches[leaf[:2]], leaf, asked.get(leaf, Listed()))
            for one, leaf in zip(openings, leaves, strict=True)
        ]

    def _opened(self, one: Opening, branch: Listed, leaf: tuple[str, str, str], questions: Listed) -> Opening:
        if refusal := branch.refusal or questions.refusal:
            return replace(one, refusal=refusal)
        text = _at(questions.items, one.path // (len(self._topics) * self._subtopics))
        return replace(one, text=text, by=questions.by, about={"topic": leaf[0], "subtopic": leaf[2]})

    async def _listed(
        self, model: BoundModel, name: str, count: int, keys: Sequence[tuple[str, ...]], *, first: int
    ) -> dict[tuple[str, ...], Listed]:
        """By key, each asked for once: (topic, language) or (topic, language, subtopic)."""
        distinct = list(dict.fromkeys(keys))
        work = [
            self._asked(model.at(row=-1, attempt=first + at), name, count, key)
            for at, key in enumerate(distinct)
        ]
        found = [listed async for listed in in_order(work)]
        return dict(zip(distinct, found, strict=True))

    async def _asked(self, model: BoundModel, name: str, count: int, key: tuple[str, ...]) -> Listed:
        values = dict(zip(("topic", "language", "subtopic"), key, strict=False))
        asked = ChatRequest(
            messages=self._prompts[name].messages(count=count, **values),
            max_tokens=MAX_TOKENS,
            temperature=0.0,
        )
        mark = model.mark(asked)
        by = {"by": self._alias, "model": mark["model"], "prompt": mark["prompt"]}
        try:
            answer = await model.structured(asked, self._answer)
        except ModelError as error:
            return Listed(refusal=replace(Refusal.failed(error), measured=""))
        rule = f"{name} as asked for"
        if refusal := answer.refusal(rule):
            return Listed(refusal=refusal)
        listed = answer.parsed.value["items"]
        items = tuple(dict.fromkeys(item.strip() for item in listed if item.strip()))[:count]
        return Listed(items, by, None if items else Refusal("empty_answer", rule, "", text=answer.text))


def _at(items: Sequence[str], place: int) -> str:
    """The item at a place, counted round and round; nothing of nothing."""
    return items[place % len(items)] if items else ""
