"""Words that mix alphabets by letters that look alike, such as a Latin word with a Cyrillic `а`."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]{2,}")
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")
_LOOK_ALIKE: Mapping[tuple[str, str], frozenset[str]] = {
    ("CYRILLIC", "LATIN"): frozenset("аеорсухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅ"),
    ("GREEK", "LATIN"): frozenset("οΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
    ("LATIN", "CYRILLIC"): frozenset("aeopcyxijsABEKMHOPCTYXIJS"),
    ("LATIN", "GREEK"): frozenset("oABEZHIKMNOPTYX"),
    ("GREEK", "CYRILLIC"): frozenset("οΑΒΕΗΙΚΜΟΡΤΥΧ"),
    ("CYRILLIC", "GREEK"): frozenset("оАВЕНІКМОРТУХ"),
}
"""(Alphabet, another) → the letters of the first that look like letters of the other; a selection of Unicode's
confusables (UTS 39). Letters that stand for themselves in formulas (`TNFα`, `ΔT`, `μM`) are none."""


def mixed_words(text: str) -> Iterator[str]:
    """The words whose fewer letters of one alphabet all look like letters of the other, in text order.

    Of a word with as many letters of both alphabets, all letters must look alike.

    Example:
        >>> list(mixed_words("Your pаypal account, TNFα and ΔT"))
        ['pаypal']
    """
    for match in _WORD.finditer(text):
        if not match[0].isascii() and _is_mixed(match[0]):
            yield match[0]


@lru_cache(maxsize=10_000)
def _is_mixed(word: str) -> bool:
    letters: dict[str, list[str]] = defaultdict(list)
    for letter in word:
        letters[unicodedata.name(letter, "").partition(" ")[0]].append(letter)
    found = sorted((a for a in _ALPHABETS if letters.get(a)), key=lambda a: len(letters[a]))
    if len(found) < 2:
        return False
    fewer, more = found[0], found[-1]
    is_alike = _LOOK_ALIKE[fewer, more].issuperset(letters[fewer])
    if len(letters[fewer]) < len(letters[more]):
        return is_alike
    return is_alike and _LOOK_ALIKE[more, fewer].issuperset(letters[more])
