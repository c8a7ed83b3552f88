"""How much longer texts became, by operation and by round: the statistic to watch for mere padding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.sample import Sample


@dataclass(frozen=True, slots=True)
class Mean:
    """Words that a step adds on average, over n steps."""

    words: float
    n: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Mean growth of all steps (None without any), by operation and by round."""

    overall: Mean | None
    by_operation: Mapping[str, Mean]
    by_round: Mapping[int, Mean]


def growth(rows: Iterable[Sample | Mapping[str, Any]]) -> Growth:
    """The growth in words of the successful steps of rows, as samples or as `data.jsonl` has them.

    A step that several rows of one original tell of counts once. Rows of other arms have no steps.

    Example:
        >>> step = {"round": 1, "operation": "deepen", "growth_in_words": 12, "text_hash": "9f"}
        >>> row = {"id": "a", "metadata": {"method": {"operation_history": [step]}}}
        >>> growth([row]).by_operation
        {'deepen': Mean(words=12.0, n=1)}
    """
    steps = list({_key(original, step): step for original, step in _steps(rows)}.values())
    by_operation, by_round = defaultdict(list), defaultdict(list)
    for step in steps:
        by_operation[step["operation"]].append(step["growth_in_words"])
        by_round[step["round"]].append(step["growth_in_words"])
    return Growth(
        _mean([step["growth_in_words"] for step in steps]) if steps else None,
        {name: _mean(found) for name, found in sorted(by_operation.items())},
        {number: _mean(found) for number, found in sorted(by_round.items())},
    )


def _steps(rows: Iterable[Sample | Mapping[str, Any]]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for row in rows:
        data = row.to_json() if isinstance(row, Sample) else row
        original = data.get("trace", {}).get("parent_id") or data["id"]
        for step in data.get("metadata", {}).get("method", {}).get("operation_history", ()):
            if isinstance(step, Mapping) and "growth_in_words" in step:
                yield original, step


def _key(original: str, step: Mapping[str, Any]) -> tuple[Any, ...]:
    return (original, step["round"], step["operation"], step["text_hash"])


def _mean(found: Sequence[int]) -> Mean:
    return Mean(sum(found) / len(found), len(found))
