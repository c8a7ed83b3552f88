from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.generator import Classify

from datagen_core.errors import RunPaused
from datagen_core.generator import Cell
from datagen_core.llm.budget import Wall
from datagen_core.llm.cache import FILE_NAME, ReplyCache
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.site import CallSite
from datagen_core.model import ModelError
from datagen_core.sample import Sample
from datagen_core.testing import make_inputs, make_request
from datagen_core.testing.virtual_time import in_virtual_time

DEFINITION: dict[str, Any] = {"mode": "definition"}


def test_definitions_are_asked_for_first_at_temperature_0_with_all_that_is_known(desk, tickets) -> None:
    model = desk()
    request = make_request(4, inputs=tickets, cells=[Cell("refund", 2), Cell("login", 2)])

    rows = model.make(tickets, request=request, **DEFINITION)

    assert [type(row) for row in rows] == [Sample] * 4
    (asked,) = model.asked["define"]
    assert model.requests[0] is asked and len(model.requests) == 5
    assert request.models["generator"].door.account.take(0)[0].site.row == -1
    assert asked.temperature == 0.0 and asked.max_tokens == 500 + 3 * 300
    text = asked.messages[1].content
    for told in ("Domain: support", "routing", "First messages.", '- tone: "hurried"'):
        assert told in text
    assert '- label_1: "refund"\n  - described as: "money back"\n  - a real text: "money back for' in text
    assert text.count("- a real text:") == 7
    assert list(asked.json_schema["properties"]) == ["label_1", "label_2", "label_3"]


def test_a_text_is_written_by_its_definition_and_without_examples(desk, tickets) -> None:
    model = desk()
    request = make_request(1, inputs=tickets, cells=[Cell("delivery", 1)])

    (row,) = model.make(tickets, request=request, **DEFINITION, examples=2)

    (asked,) = model.said()
    assert '- it means: "what label_2 is"' in asked
    assert (
        '- belongs to it: ["in label_2"]' in asked and '- doesn\'t belong to it: ["out of label_2"]' in asked
    )
    assert "label_1" not in asked and "Real texts" not in asked
    assert row.trace.parents == ("seed0", "seed1")  # what its definition was made from
    assert row.metadata.method["mode"] == "definition"
    assert row.metadata.method["contrast_label"] is None


def test_it_works_without_seeds_or_descriptions_and_the_annotator_is_told_the_definitions(desk) -> None:
    inputs = make_inputs(labels=("退款", "شكوى", "Жалоба"), languages=("zh",))
    model = desk(None, {"label": "شكوى", "confidence": 1})
    request = make_request(1, inputs=inputs, cells=[Cell("شكوى", 1)])

    (row,) = model.make(inputs, request=request, **DEFINITION, verify=True)

    assert '- "Жалоба": "what label_3 is"' in model.asked["write"][0].messages[0].content
    assert '- "退款": "what label_1 is"' in model.said("verify")[0]
    assert (row.label, row.trace.parents, row.metadata.method["verified"]) == ("شكوى", (), True)


def test_a_text_copied_from_what_the_definitions_were_made_from_is_refused(desk, tickets) -> None:
    request = make_request(1, inputs=tickets, cells=[Cell("login", 1)])

    (row,) = desk({"text": "I can't get in!"}).make(tickets, request=request, **DEFINITION)

    assert (row.reason, row.measured) == ("copied_example", "seed5")


def test_batches_and_arms_share_one_call_for_definitions_from_the_cache(
    desk, tickets, tmp_path: Path
) -> None:
    model = desk()
    door = ModelDoor(
        {"generator": model}, Wall(Ledger(Path(":memory:"))), cache=ReplyCache(tmp_path / FILE_NAME)
    )

    async def batches() -> None:
        for batch, temperature in enumerate((0.3, 0.7, 0.3)):
            generator = Classify(ClassifyConfig(mode="definition", temperature=temperature), tickets)
            request = make_request(3, inputs=tickets, batch=batch)
            site = CallSite(arm=f"arm{batch}", batch=batch, link=0)
            request.models = {"generator": door.bound("generator", site)}
            assert [type(row) async for row in generator.generate(request)] == [Sample] * 3

    in_virtual_time(batches)

    assert (len(model.asked["define"]), len(model.asked["write"])) == (1, 9)


def blank_second(request: Any) -> dict[str, Any]:
    guide = {"definition": "a wish", "includes": [], "excludes": []}
    return {"label_1": guide, "label_2": {**guide, "definition": " \n"}, "label_3": guide}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I'd rather not.", "not_json"),
        ({"label_1": {"definition": "a", "includes": [], "excludes": []}}, "schema_violation"),
        (blank_second, "empty_answer"),
        (ModelError("too long", kind="bad_request"), "model_bad_request"),
    ],
)
def test_without_definitions_nothing_is_written_and_every_row_is_a_rejection(
    desk, tickets, answer: Any, reason: str
) -> None:
    model = desk(define=answer)

    rows = model.make(tickets, 3, **DEFINITION)

    assert [row.reason for row in rows] == [reason] * 3
    assert model.asked["write"] == []
    assert all(row.trace.processing_steps[-1].params["prompt"] for row in rows)
    if reason == "empty_answer":
        assert rows[0].measured == "no definition of delivery"


def test_blank_cues_are_left_out(desk, tickets) -> None:
    guide = {"definition": " a wish ", "includes": [" ", ""], "excludes": [" x "]}
    model = desk(define={f"label_{n}": guide for n in (1, 2, 3)})

    model.make(tickets, **DEFINITION)

    assert '- it means: "a wish"\n- doesn\'t belong to it: ["x"]' in model.said()[0]


def test_a_pause_while_defining_passes(desk, tickets) -> None:
    model = desk(define=ModelError("wrong key", kind="auth"))

    with pytest.raises(RunPaused):
        model.make(tickets, **DEFINITION)

    assert model.asked["write"] == []


def test_nothing_is_defined_where_no_text_can_be_asked_for(desk, tickets) -> None:
    model = desk()
    request = make_request(2, inputs=tickets, cells=[Cell("no such", 2)])

    rows = model.make(tickets, request=request, **DEFINITION)

    assert [row.reason for row in rows] == ["label_not_wanted"] * 2
    assert model.make(tickets, request=make_request(0, inputs=tickets), **DEFINITION) == []
    assert model.requests == []


def test_the_room_for_definitions_is_an_option(desk, tickets) -> None:
    model = desk()

    model.make(tickets, **DEFINITION, definitions_max_tokens=99)

    assert model.asked["define"][0].max_tokens == 99
