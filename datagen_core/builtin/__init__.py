"""What `pip install datagen-core` alone brings: routers, rewards, exporters, an embedder, a stand-in for models."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.plugins.spec import Component, hookimpl


@hookimpl
def datagen_generators() -> Sequence[Component]:
    """Rows as they are."""
    return [
        Component(
            name="as-is",
            summary="each row of the link before, or each seed, unchanged: to judge or select from a dataset",
            impl="datagen_core.builtin.as_is:AsIs",
            needs=("originals",),
            is_named_only=True,
            cost="free",
        )
    ]


@hookimpl
def datagen_routers() -> Sequence[Component]:
    """Epsilon-greedy and uniform."""
    return [
        Component(
            name="epsilon-greedy",
            summary="the best arm so far, or with a decaying probability any",
            config="datagen_core.builtin.epsilon_greedy:EpsilonGreedyConfig",
            impl="datagen_core.builtin.epsilon_greedy:EpsilonGreedy",
        ),
        Component(
            name="uniform",
            summary="every arm with the same probability: the baseline",
            impl="datagen_core.builtin.uniform:Uniform",
        ),
    ]


@hookimpl
def datagen_rewards() -> Sequence[Component]:
    """Novel yield (the default), coverage yield and pass rate × quality."""
    return [
        Component(
            name="novel-yield",
            summary="novel accepted rows over requested, times the validators' own scores",
            impl="datagen_core.builtin.novel_yield:NovelYield",
        ),
        Component(
            name="coverage-yield",
            summary="novel rows that the wanted distribution lacked over requested, times the scores",
            impl="datagen_core.builtin.coverage_yield:CoverageYield",
        ),
        Component(
            name="pass-rate-quality",
            summary="pass rate × quality, as much of the literature has it (duplicates and fewer rows pay)",
            impl="datagen_core.builtin.pass_rate_quality:PassRateQuality",
        ),
    ]


@hookimpl
def datagen_exporters() -> Sequence[Component]:
    """JSONL, CSV, Parquet and plain text."""
    return [
        Component(
            name="jsonl",
            summary="one JSON object per line: id and the columns a trainer reads",
            config="datagen_core.builtin.jsonl:JsonlConfig",
            impl="datagen_core.builtin.jsonl:Jsonl",
        ),
        Component(
            name="csv",
            summary="a table; cells that a spreadsheet would run as formulas are quoted",
            config="datagen_core.builtin.csv_table:CsvConfig",
            impl="datagen_core.builtin.csv_table:CsvTable",
        ),
        Component(
            name="parquet",
            summary="a typed table for dataframes; nested values that Arrow would change are JSON",
            impl="datagen_core.builtin.parquet_table:ParquetTable",
            imports=("pyarrow",),
            extra="parquet",
        ),
        Component(
            name="text",
            summary="the responses alone, one per line",
            impl="datagen_core.builtin.plain_text:PlainText",
        ),
    ]


@hookimpl
def datagen_embedders() -> Sequence[Component]:
    """Hashed n-grams, the default."""
    return [
        Component(
            name="hashing",
            summary="hashed n-grams of characters and words: texts that share wording are near; no model",
            config="datagen_core.builtin.hashing:HashingConfig",
            impl="datagen_core.builtin.hashing:Hashing",
        )
    ]


@hookimpl
def datagen_models() -> Sequence[Component]:
    """The rehearsal, for runs without a key."""
    return [
        Component(
            name="rehearsal",
            summary="a stand-in that answers anything offline, free and reproducibly: try recipes without a key",
            config="datagen_core.rehearsal.model:RehearsalConfig",
            impl="datagen_core.rehearsal.model:Rehearsal",
            cost="cheap",
        )
    ]
