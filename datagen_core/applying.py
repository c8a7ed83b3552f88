"""Arms over a dataset that exists: each of its rows goes through once, and what comes of it is a run like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from datagen_core.dataset_pass import DatasetPass, PassOptions, Rows, Used, named, rows_of, with_words
from datagen_core.errors import UsageError
from datagen_core.nothing import EMPTY
from datagen_core.one_pass import GIVEN_BY_LINKS
from datagen_core.plugins.host import installed
from datagen_core.results import Results


def apply(
    transform: Used | Sequence[Used],
    data: Rows,
    out: str | Path | None = None,
    *,
    n: int | None = None,
    options: Mapping[str, Any] = EMPTY,
    **how: Unpack[PassOptions],
) -> Results:
    """Puts each row of a dataset through one or more transforms, in order, and writes what comes of it.

    The rows stay in the order of the data; lineage, verdicts and calls are in the run folder. The same call goes on
    after any stop; with other data or options it is another run in a folder of its own. Rows that couldn't be made are
    rejections with their reasons.

    Where the first one makes rows from documents (`backtranslation`, `extractive` …), the data are documents or a
    knowledge base, and `n` rows are made from them.

    Args:
        transform: A generator's name (or a class of your own), or several in the order in which they are applied; each
            may be a mapping with `use` and `with` (see `datagen_core.use`).
        data: JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet; or the rows themselves, mappings or texts. Or documents:
            a file, a folder, a pattern, a knowledge base.
        out: The file to write when all rows went through: .jsonl, .csv or .txt. It holds what the rows are now, and the
            data's other columns; its `id` becomes `source_id`, else `source_row` counts from 1. Rows made from
            documents stand beside what they cite (`chunk_id`, `document`, `source_span` …) and its text, `passage`.
            Rows of a rehearsal aren't written.
        n: How many rows are made from documents.
        options: Of the transform, where there is one.
        how: See `datagen_core.dataset_pass.PassOptions`.

    Raises:
        UsageError, RunError: See `datagen_core.run`; rows from documents without `n`, or `n` where each row of the
            data goes through once.
    """
    chain = _chain(transform, options)
    from_documents = _makes_rows_of_documents(chain[0])
    if from_documents == (n is None):
        raise UsageError(
            f"{named(chain[0])} makes rows from documents, and nothing says how many"
            if from_documents
            else f"{n} rows are asked for, and each row of the data goes through {named(chain[0])} once",
            expected="a number of rows, where they are made from documents, and only there",
            hint="-n 100"
            if from_documents
            else "leave -n out; --limit takes the first so many rows of the data",
        )
    return DatasetPass(
        name=f"apply-{'-'.join(map(named, chain))}",
        data=data if from_documents else rows_of(data),
        arms=[{"chain": list(chain)}],
        more={"window": 1} if from_documents and not _asks_a_model(chain) else EMPTY,
        from_documents=n,
        command=_command(chain, data, n),
        **how,
    ).run(out)


def _makes_rows_of_documents(link: Any) -> bool:
    """Whether it needs documents and no rows; classes and files of a user's own say nothing of it, and take rows."""
    if isinstance(_used(link), type) or named(link) not in installed().names("generator"):
        return False
    needs = _needs(link)
    return "documents" in needs and not needs & set(GIVEN_BY_LINKS)


def _asks_a_model(chain: Sequence[Any]) -> bool:
    """Whether calls take so long that several batches are in work at once; else each is planned from those before."""
    names = installed().names("generator")
    return any(named(link) not in names or "model" in _needs(link) for link in chain)


def _needs(link: Any) -> set[str]:
    offer, _ = installed().find("generator", named(link))
    return set(offer.component.needs)


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


def _command(chain: Sequence[Any], data: Rows, n: int | None) -> list[str]:
    if not isinstance(data, str | Path) or any(isinstance(_used(link), type) for link in chain):
        return []
    told = chain[0].get("with", {}) if len(chain) == 1 and isinstance(chain[0], Mapping) else {}
    words = ["datagen", "apply", ",".join(map(named, chain)), str(data), *with_words(told)]
    return words if n is None else [*words, "-n", str(n)]


def _used(link: Any) -> Any:
    return link["use"] if isinstance(link, Mapping) else link
