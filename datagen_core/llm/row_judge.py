"""A validator that asks one model about each row by itself, and the mark between which it shows a row."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from datagen_core.config import Config
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.sample import Sample, Verdict
from datagen_core.validator import ModelValidator

ConfigT = TypeVar("ConfigT", bound=Config)


class RowJudge(ModelValidator[ConfigT]):
    """Asks about all rows of a call at once. Its options have `model`: an alias, or a model's name."""

    @abstractmethod
    async def judged(self, sample: Sample, model: BoundModel) -> Verdict:
        """The verdict on one row; `model` is at the row. A further call for it has another attempt (`BoundModel.at`).

        What a model can't be asked is a verdict that fails with a reason and no score; RunPaused passes.
        """

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; any will do."""
        return {self._alias: ()}

    async def validate(
        self, samples: Sequence[Sample], models: Mapping[str, BoundModel]
    ) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        if not samples:
            return []
        model = models[self._alias]
        work = [self.judged(one, model.at(row=row, subject=one.id)) for row, one in enumerate(samples)]
        return [verdict async for verdict in in_order(work)]

    @property
    def _alias(self) -> str:
        alias: str = getattr(self.config, "model")  # noqa: B009 (the options of each such validator have it)
        return alias


def mark_around(text: str) -> str:
    """A line that a text can't contain, for it is made of its hash: what stands between two of them is data."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"=== {digest} ==="
