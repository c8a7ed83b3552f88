from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import datagen_plugin_similarity
import numpy as np
import pytest
from datagen_plugin_similarity.config import SimilarityConfig
from datagen_plugin_similarity.similarity import Similarity
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Config, Context, Embedder, InputError, Sample, Seed, Verdict
from datagen_core.embeddings import Embeddings
from datagen_core.testing import make_inputs, make_samples

SONG = "please add this wonderful song to my summer playlist"
TYPO = "please add this wonderful song to my sumer playlist"
OTHER = "what will the weather be like in Paris tomorrow"

AT = {
    "east": (1.0, 0.0),
    "north": (0.0, 1.0),
    "west": (-1.0, 0.0),
    "near east": (0.8, 0.6),
    "none": (0.0, 0.0),
}
"""Cosine of east and near east: 0.8; of north and near east: 0.6."""


class Compass(Embedder[Config]):
    """An embedder that knows these texts alone; it isn't `hashing`, so it counts as one that may know meaning."""

    def embed(self, texts: Sequence[str]) -> Any:
        return np.array([AT[text] for text in texts], dtype=np.float32)


def similarity(
    seeds: Sequence[str | Seed] = (), more: Mapping[str, Any] = {}, **options: object
) -> Similarity:
    return Similarity(SimilarityConfig.model_validate(options), make_inputs(seeds, **more))


def compass(seeds: Sequence[str | Seed] = (), **options: object) -> Similarity:
    return similarity(seeds, {"embeddings": Embeddings(Compass(Config()))}, **options)


def judged(validator: Similarity, text: str, before: int | None = None) -> Verdict:
    return validator.judge(validator.sign(make_samples([text]))[0], before=before)


def accept(validator: Similarity, *texts: str, first: int = 0) -> None:
    for sequence, signature in enumerate(validator.sign(make_samples(texts)), start=first):
        validator.add(signature, sequence)


# -- too near ---------------------------------------------------------------------------------------------------


def test_a_row_that_shares_nearly_all_wording_with_an_accepted_one_is_rejected() -> None:
    validator = similarity()
    accept(validator, OTHER, SONG)
    verdict = judged(validator, TYPO)
    assert (verdict.passed, verdict.reason, verdict.evidence) == (False, "too_similar", "row 1")
    assert isinstance(verdict.measured, float) and 0.85 < verdict.measured < 1
    assert verdict.score == 1 - verdict.measured
    assert judged(validator, "how tall is the Eiffel tower").passed


@pytest.mark.parametrize(("limit", "passed"), [(0.8, True), (0.799999, False), (0.800001, True)])
def test_exactly_at_the_limit_a_row_is_kept(limit: float, passed: bool) -> None:
    verdict = judged(compass(["east"], max_cosine_similarity=limit), "near east")
    assert verdict == Verdict(
        passed=passed,
        score=1 - 0.8,
        reason=None if passed else "too_similar",
        measured=0.8,
        threshold=limit,
        evidence=None if passed else "seed seed0",
    )


def test_an_equal_text_has_the_cosine_1_and_a_limit_of_1_keeps_it() -> None:
    assert judged(similarity([SONG]), SONG).measured == 1.0
    assert judged(similarity([SONG], max_cosine_similarity=1), SONG).passed
    assert not judged(similarity([SONG], max_cosine_similarity=0.999999), SONG).passed


def test_the_nearest_of_seeds_and_rows_decides_a_seed_before_a_row() -> None:
    validator = compass(["north"], max_cosine_similarity=0.5)
    assert judged(validator, "near east").evidence == "seed seed0"
    accept(validator, "east")
    assert judged(validator, "near east").evidence == "row 0"
    accept(validator, "north", first=1)
    assert judged(validator, "north").evidence == "seed seed0"


def test_opposite_vectors_are_as_far_as_can_be_and_the_score_stays_in_its_range() -> None:
    assert judged(compass(["east"]), "west") == Verdict(passed=True, score=1.0, measured=-1.0, threshold=0.85)


def test_with_nothing_to_compare_with_a_row_passes_with_full_score() -> None:
    assert judged(similarity(), SONG) == Verdict(passed=True, score=1.0, threshold=0.85)


def test_seeds_and_rows_are_left_out_on_request() -> None:
    assert judged(similarity([SONG], against_seeds=False), SONG).passed
    validator = similarity(against_pool=False)
    accept(validator, SONG)
    assert judged(validator, SONG).passed
    assert not judged(similarity([SONG], against_pool=False), SONG).passed


def test_only_rows_of_a_lower_sequence_number_are_seen() -> None:
    validator = similarity(["stop"])
    accept(validator, OTHER, SONG)
    assert judged(validator, SONG, before=1).passed
    assert not judged(validator, SONG, before=2).passed


# -- the topic --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "passed"), [(0.8, True), (0.800001, False), (0.799999, True)])
def test_exactly_at_the_least_topic_similarity_a_row_is_kept(limit: float, passed: bool) -> None:
    verdict = judged(
        compass(topic="east", min_topic_similarity=limit, max_cosine_similarity=None), "near east"
    )
    assert verdict == Verdict(
        passed=passed,
        score=0.8,
        reason=None if passed else "off_topic",
        measured=0.8,
        threshold=limit,
        evidence=None if passed else "nearest: topic «east»",
    )


def test_by_default_the_nearest_seed_shows_the_topic() -> None:
    validator = compass(["west", "east"], min_topic_similarity=0.5, against_seeds=False)
    assert judged(validator, "near east").passed
    verdict = judged(validator, "north")
    assert (verdict.reason, verdict.measured, verdict.score, verdict.evidence) == (
        "off_topic",
        0.0,
        0.0,
        "nearest: seed seed0",
    )


def test_words_show_the_topic_where_they_are_given_or_there_are_no_seeds() -> None:
    assert judged(compass(["west"], topic="north", min_topic_similarity=0.5), "near east").passed
    assert (
        judged(compass(["north"], min_topic_similarity=0.5, topic_from="seeds"), "west").reason == "off_topic"
    )
    by_domain = similarity((), {"domain": "paris", "task": "weather"}, min_topic_similarity=0.1)
    assert judged(by_domain, "the weather of Paris").passed
    assert judged(by_domain, "a chess opening").reason == "off_topic"


def test_a_row_on_topic_may_still_be_too_similar() -> None:
    validator = compass(["east"], min_topic_similarity=0.5)
    assert judged(validator, "east").reason == "too_similar"
    assert judged(validator, "north").reason == "off_topic"


@pytest.mark.parametrize("options", [{}, {"topic_from": "text"}, {"topic_from": "seeds"}, {"topic": "?!"}])
def test_a_topic_that_nothing_shows_is_an_error_before_any_row(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="nothing shows the topic"):
        similarity(min_topic_similarity=0.2, **options)


# -- rows with nothing to go by ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "?!", " \n"])
def test_a_row_without_words_passes_without_a_score_whatever_was_accepted(text: str) -> None:
    validator = similarity([SONG])
    accept(validator, text)
    assert judged(validator, text) == Verdict(passed=True)
    assert judged(validator, TYPO).evidence == "seed seed0"


def test_a_row_without_words_fails_where_a_topic_is_demanded() -> None:
    assert judged(similarity([SONG], min_topic_similarity=0.1), "?!") == Verdict(
        passed=False, reason="no_words", threshold=0.1
    )


def test_a_row_without_the_field_is_rejected() -> None:
    validator = similarity(field="question")
    with_field = Sample(id="a", fields={"question": "why?"})
    _, signature = validator.sign([with_field, Sample(id="b")])
    verdict = validator.judge(signature)
    assert (verdict.passed, verdict.reason, verdict.score) == (False, "missing_field", None)
    with pytest.raises(ValueError, match="can't have been accepted"):
        validator.add(signature, 0)


def test_a_field_that_no_row_has_is_an_error_that_names_the_fields_there_are() -> None:
    with pytest.raises(InputError, match="no row has the field 'qestion'"):
        similarity(field="qestion").sign([Sample(id="a", fields={"question": "why?"})])


def test_a_seed_is_compared_by_the_column_of_that_name() -> None:
    seeds = [Seed(id="s", text="one", row={"topic": SONG}), Seed(id="t", text="two")]
    validator = similarity(seeds, field="topic")
    assert validator.judge(validator.sign([Sample(id="a", fields={"topic": SONG})])[0]).evidence == "seed s"
    assert "1 of 2 seeds have no field 'topic' and aren't compared" in validator.notices()


# -- scripts, order, pickling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "edited", "other"),
    [
        ("明天下午北京会下大雨吗请告诉我", "明天下午北京会下小雨吗请告诉我", "播放一首轻松的音乐"),
        ("هل ستمطر غدا في القاهرة بعد الظهر", "هل ستمطر غدا في القاهره بعد الظهر", "شغل أغنية هادئة"),
        ("พรุ่งนี้ฝนจะตกที่กรุงเทพไหม", "พรุ่งนี้ฝนจะตกที่กรุงเทพมั้ย", "เปิดเพลงแจ๊สให้ฟังหน่อย"),
        ("book a 三人 table в Москве", "book a 三人 table в Москве!", "quelle heure est-il"),
    ],
)
def test_wording_is_compared_in_any_script(text: str, edited: str, other: str) -> None:
    near, far = judged(similarity([text]), edited), judged(similarity([text]), other)
    assert isinstance(near.measured, float) and isinstance(far.measured, float)
    assert near.measured > 0.6 > 0.3 > far.measured


def test_rows_must_be_added_in_order() -> None:
    validator = similarity()
    accept(validator, SONG, first=4)
    with pytest.raises(ValueError, match="comes after"):
        accept(validator, OTHER, first=4)


def test_validator_and_signatures_survive_pickling() -> None:
    validator = similarity([SONG], min_topic_similarity=0.1)
    accept(validator, OTHER)
    again = pickle.loads(pickle.dumps(validator))
    signature = pickle.loads(pickle.dumps(validator.sign(make_samples([TYPO]))[0]))
    assert again.judge(signature) == validator.judge(signature) == judged(validator, TYPO)
    assert again.notices() == validator.notices()


@settings(max_examples=40)
@given(st.lists(st.text("abc ", max_size=20), max_size=8), st.text("abc ", max_size=20), st.integers(0, 8))
def test_looking_back_equals_a_smaller_pool(pool: list[str], text: str, before: int) -> None:
    whole, part = similarity(["a cab"]), similarity(["a cab"])
    accept(whole, *pool)
    accept(part, *pool[:before])
    assert judged(whole, text, before=before) == judged(part, text)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=20), max_size=6), st.text(max_size=20))
def test_an_accepted_text_with_words_is_too_similar_ever_after(pool: list[str], text: str) -> None:
    validator = similarity()
    accept(validator, *pool, text)
    verdict = judged(validator, text)
    assert verdict == Verdict(passed=True) or (verdict.reason, verdict.measured) == ("too_similar", 1.0)


# -- options, notices, suggestions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"max_cosine_similarity": None}, "nothing is measured"),
        ({"against_seeds": False, "against_pool": False}, "nothing is measured"),
        ({"topic": "music"}, "topic is read"),
        ({"topic": "music", "min_topic_similarity": 0.1, "topic_from": "seeds"}, "topic is read"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        SimilarityConfig.model_validate(options)


def test_it_says_what_the_hashing_embedder_is_not_good_for() -> None:
    assert ["wording" in notice for notice in similarity().notices()] == [True]
    in_words = similarity(topic="music", min_topic_similarity=0.1).notices()
    assert any("topic in words" in notice for notice in in_words)
    by_seeds = similarity([SONG], min_topic_similarity=0.1).notices()
    assert not any("topic in words" in notice for notice in by_seeds)


def test_it_says_that_the_default_limit_was_chosen_for_another_embedder() -> None:
    assert any("choose one" in notice for notice in compass().notices())
    assert compass(max_cosine_similarity=0.9).notices() == []


@pytest.mark.parametrize(
    ("constraints", "options"),
    [
        ({}, None),
        ({"topic": "music"}, None),
        ({"max_similarity": "low"}, None),
        ({"max_similarity": True}, None),
        ({"max_similarity": 90}, None),
        ({"min_topic_similarity": 0.3}, None),
        ({"max_similarity": 0.9}, {"max_cosine_similarity": 0.9}),
        ({"max_cosine_similarity": 1}, {"max_cosine_similarity": 1.0}),
        ({"min_topic_similarity": 0.3, "topic": "music"}, {"min_topic_similarity": 0.3, "topic": "music"}),
    ],
)
def test_it_is_suggested_where_constraints_name_a_limit(
    constraints: dict[str, Any], options: dict[str, Any] | None
) -> None:
    inputs = make_inputs(constraints=constraints)
    found = Similarity.suggestion(inputs, Context())
    assert (None if found is None else dict(found.options)) == options
    if found is not None:
        assert found.why == f"constraints.{next(iter(constraints))} asks for it"
        Similarity(SimilarityConfig.model_validate(found.options), inputs)


def test_a_topic_limit_is_suggested_where_seeds_show_the_topic() -> None:
    inputs = make_inputs([SONG], constraints={"min_topic_similarity": 0.3})
    found = Similarity.suggestion(inputs, Context())
    assert found is not None and found.options == {"min_topic_similarity": 0.3}


def test_the_hook_declares_the_component() -> None:
    (component,) = datagen_plugin_similarity.datagen_validators()
    assert component.name == "similarity"
    assert component.load_config() is SimilarityConfig
    assert component.load_impl() is Similarity


def test_discovery_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pydantic", "sklearn", "torch"}
    code = f"import sys, datagen_plugin_similarity; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
