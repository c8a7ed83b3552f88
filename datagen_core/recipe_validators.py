"""The validators of a recipe: those that it names, those that suggest themselves, or deduplication alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datagen_core.building import built_part
from datagen_core.context import Context
from datagen_core.errors import PluginError, RecipeError, UsageError
from datagen_core.inputs import Inputs
from datagen_core.job import Audit, Built, BuiltArm
from datagen_core.plugins.host import Host
from datagen_core.plugins.spec import COST_CLASSES
from datagen_core.recipe import LoadedRecipe, Use
from datagen_core.recipe_models import NO_MODEL, RecipeModels
from datagen_core.suggesting import Suggested, suggestions, usable
from datagen_core.validator import ModelValidator, Validator


class RecipeValidators:
    """Builds a recipe's validators and its audit.

    `assumptions` gathers what the recipe leaves open, `enforced` the keys that validators chosen for it act on.
    """

    def __init__(self, loaded: LoadedRecipe, host: Host, models: RecipeModels) -> None:
        self._loaded, self._recipe, self._host, self._models = loaded, loaded.recipe, host, models
        self.assumptions: list[str] = []
        self.enforced: frozenset[str] = frozenset()

    def chosen(self, inputs: Inputs, context: Context) -> tuple[Use, ...]:
        """Those that the recipe names, or that it leaves to be chosen."""
        if self._recipe.validators == "auto":
            found = [self._tried(one, inputs) for one in suggestions(self._host, inputs, context)]
            told = [f"{one.use.use} ({one.why})" for one in found if not one.lacking]
            self.assumptions.append(f"validators: {'; '.join(told) or 'none is suggested'}")
            self.assumptions += [
                f"validators: {one.use.use} would be used as well, but {one.lacking}"
                for one in found
                if one.lacking
            ]
            self.enforced = frozenset().union(*(one.acts_on for one in found if not one.lacking))
            return usable(found)
        if self._recipe.validators is None:
            there = "dedup" in self._host.names("validator")
            self.assumptions.append(f"validators: {'dedup' if there else 'none (dedup is not installed)'}")
            return (Use(use="dedup"),) if there else ()
        return self._recipe.named_validators

    def built(self, uses: Sequence[Use], inputs: Inputs) -> tuple[Built, ...]:
        """Made ready, in the order in which they run: free, cheap, dear."""
        built = [self._part(use, inputs, ("validators", i)) for i, use in enumerate(uses)]
        for i, validator in enumerate(built):
            if self._lacks_model(validator, ("validators", i)):
                raise RecipeError(
                    f"the validator {validator.name!r} needs a model and the recipe names none",
                    where=self._loaded.source.place(("validators", i)),
                    expected=f"models: with {', '.join(validator.part.models())}",
                    hint=NO_MODEL,
                )
        return tuple(sorted(built, key=lambda b: COST_CLASSES.index(b.offer.component.cost)))

    def audit(self, inputs: Inputs) -> Audit | None:
        """The validator that grades a few rows once more; None where the recipe has none."""
        use = self._recipe.audit
        if use is None:
            return None
        place = self._loaded.source.place(("audit",))
        built = self._part(use, inputs, ("audit",))
        if not isinstance(built.part, Validator | ModelValidator):
            raise RecipeError(
                f"audit: {built.name!r} doesn't judge rows one by one",
                where=place,
                expected="a validator of rows that gives scores, such as judge",
            )
        if self._lacks_model(built, ("audit",)):
            raise RecipeError("the audit needs a model and the recipe names none", where=place, hint=NO_MODEL)
        return Audit(built, use.share, use.samples)

    def check_gates(self, arms: Sequence[BuiltArm], validators: Sequence[Built]) -> None:
        """Raises RecipeError where a gate names a validator that doesn't judge rows one by one."""
        by_row = {b.name for b in validators if isinstance(b.part, Validator | ModelValidator)}
        for i, arm in enumerate(arms):
            wrong = next((name for name in arm.gate if name not in by_row), None)
            if wrong is not None:
                raise RecipeError(
                    f"gate: {wrong!r} doesn't judge rows one by one",
                    where=self._loaded.source.place(("arms", i, "gate")),
                    expected=f"one of {', '.join(sorted(by_row)) or 'none: no validator here does'}",
                )

    def _tried(self, one: Suggested, inputs: Inputs) -> Suggested:
        """The same, with what keeps it from working as it is: an alias that the recipe doesn't name, an input."""
        if one.lacking:
            return one
        try:
            built = self._part(one.use, inputs, ("validators",))
        except (UsageError, PluginError) as error:
            return replace(one, lacking=error.message)
        if not self._lacks_model(built, ("validators",)):
            return one
        return replace(one, lacking=f"it needs models: with {', '.join(built.part.models())}")

    def _part(self, use: Use, inputs: Inputs, path: tuple[str | int, ...]) -> Built:
        return built_part(self._loaded, self._host, "validator", use, path, inputs)

    def _lacks_model(self, built: Built, path: tuple[str | int, ...]) -> bool:
        place = self._loaded.source.place(path)
        return isinstance(built.part, ModelValidator) and bool(self._models.lacking(built.part, place))
