"""Exact shares of strata; what one lacks is listed, never filled in silence."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from datagen_core.coverage import exact_shares
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample
from datagen_core.selector import NOT_NEEDED, Selection, Selector
from datagen_plugin_selection.choice import Choice, best_first
from datagen_plugin_selection.config import StratifiedConfig
from datagen_plugin_selection.row_values import check_key, number_of, value_of

MAX_STRATA = 2_000
MAX_NAMED = 20

Values: TypeAlias = tuple[str, ...]


class Stratified(Selector[StratifiedConfig]):
    """Targets by share (largest remainder, exact sum), the best rows of each stratum first.

    The strata are the cross product of the keys' values: those with shares, else those that the recipe declares
    (labels, languages where there are several, coverage), else those that rows have. Without n the targets are shares
    of all rows that belong to a stratum.
    Reasons: `unknown_stratum` (a row without a value, or with one that isn't declared), `not_needed` (threshold: the
    stratum's target, evidence: its name).

    Raises:
        InputError: shares of a value that the recipe doesn't declare.
    """

    def __init__(self, config: StratifiedConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        for key, shares in config.shares.items():
            declared = self._declared(key)
            if unknown := [value for value in shares if declared and value not in declared]:
                raise InputError(
                    f"a share of {unknown[0]!r}",
                    where=f"with.shares.{key}",
                    expected=f"values that the recipe has for {key}: {', '.join(declared)}",
                )

    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """See `Selector.select`. Raises InputError for a key that no row has, or too many strata."""
        for key in self.config.by:
            check_key(rows, key, "by")
        choice = Choice(rows)
        weights = self._weights(rows)
        members = self._members(choice, weights)
        wanted = sum(map(len, members.values())) if n is None else n
        targets = exact_shares(wanted, weights, least=self.config.minimum)
        for stratum, group in members.items():
            taken = group[: targets[stratum]]
            choice.kept += taken
            for row in group[len(taken) :]:
                choice.leave(row, NOT_NEEDED, threshold=targets[stratum], evidence=self._name(stratum))
        self._note_shortfall(choice, targets, members)
        if self.config.fill:
            self._fill(choice, members, wanted)
        return choice.selection()

    def _declared(self, key: str) -> Sequence[str]:
        if key == "label":
            return self.inputs.labels
        if key in self.inputs.coverage:
            return self.inputs.coverage[key]
        return self.inputs.languages if key == "language" and len(self.inputs.languages) > 1 else ()

    def _weights(self, rows: Sequence[Sample]) -> dict[Values, float]:
        """Stratum → weight, of every combination of values."""
        by_key = [self._key_weights(key, rows) for key in self.config.by]
        count = math.prod(map(len, by_key))
        if count > MAX_STRATA:
            raise InputError(
                f"{count} strata of {' × '.join(self.config.by)}",
                where="with.by",
                expected=f"at most {MAX_STRATA}",
                hint="use keys with fewer values, or give `shares` of those that matter",
            )
        return {
            tuple(value for value, _ in cell): math.prod(weight for _, weight in cell)
            for cell in itertools.product(*(weights.items() for weights in by_key))
        }

    def _key_weights(self, key: str, rows: Sequence[Sample]) -> dict[str, float]:
        if key in self.config.shares:
            total = sum(self.config.shares[key].values())
            return {value: share / total for value, share in self.config.shares[key].items()}
        found = self._declared(key) or (value_of(row, key) for row in rows)
        return dict.fromkeys((value for value in found if value is not None), 1.0)

    def _members(self, choice: Choice, weights: Mapping[Values, float]) -> dict[Values, list[int]]:
        """The rows of each stratum, best first; others are left."""
        members: dict[Values, list[int]] = {stratum: [] for stratum in weights}
        for at, row in enumerate(choice.rows):
            values = [value_of(row, key) for key in self.config.by]
            stratum = tuple(value for value in values if value is not None)
            if stratum not in members or len(stratum) < len(values):
                choice.leave(at, "unknown_stratum", self._name([value or "none" for value in values]))
                continue
            members[stratum].append(at)
            if (score := number_of(row, self.config.score)) is not None:
                choice.scores[at] = score
        return {stratum: best_first(group, choice.scores) for stratum, group in members.items()}

    def _note_shortfall(
        self, choice: Choice, targets: Mapping[Values, int], members: Mapping[Values, Sequence[int]]
    ) -> None:
        short = {stratum: target - len(members[stratum]) for stratum, target in targets.items()}
        lacking = [stratum for stratum in targets if short[stratum] > 0]
        for stratum in lacking[:MAX_NAMED]:
            choice.notes.append(
                f"{self._name(stratum)} has {len(members[stratum])} of {targets[stratum]} rows: "
                f"{short[stratum]} missing"
            )
        if more := lacking[MAX_NAMED:]:
            choice.notes.append(f"{len(more)} more strata miss {sum(short[one] for one in more)} rows")
        if unknown := sum(verdict.reason == "unknown_stratum" for verdict in choice.left.values()):
            choice.notes.append(f"{unknown} rows belong to no stratum of {' × '.join(self.config.by)}")

    def _fill(self, choice: Choice, members: Mapping[Values, Sequence[int]], wanted: int) -> None:
        kept = set(choice.kept)
        spare = sorted(row for group in members.values() for row in group if row not in kept)
        extra = best_first(spare, choice.scores)[: wanted - len(choice.kept)]
        choice.kept += extra
        if extra:
            choice.notes.append(f"{len(extra)} rows beyond their stratum's target fill what others lack")

    def _name(self, values: Sequence[str]) -> str:
        return ", ".join(f"{key}={value}" for key, value in zip(self.config.by, values, strict=True))
