"""Texts that a prompt quotes and wants rewritten, with most of their words replaced.

text: "Pay the 12 euros to Ann Lee"
Names and the like that must stay: ["Ann Lee"]

Paraphrase it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from datagen_core.json_examples import Place, TextFor
from datagen_core.protected_spans import Protection, Word, render
from datagen_core.rehearsal.vocabulary import ADJECTIVES, ADVERBS, NOUNS, PASTS

ASKED = re.compile(r"^(?:Paraphrase|Rewrite|Rephrase|Reword|Restate)\b", re.MULTILINE | re.IGNORECASE)
QUOTED = re.compile(r'^[-* ]{0,4}([^\W\d][^":\n]{0,39}): ("(?:[^"\\\n]|\\.)*")[ \t]*$', re.MULTILINE)
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
REPLACED_SHARE = 0.75
OTHERS = (*NOUNS, *ADJECTIVES, *ADVERBS, *PASTS)


def rewriting(prompt: str, texts: TextFor) -> TextFor:
    """Texts for the places of an answer: those that a prompt with a line `Paraphrase …` or `Rewrite …` quotes under
    the place's name are reworded; all others come from `texts`.
    """
    quoted = _quoted(prompt)
    if not ASKED.search(prompt) or not quoted:
        return texts
    others = [_read(string) for string in STRING.findall(prompt)]

    def text_for(place: Place, rng: random.Random, /) -> str:
        source = quoted.get(place.name)
        if source is None:
            return texts(place, rng)
        return reworded(source, [one for one in others if one != source and one.strip() in source], rng)

    return text_for


def reworded(text: str, kept: Sequence[str], rng: random.Random) -> str:
    """The text with other words in most places. Numbers, code, URLs, placeholders and `kept` stay where they are.

    A word with letters beyond ASCII is turned round: so it stays in its script.
    """
    words = Protection([re.escape(one) for one in kept if one.strip()]).words(text)
    return render(
        [word if word.fixed or rng.random() > REPLACED_SHARE else _other(word, rng) for word in words]
    )


def _other(word: Word, rng: random.Random) -> Word:
    if not word.text.isascii():
        return replace(word, text=word.text[::-1])
    other = rng.choice(OTHERS)
    return replace(word, text=other.capitalize() if word.text[:1].isupper() else other)


def _quoted(prompt: str) -> Mapping[str, str]:
    """Name → the first text that is quoted under it."""
    return {match[1]: _read(match[2]) for match in reversed(list(QUOTED.finditer(prompt)))}


def _read(string: str) -> str:
    try:
        return str(json.loads(string))
    except ValueError:
        return ""
