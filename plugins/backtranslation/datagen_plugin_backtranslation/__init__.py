"""Instruction backtranslation: text that exists is the answer, a model writes what it answers (arXiv 2308.06259)."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """Questions about documents, instructions for whole texts, and the rewriting of answers."""
    return [_questions(), _instructions(), _enrich()]


def _questions() -> Component:
    return Component(
        name="backtranslation",
        summary="Questions about documents by a model; each answer is a literal span of its chunk",
        config="datagen_plugin_backtranslation.config:BacktranslationConfig",
        impl="datagen_plugin_backtranslation.generator:Backtranslation",
        needs=("documents", "model"),
        cost="dear",
        attributes={"strategy": "backtranslation"},
    )


def _instructions() -> Component:
    return Component(
        name="instruction-backtranslation",
        summary="The instruction that a text answers; the text stays as it is (Humpback's form, by prompts)",
        config="datagen_plugin_backtranslation.config:InstructionConfig",
        impl="datagen_plugin_backtranslation.instructions:InstructionBacktranslation",
        needs=("model", "originals"),
        makes=("pair",),
        cost="dear",
        attributes={"strategy": "instruction-backtranslation"},
    )


def _enrich() -> Component:
    return Component(
        name="enrich",
        summary="Answers rewritten for form and completeness; what their source doesn't say is refused",
        config="datagen_plugin_backtranslation.config:EnrichConfig",
        impl="datagen_plugin_backtranslation.enrich:Enrich",
        needs=("model", "originals"),
        is_named_only=True,
        cost="dear",
        attributes={"strategy": "enrich"},
    )
