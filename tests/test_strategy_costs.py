"""`bench/strategies.py`, small: two arms' runs lose nothing, keep their budget and have a figure in each column."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ROWS = 6


def test_a_line_for_each_arm_and_no_row_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("datagen_plugin_naive")
    pytest.importorskip("datagen_plugin_augment")
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "bench"))
    arms = importlib.import_module("strategy_costs.arms")
    server = importlib.import_module("strategy_costs.server")
    jobs = arms.jobs()
    with server.Server() as endpoint:
        assert arms.print_costs({name: jobs[name] for name in ("naive", "paraphrase")}, ROWS, endpoint)
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    for name, line in zip(("naive", "paraphrase"), table[2:], strict=True):
        assert line[:2] == [name, str(ROWS)]
        assert all(float(cell) > 0 for cell in line[2:8])
