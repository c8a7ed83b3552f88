from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from datagen_plugin_diversity.config import DatasetDiversityConfig
from datagen_plugin_diversity.dataset_diversity import DatasetDiversity

from datagen_core import Evaluation, Metadata, Sample
from datagen_core.testing import make_inputs, make_samples

SEEDS = ["play some quiet jazz", "will it rain in oslo", "how many grams are in a pound"]
ROWS = [
    ("play some loud jazz", "music", "a"),
    ("Play some loud jazz!", "music", "a"),
    ("will it rain in oslo today", "weather", "b"),
    ("...", "weather", "b"),
]


def rows(given: list[tuple[str, str | None, str]]) -> list[Sample]:
    return [
        Sample(id=str(n), response=text, label=label, metadata=Metadata(arm=arm))
        for n, (text, label, arm) in enumerate(given)
    ]


def evaluated(samples: list[Sample], seeds: list[str] = SEEDS, **options: object) -> Evaluation:
    config = DatasetDiversityConfig.model_validate(options)
    return DatasetDiversity(config, make_inputs(seeds)).evaluate(samples)


def table(said: Evaluation, title: str) -> list[dict[str, Any]]:
    (found,) = [table for table in said.tables if table.title.startswith(title)]
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


def test_a_dataset_by_hand() -> None:
    """Words: 4 + 4 + 6 of which 4 + 6 differ; pairs 3 + 3 + 5, of which 3 + 5."""
    said = evaluated(rows(ROWS), near_cosine=0.4)
    metrics = dict(said.metrics)
    assert (metrics["distinct_1"], metrics["distinct_2"]) == (10 / 14, 8 / 11)
    assert metrics["repeated_share"] == 1 / 3
    assert metrics["seed_coverage"] == pytest.approx(2 / 3)
    assert metrics["label_evenness"] == pytest.approx(0.9182958, abs=1e-7)
    assert metrics["self_bleu"] == pytest.approx(2 / 3)
    assert 1.5 < metrics["vendi"] < 2 and metrics["vendi_ratio"] == pytest.approx(metrics["vendi"] / 3)
    assert "1 of 4 rows have nothing to measure and were left aside" in said.notes


def test_arms_and_labels_have_their_own_measures() -> None:
    said = evaluated(rows(ROWS))
    first, second = table(said, "Diversity by arm")
    assert (first["arm"], first["rows"], first["repeated"], first["words, median"]) == ("a", 2, 1, 4)
    assert (first["self-BLEU"], first["distinct-1"]) == (pytest.approx(1.0), 0.5)
    assert first["Vendi"] == pytest.approx(1.0, abs=1e-5) and first["Vendi ratio"] == pytest.approx(
        0.5, abs=1e-5
    )
    assert (second["arm"], second["rows"], second["self-BLEU"]) == ("b", 1, None)
    assert [row["label"] for row in table(said, "Diversity by label")] == ["music", "weather"]


def test_a_seed_that_no_row_is_near_is_shown_with_its_nearest_cosine() -> None:
    (far,) = table(evaluated(rows(ROWS), near_cosine=0.4), "Seeds that no row is near")
    assert (far["seed"], far["text"]) == ("seed2", SEEDS[2])
    assert far["cosine to the nearest row"] < 0.4


def test_a_row_exactly_at_the_cosine_is_near() -> None:
    assert evaluated(make_samples([SEEDS[0]]), SEEDS[:1], near_cosine=1).metrics["seed_coverage"] == 1.0


def test_lengths_are_given_by_percentiles() -> None:
    samples = make_samples([" ".join(["word"] * n) for n in range(1, 102)])
    (found,) = table(evaluated(samples, []), "Words per row")
    assert found == {"least": 1, "5 %": 6, "25 %": 26, "50 %": 51, "75 %": 76, "95 %": 96, "most": 101}


def test_what_cannot_be_measured_is_left_out() -> None:
    said = evaluated(make_samples(["play some jazz"]), [])
    assert set(said.metrics) == {"distinct_1", "distinct_2", "vendi", "vendi_ratio", "repeated_share"}
    assert [found.title for found in said.tables] == ["Diversity by arm", "Words per row"]
    assert evaluated([]).metrics == evaluated(make_samples(["?!"])).metrics == {}


def test_coverage_keys_of_the_recipe_are_measured_against_what_was_wanted() -> None:
    samples = [Sample(id=str(n), fields={"text": "dunes", "tone": tone}) for n, tone in enumerate("aabb")]
    inputs = make_inputs(coverage={"tone": ("a", "b", "c", "d")})
    said = DatasetDiversity(DatasetDiversityConfig(field="text"), inputs).evaluate(samples)
    assert said.metrics["tone_evenness"] == pytest.approx(0.5)


def test_large_datasets_are_measured_by_samples_and_say_so() -> None:
    samples = make_samples([" ".join(["play", *"abcdefgh"[: n % 8], str(n)]) for n in range(60)])
    seeds = [f"seed text {n}" for n in range(20)]
    said = evaluated(samples, seeds, sample_rows=10, group_rows=5)
    assert "self-BLEU is that of 10 rows drawn of 60" in said.notes
    assert "seed coverage is that of 10 seeds drawn of 20" in said.notes
    (arm,) = table(said, "Diversity by arm")
    assert (arm["rows"], arm["measured"]) == (60, 5)
    other_seed = evaluated(samples, seeds, sample_rows=10, group_rows=5, seed=1)
    assert other_seed.metrics["self_bleu"] != said.metrics["self_bleu"]
    assert other_seed.metrics["distinct_2"] == said.metrics["distinct_2"]


def test_the_order_of_rows_decides_no_sample() -> None:
    samples = make_samples([f"play song {n} by artist {n % 17}" for n in range(60)])
    usual, other = (
        evaluated(rows, sample_rows=10) for rows in (samples, random.Random(1).sample(samples, 60))
    )
    assert usual.metrics["self_bleu"] == other.metrics["self_bleu"]
    assert dict(usual.metrics) == pytest.approx(dict(other.metrics))


def test_only_the_largest_groups_are_shown() -> None:
    samples = [replace(sample, label=f"c{n % 105}") for n, sample in enumerate(make_samples(["a b"] * 210))]
    found = [found for found in evaluated(samples, []).tables if "label" in found.title]
    assert [(one.title, len(one.rows)) for one in found] == [
        ("Diversity by label (the 100 largest of 105)", 100)
    ]


def test_chinese_thai_and_mixed_rows_are_measured() -> None:
    said = evaluated(make_samples(["播放音乐", "播放歌曲", "เปิดเพลง", "play 音乐 now"]), [])
    assert said.metrics["distinct_1"] == pytest.approx(
        len(set("播放音乐歌曲") | set("เปิดเพลง") | {"play", "now"}) / 20
    )
