import pickle
import random
import subprocess
import sys
from dataclasses import replace

import datagen_plugin_novelty
import pytest
from datagen_plugin_novelty.config import NoveltyConfig
from datagen_plugin_novelty.novelty import Novelty
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import InputError, Sample, Seed, Verdict
from datagen_core.testing import make_inputs, make_samples

LONG = "write a long poem about the sea"
SHORT = "write a short poem about the winter sea"
"""ROUGE-L F1 of the two: 2 * 6 / 15 = 0.8."""


def novelty(seeds: tuple[str, ...] = (), **options: object) -> Novelty:
    return Novelty(NoveltyConfig.model_validate(options), make_inputs(seeds))


def judged(validator: Novelty, text: str, before: int | None = None) -> Verdict:
    return validator.judge(validator.sign(make_samples([text]))[0], before=before)


def accept(validator: Novelty, *texts: str, first: int = 0) -> None:
    for sequence, signature in enumerate(validator.sign(make_samples(texts)), start=first):
        validator.add(signature, sequence)


def test_a_row_over_the_threshold_is_rejected_with_the_row_it_resembles() -> None:
    validator = novelty()
    accept(validator, "name three rivers", LONG)
    verdict = judged(validator, SHORT)
    assert not verdict.passed
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("not_novel", 0.8, 0.7)
    assert verdict.evidence == f"row 1: {LONG}"
    assert verdict.score == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("shared", "alone", "passed"),
    [(7, 6, True), (7, 5, False), (14, 12, True), (14, 11, False), (21, 18, True), (28, 23, False)],
)
def test_exactly_0_7_is_kept_and_anything_over_it_rejected(shared: int, alone: int, passed: bool) -> None:
    """2 * 7 / (7 + 13) is 0.7; one word less makes it more."""
    validator = novelty()
    accept(validator, " ".join(f"w{i}" for i in range(shared)))
    assert judged(validator, " ".join(f"w{i}" for i in range(shared + alone))).passed is passed


@pytest.mark.parametrize("option", ["max_rouge_l", "max_bag_of_words"])
@pytest.mark.parametrize(("at_threshold", "passed"), [("keep", True), ("reject", False)])
def test_what_happens_at_the_threshold_is_an_option(option: str, at_threshold: str, passed: bool) -> None:
    validator = novelty(**{"max_rouge_l": None, option: 0.8, "at_threshold": at_threshold})
    accept(validator, LONG)
    assert judged(validator, SHORT).passed is passed


def test_the_inequality_holds_at_every_length_where_floats_could_round() -> None:
    """F = 2 * c / (m + n) = 0.7 exactly whenever m + n = 20 j and c = 7 j: always kept."""
    for j in range(1, 40):
        validator = novelty()
        accept(validator, " ".join(f"w{i}" for i in range(7 * j)))
        assert judged(validator, " ".join(f"w{i}" for i in range(13 * j))).passed


def test_a_shuffled_seed_passes_rouge_l_and_fails_on_its_bag_of_words() -> None:
    seed, shuffled = "add this song to my summer playlist", "playlist summer my to song this add"
    assert judged(novelty((seed,)), shuffled).passed
    verdict = judged(novelty((seed,), max_bag_of_words=0.9), shuffled)
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("not_novel_words", 1.0, 0.9)
    assert verdict.evidence == f"seed seed0: {seed}"


def test_two_equal_texts_of_another_script_are_not_novel() -> None:
    for text in ("播放一首轻松的音乐", "добавь эту песню в мой список", "อยากฟังเพลง"):
        verdict = judged(novelty((text,)), text)
        assert (verdict.reason, verdict.measured) == ("not_novel", 1.0)


def test_seeds_are_left_out_on_request() -> None:
    assert judged(novelty((LONG,), against_seeds=False), LONG).passed


def test_seeds_are_visible_whatever_rows_are() -> None:
    assert not judged(novelty((LONG,)), LONG, before=0).passed


def test_only_rows_of_a_lower_sequence_number_are_seen() -> None:
    validator = novelty(("name three rivers",))
    accept(validator, "tell me a joke", LONG)
    assert judged(validator, LONG, before=1).passed
    assert not judged(validator, LONG, before=2).passed


def test_a_row_without_words_is_novel_until_one_is_accepted() -> None:
    validator = novelty((LONG,))
    first = judged(validator, "?!")
    assert first.passed
    assert first.score == 1.0
    accept(validator, "?!")
    assert judged(validator, "...").reason == "not_novel"


def test_a_row_without_the_field_is_rejected() -> None:
    validator = novelty(field="question")
    with_field = Sample(id="a", fields={"question": "why?"})
    _, signature = validator.sign([with_field, Sample(id="b")])
    verdict = validator.judge(signature)
    assert (verdict.passed, verdict.reason) == (False, "missing_field")
    with pytest.raises(ValueError, match="can't have been accepted"):
        validator.add(signature, 0)


def test_a_field_that_no_row_has_is_an_error_that_names_the_fields_there_are() -> None:
    with pytest.raises(InputError, match="no row has the field 'qestion'") as caught:
        novelty(field="qestion").sign([Sample(id="a", fields={"question": "why?"})])
    assert "question" in str(caught.value)


def test_several_fields_are_compared_as_one_text() -> None:
    validator = novelty(field=["input", "response"])
    row = Sample(id="a", input="write a poem about", response="the deep blue sea")
    validator.add(validator.sign([row])[0], 0)
    same_answer = replace(row, input="name four things that are cold and wet")
    assert not validator.judge(validator.sign([row])[0]).passed
    assert validator.judge(validator.sign([same_answer])[0]).passed


def test_a_seed_is_compared_by_the_column_of_that_name() -> None:
    seed = Seed(id="s", text="instruction words", row={"topic": LONG})
    validator = Novelty(NoveltyConfig(field="topic"), make_inputs([seed]))
    assert not validator.judge(validator.sign([Sample(id="a", fields={"topic": LONG})])[0]).passed
    assert validator.notices() == ()


def test_seeds_without_the_field_are_announced() -> None:
    validator = Novelty(NoveltyConfig(field="topic"), make_inputs(["one", "two"]))
    assert validator.notices() == ("2 of 2 seeds have no field 'topic' and aren't compared",)


def test_something_must_be_measured() -> None:
    with pytest.raises(ValidationError, match="nothing is measured"):
        NoveltyConfig(max_rouge_l=None)


def test_rows_must_be_added_in_order() -> None:
    validator = novelty()
    accept(validator, LONG, first=4)
    with pytest.raises(ValueError, match="comes after"):
        accept(validator, SHORT, first=4)


@pytest.mark.parametrize("text", ["", "x", "\ud800", "\x00", "播", "a " * 500_000, "ab" * 500_000])
def test_odd_texts_are_judged_and_added(text: str) -> None:
    validator = novelty(("play some jazz",))
    assert judged(validator, text).passed
    accept(validator, text)
    assert not judged(validator, text).passed


@settings(max_examples=50)
@given(st.lists(st.text(st.sampled_from("ab 音,"), max_size=12), max_size=8), st.text(max_size=12))
def test_an_accepted_text_is_never_novel_again(pool: list[str], text: str) -> None:
    validator = novelty(max_bag_of_words=0.9)
    accept(validator, *pool, text)
    assert judged(validator, text).passed is False


@settings(max_examples=50)
@given(
    st.lists(st.text(st.sampled_from("abc "), max_size=12), max_size=8),
    st.text(st.sampled_from("abc "), max_size=12),
)
def test_judging_changes_nothing(pool: list[str], text: str) -> None:
    judging, silent = novelty(), novelty()
    for sequence, signature in enumerate(judging.sign(make_samples(pool))):
        assert judged(judging, text) == judged(judging, text)
        judging.add(signature, sequence)
        silent.add(signature, sequence)
    assert judged(judging, text) == judged(silent, text)


def test_signatures_survive_pickling() -> None:
    validator = novelty((LONG,))
    signature = pickle.loads(pickle.dumps(validator.sign(make_samples([SHORT]))[0]))
    assert validator.judge(signature) == judged(validator, SHORT)


def test_a_rebuilt_index_gives_the_same_verdicts() -> None:
    rng = random.Random(1)
    rows = [
        " ".join(rng.choices(["play", "some", "jazz", "rock", "for", "me", "now", "please"], k=6))
        for _ in range(60)
    ]
    first, second = novelty(), novelty()
    accept(first, *rows[:20])
    accept(first, *rows[20:40], first=20)
    accept(second, *rows[:40])
    assert [judged(first, row) for row in rows[40:]] == [judged(second, row) for row in rows[40:]]


def test_the_hook_declares_the_component() -> None:
    (component,) = datagen_plugin_novelty.datagen_validators()
    assert component.name == "novelty"
    assert component.load_config() is NoveltyConfig
    assert component.load_impl() is Novelty


def test_discovery_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pydantic", "sklearn", "rensa", "rapidfuzz", "jsonschema_rs"}
    code = f"import sys, datagen_plugin_novelty; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_arabic_is_compared_by_its_words() -> None:
    validator = novelty()
    accept(validator, "اكتب قصيدة طويلة عن البحر في الشتاء")
    near = judged(validator, "اكتب قصيدة قصيرة عن البحر في الشتاء")
    assert (near.reason, near.measured) == ("not_novel", 6 / 7)  # one of seven words differs
    assert judged(validator, "ما هي عاصمة مصر").passed
