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
from datagen_core.inputs import Inputs
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample, Verdict

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel

ConfigT = TypeVar("ConfigT", bound=Config)
Signature: TypeAlias = Any
"""What a pool validator computes of a row once and compares afterwards; opaque to the core, picklable."""


class Validator(ABC, Generic[ConfigT]):
    """Judges each row by itself."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict] | Awaitable[Sequence[Verdict]]:
        """One verdict per sample, in order. The verdict of a row doesn't depend on the others in the call."""

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()


class ModelValidator(ABC, Generic[ConfigT]):
    """Judges each row by itself, by asking models."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

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

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVerdict:
    """What a batch validator says: a factor in [0, 1] on the batch's quality, and rows it names, by id."""

    quality: float = 1.0
    rejected: Mapping[str, Verdict] = EMPTY


class BatchValidator(ABC, Generic[ConfigT]):
    """Judges a batch as a whole; rejects rows only by naming them."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def validate_batch(self, samples: Sequence[Sample]) -> BatchVerdict:
        """The verdict on the rows that passed so far. Never called with none."""

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()


class PoolValidator(ABC, Generic[ConfigT]):
    """Judges a row against everything accepted so far, by any arm.

    `sign` does the heavy work, once and ahead of time; `judge` decides at commit, in order; `add` takes an
    accepted row into the index. On resume the index is rebuilt by `sign` and `add` over the accepted rows.
    """

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def sign(self, samples: Sequence[Sample]) -> Sequence[Signature]:
        """One signature per sample, in order; reads no index."""

    @abstractmethod
    def judge(self, signature: Signature, *, before: int | None = None) -> Verdict:
        """The verdict against the index; with `before`, only against rows of a lower sequence number."""

    @abstractmethod
    def add(self, signature: Signature, sequence: int) -> None:
        """Takes an accepted row in. Sequence numbers rise by one from 0."""

    def notices(self) -> Sequence[str]:
        """What the user should know before the run, one sentence each."""
        return ()


AnyValidator: TypeAlias = Validator[Any] | ModelValidator[Any] | BatchValidator[Any] | PoolValidator[Any]
