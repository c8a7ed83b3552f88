"""Arms whose rows say what they are worth, a judge that can be flattered, and an auditor that can't."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence

from pydantic import Field

from datagen_core import Config
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.plugins.spec import Component, hookimpl
from datagen_core.sample import Rejection, Sample, Verdict
from datagen_core.validator import Validator

ROW_SPREAD = 0.1
"""Rows of an arm are worth its quality, give or take at most so much."""
GRADE_DEVIATION = 0.1
"""Standard deviation of a grade given to one row, by the judge and by the auditor."""


class ScriptedConfig(Config):
    """What an arm makes."""

    pass_rate: float = Field(1.0, ge=0, le=1, description="chance that a row asked for comes at all")
    quality: float = Field(
        ge=ROW_SPREAD, le=1 - ROW_SPREAD, description="true quality of its rows, on average"
    )
    flattery: float = Field(0.0, ge=0, le=1, description="what its rows make the judge add")
    pool: int | None = Field(None, ge=1, description="different rows it can make; none: no end of them")


class Scripted(Generator[ScriptedConfig]):
    """Rows such as `4711 0.6342 0.3000`: which one, its true quality, its flattery."""

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        told, rng = self.config, request.rng
        for _ in range(request.n):
            if rng.random() >= told.pass_rate:
                yield request.reject("refused")
                continue
            number = rng.randrange(told.pool) if told.pool else rng.getrandbits(64)
            spread = random.Random(number).uniform(-ROW_SPREAD, ROW_SPREAD)
            yield request.sample(response=f"{number} {told.quality + spread:.4f} {told.flattery:.4f}")


def true_quality(response: str) -> float:
    """What a row is worth, in [0, 1]."""
    return float(response.split()[1])


class GraderConfig(Config):
    """Nothing to set."""


class Auditor(Validator[GraderConfig]):
    """The true quality with noise; passes all."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=True, score=self._grade(sample)) for sample in samples]

    def _grade(self, sample: Sample) -> float:
        noise = random.Random(f"{type(self).__name__}|{sample.id}").gauss(0.0, GRADE_DEVIATION)
        return min(1.0, max(0.0, self._seen(sample.response) + noise))

    def _seen(self, response: str) -> float:
        return true_quality(response)


class Judge(Auditor):
    """The same, with the row's flattery on top."""

    def _seen(self, response: str) -> float:
        return true_quality(response) + float(response.split()[2])


def _component(part: type, config: type) -> Component:
    return Component(
        name=f"bench-{part.__name__.lower()}",
        summary=(part.__doc__ or "").splitlines()[0],
        impl=f"{__name__}:{part.__name__}",
        config=f"{__name__}:{config.__name__}",
    )


@hookimpl
def datagen_generators() -> list[Component]:
    return [_component(Scripted, ScriptedConfig)]


@hookimpl
def datagen_validators() -> list[Component]:
    return [_component(Auditor, GraderConfig), _component(Judge, GraderConfig)]
