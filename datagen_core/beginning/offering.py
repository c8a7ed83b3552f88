"""Which arms a recipe names: those that fit, give rows of the form wanted in a trial, and are of different packages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from datagen_core.beginning.trying import Tried, in_turn, tried
from datagen_core.errors import RecipeError, UsageError
from datagen_core.job import BuiltArm, Job
from datagen_core.plugins.host import Host
from datagen_core.recipe import from_source
from datagen_core.recipe_models import RecipeModels
from datagen_core.resolve import resolve
from datagen_core.yaml_source import Located

REHEARSAL = "rehearsal"
MOST_ARMS = 8
MOST_OF_A_PACKAGE = 3
SAMPLES_PER_ARM = 30
"""Three batches of ten: fewer tell a router little of an arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """An arm that isn't in the recipe, and why."""

    arm: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """Arms as a recipe names them, with their trials; `also` may be added as they are, `not_offered` may not."""

    uses: tuple[Any, ...]
    kept: tuple[Tried, ...]
    also: tuple[Aside, ...]
    not_offered: tuple[Aside, ...]


def offering(
    data: Mapping[str, Any],
    base: Path,
    *,
    sample: Sequence[Mapping[str, Any]],
    model: str | None,
    host: Host,
    say: Callable[[str], None],
) -> Offering:
    """The arms for a recipe that has none yet.

    Args:
        data: The recipe.
        base: The folder that its paths are relative to.
        sample: Some rows of its seeds, that trials work from.
        model: The model to be named; without one, arms that ask for one come in only where no other gives rows.
        host: What is installed.
        say: Told each step.

    Raises:
        RecipeError: no arm gives such rows.
    """
    return _Offerer(data, base, sample, model, host, say).offering()


def resolved(data: Mapping[str, Any], base: Path, host: Host, model: str | None = None) -> Job:
    """The job of a recipe given as a mapping."""
    return resolve(from_source(Located(dict(data), {}, "recipe"), base).with_model(model), host)


@dataclass
class _Offerer:
    data: Mapping[str, Any]
    base: Path
    sample: Sequence[Mapping[str, Any]]
    model: str | None
    host: Host
    say: Callable[[str], None]
    also: list[Aside] = field(default_factory=list)
    not_offered: list[Aside] = field(default_factory=list)

    def offering(self) -> Offering:
        job = self._trial()
        leads = () if "seeds" in self.data else ("documents", "grammar")
        lead = next((need for need in leads if need in self.data), None)
        fit = [arm for arm in job.arms if lead is None or lead in _needs(arm)] or list(job.arms)
        why = f"its rows needn't come from the {lead}"
        self.also += [Aside(arm=arm.arm.name, why=why) for arm in job.arms if arm not in fit]
        lacking = self._lacking(fit)
        form = None if lead else job.context.format
        kept = self._kept(job, [arm for arm in fit if arm.arm.name not in lacking], form)
        if kept or self.model:
            self.also += [Aside(arm=name, why=f"needs {what}") for name, what in lacking.items()]
        else:
            kept = self._kept(job, [arm for arm in fit if arm.arm.name in lacking], form)
        if not kept:
            reasons = "; ".join(f"{aside.arm}: {aside.why}" for aside in self.not_offered[:3])
            raise RecipeError(
                f"no installed arm makes {form or 'such'} rows here",
                expected="an arm that gives at least one row in a trial",
                hint=reasons or "datagen plugins list",
            )
        return Offering(
            uses=tuple(self._use(job, one.arm) for one in kept),
            kept=tuple(kept),
            also=tuple(self.also),
            not_offered=(*self.not_offered, *self._skipped(job)),
        )

    def _trial(self) -> Job:
        """The job of some of the seeds, and of all arms that can be offered in any way."""
        small = {key: value for key, value in self.data.items() if key != "labels"}
        if "seeds" in small:
            given = small["seeds"] if isinstance(small["seeds"], Mapping) else {}
            small["seeds"] = {**given, "path": None, "rows": list(self.sample)}
        self.say("seeing which arms fit")
        job = self._resolved(small)
        alone = [name for name in self._without_presets(job) if self._is_offered(small, name)]
        uses = [self._use(job, name) for name in (*(arm.arm.name for arm in job.arms), *alone)]
        if uses == [arm.arm.name for arm in job.arms]:
            return job
        skipped = [(name, why) for name, why in job.skipped if self._component(name) not in alone]
        return replace(self._resolved({**small, "arms": uses}), skipped=tuple(skipped))

    def _without_presets(self, job: Job) -> list[str]:
        """Components of which presets were tried and none is offered: they may be offered alone."""
        named = {self._component(arm.arm.name) for arm in job.arms}
        presets = [name for name, _ in job.skipped if name != self._component(name)]
        return list(dict.fromkeys(found for name in presets if (found := self._component(name)) not in named))

    def _is_offered(self, data: Mapping[str, Any], name: str) -> bool:
        try:
            return bool(self._resolved({**data, "arms": [name]}).arms)
        except UsageError:
            return False

    def _use(self, job: Job, name: str) -> Any:
        """An arm as a recipe names it, told to make pairs where pairs are wanted and it can be told."""
        offer, _ = self.host.find("generator", name)
        output = offer.component.load_config().model_fields.get("output")
        if job.context.format == "pair" and output and "pair" in get_args(output.annotation):
            return {"use": name, "with": {"output": "pair"}}
        return name

    def _lacking(self, arms: Sequence[BuiltArm]) -> dict[str, str]:
        """Arms that ask for a model that there isn't, or that can't do what they need → what they lack."""
        models = {"models": {"generator": self.model}} if self.model else {}
        loaded = from_source(Located({**self.data, **models}, {}, "recipe"), self.base)
        known, out = RecipeModels(loaded, self.host), {}
        for arm in arms:
            try:
                what = next(filter(None, (known.lacking(link.part, "models") for link in arm.links)), None)
            except UsageError as error:
                what = f"another model: {error.message}"
            if what:
                out[arm.arm.name] = what
        return out

    def _kept(self, job: Job, arms: Sequence[BuiltArm], form: str | None) -> list[Tried]:
        """The first arms in turn that give rows of the form; without a form, of that of the first."""
        most = max(2, min(MOST_ARMS, self.data["num_samples"] // SAMPLES_PER_ARM))
        kept: list[Tried] = []
        packages: Counter[str] = Counter()
        for arm in in_turn(arms):
            name, package = arm.arm.name, arm.links[0].offer.package
            if len(kept) == most or packages[package] == MOST_OF_A_PACKAGE:
                self.also.append(Aside(arm=name, why="untried: there are enough"))
                continue
            self.say(f"trying {name}")
            one = tried(job, arm)
            form = form or next(iter(one.forms), None)
            if not one.error and one.forms == {form}:
                kept.append(one)
                packages[package] += 1
            else:
                made = f"makes {' and '.join(sorted(one.forms))} rows here, not {form}"
                self.not_offered.append(Aside(arm=name, why=one.error or made))
        return kept

    def _skipped(self, job: Job) -> list[Aside]:
        """What can't be offered: presets of one component with one reason, once."""
        once = dict.fromkeys((self._component(name), why) for name, why in job.skipped)
        return [Aside(arm=name, why=why) for name, why in once]

    def _component(self, name: str) -> str:
        return self.host.find("generator", name)[0].name

    def _resolved(self, data: Mapping[str, Any]) -> Job:
        return resolved(data, self.base, self.host, REHEARSAL)


def _needs(arm: BuiltArm) -> set[str]:
    return {need for link in arm.links for need in (*link.offer.component.needs, *link.part.needs())}
