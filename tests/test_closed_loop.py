"""Two arms of equal yield, one of which mislabels its rows: only `downstream` can tell them apart, and does."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest

SEEDS = (0, 1)
ROWS = 160


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int, bool], float]:
    """The right arm's share of a run's later half, by seed and by whether it is told: `bench/downstream.py`, small."""
    pytest.importorskip("datagen_plugin_probe")
    pytest.importorskip("datagen_plugin_router_adaptive")
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "bench"))
    downstream = importlib.import_module("downstream")
    recipe = {**downstream.invented(tmp_path), "num_samples": ROWS}

    def run(seed: int, is_told: bool) -> float:
        given = recipe if is_told else {key: recipe[key] for key in recipe if key != "downstream"}
        found: float = downstream.run(given, seed, tmp_path / f"{seed}-{is_told}").share
        return found

    return run


def test_a_run_moves_to_the_arm_that_a_model_learns_from_when_the_probe_tells(
    share: Callable[[int, bool], float],
) -> None:
    assert min(share(seed, True) for seed in SEEDS) >= 0.8


def test_without_the_probe_it_goes_wherever_chance_leads(share: Callable[[int, bool], float]) -> None:
    assert min(share(seed, False) for seed in SEEDS) <= 0.5
