from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from datagen_core.config import Config
from datagen_core.embedder import Embedder
from datagen_core.embeddings import Embeddings
from datagen_core.inputs import Inputs
from datagen_core.plugins.host import installed
from datagen_core.sample import Metadata, Sample
from datagen_core.selector import Selection
from datagen_core.testing import ScriptedModel, make_inputs
from datagen_core.testing.model_bindings import bound_models


class ByHand(Embedder[Config]):
    """Text → the vector that the test names; zeros for any other."""

    def __init__(self, vectors: Mapping[str, Sequence[float]]) -> None:
        super().__init__(Config())
        self._vectors = vectors

    def embed(self, texts: Sequence[str]) -> Any:
        zeros = [0.0] * len(next(iter(self._vectors.values())))
        return np.array([self._vectors.get(text, zeros) for text in texts], dtype=np.float32)


def _by_hand(vectors: Mapping[str, Sequence[float]], **more: Any) -> Inputs:
    return make_inputs(embeddings=Embeddings(ByHand(vectors)), **more)


def _at_angles(**degrees: float) -> Inputs:
    """Inputs where the text of a name has the unit vector at that angle."""
    return _by_hand({name: at_angle(angle) for name, angle in degrees.items()})


def at_angle(degrees: float) -> tuple[float, float]:
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def _row(id: str, text: str | None = None, *, label: str | None = None, **method: Any) -> Sample:
    """A row whose text is its id unless given; what else is given its method noted."""
    own = {key: method.pop(key) for key in ("arm", "quality_score") if key in method}
    return Sample(
        id=id, response=id if text is None else text, label=label, metadata=Metadata(method=method, **own)
    )


def _selected(
    name: str,
    rows: Sequence[Sample],
    n: int | None = None,
    *,
    inputs: Inputs | None = None,
    model: ScriptedModel | None = None,
    **options: Any,
) -> Selection:
    """What an installed selector chooses."""
    component = installed().find("selector", name)[0].component
    part = component.load_impl()(component.load_config().model_validate(options), inputs or Inputs())
    said: Selection = asyncio.run(part.select(rows, n, bound_models(part, model)))
    return said


def _reasons(said: Selection) -> dict[str, str]:
    return {id: str(verdict.reason) for id, verdict in said.left.items()}


@pytest.fixture(name="by_hand")
def _give_by_hand() -> Any:
    return _by_hand


@pytest.fixture(name="at_angles")
def _give_at_angles() -> Any:
    return _at_angles


@pytest.fixture(name="selected")
def _give_selected() -> Any:
    return _selected


@pytest.fixture(name="row")
def _give_row() -> Any:
    return _row


@pytest.fixture(name="reasons")
def _give_reasons() -> Any:
    return _reasons


@pytest.fixture
def unit_vectors() -> Any:
    """So many vectors of so many numbers, in a few bundles, so that many are near another."""

    def made(count: int, dims: int = 16, seed: int = 0) -> Any:
        rng = np.random.default_rng(seed)
        centres = rng.normal(size=(max(1, count // 8), dims))
        vectors = centres[rng.integers(len(centres), size=count)] + 0.3 * rng.normal(size=(count, dims))
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    return made
