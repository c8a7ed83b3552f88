"""One answer of a rehearsal: text or JSON, within max_tokens and up to a stop string."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.json_examples import TextFor, example
from datagen_core.jsontext import dumps
from datagen_core.model import ChatRequest, Choice, CompletionRequest, ModelError
from datagen_core.rehearsal.imitation import continuation
from datagen_core.rehearsal.places import Places
from datagen_core.rehearsal.quoting import quoting
from datagen_core.rehearsal.rewriting import rewriting
from datagen_core.rehearsal.scoring import score_line
from datagen_core.rehearsal.sentences import Sentences
from datagen_core.rehearsal.tokens import BYTES_PER_TOKEN, count, cut, logprobs
from datagen_core.rehearsal.topics import topics
from datagen_core.rehearsal.translation import language_of, translation
from datagen_core.rehearsal.wishes import Wish, wish
from datagen_core.sample import Message, Tool

SCORE_TOKENS = 8
FIELD_CHARS = (None, 60, 16)
"""The most characters of each text of a JSON answer: first as it comes, then ever fewer until it fits."""


class Answering:
    """Answers one request, as many times as wanted.

    Args:
        about: Text whose content words are the topics.
        wanted: The wish for length.
        mean_score: See `datagen_core.json_examples.example`.
    """

    def __init__(self, about: str, wanted: Wish, *, mean_score: float) -> None:
        self._topics, self._wanted, self._mean_score = topics(about), wanted, mean_score
        self._about = about

    @classmethod
    def of_messages(cls, messages: Sequence[Message], *, mean_score: float) -> Answering:
        """Answers the last user message; what it leaves open, the system's may say."""
        by_role = {message.role: message.content for message in messages}
        asked, system = by_role.get("user", ""), by_role.get("system", "")
        return cls(asked if asked.strip() else system, wish(asked) or wish(system), mean_score=mean_score)

    def text(self, rng: random.Random, most_tokens: int) -> str:
        """What goes on with a prompt that breaks off; else sentences, at most as many as there is room for."""
        if isinstance(said := translation(self._about), str):
            return said
        if (goes_on := continuation(self._about)) is not None:
            return goes_on(Sentences(self._topics, rng), rng)
        score = score_line(self._about, rng, mean_score=self._mean_score)
        room = most_tokens if score is None else max(1, most_tokens - SCORE_TOKENS)
        said = Sentences(self._topics, rng).text(self._wanted, most_chars=room * BYTES_PER_TOKEN)
        return said if score is None else score.put_to(said)

    def json(self, schema: Mapping[str, Any], rng: random.Random, most_tokens: int) -> Any:
        """A value that satisfies a schema, in few enough tokens where a brief one is. Raises ModelError."""
        said = translation(self._about)
        if isinstance(said, dict) and said.keys() == schema.get("properties", {}).keys():
            return said
        state = rng.getstate()
        value = None
        language = language_of(self._about)
        for chars in FIELD_CHARS:
            rng.setstate(state)
            places = Places(self._topics, most_chars=chars, language=language)
            texts = quoting(self._about, rewriting(self._about, places), most_chars=chars)
            value = self._example(schema, rng, texts)
            if count(dumps(value)) <= most_tokens:
                break
        return value

    def _example(self, schema: Mapping[str, Any], rng: random.Random, texts: TextFor) -> Any:
        try:
            return example(schema, rng, texts, mean_score=self._mean_score)
        except ValueError as error:
            raise ModelError(
                f"the rehearsal can't answer in JSON: {error}",
                kind="bad_request",
                expected="a JSON Schema that something satisfies, without references to other documents",
            ) from error

    def call(self, tool: Tool, rng: random.Random, most_tokens: int) -> dict[str, Any] | None:
        """A call of a tool with fitting arguments; None where they aren't an object or too long."""
        arguments = self.json(dict(tool.parameters) or {"type": "object"}, rng, most_tokens)
        if not isinstance(arguments, dict) or count(dumps(arguments)) > most_tokens:
            return None
        function = {"name": tool.name, "arguments": arguments}
        return {"id": f"call_{rng.getrandbits(48):012x}", "type": "function", "function": function}


def chat_choice(request: ChatRequest, answering: Answering, rng: random.Random, tool_share: float) -> Choice:
    """One answer to a chat."""
    tool = _tool(request, rng, tool_share)
    call = tool and answering.call(tool, rng, request.max_tokens)
    if call:
        return Choice(text="", finish_reason="tool_calls", tool_calls=(call,))
    if request.json_schema is not None:
        text = dumps(answering.json(request.json_schema, rng, request.max_tokens))
    else:
        text = answering.text(rng, request.max_tokens)
    return _ended(text, request, rng)


def completion_choice(request: CompletionRequest, answering: Answering, rng: random.Random) -> Choice:
    """One continuation of a prompt."""
    space = " " if request.prompt[-1:].strip() else ""
    return _ended(space + answering.text(rng, request.max_tokens), request, rng)


def _tool(request: ChatRequest, rng: random.Random, tool_share: float) -> Tool | None:
    """The tool to call, if any: as `tool_choice` demands, else any with probability `tool_share`."""
    choice = request.extra.get("tool_choice", "auto")
    if not request.tools or choice == "none":
        return None
    if isinstance(choice, Mapping):
        name = choice.get("function", choice).get("name")
        return next((tool for tool in request.tools if tool.name == name), None)
    is_calling = rng.random() < tool_share or choice in ("required", "any")
    return rng.choice(request.tools) if is_calling else None


def _ended(text: str, request: ChatRequest | CompletionRequest, rng: random.Random) -> Choice:
    text, is_cut = cut(text, request.max_tokens)
    places = [at for at in (text.find(stop) for stop in request.stop if stop) if at >= 0]
    if places:
        text, is_cut = text[: min(places)], False
    found = logprobs(text, rng, top=request.top_logprobs) if request.top_logprobs else ()
    return Choice(text=text, finish_reason="length" if is_cut else "stop", logprobs=found)
