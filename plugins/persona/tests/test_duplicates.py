from __future__ import annotations

import random

import pytest
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.duplicates import WordSets
from datagen_plugin_persona.known import Known
from datagen_plugin_persona.personas import Made, Persona
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.model import ModelError
from datagen_core.testing import make_request
from datagen_core.words import words

NINE = "one two three four five six seven eight nine"


def jaccard(a: str, b: str) -> float:
    one, other = set(words(a)), set(words(b))
    return len(one & other) / len(one | other)


# -- by words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "similarity"),
    [
        (f"{NINE} ten", 0.9),  # 9 of 10: exactly at the threshold, a duplicate
        (NINE, 1.0),
        (
            "NINE, eight, seven, six, five, four, three, two. One!",
            1.0,
        ),  # sets of words, without order or case
        (f"{NINE} one two three", 1.0),
    ],
)
def test_a_share_of_nine_tenths_of_the_words_is_a_duplicate(text: str, similarity: float) -> None:
    known = WordSets(0.9)
    known.add("a text without any of these")
    known.add(NINE)
    assert known.nearest(text) == (similarity, NINE)


@pytest.mark.parametrize("text", [f"{NINE} ten eleven", "one two three four five six seven eight", "", "…"])
def test_less_is_none(text: str) -> None:
    """9 of 11, 8 of 9, and texts without words."""
    known = WordSets(0.9)
    known.add(NINE)
    assert known.nearest(text) is None


@pytest.mark.parametrize(
    ("one", "other", "is_duplicate"),
    [
        ("在医院工作的护士喜欢", "在医院工作的护士喜", True),  # 9 of 10 characters
        ("在医院工作的护士喜欢", "在医院工作的护士", False),
        ("طبيبة أطفال في القاهرة", "طبيبة أطفال في القاهرة", True),
        ("طبيبة أطفال في القاهرة", "طبيبة أسنان في القاهرة", False),
        ("Пасечник из Альп", "пасечник из альп!", True),
    ],
)
def test_words_of_all_scripts_count(one: str, other: str, is_duplicate: bool) -> None:
    known = WordSets(0.9)
    known.add(one)
    assert (known.nearest(other) is not None) is is_duplicate


SHORT = st.lists(st.sampled_from("abcdefghijkl"), max_size=12).map(" ".join)


@given(st.lists(SHORT, max_size=12), SHORT, st.sampled_from([0.1, 0.3, 0.5, 0.55, 0.7, 0.9, 1.0]))
def test_the_index_finds_what_comparing_with_all_finds(texts: list[str], text: str, threshold: float) -> None:
    known = WordSets(threshold)
    for one in texts:
        known.add(one)
    alike = [(jaccard(text, one), one) for one in texts if words(text) and words(one)]
    best = max((similarity for similarity, _ in alike), default=0.0)
    first = next((one for similarity, one in alike if similarity == best), None)
    assert known.nearest(text) == ((best, first) if best >= threshold else None)


@given(st.lists(SHORT.filter(words), min_size=1, max_size=15), st.sampled_from([0.3, 0.5, 0.9]))
def test_what_is_kept_of_a_batch_is_not_alike_and_what_is_refused_is_alike_one_kept(
    texts: list[str], threshold: float
) -> None:
    made = [Made(found=Persona(text=text, derivation={"depth": 0})) for text in texts]
    after = Known(PersonaConfig(near_jaccard=threshold), []).by_words(made)
    kept: list[str] = []
    for text, one in zip(texts, after, strict=True):
        nearest = max((jaccard(text, other) for other in kept), default=0.0)
        assert isinstance(one.found, Persona) is (nearest < threshold)
        if isinstance(one.found, Persona):
            kept.append(text)


def test_the_second_of_two_alike_in_a_batch_is_refused_and_costs_no_row(desk) -> None:
    personas = [f"{NINE} ten", NINE, f"{NINE} ten eleven twelve"]
    model = desk(text=lambda request, call: {"persona": personas[call]})

    first, second, third = model.make(3, depth=0)

    assert first.metadata.method["persona"] == personas[0]
    assert (second.reason, second.measured, second.threshold) == ("persona_duplicate", 0.9, 0.9)
    assert second.text == NINE and personas[0] in second.rule
    assert second.trace.parents and second.trace.processing_steps[0].params["temperature"] == 0.7
    assert third.metadata.method["persona"] == personas[2]
    assert model.order == ["text"] * 3 + ["row"] * 2


def test_a_persona_of_an_accepted_row_counts_whichever_arm_made_it(desk, pool) -> None:
    old = {"persona_id": "x", "persona": NINE, "derivation": {"depth": 0, "file": "p.txt"}}
    model = desk(text={"persona": f"{NINE} ten"})
    request = make_request(1, pool=pool(old, {"angle": "of a row without a persona"}))

    (row,) = model.make(request=request, depth=0)

    assert (row.reason, row.measured) == ("persona_duplicate", 0.9)


# -- by embeddings ------------------------------------------------------------------------------------------

AXIS, NEAR = (10, 0, 0, 0), (9, 3, 3, 1)
"""(9, 3, 3, 1) is exactly 10 long: the cosine is 0.9."""


@pytest.mark.parametrize(("near_cosine", "is_duplicate"), [(0.9, True), (0.9000001, False)])
def test_a_cosine_of_exactly_the_threshold_is_a_duplicate(desk, near_cosine, is_duplicate) -> None:
    model = desk(vector=lambda text: NEAR if "mechanic1" in text else AXIS)

    first, second = model.make(2, depth=0, embedder="embedder", near_cosine=near_cosine)

    assert first.metadata.method["persona"] in model.embedded
    if is_duplicate:
        assert (second.reason, second.measured, second.threshold) == ("persona_duplicate", 0.9, 0.9)
        assert "cosine" in second.rule
    else:
        assert second.metadata.method["persona"] in model.embedded


def test_meaning_is_compared_with_accepted_personas_and_after_words(desk, pool) -> None:
    old = {"persona_id": "x", "persona": "an old one", "derivation": {"depth": 0, "text": "gone"}}
    vectors = {"an old one": (0, 1, 0, 0), "the same in other words": (0, 2, 0, 0)}
    personas = ["a new one here", "a new one here", "the same in other words"]
    model = desk(
        text=lambda r, call: {"persona": personas[call]}, vector=lambda text: vectors.get(text, AXIS)
    )

    rows = model.make(request=make_request(3, pool=pool(old)), depth=0, embedder="embedder")

    assert [getattr(row, "reason", "") for row in rows] == ["", "persona_duplicate", "persona_duplicate"]
    assert "words" in rows[1].rule and "an old one" in rows[2].rule
    assert sorted(model.embedded) == ["a new one here", "an old one", "the same in other words"]


def test_what_cannot_be_embedded_is_not_passed(desk) -> None:
    broken = ModelError("no", kind="bad_request")
    model = desk(vector=lambda text: broken if "mechanic1" in text else AXIS)

    first, second = model.make(2, depth=0, embedder="embedder")

    assert first.response and second.reason == "model_bad_request"
    assert model.order.count("row") == 1


def test_without_an_embedder_none_is_asked_for(desk) -> None:
    model = desk()
    model.make(2)
    assert model.embedded == []


def test_order_of_the_pool_decides_nothing_but_the_nearest_named(desk, pool) -> None:
    noted = [{"persona_id": str(i), "persona": f"{NINE} {i}", "derivation": {}} for i in range(5)]
    for seed in range(3):
        random.Random(seed).shuffle(noted)
        (row,) = desk(text={"persona": NINE}).make(request=make_request(1, pool=pool(*noted)), depth=0)
        assert (row.reason, row.measured) == ("persona_duplicate", 0.9)
