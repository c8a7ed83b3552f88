from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_controlled.config import Constraints, ControlledConfig
from datagen_plugin_controlled.contradictions import contradictions
from datagen_plugin_controlled.generator import Controlled
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.errors import InputError
from datagen_core.testing import make_inputs


def build(own: dict[str, Any] | None = None, **inputs: Any) -> Controlled:
    given = {} if own is None else {"constraints": own}
    return Controlled(ControlledConfig.model_validate(given), make_inputs(**inputs))


@pytest.mark.parametrize(
    ("constraints", "said"),
    [
        ({"keywords": ["refund", {"words": ["refund"], "mode": "none_of"}]}, "wanted, and"),
        ({"keywords": ["refunds", {"words": ["refunding"], "mode": "none_of"}]}, "wanted, and"),
        ({"keywords": ["running shoes", {"words": ["shoe"], "mode": "none_of"}]}, '"shoe" forbidden'),
        (
            {
                "keywords": [
                    {"words": ["a", "b"], "mode": "at_least", "k": 2},
                    {"words": ["b"], "mode": "none_of"},
                ]
            },
            "forbidden",
        ),
        (
            {"keywords": {"words": ["one", "two"], "mode": "at_least", "k": 3}},
            "3 keywords are wanted out of 2",
        ),
        ({"keywords": ["refund", " "]}, "no letter"),
        (
            {"length": {"min_words": 30, "max_words": 20}},
            "at least 30 words are wanted, and at most 20 words",
        ),
        ({"length": {"min_chars": 30, "max_chars": 20}}, "30 chars"),
        ({"length": {"min_sentences": 5, "max_words": 4}}, "at most 4 words"),
        ({"length": {"min_words": 50, "max_chars": 40}}, "at most 40 chars"),
        ({"length": {"max_words": 2}, "keywords": ["red", "blue", "green"]}, "alone are 3 words"),
        ({"length": "short", "keywords": [f"w{i}" for i in range(41)]}, "alone are 41 words"),
        (
            {"length": {"max_words": 2}, "keywords": {"words": list("abcd"), "mode": "at_least", "k": 3}},
            "are 3 words",
        ),
        ({"length": {"max_chars": 8}, "keywords": ["refund", "parcel"]}, "characters"),
        ({"keywords": ["доставка"], "language": "en"}, "is Cyrillic, and the language en"),
        ({"keywords": ["доставка"]}, "is Cyrillic"),
        ({"keywords": ["退款"], "language": "ru"}, "is Han"),
        (
            {"complexity": "low", "length": {"min_words": 120, "max_sentences": 2}},
            "complexity low is below 7",
        ),
        ({"complexity": "medium", "length": {"min_words": 200, "max_sentences": 1}}, "complexity medium"),
        (
            {"complexity": "low", "language": "de", "length": {"min_words": 80, "max_sentences": 2}},
            "lix of 40.0",
        ),
    ],
)
def test_contradictions_are_found_before_any_call(constraints: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        build(constraints)
    assert said in str(caught.value) and caught.value.where == "with.constraints"


@pytest.mark.parametrize(
    "constraints",
    [
        {"keywords": ["start", {"words": ["art"], "mode": "none_of"}]},
        {"keywords": [{"words": ["a", "b"], "mode": "at_least"}, {"words": ["b"], "mode": "none_of"}]},
        {"keywords": ["C++", {"words": ["C#"], "mode": "none_of"}]},
        {"keywords": ["iPhone", "退款"], "language": "zh"},
        {"keywords": ["iPhone"], "language": "ru"},
        {"keywords": [{"words": ["доставка"], "mode": "none_of"}], "language": "en"},
        {"keywords": ["配達", "ケーキ"], "language": "ja"},
        {"length": {"max_words": 3}, "keywords": ["new york", "york city"]},
        {"length": {"min_words": 20, "max_words": 20}},
        {"complexity": "high", "length": {"max_words": 10}},
        {"complexity": "low", "length": {"min_words": 50, "max_sentences": 2}},
        {"complexity": "low", "language": "zh", "length": {"min_words": 120, "max_sentences": 1}},
    ],
)
def test_what_some_text_satisfies_is_none(constraints: dict[str, Any]) -> None:
    build(constraints)


def test_two_languages_contradict() -> None:
    with pytest.raises(InputError, match="the language is de, and the recipe's languages are fr"):
        build({"language": "de"}, languages=("fr",))
    build({"language": "de"}, languages=("fr", "de"))
    build({"language": "de-AT"}, languages=("de",))
    with pytest.raises(InputError, match="for several write coverage"):
        build(constraints={"language": ["de", "fr"]})
    with pytest.raises(ValidationError, match="a row has one"):
        build({"style": ["formal", "plain"]})


def test_a_cell_of_the_coverage_may_contradict_what_is_fixed() -> None:
    words = [f"w{i}" for i in range(50)]
    with pytest.raises(InputError, match="alone are 50 words"):
        build({"keywords": words}, coverage={"length": ("medium", "short")})
    with pytest.raises(InputError, match="the language de isn't written so"):
        build({"keywords": ["доставка"]}, coverage={"language": ("ru", "de")})
    build({"keywords": words}, coverage={"length": ("medium", "long")})


@pytest.mark.parametrize(("key", "value"), [("length", "tiny"), ("complexity", "extreme"), ("language", "?")])
def test_a_value_of_the_coverage_that_is_none_of_its_kind_is_refused(key: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        build({"tone": "friendly"}, coverage={key: (value,)})
    assert caught.value.where == f"coverage.{key}"


def test_a_label_needs_others_that_it_is_judged_against() -> None:
    config = ControlledConfig.model_validate(
        {"constraints": {"tone": "warm"}, "alternatives": {"tone": ["Warm"]}}
    )
    with pytest.raises(InputError, match="nothing that it is judged against"):
        Controlled(config, make_inputs())


bounds = st.tuples(st.integers(1, 50), st.integers(1, 50))


@given(bounds, bounds)
def test_bounds_contradict_exactly_where_no_text_has_them(
    words: tuple[int, int], sentences: tuple[int, int]
) -> None:
    length = dict(
        min_words=words[0], max_words=words[1], min_sentences=sentences[0], max_sentences=sentences[1]
    )
    found = list(contradictions(Constraints.model_validate({"length": length}), "en"))
    some = any(w >= s for w in range(words[0], words[1] + 1) for s in range(sentences[0], sentences[1] + 1))
    assert bool(found) is not some
