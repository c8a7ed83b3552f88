"""A share of the batches judged once more, by somebody else: what corrects an arm whose rows flatter the judge.

The reward's quality comes from the run's own validators and judges. An audit asks another one (another model, say)
about a few rows that passed; the shrunken mean of audit − quality, per arm, is added to the quality that rewards are
told. It accepts and rejects nothing.
"""

from __future__ import annotations

import inspect
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from datagen_core.errors import blaming
from datagen_core.job import Audit
from datagen_core.llm.site import CallSite
from datagen_core.quality import Candidate
from datagen_core.sample import Verdict
from datagen_core.validator import ModelValidator

if TYPE_CHECKING:
    from datagen_core.llm.door import ModelDoor

PRIOR_SAMPLES = 3.0
"""A difference of 0 is believed as if one usual audit had found it."""
NAME = "audit"


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit of a batch found: the mean of audit − quality over so many rows."""

    difference: float
    samples: int


class Corrections:
    """What to add to an arm's quality, from the audits of its committed batches."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = defaultdict(float)
        self._counts: dict[str, int] = defaultdict(int)

    def add(self, arm: str, found: Audited) -> None:
        """Takes an audit in."""
        self._sums[arm] += found.difference * found.samples
        self._counts[arm] += found.samples

    def of(self, arm: str) -> float:
        """The shrunken mean difference; 0 for an arm that wasn't audited."""
        return self._sums[arm] / (self._counts[arm] + PRIOR_SAMPLES)


class Auditor:
    """Audits batches.

    Args:
        audit: By whom, how often and how many rows.
        door: What its model calls go through.
    """

    def __init__(self, audit: Audit, door: ModelDoor | None) -> None:
        self._audit, self._door = audit, door

    async def look(self, candidates: Sequence[Candidate], site: CallSite) -> Audited | None:
        """The audit of a batch, where it is its turn; None where it isn't, nothing passed or nothing was graded."""
        rng = random.Random(f"audit|{site.seed}|{site.batch}")
        alive = [candidate for candidate in candidates if candidate.failed is None]
        if not alive or rng.random() >= self._audit.share:
            return None
        chosen = rng.sample(alive, min(self._audit.samples, len(alive)))
        verdicts = await self._verdicts(chosen, replace(site, component=NAME))
        differences = []
        for candidate, verdict in zip(chosen, verdicts, strict=True):
            if verdict.score is not None:
                differences.append(verdict.score - candidate.quality)
            candidate.verdicts.append(
                Verdict(passed=True, validator=NAME, measured=verdict.score, evidence=verdict.evidence)
            )
        return Audited(fmean(differences), len(differences)) if differences else None

    async def _verdicts(self, candidates: Sequence[Candidate], site: CallSite) -> Sequence[Verdict]:
        part: Any = self._audit.built.part
        samples = [candidate.sample for candidate in candidates]
        with blaming(f"the audit's validator {self._audit.built.name!r}", where=f"batch {site.batch}"):
            if isinstance(part, ModelValidator):
                models = (
                    {alias: self._door.bound(alias, site) for alias in part.models()} if self._door else {}
                )
                return await part.validate(samples, models)
            said = part.validate(samples)
            found: Sequence[Verdict] = await said if inspect.isawaitable(said) else said
            return found
