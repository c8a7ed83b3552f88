"""Reasoning in steps: written from documents, added to rows, checked, and exported for training.

chain.py            a question with its answer, and the steps between them
faults.py           what is wrong with steps, as far as that can be told without a model
arithmetic.py       equations in a text, and whether they hold
calculation.py      calculations as people write them
sourced_numbers.py  whether numbers come from the sources
support.py          whether a text leads to an answer, or is the same one
cases.py            the question and the answer of a row
judging.py          what a model is asked about steps
reasoning.py        what both generators share: writing, checking, writing anew
direct.py           `cot`: question, steps and answer from a chunk
enhance.py          `cot-enhance`: steps for rows that have question and answer
export.py           `cot`: rows with reasoning as trainers read them
calls.py, prompt_files.py, answer_forms.py: the calls of a row, what they ask, and the JSON they ask for
"""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """Reasoning from documents, and for rows."""
    return [
        Component(
            name="cot",
            summary="Questions about documents that take several facts, with checked steps and the answer",
            config="datagen_plugin_cot.config:CotConfig",
            impl="datagen_plugin_cot.direct:Cot",
            needs=("documents", "model"),
            makes=("pair",),
            cost="dear",
            attributes={"strategy": "cot", "mode": "direct"},
        ),
        Component(
            name="cot-enhance",
            summary="Adds checked steps of reasoning to rows; question and answer stay byte for byte",
            config="datagen_plugin_cot.config:CotEnhanceConfig",
            impl="datagen_plugin_cot.enhance:CotEnhance",
            needs=("model", "originals"),
            is_named_only=True,
            cost="dear",
            attributes={"strategy": "cot", "mode": "enhance"},
        ),
    ]


@hookimpl
def datagen_exporters() -> Sequence[Component]:
    """Reasoning for training."""
    return [
        Component(
            name="cot",
            summary="rows with reasoning: two tasks a row (predict, explain), or steps and answer in one target",
            config="datagen_plugin_cot.config:CotExportConfig",
            impl="datagen_plugin_cot.export:CotExport",
        )
    ]
