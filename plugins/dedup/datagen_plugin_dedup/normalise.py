"""What two texts may differ in and still be the same text."""

from __future__ import annotations

import unicodedata

from datagen_plugin_dedup.config import DedupConfig


def normalise(text: str, config: DedupConfig) -> str:
    """The text in its compared form.

    Example:
        >>> normalise("  Play\\tJAZZ ", DedupConfig())
        'play jazz'
    """
    if config.nfkc:
        text = unicodedata.normalize("NFKC", text)
    if config.casefold:
        text = text.casefold()
        if config.nfkc:  # casefold can take a letter and its accent apart again
            text = unicodedata.normalize("NFKC", text)
    if config.strip_punctuation:
        text = text.translate(_PUNCTUATION_TO_SPACE)
    return " ".join(text.split()) if config.collapse_whitespace else text


class _PunctuationToSpace(dict[int, str]):
    """Character table for `str.translate`, filled as characters are met: Unicode categories P* become a space."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = " " if unicodedata.category(char).startswith("P") else char
        return self[code]


_PUNCTUATION_TO_SPACE = _PunctuationToSpace()
