"""References and combinations made into one plain schema, by choosing."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from math import isinf
from typing import Any

from datagen_core.json_examples.heights import Heights, resolve
from datagen_core.json_examples.merging import NoInstance, merge

MAX_STEPS = 200
STEPS = ("$ref", "anyOf", "oneOf", "if", "allOf")
"""In this order: parts of `allOf` may each bring one of the others, and those must be done with first."""
NULL_SHARE = 0.15
"""How often a nullable place is null: a model that can answer mostly does."""


class Flattening:
    """Makes schemas plain, each combination by one of its alternatives at random.

    Args:
        root: The whole schema, that references point into.
        rng: Decides among alternatives.
    """

    def __init__(self, root: Any, rng: random.Random) -> None:
        self._root, self._rng = root, rng
        self._heights = Heights(root)

    def flat(self, schema: Any, *, is_deep: bool) -> dict[str, Any]:
        """A schema without references and combinations; an instance of it is mostly one of `schema` too.

        Mostly, because `oneOf`, `not` and the `else` of an `if` exclude what can only be seen when it is there.
        With `is_deep` the alternatives are those that end soonest. Raises NoInstance.
        """
        out = _mapping(schema)
        for _ in range(MAX_STEPS):
            step = next((key for key in STEPS if key in out), None)
            if step is None:
                return out
            value = out.pop(step)
            for part in self._parts(step, value, out, is_deep=is_deep):
                out = merge(out, _mapping(part))
        raise NoInstance("references in a circle")

    def _parts(self, step: str, value: Any, out: dict[str, Any], *, is_deep: bool) -> Sequence[Any]:
        if step == "$ref":
            return [resolve(self._root, value)]
        if step == "allOf":
            return list(value)
        if step == "if":
            then, other = out.pop("then", True), out.pop("else", True)
            return [value, then] if self._rng.random() < 0.5 else [other]
        return [self._alternative(value, is_deep=is_deep)]

    def _alternative(self, options: Sequence[Any], *, is_deep: bool) -> Any:
        options = [option for option in options if option is not False]
        if is_deep:
            heights = [self._heights.of(option) for option in options]
            options = [
                option
                for option, height in zip(options, heights, strict=True)
                if height == min(heights) and not isinf(height)
            ]
        if not options:
            raise NoInstance("no alternative")
        return self._rng.choices(options, [_weight(option) for option in options])[0]


def _weight(option: Any) -> float:
    return NULL_SHARE if isinstance(option, Mapping) and option.get("type") == "null" else 1.0


def _mapping(schema: Any) -> dict[str, Any]:
    if schema is False:
        raise NoInstance("false")
    return dict(schema) if isinstance(schema, Mapping) else {}
