"""Tokens as a rehearsal counts and shows them."""

from __future__ import annotations

import math
import random
import re

from datagen_core.model import TokenLogprob
from datagen_core.rehearsal.vocabulary import ADJECTIVES, NOUNS

BYTES_PER_TOKEN = 4
"""English text has about four bytes per token with the tokenizers in use."""
PIECE = re.compile(r"\s?\w{1,6}|\s?[^\w\s]|\s")
ALTERNATIVES = (*NOUNS, *ADJECTIVES)


def count(text: str) -> int:
    """Tokens of a text: a quarter of its bytes, at least 1."""
    return max(1, -(-len(encoded(text)) // BYTES_PER_TOKEN))


def cut(text: str, most: int) -> tuple[str, bool]:
    """The text within so many tokens, and whether it had to be cut."""
    whole = encoded(text)
    if len(whole) <= most * BYTES_PER_TOKEN:
        return text, False
    return whole[: most * BYTES_PER_TOKEN].decode("utf-8", "ignore"), True


def encoded(text: str) -> bytes:
    """The text's bytes, whatever it holds."""
    return text.encode("utf-8", "surrogatepass")


def logprobs(text: str, rng: random.Random, *, top: int) -> tuple[TokenLogprob, ...]:
    """Pieces that join to the text, each with a log-probability and `top` alternatives, itself the first.

    The probabilities of one place sum to less than 1.
    """
    return tuple(_token(piece, rng, top) for piece in PIECE.findall(text))


def _token(piece: str, rng: random.Random, top: int) -> TokenLogprob:
    share = 0.4 + 0.59 * rng.betavariate(4, 1)
    found = {piece: math.log(share)}
    others = map(str, range(10)) if piece.strip().isdigit() else iter(())
    space = " " if piece.startswith(" ") else ""
    start, left = rng.randrange(len(ALTERNATIVES)), 1 - share
    at = 0
    while len(found) < top:
        word = next(others, "") or ALTERNATIVES[(start + (at := at + 1)) % len(ALTERNATIVES)]
        if space + word not in found:
            left /= 2
            found[space + word] = math.log(left)
    return TokenLogprob(token=piece, logprob=found[piece], top=found)
