"""The rehearsal answers a prompt that asks for another language in that language's letters."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.languages import identify, share_in_script
from datagen_core.model import ChatRequest
from datagen_core.rehearsal.model import Rehearsal, RehearsalConfig
from datagen_core.rehearsal.translation import language_of, translated, translation
from datagen_core.sample import Message

TEXTS = (
    "The cat sat on the mat and looked at the moon above the old harbour wall.",
    "A person who buys a bicycle wants to know how the brakes work, and when the shop is open on Sundays.",
    "could you play hurt by johnny cash",
)
LANGUAGES = ("de", "es", "fr", "sw", "ru", "uk", "el", "zh", "ja", "ko", "ar", "fa", "he", "th", "te")


def asked(prompt: str, *names: str) -> str:
    """The rehearsal's answer; with names, to a request for an object of such texts."""
    properties = {name: {"type": "string", "minLength": 1} for name in names}
    schema = {"type": "object", "properties": properties, "required": [*names], "additionalProperties": False}
    request = ChatRequest(
        messages=(Message(role="user", content=prompt),),
        max_tokens=500,
        json_schema=schema if names else None,
    )
    reply = asyncio.run(Rehearsal(RehearsalConfig(), "rehearsal").chat(request, timeout_s=1))
    return reply.choices[0].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_of_the_languages_script_as_long_as_before_and_not_of_another_language(
    language: str,
) -> None:
    for text in TEXTS:
        found = translated(text, language)
        assert share_in_script(found, language) == 1 and len(found) == len(text)
        assert identify(found).language in (None, language)


@given(st.text(st.characters(max_codepoint=0x7F)), st.sampled_from(["de", "ru", "zh", "el", "th"]))
@settings(deadline=None)
def test_the_way_back_undoes_it(text: str, language: str) -> None:
    assert translated(translated(text, language), "en") == text


def test_languages_of_one_script_are_not_the_same() -> None:
    codes = (
        "cs",
        "da",
        "de",
        "es",
        "fi",
        "fr",
        "hu",
        "id",
        "it",
        "nl",
        "no",
        "pl",
        "pt",
        "ro",
        "sv",
        "sw",
        "tr",
        "vi",
    )
    assert len({translated(TEXTS[0], code) for code in codes}) == len(codes)


def test_a_script_with_fewer_letters_gives_back_small_ones() -> None:
    assert translated(translated("Send Help.", "he"), "en") == "send help."


def test_code_addresses_placeholders_tags_and_numbers_stay() -> None:
    text = 'Run `ls -l` 3 times, {name}, see <a href="https://x.org/a">x</a>'
    found = translated(text, "ru")
    assert all(kept in found for kept in ("`ls -l`", " 3 ", "{name}", '<a href="https://x.org/a">', "</a>"))
    assert not found.startswith("Run") and translated(found, "en") == text


def test_a_request_for_the_texts_of_a_json_object_is_answered_with_an_object() -> None:
    texts = {"input": "Who is there?", "response": "It is me."}
    there = json.loads(asked(f"Translate into el\n{json.dumps(texts)}\nAnswer at once.", *texts))
    back = json.loads(asked(f"Translate into en.\n{json.dumps(there, ensure_ascii=False)}", *texts))
    assert there["input"].endswith("?") and there.keys() == texts.keys() and back == texts != there


def test_a_text_is_answered_with_a_text() -> None:
    assert asked('Translate into de\n"A cat"') == "Ⱥ ȼⱥŧ"


def test_a_text_asked_for_in_a_language_is_written_in_its_letters() -> None:
    found = json.loads(asked("About tides.\nWrite in el", "text", "language", "id"))
    assert share_in_script(found["text"], "el") == 1
    assert found["language"] == "en" and found["id"].isascii()


@pytest.mark.parametrize(
    "prompt",
    [
        'Translate into German:\n"x"',
        'Please translate into de\n"x"',
        "Translate into de\nno JSON",
        'Write in de\n"x"',
        "",
    ],
)
def test_other_prompts_ask_for_no_translation(prompt: str) -> None:
    assert translation(prompt) is None


def test_an_object_of_other_names_than_the_schemas_is_no_translation() -> None:
    assert "ŧħ" not in asked('Translate into de\n{"input": "the"}', "text")
    assert language_of('Translate into de\n{"input": "the"}') == "en"
