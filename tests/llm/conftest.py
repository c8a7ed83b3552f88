"""A run's ledger, and a wall without limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from datagen_core.llm.budget import Wall
from datagen_core.llm.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "calls.db")


@pytest.fixture
def wall(ledger: Ledger) -> Wall:
    return Wall(ledger)
