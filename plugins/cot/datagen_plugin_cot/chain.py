"""What is reasoned about, and the steps from its question to its answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_MARKER = re.compile(
    r"\s*(?:[*_]*step\s*\d{1,2}\s*[:.)–-]+[*_]*\s*|\d{1,2}[.)](?:\s+|\Z)|[-*•]\s+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question with its answer.

    Attributes:
        passage: What both are about; "" where there is none.
        classes: What the answer is one of, where it is a class.
    """

    question: str
    answer: str
    passage: str = ""
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step, and the words of the passage that it takes a fact from; "" where it takes none."""

    text: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps, in order."""

    steps: tuple[Step, ...]

    @property
    def texts(self) -> list[str]:
        """What they say."""
        return [step.text for step in self.steps]

    @property
    def text(self) -> str:
        """The steps on numbered lines, as rows have them.

        Example:
            >>> print(Chain((Step("2 * 6 = 12"), Step("12 / 4 = 3"))).text)
            1. 2 * 6 = 12
            2. 12 / 4 = 3
        """
        return "\n".join(f"{number}. {text}" for number, text in enumerate(self.texts, start=1))


def chain_of(steps: Sequence[tuple[str, str]]) -> Chain:
    """A chain of texts and quotes as a model wrote them: on one line each, without numbers and bullets before them."""
    return Chain(tuple(Step(_bare(text), quote.strip()) for text, quote in steps))


def _bare(text: str) -> str:
    line = " ".join(text.split())
    marker = _MARKER.match(line)
    return line[marker.end() :] if marker else line
