"""Sentences that a prompt shows between marks, for places of an answer that are to be quotes of them.

The passage:
=== 0123456789ab ===
High tide follows low tide. It takes six hours.
=== 0123456789ab ===
"""

from __future__ import annotations

import random
import re

from datagen_core.json_examples import Place, TextFor
from datagen_core.sentences import sentences

SHOWN = re.compile(r"^(?P<mark>=== [0-9a-f]{12} ===)\n(?P<text>.*?)\n(?P=mark)$", re.DOTALL | re.MULTILINE)
"""What stands between two marks, as `datagen_core.llm.row_judge.mark_around` makes them."""
WANTED = re.compile(r"(?:^|_)(?:quotes?|evidence)(?:_|$)")
READ_CHARS = 200_000


def quoting(prompt: str, texts: TextFor, *, most_chars: int | None = None) -> TextFor:
    """Texts for the places of an answer: those named for quotes or evidence are sentences that the prompt shows between
    marks, questions left out; all others come from `texts`.
    """
    shown = [found["text"] for found in SHOWN.finditer(prompt[:READ_CHARS])]
    found = [text[start:end] for text in shown if not _asks(text) for start, end in sentences(text)]
    if not found:
        return texts

    def text_for(place: Place, rng: random.Random, /) -> str:
        if not WANTED.search(place.name.lower()):
            return texts(place, rng)
        sentence = rng.choice(found)
        room = min((n for n in (place.max_chars, most_chars) if n is not None), default=len(sentence))
        return _shortened(sentence, room)

    return text_for


def _asks(text: str) -> bool:
    return text.rstrip().endswith(("?", "？", "؟"))


def _shortened(sentence: str, room: int) -> str:
    """As much of a sentence as there is room for: to the end of a word where it has any."""
    if len(sentence) <= room:
        return sentence
    return sentence[: max(0, sentence.rfind(" ", 0, room + 1))] or sentence[:room]
