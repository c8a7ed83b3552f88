"""What can't be worked with, refused before anything is spent."""

from __future__ import annotations

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_plugin_classify.config import ClassifyConfig

FIELDS = ("mode", "axes", "contrast_label", "reason", "verified", "verified_label", "confidence")
"""Of `metadata.method`: a key of the coverage can't be called so."""


def check(config: ClassifyConfig, inputs: Inputs, *, needs_two: bool) -> None:
    """Raises InputError where options and inputs don't fit.

    Args:
        needs_two: Whether a label needs another to be told from.
    """
    _check_labels(config, inputs.labels, 2 if needs_two else 1)
    _check_pairs(config, inputs.labels)
    _check_rows(inputs)
    if taken := [key for key in inputs.coverage if key in FIELDS]:
        raise InputError(
            f"classify calls something of its own {taken[0]!r}",
            where=f"coverage.{taken[0]}",
            expected=f"a key other than {', '.join(FIELDS)}",
            hint="give the key another name",
        )


def _check_labels(config: ClassifyConfig, labels: tuple[str, ...], least: int) -> None:
    if len(labels) < least:
        raise InputError(
            f"classify in mode {config.mode} finds {'one label' if labels else 'no labels'}",
            where="labels",
            expected=f"{least} or more",
            hint="name the classes under labels:, or give seeds that have a label",
        )
    odd = next((name for name in labels if not _can_be_shown(name)), None)
    if odd is not None:
        raise InputError(
            f"the label {odd!r} can't be shown to a model",
            where="labels",
            expected="names that aren't blank, in valid Unicode",
        )


def _can_be_shown(name: str) -> bool:
    return bool(name.strip()) and not any("\ud800" <= char <= "\udfff" for char in name)


def _check_pairs(config: ClassifyConfig, labels: tuple[str, ...]) -> None:
    for label, other in config.pairs.items():
        unknown = [name for name in (label, other) if name not in labels]
        if unknown or label == other:
            raise InputError(
                f"{unknown[0]!r} is no label" if unknown else f"{label!r} is paired with itself",
                where="with.pairs",
                expected=f"two of {', '.join(labels)}",
            )


def _check_rows(inputs: Inputs) -> None:
    if inputs.seeds_are_records:
        raise InputError(
            "the seeds are records to write about, and classify shows seeds as examples",
            where="seeds",
            expected="texts with a label",
            hint="take out record: and dataset_fields:, or use naive",
        )
    if inputs.json_schema is not None:
        raise InputError(
            "classify writes texts, and rows are to satisfy a JSON Schema",
            where="json_schema",
            expected="no json_schema",
            hint="leave it out, or use naive, which writes records",
        )
