"""Spans of a text that must survive an edit, and the text cut into words so that those spans stay whole."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_PLACEHOLDERS = (
    r"\$?\{\{?[^{}\n]*\}?\}",  # {name} {{name}} ${name}
    r"</?[^\W\d][\w.-]*/?>",  # <name>
    r"%\(\w+\)[a-z]|%[a-z]\b",  # %(name)s %s
    r"\[[A-Z][A-Z0-9_ -]*\]",  # [NAME]
    r"\$[A-Za-z_]\w*",  # $name
)
_BUILT_IN = (
    ("code", r"```.+?```|``(?:[^`]|`(?!`))+``|`[^`\n]+`"),
    ("url", r"https?://\S+|www\.\S+"),
    ("placeholder", "|".join(_PLACEHOLDERS)),
    ("number", r"(?:(?<!\w)[+-])?\d+(?:[.,:/-]\d+)*%?"),
)
_NON_SPACE = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Span:
    """A protected stretch `text[start:end]`; `kind` is `number`, `code`, `url`, `placeholder` or `protected`."""

    start: int
    end: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what surrounds it.

    Attributes:
        text: The word without the punctuation around it; it lies at `[start:end]` of its text.
        before: The space before it; `lead` and `tail`: the punctuation that touches it.
        fixed: It holds a protected span (which may be several words long): no edit may change it.
    """

    text: str
    start: int
    end: int
    fixed: bool = False
    before: str = " "
    lead: str = ""
    tail: str = ""


class Protection:
    """What to keep: numbers, code in backticks, URLs, placeholders, and the matches of the user's patterns."""

    def __init__(self, patterns: Sequence[str] = ()) -> None:
        own = [("protected", pattern) for pattern in patterns]
        self._patterns = [(kind, re.compile(regex, re.DOTALL)) for kind, regex in (*own, *_BUILT_IN)]

    def spans(self, text: str) -> tuple[Span, ...]:
        """The protected spans in text order; overlapping ones are joined and keep the kind of the first."""
        found = [
            Span(match.start(), match.end(), kind, match.group())
            for kind, pattern in self._patterns
            for match in pattern.finditer(text)
            if match.end() > match.start()
        ]
        found.sort(key=lambda span: (span.start, -span.end))
        joined: list[Span] = []
        for span in found:
            if not joined or span.start >= joined[-1].end:
                joined.append(span)
            elif span.end > joined[-1].end:
                first = joined[-1]
                joined[-1] = Span(first.start, span.end, first.kind, text[first.start : span.end])
        return tuple(joined)

    def words(self, text: str) -> tuple[Word, ...]:
        """The words of a text, in order; a protected span with the letters it touches is one fixed word."""
        pieces = [(start, end, False) for start, end in _cores(text)]
        pieces += [(span.start, span.end, True) for span in self.spans(text)]
        pieces.sort()
        merged: list[tuple[int, int, bool]] = []
        for start, end, fixed in pieces:
            if merged and start <= merged[-1][1]:
                first = merged.pop()
                merged.append((first[0], max(first[1], end), first[2] or fixed))
            else:
                merged.append((start, end, fixed))
        return tuple(_surrounded(text, merged))

    def lost(self, expected: Iterable[Span], text: str) -> Span | None:
        """The first of the expected spans that a text doesn't hold, or not as often as expected; else None."""
        there = Counter(span.text for span in self.spans(text))
        for span in expected:
            there[span.text] -= 1
            if there[span.text] < 0:
                return span
        return None


def render(words: Sequence[Word]) -> str:
    """The text of these words; of all the words of a text, that text without outer spaces."""
    return "".join(f"{word.before}{word.lead}{word.text}{word.tail}" for word in words).strip()


def normalised(text: str) -> str:
    """Lower case, single spaces, no punctuation around words: equal for texts that differ in nothing else."""
    return " ".join(text[start:end].casefold() for start, end in _cores(text))


def change_score(text: str, source: str) -> float:
    """1 − shared words / words of the longer text, as bags: 0 for a mere reordering, 1 for nothing shared."""
    new, old = Counter(normalised(text).split()), Counter(normalised(source).split())
    longer = max(new.total(), old.total())
    return 0.0 if longer == 0 else round(1 - (new & old).total() / longer, 4)


def _surrounded(text: str, places: Sequence[tuple[int, int, bool]]) -> Iterator[Word]:
    ends = [0, *(end for _, end, _ in places)]
    gaps = [text[before:start] for before, (start, _, _) in zip(ends, places, strict=False)]
    parts = [("", "", gap.lstrip()) if i == 0 else _split_gap(gap) for i, gap in enumerate(gaps)]
    parts.append((text[ends[-1] :].rstrip(), "", ""))
    for i, (start, end, fixed) in enumerate(places):
        _, before, lead = parts[i]
        yield Word(text[start:end], start, end, fixed, before, lead, parts[i + 1][0])


def _split_gap(gap: str) -> tuple[str, str, str]:
    """Tail of the word before, space, lead of the word after."""
    spaces = [i for i, character in enumerate(gap) if character.isspace()]
    if not spaces:
        return gap, "", ""
    return gap[: spaces[0]], gap[spaces[0] : spaces[-1] + 1], gap[spaces[-1] + 1 :]


def _cores(text: str) -> Iterator[tuple[int, int]]:
    for match in _NON_SPACE.finditer(text):
        start, end = match.span()
        while start < end and _is_edge(text[start]):
            start += 1
        while end > start and _is_edge(text[end - 1]):
            end -= 1
        if end > start:
            yield start, end


def _is_edge(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
