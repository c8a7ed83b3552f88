"""Rows before they are asked for: all that chance has a part in, drawn before anything is awaited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.turns import Turns
from datagen_plugin_naive.dataset import Dataset
from datagen_plugin_naive.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one row is to be.

    Attributes:
        label, language: As they go into the prompt.
        values: What else the row is to be, by the keys of the recipe's coverage.
        turn: Whose number modulo the number of angles is the angle's.
        seed: The dataset row it is about.
        given: The properties of the record that are known.
        examples: The seeds shown with it.
        refusal: Set where it can't be made.
    """

    label: str | None = None
    language: str = ""
    values: Mapping[str, str] = EMPTY
    turn: int = 0
    seed: Seed | None = None
    given: Mapping[str, Any] = EMPTY
    examples: tuple[Seed, ...] = ()
    refusal: Refusal | None = None

    @property
    def parents(self) -> tuple[Seed, ...]:
        """The dataset row, or the examples shown."""
        return self.examples if self.seed is None else (self.seed,)


class Drawing:
    """Draws drafts.

    Args:
        inputs: The run's.
        form: What a row is.
        dataset: What rows are about, if anything.
        examples: The most seeds shown with a row.
    """

    def __init__(self, inputs: Inputs, form: Form, dataset: Dataset | None, examples: int) -> None:
        self._inputs, self._form, self._dataset, self._examples = inputs, form, dataset, examples
        self._classes: list[str | None] = dataset.classes(form.label_property) if dataset else []

    def drafts(self, request: GenerateRequest) -> list[Draft]:
        """One for each row wanted, in order. Rows of a batch have different angles, as far as there are any."""
        rng, wanted, labels = request.rng, request.wanted_cells(), self._inputs.labels
        first = rng.randrange(2**32)
        turns = rng.sample(range(first, first + len(wanted)), len(wanted))
        drawn = [
            Draft(
                label=rng.choice(labels) if cell.label is None and labels else cell.label,
                language=dict(cell.values).get("language") or rng.choice(self._inputs.languages),
                values=dict(cell.values),
                turn=turn,
            )
            for cell, turn in zip(wanted, turns, strict=True)
        ]
        known = [draft if self._is_known(draft.label) else self._refused(draft) for draft in drawn]
        return self._about_records(known, request) if self._dataset else self._with_examples(known, request)

    def _is_known(self, label: str | None) -> bool:
        return not self._inputs.labels or label in self._inputs.labels

    def _refused(self, draft: Draft) -> Draft:
        refusal = Refusal(
            reason="label_not_wanted",
            rule="a label of the recipe",
            measured=str(draft.label),
            threshold=", ".join(self._inputs.labels),
        )
        return replace(draft, refusal=refusal)

    def _with_examples(self, drafts: Sequence[Draft], request: GenerateRequest) -> list[Draft]:
        by_label: dict[str | None, list[Seed]] = {}
        for seed in request.seeds if self._examples else ():
            by_label.setdefault(seed.label, []).append(seed)
        out = []
        for draft in drafts:
            there = by_label.get(draft.label, [])
            shown = request.rng.sample(there, min(self._examples, len(there)))
            given = {} if draft.refusal else self._form.given(draft.label, self._known(draft))
            out.append(replace(draft, examples=tuple(shown), given=given))
        return out

    def _about_records(self, drafts: Sequence[Draft], request: GenerateRequest) -> list[Draft]:
        turns = self._turns(request)
        return [draft if draft.refusal else self._about_record(draft, turns) for draft in drafts]

    def _about_record(self, draft: Draft, turns: Turns[str | None]) -> Draft:
        seed = turns.next(draft.label)
        if seed is None or self._dataset is None:
            refusal = Refusal(
                reason="no_record_for_label", rule="a dataset row of the label", measured=str(draft.label)
            )
            return replace(draft, refusal=refusal)
        given = self._form.given(draft.label, self._known(draft) | self._dataset.given(seed))
        misfit = self._form.misfit(given)
        refusal = Refusal(reason="record_unfit", rule="a dataset row that fits the schema", measured=misfit)
        return replace(draft, seed=seed, given=given, refusal=refusal if misfit else None)

    def _known(self, draft: Draft) -> dict[str, Any]:
        return {key: value for key, value in draft.values.items() if key in self._form.properties}

    def _turns(self, request: GenerateRequest) -> Turns[str | None]:
        seeds = self._dataset.seeds if self._dataset else ()
        return Turns.of_request(request, seeds, self._has_class)

    def _has_class(self, row: int, label: str | None) -> bool:
        """Whether a row is of a class, or of any."""
        return label is None or self._classes[row] in (None, label)
