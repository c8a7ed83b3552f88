"""Instructions in a completion, and the rules that refuse them (source: bootstrap_instructions.py)."""

from __future__ import annotations

import re
import string

from datagen_core.refusal import Refusal
from datagen_core.words import words

MIN_WORDS, MAX_WORDS = 4, 150
BLOCKED = re.compile(r"\b(?:images?|graphs?|pictures?|files?|maps?|draw|plot|go to)\b", re.IGNORECASE)
"""What a language model can't see or do."""

PROGRAM = re.compile(r"write a program\b", re.IGNORECASE)
_NUMBER = re.compile(r"\n\s*(\d+)\s?\.\s")


def numbered(text: str, first: int, end: int) -> list[str]:
    """The items of a list that the text goes on with at number `first`, up to number `end`; "" for empty ones.

    What a chat model says before its first number isn't an item where that number is `first`.
    """
    before, *rest = _NUMBER.split("\n" + text.lstrip("\n") + "\n")
    numbers, items = [int(number) for number in rest[::2]], rest[1::2]
    if end in numbers:
        items = items[: numbers.index(end)]
    if not rest or (before.strip() and numbers[0] != first):
        items = [before, *items]
    return [_clean(item) for item in items or [""]]


def refusal(instruction: str, *, ascii_start: bool = True) -> Refusal | None:
    """The first rule that an instruction breaks, if any; how new it is isn't asked here."""
    if not instruction:
        return Refusal("empty", "an instruction says something")
    n = len(instruction.split()) if instruction.isascii() else len(words(instruction))
    if n < MIN_WORDS:
        return Refusal("too_short", "more than 3 words", n, MIN_WORDS)
    if n > MAX_WORDS:
        return Refusal("too_long", "at most 150 words", n, MAX_WORDS)
    if found := BLOCKED.search(instruction):
        return Refusal("blocked_word", "nothing that a language model can't see or do", found[0].lower())
    if PROGRAM.match(instruction):
        return Refusal("write_a_program", "doesn't start with 'Write a program'")
    if instruction[0] in string.punctuation:
        return Refusal("punctuation_start", "doesn't start with punctuation", instruction[0])
    if ascii_start and not instruction[0].isascii():
        return Refusal("non_ascii_start", "starts with an ASCII character", instruction[0])
    return None


def _clean(item: str) -> str:
    """White space collapsed, the first letter a capital."""
    text = " ".join(item.split())
    return text[:1].upper() + text[1:]
