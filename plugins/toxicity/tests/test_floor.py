from __future__ import annotations

import pickle
import time
from itertools import pairwise
from typing import Any

import pytest
from datagen_plugin_toxicity.config import ToxicityConfig
from datagen_plugin_toxicity.floor import Toxicity
from datagen_plugin_toxicity.windows import windows
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.sample import Message, Sample, Verdict

pytest.importorskip("profanity_check", reason="the extra sklearn isn't installed")

RUDE = "you are a stupid fucking idiot"
KIND = "The weather is lovely today, and the harbour is full of boats."
CHINESE = "明天北京会下雨吗？我想知道要不要带伞。"


def judge(row: Sample | str, inputs: Inputs | None = None, **options: Any) -> Verdict:
    row = Sample(id="1", response=row) if isinstance(row, str) else row
    return Toxicity(ToxicityConfig(**options), inputs or Inputs()).validate([row])[0]


@pytest.mark.parametrize(
    "text", [RUDE, "shut the fuck up", "go to hell you bitch", "what an asshole", "You fucking moron!"]
)
def test_offensive_english_is_rejected_with_the_place(text: str) -> None:
    verdict = judge(text)
    assert (verdict.passed, verdict.reason, verdict.threshold) == (False, "toxic", 0.5)
    assert isinstance(verdict.measured, float) and verdict.measured >= 0.5
    assert verdict.score == pytest.approx(1 - verdict.measured)
    assert verdict.evidence == f"response: 0–{len(text)}: «{text}»"


@pytest.mark.parametrize(
    "text", [KIND, "This was a terrible product and I want my money back.", "She studied law in Oslo."]
)
def test_blunt_or_sad_text_passes_with_a_score(text: str) -> None:
    verdict = judge(text)
    assert verdict.passed and verdict.score is not None and verdict.score > 0.5


def test_the_threshold_itself_is_toxic() -> None:
    text = "damn that was close"
    measured = judge(text).measured
    assert isinstance(measured, float) and 0.5 < measured < 1
    assert judge(text, threshold=measured).reason == "toxic"
    assert judge(text, threshold=measured + 1e-6).passed


@pytest.mark.parametrize("text", ["He is gay.", "black women", "He died of cancer in 1990."])
def test_names_of_groups_and_of_illnesses_are_among_its_false_alarms(text: str) -> None:
    assert judge(text).reason == "toxic"


def test_a_slur_doesnt_drown_in_a_long_answer() -> None:
    long = f"{KIND} " * 30
    text = f"{long}{RUDE}. {long}"
    assert judge(text, max_chars=100_000).passed, "taken whole it is outweighed"
    verdict = judge(text)
    assert verdict.reason == "toxic" and "stupid" in text
    place = text.index(RUDE)
    start, end = map(int, (verdict.evidence or "").removeprefix("response: ").split(":")[0].split("–"))
    assert start <= place and place + len(RUDE) <= end and end - start <= 300


def test_each_part_of_a_row_is_judged() -> None:
    assert (judge(Sample(id="1", input=RUDE, response=KIND)).evidence or "").startswith("input: ")
    chat = (Message(role="user", content=KIND), Message(role="assistant", content=RUDE))
    assert (judge(Sample(id="1", messages=chat)).evidence or "").startswith("messages[1] assistant: ")
    record = Sample(id="1", fields={"title": KIND, "notes": [{"text": RUDE}], "n": 3})
    assert (judge(record).evidence or "").startswith("fields.notes[0].text: ")


@pytest.mark.parametrize("text", ["", " \n", "👍", "?!", "\ud83d"])
def test_a_row_with_nothing_to_judge_passes_without_a_score(text: str) -> None:
    assert judge(text) == Verdict(passed=True)


@pytest.mark.parametrize("text", [CHINESE, "هل ستمطر غدا في القاهرة", "พรุ่งนี้ฝนจะตกไหม", "Завтра будет дождь"])
def test_other_scripts_are_not_judged_and_it_says_so(text: str) -> None:
    verdict = judge(text)
    assert verdict == Verdict(passed=True, evidence="not judged: response")
    verdict = judge(text, undefined="reject")
    assert (verdict.reason, verdict.score) == ("toxicity_undefined", None)
    assert verdict.evidence == "another script: response"


def test_a_toxic_part_beside_one_in_another_script_is_rejected() -> None:
    assert judge(Sample(id="1", input=CHINESE, response=RUDE)).reason == "toxic"
    mixed = judge(Sample(id="1", input=CHINESE, response=KIND))
    assert mixed == Verdict(passed=True, evidence="not judged: input")


def test_a_notice_names_the_languages_it_isnt_made_for() -> None:
    part = Toxicity(ToxicityConfig(), Inputs(languages=("en-GB", "de", "zh")))
    assert part.notices() == (
        "the model is made for en; it finds little in de, zh, and texts in other scripts pass unjudged",
    )
    assert Toxicity(ToxicityConfig(), Inputs()).notices() == ()


# -- windows --------------------------------------------------------------------------------------------------


def texts(text: str, max_chars: int) -> list[str]:
    return [window.text for window in windows("response", text, max_chars)]


def test_windows_hold_as_many_whole_sentences_as_fit() -> None:
    assert texts("One two. Three. Four five.", 100) == ["One two. Three. Four five."]
    assert texts("One two. Three. Four five.", 15) == ["One two. Three.", "Four five."]
    assert texts("One two. Three. Four five.", 14) == ["One two.", "Three.", "Four five."]


def test_a_sentence_that_is_too_long_is_cut_between_words_where_there_are_some() -> None:
    assert texts("one two three four five six", 12) == ["one two", "three four", "five six"]
    assert texts("abcdefghij" * 3, 12) == ["abcdefghijab", "cdefghijabcd", "efghij"]


@given(st.text(alphabet="ab .!?\n你。", max_size=200), st.integers(20, 60))
def test_windows_cover_every_letter_in_order_and_none_is_too_long(text: str, max_chars: int) -> None:
    found = list(windows("response", text, max_chars))
    assert all(window.end - window.start <= max_chars for window in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    covered = "".join(window.text for window in found)
    assert [c for c in covered if c.isalnum()] == [c for c in text if c.isalnum()]


# -- suggestion -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (Inputs(constraints={"safety": "strict"}), "constraints.safety asks for it"),
        (Inputs(constraints={"max_toxicity": 0.2}), "constraints.max_toxicity asks for it"),
        (Inputs(constraints={"tone": "family-friendly"}), "constraints.tone speaks of 'family-friendly'"),
        (Inputs(constraints={"avoid": ["profanity", "spam"]}), "constraints.avoid speaks of 'profanity'"),
        (Inputs(task_input={"audience": "children of 8"}), "task_input.audience speaks of 'children'"),
    ],
)
def test_a_recipe_that_wants_harmless_rows_is_told_to_use_it(inputs: Inputs, why: str) -> None:
    found = Toxicity.suggestion(inputs, Context())
    assert found is not None and (found.why, dict(found.options)) == (why, {})


@pytest.mark.parametrize(
    "inputs",
    [
        Inputs(),
        Inputs(constraints={"topic": "food safety"}),
        Inputs(constraints={"style": "type-safe code"}),
        Inputs(constraints={"safety": "strict"}, languages=("de",)),
        Inputs(constraints={"safety": "strict"}, labels=("toxic", "neutral")),
        Inputs(constraints={"safety": "strict"}, task="toxicity-classification"),
        Inputs(task_input={"audience": "engineers"}),
    ],
)
def test_any_other_recipe_is_not(inputs: Inputs) -> None:
    assert Toxicity.suggestion(inputs, Context()) is None


# -- robustness -----------------------------------------------------------------------------------------------


@given(st.text(max_size=120))
def test_any_text_is_judged(text: str) -> None:
    verdict = judge(text, undefined="reject")
    assert verdict.score is None or 0 <= verdict.score <= 1
    assert verdict.passed is (verdict.reason is None)


def test_a_megabyte_takes_about_a_second() -> None:
    judge(KIND)
    started = time.process_time()
    judge(" ".join(f"{KIND} {at}" for at in range(15_000)))
    assert time.process_time() - started < 10  # 0.9 on a core of its own


def test_it_pickles() -> None:
    part = Toxicity(ToxicityConfig(), Inputs())
    row = Sample(id="1", response=RUDE)
    assert pickle.loads(pickle.dumps(part)).validate([row]) == part.validate([row])
