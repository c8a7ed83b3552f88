"""The dataset chosen from a run's accepted rows, by the recipe's selector; kept with the run, and made once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from datagen_core.errors import PluginError, blaming
from datagen_core.job import Job
from datagen_core.jsontext import plain
from datagen_core.llm.site import CallSite
from datagen_core.sample import Sample, Verdict
from datagen_core.selector import Selection
from datagen_core.store.reading import RunReader
from datagen_core.store.run_store import RunStore

if TYPE_CHECKING:
    from datagen_core.llm.door import ModelDoor

OUTSIDE = CallSite()
"""Of all batches."""
KEY = "selection"
SELECTS = "selects"
"""The name of the selector that a run ends with, whether it has chosen or not."""


async def choose(job: Job, store: RunStore, door: ModelDoor | None) -> None:
    """Has the job's selector choose, and stores what it chose. RunPaused passes: nothing is stored then."""
    built = job.selector
    if is_chosen(job, store):
        return
    if built is None:
        store.put({KEY: None})
        return
    rows = [Sample.from_json(record) for record in store.records()]
    models = {}
    if door is not None:
        site = replace(OUTSIDE, component=built.name, seed=job.loaded.recipe.seed)
        models = {alias: door.bound(alias, site) for alias in built.part.models()}
    with blaming(
        f"selector {built.name!r}", where=str(store.file.parent), hint="take `select:` out, or mend it"
    ):
        found: Selection = await built.part.select(rows, _wanted(job), models)
    _check(built.name, rows, _wanted(job), found)
    if door is not None:
        store.asked(door.account.take(OUTSIDE.batch))
    left = {row: _told(verdict) for row, verdict in found.left.items()}
    store.put(
        {
            KEY: {
                "by": _by(job, store),
                "name": built.name,
                "kept": list(found.kept),
                "left": left,
                "scores": dict(found.scores),
                "notes": list(found.notes),
            }
        }
    )


def is_chosen(job: Job, store: RunReader) -> bool:
    """Whether what the job asks for has been chosen from the rows there are now."""
    return bool(chosen_by(store) == plain(_by(job, store)))


def chosen(store: RunReader) -> Iterator[Sample]:
    """The rows of the dataset: those chosen, in the order in which they were; without a selection all accepted."""
    found = store.get(KEY)
    if found is None:
        return (Sample.from_json(record) for record in store.records())
    place = {row: at for at, row in enumerate(found["kept"])}
    kept = [Sample.from_json(record) for record in store.records() if record["id"] in place]
    return iter(sorted(kept, key=lambda sample: place[sample.id]))


def chosen_by(store: RunReader) -> dict[str, Any]:
    """What decided the selection that there is; empty without one."""
    found = store.get(KEY)
    return dict(found["by"]) if found else {}


def is_awaited(store: RunReader) -> bool:
    """Whether the run ends with a selection that isn't made yet from the rows that there are now."""
    found = store.get(KEY)
    is_old = found is not None and found["by"]["rows"] != store.counts().get("accepted", 0)
    return store.get(SELECTS) is not None and (found is None or is_old)


def chosen_count(store: RunReader) -> int:
    """How many rows the dataset has."""
    found = store.get(KEY)
    return store.counts().get("accepted", 0) if found is None else len(found["kept"])


def told(store: RunReader) -> dict[str, Any] | None:
    """What reports show of the selection; None without one."""
    found = store.get(KEY)
    if found is None or is_awaited(store):
        return None
    reasons: dict[str, int] = {}
    for verdict in found["left"].values():
        reasons[verdict["reason"]] = reasons.get(verdict["reason"], 0) + 1
    return {
        "by": found["name"],
        "kept": len(found["kept"]),
        "left": dict(sorted(reasons.items(), key=lambda item: -item[1])),
        "notes": found["notes"],
    }


def verdict_of(store: RunReader, row: str) -> dict[str, Any] | None:
    """What the selection said of one row; None without a selection, or where it never saw the row."""
    found = store.get(KEY)
    if found is None or row not in {*found["kept"], *found["left"]}:
        return None
    score = found["scores"].get(row)
    if row in found["left"]:
        return {"kept": False, "by": found["name"], "score": score, **found["left"][row]}
    return {"kept": True, "by": found["name"], "score": score, "place": found["kept"].index(row) + 1}


def _wanted(job: Job) -> int | None:
    use = job.loaded.recipe.select
    return None if use is None else use.n


def _by(job: Job, store: RunReader) -> Mapping[str, Any]:
    """What decides a selection: the selector with its version and options, how many, from how many rows."""
    built = job.selector
    if built is None:
        return {}
    rows = store.counts().get("accepted", 0)
    return {**built.identity(), "version": built.offer.version, "n": _wanted(job), "rows": rows}


def _told(verdict: Verdict) -> dict[str, Any]:
    kept = ("reason", "measured", "threshold", "evidence")
    return {name: value for name, value in asdict(verdict).items() if name in kept and value is not None}


def _check(name: str, rows: list[Sample], n: int | None, found: Selection) -> None:
    ids = [*found.kept, *found.left]
    if len(set(ids)) != len(ids) or set(ids) != {row.id for row in rows}:
        raise PluginError(
            f"the selector {name!r} kept {len(found.kept)} rows and left {len(found.left)} of {len(rows)}",
            expected="each row either kept or left, once",
        )
    if n is not None and len(found.kept) > n:
        raise PluginError(f"the selector {name!r} kept {len(found.kept)} rows and was asked for {n}")
    if any(verdict.passed for verdict in found.left.values()):
        raise PluginError(f"the selector {name!r} left a row with a verdict that passes")
    for row, score in found.scores.items():
        is_number = isinstance(score, int | float) and math.isfinite(score)
        if row not in {*ids} or not is_number:
            raise PluginError(
                f"the selector {name!r} gave the row {row!r} the score {score!r}",
                expected="finite numbers, for rows that it was given",
            )
    if not all(verdict.reason for verdict in found.left.values()):
        raise PluginError(f"the selector {name!r} left a row without a reason", expected="a reason code")
