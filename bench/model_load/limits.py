"""Rates that the endpoint keeps, requests that hang, an outage: nothing may be lost, little may be refused."""

from __future__ import annotations

from typing import Any

from model_load import runs
from model_load.endpoint import Endpoint
from model_load.line import Line

RPM = 1800.0
SHORT_S = 1.0
"""The time-out where some requests hang for ever."""


def rates(rows: int, rounds: int) -> list[Line]:
    """1,800 requests a minute: told to the limiter, and not."""
    lines = []
    for told, most in ((True, 5.0), (False, 30.0)):
        with Endpoint(latency_s=0.1, rpm=RPM) as endpoint:
            model = {"rpm": RPM} if told else {}
            with runs.fresh(runs.recipe(endpoint.base_url, rows, model=model)) as ran:
                made, wall_s = len(ran.results), ran.spent.wall_s
            seen = endpoint.stats()
        what = "c. rpm 1800, " + ("told" if told else "not told")
        share = 100 * seen["statuses"].get("429", 0) / seen["requests"]
        ideal_s = (made - RPM / 60) / (RPM / 60)
        note = f"{wall_s:.1f} s, {wall_s / ideal_s:.2f} times the least"
        lines.append(Line(f"{what}: rows of {rows:,}", made, least=rows, note=note))
        lines.append(Line(f"{what}: refused (429), % of the requests", share, most=most))
    return lines


def outages(rows: int, rounds: int, outage_s: float = 30.0) -> list[Line]:
    """5 % of the requests hang; and 30 s in which every connection is reset."""
    hang = {"latency_s": 0.1, "faults": {"hang": 0.05}}
    down = {"latency_s": 0.1, "outage": [0.3, 0.3 + outage_s]}
    lines = _recovers("d. 5 % hang", hang, rows, {"timeout_s": SHORT_S})
    lines += _recovers(f"d. down for {outage_s:g} s", down, rows, {}, least_s=outage_s)
    return lines


def _recovers(
    what: str, served: dict[str, Any], rows: int, model: dict[str, Any], least_s: float = 0.0
) -> list[Line]:
    """A run through it; `least_s` shows that the run was there when it happened."""
    with Endpoint(**served) as endpoint:
        with runs.fresh(runs.recipe(endpoint.base_url, rows, model=model)) as ran:
            made, wall_s = len(ran.results), ran.spent.wall_s
            rejected = ran.results.counts()["rejected"]
        seen = endpoint.stats()
    note = f"{rejected} rejected, {seen['requests']:,} requests"
    lines = [Line(f"{what}: rows of {rows:,}", made, least=rows, note=note)]
    return [*lines, Line(f"{what}: seconds", wall_s, least=least_s)]
