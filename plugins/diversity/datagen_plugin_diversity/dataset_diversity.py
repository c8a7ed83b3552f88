"""The diversity evaluator: how diverse a whole dataset is, and each of its arms and labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from datagen_core import Evaluation, Evaluator, Inputs, Sample, Table
from datagen_core.builtin.hashing import Hashing
from datagen_core.text_field import TextField
from datagen_plugin_diversity.config import DatasetDiversityConfig
from datagen_plugin_diversity.coverage import SeedCoverage, evenness
from datagen_plugin_diversity.distinct import distinct_n, repeats
from datagen_plugin_diversity.rows import Row, rows_of
from datagen_plugin_diversity.self_bleu import self_bleu
from datagen_plugin_diversity.tables import group_table, length_table, seed_table
from datagen_plugin_diversity.text_diversity import TextDiversity, sample_of, text_diversity, words_of
from datagen_plugin_diversity.vendi import Spread

Progress = Callable[[str], None]

BLOCK = 4096
"""Rows whose vectors are in hand at once."""
NO_LABEL = "(no label)"


class DatasetDiversity(Evaluator[DatasetDiversityConfig]):
    """Measures of diversity over all rows, then by arm and by label on at most `group_rows` rows of each.

    Over all rows: distinct-1 and -2, the Vendi score, the share of rows whose words are an earlier row's, the share of
    seeds that a row is near (cosine >= `near_cosine`), and how even labels and coverage keys are. Self-BLEU is that of
    `sample_rows` rows at most. Rows without any letter or digit, or without the field, are left aside and counted.
    """

    def __init__(self, config: DatasetDiversityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._field = TextField(config.field)
        named = ((seed.id, self._field.of_seed(seed)) for seed in inputs.seeds)
        self._seeds = [(name, text) for name, text in named if text is not None and words_of(text)]

    def evaluate(self, samples: Sequence[Sample], progress: Progress = lambda step: None) -> Evaluation:
        """Metrics, tables by arm and by label, of lengths and of seeds that no row is near; notes."""
        progress(f"diversity: words of {len(samples):,} rows")
        rows = rows_of(samples, self._field)
        if not rows:
            return Evaluation(notes=("no row has a letter or digit: there is nothing to measure",))
        seeds = self._seeds_measured()
        spread, nearest = self._vectors(rows, [text for _, text in seeds], progress)
        far = [
            (name, text, c)
            for (name, text), c in zip(seeds, nearest, strict=True)
            if c < self.config.near_cosine
        ]
        progress("diversity: self-BLEU, arms and labels")
        found: dict[str, float | None] = {
            "distinct_1": distinct_n((row.words for row in rows), 1),
            "distinct_2": distinct_n((row.words for row in rows), 2),
            "self_bleu": self_bleu([words_of(text) for text in self._drawn(rows, self.config.sample_rows)]),
            "vendi": spread.score,
            "vendi_ratio": spread.ratio,
            "repeated_share": repeats([row.words for row in rows]) / len(rows),
            "seed_coverage": 1 - len(far) / len(seeds) if seeds else None,
            **self._evenness(rows),
        }
        return Evaluation(
            metrics={name: value for name, value in found.items() if value is not None},
            tables=(*self._group_tables(rows), length_table(rows), *([seed_table(far)] if far else [])),
            notes=tuple(self._notes(len(samples), len(rows), len(seeds), spread)),
        )

    def _vectors(
        self, rows: Sequence[Row], seeds: Sequence[str], progress: Progress
    ) -> tuple[Spread, Sequence[float]]:
        """The spread of all rows' vectors, and of each seed the cosine to the nearest row."""
        embeddings = self.inputs.embeddings
        spread, coverage = Spread(), SeedCoverage(embeddings.of(seeds))
        for start in range(0, len(rows), BLOCK):
            progress(f"diversity: vectors of {start:,} to {min(start + BLOCK, len(rows)):,} rows")
            vectors = embeddings.of([row.text for row in rows[start : start + BLOCK]])
            spread.add(vectors)
            coverage.add(vectors)
        return spread, coverage.nearest

    def _seeds_measured(self) -> list[tuple[str, str]]:
        """All seeds, or so many drawn of them."""
        named = {f"{text}\0{name}": (name, text) for name, text in self._seeds}
        return [named[key] for key in sample_of(list(named), self.config.sample_rows, self.config.seed)]

    def _drawn(self, rows: Sequence[Row], most: int) -> list[str]:
        return sample_of([row.text for row in rows], most, self.config.seed)

    def _evenness(self, rows: Sequence[Row]) -> dict[str, float | None]:
        labels = [row.sample.label for row in rows if row.sample.label is not None]
        found = {"label_evenness": evenness(labels, self.inputs.labels)}
        for key, wanted in self.inputs.coverage.items():
            values = (row.sample.value_of(key) for row in rows)
            found[f"{key}_evenness"] = evenness((value for value in values if value is not None), wanted)
        return found

    def _group_tables(self, rows: Sequence[Row]) -> Iterator[Table]:
        arms = [row.sample.metadata.arm or "(no arm)" for row in rows]
        labels = [row.sample.label if row.sample.label is not None else NO_LABEL for row in rows]
        yield group_table("arm", arms, rows, self._measured)
        if set(labels) != {NO_LABEL}:
            yield group_table("label", labels, rows, self._measured)

    def _measured(self, group: Sequence[Row]) -> TextDiversity:
        return text_diversity(self._drawn(group, self.config.group_rows), self.inputs.embeddings)

    def _notes(self, given: int, measured: int, seeds: int, spread: Spread) -> Iterator[str]:
        yield "distinct-n, self-BLEU and the Vendi score per row depend on the number of rows: compare like with like"
        most = min(spread.count, spread.dimensions)
        yield f"the Vendi score of {spread.count:,} rows can be {most:,} at most (rows, or numbers per vector)"
        if measured > self.config.sample_rows:
            yield f"self-BLEU is that of {self.config.sample_rows:,} rows drawn of {measured:,}"
        if seeds < len(self._seeds):
            yield f"seed coverage is that of {seeds:,} seeds drawn of {len(self._seeds):,}"
        if given > measured:
            yield f"{given - measured:,} of {given:,} rows have nothing to measure and were left aside"
        if isinstance(self.inputs.embeddings.embedder, Hashing):
            yield "Vendi score and seed coverage are of wording: the embedder hashing knows no meaning"
