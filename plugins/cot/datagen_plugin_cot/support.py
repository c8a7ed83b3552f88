"""Whether a text leads to an answer, or is the same answer, as far as words and numbers tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from datagen_core.answers import Answer, normal
from datagen_core.grounding import Grounds
from datagen_core.number_forms import numbers
from datagen_core.quantities import HeldQuantities, quantities
from datagen_plugin_cot.arithmetic import equations
from datagen_plugin_cot.chain import Case

LEAST_WORDS = 0.5
"""Share of an answer's content words that its last step says."""
_LETTER = re.compile(r"\(?([A-Z])[).:\]](?!\w)|\b([B-HJ-Z])\b|\b(?:option|choice|answer)\W{1,3}([A-Z])\b")
_CHOICE = re.compile(r"[a-z]")


def supported(last: str, case: Case) -> tuple[bool | None, str]:
    """Whether a last step says the answer, and by what that is told; None where a model has to tell.

    A number must be what the step comes to, a choice or a class must be named, and of other answers half of the content
    words and each number must be there.
    """
    answer = Answer.of(case.answer)
    if case.classes:
        return (True if f" {normal(case.answer)} " in f" {normal(last)} " else None), "class"
    if answer.number is not None:
        return _comes_to(last, answer.number), "number"
    if _is_choice(case.answer):
        named = [letter.casefold() for letter in _letters(last)]
        return (True if named and named[-1] == normal(case.answer) else None), "choice"
    held = HeldQuantities(last, units=False)
    says_numbers = all(held.hold(found) for found in quantities(case.answer) if not found.is_one)
    share = Grounds(last).overlap(case.answer)
    return (True if says_numbers and share is not None and share >= LEAST_WORDS else None), "words"


def same_answer(said: str, case: Case) -> bool | None:
    """Whether what somebody answers is the answer; None where a model has to tell.

    Numbers, choices and classes are the same or not. Other answers are where their words are.
    """
    own, other = Answer.of(case.answer), Answer.of(said)
    if case.classes:
        return normal(said) == normal(case.answer)
    if own.number is not None and other.number is not None:
        return own.number == other.number
    if own.text and own.text == other.text:
        return True
    return False if _is_choice(case.answer) and _is_choice(said) else None


def _comes_to(step: str, number: Fraction) -> bool | None:
    """Whether a number is what a step ends in, or what its last equation comes to."""
    found = list(numbers(step))
    results = [one.result for one in equations(step)]
    if number in (*found[-1:], *results[-1:]):
        return True
    return None if number in found or not found else False


def _is_choice(text: str) -> bool:
    return bool(_CHOICE.fullmatch(normal(text)))


def _letters(text: str) -> Iterator[str]:
    """Letters of options that a text names: `(B)`, `B)`, `option B`; alone not A and I, which are words."""
    for found in _LETTER.finditer(text):
        yield next(filter(None, found.groups()))
