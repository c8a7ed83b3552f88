from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import datagen_plugin_diversity
import pytest
from datagen_plugin_diversity.batch_diversity import BatchDiversity
from datagen_plugin_diversity.config import DatasetDiversityConfig, DiversityConfig
from datagen_plugin_diversity.dataset_diversity import DatasetDiversity
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import Context, InputError, Message, Sample
from datagen_core.testing import make_inputs, make_samples

OFF: dict[str, Any] = {"min_distinct_2": None, "max_self_bleu": None, "min_vendi_ratio": None}
VARIED = [
    "play some quiet jazz for me please",
    "will it rain in oslo tomorrow",
    "book a table for two at the harbour",
    "how many grams are in a pound of butter",
]


def quality(texts: list[str], **options: object) -> float:
    config = DiversityConfig.model_validate(options)
    return BatchDiversity(config, make_inputs()).validate_batch(make_samples(texts)).quality


def test_a_varied_batch_keeps_its_quality_and_copies_lose_it() -> None:
    assert quality(VARIED) == 1.0
    assert quality([VARIED[0]] * 8) == pytest.approx(0.0, abs=1e-9)
    assert quality([VARIED[0]] * 8, max_self_bleu=None) == pytest.approx((1 / 8) / 0.4)


def test_more_copies_never_raise_the_factor() -> None:
    found = [quality(VARIED[copies:] + [VARIED[0]] * copies) for copies in range(1, 5)]
    assert found == sorted(found, reverse=True) and found[0] == 1.0 > found[-1]


def test_no_row_is_rejected() -> None:
    part = BatchDiversity(DiversityConfig(), make_inputs())
    assert part.validate_batch(make_samples([VARIED[0]] * 8)).rejected == {}


@pytest.mark.parametrize(("limit", "factor"), [(2 / 3, 1.0), (0.5, 1.0), (1.0, 2 / 3)])
def test_distinct_2_at_the_limit_or_over_it_costs_nothing_under_it_in_proportion(
    limit: float, factor: float
) -> None:
    """a b a and a b: 2 different pairs of 3."""
    assert quality(["a b a", "a b"], **{**OFF, "min_distinct_2": limit}) == pytest.approx(factor)
    assert (quality(["a b a", "a b"], **{**OFF, "min_distinct_2": limit}) == 1.0) is (limit <= 2 / 3)


@pytest.mark.parametrize(("limit", "factor"), [(0.5, 1.0), (0.6, 1.0), (0.0, 0.5), (0.25, 2 / 3)])
def test_self_bleu_at_the_limit_or_under_it_costs_nothing(limit: float, factor: float) -> None:
    """Two twins and two that share nothing: 0.5."""
    texts = ["a b c d", "a b c d", "e f g h", "i j k l"]
    assert quality(texts, **{**OFF, "max_self_bleu": limit}) == pytest.approx(factor)


@pytest.mark.parametrize(("limit", "factor"), [(0.25, 1.0), (0.5, 0.5), (1.0, 0.25)])
def test_the_vendi_ratio_at_the_limit_or_over_it_costs_nothing(limit: float, factor: float) -> None:
    """Four equal rows: 1 / 4."""
    assert quality(["a b c d"] * 4, **{**OFF, "min_vendi_ratio": limit}) == pytest.approx(factor, abs=1e-6)


def test_the_smallest_part_is_the_factor() -> None:
    texts = ["play some jazz", "play some rock", "play some blues", "rain in oslo"]
    parts = {
        key: quality(texts, **{**OFF, key: value})
        for key, value in {"min_distinct_2": 0.9, "max_self_bleu": 0.1, "min_vendi_ratio": 0.95}.items()
    }
    together = quality(texts, min_distinct_2=0.9, max_self_bleu=0.1, min_vendi_ratio=0.95)
    assert together == min(parts.values()) < max(parts.values())


@pytest.mark.parametrize("texts", [["one row alone"], ["", "?!", "one row with words"], ["", "..."]])
def test_fewer_than_two_rows_with_words_keep_their_quality(texts: list[str]) -> None:
    assert quality(texts) == 1.0


def test_nothing_measured_costs_nothing() -> None:
    assert quality([VARIED[0]] * 8, **OFF) == 1.0


@settings(max_examples=30)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=12), st.randoms())
def test_the_order_of_rows_decides_nothing_and_the_factor_stays_in_its_range(
    texts: list[str], rng: Any
) -> None:
    other = rng.sample(texts, len(texts))
    assert 0.0 <= quality(texts, sample_rows=5) == quality(other, sample_rows=5) <= 1.0


def test_a_long_batch_is_measured_by_a_sample_that_its_seed_draws() -> None:
    texts = [f"{VARIED[at % 4]} number {at % 7} of {at}" for at in range(200)]
    limits = {"min_distinct_2": 1.0, "max_self_bleu": 0.0, "min_vendi_ratio": 1.0}
    found = {seed: quality(texts, seed=seed, **limits) for seed in range(4)}
    assert len(set(found.values())) > 1
    assert found[0] == quality(texts, seed=0, **limits) > quality(texts, sample_rows=200, **limits)


@pytest.mark.parametrize(
    ("alike", "varied"),
    [
        (
            ["播放周杰伦的歌", "播放周杰伦的歌曲", "播放周杰伦的歌吧"],
            ["明天会下雨吗", "帮我订两个座位", "播放一首歌"],
        ),
        (
            ["شغل أغنية هادئة الآن", "شغل أغنية هادئة", "شغل أغنية هادئة لي"],
            ["هل ستمطر غدا", "احجز طاولة", "شغل أغنية"],
        ),
        (["เปิดเพลงแจ๊ส", "เปิดเพลงแจ๊สนะ", "เปิดเพลงแจ๊สที"], ["ฝนจะตกไหม", "จองโต๊ะสองที่", "เปิดเพลง"]),
    ],
)
def test_rows_alike_are_told_from_varied_ones_in_any_script(alike: list[str], varied: list[str]) -> None:
    strict = {"min_distinct_2": 1.0, "max_self_bleu": None, "min_vendi_ratio": 1.0}
    assert quality(alike, **strict) < 0.75 * quality(varied, **strict)


def test_the_turns_of_conversations_are_measured() -> None:
    chats = [
        Sample(
            id=str(n),
            messages=(Message(role="user", content="any news?"), Message(role="assistant", content=text)),
        )
        for n, text in enumerate(VARIED)
    ]
    part = BatchDiversity(DiversityConfig(), make_inputs())
    assert part.validate_batch(chats).quality == 1.0
    assert part.validate_batch([chats[0]] * 6).quality < 0.1


def test_a_field_that_no_row_has_is_an_error_and_rows_without_it_are_left_out() -> None:
    part = BatchDiversity(DiversityConfig(field="topic"), make_inputs())
    with pytest.raises(InputError, match="no row has the field 'topic'"):
        part.validate_batch(make_samples(VARIED))
    rows = [Sample(id="a", fields={"topic": "tides"}), Sample(id="b")]
    assert part.validate_batch(rows).quality == 1.0


def test_it_pickles() -> None:
    part = BatchDiversity(DiversityConfig(), make_inputs())
    again = pickle.loads(pickle.dumps(part))
    rows = make_samples([*VARIED, VARIED[0]])
    assert again.validate_batch(rows) == part.validate_batch(rows)


@pytest.mark.parametrize(
    ("constraints", "options"),
    [
        ({}, None),
        ({"diversity": False}, None),
        ({"diversity": "low"}, None),
        ({"max_self_bleu": "low"}, None),
        ({"topic": "music"}, None),
        ({"diversity": "high"}, {}),
        ({"ensure_diversity": True}, {}),
        ({"max_self_bleu": 0.5, "min_distinct_2": 0.6}, {"max_self_bleu": 0.5, "min_distinct_2": 0.6}),
    ],
)
def test_it_is_suggested_where_constraints_ask_for_diversity(
    constraints: dict[str, Any], options: dict[str, float] | None
) -> None:
    found = BatchDiversity.suggestion(make_inputs(constraints=constraints), Context())
    assert (None if found is None else dict(found.options)) == options
    if found is not None:
        assert found.why == f"constraints.{next(iter(constraints))} asks for it"
        DiversityConfig.model_validate(found.options)


def test_the_hooks_declare_both_components() -> None:
    (validator,) = datagen_plugin_diversity.datagen_validators()
    (evaluator,) = datagen_plugin_diversity.datagen_evaluators()
    assert validator.name == evaluator.name == "diversity"
    assert (validator.load_config(), validator.load_impl()) == (DiversityConfig, BatchDiversity)
    assert (evaluator.load_config(), evaluator.load_impl()) == (DatasetDiversityConfig, DatasetDiversity)


def test_discovery_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pydantic", "sklearn", "torch"}
    code = f"import sys, datagen_plugin_diversity; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
