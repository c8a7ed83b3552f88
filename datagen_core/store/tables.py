"""The tables of a run. Public ids are text; the integer keys stay inside (faster to insert, a third smaller)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


def shown(text: str | None) -> str | None:
    """Text as a column beside the record holds it: what UTF-8 can't hold (lone surrogates) is escaped."""
    return text if text is None or text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class Shown(TypeDecorator[str]):
    """A column of text that `shown` makes storable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """See TypeDecorator."""
        return shown(value)


metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

batches = Table(
    "batches",
    metadata,
    Column("idx", Integer, primary_key=True, autoincrement=False),
    Column("decision_id", String, nullable=False, unique=True),
    Column("arm", String, nullable=False),
    Column("n", Integer, nullable=False),
    Column("cells", Text, nullable=False),
    Column("offered", Text, nullable=False),
    Column("propensity", Float, nullable=False),
    Column("reason", Shown, nullable=False),
    Column("details", Text, nullable=False),
    Column("outlook", Text, nullable=False),
    Column("base", Integer, nullable=False),  # rows accepted when it was planned
    Column("state", String, nullable=False),  # planned | done
    Column("commit_order", Integer),
    Column("generated", Integer),
    Column("accepted", Integer),
    Column("rejected", Integer),
    Column("surplus", Integer),
    Column("quality", Float),
    Column("reward", Float),
    Column("variance", Float),
    Column("components", Text),
    Column("cost", Float),
    Column("error", Shown),
    Column("planned_at", Float, nullable=False),
    Column("committed_at", Float),
)

samples = Table(
    "samples",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False, unique=True),
    Column("batch", Integer, index=True),
    Column("status", String, nullable=False),  # accepted | rejected | surplus | intermediate | source
    Column("label", Shown),
    Column("validator", Shown),
    Column("reason", Shown),
    Column("content_hash", BigInteger, index=True),
    Column("quality", Float),
    Column("sequence", Integer, unique=True),
    Column("record", Text, nullable=False),
    Index("samples_status", "status", "label"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("sample_pk", Integer, ForeignKey("samples.pk"), nullable=False, index=True),
    Column("validator", String, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("score", Float),
    Column("reason", Shown),
    Column("measured", Text),
    Column("threshold", Text),
    Column("evidence", Shown),
)

edges = Table(
    "edges",
    metadata,
    Column("child_pk", Integer, ForeignKey("samples.pk"), primary_key=True),
    Column("parent_pk", Integer, ForeignKey("samples.pk"), primary_key=True, index=True),
    Column("relation", String, primary_key=True),
)

calls = Table(
    "calls",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("batch", Integer, nullable=False, index=True),
    Column("row", Integer, nullable=False),
    Column("link", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("arm", String, nullable=False),
    Column("component", String, nullable=False),
    Column("alias", String, nullable=False),
    Column("model", Shown, nullable=False),
    Column("kind", String, nullable=False),
    Column("prompt", String, nullable=False),
    Column("prompt_tokens", Integer, nullable=False),
    Column("completion_tokens", Integer, nullable=False),
    Column("cost", Float),
    Column("spent", Float),
    Column("latency_s", Float, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("from_cache", Boolean, nullable=False),
    Column("failure", String, nullable=False),
    Column("repaired", Boolean, nullable=False),
    Column("asked_again", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),  # began | decided | committed | credited | grown | ended
    Column("batch", Integer),
    Column("at", Float, nullable=False),
    Column("payload", Text, nullable=False),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("payload", Text, nullable=False),
)
