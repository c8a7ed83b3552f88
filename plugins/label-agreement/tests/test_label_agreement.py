from __future__ import annotations

import pickle
from typing import Any

import pytest
from datagen_plugin_label_agreement.config import LabelAgreementConfig
from datagen_plugin_label_agreement.label_agreement import LabelAgreement
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample, Verdict
from datagen_core.testing import make_inputs, make_samples
from datagen_core.text_classifier import TextClassifier

SEEDS = [
    ("play a jazz song", "music"),
    ("play the next song", "music"),
    ("turn the music up", "music"),
    ("will it rain today", "weather"),
    ("is it going to rain", "weather"),
    ("how cold is it today", "weather"),
]
CHINESE = [
    ("我要听音乐", "music"),
    ("播放一首音乐", "music"),
    ("今天会下雨吗", "weather"),
    ("明天下雨吗", "weather"),
]
THAI = [("เปิดเพลง", "music"), ("ฟังเพลง", "music"), ("ฝนตกไหม", "weather"), ("วันนี้ฝนตก", "weather")]
ARABIC = [
    ("شغل أغنية", "music"),
    ("أريد سماع أغنية", "music"),
    ("هل ستمطر اليوم", "weather"),
    ("هل ستمطر غدا", "weather"),
]


def agreement(seeds: Any = SEEDS, **options: Any) -> LabelAgreement:
    inputs = seeds if isinstance(seeds, Inputs) else make_inputs(seeds)
    return LabelAgreement(LabelAgreementConfig(**options), inputs)


def judge(text: str, label: str | None, seeds: Any = SEEDS, **options: Any) -> Verdict:
    return agreement(seeds, **options).validate([Sample(id="r0", response=text, label=label)])[0]


def test_the_score_is_the_probability_that_the_classifier_of_the_seeds_gives() -> None:
    texts, labels = zip(*SEEDS, strict=True)
    model = TextClassifier(c=10.0).fit(texts, labels)
    expected = model.probabilities(["play a song"])[0][model.labels.index("music")]
    verdict = judge("play a song", "music")
    assert verdict.passed
    assert verdict.score == pytest.approx(expected, abs=5e-7)
    assert verdict.score is not None and verdict.score > 0.5


def test_the_probabilities_of_a_text_s_labels_add_up_to_one() -> None:
    scores = [judge("play in the rain", label).score for label in ("music", "weather")]
    assert sum(score or 0.0 for score in scores) == pytest.approx(1.0, abs=2e-6)


def test_a_row_with_a_swapped_label_is_rejected() -> None:
    verdict = judge("play a song", "weather", threshold=0.5)
    assert (verdict.passed, verdict.reason, verdict.threshold) == (False, "label_disagrees", 0.5)
    assert verdict.score is not None and verdict.score < 0.5 and verdict.measured == verdict.score
    assert verdict.evidence is not None and verdict.evidence.startswith("most probable: music (0.")


def test_a_score_equal_to_the_threshold_passes_and_one_below_does_not() -> None:
    score = judge("play a song", "music").score
    assert score is not None
    assert judge("play a song", "music", threshold=score).passed
    verdict = judge("play a song", "music", threshold=score + 1e-6)
    assert (verdict.passed, verdict.reason) == (False, "label_disagrees")


def test_without_a_threshold_no_row_is_rejected() -> None:
    rows = [*make_samples([("play a song", "weather"), ("play", "news"), "unlabelled"])]
    verdicts = agreement().validate(rows)
    assert all(v.passed and v.reason is None for v in verdicts)
    assert [v.score is None for v in verdicts] == [False, True, True]


@pytest.mark.parametrize(("label", "reason"), [("news", "label_not_in_seeds"), (None, "missing_label")])
def test_a_label_the_seeds_do_not_have_has_no_score_and_is_rejected_with_a_threshold(
    label: str | None, reason: str
) -> None:
    verdict = judge("play a song", label, threshold=0.0)
    assert (verdict.passed, verdict.score, verdict.reason, verdict.measured) == (False, None, reason, label)
    assert verdict.evidence == "labels of the seeds: music, weather"


def test_a_larger_c_is_surer_of_what_the_seeds_say() -> None:
    weak, strong = (judge("play a jazz song", "music", c=c).score or 0.0 for c in (0.1, 100.0))
    assert 0.5 < weak < strong


@pytest.mark.parametrize(
    ("seeds", "music", "weather"),
    [
        (CHINESE, "我想听音乐", "后天会下雨吗"),
        (THAI, "อยากฟังเพลง", "พรุ่งนี้ฝนตก"),
        (ARABIC, "شغل أغنية جديدة", "هل ستمطر الآن"),
        (SEEDS + CHINESE, "play 音乐", "rain 下雨"),
    ],
)
def test_labels_are_told_apart_in_scripts_with_and_without_spaces(
    seeds: list[tuple[str, str]], music: str, weather: str
) -> None:
    rows = make_samples([(music, "music"), (weather, "weather"), (music, "weather"), (weather, "music")])
    verdicts = agreement(seeds, threshold=0.5).validate(rows)
    assert [v.passed for v in verdicts] == [True, True, False, False]


def test_equal_rows_get_equal_verdicts() -> None:
    first, second = agreement().validate(make_samples([("play a song", "music")] * 2))
    assert first == second


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ([], "have 0 of the 2 labels"),
        (["no label", "none either"], "have 0 of the 2 labels"),
        ([("play", "music"), ("sing", "music")], "have 1 of the 2 labels"),
        ([("a", "x"), ("b !", "y")], "no word of two letters"),
    ],
)
def test_seeds_that_teach_nothing_are_an_error_before_any_work(seeds: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        agreement(seeds)


def test_seeds_without_a_label_are_left_out_of_the_fit() -> None:
    inputs = make_inputs([*SEEDS])
    mixed = Inputs(seeds=(*inputs.seeds, *make_inputs(["play rain song"]).seeds), labels=inputs.labels)
    assert judge("play rain", "music", seeds=mixed) == judge("play rain", "music")


@pytest.mark.parametrize(("threshold", "fate"), [(None, "aren't scored"), (0.5, "are rejected")])
def test_wanted_labels_without_a_seed_are_announced(threshold: float | None, fate: str) -> None:
    inputs = make_inputs(SEEDS, labels=("music", "weather", "news"))
    (notice,) = agreement(inputs, threshold=threshold).notices()
    assert "news" in notice and fate in notice
    assert agreement(threshold=threshold).notices() == ()


@pytest.mark.parametrize("options", [{"threshold": 1.1}, {"threshold": -0.1}, {"c": 0}, {"C": 1}])
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LabelAgreementConfig(**options)


def test_no_rows_have_no_verdicts() -> None:
    assert list(agreement().validate([])) == []


@pytest.mark.parametrize(
    "text", ["", "a", "🎵", "\ud800", "我" * 1_000_000, "play " * 200_000, "ก" * 1_000_000]
)
def test_any_text_is_scored(text: str) -> None:
    score = judge(text, "music").score
    assert score is not None and 0.0 <= score <= 1.0


def test_the_validator_pickles_before_and_after_its_fit() -> None:
    rows = make_samples([("play a song", "music"), ("rain", "music")])
    made = agreement(threshold=0.5)
    before = pickle.loads(pickle.dumps(made))
    expected = made.validate(rows)
    assert before.validate(rows) == expected
    assert pickle.loads(pickle.dumps(made)).validate(rows) == expected


JUDGE = agreement(SEEDS + CHINESE, threshold=0.4)
ROWS = st.tuples(
    st.text(alphabet=st.characters(), max_size=20)
    | st.sampled_from(["play a song", "will it rain", "我要听音乐", "", "play the rain song today 下雨"]),
    st.sampled_from(["music", "weather", "news"]),
)


@given(st.lists(ROWS, min_size=1, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_a_verdict_depends_neither_on_the_order_nor_on_the_batch(
    pairs: list[tuple[str, str]], random: Any
) -> None:
    rows = make_samples(pairs)
    together = list(JUDGE.validate(rows))
    assert [JUDGE.validate([row])[0] for row in rows] == together
    order = random.sample(range(len(rows)), len(rows))
    assert list(JUDGE.validate([rows[i] for i in order])) == [together[i] for i in order]
    for verdict in together:
        assert verdict.passed == (verdict.reason is None)
        assert verdict.score is None or 0.0 <= verdict.score <= 1.0
