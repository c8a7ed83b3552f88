"""What two texts may differ in and still be the same text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form in which texts are compared.

    Attributes:
        nfkc: Compatibility forms (full-width, ligatures) are equal: Unicode NFKC.
        casefold: Upper and lower case are equal.
        collapse_whitespace: Any run of white space is one space.
        strip_punctuation: Punctuation is white space.
    """

    nfkc: bool = True
    casefold: bool = True
    collapse_whitespace: bool = True
    strip_punctuation: bool = False


USUAL_FORM = Form()


def normalise(text: str, form: Form = USUAL_FORM) -> str:
    """The text in its compared form.

    Example:
        >>> normalise("  Play\\tJAZZ ")
        'play jazz'
    """
    if form.nfkc:
        text = unicodedata.normalize("NFKC", text)
    if form.casefold:
        text = text.casefold()
        if form.nfkc:  # casefold can take a letter and its accent apart again
            text = unicodedata.normalize("NFKC", text)
    if form.strip_punctuation:
        text = text.translate(_PUNCTUATION_TO_SPACE)
    return " ".join(text.split()) if form.collapse_whitespace else text


class _PunctuationToSpace(dict[int, str]):
    """Character table for `str.translate`, filled as characters are met: Unicode categories P* become a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = " " if unicodedata.category(char).startswith("P") else char
        return self[code]


_PUNCTUATION_TO_SPACE = _PunctuationToSpace()
