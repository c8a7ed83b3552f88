"""LiteLLM's answers as ours. Pure; reads its objects and plain dictionaries alike.

What isn't in an answer as it should be raises KeyError, TypeError, ValueError, IndexError or AttributeError; the
caller calls that malformed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datagen_core.model import Choice, Embeddings, Reply, TokenLogprob, Usage
from datagen_core.nothing import EMPTY

_FINISH_REASONS = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
}


def chat_reply(answer: Any) -> Reply:
    """A Reply of what `acompletion` gave; ValueError when it holds no choice."""
    return _reply(answer, [_chat_choice(choice) for choice in _get(answer, "choices")])


def completion_reply(answer: Any) -> Reply:
    """A Reply of what `atext_completion` gave; ValueError when it holds no choice."""
    return _reply(answer, [_completion_choice(choice) for choice in _get(answer, "choices")])


def embeddings_of(answer: Any, count: int) -> Embeddings:
    """Vectors in the order of the texts; ValueError when there aren't `count`."""
    rows = _get(answer, "data")
    if len(rows) != count:
        raise ValueError(f"{len(rows)} vectors for {count} texts")
    if all(isinstance(_get(row, "index"), int) for row in rows):
        rows = sorted(rows, key=lambda row: _get(row, "index"))
    vectors = tuple(tuple(float(x) for x in _get(row, "embedding")) for row in rows)
    return Embeddings(vectors=vectors, usage=usage_of(_get(answer, "usage")))


def _reply(answer: Any, choices: Sequence[Choice]) -> Reply:
    if not choices:
        raise ValueError("no choices")
    return Reply(
        choices=tuple(choices), usage=usage_of(_get(answer, "usage")), model=str(_get(answer, "model") or "")
    )


def _chat_choice(choice: Any) -> Choice:
    message = _get(choice, "message")
    reason = finish_reason(_get(choice, "finish_reason"))
    calls = tuple(_tool_calls(_get(message, "tool_calls") or (), is_cut=reason == "length"))
    if calls and reason in ("stop", "other"):
        reason = "tool_calls"
    text, refusal = _text(_get(message, "content")), _refusal(message)
    if not text and refusal:
        text, reason = refusal, "content_filter"
    rows = _get(_get(choice, "logprobs"), "content") or ()
    return Choice(
        text=text, finish_reason=reason, tool_calls=calls, logprobs=tuple(_token(row) for row in rows)
    )


def _completion_choice(choice: Any) -> Choice:
    text = _get(choice, "text")
    if not isinstance(text, str):
        raise TypeError("text isn't text")
    return Choice(
        text=text,
        finish_reason=finish_reason(_get(choice, "finish_reason")),
        logprobs=tuple(_completion_tokens(_get(choice, "logprobs"))),
    )


def _completion_tokens(found: Any) -> Iterator[TokenLogprob]:
    tokens, values = _get(found, "tokens") or (), _get(found, "token_logprobs") or ()
    tops = _get(found, "top_logprobs") or [EMPTY] * len(tokens)
    for token, value, top in zip(tokens, values, tops, strict=True):
        if value is not None:
            yield TokenLogprob(token=token, logprob=float(value), top=dict(top or {}))


def finish_reason(found: Any) -> str:
    """One of FINISH_REASONS for what LiteLLM says; `other` for what isn't known."""
    return _FINISH_REASONS.get(str(found).lower(), "other")


def usage_of(found: Any) -> Usage | None:
    """The tokens billed; None where they aren't told in whole numbers, or as none at all.

    LiteLLM makes 0 tokens of a usage that the provider doesn't tell.
    """
    if found is None:
        return None
    prompt, completion = _get(found, "prompt_tokens"), _get(found, "completion_tokens") or 0
    cached = _get(_get(found, "prompt_tokens_details"), "cached_tokens") or 0
    if not all(type(count) is int and count >= 0 for count in (prompt, completion, cached)):
        return None
    if not prompt and not completion:
        return None
    return Usage(prompt_tokens=prompt or 0, completion_tokens=completion, cached_tokens=cached)


def _refusal(message: Any) -> str:
    """The words of a refusal, which LiteLLM keeps among what is the provider's own."""
    own = _get(message, "provider_specific_fields")
    found = _get(message, "refusal") or _get(own, "refusal")
    return found if isinstance(found, str) else ""


def _text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part.get("type", "text") == "text")


def _token(row: Any) -> TokenLogprob:
    top = {_get(other, "token"): float(_get(other, "logprob")) for other in _get(row, "top_logprobs") or ()}
    return TokenLogprob(token=_get(row, "token"), logprob=float(_get(row, "logprob")), top=top)


def _tool_calls(calls: Sequence[Any], *, is_cut: bool) -> Iterator[Mapping[str, Any]]:
    """Calls with their arguments as objects; of an answer cut by its limit those that are whole."""
    for call in calls:
        function = _get(call, "function")
        arguments = _get(function, "arguments") or "{}"
        try:
            parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
            if not isinstance(parsed, Mapping):
                raise ValueError("arguments of a tool call aren't an object")
        except ValueError:
            if is_cut:
                continue
            raise
        given = {"id": _get(call, "id")} if _get(call, "id") else {}
        name = {"name": _get(function, "name"), "arguments": parsed}
        yield {**given, "type": "function", "function": name}


def _get(found: Any, name: str) -> Any:
    """A field of a dictionary or of one of LiteLLM's objects, some of which have no `get`; None where it isn't."""
    return found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)
