"""A dataset put through a recipe once, row by row: what `apply`, `curate`, `select` and measuring have in common."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict

from datagen_core.dataset_files import write_rows
from datagen_core.errors import UsageError
from datagen_core.exporting import ENDINGS, format_of, refuse_run_file
from datagen_core.nothing import EMPTY
from datagen_core.progress import Progress
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.run_folders import RUNS, folder_for
from datagen_core.runs import carry_on, load, usual_name
from datagen_core.sample import Sample

BATCH_SIZE, WINDOW = 10, 4
"""Rows of a batch, and batches in work at once: more would keep endpoints no busier, and at a budget all are cut."""
Rows = str | Path | Sequence[Mapping[str, Any] | str | Sample]
"""A file, the name or folder of a run, or rows: mappings, texts, samples (so also the `Results` of a run)."""
Used = str | type | Mapping[str, Any]
"""A component: its name, a class, or a mapping with `use` and `with`."""


class PassOptions(TypedDict, total=False):
    """What can be said of any pass over a dataset.

    Attributes:
        columns: Which columns mean what, as in a recipe's `seeds:` (`text`, `label`, `where`, `limit` …).
        overrides: `a.b=c` assignments on the recipe that the pass makes, such as `budget.max_cost=1`.
        model: The name of a model that takes the place of every alias; `rehearsal` for none at all.
        folder: The run folder; by default one under `runs/`, named for what is done and the data.
        cache: The folder of the replies that runs share; by default the user's cache folder.
        fresh: Start in a new folder beside the old one, which is kept.
        full: Write whole records, with metadata and lineage, not only the columns that trainers read.
        trust_local: Load the Python files that the recipe names under `plugins:`.
        observe: Told the progress after each batch and each model call.
        say: Told each step outside the loop, in a few words.
    """

    columns: Mapping[str, Any]
    overrides: Sequence[str]
    model: str | None
    folder: str | Path | None
    cache: str | Path | None
    fresh: bool
    full: bool
    trust_local: bool
    observe: Callable[[Progress], None]
    say: Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class DatasetPass:
    """One pass of a dataset; the run that it is goes on after any stop by the same call.

    Attributes:
        name: What is done, and to what: the run's name.
        data: A file, or the rows themselves; of a pass over documents their path.
        arms: As in a recipe: one, whose links change rows.
        more: Further keys of the recipe: validators, a selector.
        from_documents: How many rows are to be made from documents; None: each row of the data goes through once.
        command: The words of the command line that does the same, up to the options that all such commands have;
            empty where there is none, for classes and rows of a program.
        may_be_empty: Whether no accepted row is a result like any other.

    The others are those of `PassOptions`.
    """

    name: str
    data: Rows
    arms: Sequence[Any]
    more: Mapping[str, Any] = EMPTY
    from_documents: int | None = None
    command: Sequence[str] = ()
    columns: Mapping[str, Any] = EMPTY
    overrides: Sequence[str] = ()
    model: str | None = None
    folder: str | Path | None = None
    cache: str | Path | None = None
    fresh: bool = False
    full: bool = False
    trust_local: bool = False
    may_be_empty: bool = False
    observe: Callable[[Progress], None] = field(default=lambda progress: None)
    say: Callable[[str], None] = field(default=lambda step: None)

    def run(self, out: str | Path | None = None) -> Results:
        """Works until all rows went through, then writes them to `out`; raises what `datagen_core.run` does."""
        target = None if out is None else self._target(Path(out))
        job = resolve(
            load(self._recipe(), overrides=self.overrides, model=self.model), trust_local=self.trust_local
        )
        where = folder_for(usual_name(job), self.folder, self.fresh, job.fingerprint, shares_names=True)
        given = {"again": self._again(out, where), "model": self.model, "overrides": list(self.overrides)}
        cache = None if self.cache is None else Path(self.cache)
        results = carry_on(job, where, self.observe, self.say, given, cache, may_be_empty=self.may_be_empty)
        if target is not None and is_over(results) and not job.is_rehearsal:
            self.say(f"writing {target}")
            write_rows(results.selected(), job, target, full=self.full)
        return results

    def _recipe(self) -> dict[str, Any]:
        """The recipe that it comes to."""
        common = {
            "name": f"{self.name}-{stem(self.data)}",
            "arms": list(self.arms),
            "order": "strict",  # the same rows again, and those of data in its order
            "batch_size": BATCH_SIZE,
            "router": "uniform",
            "memory": "off",
        }
        if self.from_documents is not None:
            return {**common, **self._documents(), **self.more}
        rows = {"path": str(self.data)} if isinstance(self.data, str | Path) else {"rows": list(self.data)}
        return {
            **common,
            "seeds": {**self.columns, **rows},
            "each_seed_once": True,
            "validators": [],
            "window": WINDOW,
            **self.more,
        }

    def _documents(self) -> dict[str, Any]:
        if not isinstance(self.data, str | Path) or self.columns:
            raise UsageError(
                f"{self.name} makes rows from documents",
                where=next(iter(self.columns), None),
                expected="a path of documents or of a knowledge base, and no columns",
            )
        return {"documents": [str(self.data)], "num_samples": self.from_documents, "window": WINDOW}

    def _target(self, out: Path) -> Path:
        refuse_run_file(out)
        if out.suffix.lower() not in ENDINGS:
            format_of(out)
        if out.is_dir():
            raise UsageError(f"{out} is a folder", expected="a file name", hint=f"-o {out / 'rows.jsonl'}")
        if isinstance(self.data, str | Path) and out.resolve() == Path(self.data).resolve():
            raise UsageError(
                "the data would be replaced by what is made of it", where=str(out), expected="another file"
            )
        return out

    def _again(self, out: str | Path | None, where: Path) -> str:
        if not self.command:
            return ""
        words = [word for key, value in self.columns.items() for word in _column_words(key, value)]
        words += [word for assignment in self.overrides for word in ("--set", assignment)]
        options = {"-o": out, "-m": self.model, "--run": self.folder and where, "--cache": self.cache}
        words += [str(word) for pair in options.items() if pair[1] for word in pair]
        flags = {"--full": self.full, "--trust-local": self.trust_local}
        return shlex.join([*self.command, *words, *(flag for flag, is_set in flags.items() if is_set)])


def is_over(results: Results) -> bool:
    """Whether all rows went through; or as many were made as the documents give."""
    return results.status in ("complete", "short")


def _column_words(key: str, value: Any) -> tuple[str, str]:
    """A key of the rows' source as a command line has it: an option of its own, or a key of the recipe."""
    if key in ("text", "label", "limit"):
        return f"--{key}", str(value)
    return "--set", f"seeds.{key}={json.dumps(value)}"


def rows_of(data: Rows) -> Rows:
    """The rows of a run, where one is meant by its name or folder; samples as records; anything else as it is."""
    if isinstance(data, Results):
        return list(data.records())
    if not isinstance(data, str | Path):
        return [one.to_json() if isinstance(one, Sample) else one for one in data]
    if Path(data).is_file():
        return data
    folders = (Path(data), RUNS / str(data))
    return next((folder / "data.jsonl" for folder in folders if (folder / "run.db").is_file()), data)


def stem(data: Rows) -> str:
    """What a dataset is called: its file's name without endings, of a run the run's name; or `rows`."""
    if isinstance(data, str | Path) and (Path(data).parent / "run.db").is_file():
        return Path(data).absolute().parent.name
    return Path(data).name.partition(".")[0] if isinstance(data, str | Path) else "rows"


def with_words(options: Mapping[str, Any]) -> list[str]:
    """Options as a command line has them: `--with KEY=VALUE` for each."""
    return [word for key, value in options.items() for word in ("--with", f"{key}={json.dumps(value)}")]


def listed(by: Used | Sequence[Used]) -> list[Used]:
    """Components, of which one may stand alone."""
    return [by] if isinstance(by, str | type | Mapping) else list(by)


def with_options(uses: Sequence[Any], options: Mapping[str, Any], kind: str) -> list[Any]:
    """Components as a recipe names them, with options for the one that there is; raises UsageError for several."""
    if not uses or (options and len(uses) > 1):
        raise UsageError(
            f"options are given for one {kind}, and several are named" if uses else f"no {kind} is named",
            expected=f"one {kind}, or each with its own options",
        )
    if not options:
        return list(uses)
    (use,) = uses
    given = use if isinstance(use, Mapping) else {"use": use}
    return [{**given, "with": {**given.get("with", {}), **options}}]


def named(use: Any) -> str:
    """What a component is called, however it is given."""
    used = use["use"] if isinstance(use, Mapping) else use
    return used.__name__ if isinstance(used, type) else str(used)
