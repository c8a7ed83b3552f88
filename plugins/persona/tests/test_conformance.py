from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.testing import GeneratorConformance, make_inputs


class TestPersona(GeneratorConformance):
    component = "persona"


class TestText(GeneratorConformance):
    component = "persona-text"


class TestExpanded(GeneratorConformance):
    component = "persona-expanded"


class TestPersonasAsRows(GeneratorConformance):
    component = "persona"
    options = {"emit": "personas", "depth": 2, "expand": 2}


class TestPairsWithExamples(GeneratorConformance):
    component = "persona"
    options = {"output": "pair", "shots": "persona-few", "rows_per_persona": 3, "embedder": "embedder"}


class TestOwnPersonas(GeneratorConformance):
    component = "persona"

    def options_in(self, folder: Path) -> Mapping[str, Any]:
        file = folder / "personas.txt"
        file.write_text(
            "a beekeeper in the Alps\nein Imker\nطبيبة أطفال في القاهرة\n养蜂人\n", encoding="utf-8"
        )
        return {"personas": str(file), "depth": 0}

    def inputs(self) -> Inputs:
        return make_inputs(task="questions to a library", languages=("en", "zh"))
