"""The interfaces of validators: one row at a time, a whole batch, or a row against the pool.

All are built once per run from their options and the run's inputs. A validator never sees arm names,
thresholds of others, or held-out data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel

ConfigT = TypeVar("ConfigT", bound=Config)
Signature: TypeAlias = Any
"""What a pool validator computes of a row once and compares afterwards; opaque to the core, picklable."""


class Judging(ABC, Generic[ConfigT]):
    """What the four kinds of validators have in common; derive from one of them, not from this."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """When a recipe should use it, with which options; None where nothing in the recipe asks for it.

        `datagen check --suggest` shows it, `validators: auto` does it. Cheap, and the same each time.
        """
        return None


class Validator(Judging[ConfigT]):
    """Judges each row by itself."""

    @abstractmethod
    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict] | Awaitable[Sequence[Verdict]]:
        """One verdict per sample, in order. The verdict of a row doesn't depend on the others in the call."""


class ModelValidator(Judging[ConfigT]):
    """Judges each row by itself, by asking models."""

    @abstractmethod
    def models(self) -> Mapping[str, Sequence[str]]:
        """The models it calls: alias (or a model's name) → the capabilities that it can't do without."""

    @abstractmethod
    async def validate(
        self, samples: Sequence[Sample], models: Mapping[str, BoundModel]
    ) -> Sequence[Verdict]:
        """One verdict per sample, in order. The verdict of a row doesn't depend on the others in the call.

        What a model can't be asked is a verdict that fails with a reason and no score; RunPaused passes.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVerdict:
    """What a batch validator says: a factor in [0, 1] on the batch's quality, and rows it names, by id."""

    quality: float = 1.0
    rejected: Mapping[str, Verdict] = EMPTY


class BatchValidator(Judging[ConfigT]):
    """Judges a batch as a whole; rejects rows only by naming them."""

    @abstractmethod
    def validate_batch(self, samples: Sequence[Sample]) -> BatchVerdict:
        """The verdict on the rows that passed so far. Never called with none."""


class PoolValidator(Judging[ConfigT]):
    """Judges a row against everything accepted so far, by any arm.

    `sign` does the heavy work, once and ahead of time; `judge` decides at commit, in order; `add` takes an
    accepted row into the index. On resume the index is rebuilt by `sign` and `add` over the accepted rows.
    """

    @abstractmethod
    def sign(self, samples: Sequence[Sample]) -> Sequence[Signature]:
        """One signature per sample, in order; reads no index."""

    @abstractmethod
    def judge(self, signature: Signature, *, before: int | None = None) -> Verdict:
        """The verdict against the index; with `before`, only against rows of a lower sequence number."""

    @abstractmethod
    def add(self, signature: Signature, sequence: int) -> None:
        """Takes an accepted row in. Sequence numbers rise by one from 0."""


AnyValidator: TypeAlias = Validator[Any] | ModelValidator[Any] | BatchValidator[Any] | PoolValidator[Any]
