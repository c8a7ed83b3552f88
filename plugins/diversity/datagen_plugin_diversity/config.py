"""Options of the validator and of the evaluator."""

from __future__ import annotations

from pydantic import Field

from datagen_core import Config


class Measured(Config):
    """Which part of rows is measured."""

    field: str | tuple[str, ...] | None = Field(
        None,
        description="part of the row to measure (text, input, label, a field), or a list of parts joined by newlines; "
        "by default what is said: the text, with its input where it has one, or all turns",
    )
    seed: int = Field(0, ge=0, le=2**32 - 1, description="draws the sample of rows where there are more")


class DiversityConfig(Measured):
    """What a batch must reach; each limit may be null: not measured."""

    min_distinct_2: float | None = Field(
        0.55,
        gt=0,
        le=1,
        description="share of different word pairs among those of 8 rows from which on a batch is diverse enough",
    )
    max_self_bleu: float | None = Field(
        0.5, ge=0, lt=1, description="self-BLEU of 8 rows up to which a batch is diverse enough"
    )
    min_vendi_ratio: float | None = Field(
        0.55,
        gt=0,
        le=1,
        description="Vendi score of 8 rows / the most possible from which on it is diverse enough",
    )
    sample_rows: int = Field(
        32, ge=2, le=1000, description="rows of a batch that are measured at most, in draws of 8"
    )


class DatasetDiversityConfig(Measured):
    """How a dataset is measured."""

    sample_rows: int = Field(
        1000,
        ge=2,
        le=20_000,
        description="rows drawn for self-BLEU, and seeds for their coverage, where there are more",
    )
    group_rows: int = Field(
        200, ge=2, le=20_000, description="rows drawn of each arm and each label, where it has more"
    )
    near_cosine: float = Field(
        0.5,
        gt=0,
        le=1,
        description="cosine similarity from which on a row is near a seed; the default suits hashing",
    )
