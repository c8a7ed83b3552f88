"""Fixtures that pytest finds by itself where datagen-core is installed. Importing this imports nothing heavy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from datagen_core.inputs import Inputs
    from datagen_core.sample import Sample

for _suite in (
    "components",
    "endpoint_answers",
    "endpoints",
    "evaluators",
    "exporters",
    "generators",
    "models",
    "pool_validators",
    "rewards",
    "routers",
    "validators",
):
    pytest.register_assert_rewrite(f"datagen_core.testing.{_suite}")


def pytest_configure() -> None:
    """Runs of a test neither start from what the user's runs learned nor add to it."""
    os.environ.setdefault("DATAGEN_MEMORY", "off")


@pytest.fixture
def offline() -> Iterator[list[str]]:
    """The network blocked for a test; the addresses that were tried. An attempt fails the test at its end."""
    from datagen_core.testing.network import offline as blocked

    with blocked() as tried:
        yield tried
    assert not tried, f"the test tried to reach {', '.join(tried)}"


@pytest.fixture
def toy_inputs() -> Inputs:
    """A toy job's inputs: see `datagen_core.testing.toy_inputs`."""
    from datagen_core.testing import toy_data

    return toy_data.toy_inputs()


@pytest.fixture
def toy_samples() -> list[Sample]:
    """Nine new rows of the toy job: see `datagen_core.testing.toy_samples`."""
    from datagen_core.testing import toy_data

    return toy_data.toy_samples()
