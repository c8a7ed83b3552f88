"""One run's database: every write is whole or not at all, and after a crash it holds whole batches only."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from datagen_core.errors import RunError
from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.llm.accounting import CallRecord
from datagen_core.sample import Rejection, Sample, Verdict
from datagen_core.store import compiled
from datagen_core.store.reading import SCHEMA_VERSION, RunReader, chunks, engine, unreadable
from datagen_core.store.tables import (
    batches,
    calls,
    edges,
    evaluations,
    events,
    meta,
    metadata,
    samples,
    shown,
    verdicts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """One row on its way into the store. `sequence` is set for accepted rows, `reason` for rejected ones.

    `quality` is what rewards see, 1.0 where nothing graded the row; its record has a score only where something did.
    """

    sample: Sample | Rejection
    status: str
    verdicts: tuple[Verdict, ...] = ()
    validator: str | None = None
    reason: str | None = None
    content_hash: int | None = None
    quality: float | None = None
    is_graded: bool = True
    sequence: int | None = None


class RunStore(RunReader):
    """Reads and writes a run.

    SQLite in WAL mode with one writer; each write begins IMMEDIATE, so that a reader that turns writer can't
    meet a lock half-way. `synchronous` is NORMAL (survives any crash of the process) or FULL (and power loss).
    """

    def __init__(self, file: Path, *, durability: str = "normal") -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._open: sa.Connection | None = None  # within `together`
        self._is_torn = False  # a write of the open transaction began and didn't end
        self._writer = engine(file, durability=durability)
        try:
            with self._writer.begin() as connection:
                metadata.create_all(connection)
                if connection.scalar(sa.select(meta.c.value).where(meta.c.key == "schema_version")) is None:
                    _put(connection, {"schema_version": SCHEMA_VERSION})
        except sa.exc.DatabaseError as error:
            raise unreadable(file, error) from None
        super().__init__(file)
        with self._reader.connect() as connection:
            self._next_pk = int(connection.scalar(sa.select(sa.func.max(samples.c.pk))) or 0) + 1

    def close(self) -> None:
        """Lets go of the file."""
        self._writer.dispose()
        super().close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written within is one transaction, and read within as it was written.

        An error that comes from elsewhere than a write leaves what was written whole: that is kept.
        """
        failure: BaseException | None = None
        with self._transaction() as connection:
            self._open = connection
            try:
                yield
            except BaseException as error:
                if self._is_torn:
                    raise
                failure = error
            finally:
                self._open, self._is_torn = None, False
        if failure is not None:
            raise failure

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """One transaction, or a part of the one that is open."""
        if self._open is None:
            with self._transaction() as connection:
                yield connection
            return
        was_torn, self._is_torn = self._is_torn, True
        yield self._open
        self._is_torn = was_torn

    def _reading(self) -> AbstractContextManager[sa.Connection]:
        return super()._reading() if self._open is None else nullcontext(self._open)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Raises RunError when the disk is full or can't be written."""
        try:
            with self._writer.begin() as connection:
                yield connection
        except sa.exc.OperationalError as error:
            raise RunError(
                f"the run can't be stored: {error.orig}",
                where=str(self.file),
                hint="make room, then run the same command again; nothing committed is lost",
            ) from error

    def put(self, facts: Mapping[str, Any]) -> None:
        """Stores facts, replacing older ones."""
        with self._writing() as connection:
            _put(connection, facts)

    def decided(self, batch: Mapping[str, Any], router_state: Mapping[str, Any]) -> None:
        """A decision, before it is carried out, with the router's state after it."""
        with self._writing() as connection:
            row = {**batch, "reason": shown(batch["reason"]), "state": "planned", "planned_at": time.time()}
            compiled.insert(connection, batches, [row])
            _put(connection, {"router_state": router_state})
            _event(connection, "decided", batch["idx"], {})

    def committed(
        self,
        index: int,
        rows: Sequence[StoredRow],
        result: Mapping[str, Any],
        router_state: Mapping[str, Any],
        inputs: Inputs,
        model_calls: Sequence[CallRecord] = (),
    ) -> None:
        """A batch's rows, verdicts, lineage, calls, outcome and the router's state after it: all or nothing."""
        with self._writing() as connection:
            self._write_rows(connection, index, rows, inputs)
            compiled.insert(connection, calls, [_call_row(index, call) for call in model_calls])
            done = {
                **result,
                "error": shown(result.get("error")),
                "state": "done",
                "committed_at": time.time(),
            }
            compiled.update_batch(connection, index, done)
            _put(connection, {"router_state": router_state})
            _event(connection, "committed", index, {})

    def grown(self, promoted: Mapping[str, int], refused: Mapping[str, Verdict], num_samples: int) -> None:
        """A bigger target: surplus rows (id → sequence) become accepted; refused ones are rejected."""
        with self._writing() as connection:
            for identity, sequence in promoted.items():
                connection.execute(
                    sa.update(samples)
                    .where(samples.c.id == identity)
                    .values(status="accepted", sequence=sequence)
                )
            for identity, verdict in refused.items():
                where = samples.c.id == identity
                connection.execute(
                    sa.update(samples)
                    .where(where)
                    .values(status="rejected", validator=verdict.validator, reason=verdict.reason)
                )
                pk = connection.scalar(sa.select(samples.c.pk).where(where))
                connection.execute(sa.insert(verdicts), [_verdict_row(pk, verdict)])
            done = sa.select(sa.func.count()).where(batches.c.state == "done")
            _put(connection, {"num_samples": num_samples, "grown_after": connection.scalar(done)})
            payload = {"num_samples": num_samples, "promoted": len(promoted), "refused": len(refused)}
            _event(connection, "grown", None, payload)

    def credited(
        self, commits: int, worth: Mapping[str, Sequence[float]], router_state: Mapping[str, Any]
    ) -> None:
        """What an evaluation within the run found after so many commits, with the router's state after it."""
        with self._writing() as connection:
            _put(connection, {"router_state": router_state})
            _event(connection, "credited", None, {"commits": commits, "worth": worth})

    def noted(self, kind: str, batch: int | None, payload: Mapping[str, Any]) -> None:
        """An event of the log that changes nothing else."""
        with self._writing() as connection:
            _event(connection, kind, batch, payload)

    def began(self) -> None:
        """A sitting begins."""
        with self._writing() as connection:
            _event(connection, "began", None, {})

    def forget_plans(self) -> None:
        """Takes back decisions of which none was carried out, and what was learned from them: nothing."""
        with self._writing() as connection:
            connection.execute(sa.delete(batches))
            connection.execute(sa.delete(events))
            connection.execute(sa.delete(meta).where(meta.c.key.in_(("router_state", "num_samples"))))

    def ended(self, payload: Mapping[str, Any]) -> None:
        """How this sitting ended; statistics are refreshed for the reports."""
        with self._writing() as connection:
            _put(connection, {"ending": payload})
            _event(connection, "ended", None, payload)
            connection.execute(sa.text("ANALYZE"))

    def evaluated(self, name: str, rows: int, payload: Mapping[str, Any]) -> None:
        """The result of an evaluation."""
        with self._writing() as connection:
            connection.execute(
                sa.insert(evaluations),
                [{"name": name, "rows": rows, "at": time.time(), "payload": dumps(payload)}],
            )

    def asked(self, model_calls: Sequence[CallRecord]) -> None:
        """Model calls that belong to no batch."""
        with self._writing() as connection:
            compiled.insert(connection, calls, [_call_row(call.site.batch, call) for call in model_calls])

    def _write_rows(
        self, connection: sa.Connection, index: int, rows: Sequence[StoredRow], inputs: Inputs
    ) -> None:
        sample_rows, verdict_rows, keys = [], [], {}
        for row in rows:
            keys[row.sample.id] = pk = self._next_pk
            self._next_pk += 1
            sample_rows.append(_sample_row(pk, index, row))
            verdict_rows += [_verdict_row(pk, verdict) for verdict in row.verdicts]
        keys.update(self._parents(connection, rows, keys, inputs, sample_rows))
        compiled.insert(connection, samples, sample_rows)
        compiled.insert(connection, verdicts, verdict_rows)
        pairs = {
            (keys[row.sample.id], keys[parent])
            for row in rows
            for parent in row.sample.trace.parents
            if parent in keys
        }
        relations = [{"child_pk": c, "parent_pk": p, "relation": "from"} for c, p in sorted(pairs)]
        compiled.insert(connection, edges, relations)

    def _parents(
        self,
        connection: sa.Connection,
        rows: Sequence[StoredRow],
        known: Mapping[str, int],
        inputs: Inputs,
        sample_rows: list[dict[str, Any]],
    ) -> dict[str, int]:
        """Keys of parents from outside the batch; sources met for the first time get a row of their own."""
        named = dict.fromkeys(p for row in rows for p in row.sample.trace.parents if p not in known)
        wanted = list(named)
        found: dict[str, int] = {}
        for chunk in chunks(wanted):
            query = sa.select(samples.c.id, samples.c.pk).where(samples.c.id.in_(chunk))
            found.update({identity: pk for identity, pk in connection.execute(query)})
        for identity in wanted:
            source = inputs.source(identity) if identity not in found else None
            if source is None:
                continue
            found[identity] = pk = self._next_pk
            self._next_pk += 1
            record = {"id": source.id, "text": source.text, "label": source.label}
            sample_rows.insert(0, _plain_row(pk, None, source.id, "source", source.label, dumps(record)))
        return found


def _value(value: float | str | None) -> str | None:
    """A measured value as JSON."""
    if value is None:
        return None
    if isinstance(value, float) and math.isfinite(value):
        return float.__repr__(value)  # a third of what the JSON encoder takes, twice per verdict
    return dumps(value)


def _put(connection: sa.Connection, facts: Mapping[str, Any]) -> None:
    for key, value in facts.items():
        compiled.put(connection, key, dumps(value))


def _event(connection: sa.Connection, kind: str, batch: int | None, payload: Mapping[str, Any]) -> None:
    row = {"kind": kind, "batch": batch, "at": time.time(), "payload": dumps(payload)}
    compiled.insert(connection, events, [row])


def _sample_row(pk: int, index: int, row: StoredRow) -> dict[str, Any]:
    sample = row.sample
    record: dict[str, Any]
    if isinstance(sample, Rejection):
        record = {
            "id": sample.id,
            "text": sample.text,
            "rule": sample.rule,
            "measured": sample.measured,
            "threshold": sample.threshold,
            "metadata": {
                "generation_method": sample.metadata.generation_method,
                "generator_version": sample.metadata.generator_version,
                "arm": sample.metadata.arm,
            },
            "trace": {
                "parents": list(sample.trace.parents),
                "processing_steps": [
                    {"name": s.name, "params": dict(s.params)} for s in sample.trace.processing_steps
                ],
            },
        }
        label = None
    else:
        record, label = sample.to_json(), sample.label
        if row.is_graded:
            record["metadata"]["quality_score"] = row.quality
    out = _plain_row(pk, index, sample.id, row.status, label, dumps(record))
    out["validator"], out["reason"] = shown(row.validator), shown(row.reason)
    out["content_hash"], out["quality"], out["sequence"] = row.content_hash, row.quality, row.sequence
    return out


def _plain_row(
    pk: int, batch: int | None, identity: str, status: str, label: str | None, record: str
) -> dict[str, Any]:
    return {
        "pk": pk,
        "id": identity,
        "batch": batch,
        "status": status,
        "label": shown(label),
        "validator": None,
        "reason": None,
        "content_hash": None,
        "quality": None,
        "sequence": None,
        "record": record,
    }


def _call_row(batch: int, call: CallRecord) -> dict[str, Any]:
    site = call.site
    return {
        "batch": batch,
        "row": site.row,
        "link": site.link,
        "attempt": site.attempt,
        "subject": site.subject,
        "arm": site.arm,
        "component": site.component,
        "alias": call.alias,
        "model": shown(call.model),
        "kind": call.kind,
        "prompt": call.prompt,
        "prompt_tokens": call.prompt_tokens,
        "completion_tokens": call.completion_tokens,
        "cost": call.cost,
        "spent": call.spent,
        "latency_s": call.latency_s,
        "retries": call.retries,
        "refusals": call.refusals,
        "from_cache": call.from_cache,
        "failure": call.failure,
        "repaired": call.repaired,
        "asked_again": call.asked_again,
    }


def _verdict_row(pk: Any, verdict: Verdict) -> dict[str, Any]:
    return {
        "sample_pk": pk,
        "validator": shown(verdict.validator),
        "passed": verdict.passed,
        "score": verdict.score,
        "reason": shown(verdict.reason),
        "measured": _value(verdict.measured),
        "threshold": _value(verdict.threshold),
        "evidence": shown(verdict.evidence),
    }
