"""Whether a recipe asks for rows without toxic language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.languages import base
from datagen_core.suggestion import Suggestion

_KEY = re.compile(
    r"(?:(?:max|no|avoid|forbid|exclude)_)?(?:toxic(?:ity)?|profan(?:e|ity)|offensive(?:_language)?|hate_speech|harm|nsfw)"
    r"|safe|safety|harmless(?:ness)?|family_friendly|child_safe|safe_for_work|content_safety"
)
_VALUE = re.compile(
    r"\b(?:non-?toxic|toxic(?:ity)?|profan(?:e|ity)|harmless|offensive|swear(?:ing|words?)?|hate[ -]speech"
    r"|family[- ]friendly|child[- ](?:friendly|safe)|kid[- ](?:friendly|safe)|safe for (?:work|children|kids))\b",
    re.IGNORECASE,
)
_CHILD = re.compile(r"\b(?:child|children|kids?|teens?|teenagers?|pupils?|famil(?:y|ies))\b", re.IGNORECASE)


def suggestion(inputs: Inputs) -> Suggestion | None:
    """Where the constraints ask for it or the readers are children; not for data about toxic language itself."""
    is_about_it = any(_VALUE.search(text) for text in (inputs.task, inputs.domain, *inputs.labels))
    if is_about_it or "en" not in map(base, inputs.languages):
        return None
    asked = next(_asked(inputs), None)
    return None if asked is None else Suggestion(why=asked)


def _asked(inputs: Inputs) -> Iterator[str]:
    for key, value in inputs.constraints.items():
        if _KEY.fullmatch(str(key).lower().replace("-", "_")):
            yield f"constraints.{key} asks for it"
        for text in _texts(value):
            if found := _VALUE.search(text):
                yield f"constraints.{key} speaks of {found[0]!r}"
    for place, section in (("constraints", inputs.constraints), ("task_input", inputs.task_input)):
        for text in _texts(section.get("audience")):
            if found := _CHILD.search(text):
                yield f"{place}.audience speaks of {found[0]!r}"


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        value = [*map(str, value), *value.values()]
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]
