"""Few candidates and short ones, for the sake of time; the presets as they are run in test_runs.py."""

from __future__ import annotations

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import GeneratorConformance, make_inputs

SHORT = {"min_margin": 0.1, "max_tokens": 20, "judge_max_tokens": 60}
ONE_AND_THE_ORIGINAL = {**SHORT, "candidates": 1, "use_original": True}
RIVERS = (("Peru", "south"), ("Laos", "east"), ("Chad", "south"), ("Oman", "east"), ("Ghana", "south"))


def tasks() -> Inputs:
    rows = [
        {
            "instruction": f"Name a river of {where}.",
            "output": f"One of them flows {to} of {where}'s capital.",
        }
        for where, to in RIVERS
    ]
    seeds = (Seed(id=f"task{at}", text=row["instruction"], row=row) for at, row in enumerate(rows))
    return make_inputs(seeds)


class TestPreference(GeneratorConformance):
    component = "preference"
    options = {**SHORT, "candidates": 2, "format": "text", "principles": True}


class TestBestWorst(GeneratorConformance):
    component = "preference-best-worst"
    options = ONE_AND_THE_ORIGINAL

    def inputs(self) -> Inputs:
        return tasks()


class TestPairwise(GeneratorConformance):
    component = "preference-pairwise"
    options = ONE_AND_THE_ORIGINAL

    def inputs(self) -> Inputs:
        return tasks()
