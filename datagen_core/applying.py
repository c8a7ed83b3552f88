"""Arms over a dataset that exists: each of its rows goes through once, and what comes of it is a run like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.dataset_pass import DatasetPass, Rows, named, rows_of, with_words
from datagen_core.errors import UsageError
from datagen_core.nothing import EMPTY
from datagen_core.progress import Progress
from datagen_core.results import Results


def apply(
    transform: str | type | Mapping[str, Any] | Sequence[str | type | Mapping[str, Any]],
    data: Rows,
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
    return DatasetPass(
        name=f"apply-{'-'.join(map(named, chain))}",
        data=rows_of(data),
        arms=[{"chain": list(chain)}],
        command=_command(chain, data),
        columns=columns,
        overrides=overrides,
        model=model,
        folder=folder,
        cache=cache,
        fresh=fresh,
        full=full,
        trust_local=trust_local,
        observe=observe,
        say=say,
    ).run(out)


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


def _command(chain: Sequence[Any], data: Rows) -> list[str]:
    if not isinstance(data, str | Path) or any(isinstance(_used(link), type) for link in chain):
        return []
    told = chain[0].get("with", {}) if len(chain) == 1 and isinstance(chain[0], Mapping) else {}
    return ["datagen", "apply", ",".join(map(named, chain)), str(data), *with_words(told)]


def _used(link: Any) -> Any:
    return link["use"] if isinstance(link, Mapping) else link
