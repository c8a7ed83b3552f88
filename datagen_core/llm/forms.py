"""Requests and replies as JSON, and the key that a request is cached under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from datagen_core.jsontext import dumps
from datagen_core.model import (
    ChatRequest,
    Choice,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Model,
    Reply,
    TokenLogprob,
    Usage,
)
from datagen_core.sample import Message

T = TypeVar("T")
R = TypeVar("R")
Request = ChatRequest | CompletionRequest | EmbeddingRequest


def prompt_hash(request: Request) -> str:
    """16 hex characters over all that a request asks: by it a row finds its calls, whatever the endpoint."""
    return hashlib.sha256(_canonical(_parts(request))).hexdigest()[:16]


def is_sampled(request: Request) -> bool:
    """Whether asking twice may answer differently on purpose: a temperature above 0, or the provider's own."""
    if isinstance(request, EmbeddingRequest):
        return False
    return request.temperature is None or request.temperature > 0


def cache_key(model: Model[Any], request: Request, sample_key: tuple[int, ...]) -> bytes:
    """32 bytes: the model, its endpoint, the whole request and, where it is sampled, whose sample it is."""
    parts = [
        model.name,
        model.endpoint(),
        type(request).__name__,
        _parts(request),
        list(sample_key) if is_sampled(request) else None,
    ]
    return hashlib.sha256(_canonical(parts)).digest()


def reply_json(reply: Reply | Embeddings) -> str:
    """A reply as one line of JSON; `reply_from_json` is its inverse."""
    if isinstance(reply, Embeddings):
        return dumps({"vectors": reply.vectors, "usage": _usage_json(reply.usage)})
    choices = [
        {
            "text": choice.text,
            "finish_reason": choice.finish_reason,
            "tool_calls": [dict(call) for call in choice.tool_calls],
            "logprobs": [[token.token, token.logprob, dict(token.top)] for token in choice.logprobs],
        }
        for choice in reply.choices
    ]
    return dumps({"choices": choices, "usage": _usage_json(reply.usage), "model": reply.model})


def reply_from_json(text: str) -> Reply | Embeddings:
    """The reply that `reply_json` wrote."""
    data = json.loads(text)
    usage = None if data["usage"] is None else Usage(**data["usage"])
    if "vectors" in data:
        return Embeddings(vectors=tuple(tuple(vector) for vector in data["vectors"]), usage=usage)
    choices = tuple(
        Choice(
            text=choice["text"],
            finish_reason=choice["finish_reason"],
            tool_calls=tuple(choice["tool_calls"]),
            logprobs=tuple(
                TokenLogprob(token=token, logprob=logprob, top=top)
                for token, logprob, top in choice["logprobs"]
            ),
        )
        for choice in data["choices"]
    )
    return Reply(choices=choices, usage=usage, model=data["model"])


def _parts(request: Request) -> dict[str, Any]:
    """All that decides the answer, long parts by their hashes; JSON-able."""
    if isinstance(request, EmbeddingRequest):
        return {"texts": list(request.texts)}
    out: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.stop),
        "n": request.n,
        "top_logprobs": request.top_logprobs,
        "extra": dict(request.extra),
    }
    if isinstance(request, CompletionRequest):
        return {"prompt": request.prompt, **out}
    schema = request.json_schema
    return {
        "messages": _messages_digest(request.messages),
        "json_schema": None if schema is None else _schema_digest(schema),
        "tools": [tool.to_json() for tool in request.tools],
        **out,
    }


class Latest(Generic[T, R]):
    """What was made of the latest value: a call needs the hash of its messages three times in a row.

    The value is known by its identity and must not change.
    """

    def __init__(self, make: Callable[[T], R]) -> None:
        self._make = make
        self._known: tuple[T, R] | None = None

    def __call__(self, value: T) -> R:
        """Made anew only for another value than the last."""
        known = self._known
        if known is None or known[0] is not value:
            self._known = known = (value, self._make(value))
        return known[1]


def _usage_json(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cached_tokens": usage.cached_tokens,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"a request can't hold {type(value).__name__}: it isn't JSON")


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=_plain)


def _canonical(value: Any) -> bytes:
    return _CANONICAL.encode(value).encode("ascii")


def _digest(value: Any) -> str:
    return hashlib.sha256(_canonical(value)).hexdigest()


_messages_digest = Latest[tuple[Message, ...], str](lambda messages: _digest([m.to_json() for m in messages]))
_schema_digest = Latest[Mapping[str, Any], str](lambda schema: _digest(dict(schema)))
