"""Controlled generation: constraints that are asked for, checked one by one, and repaired where they aren't met.

constraints.py     what a constraint and a finding are
keywords.py, sizes.py, language.py, readability.py, judged.py    the kinds
orders.py          which constraints a row has: options, the recipe's section, the cell
contradictions.py  what can't be satisfied at once, found before any call
loop.py, drafts.py write, check, repair
generator.py       a batch of rows
satisfaction.py    shares of rows that satisfy each constraint, and all
from_python.py     the same without a recipe
"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The generator; its presets differ in how often a text is repaired and how freely it is written."""
    return [
        Component(
            name="controlled",
            summary="Writes rows under constraints, checks each constraint, and repairs what isn't met",
            config="datagen_plugin_controlled.config:ControlledConfig",
            impl="datagen_plugin_controlled.generator:Controlled",
            needs=("model",),
            cost="dear",
            attributes={"strategy": "controlled"},
            presets=(
                Preset(
                    name="once",
                    summary="no repairs: a text that fails a constraint is refused at once",
                    options={"repairs": 0},
                    attributes={"repairs": "none"},
                ),
                Preset(
                    name="strict",
                    summary="close to the likeliest wording, and up to four repairs",
                    options={"repairs": 4, "temperature": 0.3},
                    attributes={"repairs": "many", "temperature": "low"},
                ),
                Preset(
                    name="creative",
                    summary="unusual wording, and two repairs",
                    options={"repairs": 2, "temperature": 1.2},
                    attributes={"repairs": "some", "temperature": "high"},
                ),
            ),
        )
    ]
