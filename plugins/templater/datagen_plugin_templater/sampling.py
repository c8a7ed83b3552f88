"""Drawing one sample: weighted choices down the grammar within a depth budget, with the record of each choice."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from datagen_plugin_templater.bindings import Entry, World
from datagen_plugin_templater.language import tidy
from datagen_plugin_templater.records import Absent, Array, Bare, Const, Node, Object, Scalar, Shapes, Text
from datagen_plugin_templater.slots import mark
from datagen_plugin_templater.tables import Choice
from datagen_plugin_templater.template import Part, Reference

MAX_EXPANSIONS = 50_000
ABSENT = object()


class TooLongError(Exception):
    """A sample outgrew its limit; `measured` characters or expansions were reached."""

    def __init__(self, measured: int, threshold: int, unit: str) -> None:
        super().__init__(f"{measured} {unit}")
        self.measured = measured
        self.threshold = threshold
        self.unit = unit


class Draw:
    """The drawing of one sample in one world.

    Where the depth budget is short, only choices that fit are drawn, renormalised, and `is_truncated` is set;
    `log_probability` stays that of the grammar without a depth limit. A reference that is repeated or optional
    is drawn before what it refers to, each count equally likely, and recorded as `name{1,3}` or `name?`. An
    `llm_fill` leaves a mark in the text and its prompt in `prompts`.

    Args:
        world: The bound values and the tables under them.
        once: Bound names that the world leaves open: drawn at their first reference, the same from then on.
        shapes: The nodes of rules that stand for JSON values.
        max_depth: The most levels of a derivation; a bound value has its own.
        max_chars: The most characters of text, before whitespace is collapsed.
    """

    __slots__ = (
        "_chars",
        "_expansions",
        "_fixed",
        "_max_chars",
        "_max_depth",
        "_once",
        "_random",
        "_shapes",
        "_tables",
        "derivation",
        "is_truncated",
        "log_probability",
        "prompts",
    )

    def __init__(
        self,
        world: World,
        once: frozenset[str],
        shapes: Shapes,
        rng: random.Random,
        *,
        max_depth: int,
        max_chars: int,
    ) -> None:
        self._tables = world.tables
        self._fixed = dict(world.bound) if once else world.bound
        self._once = once
        self._shapes = shapes
        self._random = rng.random
        self._max_depth = max_depth
        self._max_chars = max_chars
        self._chars = 0
        self._expansions = 0
        self.derivation: list[Entry] = list(world.entries)
        self.log_probability = world.log_probability
        self.is_truncated = world.is_cut
        self.prompts: list[str] = []

    @property
    def bindings(self) -> Mapping[str, str]:
        """The bound values of the sample, as far as they were needed."""
        return self._fixed

    def text(self, name: str) -> str:
        """A tidied expansion of a non-terminal.

        Raises:
            TooLongError: more than `max_chars` characters, or 50,000 expansions.
        """
        out: list[str] = []
        self._expand(name, self._max_depth, out)
        return tidy("".join(out))

    def record(self, start: str, root: Sequence[int], node: Object) -> dict[str, Any]:
        """The object that the root alternatives lead to from the start; raises like `text`."""
        name, budget = start, self._max_depth
        for index in root:
            choice = self._tables[name].at(index)
            self._take(name, choice)
            self._grow(choice.literal_chars)
            shape = self._shapes[name][index]
            budget -= 1
            if isinstance(shape, Bare):
                name = shape.reference.name
        made: dict[str, Any] = self._value(node, budget)
        return made

    def _expand(self, name: str, budget: int, out: list[str]) -> None:
        if name in self._fixed:
            self._append(self._fixed[name], out)
            return
        if name in self._once:
            inner: list[str] = []
            self._take_parts(self._choose(name, self._max_depth), self._max_depth - 1, inner)
            self._fixed[name] = tidy("".join(inner))
            out.append(self._fixed[name])
            return
        self._take_parts(self._choose(name, budget), budget - 1, out)

    def _take_parts(self, choice: Choice, budget: int, out: list[str]) -> None:
        self._grow(choice.literal_chars)
        if choice.has_references:
            self._parts(choice.parts, budget, out)
        elif choice.prompt is None:
            out += choice.parts  # type: ignore[arg-type]
        else:
            self.prompts.append(choice.prompt)
            out.append(mark(len(self.prompts)))

    def _parts(self, parts: Sequence[Part], budget: int, out: list[str]) -> None:
        for part in parts:
            if isinstance(part, str):
                out.append(part)
            elif part.is_plain:
                self._expand(part.name, budget, out)
            else:
                for i in range(self._count(part, budget)):
                    if i:
                        self._append(" ", out)
                    self._expand(part.name, budget, out)

    def _append(self, text: str, out: list[str]) -> None:
        self._grow(len(text))
        out.append(text)

    def _choose(self, name: str, budget: int) -> Choice:
        rule = self._tables[name]
        if budget >= rule.deepest:
            choice = rule.choices[bisect_right(rule.cumulative, self._random())]
        else:
            choice = self._choose_fitting(rule.choices, budget)
        self._take(name, choice)
        return choice

    def _choose_fitting(self, choices: Sequence[Choice], budget: int) -> Choice:
        self.is_truncated = True
        fitting = [choice for choice in choices if choice.depth <= budget]
        at = self._random() * sum(choice.probability for choice in fitting)
        for choice in fitting:
            at -= choice.probability
            if at < 0:
                return choice
        return fitting[-1]

    def _take(self, name: str, choice: Choice) -> None:
        self._expansions += 1
        if self._expansions > MAX_EXPANSIONS:
            raise TooLongError(self._expansions, MAX_EXPANSIONS, "expansions")
        self.derivation.append((name, choice.index))
        self.log_probability += choice.log_probability

    def _count(self, reference: Reference, budget: int) -> int:
        """How often a repeated or optional reference is expanded; never, if it can't be under the bound values."""
        rule = self._tables.get(reference.name)
        if rule is None:
            return 0
        choices = reference.high - reference.low + 1
        count = reference.low + int(self._random() * choices)
        if rule.shallowest > budget:
            self.is_truncated, count = True, 0
        self.derivation.append((str(reference), count))
        self.log_probability -= log(choices)
        return count

    def _value(self, node: Node, budget: int) -> Any:
        if isinstance(node, Const):
            return node.value
        if isinstance(node, Text):
            return self._joined(node.parts, budget)
        if isinstance(node, Scalar):
            return json.loads(self._joined(node.parts, budget))
        if isinstance(node, Object):
            made = ((key, self._value(child, budget)) for key, child in node.items)
            return {key: value for key, value in made if value is not ABSENT}
        if isinstance(node, Array):
            return self._elements(node.elements, budget)
        if isinstance(node, Absent):
            return ABSENT
        return self._bare(node.reference, budget)

    def _joined(self, parts: Sequence[Part], budget: int) -> str:
        out: list[str] = []
        self._parts(parts, budget, out)
        return tidy("".join(out))

    def _elements(self, nodes: Sequence[Node], budget: int) -> list[Any]:
        out: list[Any] = []
        for node in nodes:
            if not isinstance(node, Bare) or node.reference.is_plain:
                out.append(self._value(node, budget))
            else:
                times = self._count(node.reference, budget)
                out += [self._one(node.reference.name, budget) for _ in range(times)]
        return out

    def _bare(self, reference: Reference, budget: int) -> Any:
        if not reference.is_plain and not self._count(reference, budget):
            return ABSENT
        return self._one(reference.name, budget)

    def _one(self, name: str, budget: int) -> Any:
        if name in self._fixed or name in self._once:
            return json.loads(self.text(name))
        choice = self._choose(name, budget)
        self._grow(choice.literal_chars)
        return self._value(self._shapes[name][choice.index], budget - 1)

    def _grow(self, chars: int) -> None:
        self._chars += chars
        if self._chars > self._max_chars:
            raise TooLongError(self._chars, self._max_chars, "characters")
