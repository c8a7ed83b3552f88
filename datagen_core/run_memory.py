"""A run and the memory of earlier ones: the snapshot it starts from, and what it adds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.errors import UsageError
from datagen_core.identity import hash_of
from datagen_core.job import Job
from datagen_core.memory import Memory, mode_of, told_of
from datagen_core.rescoring import Rescored
from datagen_core.router import Router
from datagen_core.store.run_store import RunStore


def recall_into(job: Job, store: RunStore, say: Callable[[str], None]) -> None:
    """The snapshot of the memory that the run works from, taken once: a run that goes on keeps its own."""
    mode, file = _mode_and_file(job)
    if store.get("memory") is not None or store.batch_rows():
        return
    episodes: list[dict[str, Any]] = []
    if mode != "off":
        memory = Memory(file)
        try:
            episodes = memory.recalled(job.reward_definition)
        finally:
            memory.close()
    store.put({"memory": episodes})
    recalls = job.router_use[0].component.load_impl().recall is not Router.recall
    if recalls and (told := told_of(episodes)):
        say(told)


def remember(job: Job, store: RunStore) -> None:
    """Adds the run's committed batches to the memory; those already there stay as they are."""
    if _mode_and_file(job)[0] == "on":
        _add(job, store.file.parent, store.batch_rows(state="done"))


def remember_rewards(job: Job, folder: Path, found: Sequence[Rescored]) -> int:
    """Adds a run's batches to the memory with the rewards they have by another definition; returns how many."""
    if _mode_and_file(job)[0] != "on":
        raise UsageError(
            "the memory isn't on for this run", expected="memory: on, and a run that is no rehearsal"
        )
    rows = []
    for one in found:
        value, variance = (one.after.value, one.after.variance) if one.after else (None, None)
        rows.append({**one.batch, "reward": value, "variance": variance})
    return _add(job, folder, rows)


def _add(job: Job, folder: Path, batches: Sequence[Mapping[str, Any]]) -> int:
    key = hash_of({"fingerprint": job.fingerprint, "folder": str(folder.resolve())})
    arms = {built.arm.name: built.arm for built in job.arms}
    memory = Memory(_mode_and_file(job)[1])
    try:
        return memory.add(key, job.context, arms, job.router_use[0].name, job.reward_definition, batches)
    finally:
        memory.close()


def _mode_and_file(job: Job) -> tuple[str, Path | None]:
    use = job.loaded.recipe.memory
    mode = mode_of(use.mode, is_rehearsal=job.is_rehearsal)
    return mode, use.path.path if use.path else None
