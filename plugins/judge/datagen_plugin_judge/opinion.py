"""What one judge says of a row, and what several say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from datagen_plugin_judge.grade import Grade
from datagen_plugin_judge.rubric import Dimension

DECIMALS = 9
"""Of means: sums of decimals miss a threshold by their last digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One judge's grades by dimension, with the model's name and the hashes of what it was asked."""

    grades: Mapping[str, Grade]
    model: str = ""
    prompts: tuple[str, ...] = ()

    def value(self, dimensions: Sequence[Dimension], how: str) -> float | None:
        """The aggregate over the dimensions; None where one of them has no value."""
        values = [self.grades[dimension.name].value for dimension in dimensions]
        return aggregate(values, [dimension.weight for dimension in dimensions], how)

    def fault(self) -> Grade | None:
        """The first grade without a value."""
        return next((grade for grade in self.grades.values() if grade.fault), None)


def aggregate(values: Sequence[float | None], weights: Sequence[float], how: str) -> float | None:
    """One value of several: `mean`, `min`, or mean `weighted` by `weights`; None where one is None or none is there.

    Example:
        >>> aggregate([5, 4], [3, 1], "weighted"), aggregate([5, 4], [], "min"), aggregate([5, None], [], "mean")
        (4.75, 4, None)
    """
    found = [value for value in values if value is not None]
    if len(found) < len(values) or not found:
        return None
    if how == "min":
        return min(found)
    return round(fmean(found, weights if how == "weighted" else None), DECIMALS)


def together(values: Sequence[float | None], how: str) -> float | None:
    """One value of several judges': their `mean`, `min`, or what a `majority` (more than half) of them give at least.

    Example:
        >>> together([2, 5, 4], "majority"), together([2, 5], "majority"), together([2, None], "mean")
        (4, 2, None)
    """
    found = sorted(value for value in values if value is not None)
    if how == "majority" and found and len(found) == len(values):
        return found[(len(found) - 1) // 2]
    return aggregate(values, [], how)


def spread(values: Sequence[float]) -> float:
    """From the lowest to the highest; 0 for one value or none."""
    return round(max(values, default=0.0) - min(values, default=0.0), DECIMALS)
