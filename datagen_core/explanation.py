"""Why a row exists: the decision, the steps, the verdicts and the relatives of one row."""

from __future__ import annotations

from typing import Any

from datagen_core import selecting
from datagen_core.coverage import Stratum
from datagen_core.generator import Cell
from datagen_core.results import Results


def explain(results: Results, row_id: str) -> dict[str, Any] | None:
    """Everything the run knows of a row, accepted or not; None when no single row has an id so beginning."""
    store = results.store
    row = store.find(row_id)
    if row is None:
        return None
    record = row["record"]
    meta = record.get("metadata", {})
    batch = next((b for b in store.batch_rows() if b["idx"] == row["batch"]), None)
    return {
        "id": row["id"],
        "status": row["status"],
        "rejected_by": row["validator"],
        "reason": row["reason"],
        "text": record.get("response") or record.get("text") or "",
        "label": row["label"],
        "run": str(results.folder),
        "arm": meta.get("arm"),
        "method": " ".join(filter(None, (meta.get("generation_method"), meta.get("generator_version")))),
        "produced": meta.get("method"),
        "parameters": [
            step for step in record.get("trace", {}).get("processing_steps", []) if step["params"]
        ],
        "batch": _batch(batch),
        "decision": _decision(batch),
        "because": batch["details"] if batch else None,
        "reward": _reward(batch),
        "calls": store.calls_about(row["id"], row["batch"], _prompts(record)),
        "verdicts": row["verdicts"] or _own_rule(row, record),
        "selection": selecting.verdict_of(store, row["id"]),
        "ancestors": _relatives(results, row["id"], "ancestors"),
        "descendants": _relatives(results, row["id"], "descendants"),
        "record": record,
    }


def _prompts(record: dict[str, Any]) -> list[str]:
    steps = record.get("trace", {}).get("processing_steps", [])
    return [step["params"]["prompt"] for step in steps if isinstance(step["params"].get("prompt"), str)]


def _batch(batch: dict[str, Any] | None) -> str | None:
    if batch is None:
        return None
    cells = [Cell.from_json(cell) for cell in batch["cells"]]
    asked = ", ".join(f"{Stratum(cell.label, cell.values).name} {cell.n}" for cell in cells)
    return f"{batch['idx']}: {batch['n']} rows asked for ({asked})"


def _decision(batch: dict[str, Any] | None) -> str | None:
    if batch is None:
        return None
    return f"{batch['reason']}; propensity {batch['propensity']:.3f} among {', '.join(batch['offered'])}"


def _reward(batch: dict[str, Any] | None) -> str | None:
    if batch is None or batch["reward"] is None:
        return None
    parts = ", ".join(f"{name} {value:.3f}" for name, value in (batch["components"] or {}).items())
    return f"{batch['reward']:.3f} for its batch ({parts})"


def _own_rule(row: dict[str, Any], record: dict[str, Any]) -> list[dict[str, Any]]:
    """The verdict of an arm's own rule, for a row that no validator saw."""
    if row["status"] != "rejected":
        return []
    return [
        {
            "validator": row["validator"],
            "passed": False,
            "score": None,
            "reason": row["reason"],
            "measured": record.get("measured"),
            "threshold": record.get("threshold"),
            "evidence": record.get("rule"),
        }
    ]


def _said(record: dict[str, Any]) -> str:
    """What stands in a row: the response, with the input before it where there is one."""
    parts = (record.get("input"), record.get("response") or record.get("text"))
    return " → ".join(part for part in parts if part)


def _relatives(results: Results, row_id: str, direction: str, most: int = 20) -> list[dict[str, Any]]:
    out = []
    for identity in results.store.lineage(row_id, direction)[:most]:
        found = results.store.find(identity)
        if found is not None:
            text = _said(found["record"])
            out.append({"id": identity, "status": found["status"], "text": text})
    return out
