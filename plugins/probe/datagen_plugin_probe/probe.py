"""The evaluator: students trained on seeds, on generated rows and on both, each tested on the same real rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from datagen_core import Evaluation, Evaluator, InputError, Inputs, RowsSource, Sample, Table
from datagen_core.evaluator import Worth
from datagen_plugin_probe.config import ProbeConfig
from datagen_plugin_probe.metrics import difference, gap_closed
from datagen_plugin_probe.student import Pair, Score, Student, labelled, same_text

Progress = Callable[[str], None]
Scores = Mapping[str, Score | None]

SEEDS, DEVELOPMENT, GENERATED, TRAIN = "seeds", "development", "generated", "all real train"
CLEAN = "without test texts"
LEAST_VARIANCE = 1e-4
"""Of an accuracy of 0 or 1: a few rows more could change it by a point."""
TRAINING_SETS = (
    (SEEDS,),
    (SEEDS, DEVELOPMENT),
    (GENERATED,),
    (SEEDS, GENERATED),
    (SEEDS, DEVELOPMENT, GENERATED),
    (TRAIN,),
)


class Probe(Evaluator[ProbeConfig]):
    """What a dataset is worth to a small text classifier, measured on real test rows that nothing else sees.

    Reports test accuracy with its interval, macro-F1 and the share closed of the gap between the seeds and the
    real training set; then each arm's worth, by leaving it out and by taking it alone. Rows without a label
    are left aside and counted. One fit per training set and two per arm; deterministic.

    Raises:
        InputError: at construction, where test, train or development rows lack a label.
    """

    def __init__(self, config: ProbeConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self.test = _read("test", config.test)
        self.references = {
            SEEDS: labelled(inputs.seeds),
            DEVELOPMENT: _read("development", config.development),
            TRAIN: _read("train", config.train),
        }
        self.student = Student(self.test, config.c, config.confidence)
        self.test_texts = {same_text(text) for text, _ in self.test}

    def evaluate(self, samples: Sequence[Sample], progress: Progress = lambda step: None) -> Evaluation:
        """Metrics, the tables "Test accuracy" and "Worth of each arm", and notes; baselines alone for no rows."""
        parts = {**self.references, GENERATED: labelled(samples)}
        scores = self._score_sets(parts, progress)
        notes = [*self._describe(), *self._caveats(samples, parts), *self._compare(scores)]
        tables = [_accuracy_table(scores)]
        if parts[GENERATED]:
            tables.append(self._arms_table(samples, scores[_full(parts)], progress))
        return Evaluation(
            metrics=_metrics(scores, _full(parts)),
            tables=tuple(tables),
            notes=tuple(notes),
            worth=self._worth_of_arms(tables[1:]),
        )

    def _worth_of_arms(self, tables: Sequence[Table]) -> dict[str, Worth]:
        """The accuracy of seeds and an arm's rows alone, which a router can set beside rewards."""
        found = {row[0]: row[2] for table in tables for row in table.rows if isinstance(row[2], float)}
        return {
            str(arm): Worth(value, max(LEAST_VARIANCE, value * (1 - value) / len(self.test)))
            for arm, value in found.items()
            if isinstance(value, float)
        }

    def _score_sets(self, parts: Mapping[str, list[Pair]], progress: Progress) -> dict[str, Score | None]:
        sets: dict[str, list[Pair]] = {}
        for names in TRAINING_SETS:
            present = [name for name in names if parts[name]]
            if present:
                sets[" + ".join(present)] = [row for name in present for row in parts[name]]
        clean = [row for row in parts[GENERATED] if same_text(row[0]) not in self.test_texts]
        if len(clean) < len(parts[GENERATED]):
            sets[f"{_full(parts)}, {CLEAN}"] = [*parts[SEEDS], *clean]
        return {name: self._fit(name, rows, progress) for name, rows in sets.items()}

    def _fit(self, name: str, rows: Sequence[Pair], progress: Progress) -> Score | None:
        progress(f"probe: {name} ({len(rows):,} rows)")
        return self.student.score(rows)

    def _arms_table(self, samples: Sequence[Sample], full: Score | None, progress: Progress) -> Table:
        rows = sorted(
            (self._worth(arm, samples, full, progress) for arm in dict.fromkeys(_arm(s) for s in samples)),
            key=lambda row: (row[3] is None, -(row[3] or 0.0)),
        )
        return Table(
            title="Worth of each arm",
            columns=("arm", "rows", "accuracy alone", "worth, points", "± points"),
            rows=tuple(rows),
        )

    def _worth(
        self, arm: str, samples: Sequence[Sample], full: Score | None, progress: Progress
    ) -> tuple[str, int, float | None, float | None, float | None]:
        seeds = self.references[SEEDS]
        own = labelled([s for s in samples if _arm(s) == arm])
        others = labelled([s for s in samples if _arm(s) != arm])
        alone = self._fit(f"{arm} alone", [*seeds, *own], progress)
        without = self._fit(f"without {arm}", [*seeds, *others], progress)
        accuracy = None if alone is None else alone.accuracy
        if full is None or without is None:
            return arm, len(own), accuracy, None, None
        worth = difference(full.hits, without.hits, self.config.confidence)
        return arm, len(own), accuracy, 100 * worth.value, 100 * worth.margin

    def _describe(self) -> list[str]:
        classes = len({label for _, label in self.test})
        return [
            "student model: TF-IDF (word 1–2-grams, sublinear) + logistic regression, "
            f"C = {self.config.c:g}; {len(self.test):,} test rows, {classes} classes"
        ]

    def _caveats(self, samples: Sequence[Sample], parts: Mapping[str, list[Pair]]) -> list[str]:
        notes = []
        if not samples:
            notes.append("nothing was accepted: only the baselines are reported")
        if missing := len(samples) - len(parts[GENERATED]):
            notes.append(f"{missing:,} generated rows have no label and were left aside")
        if missing := len(self.inputs.seeds) - len(parts[SEEDS]):
            notes.append(f"{missing:,} seeds have no label and were left aside")
        if parts[DEVELOPMENT]:
            notes.append(
                "development rows are labels too: compare what the run made with 'seeds + development'"
            )
        known = {label for name in (SEEDS, GENERATED) for _, label in parts[name]}
        if unseen := sorted({label for _, label in self.test} - known):
            notes.append(f"no seed and no generated row has these test classes: {', '.join(unseen)}")
        for name, rows in parts.items():
            if shared := sum(same_text(text) in self.test_texts for text, _ in rows):
                notes.append(
                    f"{shared:,} of {len(rows):,} rows of '{name}' equal a test text "
                    "(but for case, spacing and punctuation)"
                )
        return notes

    def _compare(self, scores: Scores) -> list[str]:
        pairs = (
            (f"{SEEDS} + {GENERATED}", SEEDS),
            (f"{SEEDS} + {GENERATED}", f"{SEEDS} + {DEVELOPMENT}"),
            (f"{SEEDS} + {DEVELOPMENT} + {GENERATED}", f"{SEEDS} + {DEVELOPMENT}"),
        )
        notes = []
        for one, other in pairs:
            first, second = scores.get(one), scores.get(other)
            if first is not None and second is not None:
                gain = difference(first.hits, second.hits, self.config.confidence)
                notes.append(
                    f"'{one}' against '{other}': {100 * gain.value:+.1f} points "
                    f"({self.config.confidence:.0%} interval {100 * gain.low:+.1f} to {100 * gain.high:+.1f}, "
                    f"paired; within noise where below {100 * gain.margin:.1f}; other run seeds vary beyond it)"
                )
        return notes


def _read(role: str, source: RowsSource | None) -> list[Pair]:
    if source is None:
        return []
    rows = source.read()
    bare = [number for number, row in enumerate(rows, start=1) if row.label is None]
    if bare:
        raise InputError(
            f"{len(bare)} of {len(rows)} {role} rows have no label, the first is row {bare[0]}",
            where=source.place,
            expected="a class in each row",
            hint=f"name the column with label: beside path: of `{role}`, or drop those rows",
        )
    return labelled(rows)


def _arm(sample: Sample) -> str:
    return sample.metadata.arm or "(no arm)"


def _full(parts: Mapping[str, list[Pair]]) -> str:
    return f"{SEEDS} + {GENERATED}" if parts[SEEDS] else GENERATED


def _accuracy(scores: Scores, name: str) -> float | None:
    score = scores.get(name)
    return None if score is None else score.accuracy


def _accuracy_table(scores: Scores) -> Table:
    low, high = _accuracy(scores, SEEDS), _accuracy(scores, TRAIN)
    rows: list[tuple[str | float | int | None, ...]] = []
    for name, score in scores.items():
        if score is None:
            rows.append((name, None, None, None, None, None, None))
            continue
        closed = None if name in (SEEDS, TRAIN) else gap_closed(score.accuracy, low, high)
        rows.append((name, score.rows, score.accuracy, score.low, score.high, score.macro_f1, closed))
    return Table(
        title="Test accuracy",
        columns=("training set", "rows", "accuracy", "low", "high", "macro-F1", "gap closed"),
        rows=tuple(rows),
    )


def _metrics(scores: Scores, full: str) -> dict[str, float]:
    with_dev = f"{SEEDS} + {DEVELOPMENT}"
    all_three = f"{with_dev} + {GENERATED}"
    found = {
        "seeds_accuracy": _accuracy(scores, SEEDS),
        "seeds_dev_accuracy": _accuracy(scores, with_dev),
        "generated_only_accuracy": _accuracy(scores, GENERATED),
        "seeds_dev_generated_accuracy": _accuracy(scores, all_three),
        "train_accuracy": _accuracy(scores, TRAIN),
        "accuracy_without_test_texts": _accuracy(scores, f"{full}, {CLEAN}"),
    }
    top, low = found["train_accuracy"], found["seeds_accuracy"]
    found["gap_closed"] = gap_closed(_accuracy(scores, full), low, top)
    found["gap_closed_beyond_dev"] = gap_closed(
        found["seeds_dev_generated_accuracy"], found["seeds_dev_accuracy"], top
    )
    if head := scores.get(full):
        found |= {
            "accuracy": head.accuracy,
            "accuracy_low": head.low,
            "accuracy_high": head.high,
            "macro_f1": head.macro_f1,
        }
    return {name: value for name, value in found.items() if value is not None}
