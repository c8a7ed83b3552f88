"""New rows from rows: by rule (slot exchange, frames, splicing, word edits), or by a model that is checked."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The augmentation by rule, whose modes are presets and so arms of their own; three operators that ask a model."""
    return [_by_rule(), _paraphrase(), _style(), _domain_transfer()]


def _by_rule() -> Component:
    modes = {
        "slot-exchange": "swaps annotated slot values between seeds",
        "frames": "fills the seeds' slots from your word lists",
        "splice": "joins the start of a seed with the end of another of its label",
        "word-edits": "swaps, deletes, inserts and replaces single words of a seed",
    }
    return Component(
        name="augment",
        summary="New rows from seeds by rule (no model): slot exchange, frames, splicing, word edits",
        config="datagen_plugin_augment.config:AugmentConfig",
        impl="datagen_plugin_augment.generator:Augment",
        needs=("seeds",),
        makes=("text", "labelled"),
        attributes={"strategy": "augment"},
        presets=tuple(
            Preset(name=mode, summary=summary, options={"mode": mode}, attributes={"strategy": mode})
            for mode, summary in modes.items()
        ),
    )


def _paraphrase() -> Component:
    return Component(
        name="paraphrase",
        summary="Rows in other words, by a model; meaning, numbers, names and label are checked",
        config="datagen_plugin_augment.rewriting_config:ParaphraseConfig",
        impl="datagen_plugin_augment.paraphrase:Paraphrase",
        needs=("model", "originals"),
        cost="dear",
        attributes={"strategy": "augment", "operator": "paraphrase"},
        presets=(
            Preset(
                name="careful",
                summary="a second call asks whether both texts say the same",
                options={"entailment": True},
                attributes={"checks": "judged"},
            ),
            Preset(
                name="quick",
                summary="one call a row: only what needs no model is checked",
                options={"entailment": False},
                attributes={"checks": "computed"},
            ),
        ),
    )


def _style() -> Component:
    return Component(
        name="style",
        summary="Rows in other styles, by a model; a judge confirms the style, and the meaning stays",
        config="datagen_plugin_augment.rewriting_config:StyleConfig",
        impl="datagen_plugin_augment.style:Style",
        needs=("model", "originals"),
        cost="dear",
        attributes={"strategy": "augment", "operator": "style"},
    )


def _domain_transfer() -> Component:
    return Component(
        name="domain-transfer",
        summary="Rows carried over to other domains, by a model; responses are written anew",
        config="datagen_plugin_augment.rewriting_config:TransferConfig",
        impl="datagen_plugin_augment.domain_transfer:DomainTransfer",
        needs=("model", "originals"),
        cost="dear",
        attributes={"strategy": "augment", "operator": "domain-transfer"},
    )
