"""Active planning: how many rows to ask for where rows are missing."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Deficit:
    """`missing` rows of a stratum, and how many to `request` so that so many may be expected to pass."""

    missing: int
    request: int


def deficits(
    targets: Mapping[K, int], accepted: Mapping[K, int], tried: Mapping[K, int], *, cap: int | None = None
) -> dict[K, Deficit]:
    """Strata with fewer rows than their target, the largest deficit first (equal ones in the order of `targets`).

    The request is ceil(missing / p) with p = (accepted + 1) / (tried + 2), the mean of the rate at which rows of the
    stratum pass after what was tried (rule of succession), and at most `cap`; all in whole numbers.

    Raises:
        ValueError: more rows of a stratum were accepted than tried, or a number is negative.

    Example:
        >>> deficits({"a": 10, "b": 5}, {"a": 4, "b": 5}, {"a": 8, "b": 5})
        {'a': Deficit(missing=6, request=12)}
    """
    out = {}
    for stratum, target in targets.items():
        passed, attempts = accepted.get(stratum, 0), tried.get(stratum, 0)
        if target < 0 or not 0 <= passed <= attempts:
            raise ValueError(f"{stratum!r}: target {target}, {passed} accepted of {attempts} tried")
        missing = target - passed
        if missing > 0:
            request = -(-missing * (attempts + 2) // (passed + 1))
            out[stratum] = Deficit(missing, request if cap is None else min(request, cap))
    return dict(sorted(out.items(), key=lambda item: -item[1].missing))
