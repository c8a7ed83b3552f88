"""Evol-Instruct (arXiv 2304.12244) and DEITA's evolution of responses (arXiv 2312.15685).

operations.py      the ways to evolve
instructions.py    `evol-instruct`: the six operations, the equality judge, the answer
responses.py       `evol-response`: the five operations
evolution.py       what both share: rounds over an original, and the rows that come of them
lineage.py         one original on its way through the rounds
rules.py           what is eliminated without a model
kept_data.py       code, tables and addresses that have to survive
originals_text.py  the instruction and the response of an original
calls.py           the calls of one round
growth.py          growth in words, by operation and by round
"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl

IN_DEPTH = ["add_constraints", "deepen", "concretize", "increase_reasoning", "complicate_input"]


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """Evolving instructions, with presets that differ in direction and rounds; and evolving responses."""
    return [
        Component(
            name="evol-instruct",
            summary="Makes instructions harder or rarer round by round, drops what fails, and answers them anew",
            config="datagen_plugin_evol_instruct.config:EvolInstructConfig",
            impl="datagen_plugin_evol_instruct.instructions:EvolInstruct",
            needs=("model", "originals"),
            makes=("pair",),
            cost="dear",
            attributes={"strategy": "evol-instruct", "direction": "both", "rounds": "several"},
            presets=(
                Preset(
                    name="in-depth",
                    summary="harder instructions alone: the five in-depth operations",
                    options={"operations": IN_DEPTH},
                    attributes={"direction": "depth"},
                ),
                Preset(
                    name="in-breadth",
                    summary="rarer instructions of the same domain alone: the mutation",
                    options={"operations": ["mutate"]},
                    attributes={"direction": "breadth"},
                ),
                Preset(
                    name="one-round",
                    summary="one round of any operation: nearer to the original, a quarter of the calls",
                    options={"rounds": 1},
                    attributes={"rounds": "one"},
                ),
            ),
        ),
        Component(
            name="evol-response",
            summary="Makes responses more helpful, relevant, deep, creative or detailed; instructions stay",
            config="datagen_plugin_evol_instruct.config:EvolResponseConfig",
            impl="datagen_plugin_evol_instruct.responses:EvolResponse",
            needs=("model", "originals"),
            makes=("pair",),
            cost="dear",
            attributes={"strategy": "evol-response", "rounds": "one"},
        ),
    ]
