"""The calls that make personas: from a text, from another persona."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal
from datagen_core.sample import Message
from datagen_core.words import words
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.personas import Made, Persona, Place, one_line

PACKAGE = "datagen_plugin_persona"
RULE = "a persona as it was asked for"
MOST_KNOWN = 5
"""Personas of a text that a request for another one names."""

ANSWER = AnswerSchema(
    {
        "type": "object",
        "properties": {
            "persona": {"type": "string", "description": "one person, described in one or two sentences"}
        },
        "required": ["persona"],
        "additionalProperties": False,
    }
)


class Describing:
    """Makes the personas of a plan.

    Args:
        config: Templates, sampling, and the file that given personas come from.
    """

    def __init__(self, config: PersonaConfig) -> None:
        self._config = config

    def check_prompts(self) -> None:
        """Renders each template once; raises InputError where one can't be used."""
        self._from_text.messages(text="a text", tie="write", known=["a nurse"], language="en")
        self._from_persona.messages(persona="a nurse", tie="a colleague", language="en")

    async def personas(
        self, model: BoundModel, plan: Sequence[Place], of_source: Mapping[str, Sequence[str]]
    ) -> list[Made]:
        """What came of each place, in order; those of one round are asked for at once.

        Args:
            of_source: A source's id → the personas that were inferred from it before.
        """
        made: dict[int, Made] = {}
        for depth in range(self._config.depth + 1):
            due = [at for at, place in enumerate(plan) if place.depth == depth]
            work = [self._made(model, plan[at], made, of_source.get(plan[at].start.id, ())) for at in due]
            done = [one async for one in in_order(work)]
            made.update(zip(due, done, strict=True))
        return [made[at] for at in range(len(plan))]

    async def of_examples(self, model: BoundModel, seeds: Sequence[Seed], language: str) -> dict[str, str]:
        """Seed's id → who would write it. At temperature 0, and so paid for once; those that fail are left out.

        Odd attempts of no row: the even ones are those of embeddings.
        """
        work = [
            self._described(
                model.at(row=-1, attempt=2 * at + 1),
                self._about(seed.text, "write", (), language),
                temperature=0,
            )
            for at, seed in enumerate(seeds)
        ]
        made = [one async for one in in_order(work)]
        return {seed.id: one.value for seed, one in zip(seeds, made, strict=True) if isinstance(one, Answer)}

    async def _made(
        self, model: BoundModel, place: Place, made: Mapping[int, Made], known: Sequence[str]
    ) -> Made:
        if place.is_given:
            file = self._config.personas.given if self._config.personas else ""
            return Made(found=Persona(text=place.start.text, derivation={"file": file, "depth": 0}))
        parent = None if place.parent is None else made[place.parent].found
        if isinstance(parent, Refusal):
            rule = "the persona that it was to be derived from could be made"
            return Made(found=Refusal("no_parent_persona", rule, parent.reason))
        derivation: dict[str, Any] = {"depth": place.depth}
        if parent is None:
            messages = self._about(place.start.text, place.tie, known, place.language)
            derivation |= {"text": place.start.id, "reader": place.tie}
        else:
            messages = self._from_persona.messages(
                persona=parent.text, tie=place.tie, language=place.language
            )
            derivation |= {"from": parent.id, "relation": place.tie}
        said = await self._described(
            model.at(row=place.rows[0]), messages, temperature=self._config.persona_temperature
        )
        found = said if isinstance(said, Refusal) else Persona(text=said.value, derivation=derivation)
        return Made(found=found, params=said.params)

    async def _described(
        self, model: BoundModel, messages: tuple[Message, ...], *, temperature: float | None
    ) -> Answer | Refusal:
        """A description on one line."""
        asked = ChatRequest(
            messages=messages, max_tokens=self._config.persona_max_tokens, temperature=temperature
        )
        answer = await asked_for(model, asked, ANSWER, RULE)
        if isinstance(answer, Refusal):
            return answer
        text = one_line(answer.value["persona"])
        if not words(text):
            return answer.refused("empty_answer", "the persona has no words", RULE)
        return replace(answer, value=text)

    def _about(self, text: str, tie: str, known: Sequence[str], language: str) -> tuple[Message, ...]:
        return self._from_text.messages(
            text=text[: self._config.max_text_chars],
            tie=tie,
            known=list(known)[:MOST_KNOWN],
            language=language,
        )

    @cached_property
    def _from_text(self) -> Prompt:
        return self._prompt("from_text", self._config.prompts.from_text)

    @cached_property
    def _from_persona(self) -> Prompt:
        return self._prompt("from_persona", self._config.prompts.from_persona)

    def _prompt(self, name: str, override: str | None) -> Prompt:
        return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")
