"""What a run did and learned, as plain values that a terminal, a page or a program can show."""

from __future__ import annotations

from typing import Any

from datagen_core.coverage import Coverage, exact_shares
from datagen_core.memory import told_of
from datagen_core.results import Results

PHASES = 5
"""Parts of a run between which shares are compared."""


def report(results: Results) -> dict[str, Any]:
    """Arms over time, rejections, label balance and evaluations of a run; JSON-able."""
    store = results.store
    batches = [row for row in store.batch_rows() if row["state"] == "done"]
    return {
        "name": store.get("name"),
        "folder": str(results.folder),
        "router": store.get("router"),
        "reward": store.get("reward"),
        "memory": told_of(store.get("memory") or ()),
        "belief": store.get("belief") or {},
        "ending": results.ending,
        "target": store.get("num_samples"),
        "counts": results.counts(),
        "batches": len(batches),
        "arms": _arms(batches, store.get("arms") or [], store.arm_counts()),
        "phases": min(PHASES, len(batches)),
        "not_offered": [{"arm": arm, "why": why} for arm, why in store.get("skipped") or []],
        "calls": _calls(store.call_totals()),
        "spent": store.get("spent"),
        "rejections": results.rejections(),
        "selection": results.selection,
        "labels": _labels(results),
        "evaluations": [{"name": name, **found.to_json()} for name, found in results.evaluations()],
        "seconds": _seconds(store.event_rows()),
    }


def _arms(
    batches: list[dict[str, Any]], names: list[str], counts: dict[tuple[str, str], int]
) -> list[dict[str, Any]]:
    phases = _phases(batches)
    out = []
    for name in names:
        mine = [row for row in batches if row["arm"] == name]
        rewards = [row["reward"] for row in mine if row["reward"] is not None]
        requested = sum(row["n"] for row in mine)
        accepted = counts.get((name, "accepted"), 0)
        passed = accepted + counts.get((name, "surplus"), 0)
        out.append(
            {
                "arm": name,
                "batches": len(mine),
                "share": len(mine) / len(batches) if batches else 0.0,
                "requested": requested,
                "accepted": accepted,
                "pass_rate": passed / requested if requested else None,
                "reward": sum(rewards) / len(rewards) if rewards else None,
                "share_over_time": [
                    sum(row["arm"] == name for row in phase) / len(phase) for phase in phases
                ],
                "errors": sum(1 for row in mine if row["error"]),
                "last_error": next((row["error"] for row in reversed(mine) if row["error"]), None),
            }
        )
    return sorted(out, key=lambda arm: -arm["batches"])


def _calls(totals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Model calls by arm, component and model; `latency_s` is the mean of those that were sent."""
    out = []
    for row in totals:
        sent = row["calls"] - row["from_cache"]
        mean = row.pop("latency_s") / sent if sent else None
        out.append({**row, "cached": row.pop("from_cache"), "latency_s": mean})
    return out


def _phases(batches: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    count = min(PHASES, len(batches))
    sizes = exact_shares(len(batches), {str(i): 1.0 for i in range(count)}).values()
    out, start = [], 0
    for size in sizes:
        out.append(batches[start : start + size])
        start += size
    return out


def _labels(results: Results) -> list[dict[str, Any]]:
    """Accepted rows and targets by label, or by stratum where the recipe covers further keys."""
    store = results.store
    told = store.get("coverage") or {"by": {}, "least": 0}
    coverage = Coverage(store.get("quotas") or {}, told["by"], told["least"])
    if not coverage:
        accepted = store.label_counts()
        return [
            {"label": label, "accepted": accepted[label], "target": None}
            for label in sorted(label for label in accepted if label is not None)
        ]
    counts = coverage.counted(store)
    targets = exact_shares(store.get("num_samples") or 0, coverage.shares, least=coverage.least)
    return [
        {"label": stratum.name, "accepted": counts.get(stratum, 0), "target": target}
        for stratum, target in targets.items()
    ]


def _seconds(events: list[dict[str, Any]]) -> float:
    """Time between the beginning of each sitting and its last event, summed."""
    total, began, last = 0.0, None, 0.0
    for event in events:
        if event["kind"] == "began":
            total += max(0.0, last - began) if began is not None else 0.0
            began = event["at"]
        last = event["at"]
    return total + (max(0.0, last - began) if began is not None else 0.0)
