"""Which of a model's outputs means what, read from the names that its config gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from datagen_core.errors import PluginError

ENTAILMENT = {"entailment", "entails", "entailed", "entail", "e"}
CONTRADICTION = {"contradiction", "contradicts", "contradicted", "contradictory", "contradict", "c"}
NEUTRAL = {"neutral", "n"}
NOT_ENTAILMENT = {"not_entailment", "non_entailment", "no_entailment", "not_entailed"}
SETS = ((ENTAILMENT, NEUTRAL, CONTRADICTION), (ENTAILMENT, NOT_ENTAILMENT))


@dataclass(frozen=True, slots=True)
class Labels:
    """Places among the model's outputs; `contradiction` is None where it tells none from neutral."""

    entailment: int
    contradiction: int | None = None


def read_labels(
    id2label: Mapping[str, str], *, entailment: str | None = None, contradiction: str | None = None
) -> Labels:
    """The places of the labels: three (entailment, neutral, contradiction) or two (entailment or not).

    Order and case are the model's own. Names given are taken as the model writes them, and settle it alone.

    Raises:
        PluginError: the names don't say it, or none is as given.

    Example:
        >>> read_labels({"0": "CONTRADICTION", "1": "entailment", "2": "Neutral"})
        Labels(entailment=1, contradiction=0)
    """
    names = {label: int(place) for place, label in id2label.items()}
    if entailment is not None:
        wanted = [name for name in (entailment, contradiction) if name is not None]
        if set(wanted) <= set(names) and len(set(wanted)) == len(wanted):
            return Labels(*(names[name] for name in wanted))
        raise _unclear(names)
    plain = {re.sub(r"[\W_]+", "_", label).strip("_").lower(): place for label, place in names.items()}
    for roles in SETS:
        found = [[place for name, place in plain.items() if name in role] for role in roles]
        if len(names) == len(roles) and all(len(places) == 1 for places in found):
            places = [places[0] for places in found]
            return Labels(places[0], places[2] if len(places) == 3 else None)
    raise _unclear(names)


def _unclear(names: Mapping[str, int]) -> PluginError:
    return PluginError(
        f"it isn't clear what the model's labels mean: {', '.join(names) or 'it has none'}",
        where="entailment",
        expected="entailment, neutral and contradiction, or entailment and not_entailment",
        hint="say it with `labels: {entailment: NAME, contradiction: NAME}`, or name an NLI model",
    )
