"""Whether a model answers, and which of its capabilities work: one small call for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_core.errors import DatagenError
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.budget import Wall
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Amount, Ledger
from datagen_core.llm.retry import Retries
from datagen_core.llm.site import CallSite
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import (
    CAPABILITIES,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Model,
    ModelError,
)
from datagen_core.sample import Message, Tool

MAX_TOKENS = 256
"""Enough for a model that thinks before it answers briefly."""
_CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of trying one thing: `chat` or a capability.

    Attributes:
        declared: Whether the plugin says that the model can do it.
        works: Whether it did.
        detail: What it answered, or why not.
    """

    what: str
    declared: bool
    works: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCheck:
    """All findings on a model, with what they took."""

    model: str
    endpoint: str
    findings: tuple[Finding, ...]
    taken: Amount

    @property
    def answers(self) -> bool:
        """Whether it answers at all."""
        return self.findings[0].works


def check_model(model: Model[Any], declared: frozenset[str], *, timeout_s: float = 60.0) -> ModelCheck:
    """Asks a model one thing after the other; nothing is cached, and what fails is said.

    Args:
        model: Made so that it lets every capability be tried.
        declared: What its plugin says of it.
        timeout_s: For one call.
    """
    return asyncio.run(_check(model, declared, timeout_s))


async def _check(model: Model[Any], declared: frozenset[str], timeout_s: float) -> ModelCheck:
    wall = Wall(Ledger(Path(":memory:")))
    door = ModelDoor({"model": model}, wall, retries=Retries(most=1), timeouts_s={"model": timeout_s})
    bound = door.bound("model", CallSite(component="check"))
    try:
        findings = [await _tried("chat", True, _PROBES["chat"], bound)]
        for what in CAPABILITIES if findings[0].works else ():
            findings.append(await _tried(what, what in declared, _PROBES[what], bound))
        taken = door.spent()
    finally:
        await door.close()
    return ModelCheck(model=model.full_name, endpoint=model.endpoint(), findings=tuple(findings), taken=taken)


async def _tried(what: str, declared: bool, probe: Probe, model: BoundModel) -> Finding:
    try:
        works, detail = await probe(model)
    except DatagenError as raised:
        error = raised.__cause__ if isinstance(raised.__cause__, ModelError) else raised
        hint = f" (next: {error.hint})" if error.hint and what == "chat" else ""
        works, detail = False, error.message + hint
    return Finding(what=what, declared=declared, works=works, detail=" ".join(detail.split())[:600])


Probe = Callable[[BoundModel], Awaitable[tuple[bool, str]]]


def _chat(text: str, **more: Any) -> ChatRequest:
    return ChatRequest(messages=(Message(role="user", content=text),), max_tokens=MAX_TOKENS, **more)


async def _answers(model: BoundModel) -> tuple[bool, str]:
    reply = await model.chat(_chat("Answer with one word: ready", temperature=0.0))
    text = reply.choices[0].text
    usage = "" if reply.usage else "; it tells no usage: such calls count in full"
    return bool(text.strip()), repr(text[:60]) + usage


async def _schema(model: BoundModel) -> tuple[bool, str]:
    reply = await model.chat(_chat("Name the capital of France, as JSON.", json_schema=_CITY))
    parsed = AnswerSchema(_CITY).parse(reply.choices[0])
    return not parsed.reason and not parsed.repairs, parsed.error or reply.choices[0].text


async def _tools(model: BoundModel) -> tuple[bool, str]:
    tool = Tool(name="weather", description="the weather in a city now", parameters=_CITY)
    reply = await model.chat(_chat("What is the weather in Paris? Use the tool.", tools=(tool,)))
    calls = reply.choices[0].tool_calls
    return bool(calls), str(dict(calls[0])) if calls else "it called no tool"


async def _logprobs(model: BoundModel) -> tuple[bool, str]:
    reply = await model.chat(_chat("Say yes.", top_logprobs=2))
    found = reply.choices[0].logprobs
    return bool(found), f"{len(found)} tokens" if found else "none came"


async def _several(model: BoundModel) -> tuple[bool, str]:
    reply = await model.chat(_chat("Name a colour.", n=2, temperature=1.0))
    return len(reply.choices) == 2, f"{len(reply.choices)} answers"


async def _seed(model: BoundModel) -> tuple[bool, str]:
    await model.chat(_chat("Name a colour.", seed=7, temperature=1.0))
    return True, "taken; whether it repeats isn't tried"


async def _stop(model: BoundModel) -> tuple[bool, str]:
    text = (await model.chat(_chat("Write exactly: one two three four", stop=("three",)))).choices[0].text
    return "three" not in text, repr(text[:60])


async def _completion(model: BoundModel) -> tuple[bool, str]:
    reply = await model.complete(CompletionRequest(prompt="One, two, three,", max_tokens=8))
    return bool(reply.choices[0].text), repr(reply.choices[0].text[:60])


async def _embeddings(model: BoundModel) -> tuple[bool, str]:
    found = await model.embed(EmbeddingRequest(texts=("one", "two")))
    return len(found.vectors) == 2, f"{len(found.vectors[0])} dimensions"


_PROBES: Mapping[str, Probe] = {
    "chat": _answers,
    "json_schema": _schema,
    "tools": _tools,
    "logprobs": _logprobs,
    "n": _several,
    "seed": _seed,
    "stop": _stop,
    "completion": _completion,
    "embeddings": _embeddings,
}
