"""Which rules a recipe calls for: limits that it states, and lengths like those of its seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.context import Context
from datagen_core.inputs import Inputs, Seed
from datagen_core.row_forms import as_sample
from datagen_core.suggestion import Suggestion
from datagen_plugin_rules.config import RulesConfig

STATED = (
    *("min_chars", "max_chars", "min_words", "max_words", "min_sentences", "max_sentences"),
    *("format", "charset", "max_repetition_rate"),
)
"""Options that a recipe's open sections may state by the same name."""

LEAST_MAX_CHARS = 300
"""A bound against runaway texts; twice the length of very short seeds would be one on style."""


def suggestion(inputs: Inputs, context: Context) -> Suggestion | None:
    """Options and why; None where nothing is stated and there are no seeds to go by."""
    stated, whence = _stated(inputs)
    lengths = _lengths(inputs.seeds) if context.format != "record" and not inputs.seeds_are_records else {}
    options = {**lengths, **stated} | ({"labels": True} if inputs.labels else {})
    if not options:
        return None
    why = [", ".join(whence)] if whence else []
    if lengths:
        why.append("half the 5 % point of the seeds' lengths, twice the 95 % point")
    if lengths and lengths["max_chars"] == LEAST_MAX_CHARS:
        why[-1] += f", {LEAST_MAX_CHARS} at least"
    return Suggestion(why="; ".join(why) or "the labels are known", options=_agreeing(options, stated))


def _stated(inputs: Inputs) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    whence = []
    for section, given in (("task_input", inputs.task_input), ("constraints", inputs.constraints)):
        for name in STATED:
            if name in given and _fits(name, given[name]):
                found[name] = given[name]
                whence.append(f"{section}.{name}")
    return found, whence


def _fits(name: str, value: Any) -> bool:
    """Whether the option takes it: a constraint of that name may mean something else."""
    try:
        RulesConfig.model_validate({name: value})
    except ValueError:
        return False
    return True


def _lengths(seeds: Sequence[Seed]) -> dict[str, int]:
    if not seeds:
        return {}
    lengths = sorted(len(as_sample(seed).response or seed.text) for seed in seeds)
    low, high = lengths[len(lengths) * 5 // 100], lengths[(len(lengths) - 1) * 95 // 100]
    return {"min_chars": max(1, low // 2), "max_chars": max(LEAST_MAX_CHARS, 2 * high)}


def _agreeing(options: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """Without limits from the seeds that a stated one contradicts."""
    out = dict(options)
    if out.get("min_chars", 0) > out.get("max_chars", out.get("min_chars", 0)):
        del out["min_chars" if "max_chars" in stated else "max_chars"]
    return out
