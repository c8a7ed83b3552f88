r"""What a template string says: literal text, and references `<name>`, `<name?>`, `<name{1,3}>`; `\<` is a `<`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from datagen_core.errors import InputError

MAX_REPEATS = 1000
NAME = re.compile(r"\w[\w.-]*")
_TOKEN = re.compile(r"\\<|<([^<>]*)>|<")
_REFERENCE = re.compile(r"(\w[\w.-]*)(\?|\{\s*(\d{1,6})\s*,\s*(\d{1,6})\s*\})?")


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a non-terminal is expanded `low` to `high` times, each count equally likely.

    `optional` marks `<name?>`, which is drawn as {0,1} but means an absent value, not a list, in JSON.
    """

    name: str
    low: int = 1
    high: int = 1
    optional: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it always stands for exactly one expansion."""
        return self.low == 1 == self.high

    def __str__(self) -> str:
        """The reference without its brackets, as derivations record the count drawn for it."""
        if self.is_plain:
            return self.name
        return f"{self.name}?" if self.optional else f"{self.name}{{{self.low},{self.high}}}"


Part: TypeAlias = str | Reference


def parse_template(text: str, where: str) -> tuple[Part, ...]:
    r"""The parts of a template, neighbouring literals joined and empty ones left out.

    Args:
        text: The template.
        where: Its place, for errors.

    Raises:
        InputError: a `<` that begins no reference, a count out of range, or text that isn't valid Unicode.

    Example:
        >>> parse_template(r"play <artist?> \<3", "here")
        ('play ', Reference(name='artist', low=0, high=1, optional=True), ' <3')
    """
    check_characters(text, where)
    parts: list[Part] = []
    literal, end = "", 0
    for match in _TOKEN.finditer(text):
        literal += text[end : match.start()]
        end = match.end()
        if match.group() == r"\<":
            literal += "<"
            continue
        if literal:
            parts.append(literal)
        literal = ""
        parts.append(_reference(match.group(1), text, where))
    if literal + text[end:]:
        parts.append(literal + text[end:])
    return tuple(parts)


def references(parts: Sequence[Part]) -> list[Reference]:
    """The references among parts, in order."""
    return [part for part in parts if isinstance(part, Reference)]


def _reference(inner: str | None, text: str, where: str) -> Reference:
    match = None if inner is None else _REFERENCE.fullmatch(inner)
    if match is None:
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise InputError(
            f"a '<' that begins no reference, in {shown!r}",
            where=where,
            expected="<name>, <name?> or <name{1,3}>",
            hint=r"write \< for a plain '<'",
        )
    name, mark, low, high = match.groups()
    if mark is None:
        return Reference(name)
    if mark == "?":
        return Reference(name, 0, 1, optional=True)
    if not int(low) <= int(high) <= MAX_REPEATS or int(high) == 0:
        raise InputError(
            f"<{inner}> repeats {low} to {high} times",
            where=where,
            expected=f"{{m,n}} with 0 <= m <= n and 1 <= n <= {MAX_REPEATS}",
        )
    return Reference(name, int(low), int(high))


def check_characters(text: str, where: str) -> None:
    """Raises InputError for text that isn't valid Unicode, or holds U+0000."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"half of a surrogate pair at character {error.start}", where=where) from None
    if "\0" in text:
        raise InputError("the character U+0000", where=where, expected="text without it")
