"""Arms of equal yield of which some mislabel: what no validator here can see, and only a model trained on it shows."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from functools import cached_property

from pydantic import Field

from datagen_core import Config, GenerateRequest, Generator, Rejection, RowsSource, Sample

Rows = AsyncIterator[Sample | Rejection]

CLASSES = ("music", "weather", "travel")
WORDS = [a + b + c for a in "bdfglmnprst" for b in "aeiou" for c in ("n", "rt", "lo", "sk")]


def text(label: str, rng: random.Random) -> str:
    """Eight invented words: three of the class's own 20, five of all 220."""
    start = 20 * CLASSES.index(label)
    return " ".join(rng.choices(WORDS[start : start + 20], k=3) + rng.choices(WORDS, k=5))


class InventedConfig(Config):
    """How often a row is mislabelled, and how often none comes."""

    wrong: float = Field(0.0, ge=0, le=1, description="share of the rows that bear another class")
    refused: float = Field(0.3, ge=0, le=1, description="share of the rows that don't come about")


class Invented(Generator[InventedConfig]):
    """Rows of invented words."""

    async def generate(self, request: GenerateRequest) -> Rows:
        rng = request.rng
        for label in request.wanted():
            others = [one for one in CLASSES if one != label]
            spoken = rng.choice(others) if rng.random() < self.config.wrong else str(label)
            if rng.random() < self.config.refused:
                yield request.reject("refused", "no idea came")
            else:
                yield request.sample(response=text(spoken, rng), label=label)


class DrawnConfig(Config):
    """Which rows are drawn, and how many get another class."""

    rows: RowsSource = Field(description="labelled rows to draw from")
    but_for: RowsSource = Field(description="rows whose texts are never drawn")
    wrong: float = Field(0.0, ge=0, le=1, description="share of the rows that bear another class")


class Drawn(Generator[DrawnConfig]):
    """Real rows of the classes asked for; of a share the text is drawn from any class, whatever the label says."""

    @cached_property
    def texts(self) -> Mapping[str, list[str]]:
        """The texts of each class."""
        held_back = {row.text for row in self.config.but_for.read()}
        out: dict[str, list[str]] = {}
        for row in self.config.rows.read():
            if row.text not in held_back and row.label is not None:
                out.setdefault(row.label, []).append(row.text)
        return out

    async def generate(self, request: GenerateRequest) -> Rows:
        for label in request.wanted():
            is_wrong = request.rng.random() < self.config.wrong
            told = request.rng.choice(sorted(self.texts)) if is_wrong else str(label)
            yield request.sample(response=request.rng.choice(self.texts[told]), label=label)
