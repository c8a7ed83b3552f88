from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from datagen_core.errors import RunPaused
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.retry import Retries
from datagen_core.model import ModelError
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import make_inputs, make_request, model_bindings
from datagen_core.testing.scripted_model import reply

GOOD = "We refund the kettle by Friday and send the new parcel today."
LONG = "We refund " + "the kettle " * 20
PLAIN = "The kettle leaks, so please send it back to the store."
CONSTRAINTS: dict[str, Any] = {
    "tone": "friendly",
    "keywords": ["refund", "parcel"],
    "length": {"min_words": 5, "max_words": 20},
}
FRIENDLY = {"friendly": 9, "stern": 2}
STERN = {"friendly": 3, "stern": 8}
OPTIONS = {"alternatives": {"tone": ["stern"]}}


def only(rows: list[Sample | Rejection]) -> Any:
    (row,) = rows
    return row


def test_a_text_that_satisfies_all_takes_one_call_and_one_judgement(desk: Any) -> None:
    model = desk(GOOD, scores=FRIENDLY)
    row = only(model.make(CONSTRAINTS, **OPTIONS))
    assert model.order == ["write", "judge"]
    assert row.response == GOOD and row.metadata.method == {
        "constraints": {
            "tone": {"wanted": "friendly", "measured": {"margin": 7.0, "over": "stern"}, "satisfied": True},
            "length": {
                "wanted": {"min_words": 5, "max_words": 20},
                "measured": {"words": 12},
                "satisfied": True,
            },
            "keywords": {
                "wanted": [{"words": ["refund", "parcel"], "mode": "all"}],
                "measured": {"missing": [], "forbidden": []},
                "satisfied": True,
            },
        },
        "repairs": 0,
        "satisfied_at_first": {"tone": True, "length": True, "keywords": True},
    }
    (params,) = [step.params for step in row.trace.processing_steps]
    assert set(params) == {"model", "prompt", "temperature"}


def test_each_constraint_has_a_clause_in_the_prompt(desk: Any) -> None:
    model = desk(GOOD, scores=lambda request: dict.fromkeys(request.json_schema["properties"], 1))
    more = {"style": "technical", "domain": "law", "complexity": "low", "language": "en"}
    model.make({**CONSTRAINTS, **more}, repairs=0)
    (prompt,) = model.prompts("write")
    for clause in (
        'It belongs to the domain "law"',
        'Its style is "technical"',
        'Its tone is "friendly"',
        "It is easy to read",
        "Its length: 5 to 20 words.",
        'each of these words, inflected as the sentence needs: "refund", "parcel".',
        "the language with the code en",
    ):
        assert clause in prompt
    assert "8. " not in prompt


def test_the_repair_prompt_lists_only_failed_constraints(desk: Any) -> None:
    model = desk(LONG, GOOD, scores=FRIENDLY)
    row = only(model.make(CONSTRAINTS, **OPTIONS))
    assert model.order == ["write", "repair", "judge"]
    (prompt,) = model.prompts("repair")
    assert json.dumps(LONG.strip()) in prompt
    assert "1. Its length: 5 to 20 words. Found: it has 42 words." in prompt
    assert "2. It uses each of these words" in prompt and 'Found: missing ["parcel"].' in prompt
    assert "tone" not in prompt and "3. " not in prompt
    assert row.metadata.method["repairs"] == 1
    assert row.metadata.method["satisfied_at_first"] == {"tone": None, "length": False, "keywords": False}


def test_what_a_judge_finds_is_fed_back_too(desk: Any) -> None:
    scores = [STERN, FRIENDLY]
    model = desk(GOOD, scores=lambda request: scores.pop(0))
    row = only(model.make(CONSTRAINTS, **OPTIONS))
    assert model.order == ["write", "judge", "repair", "judge"]
    (prompt,) = model.prompts("repair")
    assert '1. Its tone is "friendly", beyond doubt.' in prompt
    assert 'Found: as its tone, "friendly" has 3 of 10 and "stern" 8; a lead of 2 is needed.' in prompt
    assert "length" not in prompt and "words" not in prompt
    assert row.metadata.method["satisfied_at_first"] == {"tone": False, "length": True, "keywords": True}


def test_the_judge_is_not_asked_about_a_text_that_failed_without_it(desk: Any) -> None:
    model = desk(PLAIN, scores=FRIENDLY)
    row = only(model.make(CONSTRAINTS, **OPTIONS))
    assert model.order == ["write", "repair", "repair"]
    assert row.reason == "constraints_unmet"
    assert row.measured == 'keywords: missing ["refund","parcel"]'


def test_a_repair_may_not_break_what_was_satisfied(desk: Any) -> None:
    model = desk(LONG + " parcel", PLAIN, GOOD, scores=FRIENDLY)
    model.make(CONSTRAINTS, **OPTIONS)
    first, second = model.prompts("repair")
    assert "Its length" in first and "It uses each" not in first
    assert "It uses each" in second and "Its length" not in second


@pytest.mark.parametrize("repairs", [0, 1, 3])
def test_after_so_many_repairs_the_row_is_rejected_with_the_list(desk: Any, repairs: int) -> None:
    model = desk(LONG)
    row = only(model.make({k: CONSTRAINTS[k] for k in ("keywords", "length")}, repairs=repairs))
    assert model.order == ["write"] + ["repair"] * repairs
    assert row.reason == "constraints_unmet" and str(repairs) in row.rule
    assert row.measured == 'length: it has 42 words; keywords: missing ["parcel"]'
    assert row.threshold == (
        'length: {"min_words":5,"max_words":20}; keywords: [{"words":["refund","parcel"],"mode":"all"}]'
    )
    assert row.text == LONG.strip()
    (step,) = row.trace.processing_steps
    assert step.params["repairs"] == repairs and step.params["constraints"]["length"]["satisfied"] is False


def test_a_judge_that_cannot_be_read_is_not_satisfied_and_not_repaired(desk: Any) -> None:
    model = desk(GOOD, scores=lambda request: "Lovely tone!")
    row = only(model.make(CONSTRAINTS, **OPTIONS))
    assert set(model.order) == {"write", "judge"} and model.order.count("write") == 1
    assert (row.reason, row.measured) == ("constraints_unmet", "tone: the judge can't be read: not_json")
    assert row.trace.processing_steps[0].params["constraints"]["tone"] == {
        "wanted": "friendly",
        "measured": {"margin": None, "unread": "not_json"},
        "satisfied": None,
    }


def test_beside_what_failed_a_judge_that_cannot_be_read_is_listed_and_not_fed_back(desk: Any) -> None:
    def scores(request: Any) -> Any:
        return {"friendly": 1, "stern": 9} if "stern" in str(request.json_schema) else "no idea"

    model = desk(GOOD, scores=scores)
    row = only(model.make({"tone": "friendly", "style": "technical"}, **OPTIONS, repairs=1))
    (prompt,) = model.prompts("repair")
    assert "Its tone" in prompt and "Its style" not in prompt
    assert "style: the judge can't be read" in row.measured and "tone: as its tone" in row.measured


def test_an_unsure_language_passes_and_is_not_counted_as_satisfied(desk: Any) -> None:
    row = only(desk("Ja, gern.").make({"language": "de"}))
    assert isinstance(row, Sample)
    found = row.metadata.method["constraints"]["language"]
    assert found["satisfied"] is None and found["measured"]["unsure"] == "short"


def test_a_pair_keeps_its_input_through_repairs(desk: Any) -> None:
    model = desk({"input": "Where is it?", "response": PLAIN}, GOOD)
    row = only(model.make({"keywords": ["refund"]}, output="pair"))
    assert (row.input, row.response) == ("Where is it?", GOOD)
    assert '"Where is it?"' in model.prompts("repair")[0]
    assert "Requirements for the response" in model.prompts("write")[0]


def test_writer_and_judge_may_be_two_models(desk: Any) -> None:
    from datagen_plugin_controlled.config import ControlledConfig
    from datagen_plugin_controlled.generator import Controlled

    config = ControlledConfig.model_validate({"constraints": CONSTRAINTS, "judge_model": "referee"})
    assert set(Controlled(config, make_inputs()).models()) == {"generator", "referee"}
    assert (
        only(desk(GOOD, scores=FRIENDLY).make(CONSTRAINTS, **OPTIONS, judge_model="referee")).response == GOOD
    )


def test_every_call_of_a_batch_has_a_place_of_its_own(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sites: list[tuple[int, int]] = []
    asked = ModelDoor.structured

    async def noting(self: Any, alias: str, request: Any, schema: Any, site: Any) -> Any:
        sites.append((site.row, site.attempt))
        return await asked(self, alias, request, schema, site)

    monkeypatch.setattr(ModelDoor, "structured", noting)
    model = desk(GOOD, scores=lambda request: dict.fromkeys(request.json_schema["properties"], 5))
    model.make({"tone": "friendly", "style": "technical", "complexity": "low"}, 3)
    assert sorted(sites) == [(row, attempt) for row in range(3) for attempt in range(12)]


def test_a_tuners_temperature_is_heeded(desk: Any) -> None:
    model = desk(GOOD)
    model.make({"keywords": ["refund"]}, request=make_request(1, params={"temperature": 0.1}))
    assert model.requests[0].temperature == 0.1


@pytest.mark.parametrize(
    "kind", ["timeout", "connection", "server", "malformed", "bad_request", "capability"]
)
@pytest.mark.parametrize("at", ["write", "repair"])
def test_a_failed_call_for_a_text_is_a_rejection(
    desk: Any, at: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_bindings, "ModelDoor", partial(ModelDoor, retries=Retries(most=0)))
    error = ModelError("it broke", kind=kind)
    texts = [error] if at == "write" else [PLAIN, error]
    row = only(desk(*texts).make({"keywords": ["refund"]}))
    assert row.reason == f"model_{kind}"
    assert ("constraints" in row.trace.processing_steps[0].params) is (at == "repair")


def test_a_failed_judge_is_a_constraint_that_is_not_known_to_be_satisfied(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_bindings, "ModelDoor", partial(ModelDoor, retries=Retries(most=0)))
    row = only(
        desk(GOOD, scores=lambda request: ModelError("x", kind="timeout")).make(CONSTRAINTS, **OPTIONS)
    )
    assert (row.reason, row.measured) == ("constraints_unmet", "tone: the judge can't be read: model_timeout")


@pytest.mark.parametrize("at", ["write", "repair", "judge"])
def test_an_endpoint_that_lets_nobody_in_pauses_the_run(desk: Any, at: str) -> None:
    error = ModelError("wrong key", kind="auth")
    texts = {"write": [error], "repair": [PLAIN, error], "judge": [GOOD]}[at]
    with pytest.raises(RunPaused):
        desk(*texts, scores=lambda request: error).make(CONSTRAINTS, **OPTIONS)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"text": "  \n "}, "empty_answer"),
        (reply("Sure thing!"), "not_json"),
        (reply('{"text": "We ref', finish_reason="length"), "truncated_answer"),
        ({"texts": "We"}, "schema_violation"),
    ],
)
def test_an_answer_that_cannot_be_read_is_a_rejection_with_its_reason(
    desk: Any, answer: Any, reason: str
) -> None:
    row = only(desk(answer).make({"keywords": ["refund"]}))
    assert row.reason == reason and row.metadata.method == {}
