"""The validator `decontaminate`: a row that shares an n-gram with a benchmark item is rejected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.config import InputPath
from datagen_core.context import Context
from datagen_core.inputs import Inputs, Seed
from datagen_core.row_forms import as_sample
from datagen_core.said import parts
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_decontaminate.benchmarks import index_of
from datagen_plugin_decontaminate.config import AgainstBenchmarks, DecontaminateConfig
from datagen_plugin_decontaminate.contamination import Detector
from datagen_plugin_decontaminate.index import Index

_PASSED = Verdict(passed=True)
_KEYS = ("benchmarks", "decontaminate")


class Decontaminate(Validator[DecontaminateConfig]):
    """Rejects a row with more than `max_hits` n-grams of benchmark items, or one that equals a short item.

    No verdict has a score: contamination has no grades. Each part of a row (message, field) is looked at.

    Raises:
        InputError: no benchmark is named, or one can't be read.
    """

    def __init__(self, config: DecontaminateConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._index = index_of(config)
        self._detector = Detector(self._index, short_items=config.short_items == "exact")

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        return [self._judge(sample) for sample in samples]

    def notices(self) -> Sequence[str]:
        """What the benchmarks hold, and how much of what rows are made from is in them."""
        given = self.inputs
        kinds = {"seeds": given.seeds, "unlabelled texts": given.unlabelled, "chunks": given.chunks}
        leaks = [_leaks(name, rows, self._detector) for name, rows in kinds.items()]
        return [*told_of(self._index, self.config), *filter(None, leaks)]

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe's open sections name benchmark files that are there."""
        for section in ("constraints", "task_input"):
            for key in _KEYS:
                files = _files(getattr(inputs, section).get(key), inputs)
                if files:
                    return Suggestion(why=f"{section}.{key} names benchmarks", options={"benchmarks": files})
        return None

    def _judge(self, sample: Sample) -> Verdict:
        named = parts(sample)
        found = self._detector.contamination([text for _, text in named])
        limit = 0 if found is not None and found.is_whole else self.config.max_hits
        if found is None or found.n_hits <= limit:
            return _PASSED
        return Verdict(
            passed=False,
            reason="contaminated_short_item" if found.is_whole else "contaminated",
            measured=found.n_hits,
            threshold=limit,
            evidence=found.evidence([name for name, _ in named]),
        )


def told_of(index: Index, config: AgainstBenchmarks) -> list[str]:
    """One sentence for each benchmark: its items, and how those are found that are too short for an n-gram."""
    how = "found where a row's part equals them" if config.short_items == "exact" else "not looked for"
    unit = f"{index.length.words} words or {index.length.characters} characters without spaces"
    return [
        f"{name} has {count['items']:,} items; {count['short']:,} have fewer than {unit} and are "
        f"{how}" + (f"; {count['wordless']:,} have no word" if count["wordless"] else "")
        for name, count in index.counts.items()
    ]


def _leaks(kind: str, rows: Sequence[Seed], detector: Detector) -> str:
    texts = ([text for _, text in parts(as_sample(row))] for row in rows)
    n = sum(detector.contamination(one) is not None for one in texts)
    return f"{n:,} of {len(rows):,} {kind} share text with a benchmark themselves" if n else ""


def _files(value: Any, inputs: Inputs) -> list[Any]:
    """Those of the files that a section names which are there, as they are given."""
    if isinstance(value, Mapping) and "path" not in value:
        value = value.get("benchmarks")
    entries = value if isinstance(value, list | tuple) else [value]
    paths = [entry.get("path") if isinstance(entry, Mapping) else entry for entry in entries]
    pairs = zip(entries, paths, strict=True)
    return [e for e, p in pairs if isinstance(p, str) and p and InputPath(p, inputs.base).path.is_file()]
