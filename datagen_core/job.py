"""A job: everything that a run is made of, checked and ready, with nothing yet done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.coverage import Coverage, Stratum, exact_shares
from datagen_core.generator import Generator
from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.model import Model
from datagen_core.plugins.host import Host, Offer
from datagen_core.recipe import CallBudget, LoadedRecipe, ModelUse
from datagen_core.retriever import Retriever
from datagen_core.router import Arm, Router

WHERE_AND_HOW_DEAR = frozenset(
    {"base_url", "api_key_env", "headers", "organization", "price", "connect_timeout_s"}
)
"""Options of models that may change between sittings: the same model elsewhere, or at a corrected price."""


@dataclass(frozen=True, slots=True)
class Built:
    """A component made ready: what it is called, where it comes from, its options and the object itself."""

    name: str
    offer: Offer
    config: Config
    part: Any

    def identity(self) -> dict[str, Any]:
        """What of it decides results."""
        out = {"use": self.offer.name, "with": self.config.fingerprint()}
        digest = self.part.digest() if isinstance(self.part, Generator | Retriever) else ""
        return {**out, "digest": digest} if digest else out


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A model made ready: what components call it, its limits, and the object that reaches it."""

    alias: str
    use: ModelUse
    offer: Offer
    part: Model[Any]

    def identity(self) -> dict[str, Any]:
        """What of it decides results."""
        options = self.part.config.fingerprint()
        decisive = {key: value for key, value in options.items() if key not in WHERE_AND_HOW_DEAR}
        return {"name": self.part.full_name, "use": self.offer.name, "with": decisive}


@dataclass(frozen=True, slots=True)
class BuiltArm:
    """An arm made ready: what the router may know of it, its links, and validators between them."""

    arm: Arm
    links: tuple[Built, ...]
    gate: tuple[str, ...] = ()
    budget: CallBudget = field(default_factory=CallBudget)

    def labels(self) -> frozenset[str] | None:
        """The labels its source can make; None for any."""
        source: Generator[Any] = self.links[0].part
        return source.labels()

    def fan_out(self) -> int:
        """Rows that come of one row given to its first link, at most."""
        return prod(link.part.fan_out() for link in self.links)

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's coverage that any of its links heeds."""
        return frozenset().union(*(link.part.steers() for link in self.links))

    def enforces(self) -> frozenset[str]:
        """The keys of the recipe's open sections that any of its links acts on."""
        return frozenset().union(*(link.part.enforces() for link in self.links))


@dataclass(frozen=True, slots=True)
class Audit:
    """An audit made ready: by whom, of which share of the batches, and of how many rows of one."""

    built: Built
    share: float
    samples: int

    def identity(self) -> dict[str, Any]:
        """What of it decides results."""
        return {**self.built.identity(), "share": self.share, "samples": self.samples}


@dataclass(frozen=True, slots=True)
class Downstream:
    """An evaluator made ready that the router learns from, after each so many committed batches."""

    built: Built
    every: int

    def identity(self) -> dict[str, Any]:
        """What of it decides results."""
        return {**self.built.identity(), "every": self.every}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that a run is made of, checked, with nothing yet done.

    Attributes:
        coverage: What the rows should be made of: labels and other keys, with exact shares of the target.
        arms: The arms offered. `skipped` holds (arm, why) of those that aren't.
        models: By the alias that components ask for; only those that one of them does.
        validators: In the order they run: free, cheap, dear.
        downstream: Whose findings the router learns from as it goes, where the recipe asks for it.
        audit: Who grades some rows once more, where the recipe asks for it.
        selector: Who chooses the dataset from the accepted rows, where the recipe asks for it.
        embedder: Who turns texts into vectors, where the recipe names one.
        retriever: Who finds passages, where the recipe names one.
        order, batch_size, window, workers: Resolved; `window` is both the batches in flight and the feedback lag.
        assumptions: What was assumed where the recipe is silent.
        remarks: What was met while reading the inputs.
        identity: Everything that decides a row, but the target and the budget; `fingerprint` is its hash.
    """

    loaded: LoadedRecipe
    inputs: Inputs
    context: Context
    coverage: Coverage
    arms: tuple[BuiltArm, ...]
    skipped: tuple[tuple[str, str], ...]
    validators: tuple[Built, ...]
    reward: Built
    router_use: tuple[Offer, Config]
    evaluator: Built | None
    order: str
    batch_size: int
    window: int
    workers: int
    assumptions: tuple[str, ...]
    remarks: tuple[str, ...]
    host: Host
    identity: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, BuiltModel] = field(default_factory=dict)
    audit: Audit | None = None
    downstream: Downstream | None = None
    selector: Built | None = None
    embedder: Built | None = None
    retriever: Built | None = None

    def _further_versions(self) -> dict[str, str]:
        """Of what decides no row: what chooses among them, and who it asks."""
        offers = [self.selector.offer] if self.selector else []
        offers += [model.offer for model in self.models.values()]
        return {offer.package: offer.version for offer in offers}

    def deciding_models(self) -> dict[str, BuiltModel]:
        """The models that decide rows: all but those that the selector alone asks."""
        if self.selector is None:
            return dict(self.models)
        audit = [self.audit.built] if self.audit else []
        parts = [link.part for arm in self.arms for link in arm.links]
        parts += [built.part for built in (*self.validators, *audit)]
        asked = {alias for part in parts for alias in getattr(part, "models", dict)()}
        return {alias: model for alias, model in self.models.items() if alias in asked}

    @property
    def is_one_pass(self) -> bool:
        """Whether each seed goes through the arm once, in order, and the run is over then."""
        return self.loaded.recipe.each_seed_once

    @property
    def is_rehearsal(self) -> bool:
        """Whether one of its models only stands in for a model; all rows are marked then."""
        return any(model.part.is_rehearsal for model in self.models.values())

    @property
    def reward_definition(self) -> str:
        """The reward by name, version and options: rewards of another one are on another scale."""
        offer = self.reward.offer
        options = dumps(self.reward.config.fingerprint())
        return f"{offer.name}@{self.reward.part.version} {options}"

    def notices(self) -> list[str]:
        """What the inputs and the components want the user to know; may take seconds, so it is asked for."""
        parts = [(arm.arm.name, link.part) for arm in self.arms for link in arm.links]
        parts += [(built.name, built.part) for built in (*self.validators, self.reward)]
        further = (self.retriever, self.evaluator, self.selector)
        parts += [(built.name, built.part) for built in further if built]
        said = [f"{title}: {notice}" for title, part in parts for notice in part.notices()]
        return list(dict.fromkeys([*self.remarks, *said]))

    def targets(self) -> dict[Stratum, int]:
        """Rows wanted of each stratum; `{}` where any row will do."""
        wanted = self.loaded.recipe.num_samples
        return exact_shares(wanted, self.coverage.shares, least=self.coverage.least) if self.coverage else {}

    def new_router(self) -> Router[Any]:
        """A router that knows nothing yet."""
        offer, config = self.router_use
        made: Router[Any] = offer.component.load_impl()(config)
        return made

    def arm(self, name: str) -> BuiltArm:
        """The arm of this name."""
        return next(arm for arm in self.arms if arm.arm.name == name)

    def lock(self) -> dict[str, Any]:
        """The resolved recipe with versions, as `recipe.lock.yaml` holds it."""
        recipe = self.loaded.recipe.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {
            **recipe,
            "num_samples": self.loaded.recipe.num_samples,
            "order": self.order,
            "batch_size": self.batch_size,
            "window": self.window,
            "locked": {
                "fingerprint": self.fingerprint,
                "versions": dict(sorted({**self.versions, **self._further_versions()}.items())),
                "arms": [arm.arm.name for arm in self.arms],
                "identity": self.identity,
            },
        }
