"""Running validators: cheap before dear, then the batch, then the pool, which decides at commit."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from datagen_core.errors import PluginError, blaming
from datagen_core.job import Built
from datagen_core.jsontext import dumps
from datagen_core.llm.site import CallSite
from datagen_core.remembered import Remembered
from datagen_core.sample import Sample, Verdict
from datagen_core.validator import (
    BatchValidator,
    BatchVerdict,
    ModelValidator,
    PoolValidator,
    Validator,
)

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel
    from datagen_core.llm.door import ModelDoor

RowValidator: TypeAlias = Validator[Any] | ModelValidator[Any]


@dataclass(slots=True)
class Candidate:
    """A row on its way through validation: its verdicts so far, and the first one that failed."""

    sample: Sample
    verdicts: list[Verdict] = field(default_factory=list)
    failed: Verdict | None = None
    signatures: list[Any] = field(default_factory=list)

    def note(self, verdict: Verdict) -> None:
        """Adds a verdict."""
        self.verdicts.append(verdict)
        if self.failed is None and not verdict.passed:
            self.failed = verdict

    @property
    def is_graded(self) -> bool:
        """Whether any validator gave it a score."""
        return any(verdict.score is not None for verdict in self.verdicts)

    @property
    def quality(self) -> float:
        """Mean of the scores given so far; 1.0 where no validator grades."""
        scores = [v.score for v in self.verdicts if v.score is not None]
        return sum(scores) / len(scores) if scores else 1.0


class Quality:
    """All validators of a run, and the pool's indexes."""

    def __init__(self, validators: Sequence[Built], door: ModelDoor | None = None) -> None:
        self._door = door
        parts = [(built.name, built.part, built.offer.component.cost) for built in validators]
        rows = [
            (name, part, cost) for name, part, cost in parts if isinstance(part, Validator | ModelValidator)
        ]
        self._cheap = [(name, part) for name, part, cost in rows if not _is_dear(part, cost)]
        self._dear = [(name, part) for name, part, cost in rows if _is_dear(part, cost)]
        self._batch = [(name, part) for name, part, _ in parts if isinstance(part, BatchValidator)]
        pool = [built for built in validators if isinstance(built.part, PoolValidator)]
        self._signs_slowly = any(_signs_slowly(built) for built in pool)
        self._judged: dict[str, Remembered[Any, Verdict]] = {
            name: Remembered() for name, part in self._dear if isinstance(part, Validator)
        }
        # made anew: an index holds the rows of one run, a job may serve several (a preview of each arm)
        self._pool = [(built.name, type(built.part)(built.config, built.part.inputs)) for built in pool]

    async def between(
        self, samples: Sequence[Sample], gate: Collection[str], site: CallSite
    ) -> list[Candidate]:
        """Judges the rows that one link hands to the next: cheap validators, and those its gate names."""
        candidates = [Candidate(sample) for sample in samples]
        for name, part in [*self._cheap, *((n, p) for n, p in self._dear if n in gate)]:
            await self._judge(name, part, [c for c in candidates if c.failed is None], site)
        return candidates

    async def look(
        self, samples: Sequence[Sample], base: int, site: CallSite
    ) -> tuple[list[Candidate], float]:
        """Judges a batch as far as that needs no commit.

        Args:
            samples: What left the last link.
            base: Rows accepted when the batch was planned; the pool is seen as of then.
            site: The batch that model calls are accounted to.

        Returns:
            The candidates in order, and the factor in [0, 1] that batch validators put on quality.
        """
        candidates = [Candidate(sample) for sample in samples]
        for name, part in self._cheap:
            await self._judge(
                name, part, candidates, site
            )  # all of them: a row shows each rule that it breaks
        if self._dear:
            await self._sign_aside(_alive(candidates))
            self._first_look(_alive(candidates), base)
            for name, part in self._dear:
                await self._judge(name, part, _alive(candidates), site)
        factor = self._whole(_alive(candidates))
        if not self._dear:
            await self._sign_aside(_alive(candidates))
        return candidates, factor

    async def _judge(
        self, name: str, part: RowValidator, candidates: Sequence[Candidate], site: CallSite
    ) -> None:
        models: dict[str, BoundModel] = {}
        if isinstance(part, ModelValidator) and self._door is not None:
            mine = replace(site, component=name)
            models = {alias: self._door.bound(alias, mine) for alias in part.models()}
        known = self._judged.get(name)
        if known is None:
            await _judge_rows(name, part, candidates, models)
            return
        by_key = {_content(candidate.sample): candidate for candidate in candidates}

        async def judged(keys: list[Any]) -> list[Verdict]:
            new = [Candidate(by_key[key].sample) for key in keys]
            await _judge_rows(name, part, new, models)
            return [candidate.verdicts[0] for candidate in new]

        keys = [_content(candidate.sample) for candidate in candidates]
        for candidate, verdict in zip(candidates, await known.of(keys, judged), strict=True):
            candidate.note(verdict)

    async def _sign_aside(self, candidates: Sequence[Candidate]) -> None:
        """Signs rows; in a thread where that takes a neural network, so that calls in flight go on."""
        if self._signs_slowly:
            await asyncio.to_thread(self._sign, candidates)
        else:
            self._sign(candidates)

    def _sign(self, candidates: Sequence[Candidate]) -> None:
        samples = [candidate.sample for candidate in candidates]
        for name, part in self._pool:
            if not samples:
                continue
            with _blaming(name, samples[0]):
                signatures = part.sign(samples)
            _same_length(name, signatures, samples)
            for candidate, signature in zip(candidates, signatures, strict=True):
                candidate.signatures.append(signature)

    def _first_look(self, candidates: Sequence[Candidate], base: int) -> None:
        for candidate in candidates:
            for (name, part), signature in zip(self._pool, candidate.signatures, strict=True):
                with _blaming(name, candidate.sample):
                    verdict = part.judge(signature, before=base)
                if not verdict.passed:
                    candidate.note(_named(verdict, name))
                    break

    def _whole(self, candidates: Sequence[Candidate]) -> float:
        factor = 1.0
        for name, part in self._batch:
            if not candidates:
                break
            with _blaming(name, candidates[0].sample):
                said: BatchVerdict = part.validate_batch([c.sample for c in candidates])
            factor *= min(1.0, max(0.0, said.quality))
            for candidate in candidates:
                verdict = said.rejected.get(candidate.sample.id)
                if verdict is not None:
                    candidate.note(replace(verdict, validator=name, passed=False))
            candidates = _alive(candidates)
        return factor

    def settle(self, candidate: Candidate) -> bool:
        """The pool's last word on a row, at commit and in order. True when it may be accepted."""
        if candidate.failed is not None:
            return False
        for (name, part), signature in zip(self._pool, candidate.signatures, strict=True):
            with _blaming(name, candidate.sample):
                verdict = part.judge(signature)
            candidate.verdicts.append(_named(verdict, name, graded=False))
            if not verdict.passed:
                candidate.failed = candidate.verdicts[-1]
                return False
        return True

    def admit(self, candidate: Candidate, sequence: int) -> None:
        """Takes an accepted row into the pool's indexes."""
        for (name, part), signature in zip(self._pool, candidate.signatures, strict=True):
            with _blaming(name, candidate.sample):
                part.add(signature, sequence)

    def rebuild(self, accepted: Callable[[], Iterable[Sample]]) -> None:
        """Fills the indexes from the accepted rows, in sequence; reads none when there is no index."""
        if not self._pool:
            return
        count = 0
        rows = iter(accepted())
        while chunk := list(islice(rows, 500)):
            count = self._readmit(chunk, count)

    def _readmit(self, samples: list[Sample], sequence: int) -> int:
        candidates = self.again(samples)
        for i, candidate in enumerate(candidates):
            self.admit(candidate, sequence + i)
        return sequence + len(samples)

    def again(self, samples: Sequence[Sample]) -> list[Candidate]:
        """Rows judged before, made ready for `settle` once more (surplus, when the target grows)."""
        candidates = [Candidate(sample) for sample in samples]
        self._sign(candidates)
        return candidates


def _named(verdict: Verdict, name: str, *, graded: bool = True) -> Verdict:
    """A verdict with its validator's name (`dataclasses.replace` takes 1.6 times as long, per row and rule)."""
    return Verdict(
        passed=verdict.passed,
        score=verdict.score if graded else None,
        reason=verdict.reason,
        measured=verdict.measured,
        threshold=verdict.threshold,
        evidence=verdict.evidence,
        validator=name,
    )


def _alive(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [candidate for candidate in candidates if candidate.failed is None]


def _signs_slowly(built: Built) -> bool:
    return built.offer.component.cost == "dear" or bool(built.part.inputs.embeddings.is_heavy)


def _content(sample: Sample) -> tuple[int, tuple[str, ...], str]:
    """What a verdict on a row may depend on: what it says, where it comes from, what its method noted."""
    return sample.content_hash, sample.trace.parents, dumps(dict(sample.metadata.method))


def _is_dear(part: RowValidator, cost: str) -> bool:
    return cost == "dear" or isinstance(part, ModelValidator)


async def _judge_rows(
    name: str, part: RowValidator, candidates: Sequence[Candidate], models: Mapping[str, BoundModel]
) -> None:
    if not candidates:
        return
    samples = [candidate.sample for candidate in candidates]
    with _blaming(name, samples[0]):
        said = part.validate(samples, models) if isinstance(part, ModelValidator) else part.validate(samples)
        verdicts = await said if inspect.isawaitable(said) else said
    _same_length(name, verdicts, samples)
    for candidate, verdict in zip(candidates, verdicts, strict=True):
        if verdict.score is not None and not 0.0 <= verdict.score <= 1.0:
            raise PluginError(
                f"validator {name!r} gave the score {verdict.score!r}",
                where=f"row {candidate.sample.id}",
                expected="a number in [0, 1], or None",
            )
        candidate.note(_named(verdict, name))


def _blaming(name: str, sample: Sample) -> AbstractContextManager[None]:
    return blaming(
        f"validator {name!r}",
        where=f"row {sample.id} or its batch",
        hint="update the plugin and run the same command again, or take it out and use --fresh",
    )


def _same_length(name: str, given: Sequence[Any], samples: Sequence[Sample]) -> None:
    if len(given) != len(samples):
        raise PluginError(f"validator {name!r} returned {len(given)} results for {len(samples)} rows")
