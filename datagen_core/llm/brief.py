"""What prompts are told of a recipe: its words and open sections, as values."""

from __future__ import annotations

from typing import Any

from datagen_core.inputs import Inputs

SHOWN_ELSEWHERE = frozenset(
    {"description", "dataset_path", "dataset_fields", "labels", "label_distribution", "languages"}
)
"""Keys of `task_input` that have a value of their own here, or say nothing about a row."""


def brief(inputs: Inputs) -> dict[str, Any]:
    """Values for prompt templates.

    Returns:
        `domain`, `task`, `description` (of `task_input`), `details` (its further keys), `constraints` (that section
        without its schema), `labels` and `languages`.
    """
    asked = inputs.task_input
    return {
        "domain": inputs.domain,
        "task": inputs.task,
        "description": str(asked.get("description") or ""),
        "details": {key: value for key, value in asked.items() if key not in SHOWN_ELSEWHERE},
        "constraints": {key: value for key, value in inputs.constraints.items() if key != "schema"},
        "labels": list(inputs.labels),
        "languages": list(inputs.languages),
    }
