from __future__ import annotations

import pickle
import random
import subprocess
import sys
from typing import Any

import datagen_plugin_diversity
import pytest
from datagen_plugin_diversity.batch_diversity import BatchDiversity
from datagen_plugin_diversity.config import DatasetDiversityConfig, DiversityConfig
from datagen_plugin_diversity.dataset_diversity import DatasetDiversity
from datagen_plugin_diversity.text_diversity import MAX_CHARS, read_of, words_of
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
    for limit in OFF:
        assert quality([VARIED[0]] * 8, **{**OFF, limit: 0.6}) == pytest.approx(0.0, abs=1e-6)


def test_more_copies_never_raise_the_factor() -> None:
    found = [quality(VARIED[copies:] + [VARIED[0]] * copies) for copies in range(1, 5)]
    assert found == sorted(found, reverse=True) and found[0] == 1.0 > found[-1]


def test_no_row_is_rejected() -> None:
    part = BatchDiversity(DiversityConfig(), make_inputs())
    assert part.validate_batch(make_samples([VARIED[0]] * 8)).rejected == {}


@pytest.mark.parametrize(("limit", "factor"), [(0.75, 1.0), (0.5, 1.0), (1.0, (0.75 - 1 / 8) / (7 / 8))])
def test_distinct_2_at_the_limit_or_over_it_costs_nothing_under_it_in_proportion(
    limit: float, factor: float
) -> None:
    """Eight rows of one pair each, of which 6 differ."""
    texts = [f"a {at}" for at in "bcdefggg"]
    assert quality(texts, **{**OFF, "min_distinct_2": limit}) == pytest.approx(factor)
    assert (quality(texts, **{**OFF, "min_distinct_2": limit}) == 1.0) is (limit <= 0.75)


@pytest.mark.parametrize(("limit", "factor"), [(0.5, 1.0), (0.6, 1.0), (0.0, 0.5), (0.25, 2 / 3)])
def test_self_bleu_at_the_limit_or_under_it_costs_nothing(limit: float, factor: float) -> None:
    """Four twins and four that share nothing: 0.5."""
    texts = ["a b c d"] * 4 + ["e f g h", "i j k l", "m n o p", "q r s t"]
    assert quality(texts, **{**OFF, "max_self_bleu": limit}) == pytest.approx(factor)


def test_a_vendi_limit_that_copies_reach_costs_nothing_and_over_it_they_have_0() -> None:
    """Eight equal rows: 1 / 8."""
    assert quality(["a b c d"] * 8, **{**OFF, "min_vendi_ratio": 1 / 8}) == 1.0
    assert quality(["a b c d"] * 8, **{**OFF, "min_vendi_ratio": 0.3}) == pytest.approx(0.0, abs=1e-6)


def test_the_smallest_part_is_the_factor() -> None:
    texts = ["play some jazz", "play some rock", "play some blues", "rain in oslo"]
    parts = {
        key: quality(texts, **{**OFF, key: value})
        for key, value in {"min_distinct_2": 0.9, "max_self_bleu": 0.1, "min_vendi_ratio": 0.95}.items()
    }
    together = quality(texts, min_distinct_2=0.9, max_self_bleu=0.1, min_vendi_ratio=0.95)
    assert together == min(parts.values()) < max(parts.values())


@pytest.mark.parametrize("text", ["one row alone", "?!"])
def test_a_single_row_has_nothing_to_be_compared_with(text: str) -> None:
    assert quality([text]) == 1.0


SINGERS = (
    "Adele Bach Beck Blur Cher Dido Drake Enya Feist Moby Muse Oasis Prince Pulp Queen Sia Can Air Low Suede"
)
TEMPLATE = [f"Please add the new song by {name} to my playlist called summer" for name in SINGERS.split()]


def noise(rng: random.Random, signs: str) -> str:
    return "".join(rng.choices(signs, k=20_000))


def test_making_fewer_rows_of_a_template_pays_less_than_making_all() -> None:
    """Rewards divide by the rows asked for: what a batch of 20 gets for so many rows is its share times the factor."""
    found = {count: count / 20 * quality(TEMPLATE[:count]) for count in (20, 10, 8, 6, 4, 3, 2, 1)}
    assert max(found, key=lambda count: found[count]) == 20, found
    assert quality(TEMPLATE[:10]) < 1.1 * quality(TEMPLATE)


def test_rows_without_words_are_copies_and_never_raise_the_factor() -> None:
    signs = ["?" * at for at in range(1, 20)]
    assert quality(signs) == quality(["", "..."]) == 0.0
    assert quality([TEMPLATE[0], *signs]) == 0.0
    assert quality(TEMPLATE[:10] + signs[:10]) < quality(TEMPLATE)
    assert quality(VARIED + signs[:4]) < 0.6


def test_signs_in_front_hide_no_template() -> None:
    rng = random.Random(0)
    assert quality([f"{noise(rng, '?!.,;- ')} {row}" for row in TEMPLATE]) < 0.3


def test_of_long_texts_the_middle_and_the_end_are_read() -> None:
    text = "a" * 30_000 + " middle " + "b" * 30_000 + " end"
    assert {"middle", "end"} < set(words_of(text))
    assert len(read_of(text)) <= MAX_CHARS == len(read_of("c" * MAX_CHARS))


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
    assert found[0] == quality(texts, seed=0, **limits)


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


def test_a_field_that_no_row_has_is_an_error_and_rows_without_it_are_copies() -> None:
    part = BatchDiversity(DiversityConfig(field="topic"), make_inputs())
    with pytest.raises(InputError, match="no row has the field 'topic'"):
        part.validate_batch(make_samples(VARIED))
    rows = [Sample(id="a", fields={"topic": "tides"}), Sample(id="b")]
    assert part.validate_batch(rows).quality == 0.0


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
