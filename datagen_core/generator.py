"""The interface of arms: a request in, samples and rejections out.

    class Shout(Generator[ShoutConfig]):
        async def generate(self, request):
            for label in request.wanted():
                seed = request.rng.choice(request.seeds)
                yield request.sample(response=seed.text.upper(), label=label, parents=[seed])

The same interface serves a source (first link of an arm) and a transform (a later link, which takes
`request.parents`). Generators hold no state between batches: everything that varies is in the request.
"""

from __future__ import annotations

import hashlib
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.errors import PluginError
from datagen_core.inputs import Inputs, Seed
from datagen_core.model import ModelError
from datagen_core.nothing import EMPTY
from datagen_core.refusal import MAX_KEPT_CHARS, Refusal
from datagen_core.sample import Message, Metadata, Rejection, Sample, Step, Tool, Trace

if TYPE_CHECKING:
    from datagen_core.llm.bound_model import BoundModel

ConfigT = TypeVar("ConfigT", bound=Config)


@dataclass(frozen=True, slots=True)
class Cell:
    """A part of the wanted distribution and how many rows of it are asked for.

    Attributes:
        label: The class; None means any.
        n: Rows.
        values: What else rows are to be, by keys of the recipe's `coverage`: ("language", "de") … Only of keys
            that the arm steers by.
    """

    label: str | None
    n: int
    values: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> list[Any]:
        """As it is stored: label, number and, where there are any, values."""
        return [self.label, self.n, *([dict(self.values)] if self.values else [])]

    @classmethod
    def from_json(cls, data: Sequence[Any]) -> Cell:
        """Inverse of `to_json`."""
        return cls(data[0], data[1], tuple(data[2].items()) if len(data) > 2 else ())


class PoolView(Protocol):
    """The accepted rows as they stood when the batch was planned; read-only."""

    def __len__(self) -> int:
        """How many rows were accepted by then."""

    def texts(self, *, label: str | None = None, limit: int = 1000) -> Sequence[str]:
        """Responses of accepted rows, oldest first; of one label where given."""

    def draw(self, n: int, rng: random.Random, *, label: str | None = None) -> Sequence[Sample]:
        """Up to n accepted rows drawn without replacement."""

    def sources(self) -> Mapping[str, int]:
        """Accepted rows by the id of the seed, text or chunk that they go back to, through all links."""

    def tried(self, arm: str) -> Mapping[str, int]:
        """Rows that an arm's first link made, refused ones too, by the id of the seed, text or chunk."""

    def tried_inputs(self, arm: str, source: str) -> frozenset[str]:
        """The inputs of those rows for one seed, text or chunk."""


class NoPool:
    """The pool before anything was accepted."""

    def __len__(self) -> int:
        return 0

    def texts(self, *, label: str | None = None, limit: int = 1000) -> Sequence[str]:
        """Nothing."""
        return ()

    def draw(self, n: int, rng: random.Random, *, label: str | None = None) -> Sequence[Sample]:
        """Nothing."""
        return ()

    def sources(self) -> Mapping[str, int]:
        """Nothing."""
        return EMPTY

    def tried(self, arm: str) -> Mapping[str, int]:
        """Nothing."""
        return EMPTY

    def tried_inputs(self, arm: str, source: str) -> frozenset[str]:
        """Nothing."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Origin:
    """What row ids are hashed from, and the stamp that every row of a link carries. Picklable."""

    fingerprint: str
    seed: int
    batch: int
    link: int
    method: str
    version: str
    arm: str
    is_rehearsal: bool = False

    def row_id(self, position: int) -> str:
        """32 hex characters: the same run, batch, link and position give the same id, whatever the timing."""
        key = f"{self.fingerprint}|{self.seed}|{self.batch}|{self.link}|{position}"
        return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


@dataclass(slots=True, kw_only=True)
class GenerateRequest:
    """One batch's order to one link of an arm, and what makes its rows.

    Each row wanted becomes a `sample`, or a rejection that says why there is none: by `reject` where that is known
    on the spot, by `refuse` of a `Refusal` that was handed on, by `failed` of a `ModelError`. These four number rows
    in the order in which they are called.

    Attributes:
        n: The most samples wanted. More are dropped (and counted).
        cells: How the n are spread over labels; a single `Cell(None, n)` when any will do.
        context: What the job is about.
        seeds: The run's seeds.
        parents: The samples of the link before; empty for a source.
        pool: What was accepted when this batch was planned.
        rng: The batch's own random generator; the only randomness a generator may use.
        kept: Keys of the recipe's `coverage`: a row is what its first parent is, where its arm doesn't say.
        params: Parameters a tuner chose for this batch, by option name.
        models: The models that the generator asked for (`Generator.models`), by alias. They don't pickle: who
            carries a batch elsewhere gives it others there.
    """

    n: int
    cells: tuple[Cell, ...]
    context: Context
    origin: Origin
    rng: random.Random
    seeds: tuple[Seed, ...] = ()
    parents: tuple[Sample, ...] = ()
    pool: PoolView = field(default_factory=NoPool)
    kept: tuple[str, ...] = ()
    params: Mapping[str, Any] = EMPTY
    models: Mapping[str, BoundModel] = EMPTY
    _position: int = 0
    _issued: set[str] = field(default_factory=set)

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "models"} | {"models": EMPTY}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def model(self, alias: str) -> BoundModel:
        """The model of an alias, its calls accounted to this batch and link."""
        if alias not in self.models:
            raise PluginError(
                f"the model {alias!r} isn't at hand",
                expected="a generator whose models() names it" if self.models else "a run with models",
            )
        return self.models[alias]

    def wanted(self) -> list[str | None]:
        """The labels to make, n long, cells interleaved so that a cut batch stays balanced."""
        return [cell.label for cell in self.wanted_cells()]

    def wanted_cells(self) -> list[Cell]:
        """The cell of each row to make, in the same order."""
        left = [cell.n for cell in self.cells]
        out: list[Cell] = []
        while len(out) < self.n and any(left):
            for at, cell in enumerate(self.cells):
                if left[at] and len(out) < self.n:
                    left[at] -= 1
                    out.append(cell)
        return out

    def sample(
        self,
        *,
        response: str = "",
        input: str = "",
        label: str | None = None,
        fields: Mapping[str, Any] = EMPTY,
        messages: Sequence[Message] = (),
        reasoning: str | None = None,
        tools: Sequence[Tool] = (),
        parents: Sequence[Sample | Seed] = (),
        params: Mapping[str, Any] = EMPTY,
        method: Mapping[str, Any] = EMPTY,
    ) -> Sample:
        """A new row with its id, lineage and stamp filled in.

        Args:
            parents: The seeds or samples it was made from.
            params: What this step was told (temperature, mode …): goes into the processing step.
            method: The fields its method prescribes: goes into `metadata.method`.
        """
        identity, metadata, trace = self._stamp(parents, params, method)
        return Sample(
            id=identity,
            response=response,
            input=input,
            label=label,
            fields=fields,
            messages=tuple(messages),
            reasoning=reasoning,
            tools=tuple(tools),
            metadata=metadata,
            trace=trace,
        )

    def reject(
        self,
        reason: str,
        rule: str = "",
        *,
        text: str = "",
        measured: float | str | None = None,
        threshold: float | str | None = None,
        parents: Sequence[Sample | Seed] = (),
        params: Mapping[str, Any] = EMPTY,
    ) -> Rejection:
        """A row that this arm's own rules refuse: kept with its reason, never dropped in silence."""
        identity, metadata, trace = self._stamp(parents, params, EMPTY)
        return Rejection(
            id=identity,
            reason=reason,
            rule=rule,
            measured=measured,
            threshold=threshold,
            text=text,
            metadata=metadata,
            trace=trace,
        )

    def refuse(
        self,
        why: Refusal,
        *,
        parents: Sequence[Sample | Seed] = (),
        params: Mapping[str, Any] = EMPTY,
    ) -> Rejection:
        """The rejection that a refusal becomes; of its text the first 2000 characters (MAX_KEPT_CHARS) are kept.

        Args:
            params: What the step was told beyond, or in place of, what the refusal says of it.
        """
        return self.reject(
            why.reason,
            why.rule,
            text=why.text[:MAX_KEPT_CHARS],
            measured=why.measured,
            threshold=why.threshold,
            parents=parents,
            params={**why.params, **params},
        )

    def failed(
        self,
        error: ModelError,
        *,
        parents: Sequence[Sample | Seed] = (),
        params: Mapping[str, Any] = EMPTY,
    ) -> Rejection:
        """The rejection for a row whose call failed for good: `model_timeout`, `model_bad_request` …"""
        return self.refuse(Refusal.failed(error, params), parents=parents)

    def take(self, row: Sample | Rejection) -> Sample | Rejection:
        """A yielded row, once; raises TypeError for anything that wasn't made by `sample`, `reject` or `refuse`."""
        if not isinstance(row, Sample | Rejection):
            raise TypeError(f"yielded {type(row).__name__}, not what request.sample() or .reject() gives")
        if row.id not in self._issued:
            raise TypeError(f"yielded row {row.id} twice, or didn't make it by request.sample() or .reject()")
        self._issued.remove(row.id)
        return row

    def _stamp(
        self, parents: Sequence[Sample | Seed], params: Mapping[str, Any], method: Mapping[str, Any]
    ) -> tuple[str, Metadata, Trace]:
        origin, position = self.origin, self._position
        self._position = position + 1
        steps = (Step(name=origin.method, params=params),)
        method = {**self._inherited(parents), **method} if self.kept else method
        earlier = next((p.trace.processing_steps for p in parents if isinstance(p, Sample)), ())
        metadata = Metadata(
            generation_method=origin.method,
            generator_version=origin.version,
            arm=origin.arm,
            method=method,
            is_rehearsal=origin.is_rehearsal,
        )
        trace = Trace(parents=tuple(p.id for p in parents), processing_steps=(*earlier, *steps))
        identity = origin.row_id(position)
        self._issued.add(identity)
        return identity, metadata, trace

    def _inherited(self, parents: Sequence[Sample | Seed]) -> dict[str, Any]:
        """What the first parent is, by the keys that are kept: by its record, or its row as it was read."""
        if not parents:
            return {}
        first = parents[0]
        told = {
            key: first.value_of(key) if isinstance(first, Sample) else first.row.get(key) for key in self.kept
        }
        return {key: value for key, value in told.items() if value is not None}


class Generator(ABC, Generic[ConfigT]):
    """Makes samples. Built once per arm from its options and the run's inputs; must pickle."""

    is_identity: ClassVar[bool] = False
    """Whether its rows are the originals unchanged: they are then not compared with the seeds, which they are."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        """Checks the options against the inputs; raises InputError before any work where they don't fit."""
        self.config = config
        self.inputs = inputs

    @abstractmethod
    def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """Yields at most `request.n` samples, and any number of rejections. An async generator."""

    def labels(self) -> frozenset[str] | None:
        """The labels this arm can make; None when it makes any (or none)."""
        return None

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's `coverage` whose values it heeds in cells; rows of others fall where they fall."""
        return frozenset()

    def enforces(self) -> frozenset[str]:
        """Dotted keys of the recipe's open sections that it acts on beyond prompts, such as `constraints.keywords`."""
        return frozenset()

    def fan_out(self) -> int:
        """Rows that it makes of one parent, at most, as a later link of an arm."""
        return 1

    def needs(self) -> frozenset[str]:
        """What its options make it need beyond what its component declares, such as `model`."""
        return frozenset()

    def models(self) -> Mapping[str, Sequence[str]]:
        """The models it calls: alias (or a model's name) → the capabilities that it can't do without."""
        return EMPTY

    def digest(self) -> str:
        """A hash of what decides its rows beyond its options and the recipe, such as files that a grammar names."""
        return ""

    def json_schema(self) -> Mapping[str, Any] | None:
        """The JSON Schema of what it emits, where it knows; the schema validator falls back on it."""
        return None

    def carried(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """What becomes of a dataset's other columns, those that no row is read from, when it is put through this."""
        return columns

    def notices(self) -> Sequence[str]:
        """What the user should know before the run: warnings and facts, one sentence each."""
        return ()
