from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_controlled.config import Constraints, Length
from datagen_plugin_controlled.judged import BUILT_IN, Judged, led
from datagen_plugin_controlled.keywords import Keywords
from datagen_plugin_controlled.language import Language
from datagen_plugin_controlled.readability import GRADE, LIX, Readability, flesch_kincaid, lix, syllables
from datagen_plugin_controlled.sizes import BANDS, Size, count_sentences, count_words
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.llm.label_scores import LabelScores


def uses(keywords: Any, text: str, language: str = "en") -> bool:
    groups = Constraints.model_validate({"keywords": keywords}).groups
    return bool(Keywords(groups, language).check(text).satisfied)


# -- keywords ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "text", "is_there"),
    [
        ("art", "They start at nine", False),
        ("art", "The art of the deal", True),
        ("run", "She was running late", True),
        ("run", "It runs.", True),
        ("run", "Prune the roses", False),
        ("Delivery", "two DELIVERIES a day", True),
        ("running shoes", "I ran in a running shoe", True),
        ("running shoes", "shoes for running", False),
        ("well-known", "a well known shop", True),
        ("don't", "Don’t touch", True),
        ("C++", "written in c++.", True),
        ("C++", "vitamin C, of course", False),
        ("C++", "in ABC++", False),
        ("50 %", "it costs 50 % less", True),
        ("%", "it costs 50% less", True),
    ],
)
def test_keywords_match_any_inflection_at_word_boundaries(word: str, text: str, is_there: bool) -> None:
    assert uses([word], text) is is_there


@pytest.mark.parametrize(
    ("language", "word", "text", "is_there"),
    [
        ("de", "Lieferung", "Beide Lieferungen kamen an.", True),
        ("de", "Rat", "Der Beirat tagt.", False),
        ("ru", "доставка", "Мы задержали доставку на день.", True),
        ("ru", "дом", "Ведомость готова.", False),
        ("ar", "كتاب", "هذا الكتاب جديد", True),
        ("ar", "كتاب", "هذه مدرسة جديدة", False),
        ("zh", "退款", "我们会在三天内退款给您。", True),
        ("zh", "退款", "我们会退还货款。", False),
        ("zh-Hans", "退款", "退款", True),
        ("ja", "配達", "明日配達します。", True),
        ("th", "ฝน", "พรุ่งนี้ฝนจะตกไหม", True),
        ("uk", "доставка", "Ваша доставка вже тут", True),
    ],
)
def test_keywords_match_in_other_languages(language: str, word: str, text: str, is_there: bool) -> None:
    assert uses([word], text, language) is is_there


def test_the_modes_all_at_least_and_none_of() -> None:
    two = {"words": ["refund", "parcel", "price"], "mode": "at_least", "k": 2}
    assert uses(two, "A refund for the parcels") and not uses(two, "A refund")
    one = {"words": ["refund", "parcel"], "mode": "at_least"}
    assert uses(one, "a parcel") and not uses(one, "nothing")
    none = {"words": ["cheap"], "mode": "none_of"}
    assert uses(none, "a fair price") and not uses(none, "the cheapest is cheap")
    assert uses(["refund", {"words": ["sorry"], "mode": "none_of"}], "a refund")
    assert not uses(["refund", {"words": ["sorry"], "mode": "none_of"}], "sorry, a refund")


def test_what_is_missing_and_what_is_forbidden_is_measured() -> None:
    groups = Constraints.model_validate(
        {"keywords": ["refund", "parcel", {"words": ["cheap"], "mode": "none_of"}]}
    ).groups
    found = Keywords(groups, "en").check("A cheap parcel")
    assert found.measured == {"missing": ["refund"], "forbidden": ["cheap"]}
    assert found.said == 'missing ["refund"], it uses ["cheap"]'


@given(
    st.lists(
        st.sampled_from(["parcel", "refund", "shop", "kettle", "order", "price"]), min_size=1, max_size=12
    )
)
def test_each_word_of_a_text_is_found_in_it(words: list[str]) -> None:
    text = " ".join(words)
    assert uses(words, text)
    assert not uses({"words": words, "mode": "none_of"}, text)


# -- length -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words", "sentences"),
    [
        ("", 0, 0),
        ("One.", 1, 1),
        ("Don't use well-known words!", 4, 1),
        ("It costs 3.5 euros. Really? Yes", 6, 3),
        ("明天下雨。带伞！", 6, 2),
        ("هل ستمطر غدا؟ نعم.", 4, 2),
        ("first - second — third", 3, 1),
        ("पानी गरम है। चाय दो।", 5, 2),
        ("👍 ... !", 0, 0),
    ],
)
def test_words_and_sentences_are_counted_in_any_script(text: str, words: int, sentences: int) -> None:
    assert (count_words(text), count_sentences(text)) == (words, sentences)


@pytest.mark.parametrize(
    ("bounds", "n", "fits"),
    [
        ({"min_words": 3}, 2, False),
        ({"min_words": 3}, 3, True),
        ({"max_words": 3}, 3, True),
        ({"max_words": 3}, 4, False),
        ("short", 1, True),
        ("short", 40, True),
        ("short", 41, False),
        ("medium", 40, False),
        ("medium", 41, True),
        ("medium", 120, True),
        ("medium", 121, False),
        ("long", 120, False),
        ("long", 121, True),
        ("long", 400, True),
        ("long", 401, False),
    ],
)
def test_bounds_are_included(bounds: Any, n: int, fits: bool) -> None:
    length = Length(**bounds) if isinstance(bounds, dict) else bounds
    found = Size(length).check(" ".join(["word"] * n))
    assert found.satisfied is fits and found.measured == {"words": n}


def test_every_unit_with_a_bound_counts() -> None:
    size = Size(Length(min_words=2, max_sentences=1, min_chars=5, max_chars=12))
    assert size.check("Two words.").satisfied
    assert not size.check("Two. Words.").satisfied and not size.check("a b").satisfied
    assert not size.check("Two long words.").satisfied
    assert size.clause() == "Its length: at least 2 words, at most 1 sentences, 5 to 12 characters."
    assert set(BANDS) == {"short", "medium", "long"}


# -- language ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "text", "satisfied", "passes"),
    [
        ("en", "Hello there my friend, how are you doing today?", True, True),
        ("de", "Hello there my friend, how are you doing today?", False, False),
        ("zh", "明天北京会下雨吗", True, True),
        ("zh-Hant", "明天北京会下雨吗", True, True),
        ("ar", "هل ستمطر غدا في القاهرة أم سيكون الجو مشمسا", True, True),
        ("ru", "Доставка задерживается на два дня, приносим извинения", True, True),
        ("en", "Доставка задерживается на два дня, приносим извинения", False, False),
        ("de", "Hallo", None, True),
        ("zh", "Hello", False, False),
        ("ru", "Да", None, True),
        ("en", "?!", None, True),
    ],
)
def test_the_language_is_told_or_unsure(wanted: str, text: str, satisfied: bool | None, passes: bool) -> None:
    found = Language(wanted).check(text)
    assert (found.satisfied, found.passes) == (satisfied, passes)
    assert ("unsure" in found.measured) is (satisfied is None)


# -- complexity -------------------------------------------------------------------------------------------


def test_flesch_kincaid_as_counted_by_hand() -> None:
    assert flesch_kincaid("The cat sat on the mat.") == pytest.approx(0.39 * 6 + 11.8 * 1 - 15.59)
    # 7 words, 2 sentences; 1+2+1+2 and 1+1+3 syllables
    assert flesch_kincaid("The parcel came today. We are delighted!") == pytest.approx(
        0.39 * 3.5 + 11.8 * 11 / 7 - 15.59
    )
    assert flesch_kincaid("!!!") is None and lix("…") is None


def test_lix_as_counted_by_hand() -> None:
    # 9 words, 2 sentences; longer than six letters: Bestellung, gestern, angekommen
    assert lix(
        "Ihre Bestellung ist gestern angekommen. Wir danken sehr herzlich."[:-1].replace("herzlich", "oft")
    ) == (pytest.approx(9 / 2 + 100 * 3 / 9))


@pytest.mark.parametrize(
    ("scale", "grade", "level"),
    [
        (GRADE, 6.99, "low"),
        (GRADE, 7, "medium"),
        (GRADE, 11.99, "medium"),
        (GRADE, 12, "high"),
        (LIX, 39.9, "low"),
        (LIX, 40, "medium"),
        (LIX, 49.9, "medium"),
        (LIX, 50, "high"),
    ],
)
def test_a_level_holds_its_beginning(scale: Any, grade: float, level: str) -> None:
    assert scale.level(grade) == level


def test_syllables_of_words_whose_number_is_known() -> None:
    one = "cat make the whole these makes jumped seemed clothes while strength through"
    two = "table people wanted boxes changes catches happy tables handle parcel today city"
    three, four = "yesterday customer delighted beautiful computer company", "delivery simplicity information"
    groups = {1: one, 2: two, 3: three, 4: four, 5: "university"}
    known = {word: n for n, listed in groups.items() for word in listed.split()}
    wrong = {word: syllables(word) for word, n in known.items() if syllables(word) != n}
    assert not wrong


def test_complexity_needs_the_band_and_the_judge() -> None:
    low = Readability("low", "en")
    easy = low.check("The cat sat on the mat.")
    assert easy is not None and easy.passes and easy.measured == {"flesch_kincaid_grade": -1.45}
    hard = low.check(
        "Administrative reorganisation necessitates considerable interdepartmental communication."
    )
    assert hard is not None and hard.satisfied is False and "low is below 7" in hard.said
    agrees, differs = (
        LabelScores({"low": 9, "medium": 3, "high": 0}),
        LabelScores({"low": 5, "medium": 4, "high": 0}),
    )
    assert low.judged(agrees, 2, easy).measured == {
        "flesch_kincaid_grade": -1.45,
        "margin": 6.0,
        "over": "medium",
    }
    assert low.judged(agrees, 2, easy).satisfied is True
    assert low.judged(differs, 2, easy).satisfied is False


def test_scripts_without_spaces_have_no_band() -> None:
    assert Readability("low", "zh").check("明天下雨。") is None
    agrees = Readability("low", "zh").judged(LabelScores({"low": 9, "medium": 3, "high": 0}), 2, None)
    assert agrees.satisfied and agrees.measured == {"margin": 6.0, "over": "medium"}
    assert Readability("low", "ar").check("الكتاب جديد") is not None


# -- judged -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("margin", "lead", "satisfied"),
    [(2, 2, True), (2, 1, False), (2, 3, True), (2.5, 2, False), (2.5, 3, True), (2, -4, False)],
)
def test_exactly_the_margin_will_do(margin: float, lead: int, satisfied: bool) -> None:
    tone = Judged("tone", "friendly", ["stern", "neutral"])
    found = led(tone, LabelScores({"friendly": 5 + lead, "stern": 5, "neutral": 1}), margin)
    assert found.satisfied is satisfied and found.passes is satisfied
    assert found.measured == {"margin": lead, "over": "stern"}


def test_a_judge_that_cannot_be_read_gives_no_number() -> None:
    found = led(Judged("tone", "friendly", ["stern"]), LabelScores({}, "not_json"), 2)
    assert (found.satisfied, found.passes) == (None, False)
    assert found.measured == {"margin": None, "unread": "not_json"}


def test_the_wanted_label_stands_among_the_others_once_and_in_alphabetical_order() -> None:
    assert Judged("tone", "Friendly", BUILT_IN["tone"]).labels == (
        "apologetic",
        "enthusiastic",
        "Friendly",
        "humorous",
        "neutral",
        "stern",
    )
