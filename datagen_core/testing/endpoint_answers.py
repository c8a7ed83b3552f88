"""What goes to an OpenAI-compatible endpoint and what comes back: half of `EndpointConformance`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

import pytest

from datagen_core.model import ChatRequest, CompletionRequest, EmbeddingRequest, Model, Reply
from datagen_core.sample import Message, Tool
from datagen_core.testing.model_server import ModelServer
from datagen_core.testing.scripted_replies import Answer

KEY = "sk-very-secret-0123456789"
COLOURS = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"]}
PAINT = Tool(name="paint", description="Paints.", parameters=COLOURS)
PAINTED = {"id": "c1", "type": "function", "function": {"name": "paint", "arguments": {"colour": "grün"}}}
T = TypeVar("T")


def ask(text: str = "one two three", **more: Any) -> ChatRequest:
    """A chat of one turn and at most 50 tokens, but for what is given."""
    given = {"messages": (Message(role="user", content=text),), "max_tokens": 50, **more}
    return ChatRequest(**given)


def answering(status: int, body: Any = "", **headers: str) -> ModelServer:
    """A server with one answer to everything: a text or bytes as they are, else JSON."""
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    return ModelServer(lambda received: Answer(status=status, body=text, headers=headers))


def agree(rule: str, found: object, wanted: object) -> None:
    """Fails with the rule where two values differ."""
    assert found == wanted, f"rule: {rule}; expected {wanted!r}, found {found!r}"


class AnswerRules:
    """Requests on the wire and replies. See `EndpointConformance`, of which this is a half."""

    key_variable: ClassVar[str | None] = None
    timeout_s: ClassVar[float] = 60.0
    max_tokens_field: ClassVar[str] = "max_tokens"

    def model(self, base_url: str) -> Model[Any]:
        """A new model at an address."""
        raise NotImplementedError

    # -- what the rules use -------------------------------------------------------------------------------

    def run(
        self, server: ModelServer, use: Callable[[Model[Any]], Coroutine[Any, Any, T]], key: str | None = KEY
    ) -> T:
        """What `use` gives with a model at the server and this key, with everything closed afterwards."""

        async def call() -> T:
            model = self.model(server.base_url)
            try:
                return await use(model)
            finally:
                await model.close()

        with pytest.MonkeyPatch.context() as environment:
            if self.key_variable is not None and key is not None:
                environment.setenv(self.key_variable, key)
            elif self.key_variable is not None:
                environment.delenv(self.key_variable, raising=False)
            return asyncio.run(call())

    def chat(self, server: ModelServer, request: ChatRequest | None = None) -> Reply:
        """The reply to a chat."""
        return self.run(server, lambda model: model.chat(request or ask(), timeout_s=self.timeout_s))

    def needs(self, capability: str) -> None:
        """Skips a rule about what the model doesn't declare."""
        if capability not in self.model("http://127.0.0.1:9/v1").capabilities():
            pytest.skip(f"it declares no {capability}")

    # -- chats --------------------------------------------------------------------------------------------

    def test_a_chat_gives_text_usage_model_and_finish_reason(self) -> None:
        with ModelServer(["four five"]) as server:
            reply = self.chat(server)
        (choice,), usage = reply.choices, reply.usage
        agree("a reply holds the answer's text", choice.text, "four five")
        agree("an answer that ends by itself stops", choice.finish_reason, "stop")
        agree("a reply says which model answered", reply.model, server.requests[0].body["model"])
        used = usage and (usage.prompt_tokens, usage.completion_tokens)
        agree("a reply says which tokens are billed", used, (3, 2))

    def test_what_is_asked_goes_out_under_openais_names_and_nothing_else(self) -> None:
        wishes: dict[str, Any] = {"temperature": 0.5, "top_p": 0.9, "extra": {"top_k": 4}}
        sent: dict[str, Any] = {"temperature": 0.5, "top_p": 0.9, "top_k": 4}
        declared = self.model("http://127.0.0.1:9/v1").capabilities()
        for name, value in (("seed", 7), ("stop", ("END",)), ("n", 2)):
            if name in declared:
                wishes[name], sent[name] = value, list(value) if isinstance(value, tuple) else value
        with ModelServer() as server:
            reply = self.chat(server, ask(**wishes))
            self.chat(server, ask())
            first, second = (dict(received.body) for received in server.requests)
        always = {"messages": [{"role": "user", "content": "one two three"}], self.max_tokens_field: 50}
        always["model"] = first.get("model")
        agree("a request goes out as it is", first, {**always, **sent})
        agree("what isn't set isn't sent", second, always)
        agree("there is a choice for each answer", len(reply.choices), sent.get("n", 1))

    def test_a_schema_is_sent_and_the_answer_satisfies_it(self) -> None:
        self.needs("json_schema")
        with ModelServer() as server:
            reply = self.chat(server, ask(json_schema=COLOURS))
            sent = server.requests[0].body.get("response_format", {})
        schema = sent.get("json_schema", {})
        agree(
            "a schema goes out in response_format",
            (sent.get("type"), schema.get("schema")),
            ("json_schema", COLOURS),
        )
        agree("a schema that isn't strict isn't asked for strictly", bool(schema.get("strict")), False)
        assert json.loads(reply.choices[0].text)["colour"] in ("red", "blue")

    def test_tool_calls_come_back_with_arguments_as_objects(self) -> None:
        self.needs("tools")
        with ModelServer() as server:
            reply = self.chat(server, ask(tools=(PAINT,), extra={"tool_choice": "required"}))
            sent = server.requests[0].body.get("tools")
        function = {"name": "paint", "description": "Paints.", "parameters": COLOURS}
        agree("tools go out as functions", sent, [{"type": "function", "function": function}])
        choice = reply.choices[0]
        agree("an answer that calls says so", (choice.finish_reason, choice.text), ("tool_calls", ""))
        arguments = choice.tool_calls[0]["function"]["arguments"]
        agree("arguments of tool calls are objects", type(arguments), dict)
        assert arguments["colour"] in ("red", "blue")

    def test_tool_calls_of_a_conversation_go_out_with_arguments_as_text(self) -> None:
        turns = (
            Message(role="user", content="go"),
            Message(role="assistant", content="", tool_calls=(PAINTED,), reasoning_content="hm"),
            Message(role="tool", content="done", name="paint", tool_call_id="c1"),
        )
        with ModelServer() as server:
            self.chat(server, ask(messages=turns))
            _, called, done = server.requests[0].body["messages"]
        function = {"name": "paint", "arguments": '{"colour": "grün"}'}
        wanted = {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
        agree("arguments go out as text", {k: v for k, v in called.items() if v is not None}, wanted)
        wanted = {"role": "tool", "content": "done", "name": "paint", "tool_call_id": "c1"}
        agree("a tool's answer goes out with its call", done, wanted)

    def test_logprobs_come_back_per_token_with_the_alternatives(self) -> None:
        self.needs("logprobs")
        with ModelServer(["yes sir"]) as server:
            tokens = self.chat(server, ask(top_logprobs=3)).choices[0].logprobs
        agree("each token has its logprob", [token.token for token in tokens], ["yes", " sir"])
        agree("alternatives come with it", [len(token.top) for token in tokens], [3, 3])
        assert tokens[0].top["yes"] == tokens[0].logprob < 0

    def test_an_answer_that_is_cut_says_so(self) -> None:
        with ModelServer(["a b c d"]) as server:
            choice = self.chat(server, ask(max_tokens=2)).choices[0]
        agree("an answer cut by its limit is a reply", (choice.text, choice.finish_reason), ("a b", "length"))
        with ModelServer(faults={"truncated": 1}) as server:
            agree("a truncated answer too", self.chat(server).choices[0].finish_reason, "length")

    def test_a_refusal_is_a_content_filter_with_its_words(self) -> None:
        with ModelServer(faults={"refusal": 1}) as server:
            choice = self.chat(server).choices[0]
        agree("a refusal is a content filter", choice.finish_reason, "content_filter")
        agree("the text of a refusal is what it says", "can't help" in choice.text, True)

    def test_awkward_text_survives_the_way_out_and_back(self) -> None:
        for text in ('{"a": [1]}\x00 "', "𝕏 日本語 \u202e", "x" * 1_000_000):
            with ModelServer(lambda received: received.body["messages"][0]["content"]) as server:
                echo = self.chat(server, ask(text, max_tokens=10**7)).choices[0].text
            assert echo == text, f"rule: text survives as it is; expected {text[:20]!r}, found {echo[:20]!r}"

    # -- completions and embeddings -----------------------------------------------------------------------

    def test_a_completion_has_its_text_and_logprobs(self) -> None:
        self.needs("completion")
        request = CompletionRequest(prompt="once upon", max_tokens=5, top_logprobs=2, stop=("z",))
        with ModelServer(["a time"]) as server:
            reply = self.run(server, lambda model: model.complete(request, timeout_s=self.timeout_s))
            received = server.requests[0]
        agree("a prompt goes to completions", received.path, "/v1/completions")
        sent = {name: value for name, value in received.body.items() if name != "model"}
        wanted = {"prompt": "once upon", "max_tokens": 5, "logprobs": 2, "stop": ["z"]}
        agree("a completion goes out as it is", sent, wanted)
        agree("a reply holds the answer's text", reply.choices[0].text, "a time")
        agree("alternatives come with it", [len(token.top) for token in reply.choices[0].logprobs], [2, 2])

    def test_embeddings_come_in_the_order_of_the_texts_and_none_costs_nothing(self) -> None:
        self.needs("embeddings")
        with ModelServer() as server:
            found = self.run(
                server, lambda m: m.embed(EmbeddingRequest(texts=("a", "b", "a")), timeout_s=self.timeout_s)
            )
            nothing = self.run(
                server, lambda m: m.embed(EmbeddingRequest(texts=()), timeout_s=self.timeout_s)
            )
            agree("nothing is sent for no text", len(server.requests), 1)
        agree("no text has no vectors", nothing.vectors, ())
        agree("equal texts have equal vectors", found.vectors[0], found.vectors[2])
        agree("the tokens read are told", found.usage and found.usage.prompt_tokens, 3)
        rows = [{"index": 1, "embedding": [2]}, {"index": 0, "embedding": [1]}]
        with answering(200, {"data": rows}) as server:
            found = self.run(
                server, lambda m: m.embed(EmbeddingRequest(texts=("a", "b")), timeout_s=self.timeout_s)
            )
        agree("vectors are in order of their index", found.vectors, ((1.0,), (2.0,)))
