"""One pass: each seed goes through the one arm of a recipe, once (`each_seed_once`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from datagen_core.errors import RecipeError
from datagen_core.inputs import Inputs, Seed
from datagen_core.job import BuiltArm
from datagen_core.plugins.host import Host
from datagen_core.recipe import LoadedRecipe

GIVEN_BY_LINKS = ("parents", "originals")
"""What a link needs that the link before gives it, or in one pass the seeds."""


def check_transforms(loaded: LoadedRecipe, host: Host) -> None:
    """Raises RecipeError for a link that makes rows of its own, where rows are to go through."""
    for i, use in enumerate(loaded.recipe.arms or ()):
        for link in use.chain:
            offer, _ = host.find("generator", link.use)
            is_local = offer.version.startswith("sha256:")  # these say nothing of what they need
            if not is_local and not set(offer.component.needs) & set(GIVEN_BY_LINKS):
                raise RecipeError(
                    f"{link.use} makes rows of its own, it doesn't change rows",
                    where=loaded.source.place(("arms", i)),
                    expected=f"one of {', '.join(_transforms(host)) or 'none: no such arm is installed'}",
                    hint="datagen plugins list",
                )


def _transforms(host: Host) -> list[str]:
    offers = host.of_kind("generator")
    return [offer.name for offer in offers if set(offer.component.needs) & set(GIVEN_BY_LINKS)]


def most_rows(loaded: LoadedRecipe, arms: Sequence[BuiltArm], inputs: Inputs) -> int:
    """How many rows come of it at most; raises RecipeError without seeds, or with other than one arm."""
    if len(arms) != 1 or not inputs.seeds:
        raise RecipeError(
            f"each_seed_once with {len(arms)} arms and {len(inputs.seeds)} seeds",
            where=loaded.source.place(("each_seed_once",)),
            expected="one arm and seeds: each goes through it once",
        )
    return len(inputs.seeds) * arms[0].fan_out()


def distinct(seeds: Iterable[Seed]) -> tuple[Seed, ...]:
    """The same, with ids that differ: equal rows are told apart by which of them they are."""
    seen: Counter[str] = Counter()
    out = []
    for seed in seeds:
        seen[seed.id] += 1
        out.append(seed if seen[seed.id] == 1 else replace(seed, id=f"{seed.id}-{seen[seed.id]}"))
    return tuple(out)
