"""Who makes a call: what it is accounted to, and what tells two equal requests apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSite:
    """The place in a run that a call comes from. Picklable.

    Attributes:
        arm: The arm whose batch it is, "" outside of batches. A validator's call belongs to the arm it judges.
        component: The generator, validator or evaluator that calls.
        batch, row, link: The batch, the row's position in it, and the link of the arm; -1 where there is none.
        attempt: 0 for the first try at a row, 1 when the component tries anew, and so on.
        seed: The run's seed.
        subject: The id of the row that the call is about, where there is one already.
    """

    arm: str = ""
    component: str = ""
    batch: int = -1
    row: int = -1
    link: int = -1
    attempt: int = 0
    seed: int = 0
    subject: str = ""

    @property
    def sample_key(self) -> tuple[int, int, int, int, int]:
        """What a cached answer is kept apart by when the request is sampled (temperature above 0)."""
        return (self.seed, self.batch, self.row, self.link, self.attempt)

    @property
    def provider_seed(self) -> int:
        """31 bits made of the same, for providers that take a seed: their sampling then repeats as well as it can."""
        digest = hashlib.blake2b(repr(self.sample_key).encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") >> 1
