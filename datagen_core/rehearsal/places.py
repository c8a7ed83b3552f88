"""Texts for the strings of a JSON answer, by the names and descriptions of their properties."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from datagen_core.json_examples import Place
from datagen_core.rehearsal.sentences import Sentences
from datagen_core.rehearsal.translation import translated
from datagen_core.rehearsal.wishes import Wish, wish

NAME_LIKE = frozenset(
    (
        *(
            "name",
            "title",
            "heading",
            "headline",
            "topic",
            "subject",
            "theme",
            "category",
            "keyword",
            "keywords",
        ),
        *("tag", "tags", "concept", "skill", "term", "entity", "key", "label", "city", "location", "product"),
    )
)
QUESTION_LIKE = frozenset(("question", "questions", "query", "queries", "prompt"))
FIXED = {
    "language": "en",
    "lang": "en",
    "locale": "en",
    "country": "Ireland",
    "currency": "EUR",
    "unit": "metre",
}
IDENTIFIERS = frozenset(("id", "identifier", "uid", "code", "sku"))
PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
FIELD_SENTENCES = (1, 2)
SHORTEST_SENTENCE_CHARS = 24


class Places:
    """Fills places with texts about the prompt's topics: a `datagen_core.json_examples.TextFor`.

    Args:
        most_chars: The most characters of one text, where the answer as a whole has little room.
        language: Of the texts; another than English is pseudo-localised English.
    """

    def __init__(self, topics: Sequence[str], *, most_chars: int | None = None, language: str = "en") -> None:
        self._topics, self._most_chars, self._language = topics, most_chars, language

    def __call__(self, place: Place, rng: random.Random, /) -> str:
        """A text for a place, within its lengths."""
        sentences = Sentences(self._topics, rng)
        room = min((n for n in (place.max_chars, self._most_chars) if n is not None), default=None)
        if room is not None:
            room = max(room, place.min_chars)
        parts = {part.lower() for part in PART.findall(f"{place.name} {place.title}")}
        text = self._written(sentences, place, parts, rng, room)
        while len(text) < place.min_chars:
            left = None if place.max_chars is None else max(1, (place.max_chars - len(text)) // 7)
            text += " " + (sentences.sentence() if left is None else sentences.sentence((1, min(left, 16))))
        text = text if room is None or len(text) <= room else _shortened(text, room, place.min_chars)
        is_code = self._language == "en" or parts & (FIXED.keys() | IDENTIFIERS)
        return text if is_code else translated(text, self._language)

    def _written(
        self, sentences: Sentences, place: Place, parts: set[str], rng: random.Random, room: int | None
    ) -> str:
        fixed = [FIXED[part] for part in sorted(parts) if part in FIXED]
        if fixed:
            return fixed[0]
        if parts & IDENTIFIERS:
            return f"{rng.choice('ABCDEFGH')}{rng.randrange(10_000, 99_999)}"
        if parts & QUESTION_LIKE:
            return sentences.question(most_chars=room)
        wanted = wish(place.description)
        is_small = room is not None and room < SHORTEST_SENTENCE_CHARS
        if (parts & NAME_LIKE and not wanted) or is_small:
            return sentences.name(most_chars=room)
        return sentences.text(wanted or Wish(sentences=FIELD_SENTENCES), most_chars=room)


def _shortened(text: str, room: int, least: int) -> str:
    """Cut after the last whole word that fits, or within it where too little would be left."""
    at = text.rfind(" ", 0, room)
    short = text[: max(at, 0)].rstrip(" ,")
    return f"{short}." if len(short) >= max(least - 1, 1) else text[:room]
