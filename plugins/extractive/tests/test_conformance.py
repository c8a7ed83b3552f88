from __future__ import annotations

from datagen_core.testing import GeneratorConformance


class TestExtractive(GeneratorConformance):
    component = "extractive"
