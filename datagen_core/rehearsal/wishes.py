"""How long a prompt wants the answer to be, where it says so in the usual words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from datagen_core.rehearsal.topics import ends

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
COUNTS = {**{word: n for n, word in enumerate(NUMBERS, start=1)}, **dict.fromkeys(("a", "an", "single"), 1)}
UNIT = re.compile(r"\b(token|word|sentence|paragraph|character)s?\b", re.IGNORECASE)
_COUNT = rf"(?:\d{{1,5}}|{'|'.join(COUNTS)})"
BEFORE = re.compile(
    rf"(?:\b(?P<least>at least|no fewer than|no less than|minimum of|more than)\s+"
    rf"|\b(?P<most>at most|up to|no more than|under|below|fewer than|less than|maximum of|within|max\.?)\s+)?"
    rf"\b(?:a\s+)?(?P<low>{_COUNT})(?:\s*(?:-|–|to|or|and)\s*(?P<high>{_COUNT}))?"
    r"[\s-]+(?:(?:short|brief|single|complete|full|plain|concise|simple|English)\s+)?$",
    re.IGNORECASE,
)
BEFORE_CHARS = 48
READ_CHARS = 1_000
MAX_WORDS = 4_000
WORDS_PER_TOKEN = 0.65
CHARS_PER_WORD = 7.0
Range = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Numbers from … to of each that was asked for; None where nothing was said."""

    words: Range | None = None
    sentences: Range | None = None
    paragraphs: Range | None = None

    def __bool__(self) -> bool:
        return bool(self.words or self.sentences or self.paragraphs)


def wish(text: str) -> Wish:
    """What a text says of length: the first number of words (or tokens, or characters), sentences, paragraphs.

    Understood are `10-20 tokens`, `2 to 4 sentences`, `one short sentence`, `at most 50 words`, `a paragraph`.
    """
    found: dict[str, Range] = {}
    text = ends(text, READ_CHARS)
    for match in UNIT.finditer(text):
        before = BEFORE.search(text, max(0, match.start() - BEFORE_CHARS), match.start())
        wanted = before and _range(before, match[1].lower())
        if wanted:
            found.setdefault(*wanted)
    return Wish(**found)


def _range(before: re.Match[str], unit: str) -> tuple[str, Range] | None:
    low = _number(before["low"])
    high = _number(before["high"]) if before["high"] else low
    if unit in ("word", "token", "character") and high < 2 and before["low"].lower() in ("a", "an"):
        return None
    if before["most"]:
        low = max(1, high // 2)
    elif before["least"]:
        high = low + max(1, low // 2)
    if unit == "character":
        return None if high < 10 else ("words", _words(low / CHARS_PER_WORD, high / CHARS_PER_WORD))
    if unit == "token":
        return "words", _words(low, high * WORDS_PER_TOKEN)
    if unit == "word":
        return "words", _words(low, high)
    return f"{unit}s", (min(low, 50), min(max(low, high), 50))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else COUNTS[text.lower()]


def _words(low: float, high: float) -> Range:
    least = min(max(1, int(low)), MAX_WORDS)
    return least, min(max(least, int(high)), MAX_WORDS)
