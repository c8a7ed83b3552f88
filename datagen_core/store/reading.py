"""Reading a run: what its database knows, as plain values. Safe beside a writer in another process."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from datagen_core.errors import RunError
from datagen_core.jsontext import dumps
from datagen_core.sample import Sample
from datagen_core.store import compiled
from datagen_core.store.tables import batches, calls, edges, evaluations, events, meta, samples, verdicts

SCHEMA_VERSION = 2
CHUNK = 500
"""Values per IN (...) list: well under SQLite's limit of bound variables."""


class RunReader:
    """The reading half of a run's store. Raises RunError where there is no run or another version's."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise RunError(
                f"no run in {file.parent}", expected="a folder with run.db", hint="datagen runs list"
            )
        self.file = file
        self._reader = engine(file)
        self._check_version()

    def _check_version(self) -> None:
        try:
            version = self.get("schema_version")
        except sa.exc.DatabaseError as error:
            raise unreadable(self.file, error) from None
        if version != SCHEMA_VERSION:
            raise RunError(
                f"written by another version of DataGen (store {version}, this reads {SCHEMA_VERSION})",
                where=str(self.file),
                hint="start anew with --fresh",
            )

    def close(self) -> None:
        """Lets go of the file."""
        self._reader.dispose()

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        return self._reader.connect()

    def get(self, key: str) -> Any:
        """A stored fact, or None."""
        with self._reading() as connection:
            text = connection.scalar(sa.select(meta.c.value).where(meta.c.key == key))
        return None if text is None else json.loads(text)

    def batch_rows(self, *, state: str | None = None) -> list[dict[str, Any]]:
        """Batches by index, as dicts; JSON columns parsed."""
        query = sa.select(batches).order_by(batches.c.idx)
        if state:
            query = query.where(batches.c.state == state)
        with self._reading() as connection:
            out = [dict(row) for row in connection.execute(query).mappings()]
        for row in out:
            for column in ("cells", "offered", "components", "details", "outlook"):
                row[column] = json.loads(row[column]) if row[column] else None
        return out

    def event_rows(self) -> list[dict[str, Any]]:
        """Events in the order they happened."""
        with self._reading() as connection:
            found = connection.execute(sa.select(events).order_by(events.c.seq)).mappings()
            return [{**row, "payload": json.loads(row["payload"])} for row in found]

    def evaluation_rows(self) -> list[dict[str, Any]]:
        """Evaluations, oldest first."""
        with self._reading() as connection:
            found = connection.execute(sa.select(evaluations).order_by(evaluations.c.seq)).mappings()
            return [{**row, "payload": json.loads(row["payload"])} for row in found]

    def counts(self) -> dict[str, int]:
        """Rows by status."""
        query = sa.select(samples.c.status, sa.func.count()).group_by(samples.c.status)
        with self._reading() as connection:
            return {status: n for status, n in connection.execute(query)}

    def arm_counts(self) -> dict[tuple[str, str], int]:
        """Rows by (arm, status), as they stand now."""
        query = (
            sa.select(batches.c.arm, samples.c.status, sa.func.count())
            .join_from(samples, batches, samples.c.batch == batches.c.idx)
            .group_by(batches.c.arm, samples.c.status)
        )
        with self._reading() as connection:
            return {(arm, status): n for arm, status, n in connection.execute(query)}

    def label_counts(self) -> dict[str | None, int]:
        """Accepted rows by label."""
        query = (
            sa.select(samples.c.label, sa.func.count())
            .where(samples.c.status == "accepted")
            .group_by(samples.c.label)
        )
        with self._reading() as connection:
            return {label: n for label, n in connection.execute(query)}

    def known_hashes(self, hashes: Iterable[int]) -> set[int]:
        """Which of these contents are already kept (accepted or surplus)."""
        out: set[int] = set()
        with self._reading() as connection:
            for chunk in chunks(list(hashes)):
                out |= compiled.kept_hashes(connection, chunk)
        return out

    def records(
        self, status: str = "accepted", *, before: int | None = None, batch: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Records of rows with a status, with `created_at`; accepted ones by sequence. Streams."""
        for record, added in self._stored(status, before=before, batch=batch):
            yield {**json.loads(record), **added}

    def lines(self, status: str) -> Iterator[str]:
        """The same as lines of JSON."""
        for record, added in self._stored(status):
            yield f"{record[:-1]},{dumps(added)[1:]}\n" if added else f"{record}\n"

    def _stored(
        self, status: str, *, before: int | None = None, batch: int | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Records as they lie there, and what the store knows of each besides."""
        order = samples.c.sequence if status == "accepted" else samples.c.pk
        by = sa.and_(
            verdicts.c.sample_pk == samples.c.pk,
            verdicts.c.validator == samples.c.validator,
            sa.not_(verdicts.c.passed),
        )
        told = (verdicts.c.measured, verdicts.c.threshold, verdicts.c.evidence)
        columns = (samples.c.record, batches.c.committed_at, samples.c.validator, samples.c.reason)
        query = (
            sa.select(*columns, *told)
            .join_from(samples, batches, samples.c.batch == batches.c.idx, isouter=True)
            .join(verdicts, by, isouter=True)
            .where(samples.c.status == status)
            .order_by(order)
        )
        if before is not None:
            query = query.where(samples.c.sequence < before)
        if batch is not None:
            query = query.where(samples.c.batch == batch)
        with self._reading() as connection:
            result = connection.execution_options(yield_per=2000).execute(query)
            for record, at, validator, reason, *said in result:
                added = {}
                if at is not None:
                    added["created_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
                if reason is not None:
                    measured, threshold, evidence = said
                    added |= {"rejected_by": validator, "reason": reason}
                    added |= {"measured": json.loads(measured)} if measured is not None else {}
                    added |= {"threshold": json.loads(threshold)} if threshold is not None else {}
                    added |= {"evidence": evidence} if evidence is not None else {}
                yield record, added

    def rows_of_batch(self, batch: int) -> list[dict[str, Any]]:
        """A batch's rows as they were stored: status, validator, reason and record."""
        columns = (samples.c.status, samples.c.validator, samples.c.reason, samples.c.record)
        query = sa.select(*columns).where(samples.c.batch == batch).order_by(samples.c.pk)
        with self._reading() as connection:
            found = [dict(row) for row in connection.execute(query).mappings()]
        return [{**row, "record": json.loads(row["record"])} for row in found]

    def source_texts(self) -> dict[str, str]:
        """The texts of the seeds, texts and chunks that rows go back to, by id."""
        query = sa.select(samples.c.id, samples.c.record).where(samples.c.status == "source")
        with self._reading() as connection:
            return {identity: json.loads(record)["text"] for identity, record in connection.execute(query)}

    def find(self, identity: str) -> dict[str, Any] | None:
        """A row by its id, or by the beginning of it if only one row has that; with status and verdicts."""
        columns = [c for c in samples.c if c.name != "record"]
        with self._reading() as connection:
            begins = samples.c.id.startswith(identity, autoescape=True)
            query = sa.select(samples).where(begins).order_by(sa.func.length(samples.c.id)).limit(2)
            found = [dict(row) for row in connection.execute(query).mappings()]
            exact = [row for row in found if row["id"] == identity]
            if len(exact or found) != 1:
                return None
            row = (exact or found)[0]
            query_verdicts = sa.select(verdicts).where(verdicts.c.sample_pk == row["pk"])
            judged = [dict(v) for v in connection.execute(query_verdicts).mappings()]
        for verdict in judged:
            verdict.pop("sample_pk")
            for key in ("measured", "threshold"):
                verdict[key] = json.loads(verdict[key]) if verdict[key] is not None else None
        return {
            **{c.name: row[c.name] for c in columns if c.name != "pk"},
            "record": json.loads(row["record"]),
            "verdicts": judged,
        }

    def lineage(self, identity: str, direction: str = "ancestors") -> list[str]:
        """Ids of all ancestors (or `descendants`) of a row, nearest first; empty for none or an unknown id."""
        up = direction == "ancestors"
        here, there = (edges.c.child_pk, edges.c.parent_pk) if up else (edges.c.parent_pk, edges.c.child_pk)
        start = sa.select(samples.c.pk).where(samples.c.id == identity).scalar_subquery()
        walk = (
            sa.select(there.label("pk"), sa.literal(1).label("depth"))
            .where(here == start)
            .cte(recursive=True)
        )
        step = sa.select(there, walk.c.depth + 1).where(here == walk.c.pk, walk.c.depth < 64)
        walk = walk.union(step)
        query = (
            sa.select(samples.c.id)
            .join_from(samples, walk, samples.c.pk == walk.c.pk)
            .group_by(samples.c.id)
            .order_by(sa.func.min(walk.c.depth), samples.c.id)
        )
        with self._reading() as connection:
            return list(connection.scalars(query))

    def parents(self) -> dict[str, list[str]]:
        """Id → ids of its parents, of every row that has any: accepted, rejected, surplus and intermediate."""
        child, parent = samples.alias(), samples.alias()
        query = (
            sa.select(child.c.id, parent.c.id)
            .select_from(edges)
            .join(child, edges.c.child_pk == child.c.pk)
            .join(parent, edges.c.parent_pk == parent.c.pk)
            .order_by(edges.c.child_pk, edges.c.parent_pk)
        )
        out: dict[str, list[str]] = {}
        with self._reading() as connection:
            for one, other in connection.execute(query):
                out.setdefault(one, []).append(other)
        return out

    def rejection_reasons(self) -> list[dict[str, Any]]:
        """Validator, reason, how many, and one example each; most frequent first."""
        query = (
            sa.select(
                samples.c.validator,
                samples.c.reason,
                sa.func.count().label("n"),
                sa.func.min(samples.c.pk).label("example"),
            )
            .where(samples.c.status == "rejected")
            .group_by(samples.c.validator, samples.c.reason)
            .order_by(sa.desc("n"), samples.c.reason)
        )
        with self._reading() as connection:
            out = [dict(row) for row in connection.execute(query).mappings()]
            for row in out:
                pk = row.pop("example")
                record, identity = connection.execute(
                    sa.select(samples.c.record, samples.c.id).where(samples.c.pk == pk)
                ).one()
                judged = connection.execute(
                    sa.select(verdicts).where(
                        verdicts.c.sample_pk == pk, verdicts.c.validator == row["validator"]
                    )
                ).mappings()
                first = next((dict(v) for v in judged), {})
                row["id"] = identity
                content = json.loads(record)
                row["text"] = content.get("response") or content.get("text") or ""
                for key in ("measured", "threshold"):
                    row[key] = json.loads(first[key]) if first.get(key) else content.get(key)
        return out

    def call_totals(self) -> list[dict[str, Any]]:
        """Calls of committed batches by arm, component and model; `cost` is nominal, None without a price."""
        flags = ("from_cache", "repaired", "asked_again")
        summed = ("retries", "refusals", "prompt_tokens", "completion_tokens", "latency_s")
        query = (
            sa.select(
                calls.c.arm,
                calls.c.component,
                calls.c.model,
                sa.func.count().label("calls"),
                *(sa.func.sum(sa.cast(calls.c[name], sa.Integer)).label(name) for name in flags),
                sa.func.sum(sa.case((calls.c.failure != "", 1), else_=0)).label("failed"),
                *(sa.func.sum(calls.c[name]).label(name) for name in summed),
                sa.case((sa.func.count(calls.c.cost) == sa.func.count(), sa.func.sum(calls.c.cost))).label(
                    "cost"
                ),
            )
            .group_by(calls.c.arm, calls.c.component, calls.c.model)
            .order_by(calls.c.arm, calls.c.component, calls.c.model)
        )
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def call_rows(self) -> list[dict[str, Any]]:
        """All calls of committed batches."""
        with self._reading() as connection:
            found = connection.execute(sa.select(calls).order_by(calls.c.pk)).mappings()
            return [dict(row) for row in found]

    def calls_about(self, identity: str, batch: int | None, prompts: Sequence[str]) -> list[dict[str, Any]]:
        """The calls that a row was made by (by prompt hash, within its batch) or judged by (by its id)."""
        made = sa.and_(calls.c.batch == batch, calls.c.prompt.in_(list(prompts)))
        query = sa.select(calls).where(sa.or_(made, calls.c.subject == identity)).order_by(calls.c.pk)
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def texts(self, before: int, label: str | None, limit: int) -> list[str]:
        """Responses of the first accepted rows with sequence < before."""
        query = (
            sa.select(samples.c.record)
            .where(samples.c.status == "accepted", samples.c.sequence < before)
            .order_by(samples.c.sequence)
            .limit(limit)
        )
        if label is not None:
            query = query.where(samples.c.label == label)
        with self._reading() as connection:
            return [json.loads(record)["response"] for record in connection.scalars(query)]

    def sequences(self, before: int, label: str) -> list[int]:
        """Sequence numbers of accepted rows with a label."""
        query = (
            sa.select(samples.c.sequence)
            .where(samples.c.status == "accepted", samples.c.label == label, samples.c.sequence < before)
            .order_by(samples.c.sequence)
        )
        with self._reading() as connection:
            return list(connection.scalars(query))

    def accepted_by_source(self, before: int) -> dict[str, int]:
        """Accepted rows with sequence < before, counted by the sources (seeds, chunks …) they go back to."""
        rows = samples.alias()
        walk = (
            sa.select(edges.c.child_pk.label("row"), edges.c.parent_pk.label("ancestor"))
            .join_from(edges, rows, edges.c.child_pk == rows.c.pk)
            .where(rows.c.status == "accepted", rows.c.sequence < before)
            .cte(recursive=True)
        )
        walk = walk.union(sa.select(walk.c.row, edges.c.parent_pk).where(edges.c.child_pk == walk.c.ancestor))
        query = (
            sa.select(samples.c.id, sa.func.count(sa.distinct(walk.c.row)))
            .join_from(samples, walk, samples.c.pk == walk.c.ancestor)
            .where(samples.c.status == "source")
            .group_by(samples.c.id)
        )
        with self._reading() as connection:
            return {identity: n for identity, n in connection.execute(query)}

    def tried_by_source(self, arm: str, batch: int) -> dict[str, int]:
        """Rows an arm made from each source, whatever became of them, as far as known when `batch` was decided."""
        source = samples.alias()
        query = (
            self._made_from(source, sa.select(source.c.id, sa.func.count()), arm)
            .where(batches.c.commit_order < self._commits_before(batch))
            .group_by(source.c.id)
        )
        with self._reading() as connection:
            return {identity: n for identity, n in connection.execute(query)}

    def tried_inputs(self, arm: str, identity: str, batch: int) -> list[str]:
        """The inputs of those rows for one source."""
        source = samples.alias()
        query = self._made_from(source, sa.select(samples.c.record), arm).where(
            batches.c.commit_order < self._commits_before(batch), source.c.id == identity
        )
        with self._reading() as connection:
            return [json.loads(record).get("input", "") for record in connection.scalars(query)]

    def _made_from(self, source: sa.FromClause, select: sa.Select[Any], arm: str) -> sa.Select[Any]:
        return (
            select.select_from(samples)
            .join(edges, edges.c.child_pk == samples.c.pk)
            .join(source, edges.c.parent_pk == source.c.pk)
            .join(batches, samples.c.batch == batches.c.idx)
            .where(source.c.status == "source", batches.c.arm == arm)
        )

    def _commits_before(self, batch: int) -> int:
        """How many batches were committed when this one was decided."""
        decided = (
            sa.select(sa.func.max(events.c.seq))
            .where(events.c.kind == "decided", events.c.batch == batch)
            .scalar_subquery()
        )
        query = sa.select(sa.func.count()).where(events.c.kind == "committed", events.c.seq < decided)
        with self._reading() as connection:
            return int(connection.scalar(query) or 0)

    def by_sequence(self, wanted: Sequence[int]) -> list[Sample]:
        """Accepted rows by their sequence numbers, in that order."""
        found: dict[int, str] = {}
        with self._reading() as connection:
            for chunk in chunks(list(wanted)):
                query = sa.select(samples.c.sequence, samples.c.record).where(samples.c.sequence.in_(chunk))
                found.update({sequence: record for sequence, record in connection.execute(query)})
        return [Sample.from_json(json.loads(found[s])) for s in wanted if s in found]


def engine(file: Path, *, durability: str | None = None) -> sa.Engine:
    """A SQLite engine in WAL mode; with a durability it writes, and each transaction begins IMMEDIATE.

    Where the folder can't be written, not even SQLite's shared-memory file can be made: nobody can be writing,
    and the database is read as it lies there.
    """
    made = sa.create_engine(_address(file, read_only=durability is None), connect_args={"timeout": 30})
    begin = "BEGIN" if durability is None else "BEGIN IMMEDIATE"

    @sa.event.listens_for(made, "connect")
    def _connect(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # the BEGIN below, not the driver's own deferred one
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA cache_size = -16384")
        if durability is not None:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {'FULL' if durability == 'full' else 'NORMAL'}")

    @sa.event.listens_for(made, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return made


def _address(file: Path, *, read_only: bool) -> sa.URL:
    still = read_only and not os.access(file.parent, os.W_OK)
    if not still:
        return sa.URL.create("sqlite+pysqlite", database=str(file))
    database = f"file:{quote(str(file.absolute()))}"
    return sa.URL.create("sqlite+pysqlite", database=database, query={"immutable": "1", "uri": "true"})


def unreadable(file: Path, error: sa.exc.DatabaseError) -> RunError:
    """The error for a file that SQLite refuses."""
    return RunError(
        f"the run's database can't be used: {error.orig}",
        where=str(file),
        hint="choose another folder with -o, or start anew with --fresh",
    )


def chunks(values: list[Any]) -> Iterator[list[Any]]:
    """Parts of a list, none longer than CHUNK."""
    return (values[i : i + CHUNK] for i in range(0, len(values), CHUNK))
