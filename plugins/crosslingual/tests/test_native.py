"""Rows written in a language."""

from __future__ import annotations

import json
from typing import Any

import pytest
from datagen_plugin_crosslingual.config import NativeLanguageConfig
from datagen_plugin_crosslingual.native import NativeLanguage

from datagen_core import InputError
from datagen_core.generator import Cell
from datagen_core.inputs import Inputs
from datagen_core.model import ModelError
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import make_inputs, make_request

GERMAN = "Am Samstag fahre ich mit der Regionalbahn von Jena nach Weimar und brauche eine Fahrkarte."
SEEDS = [("I need a ticket to Leeds for Friday", "trains"), ("where is my parcel", "parcels")]


@pytest.fixture
def desk_inputs() -> Inputs:
    return make_inputs(
        SEEDS, domain="travel", task="intents", coverage={"language": ("de", "zh"), "tone": ("dry",)}
    )


def test_the_model_is_told_the_language_the_label_and_the_rows_that_inspire(
    desk: Any, desk_inputs: Inputs
) -> None:
    model = desk(native=GERMAN)
    cells = [Cell("trains", 1, (("language", "de"), ("tone", "dry")))]
    request = make_request(1, cells=cells, inputs=desk_inputs)
    (row,) = model.write(desk_inputs, request=request)
    (said,) = model.said("native")
    assert said.startswith("Write in de\n") and 'Class: "trains"' in said and "tone is to be: dry" in said
    assert json.dumps(SEEDS[0][0]) in said and SEEDS[1][0] not in said
    assert "no\ntranslation and no paraphrase" in said
    assert isinstance(row, Sample) and (row.response, row.label) == (GERMAN, "trains")
    method = dict(row.metadata.method)
    assert method.pop("language_quality")["lid"] == "de" and method.pop("aspect") in said
    assert method == {"written": "native", "language": "de", "tone": "dry"}
    assert row.trace.parents == ("seed0",)


def test_a_pair_has_an_input_and_a_response(desk: Any) -> None:
    pair = {
        "input": "Wann fährt der nächste Zug nach Weimar?",
        "response": "Um zehn nach sieben, von Gleis vier.",
    }
    (row,) = desk(native=pair).write(make_inputs(domain="travel"), to="de", output="pair")
    assert isinstance(row, Sample) and (row.input, row.response, row.label) == (*pair.values(), None)


@pytest.mark.parametrize(
    ("text", "language", "reason"),
    [
        (GERMAN, "zh", "wrong_script"),
        (GERMAN, "es", "wrong_language"),
        (SEEDS[0][0].upper(), "de", "untranslated"),
    ],
)
def test_the_wrong_language_script_or_a_copy_is_rejected(
    desk: Any, text: str, language: str, reason: str
) -> None:
    (row,) = desk(native=text).write(make_inputs(SEEDS[:1]), to=language)
    assert isinstance(row, Rejection) and row.reason == reason and row.text == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "请问去上海的火车几点开？我想买两张票。"),
        ("ar", "أريد تذكرة إلى الإسكندرية يوم السبت"),
        ("ru", "Мне нужен билет до Твери на субботу, и ещё я хочу сидеть у окна."),
    ],
)
def test_texts_in_other_scripts_are_rows(desk: Any, language: str, text: str) -> None:
    (row,) = desk(native=text).write(make_inputs(SEEDS[:1]), to=language)
    assert isinstance(row, Sample) and row.metadata.method["language_quality"]["lid"] == language


def test_a_label_that_is_not_the_recipes_is_rejected_without_a_call(desk: Any, desk_inputs: Inputs) -> None:
    model = desk(native=GERMAN)
    request = make_request(1, cells=[Cell("boats", 1)], inputs=desk_inputs)
    (row,) = model.write(desk_inputs, request=request)
    assert isinstance(row, Rejection) and (row.reason, row.measured) == ("label_not_wanted", "boats")
    assert not model.requests


def test_a_call_that_fails_is_a_rejection(desk: Any, desk_inputs: Inputs) -> None:
    (row,) = desk(native=ModelError("no", kind="timeout")).write(desk_inputs)
    assert isinstance(row, Rejection) and row.reason == "model_timeout"


@pytest.mark.parametrize(
    ("inputs", "options", "found"),
    [
        ({"domain": "x"}, {}, "no language is wanted"),
        ({}, {"to": "de"}, "nothing to write about"),
        ({"domain": "x", "json_schema": {"type": "object"}}, {"to": "de"}, "no records"),
        ({"domain": "x", "languages": ("French",)}, {}, "is no code"),
        ({"domain": "x"}, {"to": "de", "prompts": {"native": "{{ nothing }}"}}, "nothing"),
    ],
)
def test_what_it_cannot_work_with_is_refused(
    inputs: dict[str, Any], options: dict[str, Any], found: str
) -> None:
    with pytest.raises(InputError, match=found):
        NativeLanguage(NativeLanguageConfig.model_validate(options), make_inputs(**inputs))
