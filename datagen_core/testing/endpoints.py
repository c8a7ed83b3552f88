"""The rules of models at OpenAI-compatible HTTP endpoints: each is run against a scripted server on this machine."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from logging.handlers import BufferingHandler
from typing import Any, ClassVar

import pytest

from datagen_core.model import ChatRequest, Model, ModelError, Reply
from datagen_core.testing.endpoint_answers import KEY, AnswerRules, agree, answering, ask
from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import Received

FAULTS = {
    "server_error": ("server", False),
    "rate_limit": ("rate_limit", False),
    "reset": ("connection", True),
    "cut_body": ("connection", True),
    "malformed": ("malformed", True),
    "empty": ("malformed", True),
}
"""What the server does wrong → the kind of error, and whether the model may have run."""
STATUSES = {
    **dict.fromkeys((400, 413, 422), ("bad_request", False)),
    **dict.fromkeys((401, 402, 403), ("auth", False)),
    **dict.fromkeys((301, 404), ("not_found", False)),
    **dict.fromkeys((500, 503, 529), ("server", False)),
    **dict.fromkeys((502, 504), ("server", True)),
    408: ("timeout", True),
    429: ("rate_limit", False),
}
NO_ANSWERS: tuple[str | bytes, ...] = (
    *("", "null", "[]", "{}", '{"choices": null}', '{"choices": [{}]}', "<html>", b"\xff\xfe"),
    *('{"choices": [{"message": {"content": 3}}]}', '{"choices": [{"message": null}]}', "[" * 100_000),
)
AT_ONCE = 64


class EndpointConformance(AnswerRules):
    """Rules for models at OpenAI-compatible endpoints, beside those of `ModelConformance`. Override `model`:

        class TestMyModelAtAnEndpoint(EndpointConformance):
            key_variable = "MY_KEY"

            def model(self, base_url):
                return MyModel(MyConfig(base_url=base_url, api_key_env="MY_KEY"), "m")

    What the model doesn't declare among its capabilities isn't asked for. `datagen_core.llm.openai_format` and
    `.http_failures` do most of what is asked here. Needs aiohttp: `pip install 'datagen-core[testing,model-server]'`.

    Attributes:
        key_variable: The environment variable from which it reads its key; None skips the rules on keys.
        timeout_s: For calls that are answered.
        hang_s: For calls that aren't; longer than it takes to be answered.
        max_tokens_field: How it names the limit of an answer in a chat.
    """

    hang_s: ClassVar[float] = 0.2

    # -- what the rules use -------------------------------------------------------------------------------

    def failure(
        self,
        server: ModelServer,
        request: ChatRequest | None = None,
        timeout_s: float | None = None,
        key: str | None = KEY,
    ) -> ModelError:
        """The error of a chat, which there must be."""

        async def fail(model: Model[Any]) -> ModelError:
            try:
                reply = await model.chat(request or ask(), timeout_s=timeout_s or self.timeout_s)
            except ModelError as error:
                agree("an error says of which model it is", error.where, model.full_name)
                return error
            raise AssertionError(f"rule: what is no answer is a ModelError; found {reply!r}")

        return self.run(server, fail, key)

    def refused(self, request: ChatRequest | None = None, key: str | None = KEY) -> ModelError:
        """The error of a chat that must not be sent."""
        with ModelServer() as server:
            error = self.failure(server, request, key=key)
        agree("what can't work isn't sent", (len(server.requests), error.may_have_run), (0, False))
        return error

    # -- failures -----------------------------------------------------------------------------------------

    def test_each_fault_has_its_kind_and_is_sent_once(self) -> None:
        for fault, wanted in FAULTS.items():
            with ModelServer(faults={fault: 1}, retry_after_s=2.5) as server:
                error = self.failure(server)
            agree(f"kind and may_have_run of {fault}", (error.kind, error.may_have_run), wanted)
            waits = 2.5 if fault == "rate_limit" else None
            agree("an error holds how long the endpoint asks to wait", error.retry_after_s, waits)
            agree("a call is sent once: retries are the core's", len(server.requests), 1)

    def test_a_hang_ends_at_the_time_out_and_may_have_run(self) -> None:
        with ModelServer(faults={"hang": 1}) as server:
            error = self.failure(server, timeout_s=self.hang_s)
        agree("kind and may_have_run of a hang", (error.kind, error.may_have_run), ("timeout", True))

    def test_a_server_that_is_not_there_has_run_nothing(self) -> None:
        with ModelServer() as server:
            pass
        error = self.failure(server)
        agree("no connection: kind, may_have_run", (error.kind, error.may_have_run), ("connection", False))
        assert server.base_url in str(error), f"rule: it says where no connection was made; found {error}"

    def test_each_status_has_its_kind_and_the_endpoints_words(self) -> None:
        for status, wanted in STATUSES.items():
            with answering(status, {"error": {"message": "the cause"}}) as server:
                error = self.failure(server)
            agree(f"kind and may_have_run of {status}", (error.kind, error.may_have_run), wanted)
            said = str(status) in str(error) and "the cause" in str(error)
            assert said, f"rule: an error names status and cause; found {error}"

    def test_an_account_without_credit_is_not_a_rate_limit(self) -> None:
        body = {"error": {"message": "You exceeded", "code": "insufficient_quota"}}
        with answering(429, body) as server:
            agree("no waiting helps an account without credit", self.failure(server).kind, "auth")

    def test_an_error_within_status_200_is_an_error(self) -> None:
        with answering(200, {"error": {"message": "busy", "code": 429}}) as server:
            agree("an error within status 200 has its kind", self.failure(server).kind, "rate_limit")
        with answering(200, {"error": "it broke"}) as server:
            error = self.failure(server)
        agree("without a code it may have run", (error.kind, error.may_have_run), ("server", True))

    def test_any_body_that_is_no_answer_is_malformed(self) -> None:
        for body in NO_ANSWERS:
            with answering(200, body) as server:
                error = self.failure(server)
            agree(f"{body[:40]!r} is no answer", (error.kind, error.may_have_run), ("malformed", True))

    def test_extra_parameters_cannot_set_what_budgets_count_on(self) -> None:
        for name in ("max_tokens", "max_completion_tokens", "n", "stream", "model", "messages"):
            error = self.refused(ask(extra={name: 1}))
            agree(f"extra can't set {name}", (error.kind, name in str(error)), ("bad_request", True))

    # -- keys ---------------------------------------------------------------------------------------------

    def test_a_key_that_is_missing_wrong_or_none_is_said_with_its_variable(self) -> None:
        variable = self._variable()
        with ModelServer(api_key="another") as server:
            errors = [self.failure(server), self.refused(key=None)]
        errors += [self.refused(key=key) for key in (f"{KEY}\nX: y", f"{KEY} x", f"{KEY}é")]
        for error in errors:
            agree("a matter of keys is auth", error.kind, "auth")
            assert variable in str(error), f"rule: it names the key's variable; found {error}"
            assert KEY not in str(error), "rule: an error shows no key"

    def test_the_key_is_in_no_error_log_repr_or_pickle(self) -> None:
        self._variable()
        echo = {"error": {"message": f"{'x' * 290} {KEY} is wrong"}}
        servers = [ModelServer(faults={fault: 1}) for fault in (*FAULTS, "hang")]
        servers += [answering(status, echo) for status in (200, 400, 401, 404, 429, 500)]
        servers += [answering(200, f"not JSON {KEY}")]
        log, root = BufferingHandler(10**6), logging.getLogger()
        level = root.level
        root.addHandler(log)
        root.setLevel(logging.DEBUG)
        try:
            texts = [text for server in servers for text in self._all_that_is_told(server)]
        finally:
            root.removeHandler(log)
            root.setLevel(level)
        texts += [record.getMessage() for record in log.buffer]
        found = [text[:300] for text in texts if KEY[:8] in text]
        assert not found, f"rule: a key is nowhere but in the request; found it in {found}"

    def test_a_key_that_an_endpoint_repeats_is_in_no_reply(self) -> None:
        self._variable()
        said = {"choices": [{"message": {"content": f"your key is {KEY}!"}, "finish_reason": "stop"}]}
        with answering(200, said) as server:
            reply = self.run(server, lambda model: model.chat(ask(), timeout_s=self.hang_s))
        agree("a key is blotted out of texts", reply.choices[0].text, "your key is ***!")

    def _all_that_is_told(self, server: ModelServer) -> list[str]:
        async def kept(model: Model[Any]) -> list[str]:
            shown = [model, vars(model), model.config, pickle.dumps(model), model.endpoint()]
            return [repr(value) for value in shown]

        with server:
            error = self.failure(server, timeout_s=self.hang_s)
            assert server.requests[0].has_key, "rule: the key is sent"
            texts = self.run(server, kept)
        chained = (error.__cause__, error.__context__)
        agree("an error hangs on no other, which may hold headers", chained, (None, None))
        return [*texts, str(error), repr(error), repr(error.args), repr(vars(error))]

    def _variable(self) -> str:
        if self.key_variable is None:
            pytest.skip("it reads no key")
        return self.key_variable

    # -- connections --------------------------------------------------------------------------------------

    def test_calls_in_turn_use_one_connection(self) -> None:
        async def ten(model: Model[Any]) -> None:
            for turn in range(10):
                await model.chat(ask(str(turn)), timeout_s=self.timeout_s)

        with ModelServer() as server:
            self.run(server, ten)
        agree("calls in turn use one connection", (len(server.requests), server.connections), (10, 1))

    def test_calls_go_at_once_over_connections_that_are_used_again(self) -> None:
        async def twice(model: Model[Any]) -> None:
            for turn in range(2):
                calls = (model.chat(ask(f"{turn} {i}"), timeout_s=self.timeout_s) for i in range(AT_ONCE))
                await asyncio.gather(*calls)

        with ModelServer(latency_s=0.5) as server:
            self.run(server, twice)
        agree("calls don't wait for each other: the limiter is the core's", server.most_at_once, AT_ONCE)
        agree("connections are used again", server.connections, AT_ONCE)

    def test_a_cancelled_call_is_cancelled_and_the_model_works_on(self) -> None:
        async def cancel(model: Model[Any]) -> Reply:
            call = asyncio.create_task(model.chat(ask("hang"), timeout_s=self.timeout_s))
            await asyncio.to_thread(arrived.wait, 10)
            call.cancel()
            found = await asyncio.gather(call, return_exceptions=True)
            agree("a cancelled call is cancelled", type(found[0]), asyncio.CancelledError)
            return await model.chat(ask("go on"), timeout_s=self.timeout_s)

        def faults(received: Received) -> str | None:
            arrived.set()
            return "hang" if "hang" in str(received.body) else None

        arrived = threading.Event()
        with ModelServer(faults=faults) as server:
            assert self.run(server, cancel).choices

    def test_a_failed_call_leaves_the_model_usable(self) -> None:
        async def on(model: Model[Any]) -> list[str]:
            kinds = []
            for _ in range(4):
                try:
                    await model.chat(ask(), timeout_s=self.hang_s)
                except ModelError as error:
                    kinds.append(error.kind)
            await model.chat(ask(), timeout_s=self.timeout_s)
            return kinds

        faults = iter(["reset", "cut_body", "malformed", "hang", None])
        with ModelServer(faults=lambda received: next(faults)) as server:
            kinds = self.run(server, on)
        agree("each failure is one of its own", kinds, ["connection", "connection", "malformed", "timeout"])
