"""A few rows of each arm, judged as a run would judge them, in a store that is thrown away."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from datagen_core.estimating import one_batch
from datagen_core.job import Job
from datagen_core.store.run_store import RunStore


def preview(job: Job, folder: Path, n: int, cache: Path | None = None) -> list[dict[str, Any]]:
    """One batch of n rows per arm, each arm by itself; nothing is kept.

    Args:
        job: The job to try.
        folder: An empty folder for the passing stores.
        n: Rows asked of each arm.
        cache: The folder of replies; the user's cache folder by default.
    """
    out = []
    for i, arm in enumerate(job.arms):
        store = RunStore(folder / f"{i}.db")
        try:
            asyncio.run(one_batch(job, arm.arm.name, store, n, cache))
            rows = [
                {
                    "status": status,
                    "text": record.get("response") or record.get("text") or "",
                    "label": record.get("label"),
                    "rejected_by": record.get("rejected_by"),
                    "reason": record.get("reason"),
                    "record": record,
                }
                for status in ("accepted", "surplus", "rejected")
                for record in store.records(status)
            ]
            error = next((row["error"] for row in store.batch_rows()), None)
        finally:
            store.close()
        out.append({"arm": arm.arm.name, "rows": rows[: 2 * n], "error": error})
    return out
