"""How many rows each chunk is to give, so that they sum to the target exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allocation:
    """`parts[i]` rows of part i; `shortfall` is what no part can take. `sum(parts) + shortfall` is the target."""

    parts: tuple[int, ...]
    shortfall: int = 0


def allocate(target: int, weights: Sequence[int], caps: Sequence[int]) -> Allocation:
    """A target spread in proportion to weights, none above its cap, by largest remainder.

    Quotas are `target × weight / sum`; each part gets the floor, the rest goes to the largest fractions (ties:
    the earlier part). A part that this takes over its cap gets its cap, and what is left of the target is
    spread over the others by the same rule. All in whole numbers: no rounding error decides.

    Args:
        target: 0 or more.
        weights: One a part, 0 or more; a part of weight 0 gets nothing.
        caps: One a part, the most it can take.

    Example:
        >>> allocate(10, [1, 1, 1], [10, 10, 2])
        Allocation(parts=(4, 4, 2), shortfall=0)
    """
    if target < 0 or len(weights) != len(caps) or any(w < 0 for w in weights):
        raise ValueError("target and weights must be 0 or more, and each weight needs a cap")
    parts = [0] * len(weights)
    open_ = [i for i, weight in enumerate(weights) if weight and caps[i] > 0]
    left = target
    while left and open_:
        shares = dict(zip(open_, _largest_remainder(left, [weights[i] for i in open_]), strict=True))
        full = [i for i in open_ if shares[i] > caps[i]]
        for i in full or open_:
            parts[i] = min(shares[i], caps[i])
            left -= parts[i]
        taken = set(full or open_)
        open_ = [i for i in open_ if i not in taken]
    return Allocation(tuple(parts), left)


def _largest_remainder(target: int, weights: Sequence[int]) -> list[int]:
    total = sum(weights)
    parts = [target * weight // total for weight in weights]
    fractions = [target * weight % total for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: -fractions[i])  # stable: ties stay in order
    for i in order[: target - sum(parts)]:
        parts[i] += 1
    return parts
