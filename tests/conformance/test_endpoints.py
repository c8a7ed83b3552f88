"""A small model over HTTP that keeps all rules of endpoints, and what is caught where it breaks one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from datagen_core.model import Model
from datagen_core.testing import EndpointConformance

MODEL = """
import asyncio
import json

import aiohttp
from datagen_core import Config
from datagen_core.llm.http_failures import EndpointFailures, sentence_in
from datagen_core.llm.keys import blotted, can_be_sent, value_of
from datagen_core.llm import openai_format
from datagen_core.model import CAPABILITIES, Embeddings, Model, ModelError

class Toy(Model):
    def __init__(self, base_url):
        super().__init__(Config(), "m")
        self.base_url, self.session = base_url, None
        self.failures = EndpointFailures(where="m", address=base_url, key_variables=("TOY_KEY",))

    def capabilities(self):
        return frozenset(CAPABILITIES)

    def endpoint(self):
        return self.base_url

    async def chat(self, request, *, timeout_s):
        taken = sorted(openai_format.RESERVED & set(request.extra))
        if taken:
            raise self.failures.of_kind("bad_request", f"extra can't set {taken[0]}")
        body = openai_format.chat_json(request, self.name)
        return await self.post("chat/completions", body, timeout_s, openai_format.chat_reply)

    async def complete(self, request, *, timeout_s):
        body = openai_format.completion_json(request, self.name)
        return await self.post("completions", body, timeout_s, openai_format.completion_reply)

    async def embed(self, request, *, timeout_s):
        if not request.texts:
            return Embeddings(vectors=())
        body, count = openai_format.embedding_json(request, self.name), len(request.texts)
        return await self.post("embeddings", body, timeout_s, lambda data: openai_format.embeddings_of(data, count))

    async def post(self, path, body, timeout_s, read):
        key = value_of("TOY_KEY")
        if key is None:
            raise self.failures.no_key()
        if not can_be_sent(key):
            raise self.failures.not_a_key("TOY_KEY")
        if self.session is None:
            self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        options = {"headers": {"Authorization": f"Bearer {key}"}, "allow_redirects": False}
        options["timeout"] = aiohttp.ClientTimeout(total=timeout_s)
        problem = None
        try:
            async with self.session.post(f"{self.base_url}/{path}", json=body, **options) as answer:
                status, headers, text = answer.status, answer.headers, await answer.text(errors="replace")
        except aiohttp.ClientConnectorError as error:
            problem = self.failures.not_connected(str(error))
        except TimeoutError:
            problem = self.failures.too_late(timeout_s)
        except aiohttp.ClientError as error:
            problem = self.failures.broken(str(error))
        if problem is not None:
            raise problem
        said, text = text, blotted(text, [key])
        try:
            data = json.loads(text)
            error = data.get("error") if isinstance(data, dict) else None
            if status == 200 and not error:
                return read(data)
        except (*openai_format.MALFORMED, RecursionError) as error:
            problem, data = error, None
        if status == 200 and problem is not None:
            raise self.failures.unreadable(text, problem)
        code = error.get("code") if isinstance(error, dict) else None
        status = (code if isinstance(code, int) else 502) if status == 200 else status
        said = blotted(sentence_in(data) or text, [key])
        is_out_of_money = code == "insufficient_quota"
        raise self.failures.of_status(status, headers, said, is_out_of_money=is_out_of_money)

    async def close(self):
        if self.session is not None:
            await self.session.close()
"""
CHAT = 'return await self.post("chat/completions", body, timeout_s, openai_format.chat_reply)'
REPLY = 'reply = await self.post("chat/completions", body, timeout_s, openai_format.chat_reply)'


def in_place_of_choice(change: str) -> tuple[str, str]:
    """The first choice of each reply changed."""
    made = "from dataclasses import replace; choice = reply.choices[0]"
    return (
        CHAT,
        f"{REPLY}; {made}; return replace(reply, choices=(replace(choice, {change}), *reply.choices[1:]))",
    )


BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_a_chat_gives_text_usage_model_and_finish_reason": [
        in_place_of_choice("text=choice.text.upper()"),
        in_place_of_choice("finish_reason='other'"),
        (CHAT, f"{REPLY}; from dataclasses import replace; return replace(reply, usage=None)"),
        (CHAT, f"{REPLY}; from dataclasses import replace; return replace(reply, model='')"),
    ],
    "test_what_is_asked_goes_out_under_openais_names_and_nothing_else": [
        (CHAT, f"body.pop('seed', None); {CHAT}"),
        (CHAT, f"body['temperature'] = body.get('temperature', 1.0); {CHAT}"),
        (CHAT, f"{REPLY}; from dataclasses import replace; return replace(reply, choices=reply.choices[:1])"),
    ],
    "test_a_schema_is_sent_and_the_answer_satisfies_it": [
        (CHAT, f"body.pop('response_format', None); {CHAT}"),
        (CHAT, f"body.get('response_format', {{}}).get('json_schema', {{}})['strict'] = True; {CHAT}"),
    ],
    "test_tool_calls_come_back_with_arguments_as_objects": [
        in_place_of_choice("finish_reason='stop'"),
        (CHAT, f"body['tools'][0]['function'].pop('description'); {CHAT}"),
        in_place_of_choice("tool_calls=({'function': {'arguments': '{}'}},)"),
    ],
    "test_tool_calls_of_a_conversation_go_out_with_arguments_as_text": [
        (CHAT, f"body['messages'][1]['tool_calls'][0]['function']['arguments'] = {{}}; {CHAT}"),
        (CHAT, f"body['messages'][1]['reasoning_content'] = 'hm'; {CHAT}"),
        (CHAT, f"body['messages'][2].pop('tool_call_id'); {CHAT}"),
    ],
    "test_logprobs_come_back_per_token_with_the_alternatives": [in_place_of_choice("logprobs=()")],
    "test_an_answer_that_is_cut_says_so": [in_place_of_choice("finish_reason='stop'")],
    "test_a_refusal_is_a_content_filter_with_its_words": [
        in_place_of_choice("finish_reason='stop'"),
        in_place_of_choice("text=''"),
    ],
    "test_awkward_text_survives_the_way_out_and_back": [
        in_place_of_choice("text=choice.text.replace(chr(0), '')"),
        in_place_of_choice("text=choice.text[:1000]"),
    ],
    "test_a_completion_has_its_text_and_logprobs": [
        ('self.post("completions", body,', 'self.post("completions", {**body, "echo": True},'),
    ],
    "test_embeddings_come_in_the_order_of_the_texts_and_none_costs_nothing": [
        ("if not request.texts:", "if False:"),
        (
            "openai_format.embeddings_of(data, count))",
            "Embeddings(vectors=tuple(tuple(row['embedding']) for row in data['data'])))",
        ),
    ],
    "test_each_fault_has_its_kind_and_is_sent_once": [
        ("problem = self.failures.broken(str(error))", "problem = self.failures.not_connected(str(error))"),
        ("raise self.failures.of_status(status, headers,", "raise self.failures.of_status(status, {},"),
        (
            "if status == 200 and problem is not None:",
            "if status == 500:\n"
            "            await self.session.post(f'{self.base_url}/{path}', json=body, **options)\n"
            "        if status == 200 and problem is not None:",
        ),
        (
            "raise self.failures.unreadable(text, problem)",
            "raise ModelError('no', kind='malformed', where='m')",
        ),
        ('where="m"', 'where="n"'),
    ],
    "test_a_hang_ends_at_the_time_out_and_may_have_run": [
        ("problem = self.failures.too_late(timeout_s)", "problem = self.failures.of_kind('timeout', 'late')"),
    ],
    "test_a_server_that_is_not_there_has_run_nothing": [
        ("self.failures.not_connected(str(error))", "self.failures.broken(str(error))"),
    ],
    "test_each_status_has_its_kind_and_the_endpoints_words": [
        ("raise self.failures.of_status(status,", "raise self.failures.of_status(500,"),
        ("headers, said, is_out", "headers, '', is_out"),
    ],
    "test_an_account_without_credit_is_not_a_rate_limit": [
        ('is_out_of_money = code == "insufficient_quota"', "is_out_of_money = False"),
    ],
    "test_an_error_within_status_200_is_an_error": [("if status == 200 and not error:", "if status == 200:")],
    "test_any_body_that_is_no_answer_is_malformed": [
        ("raise self.failures.unreadable(text, problem)", "raise self.failures.of_kind('server', 'odd')"),
    ],
    "test_extra_parameters_cannot_set_what_budgets_count_on": [
        ("if taken:", "if taken and taken != ['n']:"),
    ],
    "test_a_key_that_is_missing_wrong_or_none_is_said_with_its_variable": [
        ("if key is None:\n            raise self.failures.no_key()", "key = key or 'none'"),
        ('raise self.failures.not_a_key("TOY_KEY")', "raise self.failures.not_a_key(key)"),
        ('key_variables=("TOY_KEY",)', "key_variables=()"),
    ],
    "test_the_key_is_in_no_error_log_repr_or_pickle": [
        ("text = text, blotted(text, [key])", "text = text, text"),
        ("options = {", "import logging; logging.getLogger('toy').info('with %s', key); options = {"),
        (
            "self.base_url, self.session = base_url",
            "self.key = value_of('TOY_KEY'); self.base_url, self.session = base_url",
        ),
        ("problem = self.failures.broken(str(error))", "raise self.failures.broken(str(error)) from error"),
    ],
    "test_a_key_that_an_endpoint_repeats_is_in_no_reply": [("json.loads(text)", "json.loads(said)")],
    "test_calls_in_turn_use_one_connection": [("limit=0)", "limit=0, force_close=True)")],
    "test_calls_go_at_once_over_connections_that_are_used_again": [("limit=0)", "limit=8)")],
    "test_a_cancelled_call_is_cancelled_and_the_model_works_on": [
        ("except TimeoutError:", "except (TimeoutError, asyncio.CancelledError):"),
    ],
    "test_a_failed_call_leaves_the_model_usable": [
        ("problem = self.failures.too_late(timeout_s)", "problem = self.failures.broken('late')"),
    ],
}


@pytest.fixture
def suite(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], EndpointConformance]:
    """The suite of a toy, from its source."""

    def of(code: str) -> EndpointConformance:
        module = ModuleType("toy_at_an_endpoint")
        monkeypatch.setitem(sys.modules, module.__name__, module)  # so that it pickles
        exec(code, vars(module))

        class TestToy(EndpointConformance):
            key_variable = "TOY_KEY"
            timeout_s = 10

            def model(self, base_url: str) -> Model[Any]:
                toy: Model[Any] = module.Toy(base_url)
                return toy

        return TestToy()

    return of


@pytest.mark.parametrize("rule", BROKEN)
def test_a_model_that_keeps_the_rules_passes(suite, rule: str) -> None:
    getattr(suite(MODEL), rule)()


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_model_that_breaks_a_rule_is_caught(suite, rule: str, change: tuple[str, str]) -> None:
    old, new = change
    assert old in MODEL, f"the toy has no {old!r} to change"
    with pytest.raises(AssertionError, match="rule: "):
        getattr(suite(MODEL.replace(old, new)), rule)()


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(name for name in dir(EndpointConformance) if name.startswith("test_"))


def test_what_a_model_does_not_declare_is_not_asked_for(suite) -> None:
    chats_only = suite(MODEL.replace("frozenset(CAPABILITIES)", "frozenset()"))
    chats_only.test_what_is_asked_goes_out_under_openais_names_and_nothing_else()
    with pytest.raises(pytest.skip.Exception, match="declares no tools"):
        chats_only.test_tool_calls_come_back_with_arguments_as_objects()
