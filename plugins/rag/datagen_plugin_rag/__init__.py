"""Retrieval: who finds passages, among a run's documents or in a knowledge base, and rows made of what is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_retrievers() -> Sequence[Component]:
    """The retriever."""
    return [
        Component(
            name="hybrid",
            summary="passages by shared words (BM25), by near vectors, or by both fused; of a knowledge base too",
            config="datagen_plugin_rag.config:HybridConfig",
            impl="datagen_plugin_rag.searching.hybrid:Hybrid",
            cost="cheap",
            opens={"files.db": "knowledge_base"},
        )
    ]


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """The arm; its presets are its modes."""
    return [
        Component(
            name="rag",
            summary="Questions about documents, answered with citations from what is retrieved for them",
            config="datagen_plugin_rag.arms.config:RagConfig",
            impl="datagen_plugin_rag.arms.rag:Rag",
            needs=("documents", "model"),
            makes=("pair",),
            cost="dear",
            attributes={"strategy": "rag"},
            presets=(
                Preset(
                    name="multi-hop",
                    summary="Questions that need several passages; each is checked to be needed",
                    options={"mode": "multi-hop"},
                    attributes={"mode": "multi-hop"},
                ),
                Preset(
                    name="distractors",
                    summary="RAFT: the passage with the answer among others, or these alone; reasoning with quotes",
                    options={"mode": "distractors"},
                    attributes={"mode": "distractors"},
                ),
                Preset(
                    name="unanswerable",
                    summary="Questions that no retrieved passage answers, and a refusal",
                    options={"mode": "unanswerable"},
                    attributes={"mode": "unanswerable"},
                ),
            ),
        )
    ]


@hookimpl
def datagen_evaluators() -> Sequence[Component]:
    """The evaluator of questions and answers."""
    return [
        Component(
            name="grounded-qa",
            summary="Are answers in their sources, do questions find them, what of the documents is never asked",
            config="datagen_plugin_rag.evaluation.config:GroundedQAConfig",
            impl="datagen_plugin_rag.evaluation.grounded_qa:GroundedQA",
            cost="cheap",
        )
    ]


@hookimpl
def datagen_commands(cli: Any) -> None:
    """Knowledge bases on the command line."""
    cli.offer("ingest", "datagen_plugin_rag.commands.ingest:ingest", "Put documents into a knowledge base.")
    cli.offer("kb", "datagen_plugin_rag.commands.kb:kb", "Look into a knowledge base.")
