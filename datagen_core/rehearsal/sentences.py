"""Plausible English sentences about given topics, of a wanted length."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from datagen_core.rehearsal.vocabulary import (
    ADDED,
    FRAMES,
    LISTS,
    NAMES,
    OPENERS,
    PHRASES,
    PLAINEST,
    QUESTIONS,
    SHORT_FRAMES,
    TAILS,
    TOPIC,
)
from datagen_core.rehearsal.wishes import CHARS_PER_WORD, MAX_WORDS, Range, Wish

SLOT = re.compile(r"\{(\w)\}")
BEFORE_VOWEL = re.compile(r"\b([Aa])(?= [aeiouAEIO])")
USUAL_WORDS = (8, 22)
USUAL_SENTENCES = (2, 4)
PARAGRAPH_SENTENCES = (3, 5)
WORDS_PER_SENTENCE = 15
PHRASE_WORDS, SHORT_WORDS = 3, 8
MAX_DRAWS = 12
OPENED_SHARE, TAILED_SHARE = 0.25, 0.35


class Sentences:
    """Writes about topics. Each call draws from the generator of random numbers.

    Args:
        topics: What to write about, the likeliest first; at least one.
    """

    def __init__(self, topics: Sequence[str], rng: random.Random) -> None:
        self._topics, self._rng = topics, rng

    def text(self, wish: Wish, *, most_chars: int | None = None) -> str:
        """Sentences as a prompt wishes; two to four where it says nothing.

        Args:
            most_chars: Room: fewer and shorter sentences where there is little, but at least one of a word or two.
        """
        found = self._text(wish, most_chars)
        for _ in range(MAX_DRAWS):
            if most_chars is None or len(found) <= most_chars:
                break
            found = self._text(wish, most_chars)
        return found

    def sentence(self, words: Range = USUAL_WORDS) -> str:
        """One sentence of so many words."""
        return _finished(self._clause(words), ".")

    def question(self, *, most_chars: int | None = None) -> str:
        """One question."""
        found = _finished(self._filled(self._rng.choice(QUESTIONS)), "?")
        if most_chars is not None and len(found) > most_chars:
            return _finished(self._filled("why {s}"), "?")
        return found

    def name(self, *, most_chars: int | None = None) -> str:
        """Two to four words, as a title or a name."""
        found = min((self._filled(self._rng.choice(NAMES)) for _ in range(2)), key=len)
        if most_chars is not None and len(found) > most_chars:
            found = self._filled("{a} {n}")
        return found[:1].upper() + found[1:]

    # -- parts ----------------------------------------------------------------------------------------------

    def _text(self, wish: Wish, most_chars: int | None) -> str:
        room = MAX_WORDS if most_chars is None else max(1, int(most_chars / CHARS_PER_WORD))
        lengths = self._paragraph_lengths(wish, most=max(1, room // USUAL_WORDS[0]))
        words = wish.words or (sum(lengths) * USUAL_WORDS[0], sum(lengths) * USUAL_WORDS[1])
        words = (min(words[0], room), min(words[1], room))
        paragraphs: list[str] = []
        for place, sentences in enumerate(lengths):
            share = sum(lengths[place:])
            own = (round(words[0] * sentences / share), round(words[1] * sentences / share))
            paragraph = self._paragraph(sentences, own, most_chars)
            if paragraphs and most_chars is not None and _chars(paragraphs) + len(paragraph) > most_chars:
                break
            paragraphs.append(paragraph)
            used = paragraph.count(" ") + 1
            words = (max(1, words[0] - used), max(1, words[1] - used))
        return "\n\n".join(paragraphs)

    def _paragraph_lengths(self, wish: Wish, *, most: int) -> list[int]:
        """Sentences of each paragraph, at most so many in all."""
        paragraphs = min(self._rng.randint(*wish.paragraphs), most) if wish.paragraphs else 1
        if wish.sentences:
            total = self._rng.randint(*wish.sentences)
        elif wish.words:
            total = round(sum(wish.words) / 2 / WORDS_PER_SENTENCE)
        else:
            usual = PARAGRAPH_SENTENCES if wish.paragraphs else USUAL_SENTENCES
            total = sum(self._rng.randint(*usual) for _ in range(paragraphs))
        total = max(paragraphs, min(total, most))
        return [total // paragraphs + (place < total % paragraphs) for place in range(paragraphs)]

    def _paragraph(self, sentences: int, words: Range, most_chars: int | None) -> str:
        found: list[str] = []
        used = 0
        for place in range(sentences):
            left = sentences - place
            least = max(1, -(-(words[0] - used) // left))
            sentence = self.sentence((least, max(least, (words[1] - used) // left)))
            if found and most_chars is not None and _chars(found) + len(sentence) > most_chars:
                break
            found.append(sentence)
            used += sentence.count(" ") + 1
        return " ".join(found)

    def _clause(self, words: Range) -> str:
        """The first draw of fitting length, else plain words of exactly such a length."""
        for _ in range(MAX_DRAWS):
            found = self._draw(words)
            if words[0] <= found.count(" ") + 1 <= words[1]:
                return found
        return self._plain(self._rng.randint(*words))

    def _plain(self, words: int) -> str:
        """A clause of so many words, about a topic where one is short enough."""
        found = self._filled(PLAINEST[min(words, len(PLAINEST)) - 1])
        about = self._filled("{t} {v} {s}")
        if about.count(" ") < words:
            found = about
        while missing := words - found.count(" ") - 1:
            found += f" {self._filled(ADDED[min(missing, len(ADDED)) - 1])}"
        return found

    def _draw(self, words: Range) -> str:
        rng = self._rng
        if words[1] <= PHRASE_WORDS:
            return self._filled(rng.choice(PHRASES))
        if words[1] <= SHORT_WORDS:
            return self._filled(rng.choice(SHORT_FRAMES + PHRASES * (words[1] < SHORT_WORDS - 1)))
        found = self._filled(rng.choice(FRAMES))
        if rng.random() < OPENED_SHARE and not found.startswith(LISTS["w"] + LISTS["h"]):
            found = f"{self._filled(rng.choice(OPENERS))} {found}"
        if rng.random() < TAILED_SHARE:
            found += f" {self._filled(rng.choice(TAILS))}"
        while found.count(" ") + 1 < words[0]:
            found += f", {self._filled(rng.choice(TAILS))}"
        return found

    def _filled(self, frame: str) -> str:
        return BEFORE_VOWEL.sub(r"\1n", SLOT.sub(self._fill, frame))

    def _fill(self, slot: re.Match[str]) -> str:
        rng = self._rng
        if slot[1] != TOPIC:
            return rng.choice(LISTS[slot[1]])
        return self._topics[int(rng.random() ** 1.5 * len(self._topics))]


def _finished(clause: str, mark: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}{mark}"


def _chars(parts: Sequence[str]) -> int:
    return sum(map(len, parts)) + 2 * len(parts)
