"""One batch: what was planned, and carrying it out, as far as that needs no commit."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datagen_core import links
from datagen_core.auditing import Audited, Auditor
from datagen_core.errors import RunError, RunPaused
from datagen_core.generator import Cell, GenerateRequest, Origin
from datagen_core.inputs import Seed
from datagen_core.job import Built, Job
from datagen_core.llm.site import CallSite
from datagen_core.quality import Candidate, Quality
from datagen_core.row_forms import as_sample
from datagen_core.sample import Rejection, Sample
from datagen_core.store.pool import StoredPool
from datagen_core.store.reading import RunReader
from datagen_core.store.run_store import StoredRow

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel
    from datagen_core.llm.door import ModelDoor


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch to carry out: complete and picklable."""

    index: int
    arm: str
    n: int
    cells: tuple[Cell, ...]
    base: int


@dataclass(slots=True)
class Work:
    """A batch carried out, not yet committed; one that was `paused` isn't to be, but done again later."""

    plan: Plan
    candidates: list[Candidate] = field(default_factory=list)
    factor: float = 1.0
    before: list[StoredRow] = field(default_factory=list)
    error: str | None = None
    paused: RunPaused | None = None
    audited: Audited | None = None


class Carrier:
    """Carries planned batches out, at most `job.workers` at once.

    Args:
        job: Whose arms generate.
        store: Read for the pool as it stood when a batch was planned.
        quality: The run's validators.
        door: What model calls go through; None for a job without models.
    """

    def __init__(self, job: Job, store: RunReader, quality: Quality, door: ModelDoor | None = None) -> None:
        self._door = door
        self.job = job
        self.store = store
        self._quality = quality
        self._auditor = Auditor(job.audit, door) if job.audit else None
        self._slots = asyncio.Semaphore(job.workers)

    async def carry_out(self, plan: Plan) -> Work:
        """Generates and validates one batch, as far as that needs no commit."""
        async with self._slots:
            work = Work(plan)
            try:
                samples = await self._generated(plan, work)
                work.candidates, work.factor = await self._quality.look(samples, plan.base, self._site(plan))
                if self._auditor is not None:
                    work.audited = await self._auditor.look(work.candidates, self._site(plan))
            except RunPaused as pause:
                work.paused = pause
            return work

    def _seeds_of(self, plan: Plan) -> Sequence[Seed]:
        """The seeds of a batch where each goes through the arm once."""
        first = plan.index * self.job.batch_size
        return self.job.inputs.seeds[first : first + self.job.batch_size]

    def _site(self, plan: Plan, link: int = -1, component: str = "") -> CallSite:
        seed = self.job.loaded.recipe.seed
        return CallSite(arm=plan.arm, component=component, batch=plan.index, link=link, seed=seed)

    async def _generated(self, plan: Plan, work: Work) -> list[Sample]:
        """What leaves the arm's last link; refused and intermediate rows go into `work.before`."""
        built = self.job.arm(plan.arm)
        parents: list[Sample] = (
            [as_sample(seed) for seed in self._seeds_of(plan)] if self.job.is_one_pass else []
        )
        for position in range(len(built.links)):
            made = await self._one_link(plan, position, parents, work)
            if position == len(built.links) - 1:
                return made
            parents = []
            for candidate in await self._quality.between(made, built.gate, self._site(plan, position)):
                if candidate.failed is None:
                    parents.append(candidate.sample)
                work.before.append(stored(candidate, "intermediate"))
            if work.error or not parents:
                break
        return []

    async def _one_link(
        self, plan: Plan, position: int, parents: Sequence[Sample], work: Work
    ) -> list[Sample]:
        built = self.job.arm(plan.arm)
        link = built.links[position]
        parts = [one.part for one in built.links]
        cells = (
            links.of_parents(parents, plan.cells, link.part, parts[position + 1 :])
            if parents
            else links.of_source(plan.cells, parts)
        )
        n = sum(cell.n for cell in cells)
        request = GenerateRequest(
            n=n,
            cells=cells,
            context=self.job.context,
            origin=Origin(
                fingerprint=self.job.fingerprint,
                seed=self.job.loaded.recipe.seed,
                batch=plan.index,
                link=position,
                method=link.offer.name,
                version=link.offer.version,
                arm=plan.arm,
                is_rehearsal=self.job.is_rehearsal,
            ),
            models=self._models(link, self._site(plan, position, link.name)),
            rng=random.Random(f"{self.job.fingerprint}|batch|{plan.index}|{position}"),
            seeds=self.job.inputs.seeds,
            parents=tuple(parents),
            kept=self.job.coverage.keys,
            pool=StoredPool(self.store, plan.base, plan.index),
        )
        made: list[Sample] = []
        try:
            async for given in link.part.generate(request):
                row = request.take(given)
                if isinstance(row, Rejection):
                    work.before.append(
                        StoredRow(sample=row, status="rejected", validator=link.name, reason=row.reason)
                    )
                elif len(made) < n:
                    made.append(row)
                else:
                    work.before.append(
                        StoredRow(
                            sample=row, status="rejected", validator=link.name, reason="more_than_asked"
                        )
                    )
        except (asyncio.CancelledError, RunPaused, RunError):
            raise  # what stops the run (a full disk, say) isn't the arm's fault
        except (
            Exception,
            SystemExit,
        ) as error:  # a plugin may fail in any way; its arm is charged, the run goes on
            work.error = f"{link.name}: {type(error).__name__}: {error}"
        if self.job.is_one_pass:
            self._account_for(request, link, made, work)
        return made

    def _account_for(self, request: GenerateRequest, link: Built, made: Sequence[Sample], work: Work) -> None:
        """Where each row goes through once, one of which nothing came is a rejection that names it."""
        told = [*made, *(row.sample for row in work.before)]
        named = {parent for row in told for parent in row.trace.parents}
        for parent in request.parents:
            if parent.id not in named:
                reason = "arm_failed" if work.error else "not_made"
                row = request.reject(
                    reason, "a row, or the reason why there is none", text=work.error or "", parents=[parent]
                )
                work.before.append(
                    StoredRow(sample=row, status="rejected", validator=link.name, reason=row.reason)
                )

    def _models(self, link: Built, site: CallSite) -> dict[str, BoundModel]:
        if self._door is None:
            return {}
        return {alias: self._door.bound(alias, site) for alias in link.part.models()}


def stored(candidate: Candidate, status: str, sequence: int | None = None) -> StoredRow:
    """A judged row as it goes into the store; one that failed is `rejected`, whatever was meant for it."""
    failed = candidate.failed
    kept = status in ("accepted", "surplus")
    return StoredRow(
        sample=candidate.sample,
        status="rejected" if failed else status,
        verdicts=tuple(candidate.verdicts),
        validator=failed.validator if failed else None,
        reason=(failed.reason or "no_reason_given") if failed else None,
        content_hash=candidate.sample.content_hash if kept else None,
        quality=round(candidate.quality, 6) if kept else None,
        is_graded=candidate.is_graded,
        sequence=sequence,
    )
