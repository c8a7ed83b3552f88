"""Refusals: what they become, and what makes them of calls."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from datagen_core.generator import GenerateRequest
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.structured import AnswerSchema, Parsed, StructuredAnswer
from datagen_core.model import ChatRequest, ModelError
from datagen_core.refusal import MAX_KEPT_CHARS, Refusal
from datagen_core.sample import Message
from datagen_core.testing import ScriptedModel, bound_models, make_request, make_seeds

SCHEMA = AnswerSchema({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
ASKED = ChatRequest(messages=(Message(role="user", content="A number?"),), max_tokens=9, temperature=0.5)


class Asks:
    """What bound_models reads of a component."""

    def models(self) -> dict[str, tuple[str, ...]]:
        return {"generator": ()}


def asked(answer: Any) -> tuple[Answer | Refusal, dict[str, Any]]:
    """What comes of asking a model that answers so, and the call's mark."""
    scripted = ScriptedModel(lambda request, call: answer, latency_s=0)
    model = bound_models(Asks(), scripted)["generator"]
    return asyncio.run(asked_for(model.at(row=0), ASKED, SCHEMA, "a number")), model.mark(ASKED)


def test_a_refusal_becomes_a_rejection_with_all_that_it_says() -> None:
    (seed,) = make_seeds(["hello"])
    row = make_request(1).refuse(Refusal("too_long", "at most", 9, 5, "hello you", {"t": 1}), parents=[seed])
    assert (row.reason, row.rule, row.measured, row.threshold) == ("too_long", "at most", 9, 5)
    assert (row.text, row.trace.parents) == ("hello you", (seed.id,))
    assert dict(row.trace.processing_steps[-1].params) == {"t": 1}


def test_what_is_not_said_is_none() -> None:
    row = make_request(1).refuse(Refusal("empty", "it says something"))
    assert (row.measured, row.threshold, row.text) == (None, None, "")
    assert dict(row.trace.processing_steps[-1].params) == {}


@pytest.mark.parametrize(("chars", "kept"), [(1999, 1999), (2000, 2000), (2001, 2000)])
def test_so_much_of_a_text_is_kept_and_a_refusal_holds_all_of_it(chars: int, kept: int) -> None:
    why = Refusal("no", "yes", text="é" * chars)
    assert (len(why.text), len(make_request(1).refuse(why).text), MAX_KEPT_CHARS) == (chars, kept, 2000)


def test_params_given_come_after_the_refusals_own_and_count_before_them() -> None:
    why = Refusal("no", "yes", params={"model": "m", "round": 1})
    row = make_request(1).refuse(why, params={"round": 2, "more": 3})
    assert list(row.trace.processing_steps[-1].params.items()) == [("model", "m"), ("round", 2), ("more", 3)]


def test_rows_are_numbered_as_those_of_reject_are() -> None:
    def ids(request: GenerateRequest) -> list[str]:
        return [request.refuse(Refusal("a", "b")).id, request.sample(response="c").id, request.reject("d").id]

    request = make_request(3)
    assert ids(make_request(3)) == [request.reject("x").id for _ in range(3)]


def test_a_failed_call_is_the_same_rejection_either_way() -> None:
    error = ModelError("no answer", kind="timeout")
    one, other = make_request(1), make_request(1)
    assert one.failed(error, params={"t": 1}) == other.refuse(Refusal.failed(error, {"t": 1}))
    assert Refusal.failed(error).reason == "model_timeout"


def test_an_answer_that_was_read_is_no_refusal() -> None:
    read = StructuredAnswer(parsed=Parsed(value=0), attempts=1, text="0")
    unread = StructuredAnswer(parsed=Parsed(reason="not_json", error="no JSON"), attempts=2, text="Sure!")
    assert read.refusal() is None
    assert unread.refusal("a number", {"t": 1}) == Refusal(
        "not_json", "a number", "no JSON", None, "Sure!", {"t": 1}
    )
    assert unread.refusal() == Refusal("not_json", "an answer as it was asked for", "no JSON", text="Sure!")


def test_what_was_asked_for_comes_with_what_was_asked() -> None:
    answer, mark = asked('{"n": 0}')
    assert answer == Answer({"n": 0}, mark, '{"n": 0}')
    assert isinstance(answer, Answer)
    assert answer.refused("too_small", "0") == Refusal(
        "too_small", "an answer as it was asked for", "0", None, '{"n": 0}', mark
    )


@pytest.mark.parametrize(
    ("answer", "reason", "rule", "text"),
    [
        ("Sure!", "not_json", "a number", "Sure!"),
        ('{"n": "many"}', "schema_violation", "a number", '{"n": "many"}'),
        ("", "empty_answer", "a number", ""),
        (
            ModelError("too long", kind="bad_request"),
            "model_bad_request",
            "the model call failed",
            "too long",
        ),
    ],
)
def test_what_went_wrong_is_a_refusal(answer: Any, reason: str, rule: str, text: str) -> None:
    found, mark = asked(answer)
    assert isinstance(found, Refusal)
    assert (found.reason, found.rule, found.text, dict(found.params)) == (reason, rule, text, mark)


def test_a_refusal_can_be_pickled() -> None:
    why = Refusal("no", "yes", 0.5, 1, "text", {"t": 1})
    assert pickle.loads(pickle.dumps(why)) == why
