"""What translations are refused for."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from datagen_plugin_crosslingual.checks import Translation, TranslationChecks, length_ratio
from datagen_plugin_crosslingual.chrf import chrf
from datagen_plugin_crosslingual.config import CrosslingualConfig

from datagen_core.inputs import Inputs
from datagen_core.languages import share_in_script
from datagen_core.protected_spans import normalised
from datagen_core.sample import Rejection, Sample

ROBE = (
    "A robe takes 2 bolts of blue fiber and half that much white fiber. How many bolts in total does it take?"
)
KLEID = "Ein Kleid erfordert 2 Knäuel blaue Wolle und halb so viel weiße Wolle. Wie viele Knäuel braucht man insgesamt?"
BATA = "Una bata lleva 2 rollos de tela azul y la mitad de esa cantidad de tela blanca. ¿Cuántos rollos lleva en total?"


def outcome(rows: list[Sample | Rejection]) -> tuple[str, Any, Any]:
    (row,) = rows
    return (
        (row.reason, row.measured, row.threshold) if isinstance(row, Rejection) else ("accepted", None, None)
    )


def reason(rows: list[Sample | Rejection]) -> str:
    return outcome(rows)[0]


def test_an_untranslated_copy_is_rejected_although_its_round_trip_is_perfect(desk: Any, one: Any) -> None:
    model = desk(forth=ROBE, back=ROBE)
    assert chrf(ROBE, ROBE) == 100
    assert outcome(model.translate(one(ROBE), repairs=0)) == ("untranslated", 100.0, 90.0)
    assert len(model.asked["forth"]) == 1 and not model.asked["back"]


@pytest.mark.parametrize("copy", [ROBE.upper(), f"„{ROBE}“", ROBE.replace("fiber.", "fibre.")])
def test_a_near_copy_is_one(desk: Any, one: Any, copy: str) -> None:
    assert reason(desk(forth=copy).translate(one(ROBE), repairs=0)) == "untranslated"


def test_a_copy_is_one_from_exactly_its_chrf_on(desk: Any, one: Any) -> None:
    limit = chrf(normalised(KLEID.replace("2", " ")), normalised(ROBE.replace("2", " ")))
    model = desk(forth=KLEID, back=ROBE)
    assert reason(model.translate(one(ROBE), repairs=0, max_copy_chrf=limit)) == "untranslated"
    assert (
        reason(model.translate(one(ROBE), repairs=0, max_copy_chrf=math.nextafter(limit, 100))) == "accepted"
    )


def test_one_turn_left_as_it_was_is_a_copy(desk: Any, one: Any) -> None:
    pair = {"question": BATA, "answer": ROBE}
    made = {"input": KLEID, "response": ROBE}
    assert reason(desk(forth=made).translate(one("-", **pair), repairs=0)) == "untranslated"


def test_a_short_answer_that_is_a_name_may_stay(desk: Any, one: Any) -> None:
    model = desk(
        forth={"input": "Wer gewann damals in der Stadt Boston?", "response": "New England Patriots"}
    )
    pair = {"question": "Who won that time in the city of Boston?", "answer": "New England Patriots"}
    (row,) = model.translate(one("-", **pair), round_trip=False)
    assert isinstance(row, Sample) and row.response == "New England Patriots"


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        (f"Dear {{name}}: {ROBE}", f"Liebe Anna: {KLEID}", ("lost_placeholder", 0, 1)),
        (f"{ROBE} See https://x.org/a.", KLEID, ("lost_url", 0, 1)),
        (f"{ROBE} `fit()`", f"{KLEID} `fit()` `fit()`", ("added_code", 2, 1)),
        (f"<b>{ROBE}</b>", f"<b>{KLEID}", ("lost_tag", 0, 1)),
        (ROBE, KLEID.replace("2", "drei"), ("lost_number", 0, 1)),
    ],
)
def test_what_must_be_kept_is_counted(
    desk: Any, one: Any, source: str, text: str, expected: tuple[str, int, int]
) -> None:
    model = desk(forth=text)
    assert outcome(model.translate(one(source), repairs=0)) == expected
    assert not model.asked["back"]


def test_the_wrong_script_is_rejected(desk: Any, one: Any) -> None:
    assert outcome(desk(forth=KLEID).translate(one(ROBE), to="zh", repairs=0)) == ("wrong_script", 0, 0.5)
    short = desk(forth="Hallo").translate(one("Hello there"), to="ru", repairs=0, **{"from": "en"})
    assert reason(short) == "wrong_script"


def test_the_share_of_the_script_is_enough_at_exactly_the_least(desk: Any, one: Any) -> None:
    text = "吉恩有 30 根 Lollipop。吉恩能装几包?"
    share = share_in_script(text, "zh")
    source = "Jean has 30 lollipops. How many bags can Jean fill?"
    model = desk(forth=text)
    passes = model.translate(one(source), to="zh", repairs=0, min_script_share=share, round_trip=False)
    fails = model.translate(
        one(source), to="zh", repairs=0, min_script_share=math.nextafter(share, 1), round_trip=False
    )
    assert (reason(passes), reason(fails)) == ("accepted", "wrong_script")


def test_another_language_that_is_sure_is_rejected(desk: Any, one: Any) -> None:
    found = outcome(desk(forth=BATA).translate(one(ROBE), repairs=0))
    assert found[0] == "wrong_language" and found[1].startswith("es (") and found[2] == "de"
    rows = desk(forth=BATA).translate(one(ROBE), repairs=0, min_lid_confidence=None, round_trip=False)
    assert isinstance(rows[0], Sample)
    assert rows[0].metadata.method["translation_quality"]["lid"] == "unsure"


def test_a_short_text_has_an_unsure_language_and_passes(desk: Any, one: Any) -> None:
    (row,) = desk(forth="Na los!", back="Let's go!").translate(one("Let's go!"), **{"from": "en"})
    assert isinstance(row, Sample)
    assert row.metadata.method["translation_quality"]["lid"] == "unsure"


def test_languages_that_identification_mixes_up_are_unsure(one: Any) -> None:
    text = "Jeg vil gjerne vite hvor mye det koster å reise med toget til Bergen på lørdag."
    checks = TranslationChecks(CrosslingualConfig())
    assert checks.wrong_language(text, "da") is None
    assert checks.wrong_language(text, "nl") is not None


def test_the_length_may_be_exactly_at_both_ends_of_the_band(desk: Any, one: Any) -> None:
    ratio = length_ratio(ROBE, KLEID)
    model = desk(forth=KLEID, back=ROBE)
    beyond = math.nextafter(ratio, 2)
    assert reason(model.translate(one(ROBE), length_ratio=[ratio, ratio])) == "accepted"
    assert reason(model.translate(one(ROBE), length_ratio=[beyond, 2], repairs=0)) == "length_ratio"
    assert reason(model.translate(one(ROBE), length_ratio=[0.1, math.nextafter(ratio, 0)], repairs=0)) == (
        "length_ratio"
    )


@pytest.mark.parametrize(
    ("source", "target", "band"),
    [("en", "de", (0.4, 2.5)), ("en", "zh", (0.15, 1)), ("ko", "ar", (1, 6.5)), ("ja", "zh", (0.35, 3))],
)
def test_the_band_is_that_of_the_pair_of_scripts(source: str, target: str, band: tuple[float, float]) -> None:
    made = Translation(source_language=source, language=target, sources={}, texts={})
    assert TranslationChecks(CrosslingualConfig()).band(made) == band


def test_a_text_that_says_too_much_is_out_of_its_band(desk: Any, one: Any) -> None:
    long = " ".join([KLEID, *[KLEID.replace("2", "zwei")] * 2])
    assert outcome(desk(forth=long).translate(one(ROBE), repairs=0))[::2] == ("length_ratio", "0.4–2.5")


def test_the_way_back_is_enough_at_exactly_the_least_chrf(desk: Any, one: Any) -> None:
    back = "A dress needs 2 balls of blue wool and half as much white wool. How many balls do you need?"
    least = chrf(back, ROBE)
    model = desk(forth=KLEID, back=back)
    assert reason(model.translate(one(ROBE), repairs=0, min_round_trip_chrf=least)) == "accepted"
    found = outcome(model.translate(one(ROBE), repairs=0, min_round_trip_chrf=math.nextafter(least, 100)))
    assert found[:2] == ("round_trip_low", round(least, 2))


@pytest.mark.parametrize(("source", "least"), [("en", 40.0), ("zh", 20.0)])
def test_the_least_chrf_is_lower_for_sources_in_signs(
    desk: Any, parallel: list[dict[str, Any]], one: Any, source: str, least: float
) -> None:
    row = parallel[0]
    model = desk(forth=row["de"], back="x")
    assert outcome(model.translate(one(row[source]), repairs=0)) == ("round_trip_low", 0.0, least)


@pytest.mark.parametrize("target", ["de", "es", "ru", "zh"])
def test_what_people_translated_passes(desk: Any, english: Inputs, target: str) -> None:
    rows = desk().translate(english, 6, to=target)
    assert all(isinstance(row, Sample) for row in rows)
    assert {row.metadata.method["translation_quality"]["lid"] for row in rows} == {target}


@pytest.mark.parametrize("source", ["de", "es", "ru", "zh"])
def test_the_language_of_originals_is_found(
    desk: Any, parallel: list[dict[str, Any]], one: Callable[..., Inputs], source: str
) -> None:
    (row,) = desk().translate(one(parallel[1][source]), to="en")
    assert isinstance(row, Sample)
    assert row.metadata.method["source_language"] == source and row.response == parallel[1]["en"]
