"""The folders of runs: which one a run works in, finding one by name, and holding it alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from filelock import FileLock, Timeout

from datagen_core.errors import RunError, UsageError
from datagen_core.store.reading import RunReader

RUNS = Path("runs")


def folder_for(
    name: str,
    out: str | Path | None = None,
    fresh: bool = False,
    fingerprint: str = "",
    *,
    shares_names: bool = False,
) -> Path:
    """The run folder: as given, or under `runs/` the newest of `<name>`, `<name>-2` … that holds this very run.

    Where none does, it is `runs/<name>`; with `fresh`, or where different runs may share a name, the next free one.
    Raises UsageError for a folder without a name.
    """
    if out is not None and not Path(out).name:
        raise UsageError(
            f"{str(out)!r} names no folder", where="-o", expected="a folder for this run", hint="-o runs/NAME"
        )
    first = Path(out) if out is not None else RUNS / name
    numbered = [first, *(first.with_name(f"{first.name}-{i}") for i in range(2, 1000))]
    if fresh:
        return free_folder(first)
    same = [folder for folder in numbered if out is None and _fingerprint(folder) == fingerprint]
    return same[-1] if same else free_folder(first) if shares_names and out is None else first


def free_folder(first: Path) -> Path:
    """The first of `<name>`, `<name>-2` … that doesn't exist."""
    numbered = (first.with_name(f"{first.name}-{i}") for i in range(2, 100_000))
    return next(folder for folder in chain([first], numbered) if not folder.exists())


def _fingerprint(folder: Path) -> str | None:
    """The fingerprint of the run in a folder; None where there is none that can be read."""
    if not (folder / "run.db").is_file():
        return None
    try:
        store = RunReader(folder / "run.db")
    except RunError:
        return None
    try:
        return str(store.get("fingerprint"))
    finally:
        store.close()


def find_folder(given: str | Path) -> Path:
    """A run folder by its path or its name under `runs/`; raises RunError naming the runs there are."""
    for folder in (Path(given), RUNS / given):
        if (folder / "run.db").is_file():
            return folder
    names = [path.parent.name for path in sorted(RUNS.glob("*/run.db"))]
    raise RunError(
        f"no run {str(given)!r}",
        expected=f"a run folder or one of {', '.join(names)}" if names else "a run folder",
        hint="datagen runs list" if names else "datagen run RECIPE",
    )


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Holds the run's lock, which the system lets go of when the process dies in any way."""
    lock = FileLock(str(folder / "run.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunError(
            "another process is working on this run",
            where=str(folder),
            hint="wait for it, or start another with --fresh or -o RUN_FOLDER",
        ) from None
    except OSError as error:
        raise RunError(f"the run folder can't be written: {error.strerror}", where=str(folder)) from None
    try:
        yield
    finally:
        lock.release()
