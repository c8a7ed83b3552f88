"""Which validators a recipe calls for: each installed one says when it should be used, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.plugins.host import NEEDS_EXTRA, Host, Offer, one_line
from datagen_core.plugins.spec import COST_CLASSES
from datagen_core.recipe import Use
from datagen_core.suggestion import Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A validator that a recipe should use.

    Attributes:
        use: As a recipe would name it, with its options.
        why: What in the recipe led to it.
        cost: Its cost class.
        acts_on: The keys of the recipe's open sections that it sees to.
        lacking: "" or what keeps it from being used: a model that isn't named, an extra that isn't installed.
    """

    use: Use
    why: str
    cost: str
    lacking: str = ""
    acts_on: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "use": self.use.use,
            "with": dict(self.use.with_),
            "why": self.why,
            "cost": self.cost,
            "lacking": self.lacking,
        }


def suggestions(host: Host, inputs: Inputs, context: Context) -> list[Suggested]:
    """What the installed validators propose for these inputs, cheap before dear, by name.

    A validator that can't be loaded proposes nothing: `datagen plugins list` says why.
    """
    found = [one for offer in host.of_kind("validator") if (one := _of(offer, inputs, context)) is not None]
    return sorted(found, key=lambda one: (COST_CLASSES.index(one.cost), one.use.use))


def usable(found: Sequence[Suggested]) -> tuple[Use, ...]:
    """Those that nothing keeps from being used."""
    return tuple(one.use for one in found if not one.lacking)


def _of(offer: Offer, inputs: Inputs, context: Context) -> Suggested | None:
    if offer.state != "ok" and not offer.state.startswith(NEEDS_EXTRA):
        return None
    try:
        return _said(offer, offer.component.load_impl().suggestion(inputs, context), context)
    except ImportError:
        return None
    except Exception as error:
        lacking = f"it fails to say when it should be used: {one_line(error)}"
        return Suggested(use=Use(use=offer.name), why="", cost=offer.component.cost, lacking=lacking)


def _said(offer: Offer, said: Suggestion | None, context: Context) -> Suggested | None:
    if said is None:
        return None
    needs_model = "model" in offer.component.needs and not context.model
    lacking = "needs models:" if needs_model else "" if offer.state == "ok" else offer.state
    use = Use.model_validate({"use": offer.name, "with": dict(said.options)})
    return Suggested(
        use=use, why=said.why, cost=offer.component.cost, lacking=lacking, acts_on=said.acts_on()
    )
