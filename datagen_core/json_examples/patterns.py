"""Strings that a regular expression matches, drawn along its parse tree; ASCII alone."""

from __future__ import annotations

import importlib
import random
import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datagen_core.json_examples.merging import NoInstance

_parser: Any = importlib.import_module("re._parser")  # no public way leads to the parse tree

USUAL_REPEATS = 4
WORD = string.ascii_letters + string.digits + "_"
VISIBLE = string.ascii_letters + string.digits + string.punctuation + " "
CATEGORIES: Mapping[str, str] = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_WORD": WORD,
    "CATEGORY_SPACE": " ",
    "CATEGORY_NOT_DIGIT": string.ascii_letters,
    "CATEGORY_NOT_WORD": " -.,",
    "CATEGORY_NOT_SPACE": string.ascii_letters + string.digits,
}
OTHER_DIALECTS = (
    (re.compile(r"\(\?<(?=[A-Za-z_])"), "(?P<"),
    (re.compile(r"\\k<(\w+)>"), r"(?P=\1)"),
    (re.compile(r"\\p\{Lu\}"), "[A-Z]"),
    (re.compile(r"\\p\{Ll\}"), "[a-z]"),
    (re.compile(r"\\p\{L\w*\}"), "[A-Za-z]"),
    (re.compile(r"\\p\{N\w*\}"), "[0-9]"),
)
"""What JavaScript writes and Python doesn't read, outside of brackets."""


def matching(pattern: str, rng: random.Random, *, repeats: int = USUAL_REPEATS) -> str:
    """A string in which the expression is found.

    Lookaheads, lookbehinds and word boundaries aren't planned for: what is drawn satisfies them or is refused.

    Args:
        repeats: How many more than the fewest of an open repetition at most.

    Raises:
        NoInstance: The expression can't be read here, or the draw doesn't match it.
    """
    for found, written in OTHER_DIALECTS:
        pattern = found.sub(written, pattern)
    try:
        tree, compiled = _parser.parse(pattern), re.compile(pattern, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise NoInstance(f"the pattern {pattern} can't be read: {error}") from error
    text = _Sampler(rng, repeats).sequence(tree)
    if compiled.search(text) is None:
        raise NoInstance(f"no match drawn for {pattern}")
    return text


class _Sampler:
    """Draws one string; remembers groups for back references."""

    def __init__(self, rng: random.Random, repeats: int) -> None:
        self._rng, self._repeats = rng, repeats
        self._groups: dict[int, str] = {}
        repeat = self._repeat
        self._by_name: Mapping[str, Callable[[Any], str]] = {
            "LITERAL": chr,
            "NOT_LITERAL": lambda code: self._one(VISIBLE.replace(chr(code), "")),
            "ANY": lambda _: self._one(WORD),
            "IN": self._in,
            "BRANCH": lambda value: self.sequence(self._rng.choice(value[1])),
            "SUBPATTERN": self._group,
            "ATOMIC_GROUP": self.sequence,
            "GROUPREF": lambda group: self._groups.get(group, ""),
            "GROUPREF_EXISTS": self._if_group,
            **dict.fromkeys(("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"), repeat),
            **dict.fromkeys(("AT", "ASSERT", "ASSERT_NOT"), lambda _: ""),
        }

    def sequence(self, items: Any) -> str:
        """The parts one after the other."""
        return "".join(self._part(str(name), value) for name, value in items)

    def _part(self, name: str, value: Any) -> str:
        if name not in self._by_name:
            raise NoInstance(f"{name} in a pattern")
        return self._by_name[name](value)

    def _one(self, chars: str) -> str:
        if not chars:
            raise NoInstance("a class without ASCII characters")
        return self._rng.choice(chars)

    def _in(self, items: Sequence[tuple[Any, Any]]) -> str:
        is_negated = str(items[0][0]) == "NEGATE"
        chars = "".join(_chars(str(name), value) for name, value in items[is_negated:])
        if not is_negated:
            return self._one(chars)
        left = "".join(char for char in VISIBLE if char not in chars)
        plain = "".join(char for char in left if char.isalnum())
        return self._one(plain or left)

    def _repeat(self, value: tuple[int, Any, Any]) -> str:
        fewest, most, item = value
        times = self._rng.randint(fewest, min(int(most), fewest + self._repeats))
        return "".join(self.sequence(item) for _ in range(times))

    def _group(self, value: tuple[Any, ...]) -> str:
        text = self.sequence(value[-1])
        if value[0] is not None:
            self._groups[value[0]] = text
        return text

    def _if_group(self, value: tuple[int, Any, Any]) -> str:
        group, then, other = value
        return self.sequence(then if group in self._groups else other or [])


def _chars(name: str, value: Any) -> str:
    if name == "LITERAL":
        return chr(value)
    if name == "RANGE":
        return "".join(map(chr, range(value[0], min(value[1], 0x7E) + 1)))
    return CATEGORIES.get(str(value), "")
