from __future__ import annotations

import pickle
import time
from typing import Any

import pytest
from datagen_plugin_readability.config import ReadabilityConfig
from datagen_plugin_readability.readability import Readability
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.sample import Message, Metadata, Sample, Verdict

EASY = (
    "The sun is up. The dog runs to the park. A boy has a red ball. He can throw it far. The dog gets the ball. "
    * 2
)
HARD = (
    "Institutional accountability necessitates considerable organisational transparency, particularly where "
    "administrative discretion interacts with constitutional guarantees whose interpretation remains contested among "
    "jurisprudential authorities, notwithstanding the accumulated precedents of comparable jurisdictions elsewhere. "
    "Commentators occasionally acknowledge these complications."
)
GERMAN = (
    "Die Sonne scheint. Der Hund läuft in den Park. Ein Junge hat einen roten Ball. Er wirft ihn weit. " * 3
)
FRENCH = (
    "Le soleil brille ce matin. Le chien court dans le parc avec le petit garçon. Il a un ballon rouge. " * 3
)
CHINESE = "太阳升起来了。小狗跑到公园里去。男孩有一个红色的球，他把球扔得很远。" * 3
ARABIC = "أشرقت الشمس. يجري الكلب إلى الحديقة. عند الولد كرة حمراء يرميها بعيدا. " * 3
THAI = "พระอาทิตย์ขึ้นแล้ว สุนัขวิ่งไปที่สวน เด็กชายมีลูกบอลสีแดงและโยนไปไกล " * 3
RUSSIAN = "Солнце уже взошло. Собака бежит в парк. У мальчика есть красный мяч. Он бросает его далеко. " * 3


def validator(inputs: Inputs | None = None, **options: Any) -> Readability:
    return Readability(ReadabilityConfig(**options), inputs or Inputs())


def judge(text: str, inputs: Inputs | None = None, **options: Any) -> Verdict:
    return validator(inputs, **options).validate([Sample(id="1", response=text)])[0]


@pytest.mark.parametrize("audience", ["child", "teen", "general", "expert"])
def test_a_childs_text_is_too_easy_for_experts_and_theirs_too_hard_for_all_others(audience: str) -> None:
    easy, hard = judge(EASY, audience=audience), judge(HARD, audience=audience)
    assert easy.reason == (None if audience == "child" else "readability_too_easy")
    assert hard.reason == (None if audience == "expert" else "readability_too_hard")
    if audience != "expert":
        assert (hard.evidence or "").startswith("34 words, 17.0 a sentence, ")


@pytest.mark.parametrize(
    "metric", ["flesch-reading-ease", "flesch-kincaid", "gunning-fog", "coleman-liau", "ari", "lix", "rix"]
)
def test_every_english_formula_has_bands_for_all_audiences(metric: str) -> None:
    assert judge(EASY, metric=metric, audience="child").passed
    assert judge(HARD, metric=metric, audience="child").reason == "readability_too_hard"
    assert judge(HARD, metric=metric, audience="expert").passed
    assert judge(EASY, metric=metric, audience="expert").reason == "readability_too_easy"


def test_both_ends_of_a_band_are_included() -> None:
    text = "Governments regulate banks. They examine financial institutions because depositors demand protection!"
    options = {"metric": "rix", "min_words": 1}  # 8 long words in 2 sentences: exactly 4
    assert judge(text, **options, min=4, max=4) == Verdict(passed=True, score=1.0, measured=4.0)
    low, high = judge(text, **options, min=4.0001), judge(text, **options, max=3.9999)
    assert (low.reason, low.measured, low.threshold) == ("readability_too_easy", 4.0, 4.0001)
    assert (high.reason, high.measured, high.threshold) == ("readability_too_hard", 4.0, 3.9999)


def test_reading_ease_falls_where_grades_rise() -> None:
    assert judge(HARD, metric="flesch-reading-ease", min=60).reason == "readability_too_hard"
    assert judge(EASY, metric="flesch-reading-ease", max=60).reason == "readability_too_easy"
    assert judge(HARD, metric="flesch-kincaid", max=9).reason == "readability_too_hard"


def test_the_score_falls_in_a_straight_line_to_nothing() -> None:
    text = "Governments regulate banks. They examine financial institutions because depositors demand protection!"
    scores = [judge(text, metric="rix", min_words=1, max=high).score for high in (4, 3.25, 2.5, 1, 0)]
    assert scores == [1.0, 0.75, 0.5, 0.0, 0.0]


def test_a_grade_is_a_band_of_a_formula_that_gives_grades() -> None:
    assert judge(EASY, grade=[-3, 3]).passed
    assert judge(EASY, grade=[6, 9]).reason == "readability_too_easy"
    with pytest.raises(ValidationError, match="gives no school grade"):
        ReadabilityConfig(metric="lix", grade=(6, 9))


@pytest.mark.parametrize(
    "options",
    [{"min": 1, "grade": [1, 2]}, {"audience": "child", "max": 3}, {"min": 3, "max": 2}, {"grade": [9, 6]}],
)
def test_bands_that_contradict_are_refused(options: Any) -> None:
    with pytest.raises(ValidationError):
        ReadabilityConfig(**options)


def test_no_band_is_an_error_before_any_work() -> None:
    with pytest.raises(InputError, match="without a band"):
        validator()


# -- what can't be told ---------------------------------------------------------------------------------------


def test_a_short_text_is_unsure_and_passes_without_a_score_or_is_rejected() -> None:
    words = "antidisestablishmentarianism " * 29
    assert judge(words, audience="child") == Verdict(passed=True)
    verdict = judge(words, audience="child", unsure="reject")
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("readability_unsure", 29, 30)
    assert verdict.score is None
    assert judge(words + "incomprehensibilities", audience="child").reason == "readability_too_hard"


@pytest.mark.parametrize("text", ["", " \n", "?!", "```\ncode\n```", "\ud83d"])
def test_a_text_without_words_is_unsure(text: str) -> None:
    assert judge(text, audience="child", min_words=1).score is None
    assert judge(text, audience="child", min_words=1, unsure="reject").reason == "readability_unsure"


def test_smog_is_unsure_below_thirty_sentences() -> None:
    sentence = "The animal is beautiful. "
    verdict = judge(sentence * 29, metric="smog", audience="expert", unsure="reject")
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("readability_unsure", 29, 30)
    assert judge(sentence * 30, metric="smog", audience="expert").passed


@pytest.mark.parametrize(
    ("text", "what"),
    [
        *((GERMAN, "de"), (FRENCH, "fr"), (CHINESE, "HAN"), (RUSSIAN, "CYRILLIC")),
        *((ARABIC, "ARABIC"), (THAI, "THAI"), (CHINESE + EASY, "zh")),
    ],
)
def test_an_english_formula_says_nothing_of_other_languages_and_scripts(text: str, what: str) -> None:
    verdict = judge(text, audience="expert", min_words=3)
    assert verdict == Verdict(passed=True, evidence=f"flesch-kincaid isn't made for {what}")
    verdict = judge(text, audience="expert", min_words=3, undefined="reject")
    assert (verdict.reason, verdict.score) == ("readability_undefined", None)


def test_lix_is_for_all_languages_that_put_spaces_between_words() -> None:
    for text in (EASY, GERMAN, FRENCH, RUSSIAN):
        assert judge(text, metric="lix", audience="child").score == 1.0
    for text in (CHINESE, "พรุ่งนี้ฝนจะตกที่กรุงเทพไหม " * 9, "明日の東京の天気を教えてください。" * 9):
        verdict = judge(text, metric="lix", audience="child", min_words=1)
        assert verdict.score is None and (verdict.evidence or "").startswith("lix isn't made for ")


def test_german_formulas_are_for_german() -> None:
    assert judge(GERMAN, metric="wiener", audience="child").score == 1.0
    assert judge(GERMAN, metric="amstad", audience="child").score == 1.0
    assert judge(EASY, metric="wiener", audience="child").evidence == "wiener isn't made for en"


def test_a_text_that_isnt_told_is_taken_to_be_in_the_rows_language_or_the_recipes() -> None:
    text = "Paris Berlin Tokyo Lima Oslo. " * 6
    german = Inputs(languages=("de",))
    assert judge(text, audience="child").score is not None
    assert judge(text, german, audience="child").evidence in (
        "flesch-kincaid isn't made for de",
        "flesch-kincaid isn't made for fi",
    )
    steered = Inputs(languages=("en", "de"), coverage={"language": ("en", "de")})
    row = Sample(id="1", response="Oslo, Lima. " * 20, metadata=Metadata(method={"language": "de"}))
    (verdict,) = validator(steered, audience="child").validate([row])
    assert verdict.score is None


def test_notices_name_the_languages_that_arent_judged() -> None:
    inputs = Inputs(languages=("en", "fr", "zh"))
    (notice,) = validator(inputs, audience="child").notices()
    assert notice == "flesch-kincaid is made for en; rows in fr, zh pass unjudged"
    (notice,) = validator(inputs, metric="lix", audience="child", undefined="reject").notices()
    assert notice == "lix is made for languages with spaces between words; rows in zh are rejected"
    assert validator(audience="child").notices() == ()


# -- what is read ---------------------------------------------------------------------------------------------


def test_of_a_conversation_the_assistants_side_is_read() -> None:
    messages = (
        Message(role="user", content=HARD),
        Message(role="assistant", content=EASY),
        Message(role="user", content=HARD),
        Message(role="assistant", content=EASY),
    )
    part = validator(audience="child")
    assert part.validate([Sample(id="1", messages=messages)])[0].passed
    part = validator(audience="child", field="input")
    assert part.validate([Sample(id="1", messages=messages)])[0].reason == "readability_too_hard"


def test_of_a_record_all_texts_or_one() -> None:
    row = Sample(id="1", fields={"title": HARD, "body": EASY, "n": 3})
    assert validator(audience="child").validate([row])[0].reason == "readability_too_hard"
    assert validator(audience="child", field="body").validate([row])[0].passed
    verdict = validator(audience="child", field="abstract").validate([row])[0]
    assert (verdict.reason, verdict.threshold) == ("missing_field", "abstract")


def test_code_in_an_answer_doesnt_count() -> None:
    code = (
        "```python\n"
        + "institutional_accountability = considerable(organisational_transparency)\n" * 40
        + "```\n"
    )
    assert judge(EASY + code, audience="child").measured == judge(EASY, audience="child").measured


# -- suggestion -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "why", "options"),
    [
        (
            Inputs(constraints={"audience": "primary school children"}),
            "constraints.audience is 'primary school children'",
            {"metric": "flesch-kincaid", "audience": "child"},
        ),
        (
            Inputs(task_input={"reading_level": "grade 6-8"}),
            "task_input.reading_level is 'grade 6-8'",
            {"metric": "flesch-kincaid", "grade": [6, 8]},
        ),
        (
            Inputs(constraints={"grade": 5}),
            "constraints.grade is 5",
            {"metric": "flesch-kincaid", "grade": [4, 6]},
        ),
        (
            Inputs(constraints={"grade": [3, 5]}, languages=("de",)),
            "constraints.grade is [3, 5]",
            {"metric": "wiener", "grade": [3, 5]},
        ),
        (
            Inputs(constraints={"audience": "the general public"}, languages=("en", "fr")),
            "constraints.audience is 'the general public'",
            {"metric": "lix", "audience": "general"},
        ),
    ],
)
def test_a_recipe_that_names_its_readers_is_told_to_use_it(inputs: Inputs, why: str, options: Any) -> None:
    found = Readability.suggestion(inputs, Context())
    assert found is not None and (found.why, dict(found.options)) == (why, options)
    Readability(ReadabilityConfig(**found.options), inputs)


@pytest.mark.parametrize(
    "constraints",
    [
        {},
        {"audience": "software engineers"},
        {"audience": "children and experts"},
        {"audience": ["child"]},
        {"audience": 9},
        {"grade": "A"},
        {"grade": 95},
        {"grade": [8, 6]},
        {"tone": "for children"},
    ],
)
def test_any_other_recipe_is_not(constraints: Any) -> None:
    assert Readability.suggestion(Inputs(constraints=constraints), Context()) is None


# -- robustness -----------------------------------------------------------------------------------------------


@given(st.text(max_size=120))
def test_any_text_is_judged(text: str) -> None:
    verdict = judge(text, audience="teen", min_words=1, undefined="reject", unsure="reject")
    assert verdict.score is None or 0 <= verdict.score <= 1
    assert verdict.passed is (verdict.reason is None)


@pytest.mark.parametrize("unit", [EASY, CHINESE, "a. ", "x", "- ", "A.b.", "ee"])
def test_a_megabyte_takes_about_a_second(unit: str) -> None:
    judge(EASY, audience="child")
    started = time.process_time()
    judge(unit * (1_048_576 // len(unit)), audience="child")
    assert time.process_time() - started < 10  # 0.2 to 1 on a core of its own


def test_it_pickles() -> None:
    part = validator(audience="child")
    row = Sample(id="1", response=HARD)
    assert pickle.loads(pickle.dumps(part)).validate([row]) == part.validate([row])
