"""The generator: draws a seed of the wanted label, changes it by the mode's operator, checks what came out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from datagen_core.errors import InputError
from datagen_core.generator import Cell, GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.protected_spans import Protection, change_score, normalised
from datagen_core.sample import Rejection, Sample
from datagen_plugin_augment.config import AugmentConfig
from datagen_plugin_augment.frames import FrameFiller
from datagen_plugin_augment.operator import Edit, Operator
from datagen_plugin_augment.slots import SlotFiller, exchange_donors
from datagen_plugin_augment.splice import Splicer, by_label
from datagen_plugin_augment.word_edits import WordEditor


class Augment(Generator[AugmentConfig]):
    """New rows from seeds by rule. The label is the seed's; numbers, code, URLs and placeholders survive.

    In its own rules a row is rejected as `no_seed_for_label`, `no_change` (equal to a seed but for case, space and
    punctuation), `duplicate_in_batch`, or `lost_<kind>` for a protected span that the change broke; the last
    three after `tries` attempts.

    Raises:
        InputError: the seeds can't serve the mode (no slots, no list for any entity, nothing to join).
    """

    def __init__(self, config: AugmentConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        if not inputs.seeds:
            raise InputError("augment needs seeds", expected="at least one row", hint="add seeds: FILE")
        self._protection = Protection(config.protect)
        self._operator = _operator(config, inputs.seeds, self._protection)
        if not self._operator.sources:
            raise InputError(
                f"no seed can be changed by mode {config.mode}",
                expected="slots whose values stand in the text and have another value on offer",
                hint="check the slots column, add values, or use mode splice or word-edits",
            )
        self._sources = by_label(self._operator.sources)
        self._seen = frozenset(normalised(seed.text) for seed in inputs.seeds)

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or one rejection for each row wanted."""
        made: set[str] = set()
        for cell in request.wanted_cells():
            yield self._row(request, cell, made)

    def labels(self) -> frozenset[str] | None:
        """The labels of the seeds that the mode can change; None when these have no labels."""
        return frozenset(label for label in self._sources if label is not None) or None

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's coverage that are columns of all seeds: a row is what its seed is."""
        keys = self.inputs.coverage
        return frozenset(
            k for k in keys if all(seed.row.get(k) is not None for seed in self._operator.sources)
        )

    def notices(self) -> Sequence[str]:
        """Names the labels that this mode can't make, and the word lists it has no use for."""
        missing = [label for label in self.inputs.labels if self.labels() and label not in self._sources]
        own = [f"Mode {self.config.mode} can't make: {', '.join(missing)}."] if missing else []
        return (*own, *self._operator.notices())

    def _row(self, request: GenerateRequest, cell: Cell, made: set[str]) -> Sample | Rejection:
        params = {"mode": self.config.mode}
        seeds = self._operator.sources if cell.label is None else self._sources.get(cell.label, ())
        if cell.values:
            seeds = tuple(s for s in seeds if all(str(s.row[k]) == value for k, value in cell.values))
        if not seeds:
            rule = f"mode {self.config.mode} needs a seed of the kind that it can change"
            wanted = ", ".join(filter(None, [cell.label, *(f"{k}={value}" for k, value in cell.values)]))
            return request.reject("no_seed_for_label", rule, measured=wanted, params=params)
        refusal, text, parents = ("no_change", "", ""), "", tuple[Seed, ...]()
        for _ in range(self.config.tries):
            edit = self._operator.edit(request.rng.choice(seeds), request.rng)
            if edit is None:
                continue
            text, parents = edit.text, edit.parents
            found = self._refusal(edit, made)
            if found is None:
                made.add(normalised(text))
                return self._sample(request, edit)
            refusal = found
        reason, rule, measured = refusal
        return request.reject(
            reason,
            rule or "a change that the mode can make",
            text=text,
            measured=measured or None,
            threshold=f"{self.config.tries} tries",
            parents=parents,
            params=params,
        )

    def _refusal(self, edit: Edit, made: set[str]) -> tuple[str, str, str] | None:
        key = normalised(edit.text)
        if key in self._seen or not key:
            return "no_change", "differs from each seed in more than case, space and punctuation", ""
        if key in made:
            return "duplicate_in_batch", "differs from the batch's other rows", ""
        if lost := self._protection.lost(edit.expected, edit.text):
            return f"lost_{lost.kind}", "protected spans survive", lost.text
        return None

    def _sample(self, request: GenerateRequest, edit: Edit) -> Sample:
        return request.sample(
            response=edit.text,
            label=edit.parents[0].label,
            parents=edit.parents,
            params={"mode": self.config.mode},
            method={
                "operator": self.config.mode,
                **edit.details,
                "preserved": [span.text for span in edit.expected],
                "change_score": min(change_score(edit.text, parent.text) for parent in edit.parents),
            },
        )


def _operator(config: AugmentConfig, seeds: Sequence[Seed], protection: Protection) -> Operator:
    if config.words and config.mode != "frames":
        raise InputError(f"words are given, but mode {config.mode} uses none", expected="mode: frames")
    if config.mode == "slot-exchange":
        return SlotFiller(seeds, exchange_donors(seeds), protection)
    if config.mode == "frames":
        return FrameFiller(seeds, config, protection)
    if config.mode == "splice":
        return Splicer(seeds, protection)
    return WordEditor(seeds, config.share, config.operations, protection)
