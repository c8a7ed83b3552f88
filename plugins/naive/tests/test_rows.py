from __future__ import annotations

import asyncio
import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_naive.config import NaiveConfig
from datagen_plugin_naive.generator import Naive

from datagen_core.errors import InputError, RunPaused
from datagen_core.generator import Cell
from datagen_core.llm.budget import Wall
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.retry import Retries
from datagen_core.llm.site import CallSite
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import make_inputs, make_request
from datagen_core.testing.fresh_process import rows_as_json
from datagen_core.testing.scripted_model import reply
from datagen_core.testing.virtual_time import in_virtual_time

SEEDS = [
    ("it stopped working after a day", "negative"),
    ("the strap broke", "negative"),
    ("best fins I ever had", "positive"),
]
KINDS = (
    *("rate_limit", "timeout", "connection", "server", "malformed"),
    *("bad_request", "auth", "not_found", "capability"),
)


def echo(request: ChatRequest) -> dict[str, str]:
    """A text that tells the requests apart."""
    return {"text": blake2b(request.messages[1].content.encode(), digest_size=6).hexdigest()}


def test_a_labelled_row_is_asked_for_with_its_class_and_examples_of_it(desk) -> None:
    model = desk({"text": "  they fell apart \n"})
    inputs = make_inputs(SEEDS, domain="reviews", task="sentiment")
    request = make_request(2, inputs=inputs, cells=[Cell("negative", 2)])

    first, second = model.make(inputs, request=request)

    for asked in model.asked:
        assert "Class: negative" in asked
        assert '"it stopped working after a day"' in asked and '"the strap broke"' in asked
        assert "best fins" not in asked
    assert first.response == second.response == "they fell apart"
    assert first.label == "negative"
    assert sorted(first.trace.parents) == ["seed0", "seed1"]
    assert 'The classes are ["negative", "positive"]' in model.rows[0].messages[0].content


@pytest.mark.parametrize(("most", "shown"), [(0, 0), (1, 1), (2, 2), (9, 2)])
def test_at_most_so_many_examples_are_shown(desk, most: int, shown: int) -> None:
    model = desk({"text": "fine"})
    inputs = make_inputs(SEEDS, domain="reviews")
    request = make_request(1, inputs=inputs, cells=[Cell("negative", 1)])

    (row,) = model.make(inputs, request=request, examples=most)

    assert len(row.trace.parents) == shown
    assert ("Real rows" in model.asked[0]) is bool(shown)


def test_rows_without_labels_are_asked_for_by_the_recipe_alone(desk) -> None:
    model = desk({"text": "a joke"})

    (row,) = model.make(make_inputs(domain="jokes", languages=("pt",)), 1)

    assert row.label is None and row.trace.parents == ()
    assert "Class:" not in model.asked[0]
    assert "Language code: pt" in model.asked[0]
    assert "language" not in row.metadata.method


def test_of_several_languages_each_row_has_one_and_says_which(desk) -> None:
    model = desk({"text": "a joke"})

    rows = model.make(make_inputs(domain="jokes", languages=("pt", "en")), 12)

    used = [row.metadata.method["language"] for row in rows]
    assert set(used) == {"pt", "en"}
    assert all(f"Language code: {code}" in asked for code, asked in zip(used, model.asked, strict=True))


def test_pairs_have_an_input_and_a_response(desk) -> None:
    model = desk({"input": " who? ", "response": "me "})

    (row,) = model.make(make_inputs(task="small talk"), 1, output="pair")

    assert (row.input, row.response) == ("who?", "me")
    assert set(model.rows[0].json_schema["properties"]) == {"input", "response"}


def test_a_pair_does_not_go_with_a_schema() -> None:
    with pytest.raises(InputError, match="output: pair") as caught:
        Naive(NaiveConfig(output="pair"), make_inputs(json_schema={"type": "object"}))

    assert caught.value.where == "with.output"


def test_sampling_is_as_configured_and_a_tuner_may_change_it(desk) -> None:
    model = desk({"text": "a joke"})
    inputs = make_inputs(domain="jokes")
    options = {"temperature": 0.3, "top_p": 0.8, "max_tokens": 77}

    model.make(inputs, 1, **options)
    (tuned,) = model.make(inputs, request=make_request(1, params={"temperature": 0.9}), **options)

    assert [(r.temperature, r.top_p, r.max_tokens) for r in model.rows] == [(0.3, 0.8, 77), (0.9, 0.8, 77)]
    assert tuned.trace.processing_steps[-1].params["temperature"] == 0.9


@pytest.mark.parametrize("capabilities", [("json_schema",), ()])
def test_a_row_finds_its_call_by_the_hash_of_the_prompt(desk, capabilities: tuple[str, ...]) -> None:
    inputs = make_inputs(domain="jokes")
    request = make_request(1, inputs=inputs)

    (row,) = desk({"text": "a joke"}, capabilities=capabilities).make(inputs, request=request)

    step = row.trace.processing_steps[-1]
    plan, call = request.models["generator"].door.account.take(0)
    assert (plan.site.row, call.site.row) == (-1, 0)
    assert step.params["prompt"] == call.prompt != plan.prompt
    assert step.params["model"] == "scripted"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ('{"text": "   \\n"}', "empty_answer"),
        ("", "empty_answer"),
        ("here you are", "not_json"),
        ('{"txt": "a"}', "schema_violation"),
        ('{"text": "a", "text": "b"}', "ambiguous_json"),
        (reply('{"text": "a', finish_reason="length"), "truncated_answer"),
        (reply("", finish_reason="content_filter"), "refused"),
    ],
)
def test_an_answer_that_cannot_be_used_is_a_rejection_with_the_reason(desk, answer: Any, reason: str) -> None:
    model = desk(answer)

    (row,) = model.make(make_inputs(SEEDS, domain="reviews"), 1)

    assert isinstance(row, Rejection)
    assert row.reason == reason
    assert row.text == (answer if isinstance(answer, str) else answer.choices[0].text)
    assert row.measured and row.trace.parents and row.trace.processing_steps[-1].params["prompt"]


def test_of_a_rejected_answer_the_first_2000_characters_are_kept(desk) -> None:
    (row,) = desk("x" * 5000).make(make_inputs(domain="jokes"), 1)

    assert (row.reason, row.text) == ("not_json", "x" * 2000)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_call_is_a_rejection_in_its_place(desk, kind: str) -> None:
    """Beneath the door's own patience: here whatever fails fails for good."""
    inputs = make_inputs(SEEDS, domain="reviews")
    generator, request = Naive(NaiveConfig(), inputs), make_request(3, inputs=inputs)
    calls: list[int] = []

    class Failing(ModelDoor):
        async def chat(self, alias, request, site, **more):
            if site.row == 1:
                calls.append(site.row)
                raise ModelError("it broke", kind=kind)
            return await super().chat(alias, request, site, **more)

    door = Failing({"generator": desk(echo)}, Wall(Ledger(Path(":memory:"))), retries=Retries(most=0))
    request.models = {"generator": door.bound("generator", CallSite(batch=0, link=0))}

    async def rows() -> list[Sample | Rejection]:
        return [row async for row in generator.generate(request)]

    made = in_virtual_time(rows)

    assert [type(row) for row in made] == [Sample, Rejection, Sample]
    assert (made[1].reason, made[1].text) == (f"model_{kind}", "it broke")
    assert made[1].trace.parents and made[1].trace.processing_steps[-1].params["prompt"]
    assert calls == [1]


def test_a_pause_among_the_rows_passes_and_the_others_finish(desk) -> None:
    def answer(request: ChatRequest) -> Any:
        return ModelError("wrong key", kind="auth") if len(model.rows) == 2 else echo(request)

    model = desk(answer)

    with pytest.raises(RunPaused):
        model.make(make_inputs(domain="jokes"), 5)

    assert len(model.rows) == 5


def test_a_label_that_is_not_the_recipes_is_a_rejection_and_is_not_asked_for(desk) -> None:
    model = desk({"text": "a"})
    inputs = make_inputs(SEEDS, domain="reviews")
    request = make_request(4, inputs=inputs, cells=[Cell("mixed", 2), Cell("positive", 2)])

    rows = model.make(inputs, request=request)

    assert [type(row) for row in rows] == [Rejection, Sample, Rejection, Sample]
    assert (rows[0].reason, rows[0].measured) == ("label_not_wanted", "mixed")
    assert rows[0].threshold == "negative, positive"
    assert len(model.rows) == 2


def test_rows_come_in_order_and_are_the_same_in_whatever_order_replies_do(desk) -> None:
    inputs = make_inputs(SEEDS, domain="reviews", languages=("en", "de"))
    orders = (lambda call: call, lambda call: 100 - call, lambda call: call * 7 % 12)

    made = [
        desk(echo, latency_s=latency_s).make(inputs, 12, request=make_request(12, inputs=inputs))
        for latency_s in orders
    ]

    texts = [rows_as_json(rows) for rows in made]
    assert texts[0] == texts[1] == texts[2]
    assert len({row.response for row in made[0]}) > 6


def test_all_rows_of_a_batch_are_on_their_way_at_once(desk) -> None:
    model = desk(echo, latency_s=lambda call: 5.0)
    began: list[float] = []
    send = model._answered

    def timed(request: ChatRequest, call: int) -> Any:
        began.append(asyncio.get_running_loop().time())
        return send(request, call)

    model._answer = timed
    model.make(make_inputs(domain="jokes"), 10)

    assert len(began) == 11
    assert began[1:] == [5.0] * 10  # after the plan


def test_what_users_wrote_is_never_a_template(desk) -> None:
    model = desk({"text": "a"}, {"instructions": "{{ 7 * 7 }} {% raw %}", "angles": ["{{ label }}"] * 4})
    seeds = [("{{ domain }} {% if %}", "{{ x }}")]
    inputs = make_inputs(seeds, domain="{# none #}", task_input={"description": "{{ task }}"})

    (row,) = model.make(inputs, 1)

    (asked,) = model.rows
    assert "{{ 7 * 7 }} {% raw %}" in asked.messages[0].content
    assert "{# none #}" in asked.messages[0].content and "{{ task }}" in asked.messages[0].content
    assert "Class: {{ x }}" in asked.messages[1].content
    assert json.dumps("{{ domain }} {% if %}") in asked.messages[1].content
    assert row.metadata.method["angle"] == "{{ label }}"


def test_a_row_is_asked_to_be_what_the_coverage_wants_and_says_so(desk) -> None:
    model = desk(echo)
    coverage = {"language": ("en", "de"), "level": ("easy", "hard")}
    inputs = make_inputs([], domain="reviews", coverage=coverage, languages=("en", "de"))
    cells = [Cell(None, 1, (("language", "de"), ("level", "hard"))), Cell(None, 1, (("level", "easy"),))]

    first, second = model.make(inputs, request=make_request(2, inputs=inputs, cells=cells))

    assert Naive(NaiveConfig(), inputs).steers() == {"language", "level"}
    assert "Language code: de" in model.asked[0] and "The row's level is to be: hard" in model.asked[0]
    assert "The row's level is to be: easy" in model.asked[1]
    assert (first.value_of("language"), first.value_of("level")) == ("de", "hard")
    assert second.value_of("level") == "easy"


def test_a_covered_property_of_the_record_is_given_not_asked_for(desk) -> None:
    schema = {
        "type": "object",
        "properties": {"text": {"type": "string"}, "stars": {"type": "integer", "enum": [1, 5]}},
        "required": ["text", "stars"],
    }
    model = desk({"text": "fell apart"})
    inputs = make_inputs([], domain="reviews", coverage={"stars": ("1", "5")}, json_schema=schema)
    request = make_request(1, inputs=inputs, cells=[Cell(None, 1, (("stars", "1"),))])

    (made,) = model.make(inputs, request=request)

    assert made.fields == {"text": "fell apart", "stars": 1}
    assert made.value_of("stars") == "1"
    assert "to be:" not in model.asked[0] and '"stars"' not in str(model.rows[0].json_schema)
