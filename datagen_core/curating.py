"""A dataset that exists, judged by validators or chosen from by a selector; each is a run like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from datagen_core.dataset_pass import (
    DatasetPass,
    PassOptions,
    Rows,
    Used,
    listed,
    named,
    rows_of,
    with_options,
    with_words,
)
from datagen_core.nothing import EMPTY
from datagen_core.results import Results

USUAL_JUDGES = ("judge-curate7",)


def curate(
    data: Rows,
    out: str | Path | None = None,
    *,
    by: Used | Sequence[Used] = USUAL_JUDGES,
    threshold: float | None = None,
    options: Mapping[str, Any] = EMPTY,
    **how: Unpack[PassOptions],
) -> Results:
    """Keeps the rows of a dataset that validators let pass, in their order; the others are rejections with reasons.

    Args:
        data, out: See `datagen_core.apply`; no row is changed.
        by: Validators, in any order: names, classes of your own, or mappings with `use` and `with`; one may stand
            alone. The usual one is a judge of clarity, accuracy, usefulness and difficulty on 1 to 10.
        threshold: The option `threshold` of the validator, where there is one.
        options: Further options of it.
        how: See `datagen_core.dataset_pass.PassOptions`.

    Raises:
        UsageError, RunError: See `datagen_core.run`.
    """
    told = dict(options) | ({} if threshold is None else {"threshold": threshold})
    validators = listed(by)
    uses = with_options(validators, told, "validator")
    return DatasetPass(
        name=f"curate-{'-'.join(map(named, validators))}",
        data=rows_of(data),
        arms=["as-is"],
        more={"validators": uses},
        command=_command("curate", data, validators, told),
        **how,
    ).run(out)


def select(
    data: Rows,
    out: str | Path | None = None,
    *,
    by: Used,
    n: int | None = None,
    options: Mapping[str, Any] = EMPTY,
    **how: Unpack[PassOptions],
) -> Results:
    """Chooses rows of a dataset; `Results.selected()` has them in the order in which they were chosen.

    Args:
        data: A file or rows, as for `datagen_core.apply`; or the folder or name of a run: its accepted rows.
        out: See `datagen_core.apply`; no row is changed.
        by: A selector: its name, a class of your own, or a mapping with `use` and `with`.
        n: Rows to keep at most; by default as many as the selector's rules allow.
        options: Of the selector.
        how: See `datagen_core.dataset_pass.PassOptions`.

    Raises:
        UsageError, RunError: See `datagen_core.run`.
    """
    (use,) = with_options([by], dict(options), "selector")
    chosen: dict[str, Any] = dict(use) if isinstance(use, Mapping) else {"use": use}
    command = _command("select", data, [by], dict(options))
    return DatasetPass(
        name=f"select-{named(by)}",
        data=rows_of(data),
        arms=["as-is"],
        more={"select": chosen | ({} if n is None else {"n": n})},
        command=[*command, *(["-n", str(n)] if command and n is not None else [])],
        **how,
    ).run(out)


def _command(verb: str, data: Rows, by: Sequence[Any], options: Mapping[str, Any]) -> list[str]:
    """The words that do the same; none where the data or a part of it are objects of a program."""
    if not isinstance(data, str | Path) or any(not isinstance(use, str) for use in by):
        return []
    return ["datagen", verb, str(data), "--by", ",".join(by), *with_words(options)]
