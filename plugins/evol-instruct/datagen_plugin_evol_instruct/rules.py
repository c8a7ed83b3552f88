"""What is eliminated without asking a model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datagen_core.protected_spans import normalised
from datagen_core.refusal import Refusal
from datagen_core.words import words

REFUSAL_WORDS_BELOW = 80
LEAK = re.compile(r"(?:given|rewritten|created)[\s_#*-]*(prompt|response)", re.IGNORECASE)
"""With and without the marks `#…#`, in any case."""

_STOP_WORDS = """
a about above after again against all also am an and any are as at be because been before being below between both but
by can could d did do does doing don down during each few for from further had has have having he her here hers herself
him himself his how i if in into is it its itself just ll m me more most my myself nor now of off on once only or other
our ours ourselves out over own re s same shall she should so some such t than that the their theirs them themselves
then there these they this those through to too under until up ve very was we were what when where which while who
whom why will with would you your yours yourself yourselves
""".split()  # noqa: SIM905 (one word a string would be one word a line)

STOP_WORDS = frozenset(_STOP_WORDS)
"""English. `no` and `not` aren't in it: they can be an answer."""


def word_count(text: str) -> int:
    """What stands between spaces; in scripts without spaces each character counts.

    Example:
        >>> word_count("I'm sorry, but no."), word_count("明天下雨。"), word_count("")
        (4, 4, 0)
    """
    return sum(_words_in(token) for token in text.split())


def _words_in(token: str) -> int:
    return 1 if token.isascii() else max(1, len(words("".join(filter(str.isalnum, token)))))


def prompt_leak(text: str, *, of: Sequence[str] = ("prompt",)) -> Refusal | None:
    """The words by which our prompts call what they show: "given prompt", "#Rewritten Prompt#" … `of` is lower case."""
    found = next((match for match in LEAK.finditer(text) if match[1].lower() in of), None)
    rule = "the text doesn't name the prompt that it was made by"
    return Refusal("prompt_leak", rule, found[0]) if found else None


def evolved_empty(text: str) -> Refusal | None:
    """Nothing, or signs alone."""
    return None if words(text) else Refusal("evolved_empty", "the evolved text has words", 0, 1)


def response_refusal(response: str, refusal_words: Sequence[str]) -> Refusal | None:
    """One of the words (source: "sorry"), in any case, in a response of under 80 words; exactly 80 will do."""
    folded, n = response.casefold(), word_count(response)
    found = next((word for word in refusal_words if word.casefold() in folded), None)
    if found is None or n >= REFUSAL_WORDS_BELOW:
        return None
    rule = f"a response of under {REFUSAL_WORDS_BELOW} words doesn't contain {found!r}"
    return Refusal("response_refusal", rule, n, REFUSAL_WORDS_BELOW)


def response_empty(response: str) -> Refusal | None:
    """Punctuation and English stop words alone; in other languages punctuation alone."""
    if set(words(response)) - STOP_WORDS:
        return None
    return Refusal("response_empty", "a response is more than punctuation and stop words", response[:200])


def no_change(text: str, parent: str) -> Refusal | None:
    """Equal but for case, space and punctuation."""
    if normalised(text) != normalised(parent):
        return None
    return Refusal("no_change", "it differs from its parent in more than case, space and punctuation")
