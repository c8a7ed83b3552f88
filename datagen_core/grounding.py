"""What a text says that its sources don't: numbers, names, identifiers and quotations that occur in none of them.

A check of occurrence, not of truth: "rose from 5 to 7" holds against a source in which it fell from 7 to 5. What is
computed (a difference, a rounded figure) occurs nowhere and is unsupported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from datagen_core.quantities import HeldQuantities, Quantity, quantities
from datagen_core.segmentation import segmented
from datagen_core.sentences import sentences
from datagen_core.words import words

KINDS = ("numbers", "names", "identifiers", "quotes")

_CAMEL = re.compile(r"\b[a-z]++[A-Z]\w*|\b(?:[A-Z][a-z0-9]++){2,}+\b")
"""Names of products too: the case of these isn't compared."""
_IDENTIFIERS = re.compile(
    r"(?=[^\w\s]|\b)(?:(?P<code>(?<!`)``(?!`)(?:[^`]|`(?!`))+``|(?<!`)`[^`\n]+`(?!`))"
    r"|(?P<url>(?:https?://|www\.)[^\s<>\"'`，。、）」]+)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)+)"
    r"|(?P<path>(?<![\w/.~:-])(?:~|\.{1,2})?/(?:[\w.+-]++/)*+[\w.+-]*\w|\b[A-Za-z]:\\[\w\\.-]+"
    r"|(?<![\w/.-])[\w.-]++(?:/[\w.-]*\w)++\.[A-Za-z]\w*)"
    r"|(?P<flag>(?<![\w-])--[A-Za-z][\w-]*\w|(?<![\w-])-[A-Za-z](?![\w-]))"
    r"|(?P<version>\b[vV]\d+(?:\.\d+)*+\b)"
    r"|(?P<dollar>\$[A-Za-z_]\w*)"
    r"|(?P<call>(?<![\w.])[A-Za-z_][\w.]*+\(\))"
    r"|(?P<dotted>\b[a-z_]\w++(?:\.[A-Za-z_]\w++)++)"
    r"|(?P<snake>\b_*+[A-Za-z][A-Za-z0-9]*+(?:_++[A-Za-z0-9]++)++_*+)"
    rf"|(?P<camel>{_CAMEL.pattern}))"
)
_QUOTES = re.compile(
    r"“([^“”\n]+)”|„([^“”„\n]+)[“”]|«([^«»\n]+)»|「([^「」\n]+)」|『([^『』\n]+)』|\"([^\"\n]+)\""
)
_ELLIPSIS = re.compile(r"…|\.{3}|\[[^\[\]]*\]")
_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_OWN = re.compile(r"['’]s?\Z")
_BEFORE_A_SENTENCE = re.compile(r"(?:\A|[.!?:;…。！？؟\n|])[\s\"'“”‘’„«(\[*#>_-]*\Z")
_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_LETTERS = re.compile(r"\w+")
_LOOK_BACK = 8
_AFTER_A_URL = ".,;:!?)]}>*"
_LEAST_LETTERS, _STEM = 4, 5


@dataclass(frozen=True, slots=True)
class Unsupported:
    """What is nowhere in the sources: of which kind (see KINDS), and `text[start:end]`."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What must be in the sources; `quantity` where it is a number."""

    kind: str
    text: str
    start: int
    end: int
    quantity: Quantity | None = None


def unsupported(
    text: str, *sources: str, kinds: Collection[str] = KINDS, units: bool = True
) -> list[Unsupported]:
    """What a text has of these kinds that none of the sources holds, in order; each of its occurrences.

    - `numbers`, with their units, dates and times: see `datagen_core.quantities`.
    - `names`: capitalised words that don't begin a sentence. Only in scripts with capitals; German has too many.
    - `identifiers`: code in backticks, URLs, addresses, paths, flags, versions, dotted, snake_case and camelCase names.
    - `quotes`: quotations of two words or more, word for word.

    Example:
        >>> [u.text for u in unsupported("Ito paid 12 euros for `nut`.", "Ito paid 10 euros, a nut.")]
        ['12 euros']
    """
    held = Grounds(*sources, units=units)
    return [
        Unsupported(claim.kind, claim.text, claim.start, claim.end)
        for claim in claims(text, kinds)
        if not held.hold(claim)
    ]


def claims(text: str, kinds: Collection[str] = KINDS) -> list[Claim]:
    """All that a text would have to hold of its sources, in order; what lies within another claim isn't listed.

    Raises:
        ValueError: a kind that there isn't.
    """
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"no kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    finders = {"identifiers": _identifiers, "quotes": _quotes, "numbers": _numbers, "names": _names}
    taken = bytearray(len(text))
    found: list[Claim] = []
    for kind, find in finders.items():
        for claim in find(text) if kind in kinds else ():
            inside = (
                taken[claim.start : claim.start + 1] if kind == "names" else taken[claim.start : claim.end]
            )
            if not any(inside):
                found.append(claim)
                taken[claim.start : claim.end] = b"\1" * (claim.end - claim.start)
    return sorted(found, key=lambda claim: claim.start)


class Grounds:
    """Source texts, made ready to look claims up in; `units`: whether the units of numbers must be there too."""

    def __init__(self, *texts: str, units: bool = True) -> None:
        self._text = " ".join(unicodedata.normalize("NFC", "\n".join(texts)).split())
        self._folded = self._text.casefold()
        self._quantities = HeldQuantities("\n".join(texts), units=units)
        self._words = frozenset(
            part for word in _WORD.findall(self._folded) for part in (_own(word), *word.split("-"))
        )
        self._said = f" {' '.join(words(self._text))} "
        self._terms = _terms(self._text)
        self._known: dict[tuple[str, str], bool] = {}

    def hold(self, claim: Claim) -> bool:
        """Whether a claim is in them."""
        if claim.quantity is not None:
            return self._quantities.hold(claim.quantity)
        key = claim.kind, claim.text
        if key not in self._known:
            looks = {"names": self._has_name, "identifiers": self._has_identifier, "quotes": self._has_quote}
            self._known[key] = looks[claim.kind](claim.text)
        return self._known[key]

    def overlap(self, text: str) -> float | None:
        """The share, in [0, 1], of the content words of a text that are in the sources; None where it has none.

        Content words have four letters or more and are compared by their first five, so that endings don't count;
        of scripts without spaces pairs of letters are compared.
        """
        wanted = _terms(text)
        return len(wanted & self._terms) / len(wanted) if wanted else None

    def _has_name(self, name: str) -> bool:
        return all(
            (word := _own(one.casefold())) in self._words
            or all(part in self._words for part in word.split("-"))
            for one in _WORD.findall(name)
        )

    def _has_identifier(self, text: str) -> bool:
        plain = " ".join(unicodedata.normalize("NFC", text).strip("`").split()).removesuffix("()")
        return _occurs(plain, self._text) or (
            bool(_CAMEL.fullmatch(plain)) and _occurs(plain.casefold(), self._folded)
        )

    def _has_quote(self, text: str) -> bool:
        pieces = [words(piece) for piece in _ELLIPSIS.split(text)]
        return all(f" {' '.join(piece)} " in self._said for piece in pieces if piece)


def sentence_overlaps(text: str, grounds: Grounds) -> Iterator[tuple[int, int, float]]:
    """Start, end and `overlap` of each sentence of a text that has content words."""
    for start, end in sentences(text):
        share = grounds.overlap(text[start:end])
        if share is not None:
            yield start, end, share


# -- finding claims -------------------------------------------------------------------------------------------


def _identifiers(text: str) -> Iterator[Claim]:
    for match in _IDENTIFIERS.finditer(text):
        said = match[0].rstrip(_AFTER_A_URL) if match.lastgroup == "url" else match[0]
        yield Claim("identifiers", said, match.start(), match.start() + len(said))


def _quotes(text: str) -> Iterator[Claim]:
    for match in _QUOTES.finditer(_without_fences(text)):
        at = match.lastindex or 0
        if len(words(match[at])) > 1:
            yield Claim("quotes", match[at], match.start(at), match.end(at))


def _numbers(text: str) -> Iterator[Claim]:
    for found in quantities(text):
        if not found.is_one:
            yield Claim("numbers", text[found.start : found.end], found.start, found.end, found)


def _names(text: str) -> Iterator[Claim]:
    """Runs of capitalised words, with one space between; the first word of a sentence only where it is an acronym."""
    prose, start, end = _without_fences(text), 0, 0
    for match in _WORD.finditer(prose):
        if not _is_name(prose, match):
            continue
        if end and prose[end : match.start()] == " ":
            end = match.end()
            continue
        if end:
            yield Claim("names", text[start:end], start, end)
        start, end = match.span()
    if end:
        yield Claim("names", text[start:end], start, end)


def _is_name(text: str, match: re.Match[str]) -> bool:
    word = match[0]
    if not word[0].isupper() or len(word) == 1 or re.split("['’]", word)[0] == "I":
        return False
    if sum(map(str.isupper, word)) > 1:
        return True
    return not _BEFORE_A_SENTENCE.search(text[max(0, match.start() - _LOOK_BACK) : match.start()])


def _without_fences(text: str) -> str:
    """The text with spaces for its fenced blocks of code."""
    return _FENCE.sub(lambda block: " " * len(block[0]), text) if "```" in text else text


# -- looking them up ------------------------------------------------------------------------------------------


def _own(word: str) -> str:
    """A word without the ending of a possessive."""
    return _OWN.sub("", word)


def _occurs(wanted: str, text: str) -> bool:
    """Whether it is in a text and no letter, digit or underscore goes on with it on either side."""
    at = text.find(wanted)
    while at >= 0 and wanted:
        end = at + len(wanted)
        before, after = text[at - 1 : at] if at else "", text[end : end + 1]
        if not (_goes_on(before) and _goes_on(wanted[0])) and not (_goes_on(after) and _goes_on(wanted[-1])):
            return True
        at = text.find(wanted, at + 1)
    return not wanted


def _goes_on(char: str) -> bool:
    """Letters of ASCII, for a script without spaces may touch an identifier."""
    return char.isascii() and (char.isalnum() or char == "_")


def _terms(text: str) -> frozenset[str]:
    plain = segmented(unicodedata.normalize("NFKC", text).casefold())
    return frozenset(word[:_STEM] for word in _LETTERS.findall(plain) if _is_content(word))


def _is_content(word: str) -> bool:
    """Whether it says something: four letters or more, a number, a pair of letters of a script without case."""
    return (
        len(word) >= _LEAST_LETTERS or word.isdecimal() or (len(word) == 2 and word.upper() == word.lower())
    )
