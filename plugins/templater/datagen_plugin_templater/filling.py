"""Slots filled by a model: all those of one sample in one call."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.llm.asking import asked_for
from datagen_core.llm.brief import brief
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.drawn import Drawn
from datagen_plugin_templater.language import tidy
from datagen_plugin_templater.slots import bare, fault, mark, slot_name

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel

MAX_SLOTS = 100
PACKAGE = "datagen_plugin_templater"
_TRIAL = Drawn(response=mark(1), fields=EMPTY, label=None, method={"bindings": {}}, prompts=("a word",))


class Filler:
    """Asks a model for the passages of samples, and puts them in.

    Args:
        config: How to ask, and how long a sample may be.
        inputs: What the data is for.

    Raises:
        InputError: the recipe's own prompt can't be used.
    """

    def __init__(self, config: TemplaterConfig, inputs: Inputs) -> None:
        self._config = config
        self._told = brief(inputs)
        self.chat_request(_TRIAL)

    def digest(self, grammar: str) -> str:
        """Of a grammar's digest, the prompt and the options of asking."""
        override = self._config.prompts.fill
        file = resources.files(PACKAGE) / "prompts" / "fill.j2"
        source = file.read_text("utf-8") if override is None else override
        return hashlib.sha256(dumps([grammar, source, self._config.asking()]).encode()).hexdigest()

    def chat_request(self, drawn: Drawn) -> ChatRequest:
        """What is asked for a sample: it is shown with its slots marked, and with the prompt of each.

        Raises:
            InputError: the prompt becomes too long, or can't be rendered for this sample.
        """
        config = self._config
        names = [slot_name(i + 1) for i in range(len(drawn.prompts))]
        shown = drawn.filled([f"[[{name}]]" for name in names])
        messages = _prompt(config.prompts.fill).messages(
            **self._told,
            label=drawn.label or "",
            is_record=bool(drawn.fields),
            text=shown.response,
            slots=[{"name": n, "prompt": p.strip()} for n, p in zip(names, drawn.prompts, strict=True)],
        )
        return ChatRequest(
            messages=messages,
            max_tokens=config.max_tokens,
            temperature=config.temperature,
            top_p=config.top_p,
        )

    async def finished(self, drawn: Drawn | Refusal, model: BoundModel) -> Drawn | Refusal:
        """The sample with its slots filled, or why it can't be; one without slots as it is, and nothing asked."""
        if isinstance(drawn, Refusal) or not drawn.prompts:
            return drawn
        slots = len(drawn.prompts)
        if slots > MAX_SLOTS:
            rule = f"at most {MAX_SLOTS} slots in a sample"
            return Refusal(reason="too_many_slots", rule=rule, measured=slots, threshold=MAX_SLOTS)
        try:
            request = self.chat_request(drawn)
        except InputError as error:
            return Refusal(reason="prompt_failed", rule="a prompt that can be written", text=str(error))
        answer = await asked_for(model, request, _answer_schema(slots), "JSON with a text for each slot")
        if isinstance(answer, Refusal):
            return answer
        made = self._put_in(drawn, [answer.value[slot_name(i + 1)] for i in range(slots)])
        made = replace(made, text=answer.text) if isinstance(made, Refusal) else made
        return replace(made, params=answer.params)

    def _put_in(self, drawn: Drawn, answers: Sequence[str]) -> Drawn | Refusal:
        texts = [bare(answer) for answer in answers]
        names = [slot_name(i + 1) for i in range(len(texts))]
        for name, text in zip(names, texts, strict=True):
            if wrong := fault(text, len(texts)):
                return replace(wrong, rule=f"{name}: {wrong.rule}")
        made, most = drawn.filled(texts), self._config.max_chars
        if len(made.response) > most:
            rule = f"at most {most:,} characters with the slots filled"
            return Refusal(reason="slot_too_long", rule=rule, measured=len(made.response), threshold=most)
        unwrapped = [n for n, a, t in zip(names, answers, texts, strict=True) if tidy(a) != t]
        return replace(made, method={**made.method, "unwrapped": unwrapped}) if unwrapped else made


@lru_cache(maxsize=16)
def _prompt(override: str | None) -> Prompt:
    """Compiled once for all generators, which couldn't be pickled with it."""
    return Prompt.from_package(PACKAGE, "fill", override=override, where="with.prompts.fill")


@cache
def _answer_schema(slots: int) -> AnswerSchema:
    names = [slot_name(i + 1) for i in range(slots)]
    return AnswerSchema(
        {
            "type": "object",
            "properties": {name: {"type": "string"} for name in names},
            "required": names,
            "additionalProperties": False,
        }
    )
