from __future__ import annotations

from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.answers import (
    MAX_SHORT_WORDS,
    Answer,
    Comparison,
    agreement,
    final,
    normal,
    token_f1,
)

LONG = "Thirteen years after the war had ended the two old friends met again in a small café by the river in Paris."


def agreed(one: str, other: str, how: Comparison = "auto", tolerance: str = "0") -> float | None:
    a, b = Answer.of(one, how), Answer.of(other, how)
    first, second = agreement(a, b, how, Fraction(tolerance)), agreement(b, a, how, Fraction(tolerance))
    assert first == second
    return first


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Paris", "Paris"),
        ("The answer is Paris.", "paris."),
        ("Final answer: **7**", "7"),
        ("3 + 4 = 7\n#### 7", "7"),
        ("First the answer is 3. No: the answer is 4.", "4."),
        (r"So $x = \boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
        (LONG + " So the answer is 12. I am sure of it, for I have counted it twice and once more.", "12"),
        ("因此答案是42。", "42。"),
        ("答えは42です", "42です"),
        ("La respuesta es 42.", "42."),
        ("La réponse est 42.", "42."),
        ("Die Antwort lautet 42.", "42."),
        ("Ответ: 42", "42"),
        ("الجواب هو ٤٢", "٤٢"),
        ("คำตอบคือ 42", "42"),
        ("उत्तर: 42", "42"),
    ],
)
def test_the_final_answer_is_what_follows_the_last_cue(text: str, answer: str) -> None:
    assert final(text) == answer


def test_a_long_text_without_a_cue_has_no_final_answer() -> None:
    assert final(LONG) is None
    assert final(" ".join(["word"] * MAX_SHORT_WORDS)) is not None
    assert final(" ".join(["word"] * (MAX_SHORT_WORDS + 1))) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("The U.S. Congress!", "us congress"),
        ("An apple", "apple"),
        ("(a)", "a"),
        ("A, B", "a b"),
        ("C#", "c#"),
        ("C++.", "c++"),
        ("rock-and-roll", "rock and roll"),
        ("Ｐａｒｉｓ", "paris"),
        ("巴黎。", "巴黎"),
        ("«Москва»", "москва"),
        ("؟", "؟"),
        ("version 3.5", "version 3.5"),
    ],
)
def test_case_punctuation_and_a_first_article_dont_make_another_answer(text: str, form: str) -> None:
    assert normal(text) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5", "5.0 apples"),
        ("$1,250", "1250 dollars"),
        ("five", "5"),
        ("٣", "3"),
        ("五", "5"),
        (r"\boxed{\frac{1}{2}}", "0.5"),
        ("Paris", "The answer is Paris."),
        ("Paris", "Paris, in France"),
        ("yes", "Yes, it does."),
        ("巴黎", "答案是巴黎。"),
        ("कल", "उत्तर: कल"),
        ("พรุ่งนี้", "คำตอบคือ พรุ่งนี้"),
        ("غدا", "الجواب هو غدا"),
        ("Paris", LONG),
    ],
)
def test_the_same_answer_in_other_words_agrees(one: str, other: str) -> None:
    assert agreed(one, other) == 1.0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5", "6"),
        ("5", "-5"),
        ("1.234", "1,234"),
        ("yes", "no"),
        ("true", "not true"),
        ("A", "B"),
        ("C", "C++"),
        ("巴黎", "伦敦"),
        ("كلب", "قط"),
        ("5", "several"),
    ],
)
def test_another_answer_disagrees(one: str, other: str) -> None:
    assert agreed(one, other) == 0.0


def test_a_short_answer_that_a_long_one_doesnt_hold_can_not_be_told() -> None:
    assert agreed("London", LONG) is None
    assert agreed("London", LONG, "similarity") == 0.0
    assert agreed("London", LONG, "numbers") is None


@pytest.mark.parametrize(("tolerance", "agrees"), [("0.01", 1.0), ("0.0099", 0.0), ("0", 0.0)])
def test_exactly_at_the_tolerance_numbers_agree(tolerance: str, agrees: float) -> None:
    assert agreed("100", "99", tolerance=tolerance) == agrees


def test_with_numbers_the_last_one_of_a_long_text_counts() -> None:
    text = f"{LONG} They had 3 coffees and 2 cakes between them, which is 5 things in all."
    assert agreed(text, "5", "numbers") == 1.0
    assert agreed(text, "3", "numbers") == 0.0


def test_exact_takes_no_longer_answer_for_the_same() -> None:
    assert agreed("Paris", "Paris, in France", "exact") == 0.0
    assert agreed("Paris", "paris.", "exact") == 1.0
    assert agreed("5", "5.0", "exact") == 0.0


def test_long_answers_agree_by_the_f1_of_their_words() -> None:
    """Of 4 and 2 words, 2 are shared: precision 1/2, recall 1, F1 2/3; a word counts as often as it is there."""
    assert token_f1("the cat sat down", "cat sat") == pytest.approx(2 / 3)
    assert token_f1("no no no", "no") == pytest.approx(0.5)
    assert token_f1("猫坐下", "猫坐") == pytest.approx(0.8)
    assert agreed("the cat sat down", "cat sat", "similarity") == pytest.approx(2 / 3)
    assert agreed(LONG, LONG.replace("Paris", "London")) == pytest.approx(21 / 22)


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(get_args(Comparison)))
def test_agreement_is_symmetric_and_within_0_and_1(one: str, other: str, how: Comparison) -> None:
    found = agreed(one, other, how)

    assert found is None or 0 <= found <= 1


@given(st.text(max_size=80).filter(str.strip), st.sampled_from(["auto", "exact", "similarity"]))
def test_an_answer_agrees_with_itself(text: str, how: Comparison) -> None:
    assert agreed(text, text, how) == 1.0


def test_a_megabyte_is_read_at_once() -> None:
    for text in ("1" * 10**6, "a " * 500_000, "\\boxed{" * 150_000, "answer: " * 120_000, "{}" * 500_000):
        assert agreed(text, text) == 1.0
