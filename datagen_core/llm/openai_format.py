"""Our requests as OpenAI's JSON, and its JSON as our replies. Pure: no connection, no environment.

Answers are read from dictionaries and from the objects that client libraries make of them alike. What isn't in an
answer as it should be raises KeyError, TypeError, ValueError, IndexError or AttributeError: MALFORMED.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from datagen_core.model import (
    ChatRequest,
    Choice,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Reply,
    TokenLogprob,
    Usage,
)
from datagen_core.nothing import EMPTY
from datagen_core.sample import Message, Tool

RESERVED = frozenset(
    {"model", "messages", "prompt", "input", "max_tokens", "max_completion_tokens", "n", "stream", "best_of"}
)
"""What `extra` may not set: budgets and parsing count on them."""

MALFORMED = (KeyError, TypeError, ValueError, IndexError, AttributeError)
"""What reading an answer raises where it is none."""

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

_STRICT_KEYWORDS = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"),
        *("$ref", "$defs", "title", "description"),
    }
)

# -- requests -----------------------------------------------------------------------------------------------


def chat_json(request: ChatRequest, model: str, max_tokens_field: str = "max_tokens") -> dict[str, Any]:
    """The body of /chat/completions; `max_tokens_field` is how the endpoint names the limit of an answer."""
    body = _shared_json(request, model, max_tokens_field)
    body["messages"] = [_message_json(message) for message in request.messages]
    if request.json_schema is not None:
        schema = dict(request.json_schema)
        strict = {"strict": True} if is_strict(schema) else {}
        wanted = {"name": "answer", "schema": schema, **strict}
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    if request.tools:
        body["tools"] = [_tool_json(tool) for tool in request.tools]
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    return body


def completion_json(request: CompletionRequest, model: str) -> dict[str, Any]:
    """The body of /completions, which knows `max_tokens` alone."""
    body = _shared_json(request, model, "max_tokens") | {"prompt": request.prompt}
    if request.top_logprobs:
        body["logprobs"] = request.top_logprobs
    return body


def embedding_json(request: EmbeddingRequest, model: str) -> dict[str, Any]:
    """The body of /embeddings."""
    return {"model": model, "input": list(request.texts)}


def is_strict(schema: Any) -> bool:
    """Whether OpenAI's strict mode takes a schema: closed objects, all required, plain keywords."""
    if not isinstance(schema, Mapping) or not set(schema) <= _STRICT_KEYWORDS:
        return False
    properties = schema.get("properties", {})
    if schema.get("type") == "object" or properties:
        is_closed = schema.get("additionalProperties") is False
        if not is_closed or set(schema.get("required", ())) != set(properties):
            return False
    parts = [*properties.values(), *schema.get("$defs", {}).values(), *schema.get("anyOf", ())]
    parts += [schema["items"]] if "items" in schema else []
    return all(is_strict(part) for part in parts)


def _shared_json(
    request: ChatRequest | CompletionRequest, model: str, max_tokens_field: str
) -> dict[str, Any]:
    body = {**request.extra, "model": model, max_tokens_field: request.max_tokens}
    optional = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
    body |= {name: value for name, value in optional.items() if value is not None}
    if request.stop:
        body["stop"] = list(request.stop)
    if request.n > 1:
        body["n"] = request.n
    return body


def _message_json(message: Message) -> dict[str, Any]:
    """A turn; what the model thought (`reasoning_content`) isn't sent back."""
    out: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.name is not None:
        out["name"] = message.name
    if message.tool_call_id is not None:
        out["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        out["content"] = message.content or None
        out["tool_calls"] = [_tool_call_json(call, i) for i, call in enumerate(message.tool_calls)]
    return out


def _tool_call_json(call: Mapping[str, Any], place: int) -> dict[str, Any]:
    function = call.get("function", call)
    arguments = function.get("arguments", EMPTY)
    if not isinstance(arguments, str):
        arguments = json.dumps(dict(arguments), ensure_ascii=False)
    return {
        "id": call.get("id", f"call_{place}"),
        "type": "function",
        "function": {"name": function["name"], "arguments": arguments},
    }


def _tool_json(tool: Tool) -> dict[str, Any]:
    parameters = dict(tool.parameters) or {"type": "object", "properties": {}}
    function = {"name": tool.name, "description": tool.description, "parameters": parameters}
    return {"type": "function", "function": function}


# -- replies ------------------------------------------------------------------------------------------------


def chat_reply(answer: Any) -> Reply:
    """A Reply of what /chat/completions gave; ValueError when it holds no choice."""
    return _reply(answer, _chat_choice)


def completion_reply(answer: Any) -> Reply:
    """A Reply of what /completions gave; ValueError when it holds no choice."""
    return _reply(answer, _completion_choice)


def embeddings_of(answer: Any, count: int) -> Embeddings:
    """Vectors in the order of the texts; ValueError when there aren't `count`."""
    rows = _needed(answer, "data")
    if len(rows) != count:
        raise ValueError(f"{len(rows)} vectors for {count} texts")
    if all(isinstance(_get(row, "index"), int) for row in rows):
        rows = sorted(rows, key=lambda row: _get(row, "index"))
    vectors = tuple(tuple(float(x) for x in _needed(row, "embedding")) for row in rows)
    return Embeddings(vectors=vectors, usage=usage_of(_get(answer, "usage")))


def finish_reason(found: Any) -> str:
    """One of FINISH_REASONS for what a provider says; `other` for what isn't known."""
    return _FINISH_REASONS.get(str(found).lower(), "other")


def usage_of(found: Any) -> Usage | None:
    """The tokens billed, or None where they aren't told in whole numbers."""
    prompt, completion = _get(found, "prompt_tokens"), _get(found, "completion_tokens") or 0
    cached = _get(_get(found, "prompt_tokens_details"), "cached_tokens")
    cached = cached or _get(found, "prompt_cache_hit_tokens") or 0  # the latter is DeepSeek's
    if not all(type(count) is int and count >= 0 for count in (prompt, completion, cached)):
        return None
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def _reply(answer: Any, read: Callable[[Any], Choice]) -> Reply:
    choices = tuple(read(choice) for choice in _needed(answer, "choices"))
    if not choices:
        raise ValueError("no choices")
    model = str(_get(answer, "model") or "")
    return Reply(choices=choices, usage=usage_of(_get(answer, "usage")), model=model)


def _chat_choice(choice: Any) -> Choice:
    message = _needed(choice, "message")
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
    text, reason = _needed(choice, "text"), finish_reason(_get(choice, "finish_reason"))
    if not isinstance(text, str):
        raise TypeError("text isn't text")
    logprobs = tuple(_completion_tokens(_get(choice, "logprobs")))
    return Choice(text=text, finish_reason=reason, logprobs=logprobs)


def _completion_tokens(found: Any) -> Iterator[TokenLogprob]:
    tokens, values = _get(found, "tokens") or (), _get(found, "token_logprobs") or ()
    tops = _get(found, "top_logprobs") or [EMPTY] * len(tokens)
    for token, value, top in zip(tokens, values, tops, strict=True):
        if value is not None:
            yield TokenLogprob(token=token, logprob=float(value), top=dict(top or {}))


def _refusal(message: Any) -> str:
    """The words of a refusal, which LiteLLM and its proxy keep among what is the provider's own."""
    found = _get(message, "refusal") or _get(_get(message, "provider_specific_fields"), "refusal")
    return found if isinstance(found, str) else ""


def _text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part.get("type", "text") == "text")


def _token(row: Any) -> TokenLogprob:
    tops = _get(row, "top_logprobs") or ()
    top = {_needed(other, "token"): float(_needed(other, "logprob")) for other in tops}
    return TokenLogprob(token=_needed(row, "token"), logprob=float(_needed(row, "logprob")), top=top)


def _tool_calls(calls: Sequence[Any], *, is_cut: bool) -> Iterator[Mapping[str, Any]]:
    """Calls with their arguments as objects; of an answer cut by its limit those that are whole."""
    for call in calls:
        function = _needed(call, "function")
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
        called = {"name": _needed(function, "name"), "arguments": parsed}
        yield {**given, "type": "function", "function": called}


def _get(found: Any, name: str) -> Any:
    """A field of a dictionary or an object; None where it isn't."""
    return found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)


def _needed(found: Any, name: str) -> Any:
    value = _get(found, name)
    if value is None:
        raise KeyError(name)
    return value
