"""The call that writes a row as a persona would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.llm.asking import asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.describing import PACKAGE
from datagen_plugin_persona.drafts import Draft, shown
from datagen_plugin_persona.naming import least_run, longest_run
from datagen_plugin_persona.personas import Persona

PARTS: Mapping[str, Mapping[str, str]] = {
    "text": {"text": "the row"},
    "pair": {"input": "what is said or asked", "response": "the best response to it"},
}
RULE = "a row as it was asked for"
SAYS_SOMETHING = ("domain", "task", "description", "details", "constraints", "labels")


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of a row, or why there is none; `params` tell what was asked."""

    found: Mapping[str, str] | Refusal
    params: Mapping[str, Any] = EMPTY

    @property
    def parts(self) -> Mapping[str, str]:
        """The row's, by the names in PARTS; none where there is no row."""
        return EMPTY if isinstance(self.found, Refusal) else self.found


class Writing:
    """Asks for rows, reads them, and checks that they don't name their persona."""

    def __init__(self, config: PersonaConfig, inputs: Inputs) -> None:
        self._config = config
        self._told = brief(inputs)
        del self._told["languages"]
        parts = PARTS[config.output]
        self._answer = AnswerSchema(
            {
                "type": "object",
                "properties": {name: {"type": "string", "description": text} for name, text in parts.items()},
                "required": list(parts),
                "additionalProperties": False,
            }
        )

    @property
    def has_subject(self) -> bool:
        """Whether the recipe says anything of the rows."""
        return any(self._told[key] for key in SAYS_SOMETHING)

    def check_prompt(self) -> None:
        """Renders the template once; raises InputError where it can't be used."""
        self.request(Draft(language="en"), "a nurse", EMPTY, EMPTY)

    def request(
        self, draft: Draft, persona: str, of_examples: Mapping[str, str], params: Mapping[str, Any]
    ) -> ChatRequest:
        """The request for one row; an empty `persona` is left out of it."""
        config = self._config
        examples = [
            shown(seed, config.output, of_examples.get(seed.id))
            for seed in draft.examples
            if config.shots != "persona-few" or not config.with_personas or seed.id in of_examples
        ]
        messages = self._prompt.messages(
            label=draft.label,
            language=draft.language,
            values={key: value for key, value in draft.values.items() if key != "language"},
            persona=persona,
            examples=examples,
        )
        return ChatRequest(
            messages=messages,
            max_tokens=config.max_tokens,
            temperature=params.get("temperature", config.temperature),
            top_p=params.get("top_p", config.top_p),
        )

    async def row(self, model: BoundModel, asked: ChatRequest, persona: Persona | None) -> Written:
        """The row that an answer makes."""
        answer = await asked_for(model, asked, self._answer, RULE)
        if isinstance(answer, Refusal):
            return Written(answer, answer.params)
        parts = {name: text.strip() for name, text in answer.value.items()}
        if empty := next((name for name, text in parts.items() if not text), ""):
            return Written(answer.refused("empty_answer", f"the {empty} is empty", RULE), answer.params)
        return Written(self._named(persona, parts) or parts, answer.params)

    def _named(self, persona: Persona | None, parts: Mapping[str, str]) -> Refusal | None:
        if persona is None or self._config.may_name:
            return None
        least = least_run(persona.text)
        size, run = longest_run(persona.text, list(parts.values()))
        if size < least:
            return None
        return Refusal(
            reason="persona_named",
            rule=f"fewer than {least} consecutive words of the persona; the row has {run!r}",
            measured=size,
            threshold=least,
            text="\n\n".join(parts.values()),
        )

    @cached_property
    def _prompt(self) -> Prompt:
        """The packaged template or the recipe's own, filled with what all rows share."""
        override = self._config.prompts.row
        prompt = Prompt.from_package(PACKAGE, "row", override=override, where="with.prompts.row")
        return prompt.given(**self._told, may_name=self._config.may_name, output=self._config.output)
