"""Answers in the form in which they are compared: what is final in them, as words and, where it is one, as a number."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from datagen_core.number_forms import number, numbers
from datagen_core.words import words

Comparison = Literal["auto", "exact", "numbers", "similarity"]

MAX_COMPARED_CHARS = 2_000
"""What is compared of a long answer: its beginning. Its final answer is looked for in as much of its end."""
MAX_SHORT_CHARS = 200
MAX_SHORT_WORDS = 12
"""A longer answer is a text, which two writers put in different words; in scripts without spaces: characters."""

_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{[^{}]*\})*)\}")
_LATEX = (
    (re.compile(r"\\d?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1/\2"),
    (re.compile(r"\\[a-z]+\{([^{}]*)\}"), r"\1"),
)
_CUE = re.compile(
    r"####"
    r"|\b(?:final |correct |right )?answer(?: is\b\s*[:：]?|\s*[:：])"
    r"|答案(?:是|为|為|\s*[:：])|答え(?:は|\s*[:：])|정답(?:은|\s*:)"
    r"|\brespuesta(?: final)?(?: es\b|\s*:)|\bréponse(?: finale)?(?: est\b|\s*:)|\bresposta(?: final)?(?: é\b|\s*:)"
    r"|\bantwort(?: ist\b| lautet\b|\s*:)|\bответ(?:\s*[:—–-])|الجواب(?: هو|\s*:)|الإجابة(?: هي|\s*:)"
    r"|คำตอบ(?:คือ|\s*:)|उत्तर(?: है|\s*:)|উত্তর\s*:"
)
_DROPPED = re.compile(r"(?<!\d)[.'’*`]|[.'’*`](?!\d)")
_ARTICLE = re.compile(r"^(?:a|an|the)\s+(?=\w)")
_KEPT = frozenset("#%&@/")
"""Signs that make another answer: C#, 5 %, R&D, and/or."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it is compared.

    Attributes:
        text: Its words in normal form, one space between them: of what is final in it, or of its beginning.
        number: The number that it is; None where it is something else.
        is_short: Whether two right answers would be in the same words.
    """

    text: str
    number: Fraction | None
    is_short: bool

    @classmethod
    def of(cls, text: str, comparison: Comparison = "auto") -> Answer:
        """The answer in a text; with `numbers` the number is the last one of a text that names none as final."""
        last = final(text) if comparison != "similarity" else None
        if last is not None:
            return cls(normal(last), number(_plain(last)), True)
        found = _last_number(text) if comparison == "numbers" else None
        return cls(" ".join(words(text[:MAX_COMPARED_CHARS])), found, False)


def final(text: str) -> str | None:
    r"""What a text gives as its answer: in `\boxed{}`, after a cue such as `####` or `the answer is`, or all of it.

    None where it is long and has neither. Cues: English, German, French, Spanish, Portuguese, Russian, Arabic, Hindi,
    Bengali, Thai, Chinese, Japanese, Korean; in other languages an answer has to be short.

    Example:
        >>> final("3 + 4 = 7, so the answer is 7.\nDone.")
        '7.'
    """
    end = unicodedata.normalize("NFC", text[-MAX_COMPARED_CHARS:])
    if boxed := [found for found in _BOXED.findall(end) if found.strip()]:
        return str(boxed[-1])
    if cues := list(_CUE.finditer(end.casefold())):
        rest = end.casefold()[cues[-1].end() :].strip(" \t*:：").split("\n")[0]
        rest = rest if _is_short(rest) else re.split(r"[.。](?!\d)", rest)[0]
        if rest.strip() and _is_short(rest):
            return rest
    return text if _is_short(text) else None


def normal(text: str) -> str:
    """A short answer's words: NFKC and case, LaTeX, punctuation and an article at the beginning left out.

    Signs that make another answer stay (`C#`, `C++`). What is nothing but punctuation stays whole.

    Example:
        >>> normal("The U.S. Congress!")
        'us congress'
    """
    folded = unicodedata.normalize("NFKC", _plain(text)).casefold()
    bare = _DROPPED.sub("", _ARTICLE.sub("", folded))
    kept = "".join(" " if _separates(bare, at) else char for at, char in enumerate(bare))
    return " ".join(kept.split()) or "".join(folded.split())


def agreement(
    a: Answer, b: Answer, comparison: Comparison, tolerance: Fraction = Fraction(0)
) -> float | None:
    """How far two answers agree, from 0 to 1; None where that can't be told. Symmetric.

    Numbers and short answers agree or don't. With `auto` a short answer agrees also with one that goes on after its
    words (`Paris`, `Paris, in France`), and with a long one that holds it; where a long one doesn't, nothing can be
    told. Two long ones agree by token F1 (Rajpurkar et al. 2016, arXiv 1606.05250, section 6).
    """
    if a.number is not None and b.number is not None and comparison in ("auto", "numbers"):
        return float(abs(a.number - b.number) <= tolerance * max(abs(a.number), abs(b.number)))
    if comparison == "numbers":
        return None
    if comparison == "exact" or a.text == b.text:
        return float(a.text == b.text)
    if a.is_short and b.is_short:
        shorter, longer = sorted((a.text, b.text), key=len)
        return (
            float(f"{longer} ".startswith(f"{shorter} "))
            if comparison == "auto"
            else token_f1(a.text, b.text)
        )
    if a.is_short != b.is_short and comparison == "auto":
        short, text = (a.text, b.text) if a.is_short else (b.text, a.text)
        return 1.0 if f" {' '.join(words(short))} " in f" {text} " else None
    return token_f1(a.text, b.text)


def token_f1(a: str, b: str) -> float:
    """The F1 of the words of two texts, each as often as it is there."""
    left, right = Counter(words(a)), Counter(words(b))
    if not left or not right:
        return float(left == right)
    return 2 * (left & right).total() / (left.total() + right.total())


def _is_short(text: str) -> bool:
    return len(text) <= MAX_SHORT_CHARS and len(words(text)) <= MAX_SHORT_WORDS


def _last_number(text: str) -> Fraction | None:
    return next(reversed(list(numbers(text[-MAX_COMPARED_CHARS:]))), None)


def _plain(text: str) -> str:
    """Without the marks of LaTeX and Markdown."""
    for pattern, by in _LATEX:
        text = pattern.sub(by, text)
    return text.replace("\\", "").strip("*`_ \t\n\"'“”„«»()[]{}:：")


def _separates(text: str, at: int) -> bool:
    """Whether the character is punctuation, not of the kind that counts, nor within a number or a time."""
    if unicodedata.category(text[at])[0] != "P" or text[at] in _KEPT:
        return False
    return not (text[at - 1 : at].isdigit() and text[at + 1 : at + 2].isdigit() and text[at] in ".,:")
