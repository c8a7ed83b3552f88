"""Rows before they are asked for: language, class and examples, drawn before anything is awaited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_plugin_persona.config import PersonaConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one row is to be; `values` are those of the recipe's coverage, `refusal` is set where it can't be made."""

    label: str | None = None
    language: str = ""
    values: Mapping[str, str] = field(default=EMPTY)
    examples: tuple[Seed, ...] = ()
    refusal: Refusal | None = None


class Drawing:
    """Draws drafts."""

    def __init__(self, config: PersonaConfig, inputs: Inputs) -> None:
        self._config, self._inputs = config, inputs

    def drafts(self, request: GenerateRequest) -> list[Draft]:
        """One for each row wanted, in order."""
        by_label: dict[str | None, list[Seed]] = {}
        for seed in request.seeds if self._config.shots != "zero" else ():
            by_label.setdefault(seed.label, []).append(seed)
        return [self._draft(request, cell, by_label) for cell in request.wanted_cells()]

    def _draft(
        self, request: GenerateRequest, cell: Cell, by_label: Mapping[str | None, list[Seed]]
    ) -> Draft:
        rng, labels, values = request.rng, self._inputs.labels, dict(cell.values)
        language = values.get("language") or rng.choice(self._inputs.languages)
        if self._config.emit == "personas":
            refusal = _no_label(cell.label) if cell.label is not None else None
            return Draft(label=cell.label, language=language, values=values, refusal=refusal)
        label = rng.choice(labels) if cell.label is None and labels else cell.label
        there = by_label.get(label, [])
        return Draft(
            label=label,
            language=language,
            values=values,
            examples=tuple(rng.sample(there, min(self._config.examples, len(there)))),
            refusal=_not_wanted(label, labels) if labels and label not in labels else None,
        )


def shown(seed: Seed, output: str, persona: str | None) -> Any:
    """A seed as an example: its text, or input and response; with its persona where there is one."""
    row: Any = seed.text
    if output == "pair" and (sample := as_sample(seed)).input:
        row = {"input": sample.input, "response": sample.response}
    return row if persona is None else {"person": persona, "row": row}


def _no_label(label: str) -> Refusal:
    return Refusal(reason="no_labels", rule="personas have no class of the recipe's", measured=label)


def _not_wanted(label: str | None, labels: tuple[str, ...]) -> Refusal:
    return Refusal(
        reason="label_not_wanted",
        rule="a label of the recipe",
        measured=str(label),
        threshold=", ".join(labels),
    )
