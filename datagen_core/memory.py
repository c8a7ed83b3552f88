"""What earlier runs learned: an append-only log of decisions and outcomes, in a file that the user owns.

Nothing of prompts or samples is in it: features of jobs, arms, and what became of their batches. A router's
knowledge is rebuilt from it by replay (`Router.recall`), so that the log is the truth and outlives any router.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datagen_core.context import Context
from datagen_core.jsontext import dumps
from datagen_core.router import Arm, Episode, Feedback
from datagen_core.store.sqlite_file import naming, open_file, writing

FILE_NAME = "memory.db"
MODE_VARIABLE = "DATAGEN_MEMORY"
"""The environment variable that overrides a recipe's mode: `off`, `read` or `on`."""
MODES = ("off", "read", "on")
MOST_EPISODES = 5_000
"""Episodes that a run starts from, the newest: what they weigh is bounded by the router's widening anyway."""
_WHAT = "the memory of earlier runs"
_HINT = "free the disk, delete that file, or set memory: off"
_COLUMNS = (
    *(
        "id",
        "at",
        "job",
        "domain",
        "context",
        "arm",
        "attributes",
        "version",
        "offered",
        "router",
        "propensity",
    ),
    *("requested", "accepted", "reward", "variance", "reward_definition", "components", "cost", "failed"),
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS episodes (
    id TEXT PRIMARY KEY, at REAL NOT NULL, job TEXT NOT NULL, domain TEXT NOT NULL, context TEXT NOT NULL,
    arm TEXT NOT NULL, attributes TEXT NOT NULL, version TEXT NOT NULL, offered TEXT NOT NULL, router TEXT NOT NULL,
    propensity REAL NOT NULL, requested INTEGER NOT NULL, accepted INTEGER NOT NULL, reward REAL, variance REAL,
    reward_definition TEXT NOT NULL, components TEXT NOT NULL, cost REAL, failed INTEGER NOT NULL
)
"""


def data_folder() -> Path:
    """The user's data folder for DataGen: `$XDG_DATA_HOME/datagen`, else `~/.local/share/datagen`."""
    chosen = os.environ.get("XDG_DATA_HOME", "")
    return (Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".local" / "share") / "datagen"


def mode_of(wanted: str, *, is_rehearsal: bool = False) -> str:
    """How a run uses the memory: as the environment says, else as wanted; a rehearsal never writes."""
    given = os.environ.get(MODE_VARIABLE, "").strip().lower()
    mode = given if given in MODES else wanted
    return "read" if is_rehearsal and mode == "on" else mode


class Memory:
    """The log, in one SQLite file that several processes may share.

    Args:
        file: Where it lies; `memory.db` in the user's data folder if not told.
        now: The time, in seconds since 1970.
    """

    def __init__(self, file: Path | None = None, *, now: Callable[[], float] = time.time) -> None:
        self.file = file or data_folder() / FILE_NAME
        self._now = now
        self._connection = open_file(self.file, _SCHEMA, what=_WHAT, hint=_HINT)

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()

    def add(
        self,
        job: str,
        context: Context,
        arms: Mapping[str, Arm],
        router: str,
        reward_definition: str,
        batches: Iterable[Mapping[str, Any]],
    ) -> int:
        """Writes down committed batches of a run, each once however often it is given; returns how many were new.

        Args:
            job: The run's fingerprint and folder, hashed: what tells runs apart.
            context: The run's features.
            arms: By name.
            router, reward_definition: Who chose, and by which reward at which version it was told.
            batches: Rows as `RunReader.batch_rows(state="done")` gives them.
        """
        at, vector = self._now(), dumps(context.vector())
        rows = [
            (
                f"{job}|{batch['idx']}",
                at,
                job,
                context.domain,
                vector,
                batch["arm"],
                dumps(dict(arms[batch["arm"]].attributes)),
                arms[batch["arm"]].version,
                dumps(batch["offered"]),
                router,
                batch["propensity"],
                batch["n"],
                batch["accepted"],
                batch["reward"],
                batch["variance"],
                reward_definition,
                dumps(batch["components"] or {}),
                batch["cost"],
                int(batch["error"] is not None),
            )
            for batch in batches
        ]
        statement = f"INSERT OR IGNORE INTO episodes VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
        with naming(self.file, _WHAT, _HINT), writing(self._connection):
            before = self._connection.total_changes
            self._connection.executemany(statement, rows)
            return self._connection.total_changes - before

    def recalled(self, reward_definition: str) -> list[dict[str, Any]]:
        """The newest episodes judged by a reward, oldest first, as JSON; `episode` reads one.

        Rewards of another definition are on another scale, and left out.
        """
        query = (
            "SELECT job, context, arm, attributes, version, propensity, requested, accepted, reward, variance, cost"
            " FROM episodes WHERE reward_definition = ? AND reward IS NOT NULL ORDER BY rowid DESC LIMIT ?"
        )
        with naming(self.file, _WHAT, _HINT):
            found = self._connection.execute(query, (reward_definition, MOST_EPISODES)).fetchall()
        keys = (
            *("job", "context", "arm", "attributes", "version", "propensity"),
            *("requested", "accepted", "reward", "variance", "cost"),
        )
        out = [dict(zip(keys, row, strict=True)) for row in reversed(found)]
        for row in out:
            row["context"], row["attributes"] = json.loads(row["context"]), json.loads(row["attributes"])
        return out

    def summary(self) -> list[dict[str, Any]]:
        """By domain and arm: runs, batches, rows asked for and accepted, mean reward and cost."""
        query = (
            "SELECT domain, arm, reward_definition, count(DISTINCT job), count(*), sum(requested), sum(accepted),"
            " avg(reward), sum(cost), max(at) FROM episodes GROUP BY domain, arm, reward_definition"
            " ORDER BY domain, avg(reward) DESC"
        )
        keys = (
            "domain",
            "arm",
            "reward",
            "runs",
            "batches",
            "requested",
            "accepted",
            "mean",
            "cost",
            "last_at",
        )
        with naming(self.file, _WHAT, _HINT):
            return [dict(zip(keys, row, strict=True)) for row in self._connection.execute(query)]

    def export(self) -> Iterable[dict[str, Any]]:
        """Every episode as a dict, oldest first."""
        statement = f"SELECT {', '.join(_COLUMNS)} FROM episodes ORDER BY rowid"  # noqa: S608
        with naming(self.file, _WHAT, _HINT):
            for row in self._connection.execute(statement):
                out = dict(zip(_COLUMNS, row, strict=True))
                for key in ("context", "attributes", "offered", "components"):
                    out[key] = json.loads(out[key])
                yield out

    def forget(self, *, domain: str | None = None, arm: str | None = None) -> int:
        """Takes out the episodes of a domain, of an arm, of both, or all; returns how many."""
        wanted = {"domain": domain, "arm": arm}
        given = {key: value for key, value in wanted.items() if value is not None}
        statement = "DELETE FROM episodes WHERE " + (" AND ".join(f"{key} = ?" for key in given) or "1")  # noqa: S608
        with naming(self.file, _WHAT, _HINT), writing(self._connection):
            return self._connection.execute(statement, tuple(given.values())).rowcount


def episode(row: Mapping[str, Any]) -> Episode:
    """An episode as `Memory.recalled` gives it, for routers."""
    return Episode(
        job=row["job"],
        context=row["context"],
        arm=Arm(name=row["arm"], attributes=row["attributes"], version=row["version"]),
        feedback=Feedback(
            reward=row["reward"],
            requested=row["requested"],
            accepted=row["accepted"],
            cost=row["cost"] or 0.0,
            variance=row["variance"],
        ),
        propensity=row["propensity"],
    )


def told_of(episodes: Sequence[Mapping[str, Any]]) -> str:
    """What a run starts from, in words; "" for nothing."""
    if not episodes:
        return ""
    jobs = len({row["job"] for row in episodes})
    arms = Counter(row["arm"] for row in episodes)
    return f"memory: starts from {len(episodes):,} batches of {jobs:,} earlier runs ({len(arms)} arms)"
