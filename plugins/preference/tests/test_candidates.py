from __future__ import annotations

import random
import time
from collections import Counter
from typing import Any

import pytest
from datagen_plugin_preference.candidates import Candidate, Slot, distinct, slots
from datagen_plugin_preference.config import PreferenceConfig
from datagen_plugin_preference.principles import NAMES, variants
from datagen_plugin_preference.refusals import is_refusal

from datagen_core.testing.reply_shapes import ASIDES, REFUSALS


def drawn(seed: int = 0, **options: object) -> tuple[Slot, ...]:
    return slots(PreferenceConfig.model_validate(options), random.Random(seed))


def test_models_take_turns_and_each_round_has_the_next_temperature() -> None:
    found = drawn(models=["a", "b"], temperatures=[0.7, 1.0], candidates=4)
    assert Counter((slot.alias, slot.temperature) for slot in found) == Counter(
        [("a", 0.7), ("b", 0.7), ("a", 1.0), ("b", 1.0)]
    )


def test_rows_begin_at_any_model_so_that_a_pool_larger_than_a_row_is_used_up() -> None:
    begun = Counter(drawn(seed, models=list("abcdef"), candidates=2)[0].alias for seed in range(200))
    assert set(begun) == set("abcdef") and min(begun.values()) > 10


def test_principles_are_drawn_for_each_candidate_from_those_named() -> None:
    told = [slot for seed in range(40) for slot in drawn(seed, principles=["brevity", "detail"])]
    assert {slot.principle for slot in told} == {"brevity", "detail"}
    assert all(slot.told in variants(slot.principle) for slot in told)
    assert {slot.told for slot in told} == {*variants("brevity"), *variants("detail")}
    four = {slot.principle for seed in range(40) for slot in drawn(seed, principles=True)}
    assert four == {"helpfulness", "truthfulness", "honesty", "verbalized_calibration"}
    assert {slot.told for slot in drawn()} == {""}


@pytest.mark.parametrize("principle", NAMES)
def test_each_principle_has_wordings_that_differ(principle: str) -> None:
    found = variants(principle)
    assert found and len(set(found)) == len(found) and all(line.strip() == line != "" for line in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The sky is blue.", "the  sky\nis BLUE"),
        ("Ｆｉｖｅ", "five"),
        ("天空是蓝色的。", "天空是蓝色的"),
        ("**Yes**", "Yes!"),
    ],
)
def test_candidates_that_say_the_same_count_once(one: str, other: str) -> None:
    assert [c.fault for c in distinct([Candidate(model="m", text=text) for text in (one, other)])] == [
        "",
        "duplicate",
    ]


@pytest.mark.parametrize(
    ("one", "other"), [("x = -1", "x = 1"), ("a + b", "a - b"), ("5", "-5"), ("是", "否"), ("3,5", "3.5")]
)
def test_a_sign_inside_is_a_difference(one: str, other: str) -> None:
    assert not any(c.fault for c in distinct([Candidate(model="m", text=text) for text in (one, other)]))


def test_a_faulty_candidate_is_nobodys_duplicate() -> None:
    cut = Candidate(model="m", text="Same", fault="truncated_answer")
    assert [c.fault for c in distinct([cut, Candidate(model="m", text="Same")])] == ["truncated_answer", ""]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>hm\nhm</think>\nBlue.", "Blue."),
        ("<think>hm</think>Blue.</s>  <|im_end|>", "Blue."),
        ("Blue.<|im_end|>\n", "Blue."),
        ("  Blue. ", "Blue."),
        ("Use <think> tags.", "Use <think> tags."),
    ],
)
def test_thoughts_before_an_answer_and_marks_after_it_are_no_part_of_it(
    panel: Any, text: str, expected: str
) -> None:
    (row,) = panel([text, "Red."], lambda said: 2 if said == "Red." else 8).make(candidates=2)
    assert row.response == expected


@pytest.mark.parametrize("hostile", [" " * 200_000 + "x", "<|im_end|>" * 20_000 + "x"])
def test_hostile_candidates_are_read_in_linear_time(panel: Any, hostile: str) -> None:
    start = time.process_time()
    (row,) = panel([f"Blue.{hostile}", "Red."], lambda said: 2 if said == "Red." else 8).make(candidates=2)
    assert row.response == f"Blue.{hostile}" and time.process_time() - start < 5


@pytest.mark.parametrize(
    "text",
    [
        *REFUSALS.values(),
        "I can’t help with that.",
        "I'm sorry, but I cannot provide instructions for that.",
        "Unfortunately, I won't be able to write this.",
        "I'm not comfortable discussing this topic.",
        "As a large language model, I am unable to open links.",
        "对不起，我不能回答这个问题。",
        "Je suis désolé, mais je ne peux pas vous aider.",
        "Lo siento, pero no puedo ayudarte con eso.",
        "Извините, я не могу помочь с этим.",
        "عذراً، لا أستطيع المساعدة في ذلك.",
        "申し訳ありませんが、お手伝いできません。",
    ],
)
def test_refusals_are_known_by_how_they_begin(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        *ASIDES.values(),
        "",
        "I'm sorry to hear that your plant died. Water it less next time.",
        "Sorry about the delay! The train leaves at 9.",
        "I can't believe it's not butter is a brand of spread.",
        "I can help with that.",
        "You can say: I can't help you today.",
        "As an AI language model works on tokens, it reads pieces of words.",
        "对不起是一种道歉的说法。",
        "Извините — это вежливое слово.",
    ],
)
def test_answers_that_begin_like_refusals_are_answers(text: str) -> None:
    assert not is_refusal(text)


def test_from_eighty_words_on_it_is_an_answer_after_all() -> None:
    start = "I can't provide medical advice, but"
    assert is_refusal(start + " word" * (79 - 7)) and not is_refusal(start + " word" * (80 - 7))
