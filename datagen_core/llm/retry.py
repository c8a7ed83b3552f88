"""Which failures are tried again, and when."""

from __future__ import annotations

import random
from dataclasses import dataclass

from datagen_core.model import ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Exponential backoff with full jitter (Brooker, "Exponential Backoff and Jitter", AWS 2015).

    Attributes:
        most: How often one call is tried again. Refusals for a limit (429) don't count.
        first_s, longest_s: The k-th wait is uniform on [0, min(longest_s, first_s · 2^k)].
    """

    most: int = 5
    first_s: float = 0.25
    longest_s: float = 30.0

    def wait_s(self, before: int, rng: random.Random, error: ModelError) -> float:
        """How long to wait after a failure that came after `before` others; never less than the provider asks."""
        longest = min(self.longest_s, self.first_s * 2.0 ** min(before, 30))
        asked = error.retry_after_s or 0.0
        if not is_refusal(error):  # a limit's own word is the limiter's and the breaker's business
            asked = min(asked, self.longest_s)
        return max(asked, rng.uniform(0, longest))


def is_refusal(error: ModelError) -> bool:
    """Whether the endpoint works and only said "not now"."""
    return error.kind == "rate_limit"


def says_endpoint_is_down(error: ModelError) -> bool:
    """Whether a failure is the endpoint's rather than the request's."""
    return error.kind in ("connection", "server", "timeout")
