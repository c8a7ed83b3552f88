"""A score on a line of its own, where a prompt ends by asking for one."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from datagen_core.json_examples.numbers import number

ASKED = re.compile(
    r"on the (?P<place>first|last) line the score alone, a (?P<whole>whole )?number "
    r"from (?P<low>-?\d+(?:\.\d+)?) to (?P<high>-?\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
READ_CHARS = 300
"""Of a prompt's end: what is quoted before it asks for nothing."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A score, and whether it comes before what is said of it."""

    score: float
    is_first: bool

    def put_to(self, reasons: str) -> str:
        """Both, each on lines of its own."""
        return f"{self.score:g}\n{reasons}" if self.is_first else f"{reasons}\n{self.score:g}"


def score_line(prompt: str, rng: random.Random, *, mean_score: float) -> ScoreLine | None:
    """The score that the end of a prompt asks for; None where it asks for none."""
    asked = ASKED.search(prompt[-READ_CHARS:])
    if asked is None:
        return None
    bounds = {"minimum": float(asked["low"]), "maximum": float(asked["high"])}
    score = number(bounds, rng, is_whole=bool(asked["whole"]), mean_score=mean_score, hint="score")
    return ScoreLine(score, asked["place"].lower() == "first")
