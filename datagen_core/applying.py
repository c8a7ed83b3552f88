"""Arms over a dataset that exists: each of its rows goes through once, and what comes of it is a run like any other."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.columns import flat
from datagen_core.errors import UsageError
from datagen_core.exporting import ENDINGS, export_samples, format_of
from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_core.progress import Progress
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.row_forms import CHAT_COLUMNS, INPUTS, MORE, OUTPUTS, TEXT_COLUMNS
from datagen_core.run_folders import folder_for
from datagen_core.runs import carry_on, load, usual_name
from datagen_core.sample import Sample

BATCH_SIZE, WINDOW = 10, 4
"""Rows of a batch, and batches in work at once: more would keep endpoints no busier, and at a budget all are cut."""
READ = frozenset({*TEXT_COLUMNS, *INPUTS, *OUTPUTS, *MORE, *CHAT_COLUMNS, "instances", "label", "slots"})
"""Columns that rows are read from: what became of them stands in the new row."""


def apply(
    transform: str | type | Mapping[str, Any] | Sequence[str | type | Mapping[str, Any]],
    data: str | Path | Sequence[Mapping[str, Any] | str],
    out: str | Path | None = None,
    *,
    options: Mapping[str, Any] = EMPTY,
    columns: Mapping[str, Any] = EMPTY,
    overrides: Sequence[str] = (),
    model: str | None = None,
    folder: str | Path | None = None,
    cache: str | Path | None = None,
    fresh: bool = False,
    full: bool = False,
    trust_local: bool = False,
    observe: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda step: None,
) -> Results:
    """Puts each row of a dataset through one or more transforms, in order, and writes what comes of it.

    The rows stay in the order of the data; lineage, verdicts and calls are in the run folder. The same call goes on
    after any stop; with other data or options it is another run in a folder of its own. Rows that couldn't be made are
    rejections with their reasons.

    Args:
        transform: A generator's name (or a class of your own), or several in the order in which they are applied; each
            may be a mapping with `use` and `with` (see `datagen_core.use`).
        data: JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet; or the rows themselves, mappings or texts.
        out: The file to write when all rows went through: .jsonl, .csv or .txt. It holds what the rows are now, and the
            data's other columns; its `id` becomes `source_id`, else `source_row` counts from 1. Rows of a rehearsal
            aren't written.
        options: Of the transform, where there is one.
        columns: Which columns mean what, as in a recipe's `seeds:` (`text`, `label`, `where`, `limit` …).
        overrides: `a.b=c` assignments on the recipe that this makes, such as `budget.max_cost=1`.
        folder: The run folder; by default one under `runs/`, named for the transform and the data.
        full: Write whole records, with metadata and lineage, not only the columns that trainers read.
        model, cache, fresh, trust_local, observe, say: See `datagen_core.run`.

    Raises:
        UsageError, RunError: See `datagen_core.run`.
    """
    chain = _chain(transform, options)
    target = None if out is None else _target(Path(out), data)
    recipe = _recipe(chain, data, columns)
    job = resolve(load(recipe, overrides=overrides, model=model), trust_local=trust_local)
    where = folder_for(usual_name(job), folder, fresh, job.fingerprint, shares_names=True)
    words = {"-o": out, "-m": model, "--run": folder and where, "--cache": cache}
    flags = {"--full": full, "--trust-local": trust_local}
    again = _again(chain, data, columns, overrides, words, flags)
    given = {"again": again, "model": model, "overrides": list(overrides)}
    results = carry_on(job, where, observe, say, given, None if cache is None else Path(cache))
    if target is not None and results.status == "complete" and not job.is_rehearsal:
        say(f"writing {target}")
        is_table = not full and target.suffix.lower() != ".txt"
        rows = _joined(results, job.inputs.seeds) if is_table else results.samples()
        export_samples(rows, format_of(target), target, {"full": True} if full else {})
    return results


def _joined(results: Results, seeds: Sequence[Seed]) -> Iterator[Sample]:
    """The rows as records of their columns and of those columns of the data that no row was read from."""
    place = {seed.id: at for at, seed in enumerate(seeds)}
    parents = results.store.parents()
    others = [name for name in dict.fromkeys(key for seed in seeds for key in seed.row) if name not in READ]
    for sample in results.samples():
        at = place[_root(sample.id, parents)]
        row = seeds[at].row
        told = {"source_id": row["id"]} if "id" in row else {"source_row": at + 1}
        kept = {name: row.get(name) for name in others if name != "id"}
        columns = {name: value for name, value in flat(sample).items() if name != "id"}
        yield Sample(id=sample.id, fields={**kept, **columns, **told})


def _root(row: str, parents: Mapping[str, Sequence[str]]) -> str:
    while row in parents:
        row = parents[row][0]
    return row


def _chain(transform: Any, options: Mapping[str, Any]) -> list[Any]:
    chain = [transform] if isinstance(transform, str | type | Mapping) else list(transform)
    if not chain or (options and len(chain) > 1):
        raise UsageError(
            "options are given for one transform, and several are named"
            if chain
            else "no transform is named",
            expected="one transform, or each with its own options",
        )
    return [{"use": chain[0], "with": dict(options)}] if options else chain


def _recipe(chain: Sequence[Any], data: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe that it comes to; strict order keeps the rows in that of the data."""
    is_file = isinstance(data, str | Path)
    stem = Path(data).name.partition(".")[0] if is_file else "rows"
    rows = {"path": str(data)} if is_file else {"rows": list(data)}
    return {
        "name": f"apply-{'-'.join(map(_name, chain))}-{stem}",
        "seeds": {**columns, **rows},
        "each_seed_once": True,
        "arms": [{"chain": list(chain)}],
        "validators": [],
        "order": "strict",
        "batch_size": BATCH_SIZE,
        "window": WINDOW,
        "router": "uniform",
        "memory": "off",
    }


def _name(link: Any) -> str:
    used = link["use"] if isinstance(link, Mapping) else link
    return used.__name__ if isinstance(used, type) else str(used)


def _target(out: Path, data: Any) -> Path:
    if out.suffix.lower() not in ENDINGS:
        format_of(out)
    if out.is_dir():
        raise UsageError(f"{out} is a folder", expected="a file name", hint=f"-o {out / 'rows.jsonl'}")
    if isinstance(data, str | Path) and out.resolve() == Path(data).resolve():
        raise UsageError(
            "the data would be replaced by what is made of it", where=str(out), expected="another file"
        )
    return out


def _again(
    chain: Sequence[Any],
    data: Any,
    columns: Mapping[str, Any],
    overrides: Sequence[str],
    words: Mapping[str, Any],
    flags: Mapping[str, bool],
) -> str:
    """The command line that does the same again; "" where there is none: classes and rows of a program."""
    if not isinstance(data, str | Path) or any(isinstance(_used(link), type) for link in chain):
        return ""
    out = ["datagen", "apply", ",".join(map(_name, chain)), str(data)]
    for link in chain if len(chain) == 1 else ():
        told = link.get("with", {}) if isinstance(link, Mapping) else {}
        out += [word for key, value in told.items() for word in ("--with", f"{key}={json.dumps(value)}")]
    out += [word for key, value in columns.items() for word in (f"--{key}", str(value))]
    out += [word for assignment in overrides for word in ("--set", assignment)]
    out += [str(word) for pair in words.items() if pair[1] for word in pair]
    return shlex.join([*out, *(flag for flag, is_set in flags.items() if is_set)])


def _used(link: Any) -> Any:
    return link["use"] if isinstance(link, Mapping) else link
