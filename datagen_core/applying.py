"""Arms over a dataset that exists: each of its rows goes through once, and what comes of it is a run like any other."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.errors import UsageError
from datagen_core.exporting import export_samples
from datagen_core.nothing import EMPTY
from datagen_core.progress import Progress
from datagen_core.resolve import resolve
from datagen_core.results import ENDINGS, Results
from datagen_core.run_folders import folder_for
from datagen_core.runs import carry_on, load, usual_name

BATCH_SIZE = 20


def apply(
    transform: str | type | Sequence[str | type | Mapping[str, Any]],
    data: str | Path,
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
    """Puts each row of a file through one or more transforms, in order, and writes what comes of it.

    The rows stay in the order of the file; lineage, verdicts and calls are in the run folder. The same call goes on
    after any stop. Rows that couldn't be made are rejections with their reasons.

    Args:
        transform: A generator's name (or a class of your own), or several in the order in which they are applied; each
            may be a mapping with `use` and `with` (see `datagen_core.use`).
        data: JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
        out: The file to write when all rows went through: .jsonl, .csv or .txt. Rows of a rehearsal aren't written.
        options: Of the transform, where there is one.
        columns: Which columns mean what, as in a recipe's `seeds:` (`text`, `label`, `where`, `limit` …).
        overrides: `a.b=c` assignments on the recipe that this makes, such as `budget.max_cost=1`.
        folder: The run folder; by default `runs/apply-<transform>-<data>`.
        full: Write whole records, with metadata and lineage, not only the columns that trainers read.
        model, cache, fresh, trust_local, observe, say: See `datagen_core.run`.

    Raises:
        UsageError, RunError: See `datagen_core.run`.
    """
    chain: list[Any] = [transform] if isinstance(transform, str | type) else list(transform)
    if not chain or (options and len(chain) > 1):
        raise UsageError(
            "options are given for one transform, and several are named"
            if chain
            else "no transform is named",
            expected="one transform, or each with its own options",
        )
    target = None if out is None else _target(Path(out), data)
    if options:
        chain = [{"use": chain[0], "with": dict(options)}]
    recipe = _recipe(chain, Path(data), columns)
    job = resolve(load(recipe, overrides=overrides, model=model), trust_local=trust_local)
    where = folder_for(usual_name(job), folder, fresh, job.fingerprint)
    given = {"again": _again(chain, data, out, where), "overrides": list(overrides), "model": model}
    results = carry_on(job, where, observe, say, given, None if cache is None else Path(cache))
    if target is not None and results.status == "complete" and not job.is_rehearsal:
        say(f"writing {target}")
        export_samples(
            results.samples(), ENDINGS[target.suffix.lower()], target, {"full": True} if full else {}
        )
    return results


def _recipe(chain: Sequence[Any], data: Path, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe that it comes to; strict order keeps the rows in that of the file."""
    names = "-".join(map(_name, chain))
    stem = data.name.partition(".")[0]
    return {
        "name": f"apply-{names}-{stem}",
        "seeds": {**columns, "path": str(data)},
        "each_seed_once": True,
        "arms": [{"chain": list(chain)}],
        "validators": [],
        "order": "strict",
        "batch_size": BATCH_SIZE,
        "router": "uniform",
        "memory": "off",
    }


def _name(link: Any) -> str:
    used = link["use"] if isinstance(link, Mapping) else link
    return used.__name__ if isinstance(used, type) else str(used)


def _target(out: Path, data: str | Path) -> Path:
    if out.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"can't tell the format from the ending {out.suffix!r}",
            where=str(out),
            expected=f"one of {', '.join(ENDINGS)}",
            hint=f"-o {out.stem or 'out'}.jsonl",
        )
    if out.resolve() == Path(data).resolve():
        raise UsageError(
            "the data would be replaced by what is made of it", where=str(out), expected="another file"
        )
    return out


def _again(chain: Sequence[Any], data: str | Path, out: str | Path | None, folder: Path) -> str:
    names = ",".join(map(_name, chain))
    return shlex.join(
        ["datagen", "apply", names, str(data), *(["-o", str(out)] if out else []), "--run", str(folder), "…"]
    )
