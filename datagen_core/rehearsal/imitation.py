"""Going on with a prompt that breaks off in a form: a numbered list, a transcript, an answered question, a block."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from datagen_core.rehearsal.sentences import Sentences

OPEN_ITEM = re.compile(r"(?:\A|\n)(\d{1,3})\.[^\n]*\n(\d{1,3})\.\Z")
SPEAKER = re.compile(r"^\[([^\W\d_][^\[\]\n]{0,20})\]", re.MULTILINE)
NAMED = re.compile(r"[A-Z][A-Za-z ]{0,30}\d*:")
ITEMS = (3, 7)
ITEM_WORDS = (6, 18)
EXCHANGES = (3, 5)
SHORT_WORDS = 3
"""What has no more words is repeated as it is: labels, `Example 1`, `Yes`."""

Continuation = Callable[[Sentences, random.Random], str]


def continuation(prompt: str) -> Continuation | None:
    """What goes on with a prompt in the form that it ends in; None where it ends in none."""
    prompt = prompt.rstrip()
    if (last := OPEN_ITEM.search(prompt)) and int(last[2]) == int(last[1]) + 1:
        return _list(int(last[2]))
    *above, end = prompt.split("\n")
    if SPEAKER.fullmatch(end):
        speakers = SPEAKER.findall(prompt)
        if speakers.count(speakers[-1]) > 1 < len(set(speakers)):
            return _transcript(speakers)
    if end.endswith(("?", ":")) and (answers := _answers(above, end)):
        return lambda sentences, rng: rng.choice(answers)
    *blocks, open_block = prompt.split("\n\n")
    named = NAMED.match(open_block)
    if named and "\n" not in open_block:
        like = [block for block in blocks if block.startswith(named[0]) and "\n" in block]
        if like:
            return lambda sentences, rng: _block(rng.choice(like), sentences)
    return None


def _list(first: int) -> Continuation:
    def text(sentences: Sentences, rng: random.Random) -> str:
        numbers = range(first, first + rng.randint(*ITEMS))
        return "\n".join(f"{number}. {sentences.sentence(ITEM_WORDS)}" for number in numbers)

    return text


def _transcript(speakers: list[str]) -> Continuation:
    """Those that spoke take turns again, from the open mark of the last one on; who came first asks."""
    order = list(dict.fromkeys(reversed(speakers)))
    order = [order[0], *reversed(order[1:])]

    def text(sentences: Sentences, rng: random.Random) -> str:
        turns = order * rng.randint(*EXCHANGES)
        said = [
            sentences.question() if speaker == speakers[0] else sentences.sentence(ITEM_WORDS)
            for speaker in turns
        ]
        return "\n".join([said[0], *(f"[{turns[at]}] {said[at]}" for at in range(1, len(turns)))])

    return text


def _answers(lines: list[str], question: str) -> list[str]:
    """The short answers that a question has further up, each once."""
    found = [line[len(question) :].strip() for line in lines if line.startswith(question + " ")]
    return sorted({answer for answer in found if len(answer.split()) <= SHORT_WORDS})


def _block(like: str, sentences: Sentences) -> str:
    """The lines of a block after its first, with other sentences in place of its own."""
    out = []
    for line in like.split("\n")[1:]:
        named = NAMED.match(line)
        name, rest = (named[0], line[named.end() :]) if named else ("", line)
        out.append(
            line if len(rest.split()) <= SHORT_WORDS else f"{name} {sentences.sentence(ITEM_WORDS)}".strip()
        )
    return "\n".join(out)
