from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from datagen_core.testing import RetrieverConformance


class TestByWords(RetrieverConformance):
    component = "hybrid"


class TestByBoth(RetrieverConformance):
    component = "hybrid"
    options: ClassVar[Mapping[str, Any]] = {"mode": "hybrid", "bm25": "bm25s"}


class TestByVectors(RetrieverConformance):
    component = "hybrid"
    options: ClassVar[Mapping[str, Any]] = {"mode": "vectors"}
