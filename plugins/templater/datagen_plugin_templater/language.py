"""The finite sets of strings that small parts of a grammar can make, for enums, labels and number checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.template import Part, Reference

MAX_LEVELS = 100
MAX_TOTAL_CHARS = 1_000_000
"""Strings of a set longer than this together aren't listed: a large literal times a long list of words."""


def tidy(text: str) -> str:
    """Text as a sample shows it: runs of whitespace are one space, none at the ends."""
    return " ".join(text.split())


class Language:
    """Enumerates strings, whatever the bound values: conditions are taken as possible.

    Args:
        grammar: A checked grammar.
        limit: The most strings to list, before and after tidying.
    """

    def __init__(self, grammar: Grammar, limit: int) -> None:
        self._grammar = grammar
        self._limit = limit
        self._known: dict[str, list[str] | None] = {}
        self._open: set[str] = set()

    def of(self, parts: Sequence[Part]) -> list[str] | None:
        """The distinct tidied strings, in the grammar's order.

        None when there are more than the limit, when there is no end of them, or when a model makes some.
        """
        raw = self._sequence(parts)
        return None if raw is None else list(dict.fromkeys(map(tidy, raw)))

    def _sequence(self, parts: Sequence[Part]) -> list[str] | None:
        strings = [""]
        for part in parts:
            options = [part] if isinstance(part, str) else self._repeats(part)
            longer = None if options is None else self._product(strings, options)
            if longer is None:
                return None
            strings = longer
        return strings

    def _repeats(self, reference: Reference) -> list[str] | None:
        once = self._name(reference.name)
        if once is None:
            return None
        options: list[str] = []
        repeated: list[str] | None = [""]
        for count in range(reference.high + 1):
            if count:
                repeated = self._product(repeated, once if count == 1 else [" " + text for text in once])
            if repeated is None or len(options) > self._limit:
                return None
            if count >= reference.low:
                options += repeated
        return options

    def _product(self, left: Iterable[str] | None, right: Sequence[str]) -> list[str] | None:
        found: dict[str, None] = {}
        chars = 0
        for start in left or ():
            for end in right:
                found[start + end] = None
                chars += len(start) + len(end)
                if len(found) > self._limit or chars > MAX_TOTAL_CHARS:
                    return None
        return list(found)

    def _name(self, name: str) -> list[str] | None:
        if name in self._known:
            return self._known[name]
        if name in self._open or len(self._open) >= MAX_LEVELS:
            return None
        self._open.add(name)
        self._known[name] = self._alternatives(name)
        self._open.discard(name)
        return self._known[name]

    def _alternatives(self, name: str) -> list[str] | None:
        found: dict[str, None] = {}
        for alternative in self._grammar.rules[name]:
            strings = None if alternative.prompt is not None else self._sequence(alternative.parts)
            if strings is None:
                return None
            found.update(dict.fromkeys(strings))
            if len(found) > self._limit:
                return None
        return list(found)
