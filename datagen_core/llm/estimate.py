"""The most tokens that a request can cost, known before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.errors import UsageError
from datagen_core.jsontext import dumps
from datagen_core.llm.forms import Latest, Request
from datagen_core.model import ChatRequest, CompletionRequest, EmbeddingRequest, Usage

PER_REQUEST = 64
"""What a chat template adds of its own: start and end marks, a default system prompt, the answer's header."""
PER_MESSAGE = 16
"""Role marks and names around one message; templates in use need 3 to 8."""
PER_TOOLSET = 512
"""The instructions that a template writes around tools; Llama's and Qwen's need about 200."""
BUDGETED = frozenset({"n", "best_of", "max_tokens", "max_completion_tokens", "max_output_tokens"})


def most_tokens(request: Request) -> Usage:
    """An upper bound of a request's usage.

    A byte-level tokenizer makes at most one token of a UTF-8 byte, so that bytes bound the prompt whatever the
    language (for English about four times what it will be); the answer is bounded by max_tokens, n times.
    Not bounded: reasoning that a provider bills beyond max_tokens; it is counted when it is told.
    """
    if isinstance(request, EmbeddingRequest):
        return Usage(prompt_tokens=sum(_bytes(text) + PER_MESSAGE for text in request.texts))
    forbidden = sorted(BUDGETED & set(request.extra))
    if forbidden:
        raise UsageError(
            f"{forbidden[0]!r} can't be passed through as an extra parameter",
            expected="budgets to know how many tokens a call may cost",
            hint="use the options max_tokens and n",
        )
    return Usage(prompt_tokens=_prompt(request), completion_tokens=request.max_tokens * request.n)


def likely_tokens(most: Usage) -> int:
    """A guess for rate limits, which are corrected by what was used: four bytes per token of the prompt."""
    return most.prompt_tokens // 4 + most.completion_tokens


def _prompt(request: ChatRequest | CompletionRequest) -> int:
    if isinstance(request, CompletionRequest):
        return _bytes(request.prompt) + PER_MESSAGE
    total = PER_REQUEST
    for message in request.messages:
        total += PER_MESSAGE + _bytes(message.content) + _bytes(message.name or "")
        total += _bytes(message.reasoning_content or "") + _bytes(message.tool_call_id or "")
        total += sum(_json_bytes(dict(call)) for call in message.tool_calls)
    if request.tools:
        total += PER_TOOLSET + sum(2 * _json_bytes(tool.to_json()) for tool in request.tools)
    if request.json_schema is not None:
        total += 2 * _schema_bytes(request.json_schema)
    return total


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _json_bytes(value: object) -> int:
    return _bytes(dumps(value))


_schema_bytes = Latest[Mapping[str, Any], int](lambda schema: _json_bytes(dict(schema)))
