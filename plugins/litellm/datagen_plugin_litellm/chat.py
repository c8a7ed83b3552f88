"""A model that is reached through LiteLLM."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from datagen_core.errors import RecipeError
from datagen_core.llm import openai_format
from datagen_core.llm.addresses import is_private
from datagen_core.llm.http_failures import EndpointFailures
from datagen_core.llm.keys import can_be_sent, value_of, without_keys
from datagen_core.model import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Model,
    ModelError,
    Price,
    Reply,
    missing_capabilities,
    wanted_capabilities,
)
from datagen_plugin_litellm import door, facts, failures
from datagen_plugin_litellm.config import REGION_PARAMETERS, LiteLLMConfig
from datagen_plugin_litellm.environment import (
    KEY_VARIABLES,
    LOCAL_ADDRESSES,
    SIGN_IN_TOKENS,
    blotted,
    local_address,
    secrets,
)
from datagen_plugin_litellm.parameters import is_free_to_set

AnswerT = TypeVar("AnswerT", Reply, Embeddings)
Send = Callable[..., Awaitable[Any]]

NO_KEY = "none"
"""Sent in place of a key to another address than the provider's: LiteLLM would send the usual variable's there."""

_OWN_ADDRESSES = frozenset({"azure", "azure_ai", "azure_text"})
"""Where every customer has an address of his own, so that a `base_url` doesn't make the price unknown."""


class LiteLLMModel(Model[LiteLLMConfig]):
    """Chat, raw completion and embeddings through LiteLLM. Sends once: LiteLLM's retries are off.

    Keys are read from the environment at each call and kept nowhere by this class; LiteLLM keeps them in its
    clients until they are closed. `may_have_run` is false for a connection that couldn't be made, for a status
    with which an endpoint refuses the work (4xx, 500, 503) and for what LiteLLM itself refuses to send; it is
    true for whatever else went wrong.
    """

    def __init__(self, config: LiteLLMConfig, name: str) -> None:
        super().__init__(config, name)
        if not name.strip():
            raise RecipeError("a model has no name", expected="a name such as anthropic/claude-sonnet-4-5")

    # -- what it is -----------------------------------------------------------------------------------------

    def capabilities(self) -> frozenset[str]:
        """The recipe's, else what LiteLLM's tables say."""
        given = self.config.capabilities
        return facts.capabilities(self.config.provider, self.name) if given is None else frozenset(given)

    def endpoint(self) -> str:
        """The base URL, else the provider, with its region where one is given."""
        provider = self.config.provider or "litellm"
        return self.config.base_url or f"{provider}/{self.config.region}".removesuffix("/None")

    def price(self) -> Price | None:
        """The recipe's; nothing for a local server; else LiteLLM's table; None (unknown) where it has none.

        Unknown as well: a model at another address than its provider's, and a row of the table that says 0.
        """
        if self.config.price is not None:
            return self.config.price.price()
        provider = self.config.provider
        if provider in LOCAL_ADDRESSES:
            address = self.config.base_url or local_address(provider)
            is_free = address is not None and is_private(address)
            return Price(prompt_per_million=0.0, completion_per_million=0.0) if is_free else None
        if self.config.base_url is not None and provider not in _OWN_ADDRESSES:
            return None
        return facts.price_in(facts.entry(provider, self.name, self.config.region))

    def check(self) -> None:
        """Raises ModelError where the key is missing or can't be one, as far as is known which variable holds it."""
        self._key()

    # -- calls ----------------------------------------------------------------------------------------------

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        """The reply to a chat; raises ModelError."""
        self._check(request)
        arguments = openai_format.chat_json(request, self.full_name)
        reply = await self._call(door.chat, arguments, timeout_s, openai_format.chat_reply)
        return without_keys(reply, secrets(*self._key_variables()))

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        """The reply to a raw completion; raises ModelError, also where LiteLLM would make a chat of the prompt."""
        self._check(request, "completion")
        if facts.provider_of(self.config.provider, self.name) not in facts.RAW_COMPLETION:
            raise self.lacks("completion")
        arguments = openai_format.completion_json(request, self.full_name)
        reply = await self._call(door.complete, arguments, timeout_s, openai_format.completion_reply)
        return without_keys(reply, secrets(*self._key_variables()))

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        """One vector per text; nothing is sent for no text. Raises ModelError."""
        if "embeddings" not in self.capabilities():
            raise self.lacks("embeddings")
        if not request.texts:
            return Embeddings(vectors=())
        read = partial(openai_format.embeddings_of, count=len(request.texts))
        arguments = openai_format.embedding_json(request, self.full_name)
        return await self._call(door.embed, arguments, timeout_s, read)

    async def close(self) -> None:
        """Lets go of LiteLLM's clients; the last model closes them."""
        await door.release(self)

    # -- one request ----------------------------------------------------------------------------------------

    async def _call(
        self, send: Send, arguments: dict[str, Any], timeout_s: float, read: Callable[[Any], AnswerT]
    ) -> AnswerT:
        answer = await self._exchange(send, arguments, timeout_s)
        try:
            return _as_told(read(answer))
        except openai_format.MALFORMED as error:
            problem = error
        raise self._failures().unreadable(blotted(str(answer), *self._key_variables()), problem)

    async def _exchange(self, send: Send, arguments: dict[str, Any], timeout_s: float) -> Any:
        """What LiteLLM answers to one request; what it raises as a ModelError."""
        door.hold(self)
        try:
            async with asyncio.timeout(timeout_s):  # LiteLLM's own bounds each read, not the whole
                # the key has no name here: a traceback with locals shows none
                return await send(**arguments, **self._destination(), **_once(timeout_s))
        except ModelError as error:
            found = error
        except TimeoutError:
            found = self._failures().too_late(timeout_s)
        except Exception as error:  # LiteLLM lets errors of a dozen libraries through
            found = failures.of_exception(error, self._failures())
        found.__context__ = None
        raise found  # outside the except clauses: no chained error that could hold request headers

    def _check(self, request: ChatRequest | CompletionRequest, *needed: str) -> None:
        for capability in missing_capabilities(self, (*needed, *wanted_capabilities(request))):
            raise self.lacks(capability)
        switches = door.library().all_litellm_params if request.extra else ()
        taken = sorted(name for name in request.extra if name in switches or not is_free_to_set(name))
        if taken:
            raise ModelError(
                f"extra parameters can't set {taken[0]}",
                kind="bad_request",
                where=self.full_name,
                expected="parameters of the model, not of budgets, addresses, keys or LiteLLM itself",
            )

    def _destination(self) -> dict[str, Any]:
        """Where and with which key the model is asked."""
        config = self.config
        given = {
            "api_base": config.base_url,
            "api_key": self._key(),
            "api_version": config.api_version,
            REGION_PARAMETERS.get(config.provider, "region"): config.region,
        }
        return {name: value for name, value in given.items() if value is not None}

    # -- keys -----------------------------------------------------------------------------------------------

    def _key(self) -> str | None:
        """The key to send; None where LiteLLM shall find what the provider needs, or none is needed."""
        variables = self._key_variables()
        for variable in variables:
            key = value_of(variable)
            if key is None:
                continue
            if not can_be_sent(key):
                raise self._failures().not_a_key(variable)
            return None if variable in SIGN_IN_TOKENS else key
        if variables:
            raise self._failures().no_key()
        return NO_KEY if self.config.base_url else None

    def _key_variables(self) -> tuple[str, ...]:
        if self.config.api_key_env is not None:
            return (self.config.api_key_env,)
        if self.config.base_url:
            return ()
        return KEY_VARIABLES.get(self.config.provider or facts.provider_of("", self.name) or "", ())

    # -- failures -------------------------------------------------------------------------------------------

    def _failures(self) -> EndpointFailures:
        return EndpointFailures(
            where=self.full_name, address=self.endpoint(), key_variables=self._key_variables()
        )


def _as_told(answer: AnswerT) -> AnswerT:
    """An answer without a usage of no tokens, which LiteLLM makes of one that the provider doesn't tell."""
    usage = answer.usage
    is_told = usage is not None and (usage.prompt_tokens or usage.completion_tokens)
    return answer if is_told else replace(answer, usage=None)


def _once(timeout_s: float) -> dict[str, Any]:
    """Arguments by which LiteLLM tries once, within a time-out rounded up to a power of two.

    It opens a client, with connections of its own, for each time-out that it hasn't met yet.
    """
    return {
        "timeout": float(2 ** max(0, math.ceil(math.log2(timeout_s)))),
        "num_retries": 0,
        "max_retries": 0,
    }
