from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from typing import Any

import pytest
from datagen_plugin_language.config import LanguageConfig
from datagen_plugin_language.language import Language
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.sample import Message, Metadata, Sample, Verdict

SAID = {
    "en": "The cat sat on the mat and looked at the moon for a while.",
    "de": "Der Hund läuft schnell durch den Park und bellt die Katze an.",
    "fr": "Merci beaucoup pour votre aide hier soir, c'était très gentil.",
    "es": "Mañana por la tarde lloverá en toda la ciudad de Madrid.",
    "ru": "Завтра в Москве будет сильный дождь и порывистый ветер.",
    "ar": "هل ستمطر غدا في القاهرة أم ستكون السماء صافية",
    "zh": "明天北京会下雨吗？我想知道要不要带伞。",
    "ja": "明日の東京の天気を教えてください。",
    "ko": "내일 서울에 비가 올까요, 아니면 맑을까요?",
    "th": "พรุ่งนี้ฝนจะตกที่กรุงเทพไหม",
    "hi": "कल दिल्ली में बारिश होगी क्या",
    "sw": "Janet alipata mayai kumi na sita kila siku kutoka kwa bata wake.",
}


def validator(inputs: Inputs | None = None, **options: Any) -> Language:
    return Language(LanguageConfig(**options), inputs or Inputs())


def judge(text: str, inputs: Inputs | None = None, **options: Any) -> Verdict:
    return judge_row(Sample(id="1", response=text), inputs, **options)


def judge_row(row: Sample, inputs: Inputs | None = None, **options: Any) -> Verdict:
    return validator(inputs, **options).validate([row])[0]


def chat(*said: tuple[str, str]) -> Sample:
    return Sample(id="1", messages=tuple(Message(role=role, content=text) for role, text in said))


@pytest.mark.parametrize("language", SAID)
def test_a_text_in_a_language_wanted_passes_with_its_confidence(language: str) -> None:
    verdict = judge(SAID[language], languages=[language])
    assert verdict.passed and verdict.measured == language
    assert verdict.score is not None and verdict.score >= 0.5


@pytest.mark.parametrize("language", [code for code in SAID if code not in ("en", "ja", "zh")])
def test_a_text_in_another_language_fails_and_says_which(language: str) -> None:
    verdict = judge(SAID[language], languages=["en", "ja"])
    is_latin = language in ("de", "fr", "es", "sw")
    assert not verdict.passed
    assert verdict.reason == ("wrong_language" if is_latin else "wrong_script")
    if is_latin:
        assert (verdict.measured, verdict.threshold) == (language, "en, ja")
        assert verdict.score is not None and verdict.score <= 0.5
        assert (verdict.evidence or "").startswith("response, confidence ")


def test_chinese_is_not_japanese_though_its_script_is_shared() -> None:
    verdict = judge(SAID["zh"], languages=["ja"])
    assert (verdict.reason, verdict.measured) == ("wrong_language", "zh")


def test_the_recipes_languages_are_the_default() -> None:
    assert judge(SAID["de"]).reason == "wrong_language"
    assert judge(SAID["de"], Inputs(languages=("en", "de"))).passed
    assert judge(SAID["de"], Inputs(languages=("de-AT",))).passed


@pytest.mark.parametrize(
    "text", ["", " \n", "ok", "Bonjour", "привет", "42 17", "`print(1)`", "👍", "\ud83d"]
)
def test_short_text_is_unsure_and_never_wrong(text: str) -> None:
    assert judge(text) == Verdict(passed=True)
    verdict = judge(text, unsure="reject")
    assert (verdict.reason, verdict.score) == ("language_unsure", None)


def test_a_long_text_of_no_language_is_unsure() -> None:
    text = "xq zzw pfft krrl bnn vvwx qqp"
    assert judge(text) == Verdict(passed=True)
    verdict = judge(text, unsure="reject")
    assert (verdict.reason, verdict.score, verdict.threshold) == ("language_unsure", None, "en")
    assert (verdict.measured, verdict.evidence) == ("zxx", "response: unsure")


def test_a_short_part_beside_a_sure_one_is_no_doubt_but_a_long_unsure_one_is() -> None:
    sure, gibberish = SAID["en"], "xq zzw pfft krrl bnn vvwx qqp"
    assert judge_row(Sample(id="1", input=sure, response="ok"), unsure="reject").passed
    verdict = judge_row(Sample(id="1", input=sure, response=gibberish), unsure="reject")
    assert verdict.reason == "language_unsure" and (verdict.evidence or "").startswith("response")


def test_code_urls_and_placeholders_dont_count() -> None:
    text = "Öffne https://example.org/the/quick/fox und führe `the_quick_brown_fox()` für {user_name} aus."
    assert judge(text, languages=["de"]).passed


def test_confidence_counts_from_exactly_the_least_on() -> None:
    text = "Wer sang die Nationalhymne beim Super Bowl 50?"
    from datagen_core.languages import identify

    confidence = identify(text).confidence
    assert 0 < confidence < 1
    assert judge(text, min_confidence=confidence).reason == "wrong_language"
    assert judge(text, min_confidence=min(1.0, confidence + 1e-9)).passed


# -- scripts --------------------------------------------------------------------------------------------------


def test_a_latin_answer_with_cyrillic_homoglyphs_is_mixed() -> None:
    text = "Please log in to your pаypal account before the weekend."
    verdict = judge(text)
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("mixed_script", 1, 0)
    assert verdict.evidence == "response: 22–28: «pаypal» mixes LATIN and CYRILLIC"
    assert judge(text, max_mixed_words=1).passed


@pytest.mark.parametrize("word", ["pаypal", "Мoscow", "РayPal", "хaxa", "Αthens"])
def test_one_word_with_look_alikes_is_enough_however_short_the_text(word: str) -> None:
    assert judge(word).reason == "mixed_script"


@pytest.mark.parametrize("word", ["Mосква", "привeт", "cобака"])
def test_latin_letters_in_cyrillic_words_are_mixed_too(word: str) -> None:
    assert judge(word, languages=["ru"]).reason == "mixed_script"


@pytest.mark.parametrize(
    "word", ["TNFα", "ΔT", "μM", "β-carotene", "IT-отдел", "SMSка", "naïve", "Ångström", "Ωm"]
)
def test_symbols_and_compounds_are_no_mixture(word: str) -> None:
    assert judge(word, languages=["en", "ru"]) == Verdict(passed=True)


def test_chinese_sentences_inside_a_latin_answer_are_mixed() -> None:
    verdict = judge(f"The weather report says it will rain. {SAID['zh']} Please take a coat with you.")
    assert (verdict.reason, verdict.threshold) == ("mixed_script", 0.1)
    assert isinstance(verdict.measured, float) and 0.1 < verdict.measured < 0.5
    assert "«明天北京会下雨吗»" in (verdict.evidence or "")


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("the rain falls on дождь" + "s" * 31, True),  # 5 of 54
        ("abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi дождь", True),  # 5 of 50
        ("abcdefghi abcdefghi abcdefghi abcdefghi abcdefgh дождь", False),  # 5 of 49
    ],
)
def test_other_scripts_may_have_exactly_their_share(text: str, passes: bool) -> None:
    verdict = judge(text, min_confidence=1.0)
    assert verdict.passed is passes and (passes or verdict.reason == "mixed_script")


def test_the_least_share_of_the_right_script_is_inclusive() -> None:
    assert judge("abcdefghij шщъыьэюяжз", languages=["ru"], min_confidence=1.0).passed
    verdict = judge("abcdefghijk шщъыьэюяжз", languages=["ru"], min_confidence=1.0)
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("wrong_script", round(10 / 21, 4), 0.5)
    assert verdict.score == pytest.approx(10 / 21)


def test_names_in_latin_are_usual_in_a_chinese_text() -> None:
    assert judge("我们使用 Python 和 TensorFlow 来训练这个模型，然后部署到服务器。", languages=["zh"]).passed


def test_a_romanised_text_is_in_the_wrong_script() -> None:
    assert judge("kal dilli mein barish hogi kya, mujhe batao", languages=["hi"]).reason == "wrong_script"


# -- rows -----------------------------------------------------------------------------------------------------


def test_each_message_must_be_in_a_language_wanted() -> None:
    row = chat(("user", SAID["en"]), ("assistant", SAID["de"]), ("user", "ok"))
    verdict = judge_row(row)
    assert verdict.reason == "wrong_language"
    assert (verdict.evidence or "").startswith("messages[1] assistant, confidence ")


def test_taken_as_a_whole_one_message_in_another_language_is_outweighed() -> None:
    row = chat(("user", SAID["en"] * 3), ("assistant", "Das weiß ich leider nicht."))
    assert judge_row(row).reason == "wrong_language"
    assert judge_row(row, per_message=False).passed


def test_calls_of_tools_and_their_answers_are_in_no_language() -> None:
    call = {"function": {"name": "wetter", "arguments": {"stadt": SAID["de"]}}}
    messages = (
        Message(role="user", content=SAID["en"]),
        Message(role="assistant", content="", tool_calls=(call,)),
        Message(role="tool", content=SAID["de"]),
        Message(role="assistant", content=SAID["en"]),
    )
    assert judge_row(Sample(id="1", messages=messages)).passed


@pytest.mark.parametrize(
    ("fields", "passes"),
    [(["response"], True), (["assistant"], True), (["input"], False), (["user"], False), (["system"], False)],
)
def test_fields_name_roles_of_a_conversation(fields: Sequence[str], passes: bool) -> None:
    row = chat(("system", SAID["fr"]), ("user", SAID["de"]), ("assistant", SAID["en"]))
    assert judge_row(row, fields=fields).passed is passes


def test_fields_name_columns_of_a_record() -> None:
    row = Sample(id="1", fields={"title": SAID["en"], "title_de": SAID["de"], "more": {"a": [SAID["fr"]]}})
    assert judge_row(row).reason == "wrong_language"
    assert judge_row(row, fields=["title"]).passed
    assert judge_row(row, fields=["title_de"]).measured == "de"
    assert judge_row(row, fields=["more"]).measured == "fr"
    verdict = judge_row(row, fields=["titel"])
    assert (verdict.reason, verdict.threshold) == ("missing_field", "titel")


def test_where_the_coverage_steers_language_each_row_is_held_to_its_own() -> None:
    inputs = Inputs(languages=("en", "de"), coverage={"language": ("en", "de")})

    def row(language: str) -> Sample:
        return Sample(id="1", response=SAID["de"], metadata=Metadata(method={"language": language}))

    assert judge_row(row("de"), inputs).passed
    verdict = judge_row(row("en"), inputs)
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("wrong_language", "de", "en")
    assert judge(SAID["de"], inputs).passed, "a row that tells none is held to those allowed"


def test_coverage_of_programming_languages_is_not_about_ours() -> None:
    inputs = Inputs(coverage={"language": ("python", "rust")})
    row = Sample(id="1", response=SAID["en"], metadata=Metadata(method={"language": "rust"}))
    assert judge_row(row, inputs).passed


def test_a_response_may_have_to_be_in_the_language_of_its_input() -> None:
    row = Sample(id="1", input=SAID["en"], response=SAID["de"])
    assert judge_row(row, languages=["en", "de"]).passed
    verdict = judge_row(row, languages=["en", "de"], same_as_input=True)
    assert (verdict.reason, verdict.measured, verdict.threshold) == (
        "language_differs_from_input",
        "de",
        "en",
    )
    short = Sample(id="1", input=SAID["en"], response="Nein.")
    assert judge_row(short, languages=["en", "de"], same_as_input=True).passed


def test_each_answer_of_a_conversation_follows_the_language_of_its_question() -> None:
    row = chat(
        ("user", SAID["en"]), ("assistant", SAID["en"]), ("user", SAID["de"]), ("assistant", SAID["de"])
    )
    assert judge_row(row, languages=["en", "de"], same_as_input=True).passed
    row = chat(
        ("user", SAID["en"]), ("assistant", SAID["en"]), ("user", SAID["de"]), ("assistant", SAID["en"])
    )
    verdict = judge_row(row, languages=["en", "de"], same_as_input=True)
    assert verdict.reason == "language_differs_from_input"
    assert (verdict.evidence or "").startswith("messages[3] assistant")


# -- languages ------------------------------------------------------------------------------------------------


def test_close_relatives_are_not_told_apart_and_so_never_wrong() -> None:
    text = "Det regner i hele byen i dag, og vi tager hjem med toget."
    assert judge(text, languages=["nb"]).passed
    assert judge(text, languages=["sv"]).reason == "wrong_language"


def test_a_language_that_cant_be_identified_is_judged_by_its_script() -> None:
    part = validator(languages=["yi"])
    assert part.notices() == ("yi can't be identified: only the script is judged",)
    yiddish = "דאָס איז אַ שיינער טאָג און מיר גייען אין גאָרטן"
    assert judge(yiddish, languages=["yi"]) == Verdict(passed=True)
    assert judge(SAID["en"], languages=["yi"]).reason == "wrong_script"
    assert validator().notices() == ()


@pytest.mark.parametrize("code", ["German", "e", "", "klingon"])
def test_what_is_no_code_is_an_error_before_any_work(code: str) -> None:
    with pytest.raises(InputError, match="no code of a language"):
        validator(languages=[code])


def test_the_codes_named_as_identified_are_those_of_the_model() -> None:
    from datagen_plugin_language.wanted import IDENTIFIED, normal

    langid = pytest.importorskip("py3langid.langid")
    model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    assert frozenset(map(str, model.nb_classes)) - {"zxx"} <= IDENTIFIED | {"wuu", "yue", "arz", "ary", "pcm"}
    assert {normal(str(code)) for code in model.nb_classes} - {"zxx"} == IDENTIFIED


# -- suggestion -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "why", "options"),
    [
        (Inputs(languages=("de", "fr")), "the recipe's languages are de, fr", {}),
        (Inputs(constraints={"language": "de"}), "constraints.language names de", {"languages": ["de"]}),
        (Inputs(constraints={"language": "en"}), "constraints.language names en", {}),
        (Inputs(constraints={"languages": ["en", "de"]}), "constraints.languages names en, de", None),
        (
            Inputs(languages=("en", "de"), coverage={"language": ("en", "de")}),
            "coverage.by.language says which language each row is in",
            {},
        ),
    ],
)
def test_a_recipe_that_speaks_of_languages_is_told_to_use_it(inputs: Inputs, why: str, options: Any) -> None:
    found = Language.suggestion(inputs, Context())
    assert found is not None and found.why == why
    assert dict(found.options) == ({"languages": ["en", "de"]} if options is None else options)
    Language(LanguageConfig(**found.options), inputs)


@pytest.mark.parametrize(
    "inputs",
    [
        Inputs(),
        Inputs(languages=("python", "rust"), coverage={"language": ("python", "rust")}),
        Inputs(constraints={"language": "simple and friendly"}),
        Inputs(constraints={"languages": {"a": 1}}),
    ],
)
def test_any_other_recipe_is_not(inputs: Inputs) -> None:
    assert Language.suggestion(inputs, Context()) is None


# -- robustness -----------------------------------------------------------------------------------------------


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_row_is_judged_and_no_score_is_out_of_range(asked: str, said: str) -> None:
    for options in ({}, {"languages": ["ru"], "unsure": "reject", "same_as_input": True}):
        verdict = judge_row(Sample(id="1", input=asked, response=said), **options)
        assert verdict.score is None or 0 <= verdict.score <= 1
        assert verdict.passed is (verdict.reason is None)


@pytest.mark.parametrize("unit", [SAID["en"], SAID["zh"], "{", "<a ", "аa", "x"])
def test_a_megabyte_takes_about_a_second(unit: str) -> None:
    judge(SAID["en"])
    started = time.process_time()
    judge(unit * (1_048_576 // len(unit)))
    assert time.process_time() - started < 10  # 0.3 to 0.9 on a core of its own


def test_a_very_long_text_is_read_from_its_beginning_to_its_end() -> None:
    row = SAID["de"] + SAID["en"] * 8_000
    assert judge(row).passed
    assert judge(SAID["en"] * 1_000 + SAID["de"] * 8_000).measured == "de"


def test_it_pickles() -> None:
    part = validator(languages=["de"])
    row = Sample(id="1", response=SAID["en"])
    assert pickle.loads(pickle.dumps(part)).validate([row]) == part.validate([row])
