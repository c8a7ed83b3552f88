"""Rows before they are asked for: all that chance has a part in, drawn before anything is awaited."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.labels import Label, nearest

CONTRASTS = ("contrastive", "boundary")
"""The modes in which a text is for one label and not for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one row is to be.

    Attributes:
        label: The label wanted.
        language: Its code.
        values: What else the row is to be, by the keys of the recipe's coverage.
        axes: What it differs from others by: axis → the value drawn.
        examples: Seeds of the label.
        contrast, contrast_examples: The other label and seeds of it, where the mode has one.
        order: The names of all labels in the order in which a classification is shown them.
        shown: The seeds that it is made from.
    """

    label: Label
    language: str
    values: Mapping[str, str] = EMPTY
    axes: Mapping[str, str] = EMPTY
    examples: tuple[Seed, ...] = ()
    contrast: Label | None = None
    contrast_examples: tuple[Seed, ...] = ()
    order: tuple[str, ...] = ()
    shown: tuple[Seed, ...] = ()


class Drawing:
    """Draws drafts.

    Args:
        labels: The recipe's, by name.
        verifies: Whether texts are classified once written.
    """

    def __init__(
        self, config: ClassifyConfig, inputs: Inputs, labels: Mapping[str, Label], *, verifies: bool
    ) -> None:
        self._config, self._inputs, self._labels, self._verifies = config, inputs, labels, verifies
        self._others: dict[str, str] = {}
        if config.mode in CONTRASTS:
            self._others = (nearest(labels) if config.contrast == "nearest" else {}) | config.pairs

    def drafts(self, request: GenerateRequest) -> list[Draft | Refusal]:
        """One for each row wanted, in order; a refusal for a label that isn't the recipe's."""
        return [self._draft(cell, request.rng) for cell in request.wanted_cells()]

    def _draft(self, cell: Cell, rng: random.Random) -> Draft | Refusal:
        names = list(self._labels)
        name = rng.choice(names) if cell.label is None else cell.label
        if name not in self._labels:
            wanted = ", ".join(names)
            return Refusal(
                reason="label_not_wanted", rule="a label of the recipe", measured=name, threshold=wanted
            )
        label, values = self._labels[name], dict(cell.values)
        contrast = self._contrast(label, rng) if self._config.mode in CONTRASTS else None
        is_defined = self._config.mode == "definition"
        examples = () if is_defined else self._drawn(label, rng)
        others = () if contrast is None else self._drawn(contrast, rng)
        return Draft(
            label=label,
            language=values.get("language") or rng.choice(self._inputs.languages),
            values=values,
            axes={axis: rng.choice(of) for axis, of in self._config.axes.items() if axis not in values},
            examples=examples,
            contrast=contrast,
            contrast_examples=others,
            order=tuple(rng.sample(names, len(names))) if self._verifies else (),
            shown=label.first_seeds(self._config.examples) if is_defined else (*examples, *others),
        )

    def _drawn(self, label: Label, rng: random.Random) -> tuple[Seed, ...]:
        return tuple(rng.sample(label.seeds, min(self._config.examples, len(label.seeds))))

    def _contrast(self, label: Label, rng: random.Random) -> Label:
        known = self._others.get(label.name)
        return self._labels[known or rng.choice([name for name in self._labels if name != label.name])]
