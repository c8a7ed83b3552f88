"""A score out of a text: alone on the first line or on the last one."""

from __future__ import annotations

import re

from datagen_core.llm.spoken import spoken, unwrapped
from datagen_core.model import Choice
from datagen_plugin_judge.grade import Grade, cut, graded, unread
from datagen_plugin_judge.scale import Scale

MAX_SHOWN_CHARS = 80
MAX_LINE_CHARS = 200
MAX_DIGITS = 40
_NUMBER = rf"[+-]?\d{{1,{MAX_DIGITS}}}(?:[.٫]\d{{1,{MAX_DIGITS}}})?"
"""Digits of any script; no exponent, no comma: `4,5` may be two scores."""
_NAMED = r"(?:(?:the |my |final |overall )*(?:score|rating)[\s*_]*[:：])"
ALONE = re.compile(rf"[\s*_#>\"'`]*{_NAMED}?[\s*_\"'`]*({_NUMBER})[\s*_.。\"'`]*", re.IGNORECASE)
"""A line that holds one number, in bold or under the word score perhaps, and nothing else."""
AFTER_SCORE = re.compile(rf"(?<![\"'“„«‘`])\bscore[\s*_]*[:：][\s*_]*({_NUMBER})", re.IGNORECASE)
"""The whole number behind `score:`; AlpaGasus's own code takes one character, mostly the space."""
_GOES_ON = re.compile(
    r"(?![^\W_])[\s*_\"'`”’»)\]]*(?:$|[.…。,，;；:：!！?？]|(?:[(\[–—-]\s*)?(?!(?:out|of|over)\b)[^\W\d_])",
    re.IGNORECASE,
)
"""What may stand behind a score: the end of the line, a mark of punctuation, or a word."""
_SENTENCE = re.compile(r"(?:(?![.!?;](?:\s|$))[^。！？；])*")
_NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|hundred)\b|[二三四五六七八九十百]", re.IGNORECASE
)


def read_score(choice: Choice, scale: Scale, *, is_last: bool) -> Grade:
    """The grade in a text.

    With `is_last` it must stand alone at the very end (Humpback: a pattern that isn't anchored finds 8, 72 or 762 in
    the reasons). Else alone on the first line or, failing that, behind "score:", each time the same and not in quotes
    (AlpaGasus). An answer that was cut off counts where the score stands whole on the first of several lines.
    """
    if choice.finish_reason == "content_filter":
        return unread("the provider filtered the answer")
    text = unwrapped(spoken(choice.text))
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return unread("the answer was empty")
    is_cut = choice.finish_reason == "length"
    if is_cut and (is_last or len(lines) < 2):
        return unread("the answer was cut off before its score")
    line = lines[-1] if is_last else lines[0]
    found = ALONE.fullmatch(line) if len(line) <= MAX_LINE_CHARS else None
    if found:
        rest = lines[:-1] if is_last else lines[1:]
        return graded(_value(found[1]), "\n".join(rest).strip(), scale)
    return _unlike(line, is_last) if is_last else _behind_score(text, line, scale)


def _behind_score(text: str, line: str, scale: Scale) -> Grade:
    found = list(AFTER_SCORE.finditer(text))
    values = {_value(score[1]) for score in found}
    ends = [*(score.start() for score in found[1:]), len(text)]
    behind = (text[score.end() : end] for score, end in zip(found, ends, strict=False))
    if len(values) != 1 or not all(map(_is_whole, behind)):
        return _unlike(line, is_last=False)
    return graded(values.pop(), text.strip(), scale)


def _is_whole(behind: str) -> bool:
    """Whether what stands behind a score makes no other number of it: `4/5`, `4 − 5` and `4 points of 10` aren't 4.

    On its line there is no digit or fraction but of another score, in its sentence no number in words.
    """
    line = next(iter(behind.splitlines()), "")
    has_number = any(one.isnumeric() and not one.isalpha() for one in line)
    sentence = _SENTENCE.match(line)
    has_word = sentence is not None and _NUMBER_WORD.search(sentence[0]) is not None
    return not has_number and not has_word and _GOES_ON.match(line) is not None


def _unlike(line: str, is_last: bool) -> Grade:
    place = "last" if is_last else "first"
    return unread(f"no score alone on the {place} line: {cut(line.strip(), MAX_SHOWN_CHARS)}")


def _value(number: str) -> float:
    return float(number.replace("٫", "."))
