"""What a dataset is worth that exists, told by an evaluator; a run like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from datagen_core.dataset_pass import (
    DatasetPass,
    PassOptions,
    Rows,
    Used,
    named,
    rows_of,
    with_options,
    with_words,
)
from datagen_core.evaluator import Evaluation
from datagen_core.nothing import EMPTY


def evaluate(
    data: Rows,
    *,
    by: Used,
    documents: str | Path | Sequence[str | Path] = (),
    options: Mapping[str, Any] = EMPTY,
    **how: Unpack[PassOptions],
) -> Evaluation:
    """Measures a dataset as it is; no row is changed.

    Args:
        data: See `datagen_core.apply`.
        by: An evaluator: its name, a class of your own, or a mapping with `use` and `with`.
        documents: What the rows were made from, where the evaluator asks for it: files, folders, patterns, or a
            knowledge base.
        options: Of the evaluator.
        how: See `datagen_core.dataset_pass.PassOptions`.

    Raises:
        UsageError, RunError: See `datagen_core.run`.
    """
    (use,) = with_options([by], dict(options), "evaluator")
    paths = [documents] if isinstance(documents, str | Path) else list(documents)
    results = DatasetPass(
        name=f"evaluate-{named(by)}",
        data=rows_of(data),
        arms=["as-is"],
        more={"evaluation": use, **({"documents": [str(path) for path in paths]} if paths else {})},
        command=_command(data, by, paths, options),
        may_be_empty=True,
        **how,
    ).run()
    return results.evaluations()[-1][1]


def _command(data: Rows, by: Used, paths: Sequence[str | Path], options: Mapping[str, Any]) -> Sequence[str]:
    if not isinstance(data, str | Path) or not isinstance(by, str):
        return ()
    words = [word for path in paths for word in ("--documents", str(path))]
    return ["datagen", "evaluate", str(data), "--by", by, *words, *with_words(options)]
