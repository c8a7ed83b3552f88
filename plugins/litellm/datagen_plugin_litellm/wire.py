"""Our requests as the arguments of LiteLLM's calls, which are OpenAI's. Pure: no connection, no environment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from datagen_core.model import ChatRequest, CompletionRequest
from datagen_core.nothing import EMPTY
from datagen_core.sample import Message, Tool

RESERVED = frozenset(
    {
        *(
            "model",
            "messages",
            "prompt",
            "input",
            "max_tokens",
            "max_completion_tokens",
            "n",
            "stream",
            "best_of",
        ),
        *(
            "timeout",
            "base_url",
            "api_version",
            "extra_body",
            "extra_headers",
            "deployment_id",
            "organization",
        ),
        *("drop_params", "additional_drop_params", "callbacks", "stream_options"),
    }
)
"""What `extra` may not set: budgets, parsing, addresses and keys count on them. LiteLLM's own switches come on top."""

_OF_CREDENTIALS = re.compile(
    r"^(aws|azure|vertex|watsonx)_|key|token$|secret|password|credential", re.IGNORECASE
)

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


def chat_arguments(request: ChatRequest) -> dict[str, Any]:
    """What `acompletion` gets, beside the model, its address and the time-out."""
    arguments = _shared_arguments(request)
    arguments["messages"] = [_message_json(message) for message in request.messages]
    if request.json_schema is not None:
        schema = dict(request.json_schema)
        strict = {"strict": True} if is_strict(schema) else {}
        wanted = {"name": "answer", "schema": schema, **strict}
        arguments["response_format"] = {"type": "json_schema", "json_schema": wanted}
    if request.tools:
        arguments["tools"] = [_tool_json(tool) for tool in request.tools]
        arguments["_skip_mcp_handler"] = (
            True  # else LiteLLM imports `mcp`, which isn't among its dependencies
        )
    if request.top_logprobs:
        arguments |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    return arguments


def completion_arguments(request: CompletionRequest) -> dict[str, Any]:
    """What `atext_completion` gets."""
    arguments = _shared_arguments(request) | {"prompt": request.prompt}
    if request.top_logprobs:
        arguments["logprobs"] = request.top_logprobs
    return arguments


def is_free_to_set(name: str) -> bool:
    """Whether `extra` may set a parameter, as far as budgets, addresses and keys go."""
    return name not in RESERVED and _OF_CREDENTIALS.search(name) is None


def _shared_arguments(request: ChatRequest | CompletionRequest) -> dict[str, Any]:
    arguments = {**request.extra, "max_tokens": request.max_tokens}
    optional = {"temperature": request.temperature, "top_p": request.top_p, "seed": request.seed}
    arguments |= {name: value for name, value in optional.items() if value is not None}
    if request.stop:
        arguments["stop"] = list(request.stop)
    if request.n > 1:
        arguments["n"] = request.n
    return arguments


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
