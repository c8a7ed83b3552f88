"""A scripted OpenAI-compatible HTTP server for tests and benches, on 127.0.0.1 alone.

    with ModelServer(latency_s=0.1, faults={"server_error": 0.05, "rate_limit": 0.05}) as server:
        ...  # server.base_url, server.requests, server.generations

Replies and faults follow from the seed and the request, so that a run repeats. Needs aiohttp:
`pip install 'datagen-core[model-server]'`.

As a process of its own, which keeps its CPU out of a measurement: `python -m datagen_core.testing.model_server
'{"latency_s": 0.1}'` writes its base URL as its first line, answers `GET /stats`, and ends when its input closes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakKeyDictionary

from datagen_core.errors import UsageError
from datagen_core.nothing import EMPTY
from datagen_core.testing.scripted_replies import (
    Answer,
    Received,
    chat_body,
    completion_body,
    default_answer,
    embedding_body,
    limited,
    usage_of,
)

if TYPE_CHECKING:
    from aiohttp import web

FAULTS = (
    "server_error",  # status 500
    "rate_limit",  # status 429 with Retry-After
    "reset",  # the connection is reset after the model has run
    "hang",  # no answer, ever
    "malformed",  # status 200 and a body that isn't JSON
    "cut_body",  # the connection closes within the body
    "truncated",  # a content cut in the middle, finish_reason length
    "refusal",  # no content, but a refusal
    "empty",  # no choices
)
BILLED_FAULTS = frozenset({"reset", "hang", "malformed", "cut_body", "truncated", "refusal", "empty"})
"""Those where the model has run, so that a provider bills an answer."""

_SECRET_HEADERS = frozenset({"authorization", "x-api-key", "api-key", "cookie", "proxy-authorization"})

Reply = Callable[[Received], str | Answer]


class ModelServer:
    """The server: in the running loop with `async with`, in a thread of its own with `with`.

    Args:
        reply: A function of the request, a list of texts taken in turn (then status 400), or None for
            `default_answer`.
        seed: Decides replies, latencies and faults, with the request.
        latency_s: Of each answer; the median where `latency_sigma` is over 0.
        latency_sigma: Of a log-normal latency (heavy tail); 0 for a fixed one.
        faults: Kind (one of FAULTS) → share of the requests, in total up to 1; or a function that names the
            fault of a request or None. Drawn anew for each attempt.
        retry_after_s: What a `rate_limit` fault asks for.
        rpm: Requests per minute (token bucket of one second); more are answered 429. None for no limit.
        outage: From and until when, in seconds since the first request, everything meets `outage_fault`.
        api_key: What `Authorization: Bearer` must bring, else 401; None asks for none.
        models: The names there are, else 404; None takes any.
        clock: Seconds, for rpm and outage.

    Attributes:
        requests: All that came, in order (without GET).
        statuses: Status → how many; faults that end a connection count under their name.
        generations: Answers that a provider would bill.
        prompt_tokens, completion_tokens: Tokens that it would bill.
        connections: Connections opened.
        most_at_once: The most requests that were in work together.
    """

    def __init__(
        self,
        reply: Reply | Sequence[str] | None = None,
        *,
        seed: int = 0,
        latency_s: float = 0.0,
        latency_sigma: float = 0.0,
        faults: Mapping[str, float] | Callable[[Received], str | None] = EMPTY,
        retry_after_s: float = 1.0,
        rpm: float | None = None,
        outage: tuple[float, float] | None = None,
        outage_fault: str = "reset",
        api_key: str | None = None,
        models: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        _check_faults(faults, outage_fault)
        self._reply, self._seed, self._faults = reply, seed, faults
        self._latency_s, self._latency_sigma = latency_s, latency_sigma
        self._retry_after_s, self._rpm = retry_after_s, rpm
        self._outage, self._outage_fault = outage, outage_fault
        self._api_key, self._models, self._clock = api_key, models, clock
        self._bucket, self._filled_at = max((rpm or 0) / 60, 1.0), 0.0
        self._texts_given = 0
        self._began: float | None = None
        self._attempts: Counter[str] = Counter()
        self._connections: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._in_work = 0
        self.requests: list[Received] = []
        self.statuses: Counter[str] = Counter()
        self.generations = self.prompt_tokens = self.completion_tokens = 0
        self.connections = self.most_at_once = 0
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def base_url(self) -> str:
        """The address with its `/v1`, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}/v1"

    def stats(self) -> dict[str, Any]:
        """The counts, as JSON."""
        return {
            "requests": len(self.requests),
            "distinct": len(self._attempts),
            "statuses": dict(sorted(self.statuses.items())),
            "generations": self.generations,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "connections": self.connections,
            "most_at_once": self.most_at_once,
        }

    # -- start and end ------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        from aiohttp import web

        app = web.Application(client_max_size=2**26)
        for path in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings"):
            app.router.add_post(path, self._counted)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_get("/stats", self._stats)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def __enter__(self) -> Self:
        started = threading.Event()
        failures: list[BaseException] = []

        async def serve() -> None:
            self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
            try:
                async with self:
                    started.set()
                    await self._stopping.wait()
            except BaseException as error:
                failures.append(error)
                raise
            finally:
                started.set()

        self._thread = threading.Thread(target=lambda: asyncio.run(serve()), name="model-server", daemon=True)
        self._thread.start()
        started.wait()
        if failures:
            self._thread.join()
            raise failures[0]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    # -- requests -----------------------------------------------------------------------------------------

    async def _list_models(self, request: web.Request) -> web.Response:
        names = self._models or ["test-model"]
        return _json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})

    async def _stats(self, request: web.Request) -> web.Response:
        return _json(200, self.stats())

    async def _counted(self, request: web.Request) -> web.StreamResponse:
        self._in_work += 1
        self.most_at_once = max(self.most_at_once, self._in_work)
        try:
            return await self._answer(request)
        finally:
            self._in_work -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await request.read())
        except ValueError:
            return self._error(400, "the body isn't JSON")
        received = self._record(request, body)
        refused = self._refused(request, received) or self._over_the_limit(received)
        if refused is not None:
            return refused
        fault = self._fault_of(received)
        if fault == "server_error":
            return self._error(500, "the server had an error")
        if fault == "rate_limit":
            return self._error(429, "rate limit reached", {"Retry-After": f"{self._retry_after_s:g}"})
        answers = self._answers(received, fault)
        if answers is None:
            return self._error(400, "no scripted reply is left")
        if answers[0].body is not None or answers[0].status != 200:
            await asyncio.sleep(self._latency_of(received))
            return self._as_it_is(answers[0])
        usage = self._bill(received, answers)
        await asyncio.sleep(self._latency_of(received))
        return await self._send(request, self._body(received, answers, usage, fault), fault)

    def _record(self, request: web.Request, body: Mapping[str, Any]) -> Received:
        now = self._clock()
        if self._began is None:
            self._began = self._filled_at = now
        canonical = json.dumps([request.path, body], sort_keys=True)
        identity = hashlib.sha256(canonical.encode()).hexdigest()
        received = Received(
            path=request.path,
            body=body,
            headers={k.lower(): v for k, v in request.headers.items() if k.lower() not in _SECRET_HEADERS},
            has_key="Authorization" in request.headers,
            identity=identity,
            attempt=self._attempts[identity],
            at_s=now - self._began,
            connection=self._connection(request),
        )
        self._attempts[identity] += 1
        self.requests.append(received)
        return received

    def _connection(self, request: web.Request) -> int:
        """Its number, counted at its first request."""
        transport = request.transport
        if transport not in self._connections:
            self._connections[transport] = self.connections
            self.connections += 1
        return self._connections[transport]

    def _refused(self, request: web.Request, received: Received) -> web.Response | None:
        if self._api_key is not None and request.headers.get("Authorization") != f"Bearer {self._api_key}":
            return self._error(401, "the key is wrong or missing")
        if self._models is not None and received.body.get("model") not in self._models:
            return self._error(404, f"the model {received.body.get('model')!r} does not exist")
        if received.body.get("stream"):
            return self._error(400, "this server doesn't stream")
        needed = {"/v1/chat/completions": "messages", "/v1/completions": "prompt"}.get(received.path, "input")
        return None if needed in received.body else self._error(400, f"missing field: {needed}")

    def _over_the_limit(self, received: Received) -> web.Response | None:
        if self._rpm is None:
            return None
        rate, now = self._rpm / 60, self._clock()
        self._bucket = min(max(rate, 1.0), self._bucket + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._bucket >= 1:
            self._bucket -= 1
            return None
        wait = max(1, math.ceil((1 - self._bucket) / rate))
        return self._error(429, "rate limit reached", {"Retry-After": str(wait)})

    def _fault_of(self, received: Received) -> str | None:
        if self._outage is not None and self._outage[0] <= received.at_s < self._outage[1]:
            return self._outage_fault
        if callable(self._faults):
            return self._faults(received)
        drawn = self._rng("fault", received, received.attempt).random()
        for kind, share in self._faults.items():
            drawn -= share
            if drawn < 0:
                return kind
        return None

    def _latency_of(self, received: Received) -> float:
        if not self._latency_sigma:
            return self._latency_s
        rng = self._rng("latency", received, received.attempt)
        return self._latency_s * math.exp(rng.gauss(0, self._latency_sigma))

    def _rng(self, what: str, received: Received, attempt: int = 0) -> random.Random:
        return random.Random(f"{what}:{self._seed}:{received.identity}:{attempt}")

    # -- answers ------------------------------------------------------------------------------------------

    def _answers(self, received: Received, fault: str | None) -> list[Answer] | None:
        rng = self._rng("reply", received)
        answers = []
        for _ in range(received.body.get("n") or 1):
            given: str | Answer | None = self._given(received, rng)
            if given is None:
                return None
            answer = limited(Answer(text=given) if isinstance(given, str) else given, received.body)
            if fault == "truncated":
                answer = limited(answer, received.body, most=max(1, len(answer.text.split()) // 2))
                answer = Answer(text=answer.text, finish_reason="length")
            elif fault == "refusal":
                answer = Answer(refusal="I'm sorry, I can't help with that.")
            answers.append(answer)
        return answers

    def _given(self, received: Received, rng: random.Random) -> str | Answer | None:
        if callable(self._reply):
            return self._reply(received)
        if self._reply is None or received.path == "/v1/embeddings":
            return default_answer(received, rng)
        if self._texts_given >= len(self._reply):
            return None
        self._texts_given += 1
        return self._reply[self._texts_given - 1]

    def _bill(self, received: Received, answers: list[Answer]) -> dict[str, int]:
        usage = usage_of(received, answers if received.path != "/v1/embeddings" else [])
        self.generations += len(answers)
        self.prompt_tokens += usage["prompt_tokens"]
        self.completion_tokens += usage["completion_tokens"]
        return usage

    def _body(
        self, received: Received, answers: list[Answer], usage: Mapping[str, int], fault: str | None
    ) -> dict[str, Any]:
        if received.path == "/v1/embeddings":
            body = embedding_body(received, self._seed, usage)
        else:
            make = chat_body if received.path == "/v1/chat/completions" else completion_body
            body = make(received, answers, usage)
        if fault == "empty":
            body["data" if "data" in body else "choices"] = []
        return body

    async def _send(
        self, request: web.Request, body: Mapping[str, Any], fault: str | None
    ) -> web.StreamResponse:
        from aiohttp import web

        if fault in ("reset", "hang", "cut_body"):
            self.statuses[fault] += 1
        if fault == "hang":
            await asyncio.Event().wait()  # until the client gives up or the server ends
        if fault == "reset":
            return _reset(request)
        text = json.dumps(body)
        if fault == "cut_body":
            half = web.StreamResponse(headers={"Content-Length": str(len(text))})
            await half.prepare(request)
            await half.write(text[: len(text) // 2].encode())
            return _reset(request, half, abruptly=False)
        self.statuses["200"] += 1
        if fault == "malformed":
            text = text[: len(text) // 2]
        return web.Response(text=text, content_type="application/json")

    def _as_it_is(self, answer: Answer) -> web.Response:
        from aiohttp import web

        self.statuses[str(answer.status)] += 1
        body = answer.body if answer.body is not None else json.dumps({"error": {"message": answer.text}})
        raw = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": "application/json", **answer.headers}
        return web.Response(body=raw, status=answer.status, headers=headers)

    def _error(self, status: int, message: str, headers: Mapping[str, str] = EMPTY) -> web.Response:
        self.statuses[str(status)] += 1
        return _json(status, {"error": {"message": message, "type": "scripted", "code": status}}, headers)


def _check_faults(faults: Any, outage_fault: str) -> None:
    named = [outage_fault, *(() if callable(faults) else faults)]
    unknown = [name for name in named if name not in FAULTS]
    if unknown:
        raise UsageError(f"there is no fault {unknown[0]!r}", expected=f"one of {', '.join(FAULTS)}")
    if not callable(faults) and not 0 <= sum(faults.values()) <= 1 + 1e-9:
        raise UsageError("the shares of faults sum to over 1", expected="a sum from 0 to 1")


def _json(status: int, body: Mapping[str, Any], headers: Mapping[str, str] = EMPTY) -> web.Response:
    from aiohttp import web

    return web.json_response(body, status=status, headers=dict(headers))


def _reset(
    request: web.Request, response: web.StreamResponse | None = None, *, abruptly: bool = True
) -> web.StreamResponse:
    """Ends the connection: abruptly with a TCP reset, else by closing it after what was written."""
    from aiohttp import web

    transport = request.transport
    if transport is not None:
        if abruptly:
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()
    return response or web.Response()


async def _serve_until_input_closes(options: Mapping[str, Any]) -> None:
    async with ModelServer(**options) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve_until_input_closes(json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}))
