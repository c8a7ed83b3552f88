"""The scripted server: the same replies and faults each time, what it counts, and what it never keeps."""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from datagen_core.errors import UsageError
from datagen_core.json_examples import example
from datagen_core.testing.model_server import BILLED_FAULTS, FAULTS, ModelServer
from datagen_core.testing.scripted_replies import Answer, Received, default_answer, limited, tokens

pytest.importorskip("aiohttp", reason="the model server needs aiohttp")


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def post(
    server: ModelServer, text: str = "one two three", path: str = "chat/completions", **more: Any
) -> Any:
    """The JSON of an answer, or (status, Retry-After) of an error, or the name of what broke."""
    given: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    request = urllib.request.Request(
        f"{server.base_url}/{path}",
        data=json.dumps(given).encode(),
        headers={"Authorization": "Bearer sk-secret", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            raw = response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Retry-After")
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    try:
        return json.loads(raw)
    except ValueError:
        return "malformed"


def content(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def test_the_same_request_has_the_same_reply_and_another_seed_another() -> None:
    with ModelServer() as first, ModelServer() as again, ModelServer(seed=1) as other:
        texts = [content(post(server)) for server in (first, first, again, other)]
    assert texts[0] == texts[1] == texts[2] != texts[3]
    assert texts[0].endswith("one two three")


def test_faults_repeat_by_seed_request_and_attempt_in_any_order_and_near_their_shares() -> None:
    faults = {"server_error": 0.2, "malformed": 0.1}

    def outcomes(order: list[int]) -> dict[tuple[int, int], str]:
        with ModelServer(seed=3, faults=faults) as server:
            found = {}
            for attempt in range(2):
                for i in order:
                    answer = post(server, str(i))
                    found[i, attempt] = "ok" if isinstance(answer, dict) else str(answer)
        return found

    forth, back = outcomes(list(range(150))), outcomes(list(reversed(range(150))))
    assert forth == back
    counts = Counter(forth.values())
    assert 40 <= counts["(500, None)"] <= 80 and 17 <= counts["malformed"] <= 43  # 300 × share ± 2.5 sigma
    assert any(forth[i, 0] != "ok" and forth[i, 1] == "ok" for i in range(150))


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "hang"])
def test_each_fault_looks_as_it_should_and_is_billed_if_the_model_ran(fault: str) -> None:
    seen = {
        "server_error": lambda a: a == (500, None),
        "rate_limit": lambda a: a == (429, "1.5"),
        "reset": lambda a: a in ("ConnectionResetError", "URLError", "RemoteDisconnected"),
        "malformed": lambda a: a == "malformed",
        "cut_body": lambda a: a == "IncompleteRead",
        "truncated": lambda a: a["choices"][0]["finish_reason"] == "length" and "three" not in content(a),
        "refusal": lambda a: a["choices"][0]["message"]["refusal"] and content(a) is None,
        "empty": lambda a: a["choices"] == [],
    }
    with ModelServer(faults={fault: 1}, retry_after_s=1.5) as server:
        answer = post(server)
        assert seen[fault](answer), answer
        assert server.generations == (fault in BILLED_FAULTS)
        assert bool(server.completion_tokens) == (fault in BILLED_FAULTS)


def test_a_hang_ends_when_the_server_does() -> None:
    arrived = threading.Event()

    def hang(received: Received) -> str:
        arrived.set()
        return "hang"

    with ThreadPoolExecutor() as pool, ModelServer(faults=hang) as server:
        call = pool.submit(post, server)
        assert arrived.wait(10) and not call.done()
    assert isinstance(call.result(), str) and server.statuses == {"hang": 1} and server.generations == 1


def test_it_also_runs_in_the_callers_own_event_loop() -> None:
    async def ask() -> Any:
        async with ModelServer(["hi"]) as server:
            return await asyncio.to_thread(post, server)

    assert content(asyncio.run(ask())) == "hi"


def test_a_rate_limit_lets_through_a_burst_of_a_second_and_then_its_rate() -> None:
    clock = Clock()
    with ModelServer(rpm=120, clock=clock) as server:
        assert [type(post(server)) for _ in range(2)] == [dict, dict]
        assert post(server) == (429, "1")
        clock.now += 0.5
        assert isinstance(post(server), dict)
        assert post(server) == (429, "1")
        clock.now += 60
        assert [isinstance(post(server), dict) for _ in range(3)] == [True, True, False]
        assert server.statuses == {"200": 5, "429": 3} and server.generations == 5


def test_an_outage_meets_all_requests_within_its_window() -> None:
    clock = Clock()
    with ModelServer(outage=(10, 40), outage_fault="server_error", clock=clock) as server:
        found = []
        for at in (0, 9.9, 10, 39.9, 40):
            clock.now = 100 + at
            found.append(isinstance(post(server), dict))
    assert found == [True, True, False, False, True]


def test_canned_texts_are_taken_in_turn_and_running_out_is_an_error() -> None:
    with ModelServer(["first", "second"]) as server:
        assert [content(post(server)), content(post(server)), post(server)] == [
            "first",
            "second",
            (400, None),
        ]


def test_a_function_answers_with_a_text_or_a_whole_response() -> None:
    with ModelServer(lambda received: received.body["model"].upper()) as server:
        assert content(post(server)) == "M"
    with ModelServer(lambda received: Answer(status=418, headers={"Retry-After": "7"})) as server:
        assert post(server) == (418, "7") and server.generations == 0


def test_requests_are_recorded_without_their_key() -> None:
    with ModelServer() as server:
        post(server)
        post(server)
    first, second = server.requests
    assert (first.path, first.body["model"], first.has_key) == ("/v1/chat/completions", "m", True)
    assert (first.attempt, second.attempt) == (0, 1) and first.identity == second.identity
    assert "secret" not in repr(server.requests) and first.headers["content-type"] == "application/json"


def test_keys_models_and_bodies_are_checked() -> None:
    with ModelServer(api_key="another") as server:
        assert post(server) == (401, None)
    with ModelServer(api_key="sk-secret", models=["m"]) as server:
        assert isinstance(post(server), dict)
        assert post(server, model="x") == (404, None)
        assert post(server, path="embeddings") == (400, None)
        assert post(server, stream=True) == (400, None)
        with urllib.request.urlopen(f"{server.base_url}/models") as response:
            assert [model["id"] for model in json.load(response)["data"]] == ["m"]


def test_usage_is_what_was_read_and_written_and_max_tokens_holds() -> None:
    with ModelServer(["a b c d"] * 3) as server:
        answer = post(server, max_tokens=3, n=2)
        assert answer["usage"] == {"prompt_tokens": 3, "completion_tokens": 6, "total_tokens": 9}
        assert [choice["finish_reason"] for choice in answer["choices"]] == ["length", "length"]
        assert server.stats() == {
            "requests": 1,
            "distinct": 1,
            "statuses": {"200": 1},
            "generations": 2,
            "prompt_tokens": 3,
            "completion_tokens": 6,
            "connections": 1,
            "most_at_once": 1,
        }


def test_an_answer_is_cut_at_its_stop_string_and_at_its_limit() -> None:
    def cut(**body: Any) -> tuple[str, str]:
        answer = limited(Answer(text="a b. c d"), body)
        return answer.text, answer.finish_reason

    assert cut(max_tokens=4) == ("a b. c d", "stop") and cut(max_tokens=3) == ("a b. c", "length")
    assert cut(stop=["."], max_tokens=2) == ("a b", "stop") == cut(stop=".")
    assert cut(max_completion_tokens=1) == ("a", "length") and "".join(tokens(" a  b")) == " a  b"


def test_latency_is_fixed_or_log_normal_around_its_median() -> None:
    with ModelServer(latency_s=0.2) as fixed, ModelServer(latency_s=0.2, latency_sigma=1.0) as tailed:
        for server in (fixed, tailed):
            for i in range(3):
                server._latency_s = 0
                post(server, str(i))
                server._latency_s = 0.2
        assert {fixed._latency_of(received) for received in fixed.requests} == {0.2}
        drawn = [tailed._latency_of(received) for received in tailed.requests]
        assert len(set(drawn)) == 3 and drawn == [tailed._latency_of(r) for r in tailed.requests]


def test_what_a_schema_asks_for_satisfies_it() -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    schema = {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 20},
            "short": {"type": "string", "maxLength": 3},
            "age": {"type": "integer", "minimum": 5, "maximum": 6},
            "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "kind": {"enum": ["a", "b"]},
            "fixed": {"const": 3},
            "maybe": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "flags": {"type": "array", "items": {"type": "boolean"}, "minItems": 2},
            "next": {"$ref": "#/$defs/node"},
        },
        "required": ["name", "age", "next"],
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"value": {"type": ["integer", "null"]}, "next": {"$ref": "#/$defs/node"}},
                "required": ["value"],
            }
        },
    }
    checker = jsonschema_rs.validator_for(schema)
    for seed in range(30):
        checker.validate(example(schema, random.Random(seed)))
    with ModelServer() as server:
        wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        checker.validate(json.loads(content(post(server, response_format=wanted))))


def test_a_tool_that_must_be_called_is_called_with_fitting_arguments() -> None:
    function = {"name": "f", "parameters": {"type": "object", "properties": {"a": {"const": 1}}}}
    with ModelServer() as server:
        tool = {"type": "function", "function": function}
        (choice,) = post(server, tools=[tool], tool_choice="required")["choices"]
        (received,) = server.requests
    assert choice["message"]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a": 1}'}
    assert default_answer(received, random.Random(0)).tool_calls == ({"name": "f", "arguments": {"a": 1}},)


def test_unknown_faults_and_too_many_are_refused() -> None:
    with pytest.raises(UsageError, match="no fault 'sever_error'"):
        ModelServer(faults={"sever_error": 0.1})
    with pytest.raises(UsageError, match="over 1"):
        ModelServer(faults={"reset": 0.6, "hang": 0.5})
    with pytest.raises(UsageError, match="no fault 'flood'"):
        ModelServer(outage=(0, 1), outage_fault="flood")


def test_as_a_process_of_its_own_it_tells_its_address_and_ends_with_its_input() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "datagen_core.testing.model_server", '{"faults": {"server_error": 1}}'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        base_url = process.stdout.readline().strip()
        server = ModelServer()
        server.port = int(base_url.split(":")[2].partition("/")[0])
        assert server.base_url == base_url and post(server) == (500, None)
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/stats") as response:
            assert json.load(response)["statuses"] == {"500": 1}
        process.stdin.close()
        assert process.wait(10) == 0


def test_the_test_kit_alone_does_not_import_aiohttp() -> None:
    code = (
        "import sys, datagen_core.testing, datagen_core.testing.model_server; print('aiohttp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
