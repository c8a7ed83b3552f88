"""The arms that a recipe offers: those that it names or all that fit, each with what it still lacks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from datagen_core.building import built_part
from datagen_core.context import Context
from datagen_core.errors import PluginError, RecipeError, UsageError
from datagen_core.inputs import Inputs
from datagen_core.job import BuiltArm
from datagen_core.one_pass import GIVEN_BY_LINKS
from datagen_core.plugins.host import Host
from datagen_core.recipe import ArmUse, LoadedRecipe
from datagen_core.recipe_models import NO_MODEL, RecipeModels
from datagen_core.router import Arm

SHORT_OF_ARMS = "give arms: or what the arms need (seeds:, grammar:, documents: …)"


class RecipeArms:
    """Builds a recipe's arms. `skipped` holds (arm, why) of those that aren't offered."""

    def __init__(self, loaded: LoadedRecipe, host: Host, models: RecipeModels) -> None:
        self._loaded, self._recipe, self._host, self._models = loaded, loaded.recipe, host, models
        self.skipped: list[tuple[str, str]] = []
        self.assumptions: list[str] = []

    def offered(self, inputs: Inputs, context: Context) -> tuple[BuiltArm, ...]:
        """Those whose needs are met; raises RecipeError where there is none."""
        named = self._recipe.arms
        uses = named if named is not None else self._all_that_fit(context.format)
        built: list[BuiltArm] = []
        for i, use in enumerate(uses):
            missing = self._missing(use, context)
            if missing:
                self.skipped.append((use.name, f"needs {', '.join(missing)}"))
                continue
            try:
                arm = self._arm(use, inputs, ("arms", i))
            except (UsageError, PluginError) as error:
                if named is not None:
                    error.message = f"the arm {use.name!r}: {error.message}"
                    raise
                self.skipped.append((use.name, error.message))
                continue
            if named is None and self._has_idle_preset(arm, use):
                plain = ArmUse.model_validate(arm.links[0].offer.name)
                if plain.name in {other.arm.name for other in built}:
                    continue
                arm = self._arm(plain, inputs, ("arms", i))
            missing = self._missing_of_parts(arm, context)
            made = arm.labels()
            if missing:
                self.skipped.append((use.name, f"needs {', '.join(missing)}"))
            elif lacking := self._missing_models(arm, ("arms", i)):
                self.skipped.append((use.name, f"needs {lacking}"))
            elif (
                self._recipe.balance and inputs.labels and made is not None and not made & set(inputs.labels)
            ):
                self.skipped.append((use.name, "makes none of the labels wanted"))
            else:
                built.append(arm)
        if not built:
            why = "; ".join(f"{name}: {reason}" for name, reason in self.skipped)
            raise RecipeError(
                f"no arm can be offered ({why})" if why else "there is no arm",
                where=self._loaded.source.place(("arms",)),
                expected="at least one generator whose needs are met",
                hint=NO_MODEL if " model" in why else "datagen plugins list" if why else SHORT_OF_ARMS,
            )
        return tuple(built)

    def again_if_silent(
        self, arms: tuple[BuiltArm, ...], inputs: Inputs, context: Context
    ) -> tuple[tuple[BuiltArm, ...], Inputs]:
        """Arms and inputs, given a schema that some arms imply: the others are told of it.

        Where one may still emit anything, nothing can be demanded of all rows.
        """
        silent = [arm for arm in arms if arm.links[-1].part.json_schema() is None]
        if not silent:
            return arms, inputs
        try:
            told = self._rebuilt(inputs, context)
        except UsageError:  # an arm that can't make such rows
            told = arms
        if any(arm.links[-1].part.json_schema() is None for arm in told):
            return arms, replace(inputs, json_schema=None)
        return told, inputs

    def _rebuilt(self, inputs: Inputs, context: Context) -> tuple[BuiltArm, ...]:
        self.skipped.clear()
        self.assumptions = [line for line in self.assumptions if not line.startswith("arms:")]
        return self.offered(inputs, context)

    def _all_that_fit(self, wanted: str) -> list[ArmUse]:
        names = []
        has_models = self._models.are_named()
        for offer in self._host.of_kind("generator"):
            if offer.component.is_named_only:
                continue
            if offer.component.makes and wanted not in offer.component.makes:
                self.skipped.append(
                    (offer.name, f"makes {' or '.join(offer.component.makes)} rows, not {wanted}")
                )
                continue
            fitting = [p for p in offer.component.presets if has_models or "model" not in p.needs]
            names += [f"{offer.name}-{preset.name}" for preset in fitting] or [offer.name]
        self.assumptions.append("arms: all installed that fit")
        return [ArmUse.model_validate(name) for name in names]

    def _missing(self, use: ArmUse, context: Context) -> list[str]:
        there = context.available()
        needs: dict[str, None] = {}
        for i, link in enumerate(use.chain):
            offer, _ = self._host.find("generator", link.use)
            needs.update(dict.fromkeys(_of_link(i, offer.component.needs)))
        return [need for need in needs if need not in there]

    def _has_idle_preset(self, arm: BuiltArm, use: ArmUse) -> bool:
        """Whether an arm is a preset that differs by how a model is asked, and asks none."""
        _, preset = self._host.find("generator", use.chain[0].use)
        return preset is not None and "model" in preset.needs and not arm.links[0].part.models()

    def _missing_models(self, arm: BuiltArm, path: tuple[str | int, ...]) -> str | None:
        place = self._loaded.source.place(path)
        return next(
            (lacking for link in arm.links if (lacking := self._models.lacking(link.part, place))), None
        )

    def _missing_of_parts(self, arm: BuiltArm, context: Context) -> list[str]:
        there = context.available()
        needed = {n for i, link in enumerate(arm.links) for n in _of_link(i, link.part.needs())}
        return sorted(needed - there)

    def _arm(self, use: ArmUse, inputs: Inputs, path: tuple[str | int, ...]) -> BuiltArm:
        chained = len(use.chain) > 1
        links = tuple(
            built_part(
                self._loaded, self._host, "generator", link, (*path, "chain", i) if chained else path, inputs
            )
            for i, link in enumerate(use.chain)
        )
        attributes: dict[str, str] = {}
        for link, link_use in zip(links, use.chain, strict=True):
            _, preset = self._host.find("generator", link_use.use)
            attributes |= {"strategy": link.offer.name, **link.offer.component.attributes}
            attributes |= preset.attributes if preset else {}
        version = "+".join(link.offer.version for link in links)
        arm = Arm(name=use.name, attributes={**attributes, **use.attributes}, version=version)
        known = {v.name or v.use for v in self._recipe.named_validators}
        for name in use.gate:
            if name not in known:
                raise RecipeError(
                    f"gate: no validator is called {name!r}",
                    where=self._loaded.source.place((*path, "gate")),
                    expected=f"one of {', '.join(sorted(known)) or 'none: the recipe has no validators'}",
                )
        return BuiltArm(arm, links, use.gate, use.budget)


def _of_link(position: int, needs: Iterable[str]) -> list[str]:
    """What a link needs beyond what the link before gives it."""
    return [need for need in needs if position == 0 or need not in GIVEN_BY_LINKS]
