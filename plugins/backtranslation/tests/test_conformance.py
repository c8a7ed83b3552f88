from __future__ import annotations

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import GeneratorConformance, make_inputs


class TestBacktranslation(GeneratorConformance):
    component = "backtranslation"


class TestInstructionBacktranslation(GeneratorConformance):
    component = "instruction-backtranslation"


class TestEnrich(GeneratorConformance):
    component = "enrich"

    def inputs(self) -> Inputs:
        passage = "The moon raises the sea twice a day. High tide follows low tide after about six hours."
        rows = [
            {"question": f"What of {thing}?", "answer": "after about six hours", "passage": passage}
            for thing in ("tides", "the sea", "the moon", "a day")
        ]
        return make_inputs(Seed(id=f"s{at}", text=row["question"], row=row) for at, row in enumerate(rows))
