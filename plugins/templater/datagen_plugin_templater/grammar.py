"""A grammar as plain frozen data."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from datagen_plugin_templater.template import Part, Reference, references

Condition: TypeAlias = tuple[tuple[str, frozenset[str]], ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to expand a non-terminal: a template's parts, or a prompt that a model fills.

    `when` lists bound non-terminals with the values under which the alternative applies; all must hold.
    """

    parts: tuple[Part, ...] = ()
    weight: float = 1.0
    when: Condition = ()
    prompt: str | None = None

    def applies(self, values: Mapping[str, str]) -> bool:
        """Whether the bound values satisfy every condition."""
        return all(values.get(name) in allowed for name, allowed in self.when)

    @property
    def references(self) -> list[Reference]:
        """The references of its template, in order."""
        return references(self.parts)


@dataclass(frozen=True)
class Grammar:
    """A parsed grammar; word lists are rules like any other. `where` names its place in errors.

    Whether it makes sense (nothing undefined, nothing endless) is `analysis.check`.
    """

    start: str
    rules: Mapping[str, tuple[Alternative, ...]]
    label: str | None = None
    bind: tuple[str, ...] = ()
    where: str = "grammar"

    def place(self, name: str, index: int | None = None) -> str:
        """Where a rule or one of its alternatives stands, for errors."""
        return f"{self.where}.rules.{name}" + ("" if index is None else f"[{index}]")

    @cached_property
    def digest(self) -> str:
        """sha256 of everything that decides what is drawn, contents of word lists included.

        The same for any order of keys; the order of alternatives counts, since derivations number them.
        """
        rules = {name: [_plain(a) for a in alternatives] for name, alternatives in self.rules.items()}
        whole = {"start": self.start, "label": self.label, "bind": sorted(self.bind), "rules": rules}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """The names and every defined non-terminal that their alternatives lead to, by reference or `when:`."""
        found: set[str] = set()
        waiting = [name for name in names if name in self.rules]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            for alternative in self.rules[name]:
                next_names = [r.name for r in alternative.references] + [key for key, _ in alternative.when]
                waiting += [n for n in next_names if n in self.rules and n not in found]
        return frozenset(found)

    @cached_property
    def reachable(self) -> frozenset[str]:
        """What the start and the label can lead to."""
        return self.closure([self.start] + ([self.label] if self.label else []))

    @cached_property
    def needs_model(self) -> bool:
        """Whether a reachable alternative is an `llm_fill`."""
        return self.holds_slots(self.reachable)

    def holds_slots(self, names: Iterable[str]) -> bool:
        """Whether an expansion of one of these names can hold a slot that a model fills."""
        return any(a.prompt is not None for name in self.closure(names) for a in self.rules[name])


def nearest(name: object, known: Iterable[str]) -> str | None:
    """A hint with the most similar known name, or None."""
    close = difflib.get_close_matches(str(name)[:100], sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else None


def _plain(alternative: Alternative) -> list[Any]:
    parts = [p if isinstance(p, str) else [p.name, p.low, p.high, p.optional] for p in alternative.parts]
    when = [[name, sorted(values)] for name, values in alternative.when]
    return [parts, alternative.weight, when, alternative.prompt]
