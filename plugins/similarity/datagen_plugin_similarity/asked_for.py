"""What a recipe's constraints ask of similarity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core import Inputs, Suggestion

OPTION_OF = {
    "max_similarity": "max_cosine_similarity",
    "max_cosine_similarity": "max_cosine_similarity",
    "min_topic_similarity": "min_topic_similarity",
}
"""Constraint → the option that enforces it. `topic` alone is none: it says nothing of how near rows must be."""


def suggested(inputs: Inputs) -> Suggestion | None:
    """The validator with the limits that the constraints name; None where they name none that can be kept."""
    named = {key: value for key, value in inputs.constraints.items() if _is_limit(key, value)}
    options = {OPTION_OF[key]: float(value) for key, value in named.items()}
    if not options:
        return None
    if "min_topic_similarity" in options:
        options = _with_topic(options, inputs)
    if not options:
        return None
    return Suggestion(why=f"constraints.{next(iter(named))} asks for it", options=options)


def _is_limit(key: str, value: object) -> bool:
    return key in OPTION_OF and isinstance(value, int | float) and value is not True and 0 < value <= 1


def _with_topic(options: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    topic = inputs.constraints.get("topic")
    if isinstance(topic, str) and topic.strip():
        return {**options, "topic": topic}
    if inputs.seeds or inputs.domain or inputs.task:
        return dict(options)
    return {key: value for key, value in options.items() if key != "min_topic_similarity"}
