import asyncio
import json
import pickle
import random
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import datagen_plugin_templater
import jsonschema_rs
import pytest
import yaml
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.filling import MAX_SLOTS
from datagen_plugin_templater.generator import Templater
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import Cell, InputError, PluginError, Rejection, Sample
from datagen_core.errors import BudgetReached, DatagenError
from datagen_core.generator import GenerateRequest
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.site import CallSite
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, ModelError
from datagen_core.testing import ScriptedModel, generate, make_inputs, make_request
from datagen_core.testing.scripted_model import reply
from datagen_core.testing.toy_data import give_models
from datagen_core.testing.virtual_time import in_virtual_time

REVIEWS = yaml.safe_load(Path(__file__).with_name("reviews.yaml").read_text(encoding="utf-8"))["grammar"]
LABELS = ("positive", "negative")
ONE: dict[str, Any] = {"start": "s", "rules": {"s": ["say <x>!"], "x": [{"llm_fill": {"prompt": "a word"}}]}}
KINDS = (
    *("rate_limit", "timeout", "connection", "server", "malformed"),
    *("bad_request", "auth", "not_found", "capability"),
)


def templater(grammar: dict[str, Any], labels: tuple[str, ...] = (), **options: Any) -> Templater:
    config = TemplaterConfig.model_validate({"grammar": grammar, **options})
    return Templater(config, make_inputs(labels=labels, domain="diving", task="reviews"))


def fill(prompt: str = "a word", **more: Any) -> dict[str, Any]:
    return {"llm_fill": {"prompt": prompt}, **more}


def slots_of(request: ChatRequest) -> list[str]:
    """The slots that a request asks for, from its schema."""
    assert request.json_schema is not None
    return list(request.json_schema["required"])


def answering(text: Callable[[str, int], str], **options: Any) -> ScriptedModel:
    """A model that writes into each slot what a function makes of its name and of the number of the call."""
    return ScriptedModel(
        lambda asked, i: json.dumps({name: text(name, i) for name in slots_of(asked)}), latency_s=0, **options
    )


def echoing() -> ScriptedModel:
    """A model that writes each slot's prompt into it."""

    def answer(asked: ChatRequest, i: int) -> str:
        lines = asked.messages[-1].content.splitlines()
        found = dict(line[2:].split(": ", 1) for line in lines if line.startswith("- slot_"))
        assert list(found) == slots_of(asked)
        return json.dumps(found)

    return ScriptedModel(answer, latency_s=0)


def only(rows: Sequence[Sample | Rejection]) -> Sample | Rejection:
    (row,) = rows
    return row


def refused(rows: Sequence[Sample | Rejection]) -> Rejection:
    row = only(rows)
    assert isinstance(row, Rejection)
    return row


def made(rows: Sequence[Sample | Rejection]) -> list[Sample]:
    assert all(isinstance(row, Sample) for row in rows)
    return [row for row in rows if isinstance(row, Sample)]


def is_valid(generator: Templater, row: Sample) -> bool:
    schema = generator.json_schema()
    assert schema is not None
    return jsonschema_rs.is_valid(dict(schema), dict(row.fields))


# -- what is asked ------------------------------------------------------------------------------------------


def test_all_slots_of_a_row_are_filled_in_one_call() -> None:
    rules = {"s": ["<a>, <b> and <a>"], "a": [fill("a fish")], "b": [fill("a wreck")]}
    model = answering(lambda name, i: name.removeprefix("slot_") + " is it")
    (row,) = made(generate(templater({"start": "s", "rules": rules}), make_request(1), model))
    assert row.response == "1 is it, 2 is it and 3 is it"
    (asked,) = model.requests
    system, user = asked.messages
    assert (system.role, user.role) == ("system", "user")
    for part in (
        "[[slot_1]], [[slot_2]] and [[slot_3]]",
        "- slot_1: a fish\n- slot_2: a wreck\n- slot_3: a fish",
    ):
        assert part in user.content
    assert "Domain: diving" in user.content
    assert asked.json_schema == {
        "type": "object",
        "properties": {f"slot_{i}": {"type": "string"} for i in (1, 2, 3)},
        "required": ["slot_1", "slot_2", "slot_3"],
        "additionalProperties": False,
    }


def test_the_model_is_shown_the_label_and_what_the_data_is_for() -> None:
    grammar = {
        "start": "s", "label": "l", "bind": ["l"],
        "rules": {"l": ["good", "bad"], "s": [fill("praise", when={"l": "good"}), fill("blame", when={"l": "bad"})]},
    }  # fmt: skip
    inputs = make_inputs(
        labels=("good", "bad"),
        task="ratings",
        task_input={"description": "Reviews of fins.", "slang": True},
        constraints={"schema": {}, "words": 9},
    )
    generator = Templater(TemplaterConfig(grammar=grammar), inputs)
    model = echoing()
    rows = made(generate(generator, make_request(4, cells=[Cell("good", 2), Cell("bad", 2)]), model))
    assert [(row.label, row.response) for row in rows] == [("good", "praise"), ("bad", "blame")] * 2
    for row, asked in zip(rows, model.requests, strict=True):
        text = asked.messages[-1].content
        assert f"Its label: {row.label}" in text
        assert "slang: true\nwords: 9" in text and "schema" not in text
        assert "Purpose: Reviews of fins." in text and "Task: ratings" in text and "Domain" not in text
    assert not any("independently" in notice for notice in generator.notices())


def test_options_reach_the_call_and_the_rows_step() -> None:
    generator = templater(ONE, model="writer", temperature=0.3, top_p=0.8, max_tokens=77)
    assert generator.models() == {"writer": ()}
    model = answering(lambda *_: "hello")
    (row,) = made(generate(generator, make_request(1), model))
    (asked,) = model.requests
    assert (asked.temperature, asked.top_p, asked.max_tokens) == (0.3, 0.8, 77)
    params = row.trace.processing_steps[-1].params
    assert (params["model"], params["temperature"], params["top_p"]) == ("scripted", 0.3, 0.8)
    assert len(params["prompt"]) == 16


def test_each_row_of_a_batch_asks_as_a_row_of_its_own() -> None:
    sites: list[CallSite] = []

    class Watched(BoundModel):
        async def structured(self, request: ChatRequest, schema: AnswerSchema) -> StructuredAnswer:
            sites.append(self.site)
            return await super().structured(request, schema)

    generator, request = templater(ONE), make_request(3, batch=7)
    give_models(generator, request, answering(lambda *_: "hello"))
    bound = request.models["generator"]
    request.models = {"generator": Watched(bound.door, bound.alias, bound.site)}
    generate(generator, request)
    assert [(site.batch, site.row, site.attempt) for site in sites] == [(7, 0, 0), (7, 1, 0), (7, 2, 0)]


def test_a_recipes_own_prompt_takes_the_place_of_the_packages() -> None:
    own = "{{ text }}|{% for slot in slots %}{{ slot.name }}={{ slot.prompt }};{% endfor %}"
    model = answering(lambda *_: "hello")
    generate(templater(ONE, prompts={"fill": own}), make_request(1), model)
    assert model.requests[0].messages[0].content == "say [[slot_1]]!|slot_1=a word;"


@pytest.mark.parametrize("own", ["{{ nothing_known }}", "{% for %}", "{{ slots.x.y }}", "{{ text + 'a' }}"])
def test_a_prompt_that_cant_be_used_is_refused_before_the_run(own: str) -> None:
    with pytest.raises(InputError, match="a prompt can't be used") as caught:
        templater(ONE, prompts={"fill": own})
    assert caught.value.where == "with.prompts.fill"
    templater({"start": "s", "rules": {"s": ["no slots"]}}, prompts={"fill": own})


def test_a_prompt_that_fails_for_one_row_rejects_that_row() -> None:
    own = "{% if label == 'bad' %}{{ slots + 1 }}{% endif %}{{ text }}"
    grammar = {
        "start": "s",
        "label": "l",
        "bind": ["l"],
        "rules": {"s": ["<l> <x>"], "l": ["good", "bad"], "x": [fill()]},
    }
    request = make_request(2, cells=[Cell("good", 1), Cell("bad", 1)])
    rows = generate(
        templater(grammar, ("good", "bad"), prompts={"fill": own}), request, answering(lambda *_: "x")
    )
    assert isinstance(rows[0], Sample) and isinstance(rows[1], Rejection)
    assert rows[1].reason == "prompt_failed"


# -- what comes of it ---------------------------------------------------------------------------------------


def test_a_record_is_escaped_as_json_needs_and_the_rest_of_it_is_untouched() -> None:
    rules = {
        "s": ['{"t": "<a> – <x>", "n": <n>, "tags": ["<x>"], "in": {"k": <v?>}, "c": " kept  as is "}'],
        "a": ['back\\slash & "quoted"'], "n": ["5"], "x": [fill()], "v": ['"<x>"'],
    }  # fmt: skip
    passage = 'He said "no" \\ {"slot": 1} 漢 </s>'
    generator = templater({"start": "s", "rules": rules})
    for row in made(generate(generator, make_request(6), answering(lambda *_: passage))):
        inner = {"k": passage} if row.fields["in"] else {}
        assert row.fields == {
            "t": f'back\\slash & "quoted" – {passage}', "n": 5, "tags": [passage], "in": inner, "c": " kept  as is ",
        }  # fmt: skip
        assert json.loads(row.response) == row.fields
        assert row.metadata.method["slots"] == 2 + len(inner)
        assert is_valid(generator, row)


def test_a_bound_slot_is_written_once_and_stands_everywhere() -> None:
    grammar = {
        "start": "s", "bind": ["name"],
        "rules": {"s": ['{"who": "<name>", "text": "<name> met <friend> and <name>"}'],
                  "name": ["Dr <x>"], "x": [fill("a surname")], "friend": [fill("a name")]},
    }  # fmt: skip
    model = answering(lambda name, _: {"slot_1": "Adams", "slot_2": "Bo"}[name])
    (row,) = made(generate(templater(grammar), make_request(1), model))
    assert row.fields == {"who": "Dr Adams", "text": "Dr Adams met Bo and Dr Adams"}
    assert row.metadata.method["bindings"] == {"name": "Dr Adams"}
    assert row.metadata.method["slots"] == 2
    assert (
        '{"who": "Dr [[slot_1]]", "text": "Dr [[slot_1]] met [[slot_2]]'
        in model.requests[0].messages[-1].content
    )


def test_rows_without_slots_ask_no_model_and_arent_repeated() -> None:
    rules = {"s": [{"template": "plain", "weight": 1}, {"template": "say <x>", "weight": 1}], "x": [fill()]}
    model = answering(lambda *_: "hello")
    rows = made(generate(templater({"start": "s", "rules": rules}), make_request(12), model))
    assert [row.response for row in rows].count("plain") == 1
    assert [row.response for row in rows].count("say hello") == len(model.requests) == 11
    plain = next(row for row in rows if row.response == "plain")
    assert plain.metadata.method["slots"] == 0
    assert plain.trace.processing_steps[-1].params == {}


def test_what_was_stripped_from_a_passage_is_told() -> None:
    rules = {"s": ["<x> <x> <x>"], "x": [fill()]}
    model = answering(
        lambda name, _: {"slot_1": "“hello”", "slot_2": " hel\nlo ", "slot_3": "```\nbye\n```"}[name]
    )
    (row,) = made(generate(templater({"start": "s", "rules": rules}), make_request(1), model))
    assert row.response == "hello hel lo bye"
    assert row.metadata.method["unwrapped"] == ["slot_1", "slot_3"]
    (plain,) = made(generate(templater(ONE), make_request(1), answering(lambda *_: "hello")))
    assert "unwrapped" not in plain.metadata.method


def test_the_log_probability_and_derivation_are_those_of_the_grammar() -> None:
    rules = {"s": ["say <x>"], "x": [fill("one", weight=3), fill("two", weight=1)]}
    rows = made(generate(templater({"start": "s", "rules": rules}), make_request(8), echoing()))
    for row in rows:
        alternative = {"say one": 0, "say two": 1}[row.response]
        assert row.metadata.method["derivation"] == [["s", 0], ["x", alternative]]
        assert row.metadata.method["logprob"] == pytest.approx(
            {0: -0.2877, 1: -1.3863}[alternative], abs=1e-4
        )


@pytest.mark.parametrize(
    ("passage", "reason", "measured", "threshold"),
    [
        ("", "slot_empty", 0, 1),
        (" \n\u00a0", "slot_empty", 0, 1),
        ("[[slot_1]]", "slot_leaks_marker", "slot_1", None),
        ("a ``` b", "slot_fenced", "```", None),
        ('""a""', "slot_quoted", '""', None),
        ("a\x00b", "slot_not_text", "'\\x00'", None),
        ("x" * 16, "slot_too_long", 21, 20),
    ],
)
def test_a_bad_passage_rejects_its_row_with_a_reason(
    passage: str, reason: str, measured: float | str, threshold: float | None
) -> None:
    row = refused(generate(templater(ONE, max_chars=20), make_request(1), answering(lambda *_: passage)))
    assert (row.reason, row.measured, row.threshold) == (reason, measured, threshold)
    assert json.loads(row.text or "{}") in ({"slot_1": passage}, {})
    assert row.trace.processing_steps[-1].params["model"] == "scripted"


def test_a_sample_of_exactly_max_chars_is_kept_slots_and_all() -> None:
    (row,) = made(generate(templater(ONE, max_chars=20), make_request(1), answering(lambda *_: "x" * 15)))
    assert len(row.response) == 20
    record = {"start": "s", "rules": {"s": ['{"t": "<x>"}'], "x": [fill()]}}
    for chars, kept in ((11, True), (12, False)):
        rows = generate(
            templater(record, max_chars=20), make_request(1), answering(lambda *_, n=chars: "y" * n)
        )
        assert isinstance(rows[0], Sample) == kept, rows
    too_long = refused(generate(templater(record, max_chars=9), make_request(1), answering(lambda *_: "y")))
    assert (too_long.reason, too_long.measured, too_long.threshold) == ("too_long", 10, 9)


def test_more_slots_than_one_call_may_fill_reject_the_row_unasked() -> None:
    rules = {"s": [f"<x{{{MAX_SLOTS + 1},{MAX_SLOTS + 1}}}>"], "x": [fill()]}
    model = answering(lambda *_: "hello")
    row = refused(generate(templater({"start": "s", "rules": rules}), make_request(1), model))
    assert (row.reason, row.measured, row.threshold) == ("too_many_slots", MAX_SLOTS + 1, MAX_SLOTS)
    assert model.requests == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I'd rather not.", "not_json"),
        ("", "empty_answer"),
        ('{"slot_1": 5}', "schema_violation"),
        ("{}", "schema_violation"),
        ('{"slot_1": "a", "slot_2": "b"}', "schema_violation"),
        ('{"slot_1": "a", "slot_1": "b"}', "ambiguous_json"),
        (reply('{"slot_1": "a', finish_reason="length"), "truncated_answer"),
        (reply("", finish_reason="content_filter"), "refused"),
    ],
)
def test_an_answer_that_cant_be_read_after_a_second_try_rejects_its_row(answer: Any, reason: str) -> None:
    model = ScriptedModel(lambda *_: answer, latency_s=0)
    row = refused(generate(templater(ONE), make_request(1), model))
    assert row.reason == reason
    assert row.measured
    assert len(model.requests) == 2


def test_an_answer_corrected_on_the_second_try_is_used() -> None:
    model = ScriptedModel(lambda _, i: "?" if i == 1 else '{"slot_1": "hello"}', latency_s=0)
    assert only(generate(templater(ONE), make_request(1), model)) == only(
        generate(templater(ONE), make_request(1), answering(lambda *_: "hello"))
    )


@dataclass(frozen=True, slots=True)
class Failing(BoundModel):
    """A model whose call for the second row fails for good."""

    error: DatagenError = field(default_factory=lambda: DatagenError(""))

    async def structured(self, request: ChatRequest, schema: AnswerSchema) -> StructuredAnswer:
        if self.site.row == 1:
            raise self.error
        return await BoundModel.structured(self, request, schema)


def failing(generator: Templater, error: DatagenError) -> GenerateRequest:
    request = make_request(3)
    give_models(generator, request, answering(lambda *_: "hello"))
    bound = request.models["generator"]
    request.models = {"generator": Failing(bound.door, bound.alias, bound.site, error)}
    return request


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_failed_for_good_rejects_its_row_alone(kind: str) -> None:
    generator = templater(ONE)
    rows = generate(generator, failing(generator, ModelError("no", kind=kind)))
    assert [isinstance(row, Sample) for row in rows] == [True, False, True]
    assert isinstance(rows[1], Rejection)
    assert (rows[1].reason, rows[1].text) == (f"model_{kind}", "no")
    assert rows[1].trace.processing_steps[-1].params["model"] == "scripted"


def test_a_run_that_pauses_passes_through() -> None:
    generator = templater(ONE)
    with pytest.raises(BudgetReached):
        generate(generator, failing(generator, BudgetReached("no money")))


def test_without_a_model_at_hand_the_arm_says_so() -> None:
    async def first(generator: Templater) -> object:
        return await anext(generator.generate(make_request(1)))

    with pytest.raises(PluginError, match="the model 'generator' isn't at hand"):
        asyncio.run(first(templater(ONE)))


# -- reproducible -------------------------------------------------------------------------------------------


def test_the_order_in_which_answers_come_decides_nothing() -> None:
    """A slow first answer and a fast last one, and the other way round."""

    def rows(seed: int) -> list[Sample | Rejection]:
        delays = random.Random(seed)

        class Late(ScriptedModel):
            async def chat(self, request: ChatRequest, *, timeout_s: float) -> Any:
                await asyncio.sleep(delays.random())
                return await super().chat(request, timeout_s=timeout_s)

        def answer(asked: ChatRequest, _: int) -> str:
            hashed = sum(map(ord, asked.messages[-1].content))
            return json.dumps({name: f"text {hashed} {i}" for i, name in enumerate(slots_of(asked))})

        generator = templater(REVIEWS, LABELS)
        request = make_request(12)
        give_models(generator, request, Late(answer, latency_s=0))

        async def collect() -> list[Sample | Rejection]:
            return [row async for row in generator.generate(request)]

        return in_virtual_time(collect)

    first = rows(1)
    assert len(made(first)) == 12
    assert rows(2) == rows(3) == first


def test_closing_in_the_middle_cancels_what_is_in_flight() -> None:
    ended: list[str] = []

    class Slow(ScriptedModel):
        async def chat(self, request: ChatRequest, *, timeout_s: float) -> Any:
            try:
                if len(self.requests) > 0:
                    await asyncio.sleep(60)
                return await super().chat(request, timeout_s=timeout_s)
            except asyncio.CancelledError:
                ended.append("cancelled")
                raise

    generator, request = templater(ONE), make_request(3)
    give_models(generator, request, Slow(lambda *_: '{"slot_1": "hello"}', latency_s=0))

    async def one_row() -> list[str]:
        rows = generator.generate(request)
        assert isinstance(rows, AsyncGenerator)
        await anext(rows)
        await rows.aclose()
        return [*ended]

    assert in_virtual_time(one_row) == ["cancelled"] * 2


def test_a_generator_with_slots_survives_pickling() -> None:
    generator = templater(ONE)
    model = answering(lambda *_: "hello")
    first = generate(generator, make_request(2), model)
    assert generate(pickle.loads(pickle.dumps(generator)), make_request(2), model) == first


LITERALS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
PASSAGES = st.text(
    st.characters(categories=["L", "N", "P", "S"], exclude_characters="\"'`“‘„«"), min_size=1, max_size=8
)


@given(
    st.lists(LITERALS, min_size=1, max_size=4),
    st.lists(PASSAGES, min_size=8, max_size=8),
    st.integers(0, 999),
)
@settings(max_examples=60, deadline=None)
def test_literals_of_a_text_are_untouched(literals: list[str], passages: list[str], seed: int) -> None:
    """The row is followed from its derivation, with the passages in the places of the slots."""
    escaped = [literal.replace("\\<", "<").replace("<", "\\<") for literal in literals]
    rules: dict[str, Any] = {
        "s": ["<x>".join([*escaped, ""]), "<w{1,2}> <x>"],
        "x": [fill(), "plain"],
        "w": ["<x>", "w"],
    }
    model = answering(lambda name, _: passages[int(name.removeprefix("slot_")) - 1])
    generator = templater({"start": "s", "rules": rules})
    row = only(generate(generator, make_request(1, seed=seed), model))
    assert isinstance(row, Sample), row
    steps = [*row.metadata.method["derivation"]]
    left = iter(passages)

    def follow(name: str) -> str:
        rule, index = steps.pop(0)
        assert rule == name
        alternative = generator.grammar.rules[name][index]
        if alternative.prompt is not None:
            return next(left)
        text = ""
        for part in alternative.parts:
            if isinstance(part, str):
                text += part
            else:
                times = 1 if part.is_plain else steps.pop(0)[1]
                text += " ".join(follow(part.name) for _ in range(times))
        return text

    assert row.response == " ".join(follow("s").split())
    assert row.metadata.method["slots"] == len(passages) - len([*left])


@given(st.lists(PASSAGES, min_size=8, max_size=8), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_a_record_differs_from_another_only_where_the_slots_are(passages: list[str], seed: int) -> None:
    """Two models, one seed: put the first one's tokens back and the rows are equal."""
    rules = {
        "s": ['{"k": 1, "t": "a <x?> b <y>", "n": <n>, "l": <v{0,2}>, "c": "<y>"}'], "n": ["1", "2"],
        "x": [fill("x"), "lit"], "y": [fill("y"), "two  words", "<x> <x>"], "v": ['"<y>"', "3", '{"z": "<x>"}'],
    }  # fmt: skip
    generator = templater({"start": "s", "rules": rules})
    tokens = [f"@{i}@" for i in range(1, 30)]
    texts = [*passages, *tokens[8:]]

    def row(of: list[str]) -> Sample:
        model = answering(lambda name, _: of[int(name.removeprefix("slot_")) - 1])
        (one,) = made(generate(generator, make_request(1, seed=seed), model))
        return one

    def put_back(value: Any) -> Any:
        if isinstance(value, str):
            for token, text in zip(tokens, texts, strict=True):
                value = value.replace(token, text)
            return value
        if isinstance(value, dict):
            return {key: put_back(child) for key, child in value.items()}
        return [put_back(child) for child in value] if isinstance(value, list) else value

    first, second = row(tokens), row(texts)
    assert put_back(dict(first.fields)) == second.fields
    assert list(first.fields) == list(second.fields)
    assert first.metadata.method == second.metadata.method
    assert json.loads(second.response) == second.fields
    assert is_valid(generator, second)


# -- a grammar in the wild ----------------------------------------------------------------------------------


def test_a_grammar_in_the_wild_gives_records_whose_slots_alone_are_the_models() -> None:
    generator = templater(REVIEWS, LABELS, max_depth=8)
    rows = made(generate(generator, make_request(20), echoing()))
    assert len(rows) == 20
    prompts = {
        a.prompt for name in ("opening_statement", "conclusion") for a in generator.grammar.rules[name]
    }
    for row in rows:
        assert is_valid(generator, row)
        text = row.fields["review_text"]
        first = next(p for p in prompts if p is not None and text.startswith(p))
        rest = text.removeprefix(first).strip()
        assert rest in prompts | {""}
        assert row.label == row.fields["sentiment"]
        assert row.fields["rating"] in (4, 5) and row.fields["product_details"]["size"] in ("S", "M")
        assert row.metadata.method["slots"] == (2 if rest else 1)
    assert {row.label for row in rows} == set(LABELS)


def test_the_schema_of_what_a_model_writes_asks_for_some_text() -> None:
    rules = {
        "s": ['{"a": "<x>", "b": "<x?>", "c": "<m>", "d": "<e> <x>"}'],
        "x": [fill()],
        "m": ["", "<x>"],
        "e": [""],
    }
    schema = templater({"start": "s", "rules": rules}).json_schema()
    assert schema is not None
    text = {"type": "string"}
    assert schema["properties"] == {
        "a": text | {"minLength": 1},
        "b": text,
        "c": text,
        "d": text | {"minLength": 1},
    }


def test_the_label_that_a_model_is_shown_may_still_disagree_with_the_text() -> None:
    (lies, count) = templater(REVIEWS, LABELS).notices()
    assert (
        "the label field sentiment can disagree with review_text (the model that fills llm_fill is shown"
        in lies
    )
    text = {"start": "s", "label": "l", "rules": {"l": ["a", "b"], "s": [fill()]}}
    assert "<l> can disagree with the text (the model" in templater(text).notices()[0]
    assert count.startswith("the number of distinct samples isn't known")


@pytest.mark.parametrize(
    "grammar",
    [
        {"start": "s", "label": "l", "rules": {"s": ["x"], "l": ["a", fill()]}},
        {"start": "s", "label": "l", "rules": {"s": ["x"], "l": ["a <b?>"], "b": [fill()]}},
        {
            "start": "s",
            "bind": ["t"],
            "rules": {"t": [fill(), "a"], "s": [{"template": "x", "when": {"t": "a"}}, "y"]},
        },
        {"start": "s", "label": "l", "rules": {"s": ['{"l": "<l>"}'], "l": ["a", fill()]}},
    ],
)
def test_what_a_label_or_a_condition_depends_on_cant_be_left_to_a_model(grammar: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"llm_fill: stands in [lbt], which the label or a when: depends on"):
        templater(grammar)


def test_a_prompt_that_no_request_could_carry_is_refused() -> None:
    with pytest.raises(InputError, match="surrogate"):
        templater({"start": "s", "rules": {"s": [fill("half \ud83d pair")]}})


# -- declared, fingerprinted, loaded ------------------------------------------------------------------------


def test_the_presets_differ_by_temperature_and_depth_and_need_a_model() -> None:
    (component,) = datagen_plugin_templater.datagen_generators()
    found = {
        p.name: (p.options["temperature"], p.options["max_depth"], p.attributes) for p in component.presets
    }
    assert found == {
        "conservative": (0.7, 8, {"temperature": "low"}),
        "balanced": (0.9, 10, {"temperature": "medium"}),
        "exploratory": (1.2, 12, {"temperature": "high"}),
    }
    assert all(preset.needs == ("model",) for preset in component.presets)


def test_a_grammar_deeper_than_a_preset_allows_is_refused_with_what_to_change() -> None:
    rules: dict[str, Any] = {f"n{i}": [f"<n{i + 1}>"] for i in range(8)} | {"n8": [fill()]}
    grammar = {"start": "n0", "rules": rules}
    with pytest.raises(InputError, match="<n0> can't be expanded within max_depth") as caught:
        templater(grammar, max_depth=8)
    assert caught.value.hint == "raise max_depth"
    assert len(made(generate(templater(grammar, max_depth=9), make_request(1), echoing()))) == 1


def test_how_a_model_is_asked_has_no_part_in_the_identity_of_a_grammar_without_slots() -> None:
    """These values are those of the package before it had slots: published runs go on under them."""
    plain = {"start": "s", "rules": {"s": ["a <b>"], "b": ["x", "y"]}}
    expected = {
        "label": "b",
        "max_depth": 7,
        "max_tries": 100,
        "max_chars": 20_000,
        "grammar": "a88c6730f1300a74811b8e6af4d0fa2525bc33423fb8923636cdc19b7a391365",
    }
    for asking in ({}, {"temperature": 0.1, "model": "other", "prompts": {"fill": "x"}}):
        config = TemplaterConfig.model_validate({"grammar": plain, "label": "b", "max_depth": 7, **asking})
        assert json.dumps(config.fingerprint()) == json.dumps(expected)
        assert Templater(config, make_inputs()).digest() == ""
    nothing = {"label": None, "max_depth": 12, "max_tries": 100, "max_chars": 20_000, "grammar": None}
    assert json.dumps(TemplaterConfig().fingerprint()) == json.dumps(nothing)
    recipes = Templater(TemplaterConfig(temperature=0.1), make_inputs(grammar=plain))
    assert recipes.digest() == expected["grammar"]
    assert recipes.models() == {}


def test_how_a_model_is_asked_is_part_of_the_identity_of_a_grammar_with_slots() -> None:
    own = [TemplaterConfig.model_validate({"grammar": ONE, **more}) for more in ({}, {"temperature": 0.1})]
    assert own[0].fingerprint() | {"temperature": 0.1} == own[1].fingerprint() != own[0].fingerprint()
    asking: tuple[dict[str, Any], ...] = (
        {},
        {"temperature": 0.1},
        {"prompts": {"fill": "{{ text }}"}},
        {"max_tokens": 5},
        {"model": "other"},
    )
    recipes = [TemplaterConfig.model_validate(more) for more in asking]
    assert recipes[1].fingerprint()["temperature"] == 0.1
    assert len({json.dumps(config.fingerprint()) for config in recipes}) == len(asking)
    assert len({Templater(config, make_inputs(grammar=ONE)).digest() for config in recipes}) == len(asking)


def test_a_grammar_without_slots_imports_nothing_that_only_models_need() -> None:
    code = """
import asyncio, json, sys
from datagen_core.testing import generate, make_inputs, make_request
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater
generator = Templater(TemplaterConfig(grammar={"start": "s", "rules": {"s": ["a"]}}), make_inputs())
assert generate(generator, make_request(1)) and generator.digest() == ""
print({"jinja2", "json_repair", "jsonschema_rs", "aiohttp"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
