"""distilabel beside evol-instruct and self-instruct: calls, tokens and wall per row, as ratios of one run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strategy_costs import arms
from strategy_costs.arms import Cost, print_cells
from strategy_costs.server import Asked, Server
from strategy_costs.work import SEEDS

SCRIPT = Path(__file__).with_name("distilabel_peer.py")
NOT_INSTALLED = """distilabel is not installed: pip install 'distilabel[openai]' requests in an environment of its own,
then --peer-python PATH; ours alone:"""
LIMIT_S = 120
LISTS = 5
"""`requests` of self-instruct: its calls for lists of instructions have the rows before."""
HEAD = ("", "rows", "calls", "tokens in", "out", "wall ms")
WIDTHS = (44, 6, 8, 10, 8, 9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One of our arms and what distilabel has for it.

    Attributes:
        arm: As in a recipe; None where there is nothing to compare with.
        peer: Of `distilabel_peer.py`: `work`, `options`, `is_answered`, `columns`.
        rows_per_seed: How many rows distilabel makes of one.
    """

    title: str
    arm: Mapping[str, Any] | None
    peer: Mapping[str, Any]
    rows_per_seed: int = 1
    is_listing: bool = False


def _evol(rounds: int, **options: Any) -> dict[str, Any]:
    return {"work": "evol-instruct", "options": {"num_evolutions": rounds, **options}}


ANSWERED = ["evolved_instruction", "answer"]
PAIRS = (
    Pair(
        title="evol-instruct, one round",
        arm={"use": "evol-instruct-one-round"},
        peer={**_evol(1, generate_answers=True), "columns": ANSWERED},
    ),
    Pair(
        title="evol-instruct, 4 rounds, a row of the last; theirs answers by itself",
        arm=None,
        peer={**_evol(4, generate_answers=True), "columns": ANSWERED},
    ),
    Pair(
        title="evol-instruct, 4 rounds, a row of the last; theirs with a TextGeneration",
        arm={"use": "evol-instruct"},
        peer={**_evol(4), "is_answered": True, "columns": ["evolved_instruction", "generation"]},
    ),
    Pair(
        title="evol-instruct, 4 rounds, a row of each",
        arm={"use": "evol-instruct", "with": {"emit": "all"}},
        peer={
            **_evol(4, generate_answers=True, store_evolutions=True),
            "columns": ["evolved_instructions", "answers"],
        },
        rows_per_seed=4,
    ),
    Pair(
        title="self-instruct, an instruction",
        arm={"use": "self-instruct"},
        peer={"work": "self-instruct", "options": {}, "columns": ["made"]},
        rows_per_seed=5,
        is_listing=True,
    ),
    Pair(
        title="self-instruct, a finished row",
        arm={"use": "self-instruct"},
        peer={
            "work": "self-instruct",
            "options": {},
            "is_answered": True,
            "columns": ["made", "generation"],
        },
        rows_per_seed=5,
    ),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What some rows took; `wall_s` is None where it can't be told from that of other work."""

    rows: int
    asked: Asked
    wall_s: float | None
    note: str = ""

    def per_row(self) -> list[float | None]:
        """Calls, tokens in and out, milliseconds."""
        asked, n = self.asked, self.rows
        ms = None if self.wall_s is None else 1e3 * self.wall_s
        found = (asked.calls, asked.prompt_tokens, asked.completion_tokens, ms)
        return [None if value is None or not n else value / n for value in found]


def print_comparison(rows: int, rounds: int, server: Server, python: Path | None) -> bool:
    """Some lines for each pair; whether none of our runs lost a row or passed its budget."""
    print(f"\nbeside distilabel, {rows} rows, per row")
    if python is None:
        print(NOT_INSTALLED)
    print_cells(HEAD, WIDTHS)
    is_sound, installed = True, arms.jobs()
    for pair in PAIRS:
        if python is None if pair.arm is None else pair.arm["use"] not in installed:
            continue
        print(pair.title)
        ours, called, piped = _rounds(pair, rows, rounds, server, python)
        best = min(ours, key=lambda cost: cost.wall_s, default=None)
        is_sound &= not any(cost.faults for cost in ours)
        mine = list(_ours(pair, best)) if best else []
        for title, one in mine:
            _print(title, one)
        if python is not None:
            _print("  distilabel, its tasks called", _least(called))
            _print("  distilabel, its Pipeline", _least(piped))
            for title, one in mine:
                _print_ratios(title, one, _least(called), _least(piped))
    return is_sound


def _rounds(
    pair: Pair, rows: int, rounds: int, server: Server, python: Path | None
) -> tuple[list[Cost], list[Measured | str], list[Measured | str]]:
    """Ours, its tasks called and its pipeline in turn, so that a busy machine hits all alike."""
    ours: list[Cost] = []
    called: list[Measured | str] = []
    piped: list[Measured | str] = []
    for _ in range(rounds):
        if pair.arm is not None:
            ours.append(arms.run({"seeds": SEEDS, "arms": [pair.arm]}, rows, server))
        if python is not None:
            called.append(_peer(pair, rows, server, python, is_piped=False))
            piped.append(_peer(pair, rows, server, python, is_piped=True))
    return ours, called, piped


def _ours(pair: Pair, cost: Cost) -> Iterator[tuple[str, Measured]]:
    if not pair.is_listing:
        note = "; ".join([*cost.faults, cost.note])
        yield "  datagen, accepted", Measured(cost.accepted, cost.asked, cost.wall_s, note)
        yield "  datagen, tried", Measured(cost.tried, cost.asked, cost.wall_s)
        return
    listing = [call for call in cost.calls if call["row"] < LISTS]
    kept = {(call["batch"], call["row"]) for call in cost.calls if call["row"] >= LISTS}
    asked = Asked(
        len(listing),
        sum(call["prompt_tokens"] for call in listing),
        sum(call["completion_tokens"] for call in listing),
    )
    yield (
        "  datagen, kept",
        Measured(len(kept), asked, None, "the calls for lists alone; kept by rules and ROUGE-L"),
    )


def _peer(pair: Pair, rows: int, server: Server, python: Path, *, is_piped: bool) -> Measured | str:
    """What its rows took, or why there are none."""
    seeds = [row["instruction"] for row in SEEDS][: -(-rows // pair.rows_per_seed)]
    job = {**pair.peer, "base_url": server.base_url, "seeds": seeds, "is_piped": is_piped}
    with tempfile.TemporaryDirectory() as home, server.counting() as asked:
        said = _said(python, job, Path(home))
    if isinstance(said, str):
        return f"{said} ({asked.calls} calls made)"
    found = {tuple(row) for row in said["rows"]}
    note = f"{said['version']}; {len(seeds)} seeds"
    if not found:
        note += f"; {asked.calls} calls made, and no row came whole"
    if len(found) < len(said["rows"]):
        note += f"; {len(said['rows']) - len(found)} more that were there twice"
    return Measured(len(found), asked, said["wall_s"], note)


def _said(python: Path, job: Mapping[str, Any], home: Path) -> dict[str, Any] | str:
    """Its last line, or what it died of; it sees no environment but this, and its processes end with it."""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "DISTILABEL_LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(
        [str(python.absolute()), str(SCRIPT), json.dumps(job)],
        env={"PATH": os.defpath, "HOME": str(home), "TMPDIR": str(home), **offline},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return f"hung: killed after {LIMIT_S} s"
    if process.returncode:
        return f"failed: {(err.strip().splitlines() or ['no word'])[-1]}"
    said: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return said


def _least(found: list[Measured | str]) -> Measured | str:
    """The one with the least wall; what went wrong where none came through."""
    done = [one for one in found if isinstance(one, Measured)]
    return min(done, key=lambda one: one.wall_s or 0.0) if done else found[0]


def _print_ratios(title: str, ours: Measured, called: Measured | str, piped: Measured | str) -> None:
    if isinstance(called, str) or not called.rows:
        return
    pairs = zip(ours.per_row(), called.per_row(), strict=True)
    ratios = ["-" if a is None or not b else f"{a / b:.2f}" for a, b in pairs]
    note = ""
    if isinstance(piped, Measured) and piped.rows and ours.wall_s and piped.wall_s:
        note = f"wall / its Pipeline's {ours.wall_s / ours.rows / (piped.wall_s / piped.rows):.2f}"
    print_cells((f"{title} / distilabel", "", *ratios), WIDTHS, note)


def _print(title: str, one: Measured | str) -> None:
    if isinstance(one, str):
        print_cells((title,), WIDTHS, one)
        return
    digits = (2, 0, 0, 1)
    cells = ["-" if v is None else f"{v:.{n}f}" for v, n in zip(one.per_row(), digits, strict=True)]
    print_cells((title, one.rows, *cells), WIDTHS, one.note)
