from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from datagen_core.testing import GeneratorConformance


class TestSingle(GeneratorConformance):
    component = "rag"


class TestMultiHop(GeneratorConformance):
    component = "rag-multi-hop"
    options: ClassVar[Mapping[str, Any]] = {"context": "system"}


class TestDistractors(GeneratorConformance):
    component = "rag-distractors"
    options: ClassVar[Mapping[str, Any]] = {"k": 2}


class TestUnanswerable(GeneratorConformance):
    component = "rag-unanswerable"
    options: ClassVar[Mapping[str, Any]] = {"context": "none"}
