"""What the user should know of a grammar before the run, one sentence each."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_plugin_templater.analysis import unreachable
from datagen_plugin_templater.consistency import TOLERANCE, recursive, spectral_radius
from datagen_plugin_templater.counting import Counts
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.plans import Plans

MAX_LISTED = 10


def listed(names: Sequence[str]) -> str:
    """The first ten names, and how many more there are."""
    more = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def about_unreachable(grammar: Grammar) -> list[str]:
    """The rules that nothing leads to."""
    names = unreachable(grammar)
    return [f"no sample can contain {listed(names)}: unreachable from {grammar.start}"] if names else []


def about_labels(made: Sequence[str] | None, wanted: Sequence[str]) -> list[str]:
    """How the labels made (None: no label) differ from the recipe's."""
    if not wanted:
        return []
    if made is None:
        return ["the recipe has labels and the grammar makes none: name its label: to fill them"]
    found = []
    if missing := [label for label in wanted if label not in made]:
        found.append(f"the grammar makes no row of {listed(missing)}")
    if more := [label for label in made if label not in wanted]:
        found.append(f"the grammar also makes {listed(more)}, which the recipe doesn't ask for")
    return found


def about_depth(plans: Plans, max_depth: int) -> list[str]:
    """Whether the depth limit changes what is drawn."""
    tables = list({id(plan.world.tables): plan.world.tables for plan in plans.plans}.values())
    radius = max(spectral_radius(some) for some in tables)
    names = sorted(frozenset().union(*(recursive(some) for some in tables)))
    if radius >= 1 - TOLERANCE:
        return [
            f"{listed(names)} would grow without end (spectral radius {radius:.3g}, not below 1): "
            f"only max_depth ({max_depth}) ends it, which changes the distribution"
        ]
    if not names and any(rule.deepest > max_depth for some in tables for rule in some.values()):
        return [f"some alternatives need more levels than max_depth ({max_depth}) and are never drawn"]
    return []


def about_size(counts: Counts | None) -> str:
    """How many distinct samples there are; None when a model writes parts."""
    if counts is None:
        return "the number of distinct samples isn't known: a model writes parts (llm_fill)"
    each = "; ".join(f"{label}: {count}" for label, count in counts.by_label.items())
    return f"distinct samples: {counts.total}" + (f" ({each})" if each else "")
