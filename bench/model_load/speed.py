"""Wall and CPU against the floor, whole runs; and what the router learns meanwhile."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from datagen_core.llm.opening import open_door
from datagen_core.llm.site import CallSite
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.resolve import resolve
from datagen_core.runs import load
from datagen_core.sample import Message
from model_load import floor, runs
from model_load.endpoint import SCHEMA, Endpoint
from model_load.line import Line

LATENCY_S, SIGMA = 0.1, 0.5
FAULTS = {"server_error": 0.05, "rate_limit": 0.05, "malformed": 0.02, "reset": 0.01}
TWO_ARMS = [{"use": "naive", "name": "fresh"}, {"use": "naive-creative", "name": "worn-out"}]


def clean(rows: int, rounds: int) -> list[Line]:
    """Nothing fails."""
    lines = []
    for sigma, what in ((0.0, "100 ms"), (SIGMA, f"log-normal, median 100 ms, sigma {SIGMA:g}")):
        with Endpoint(latency_s=LATENCY_S, latency_sigma=sigma) as endpoint:
            bare, ours, statuses = _alternating(endpoint, rows, rounds)
        lines.append(_ratio(f"a. clean, {what}: wall / floor", ours, bare, 1.25, statuses))
    return lines


def faulty(rows: int, rounds: int) -> list[Line]:
    """5 % status 500, 5 % 429 with Retry-After, 2 % malformed, 1 % reset."""
    with Endpoint(latency_s=LATENCY_S, faults=FAULTS) as endpoint:
        bare, ours, statuses = _alternating(endpoint, rows, rounds)
        _, strict, _ = _alternating(endpoint, rows, rounds, order="strict")
        least = min(spent.rows for spent in (*ours, *strict))
        lines = [
            _ratio("b. faults: wall / floor", ours, bare, 1.5, statuses),
            Line(f"b. faults: rows of {rows:,}", least, least=rows),
            _ratio("b. faults, order: strict: wall / floor", strict, bare, None, ""),
            Line("b. faults: wall of strict / arrival", _wall(strict) / _wall(ours)),
        ]
        for order in ("arrival", "strict"):
            lines += _learning(endpoint, rows, order)
    return lines


def _learning(endpoint: Endpoint, rows: int, order: str) -> list[Line]:
    """Two arms, one of which repeats itself: its share of the batches, early and late."""
    given = runs.recipe(endpoint.base_url, rows, arms=TWO_ARMS, order=order)
    with runs.fresh(given) as ran:
        batches = sorted(ran.results.store.batch_rows(), key=lambda row: row["idx"])
    quarters = [batches[i * len(batches) // 4 : (i + 1) * len(batches) // 4] for i in range(4)]
    shares = [sum(row["arm"] == "fresh" for row in quarter) / len(quarter) for quarter in quarters]
    curve = " → ".join(f"{share:.2f}" for share in shares)
    rewards = {
        arm: sum(row["reward"] for row in batches if row["arm"] == arm)
        / sum(row["arm"] == arm for row in batches)
        for arm in ("fresh", "worn-out")
    }
    note = f"by quarters {curve}; rewards {rewards['fresh']:.2f} and {rewards['worn-out']:.2f}"
    title = f"b. faults, {order}: the better arm's share of the last half"
    return [Line(title, (shares[2] + shares[3]) / 2, least=0.7, note=note)]


def cpu(rows: int, rounds: int) -> list[Line]:
    """CPU of the path of a call (openai plugin, cache, ledger, limiter, parsing) beyond a bare loop's; of a row."""
    body = runs.one_request()
    door_ms, bare_ms, whole_ms = [], [], []
    with Endpoint(latency_s=LATENCY_S) as endpoint:
        for _ in range(rounds):
            bare_ms.append(floor.run(endpoint.base_url, body, rows).cpu_s / rows * 1e3)
            door_ms.append(_through_the_door(endpoint.base_url, body, rows) / rows * 1e3)
            with runs.fresh(runs.recipe(endpoint.base_url, rows)) as ran:
                whole_ms.append(ran.spent.cpu_s / rows * 1e3)
    own = min(door_ms) - min(bare_ms)
    note = f"{min(door_ms):.2f} - {min(bare_ms):.2f} ms"
    return [
        Line("g. CPU per call at 64 in flight beyond a bare loop (ms)", own, most=1.0, note=note),
        Line("g. CPU per row of the whole pipeline / bare loop", min(whole_ms) / min(bare_ms)),
        Line("g. CPU per row of the whole pipeline (ms)", min(whole_ms)),
    ]


def _through_the_door(base_url: str, body: dict[str, Any], rows: int) -> float:
    """CPU seconds of so many structured calls, and nothing else of the pipeline."""
    job = resolve(load(runs.recipe(base_url, rows)))
    schema = AnswerSchema(SCHEMA)
    messages = tuple(Message(role=turn["role"], content=turn["content"]) for turn in body["messages"])
    request = ChatRequest(
        messages=messages, max_tokens=body["max_tokens"], temperature=body.get("temperature")
    )

    async def work(folder: Path) -> float:
        door = open_door(job, folder, cache=folder)
        assert door is not None
        bound = door.bound("generator", CallSite(arm="naive", component="naive", batch=0, link=0))
        started = time.process_time()
        answers = await asyncio.gather(
            *(bound.at(row=row).structured(request, schema) for row in range(rows))
        )
        spent = time.process_time() - started
        assert all(not answer.parsed.reason for answer in answers)
        await door.close()
        return spent

    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(work(Path(name)))


def _alternating(
    endpoint: Endpoint, rows: int, rounds: int, **more: Any
) -> tuple[list[floor.Spent], list[floor.Spent], str]:
    """The floor and whole runs in turn, so that a busy machine hits both alike."""
    body, bare, ours = runs.one_request(), [], []
    statuses = ""
    for _ in range(rounds):
        bare.append(floor.run(endpoint.base_url, body, rows))
        with runs.fresh(runs.recipe(endpoint.base_url, rows, **more)) as ran:
            ours.append(ran.spent)
            statuses = ", ".join(f"{n} {status}" for status, n in ran.results.counts().items() if n)
    return bare, ours, statuses


def _ratio(
    title: str, ours: list[floor.Spent], bare: list[floor.Spent], most: float | None, note: str
) -> Line:
    seconds = f"{_wall(ours):.2f} / {_wall(bare):.2f} s"
    return Line(title, _wall(ours) / _wall(bare), most=most, note=f"{seconds}; {note}" if note else seconds)


def _wall(rounds: list[floor.Spent]) -> float:
    return min(spent.wall_s for spent in rounds)
