"""Our requests as OpenAI's JSON, and its JSON as our replies. Pure: no connection, no environment.

What isn't in an answer as it should be raises KeyError, TypeError, ValueError or IndexError; the caller calls
that malformed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    "safety": "content_filter",
    "recitation": "content_filter",
}

_STRICT_KEYWORDS = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"),
        *("$ref", "$defs", "title", "description"),
    }
)


def wanted_capabilities(request: ChatRequest | CompletionRequest) -> list[str]:
    """What a request asks for beyond plain text, in the words of CAPABILITIES."""
    asked = {
        "json_schema": getattr(request, "json_schema", None) is not None,
        "tools": bool(getattr(request, "tools", ())),
        "logprobs": request.top_logprobs > 0,
        "n": request.n > 1,
        "seed": request.seed is not None,
        "stop": bool(request.stop),
    }
    return [name for name, is_asked in asked.items() if is_asked]


def chat_json(request: ChatRequest, model: str, max_tokens_field: str) -> dict[str, Any]:
    """The body of /chat/completions."""
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


def chat_reply(data: Mapping[str, Any]) -> Reply:
    """A Reply of what /chat/completions gave; ValueError when it holds no choice."""
    return _reply(data, [_chat_choice(choice) for choice in data["choices"]])


def completion_reply(data: Mapping[str, Any]) -> Reply:
    """A Reply of what /completions gave; ValueError when it holds no choice."""
    return _reply(data, [_completion_choice(choice) for choice in data["choices"]])


def embeddings_of(data: Mapping[str, Any], count: int) -> Embeddings:
    """Vectors in the order of the texts; ValueError when there aren't `count`."""
    rows = data["data"]
    if len(rows) != count:
        raise ValueError(f"{len(rows)} vectors for {count} texts")
    ordered = sorted(rows, key=lambda row: row["index"]) if all("index" in row for row in rows) else rows
    vectors = tuple(tuple(float(x) for x in row["embedding"]) for row in ordered)
    return Embeddings(vectors=vectors, usage=usage_of(data.get("usage")))


def _reply(data: Mapping[str, Any], choices: Sequence[Choice]) -> Reply:
    if not choices:
        raise ValueError("no choices")
    return Reply(
        choices=tuple(choices), usage=usage_of(data.get("usage")), model=str(data.get("model") or "")
    )


def _chat_choice(choice: Mapping[str, Any]) -> Choice:
    message = choice["message"]
    reason = finish_reason(choice.get("finish_reason"))
    calls = tuple(_tool_calls(message.get("tool_calls") or (), is_cut=reason == "length"))
    if calls and reason in ("stop", "other"):
        reason = "tool_calls"
    text = _text(message.get("content"))
    if not text and isinstance(message.get("refusal"), str):
        text, reason = message["refusal"], "content_filter"
    rows = (choice.get("logprobs") or {}).get("content") or ()
    return Choice(
        text=text, finish_reason=reason, tool_calls=calls, logprobs=tuple(_token(row) for row in rows)
    )


def _completion_choice(choice: Mapping[str, Any]) -> Choice:
    found = choice.get("logprobs") or {}
    given, values = found.get("tokens") or (), found.get("token_logprobs") or ()
    tops = found.get("top_logprobs") or [EMPTY] * len(given)
    logprobs = tuple(
        TokenLogprob(token=token, logprob=float(value), top=dict(top or {}))
        for token, value, top in zip(given, values, tops, strict=True)
        if value is not None
    )
    if not isinstance(choice["text"], str):
        raise TypeError("text isn't text")
    return Choice(
        text=choice["text"], finish_reason=finish_reason(choice.get("finish_reason")), logprobs=logprobs
    )


def finish_reason(found: Any) -> str:
    """One of FINISH_REASONS for what a provider says; `other` for what isn't known."""
    return _FINISH_REASONS.get(str(found).lower(), "other")


def usage_of(found: Any) -> Usage | None:
    """The tokens billed, or None where they aren't told in whole numbers."""
    if not isinstance(found, Mapping):
        return None
    details = found.get("prompt_tokens_details") or {}
    prompt, completion = found.get("prompt_tokens"), found.get("completion_tokens") or 0
    cached = details.get("cached_tokens") or found.get("prompt_cache_hit_tokens") or 0
    if not all(type(count) is int and count >= 0 for count in (prompt, completion, cached)):
        return None
    return Usage(prompt_tokens=prompt or 0, completion_tokens=completion, cached_tokens=cached)


def _text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if part.get("type", "text") == "text")


def _token(row: Mapping[str, Any]) -> TokenLogprob:
    top = {other["token"]: float(other["logprob"]) for other in row.get("top_logprobs") or ()}
    return TokenLogprob(token=row["token"], logprob=float(row["logprob"]), top=top)


def _tool_calls(calls: Sequence[Mapping[str, Any]], *, is_cut: bool) -> list[Mapping[str, Any]]:
    """Calls with their arguments as objects; of an answer cut by its limit those that are whole."""
    out: list[Mapping[str, Any]] = []
    for call in calls:
        function = call["function"]
        arguments = function.get("arguments") or "{}"
        try:
            parsed = json.loads(arguments) if isinstance(arguments, str) else arguments
            if not isinstance(parsed, Mapping):
                raise ValueError("arguments of a tool call aren't an object")
        except ValueError:
            if is_cut:
                continue
            raise
        given = {"id": call["id"]} if call.get("id") else {}
        out.append({**given, "type": "function", "function": {"name": function["name"], "arguments": parsed}})
    return out
