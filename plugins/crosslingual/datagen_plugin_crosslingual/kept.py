"""What a translation must leave as it is: code, URLs, placeholders, tags and the user's patterns; and its numbers."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from datagen_core.protected_spans import Protection

_TAG = re.compile(r"<(/?[^\W\d][\w:.-]*)[^<>\n]*>")
_URL = re.compile(r"(?:https?://|www\.)[!-~]+")
_AFTER_URL = ".,;:!?)]}'\"*"
_SEPARATORS = str.maketrans({"٫": ".", "٬": ",", "−": "-", "٪": "%"})
_GROUPED = re.compile(r"(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+(?!\d)")
Things = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing of a kind (`number`, `code`, `url`, `placeholder`, `tag`, `protected`) that isn't there as often."""

    kind: str
    text: str
    expected: int
    found: int


class Kept:
    """Compares a text with its translation.

    Args:
        patterns: Regular expressions of what must be kept too.
    """

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        self._protection = Protection(patterns)

    def difference(self, source: str, text: str) -> Difference | None:
        """The first thing whose count differs; None where there is none.

        Of numbers only the loss counts: translators write with digits what the source has in words.
        """
        expected, found = self.things(source), self.things(text)
        for kind, thing in dict.fromkeys([*expected, *found]):
            if expected[kind, thing] != found[kind, thing]:
                return Difference(kind, thing, expected[kind, thing], found[kind, thing])
        return self._lost_number(source, text)

    def things(self, text: str) -> Things:
        """All but numbers, counted by kind and text. Tags by their names, URLs without the punctuation after them."""
        out: Things = Counter(("tag", f"<{found[1]}>") for found in _TAG.finditer(text))
        out += Counter(("url", found.rstrip(_AFTER_URL)) for found in _urls(text))
        spans = self._protection.spans(_without_tags_and_urls(text))
        return out + Counter((span.kind, span.text) for span in spans if span.kind != "number")

    def numbers(self, text: str) -> Counter[str]:
        """Values in ASCII digits; a point before decimals and nothing between groups of three."""
        text = unicodedata.normalize("NFKC", _without_tags_and_urls(text)).translate(_SEPARATORS)
        spans = self._protection.spans(text)
        return Counter(value for span in spans if span.kind == "number" for value in _values(span.text))

    def _lost_number(self, source: str, text: str) -> Difference | None:
        found = self.numbers(text) | self.numbers(_joined(text))
        readings = [self.numbers(source), self.numbers(_joined(source))]
        lost = [reading - found for reading in readings]
        if not all(lost):
            return None
        number = next(iter(lost[0]))
        return Difference("number", number, readings[0][number], found[number])


def _urls(text: str) -> list[str]:
    """Of the text, and of its tags' attributes up to the quotation mark."""
    inside = [re.split(r"[\"'>]", url)[0] for tag in _TAG.finditer(text) for url in _URL.findall(tag[0])]
    return [*_URL.findall(_TAG.sub(" ", text)), *inside]


def _without_tags_and_urls(text: str) -> str:
    return _URL.sub(" ", _TAG.sub(" ", text))


def _joined(text: str) -> str:
    """`10 000` as one number."""
    return _GROUPED.sub(lambda found: "".join(found[0].split()), text)


def _values(number: str) -> list[str]:
    """`1,000.5` → 1000.5; dates, times and fractions are several numbers."""
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in number.strip("+-%"))
    return [value for piece in re.split(r"[/:-]", digits) for value in _decimal(piece)]


def _decimal(number: str) -> list[str]:
    groups = re.split(r"[.,]", number)
    first, *rest = groups
    if rest and len(first) <= 3 and all(len(group) == 3 for group in rest):
        return ["".join(groups)]
    if len(rest) == 1 or (rest and len(first) <= 3 and all(len(group) == 3 for group in rest[:-1])):
        return [f"{''.join(groups[:-1])}.{rest[-1]}"]
    return [group.lstrip("0") or "0" for group in groups]
