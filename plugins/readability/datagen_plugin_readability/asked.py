"""What a recipe asks of the reading level, read off its open sections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.suggestion import Suggestion

KEYS = ("audience", "readers", "reading_level", "readability", "grade", "grade_level")
GRADE_KEYS = frozenset(KEYS) - {"audience", "readers"}
LOWEST_GRADE, HIGHEST_GRADE = 1, 18
_RANGE = re.compile(
    r"(?:grades?\s*)?(\d{1,2})(?:th)?(?:\s*(?:-|–|to)\s*(\d{1,2})(?:th)?)?(?:\s*grade(?:rs?)?)?"
)
_WORDS: Mapping[str, re.Pattern[str]] = {
    audience: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for audience, words in {
        "child": "child|children|kids?|preschool(?:ers)?|elementary|primary[ -]school",
        "teen": "teens?|teenagers?|adolescents?|(?:middle|high|secondary)[ -]school(?:ers)?",
        "general": "general|public|lay(?:men|people|persons?)?|everyone|plain",
        "expert": "experts?|academics?|specialists?|scientists?|researchers?|postgraduates?",
    }.items()
}


def suggestion(inputs: Inputs) -> Suggestion | None:
    """The level that the constraints or the task name, for the formula of the recipe's one language."""
    metric = _metric(inputs)
    for place, key, value in _named(inputs):
        grades = _grades(value) if key in GRADE_KEYS else None
        if grades is not None and metric != "lix":
            return Suggestion(
                why=f"{place}.{key} is {_shown(value)}", options={"metric": metric, "grade": grades}
            )
        audience = _audience(value)
        if audience is not None:
            return Suggestion(
                why=f"{place}.{key} is {_shown(value)}", options={"metric": metric, "audience": audience}
            )
    return None


def _named(inputs: Inputs) -> Iterator[tuple[str, str, Any]]:
    for place, section in (("constraints", inputs.constraints), ("task_input", inputs.task_input)):
        yield from ((place, key, section[key]) for key in KEYS if key in section)


def _metric(inputs: Inputs) -> str:
    bases = {re.split(r"[-_]", code, maxsplit=1)[0].lower() for code in inputs.languages}
    return "flesch-kincaid" if bases == {"en"} else "wiener" if bases == {"de"} else "lix"


def _grades(value: Any) -> list[float] | None:
    """A band of grades: of one grade, that and its neighbours."""
    if isinstance(value, str):
        found = _RANGE.fullmatch(value.strip().lower())
        value = [int(n) for n in found.groups() if n] if found else None
    numbers = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(n, int | float) and LOWEST_GRADE <= n <= HIGHEST_GRADE for n in numbers):
        return None
    if len(numbers) == 1:
        return [float(numbers[0] - 1), float(numbers[0] + 1)]
    return [float(n) for n in numbers] if len(numbers) == 2 and numbers[0] <= numbers[1] else None


def _audience(value: Any) -> str | None:
    """The one audience that a text names; None where it names none or several."""
    found = [name for name, words in _WORDS.items() if isinstance(value, str) and words.search(value)]
    return found[0] if len(found) == 1 else None


def _shown(value: Any) -> str:
    return repr(value)[:60]
