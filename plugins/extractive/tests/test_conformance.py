from __future__ import annotations

from typing import Any, ClassVar

from datagen_core.testing import GeneratorConformance


class TestExtractive(GeneratorConformance):
    component = "extractive"


class TestExtractiveCloze(GeneratorConformance):
    component = "extractive"
    options: ClassVar[dict[str, Any]] = {
        "kinds": ["cloze", "headings"],
        "weight": "equal",
        "max_per_chunk": 3,
    }
