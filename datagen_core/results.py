"""A run as Python sees it afterwards: rows, counts, reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from datagen_core import selecting
from datagen_core.cited_passages import CitedPassages
from datagen_core.columns import flat
from datagen_core.errors import RunError, UsageError
from datagen_core.evaluator import Evaluation
from datagen_core.exporting import export_samples, format_of
from datagen_core.sample import Sample
from datagen_core.splitting import SHARES, split
from datagen_core.store.reading import RunReader

if TYPE_CHECKING:
    import pandas as pd


class Results(Sequence[Sample]):
    """The accepted rows of a run, in the order they were accepted, and all that is known of the run.

    Example:
        results = datagen_core.run("recipe.yaml")
        good = results.filter(lambda row: (row.metadata.quality_score or 0) > 0.8)
        good.save("train.jsonl")
    """

    def __init__(
        self, folder: str | Path, rows: Sequence[Sample] | None = None, warnings: Sequence[str] = ()
    ) -> None:
        self.folder = Path(folder)
        self.warnings = list(warnings)
        self._store = RunReader(self.folder / "run.db")
        self._rows = None if rows is None else list(rows)

    @classmethod
    def load(cls, folder: str | Path) -> Results:
        """A run by its folder or its name under `runs/`; raises RunError where there is none."""
        from datagen_core.run_folders import find_folder

        return cls(find_folder(folder))

    def samples(self) -> Iterator[Sample]:
        """The rows, streamed from the store (or those a filter kept)."""
        if self._rows is not None:
            return iter(self._rows)
        return (Sample.from_json(record) for record in self._store.records())

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The rows as whole records, as in `data.jsonl`: with the passages that they cite, where these are known."""
        rows = self._store.records() if self._rows is None else (row.to_json() for row in self._rows)
        return map(CitedPassages(self._store).beside, rows)

    def _all(self) -> list[Sample]:
        if self._rows is None:
            self._rows = list(self.samples())
        return self._rows

    def __len__(self) -> int:
        return self._store.counts().get("accepted", 0) if self._rows is None else len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...

    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        return self._all()[index]

    def filter(self, keep: Callable[[Sample], bool]) -> Results:
        """The rows for which `keep` is true, as results of the same run."""
        return Results(self.folder, [sample for sample in self.samples() if keep(sample)], self.warnings)

    def selected(self) -> Results:
        """The rows that the recipe's selector chose, in its order; all of them where there is none.

        Raises RunError where the selector hasn't chosen yet.
        """
        if selecting.is_awaited(self._store):
            again = (self._store.get("given") or {}).get("again")
            raise RunError(
                "the selection isn't made yet",
                where=str(self.folder),
                expected="a run that is complete",
                hint=f"{again or 'run it again'}; all rows: datagen export RUN --all",
            )
        if selecting.told(self._store) is None or self._rows is not None:
            return self
        return Results(self.folder, list(selecting.chosen(self._store)), self.warnings)

    @property
    def selection(self) -> dict[str, Any] | None:
        """By which selector rows were chosen, how many it kept, why it left the others; None without one."""
        return selecting.told(self._store)

    def split(
        self,
        shares: Mapping[str, float] = SHARES,
        *,
        seed: int = 0,
        by: str = "source",
        stratify: str | None = None,
    ) -> dict[str, Results]:
        """Part → its rows, as results of the same run; rows made from the same seed or chunk go to the same part.

        See `datagen_core.splitting.split`. Raises UsageError where the sources allow no such split.
        """
        parents = self._store.parents()
        parts = split(self.samples(), shares, seed=seed, by=by, stratify=stratify, parents=parents)
        return {name: Results(self.folder, rows, self.warnings) for name, rows in parts.items()}

    def __repr__(self) -> str:
        return f"<Results of {self.folder}: {self.status}, {len(self):,} rows>"

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame: id, the row's columns, then arm and quality. Raises UsageError where pandas is missing."""
        try:
            import pandas
        except ImportError:
            raise UsageError("to_pandas() needs pandas", hint="pip install pandas") from None
        rows = [
            {**flat(s), "arm": s.metadata.arm, "quality": s.metadata.quality_score} for s in self.samples()
        ]
        return pandas.DataFrame(rows)

    def save(self, file: str | Path, format: str | None = None, **options: Any) -> int:
        """Writes the rows and returns how many.

        The format is an exporter's name; by default by the file's ending (.jsonl, .csv, .txt, .parquet).
        Raises UsageError for another ending without a format.
        """
        path = Path(file)
        return export_samples(self.samples(), format or format_of(path), path, options)

    @property
    def status(self) -> str:
        """`complete`, `short`, `budget`, `interrupted`, or `unfinished` after a crash."""
        ending = self._store.get("ending")
        return str(ending["status"]) if ending else "unfinished"

    @property
    def ending(self) -> dict[str, Any]:
        """Status, why, and the shortfall by label."""
        return self._store.get("ending") or {"status": "unfinished", "why": "the run was cut off"}

    @property
    def store(self) -> RunReader:
        """The run's database, to read."""
        return self._store

    def counts(self) -> dict[str, int]:
        """generated = accepted + rejected + surplus; intermediate rows apart."""
        found = self._store.counts()
        out = {key: found.get(key, 0) for key in ("accepted", "rejected", "surplus", "intermediate")}
        return {"generated": out["accepted"] + out["rejected"] + out["surplus"], **out}

    def rejections(self) -> list[dict[str, Any]]:
        """Validator, reason, count and one example each, most frequent first."""
        return self._store.rejection_reasons()

    def evaluations(self) -> list[tuple[str, Evaluation]]:
        """(evaluator, result), oldest first."""
        rows = self._store.evaluation_rows()
        return [(row["name"], Evaluation.from_json(row["payload"])) for row in rows]
