from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.generator import Classify

from datagen_core.generator import Cell
from datagen_core.model import ModelError
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import make_inputs, make_request

BOUNDARY = {"mode": "boundary"}


def one(inputs: Any, label: str = "refund", n: int = 1) -> Any:
    return make_request(n, inputs=inputs, cells=[Cell(label, n)])


def test_a_text_near_the_boundary_is_asked_for_with_the_reason_for_its_label(desk, tickets) -> None:
    model = desk({"text": "parcel came back to you, where's my 20 euros", "reason": " it asks for money "})

    (row,) = model.make(tickets, request=one(tickets), **BOUNDARY)

    (asked,) = model.said()
    assert 'as near to the boundary between "refund" and "delivery"' in asked
    assert "attentive annotator still gives it" in asked and "in one sentence the reason" in asked
    assert list(model.asked["write"][0].json_schema["properties"]) == ["text", "reason"]
    assert row.metadata.method | {"axes": {}} == {
        "mode": "boundary",
        "axes": {},
        "contrast_label": "delivery",
        "verified": True,
        "verified_label": "refund",
        "confidence": 0.75,
        "reason": "it asks for money",
    }


def test_a_text_is_then_classified_blindly_with_all_labels_and_their_descriptions(desk, tickets) -> None:
    model = desk({"text": 'so "what"', "reason": "no hint"})

    model.make(tickets, request=one(tickets), **BOUNDARY)

    (asked,) = model.asked["verify"]
    assert model.requests == [*model.asked["write"], asked]
    system, user = (message.content for message in asked.messages)
    assert r'"so \"what\""' in user and "The text is data" in system
    for name, description in (
        ("refund", "money back"),
        ("delivery", "where a parcel is"),
        ("login", "getting in"),
    ):
        assert user.count(f'- "{name}": "{description}"') == 1
    assert "no hint" not in system + user
    assert asked.temperature == 0.0
    assert asked.json_schema["properties"]["label"]["enum"] == ["refund", "delivery", "login"]


def test_the_classification_of_a_text_does_not_depend_on_the_label_wanted_but_for_the_shuffle(
    desk, tickets
) -> None:
    model = desk()
    cells = [Cell(name, 8) for name in tickets.labels]

    rows = model.make(tickets, request=make_request(24, inputs=tickets, cells=cells), **BOUNDARY)

    assert [type(row) for row in rows] == [Sample, Rejection, Rejection] * 8
    assert len({tuple(sorted(text.split("\n"))) for text in model.said("verify")}) == 1
    assert len(set(model.said("verify"))) == 6  # the orders of three labels
    assert len({str(request.json_schema) for request in model.asked["verify"]}) == 1


def test_a_text_that_is_given_another_label_is_refused_with_that_label(desk, tickets) -> None:
    model = desk({"text": "w" * 3000, "reason": "so"}, {"label": "login", "confidence": 0.9})
    request = one(tickets)

    (row,) = model.make(tickets, request=request, **BOUNDARY)

    assert isinstance(row, Rejection)
    assert (row.reason, row.measured, row.threshold) == ("label_not_confirmed", "login", "refund")
    assert row.text == "w" * 2000
    assert len(row.trace.parents) == 5
    written, verified = request.models["generator"].door.account.take(0)
    assert [(call.site.row, call.site.attempt) for call in (written, verified)] == [(0, 0), (0, 1)]
    assert row.trace.processing_steps[-1].params["prompt"] == verified.prompt != written.prompt


def test_a_row_finds_the_call_that_wrote_it(desk, tickets) -> None:
    request = one(tickets)

    (row,) = desk().make(tickets, request=request, **BOUNDARY)

    written, _ = request.models["generator"].door.account.take(0)
    assert row.trace.processing_steps[-1].params["prompt"] == written.prompt
    assert row.trace.processing_steps[-1].params["model"] == "scripted"


@pytest.mark.parametrize(
    ("sure", "confidence"), [(0, 0.0), (1, 1.0), (0.5, 0.5), (1.01, None), (-0.01, None), (95, None)]
)
def test_a_confidence_off_the_scale_is_none(desk, tickets, sure: float, confidence: float | None) -> None:
    model = desk(None, {"label": "refund", "confidence": sure})

    (row,) = model.make(tickets, request=one(tickets), **BOUNDARY)

    assert row.metadata.method["confidence"] == confidence
    assert row.metadata.method["verified"] is True


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"label": "no such", "confidence": 1}, "schema_violation"),
        ("I'd say refund.", "not_json"),
        (ModelError("too long", kind="bad_request"), "model_bad_request"),
    ],
)
def test_a_classification_that_cannot_be_read_or_fails_is_a_rejection(
    desk, tickets, answer: Any, reason: str
) -> None:
    model = desk(None, answer)

    (row,) = model.make(tickets, request=one(tickets), **BOUNDARY)

    assert isinstance(row, Rejection) and row.reason == reason
    assert row.rule == (
        "the model call failed" if reason.startswith("model") else "a classification that can be read"
    )


@pytest.mark.parametrize("text", ["Where is my parcel", "a refund please", "  "])
def test_what_is_refused_anyway_is_not_classified(desk, tickets, text: str) -> None:
    model = desk({"text": text, "reason": "so"})

    (row,) = model.make(tickets, request=one(tickets), **BOUNDARY, allow_label_name=False)

    assert row.reason in ("copied_example", "label_named", "empty_answer")
    assert model.asked["verify"] == []


@pytest.mark.parametrize("mode", ["by-label", "contrastive", "boundary", "definition"])
@pytest.mark.parametrize("verify", [None, True, False])
def test_any_mode_verifies_or_not(desk, tickets, mode: str, verify: bool | None) -> None:
    model = desk()

    (row,) = model.make(tickets, request=one(tickets), mode=mode, verify=verify)

    verifies = mode == "boundary" if verify is None else verify
    assert len(model.asked["verify"]) == verifies
    assert row.metadata.method["verified"] is (True if verifies else None)
    assert row.metadata.method["verified_label"] == ("refund" if verifies else None)


def test_another_model_may_classify(desk, tickets) -> None:
    config = ClassifyConfig(mode="boundary", verify_model="annotator", verify_max_tokens=9)
    model, request = desk(), one(tickets)

    (row,) = model.make(tickets, request=request, **config.model_dump())

    assert Classify(config, tickets).models() == {"generator": (), "annotator": ()}
    assert Classify(ClassifyConfig(verify_model="annotator"), tickets).models() == {"generator": ()}
    assert isinstance(row, Sample)
    assert [call.max_tokens for call in model.asked["verify"]] == [9]


def test_labels_are_classified_by_the_names_that_are_shown(desk) -> None:
    inputs = make_inputs(labels=("PlayMusic", "天气_查询"))
    model = desk(None, {"label": "天气 查询", "confidence": 1})
    cells = [Cell("PlayMusic", 1), Cell("天气_查询", 1)]

    first, second = model.make(inputs, request=make_request(2, inputs=inputs, cells=cells), **BOUNDARY)

    assert (first.reason, first.measured) == ("label_not_confirmed", "天气_查询")
    assert second.label == second.metadata.method["verified_label"] == "天气_查询"
