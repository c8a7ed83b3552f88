"""A score from the probabilities of the digits "1" to "6"."""

from __future__ import annotations

import math
from collections.abc import Mapping

DIGITS = (1, 2, 3, 4, 5, 6)


def expected_score(logits_by_digit: Mapping[int, float]) -> float | None:
    """The mean digit under the softmax over these six logits alone, in [1, 6]; DEITA's scorers (Liu et al. 2024).

    None where a digit is missing or a logit isn't finite (the authors' code gives 3.0 for a missing one).

    Example:
        >>> round(expected_score({1: 0, 2: 0, 3: 0, 4: 0, 5: 1, 6: 1}), 4)
        4.2284
    """
    logits = [logits_by_digit.get(digit, math.nan) for digit in DIGITS]
    if not all(map(math.isfinite, logits)):
        return None
    highest = max(logits)
    weights = [math.exp(logit - highest) for logit in logits]
    return sum(digit * weight for digit, weight in zip(DIGITS, weights, strict=True)) / sum(weights)
