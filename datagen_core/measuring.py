"""How well a validator tells good rows from bad ones, on rows that someone labelled."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from datagen_core.dataset_files import root
from datagen_core.dataset_pass import (
    DatasetPass,
    PassOptions,
    Rows,
    Used,
    listed,
    named,
    rows_of,
    with_options,
)
from datagen_core.errors import UsageError
from datagen_core.nothing import EMPTY
from datagen_core.one_pass import distinct
from datagen_core.results import Results
from datagen_core.rows import RowsSource
from datagen_core.validating import validated
from datagen_core.yaml_source import Located

FALSE_WORDS = frozenset({"", "0", "0.0", "false", "no", "none", "null", "ok", "good", "clean", "pass"})
"""Labels that mean a row should pass, in lower case, where none is named."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by what they are and what was said of them: `bad` rows should be rejected."""

    bad_rejected: int = 0
    good_rejected: int = 0
    bad_passed: int = 0
    good_passed: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.bad_rejected + self.good_rejected + self.bad_passed + self.good_passed

    @property
    def precision(self) -> float | None:
        """Of the rejected rows the share that is bad; None where nothing was rejected."""
        return _over(self.bad_rejected, self.bad_rejected + self.good_rejected)

    @property
    def recall(self) -> float | None:
        """Of the bad rows the share that was rejected; None without bad rows."""
        return _over(self.bad_rejected, self.bad_rejected + self.bad_passed)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both, 2 TP / (2 TP + FP + FN); None where it is undefined."""
        wrong = self.good_rejected + self.bad_passed
        return _over(2 * self.bad_rejected, 2 * self.bad_rejected + wrong)

    @property
    def false_alarms(self) -> float | None:
        """Of the good rows the share that was rejected; None without good rows."""
        return _over(self.good_rejected, self.good_rejected + self.good_passed)

    @property
    def accuracy(self) -> float | None:
        """The share of rows that were told apart; None without rows."""
        return _over(self.bad_rejected + self.good_passed, self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured.

    Attributes:
        counts: Over all rows with a label.
        by_label: Label → (rows, rejected).
        by_reason: Validator and reason → (bad rows, good rows) that were rejected by it.
        unlabelled: Rows without a label, which count nowhere.
        results: The run.
        cpu_s: CPU time of the whole pass, reading and storing included.
    """

    counts: Counts
    by_label: Mapping[str, tuple[int, int]]
    by_reason: Mapping[str, tuple[int, int]]
    unlabelled: int
    results: Results
    cpu_s: float

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        counts = self.counts
        return {
            "rows": counts.rows,
            "precision": counts.precision,
            "recall": counts.recall,
            "f1": counts.f1,
            "accuracy": counts.accuracy,
            "false_alarms": counts.false_alarms,
            "recall_95": list(interval(counts.bad_rejected, counts.bad_rejected + counts.bad_passed)),
            "precision_95": list(interval(counts.bad_rejected, counts.bad_rejected + counts.good_rejected)),
            "counts": {
                "bad_rejected": counts.bad_rejected,
                "good_rejected": counts.good_rejected,
                "bad_passed": counts.bad_passed,
                "good_passed": counts.good_passed,
            },
            "by_label": {label: list(pair) for label, pair in self.by_label.items()},
            "by_reason": {reason: list(pair) for reason, pair in self.by_reason.items()},
            "unlabelled": self.unlabelled,
            "run": str(self.results.folder),
            "cpu_s": self.cpu_s,
        }


def measure(
    data: Rows,
    *,
    by: Used | Sequence[Used],
    label: str,
    bad: Sequence[str] = (),
    options: Mapping[str, Any] = EMPTY,
    **how: Unpack[PassOptions],
) -> Measured:
    """Judges labelled rows and compares: a rejection is right where the row is bad.

    Args:
        data: Rows with the column `label`.
        by: The validator, or several that judge together.
        label: The column that says what a row is. It isn't shown to the validators.
        bad: The labels of rows that should be rejected; by default all but 0, false, no, none, ok, good, clean, pass
            and nothing.
        options: Of the validator, where there is one.
        how: See `datagen_core.dataset_pass.PassOptions`.

    Raises:
        UsageError: no row has the column, or all are of one kind.
        RunError: See `datagen_core.run`.
    """
    data = rows_of(data)
    columns = how.get("columns", EMPTY)
    hidden = [*columns.get("without", ()), label]
    shown: PassOptions = {**how, "columns": {**columns, "without": hidden}}
    labels = _labels(data, columns, label)
    _check_kinds(labels, frozenset(bad))
    validators = listed(by)
    began = time.process_time()
    results = DatasetPass(
        name=f"measure-{'-'.join(map(named, validators))}",
        data=data,
        arms=["as-is"],
        more={"validators": with_options(validators, dict(options), "validator")},
        may_be_empty=True,
        **shown,
    ).run()
    cpu_s = time.process_time() - began
    return _compared(results, labels, frozenset(bad), cpu_s)


def interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share (Wilson 1927); (0, 1) without trials.

    Example:
        >>> interval(8, 10)
        (0.49, 0.943)
    """
    if not trials:
        return 0.0, 1.0
    z = 1.959964
    share = successes / trials
    middle = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low, high = (middle - spread) / scale, (middle + spread) / scale
    return round(max(0.0, low), 3), round(min(1.0, high), 3)


def _labels(data: Rows, columns: Mapping[str, Any], label: str) -> dict[str, str | None]:
    """Seed id → its label as text, None where it has none; the ids are those that a pass gives the rows."""
    place = {"path": str(data)} if isinstance(data, str | Path) else {"rows": list(data)}
    source = _source({**columns, **place})
    seen = source.read()
    if not any(label in seed.row for seed in seen):
        raise UsageError(
            f"no row has the column {label!r}",
            where=source.place,
            expected=f"one of {', '.join(seen[0].row)}",
            hint="--label COLUMN",
        )
    without = _source({**columns, **place, "without": [*columns.get("without", ()), label]})
    ids = [seed.id for seed in distinct(without.read())]
    return dict(zip(ids, (_as_text(seed.row.get(label)) for seed in seen), strict=True))


def _source(options: Mapping[str, Any]) -> RowsSource:
    found: RowsSource = validated(RowsSource, dict(options), Path.cwd(), Located({}, {}, "rows"), ())
    return found


def _as_text(label: Any) -> str | None:
    """A label as it stands in a file; None where there is none."""
    if isinstance(label, bool):
        return str(label).lower()
    return None if label is None else str(label)


def _check_kinds(labels: Mapping[str, str | None], bad: frozenset[str]) -> None:
    """Raises UsageError where rows of one kind are missing: nothing is to be judged, and paid, for nothing."""
    told = {label for label in labels.values() if label is not None}
    kinds = {_is_bad(label, bad) for label in told}
    if len(kinds) < 2:
        raise UsageError(
            f"all labelled rows are {'bad' if True in kinds else 'good'}: there is nothing to tell apart"
            if kinds
            else "no row has a label",
            expected="rows of both kinds",
            hint=f"name the labels of rows that should be rejected with --bad; there are: {', '.join(sorted(told)[:8])}"
            if kinds
            else "--label COLUMN",
        )


def _compared(
    results: Results, labels: Mapping[str, str | None], bad: frozenset[str], cpu_s: float
) -> Measured:
    parents = results.store.parents()
    outcome = {root(record["id"], parents): "" for record in results.store.records()}
    for record in results.store.records("rejected"):
        outcome[root(record["id"], parents)] = f"{record['rejected_by']}: {record['reason']}"
    told = {row: label for row, label in labels.items() if label is not None and row in outcome}
    is_bad = {row: _is_bad(label, bad) for row, label in told.items()}
    pairs = Counter((is_bad[row], bool(outcome[row])) for row in told)
    counts = Counts(
        bad_rejected=pairs[True, True],
        good_rejected=pairs[False, True],
        bad_passed=pairs[True, False],
        good_passed=pairs[False, False],
    )
    by_label = {
        label: (rows, sum(bool(outcome[row]) for row, one in told.items() if one == label))
        for label, rows in sorted(Counter(told.values()).items())
    }
    reasons = Counter((outcome[row], is_bad[row]) for row in told if outcome[row])
    return Measured(
        counts=counts,
        by_label=by_label,
        by_reason={
            name: (reasons[name, True], reasons[name, False]) for name in sorted({n for n, _ in reasons})
        },
        unlabelled=len(labels) - len(told),
        results=results,
        cpu_s=cpu_s,
    )


def _is_bad(label: str, bad: frozenset[str]) -> bool:
    if not bad:
        return label.strip().lower() not in FALSE_WORDS
    return label in bad or ((number := _number(label)) is not None and number in map(_number, bad))


def _number(label: str) -> float | None:
    """Labels may be numbers: 0 is 0.0."""
    try:
        return float(label)
    except ValueError:
        return None


def _over(part: int, whole: int) -> float | None:
    return part / whole if whole else None
