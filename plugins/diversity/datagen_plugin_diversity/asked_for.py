"""What a recipe's constraints ask of diversity."""

from __future__ import annotations

from datagen_core import Inputs, Suggestion

LIMITS = ("min_distinct_2", "max_self_bleu", "min_vendi_ratio")
WISHES = ("diversity", "ensure_diversity", "min_diversity")
NOT_ASKED = (None, False, 0, "", "none", "low", "false", "off")


def suggested(inputs: Inputs) -> Suggestion | None:
    """The validator with the limits that the constraints name, or as it is where they ask for diversity."""
    options = {
        key: float(value)
        for key, value in inputs.constraints.items()
        if key in LIMITS and isinstance(value, int | float) and value is not True and 0 < value < 1
    }
    wishes = [key for key in WISHES if inputs.constraints.get(key) not in NOT_ASKED]
    asking = [*options, *wishes]
    return Suggestion(why=f"constraints.{asking[0]} asks for it", options=options) if asking else None
