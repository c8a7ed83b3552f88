"""Calls over LiteLLM's own HTTP client, as Claude is asked: another road than OpenAI's, with traps of its own."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from datagen_plugin_litellm.chat import LiteLLMModel
from datagen_plugin_litellm.config import LiteLLMConfig

from datagen_core.model import ChatRequest, ModelError, Reply
from datagen_core.sample import Message, Tool

KEY = "sk-ant-very-secret-0123456789"
COLOURS = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}


@dataclass
class Claude:
    """A server that gives one answer to every message, or breaks the connection."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    way: str = "answer"
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""


def says(*content: dict[str, Any], stop_reason: str = "end_turn") -> dict[str, Any]:
    usage = {"input_tokens": 3, "output_tokens": 2, "cache_read_input_tokens": 5}
    about = {"id": "m1", "type": "message", "role": "assistant", "model": "claude-x", "usage": usage}
    return {**about, "content": list(content), "stop_reason": stop_reason}


HELLO = says({"type": "text", "text": "hello"})


@contextmanager
def serving(claude: Claude) -> Iterator[Claude]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            claude.requests.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            claude.keys.append(self.headers["x-api-key"])
            if claude.way == "hang":
                over.wait(10)
            if claude.way == "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            if claude.way in ("hang", "reset", "close"):
                self.close_connection = True
                return
            raw = claude.body if isinstance(claude.body, bytes) else json.dumps(claude.body).encode()
            self.send_response(claude.status)
            for name, value in claude.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw) + 50 * (claude.way == "cut")))
            self.end_headers()
            self.wfile.write(raw)
            self.close_connection = claude.way == "cut"

    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    claude.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield claude
    finally:
        over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def ask(claude: Claude, timeout_s: float = 60, **more: Any) -> Reply:
    options = {name: more.pop(name) for name in ("api_key_env", "capabilities") if name in more}
    config = LiteLLMConfig(provider="anthropic", base_url=claude.url, **options)
    given = {"messages": (Message(role="user", content="hi"),), "max_tokens": 50, **more}

    async def call() -> Reply:
        model = LiteLLMModel(config, "claude-sonnet-4-5")
        try:
            return await model.chat(ChatRequest(**given), timeout_s=timeout_s)
        finally:
            await model.close()

    return asyncio.run(call())


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """What LiteLLM imports at its first call takes seconds: it is no part of the time-outs below."""
    with serving(Claude(body=HELLO)) as claude:
        ask(claude)


def failure(claude: Claude, timeout_s: float = 60, **more: Any) -> ModelError:
    with serving(claude), pytest.raises(ModelError) as caught:
        ask(claude, timeout_s, **more)
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    return caught.value


def test_a_chat_gives_text_and_usage_with_what_was_cached() -> None:
    with serving(Claude(body=HELLO)) as claude:
        reply = ask(claude, temperature=0.5, stop=("END",), extra={"top_k": 4})
    (sent,) = claude.requests
    assert (sent["max_tokens"], sent["temperature"], sent["top_k"]) == (50, 0.5, 4)
    assert sent["stop_sequences"] == ["END"]
    assert (reply.choices[0].text, reply.choices[0].finish_reason) == ("hello", "stop")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.cached_tokens) == (8, 2, 5)


def test_tool_calls_come_back_with_arguments_as_objects() -> None:
    use = {"type": "tool_use", "id": "c1", "name": "paint", "input": {"colour": "red"}}
    with serving(Claude(body=says(use, stop_reason="tool_use"))) as claude:
        reply = ask(claude, tools=(Tool(name="paint", description="Paints.", parameters=COLOURS),))
    assert claude.requests[0]["tools"][0]["name"] == "paint"
    choice = reply.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.tool_calls == (
        {"id": "c1", "type": "function", "function": {"name": "paint", "arguments": {"colour": "red"}}},
    )


def test_a_schema_is_asked_for_in_anthropics_way() -> None:
    with serving(Claude(body=says({"type": "text", "text": '{"colour": "red"}'}))) as claude:
        reply = ask(claude, json_schema=COLOURS)
    assert "colour" in json.dumps(claude.requests[0]) and json.loads(reply.choices[0].text) == {
        "colour": "red"
    }


@pytest.mark.parametrize(
    ("stop_reason", "reason"),
    [
        ("end_turn", "stop"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop"),
        ("refusal", "content_filter"),
    ],
)
def test_a_stop_reason_is_one_of_our_finish_reasons(stop_reason: str, reason: str) -> None:
    with serving(Claude(body=says({"type": "text", "text": "a"}, stop_reason=stop_reason))) as claude:
        assert ask(claude).choices[0].finish_reason == reason


@pytest.mark.parametrize(
    ("status", "kind", "may_have_run"),
    [
        (400, "bad_request", False),
        (401, "auth", False),
        (403, "auth", False),
        (404, "not_found", False),
        (408, "timeout", True),
        (413, "bad_request", False),
        (429, "rate_limit", False),
        (500, "server", False),
        (502, "server", True),
        (503, "server", False),
        (504, "server", True),
        (529, "server", False),
    ],
)
def test_each_status_has_its_kind(status: int, kind: str, may_have_run: bool) -> None:
    body = {"type": "error", "error": {"type": "an_error", "message": "the cause"}}
    claude = Claude(status=status, body=body, headers={"retry-after": "7"})
    error = failure(claude)
    assert (error.kind, error.may_have_run, error.message) == (
        kind,
        may_have_run,
        f"status {status}: the cause",
    )
    assert error.retry_after_s == (7 if error.retryable else None)
    assert len(claude.requests) == 1


def test_an_account_without_credit_is_not_a_bad_request() -> None:
    body = {"error": {"message": "Your credit balance is too low to access the Anthropic API."}}
    error = failure(Claude(status=400, body=body))
    assert error.kind == "auth" and error.expected == "an account with credit"


@pytest.mark.parametrize(
    ("claude", "kind"),
    [
        (Claude(way="reset"), "connection"),
        (Claude(way="close"), "connection"),
        (Claude(way="cut", body=b"{"), "connection"),
        (Claude(way="hang"), "timeout"),
        (Claude(body=b"{no JSON"), "malformed"),
        (Claude(body={}), "malformed"),
    ],
    ids=["reset", "close", "cut", "hang", "no JSON", "no answer"],
)
def test_what_goes_wrong_after_sending_may_have_run_and_is_sent_once(claude: Claude, kind: str) -> None:
    """LiteLLM sends a POST again after a reset, behind the back of num_retries=0: the door takes that away."""
    error = failure(claude, timeout_s=1 if kind == "timeout" else 60)
    assert (error.kind, error.may_have_run, error.retryable) == (kind, True, True)
    assert len(claude.requests) == 1


def test_a_server_that_is_not_there_has_run_nothing() -> None:
    with serving(Claude()) as claude:
        pass
    with pytest.raises(ModelError) as caught:
        ask(claude)
    assert (caught.value.kind, caught.value.may_have_run) == ("connection", False)


def test_the_key_goes_where_it_is_meant_for_and_into_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    claude = Claude(status=401, body={"error": {"message": f"invalid x-api-key {KEY}"}})
    assert KEY not in str(failure(claude)) and claude.keys == ["none"]
    error = failure(claude, api_key_env="ANTHROPIC_API_KEY")
    assert claude.keys[-1] == KEY and KEY not in str(error) and error.hint == "export ANTHROPIC_API_KEY=…"


def test_what_claude_does_not_take_is_said_before_it_is_sent() -> None:
    for more, capability in (({"n": 2}, "n"), ({"seed": 1}, "seed"), ({"top_logprobs": 1}, "logprobs")):
        claude = Claude(body=HELLO)
        assert failure(claude, **more).kind == "capability" and claude.requests == []
        error = failure(claude, **more, capabilities=(capability,))  # LiteLLM knows better than the recipe
        assert error.kind == "capability" and claude.requests == []
