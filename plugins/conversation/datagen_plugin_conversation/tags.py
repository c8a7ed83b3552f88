"""Tags of a query, as Magpie has them: words out of fixed lists, so that "very hard" is never read as "hard"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_plugin_conversation.calls import Calls

LISTS: Mapping[str, tuple[str, ...]] = {
    "input_quality": ("very poor", "poor", "average", "good", "excellent"),
    "difficulty": ("very easy", "easy", "medium", "hard", "very hard"),
    "task_category": (
        "information seeking",
        "reasoning",
        "planning",
        "editing",
        "coding and debugging",
        "math",
        "role playing",
        "data analysis",
        "creative writing",
        "advice seeking",
        "brainstorming",
        "others",
    ),
    "safety": ("safe", "unsafe"),
}
ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        **{name: {"type": "string", "enum": list(words)} for name, words in LISTS.items()},
        "language": {"type": "string", "pattern": "^[a-z]{2,3}$"},
    },
    "required": [*LISTS, "language"],
    "additionalProperties": False,
}
MAX_TOKENS = 200


async def tagged(
    calls: Calls, alias: str, prompt: Prompt, schema: AnswerSchema, query: str
) -> dict[str, Any]:
    """Fields for `metadata.method`: `tags`, or no tags and `tags_missing` with the reason."""
    asked = ChatRequest(messages=prompt.messages(query=query), max_tokens=MAX_TOKENS, temperature=0.0)
    try:
        parsed = (await calls.structured(alias, asked, schema)).parsed
    except ModelError as error:
        return {"tags": {}, "tags_missing": f"model_{error.kind}"}
    return {"tags": {}, "tags_missing": parsed.reason} if parsed.reason else {"tags": parsed.value}
