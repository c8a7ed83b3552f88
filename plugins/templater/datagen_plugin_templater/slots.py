"""Slots: the places in a drawn sample that a model writes, and what may stand there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.refusal import Refusal
from datagen_plugin_templater.language import tidy

_MARK = re.compile("\0([0-9]+)\0")
_FENCED = re.compile(r"```(?:[\w-]*[ \t]*\r?\n)?(.*)```", re.DOTALL)
_NAME = re.compile(r"\bslot_([0-9]{1,6})\b", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "„": "“", "«": "»"}


def mark(number: int) -> str:
    """What stands for a slot in a drawn sample; nothing a grammar holds, since that has no U+0000."""
    return f"\0{number}\0"


def slot_name(number: int) -> str:
    """What the model knows a slot by; the first is `slot_1`."""
    return f"slot_{number}"


def fill(value: Any, texts: Sequence[str]) -> Any:
    """A JSON value with the marks in its strings replaced, the first slot's by the first text."""
    if isinstance(value, str):
        return _MARK.sub(lambda found: texts[int(found[1]) - 1], value)
    if isinstance(value, Mapping):
        return {key: fill(child, texts) for key, child in value.items()}
    if isinstance(value, list):
        return [fill(child, texts) for child in value]
    return value


def bare(text: str) -> str:
    """A passage on one line, without the code fence and one pair of quotation marks around the whole of it."""
    fenced = _FENCED.fullmatch(text.strip())
    line = tidy(fenced[1] if fenced else text)
    return line[1:-1].strip() if _is_quoted(line) else line


def fault(text: str, slots: int) -> Refusal | None:
    """What is wrong with a bare passage of a sample with so many slots; None if nothing is."""
    odd = next((c for c in text if c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"), None)
    if odd is not None:
        return Refusal("slot_not_text", "no control characters, no half of a surrogate pair", ascii(odd))
    if not any(character.isprintable() and character != " " for character in text):
        return Refusal("slot_empty", "at least one character that shows", 0, 1)
    leaked = next((found[0] for found in _NAME.finditer(text) if 1 <= int(found[1]) <= slots), None)
    if leaked is not None:
        return Refusal("slot_leaks_marker", "no name of a slot", leaked)
    if "```" in text:
        return Refusal("slot_fenced", "no code fence", "```")
    if _is_quoted(text):
        return Refusal("slot_quoted", "at most one pair of quotation marks around it", text[0] + text[-1])
    return None


def _is_quoted(line: str) -> bool:
    """Whether one pair of quotation marks encloses the whole; in `"a" and "b"` none does."""
    if len(line) < 2 or line[-1] != _QUOTES.get(line[0]):
        return False
    inner = _APOSTROPHE.sub("", line[1:-1].strip())
    return _is_quoted(inner) or not {line[0], line[-1]} & set(inner)
