from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.languages import base, identify, prose, scripts, scripts_of, share_in_script

SENTENCES = {
    "en": "The cat sat on the mat and looked at the moon.",
    "de": "Der Hund läuft schnell durch den Park und bellt.",
    "fr": "Merci beaucoup pour votre aide hier soir.",
    "es": "Mañana por la tarde lloverá en toda la ciudad de Madrid.",
    "ru": "Завтра в Москве будет сильный дождь и ветер.",
    "ar": "هل ستمطر غدا في القاهرة أم ستكون السماء صافية",
    "zh": "明天北京会下雨吗？我想知道要不要带伞。",
    "ja": "明日の東京の天気を教えてください。",
    "ko": "내일 서울에 비가 올까요?",
    "th": "พรุ่งนี้ฝนจะตกที่กรุงเทพไหม",
    "hi": "कल दिल्ली में बारिश होगी क्या",
    "sw": "Janet alipata mayai kumi na sita kila siku kutoka kwa bata wake.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_sentences_of_many_languages_are_told_apart(language: str) -> None:
    found = identify(SENTENCES[language])
    assert found.language == language and found.confidence >= 0.5 and found.reason == ""


@pytest.mark.parametrize("text", ["ok", "Hallo", "bonjour", "привет", "", "42 17", "`print(1)`", "👍"])
def test_what_is_short_is_unsure(text: str) -> None:
    found = identify(text)
    assert found.language is None and found.reason == "short"


def test_a_text_of_no_language_is_unsure() -> None:
    assert identify("xq zzw pfft krrl bnn vvwx qqp").reason == "unsure"


def test_code_urls_and_placeholders_dont_count() -> None:
    text = (
        "Öffne https://example.org/the/quick/brown/fox und führe `the_quick_brown_fox()` für {user_name} aus."
    )
    assert identify(text).language == "de"
    assert prose("see <b>this</b> at https://a.b, `x = 1` {name} 12") == "see this at"


def test_scripts_by_share() -> None:
    assert scripts("abc где") == {"LATIN": 0.5, "CYRILLIC": 0.5}
    assert scripts("12, 13") == {}
    assert share_in_script("abcd где", "ru") == pytest.approx(3 / 7)
    assert share_in_script("明日の天気", "ja") == 1.0
    assert share_in_script("12", "ru") is None
    assert scripts_of("pt-BR") == ("LATIN",) and base("zh_Hant") == "zh"


@given(st.text(max_size=80))
def test_any_text_has_an_answer(text: str) -> None:
    found = identify(text)
    assert 0.0 <= found.confidence <= 1.0
    assert (found.language is None) == bool(found.reason)
