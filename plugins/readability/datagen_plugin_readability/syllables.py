"""How many syllables a word has, by rules on its letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

MAX_LETTERS = 60
"""Letters of a word that are counted; a longer run is no word."""

_EXCEPTIONS: Mapping[str, int] = {
    **dict.fromkeys(("eye", "eyes", "eyed", "can't", "don't", "won't"), 1),
    **dict.fromkeys(("people", "business", "every", "evening", "someone", "maybe", "cafe", "hundred"), 2),
    **dict.fromkeys(("something", "sometimes", "therefore", "somewhere"), 2),
    **dict.fromkeys(("area", "areas", "idea", "ideas", "ideal", "recipe", "recipes", "everyone"), 3),
}
_SILENT_E = re.compile(
    r"(?<=[^aeiouyl])e(?=(?:ly|ful|fully|less|ments?|ness)$)"  # safely, useful; not implement
    r"|(?<=[^aeiouyl])e$|(?<=[aeiouyl]l)e$"  # name, whole, belle; not table
    r"|(?<=[^aeioucgsxzyhl])e(?=s$)|(?<=[aeiouyl]l)e(?=s$)|(?<=[tp]h)e(?=s$)"  # times, rules; not pages, tables
    r"|(?<=[^aeiouytdl])e(?=d$)|(?<=[aeiouyl]l)e(?=d$)|(?<=[aeo]y)e(?=d$)"  # walked, played; not wanted, settled
)
_BREAK = re.compile(
    "|".join(
        (
            r"(?<=[aeiou])y(?=[aeiou])",  # be-yond
            r"(?<=[^cstgx]i)(?=[aou])",  # di-ary, peri-od; not special, nation
            r"(?<=[^gq]u)(?=[ao])",  # actu-al
            r"(?<=[^gq]u)(?=e[nlt])",  # influ-ence
            r"(?<=e)(?=o(?:[dgmrs]|$))",  # vide-o
            r"(?<=cre)(?=at)|(?<=the)(?=at)|(?<=o)(?=e[mt])|(?<=u)(?=ity|is[mt])|(?<=cha)(?=o)",
            r"(?<=sci)(?=en)|(?<=[rdl]i)(?=en[ct])|(?<=gu)(?=ous)",  # sci-ence, experi-ence
            r"(?<=\b[dq]i)(?=et)|(?<=[cr]i)(?=et[yi])",  # qui-et, soci-ety
            r"(?<=[^aeiouy]i)(?=er$|est$)",  # easi-er
            r"(?<=[aeouy])(?=ing)",  # go-ing
        )
    )
)
_DIAERESIS = re.compile(r"(?<=[aeiou])(?=[aeiou]\u0308)")  # na-ïve
_GROUP = re.compile(r"[aeiouy]+|(?<=[st])hms?$|(?<=[aeiouy]s)ms?$|(?<=[dsv])n't$")
_GERMAN = re.compile(r"aa|ee|oo|ie|ei|ai|ey|ay|au|äu|eu|oi|ou|[aeiouyäöüáàéèíóú]")


@lru_cache(maxsize=50_000)
def english(word: str) -> int:
    """Syllables of an English word, at least 1; of parts joined by hyphens the sum."""
    plain = unicodedata.normalize("NFD", word[:MAX_LETTERS].casefold()).replace("’", "'")
    plain = "".join(c for c in _DIAERESIS.sub("-", plain) if c.isascii())
    return sum(max(1, _english(part)) for part in plain.split("-") if part) or 1


def _english(part: str) -> int:
    if part in _EXCEPTIONS:
        return _EXCEPTIONS[part]
    part = part.removesuffix("'s").replace("qu", "q")
    return len(_GROUP.findall(_BREAK.sub("-", _SILENT_E.sub("", part))))


@lru_cache(maxsize=50_000)
def german(word: str) -> int:
    """Syllables of a German word, at least 1: its vowels, diphthongs and double vowels counted once."""
    plain = unicodedata.normalize("NFC", word[:MAX_LETTERS].casefold()).replace("qu", "q")
    return len(_GERMAN.findall(plain)) or 1


def none(word: str) -> int:
    """1, for the formulas that count no syllables."""
    return 1
