"""A model that is reached through LiteLLM."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

from datagen_core.errors import RecipeError
from datagen_core.model import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Embeddings,
    Model,
    ModelError,
    Price,
    Reply,
)
from datagen_plugin_litellm import door, facts, failures, replies, wire
from datagen_plugin_litellm.addresses import is_private
from datagen_plugin_litellm.config import REGION_PARAMETERS, LiteLLMConfig
from datagen_plugin_litellm.environment import (
    KEY_VARIABLES,
    LOCAL_ADDRESSES,
    SIGN_IN_TOKENS,
    local_address,
    value_of,
)

T = TypeVar("T")
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
        given = self.config.price
        if given is not None:
            return Price(
                prompt_per_million=given.prompt_per_million,
                completion_per_million=given.completion_per_million,
            )
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
        return await self._call(door.chat, wire.chat_arguments(request), timeout_s, replies.chat_reply)

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        """The reply to a raw completion; raises ModelError, also where LiteLLM would make a chat of the prompt."""
        self._check(request, "completion")
        if facts.provider_of(self.config.provider, self.name) not in facts.RAW_COMPLETION:
            raise self.lacks("completion")
        arguments = wire.completion_arguments(request)
        return await self._call(door.complete, arguments, timeout_s, replies.completion_reply)

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        """One vector per text; nothing is sent for no text. Raises ModelError."""
        if "embeddings" not in self.capabilities():
            raise self.lacks("embeddings")
        if not request.texts:
            return Embeddings(vectors=())
        count = len(request.texts)
        arguments = {"input": list(request.texts)}
        return await self._call(
            door.embed, arguments, timeout_s, lambda found: replies.embeddings_of(found, count)
        )

    async def close(self) -> None:
        """Lets go of LiteLLM's clients; the last model closes them."""
        await door.release(self)

    # -- one request ----------------------------------------------------------------------------------------

    async def _call(
        self, send: Send, arguments: dict[str, Any], timeout_s: float, read: Callable[[Any], T]
    ) -> T:
        answer = await self._exchange(send, arguments, timeout_s)
        try:
            return read(answer)
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            found = failures.malformed(answer, error, self._place())
        raise found

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
            found = self._too_late(timeout_s)
        except Exception as error:  # LiteLLM lets errors of a dozen libraries through
            found = failures.of_exception(error, self._place())
        found.__context__ = None
        raise found  # outside the except clauses: no chained error that could hold request headers

    def _check(self, request: ChatRequest | CompletionRequest, *needed: str) -> None:
        has = self.capabilities()
        for capability in (*needed, *wire.wanted_capabilities(request)):
            if capability not in has:
                raise self.lacks(capability)
        switches = door.library().all_litellm_params if request.extra else ()
        taken = sorted(name for name in request.extra if name in switches or not wire.is_free_to_set(name))
        if taken:
            raise ModelError(
                f"extra parameters can't set {taken[0]}",
                kind="bad_request",
                where=self._where(),
                expected="parameters of the model, not of budgets, addresses, keys or LiteLLM itself",
            )

    def _destination(self) -> dict[str, Any]:
        """The model, and where and with which key it is asked."""
        config = self.config
        given = {
            "api_base": config.base_url,
            "api_key": self._key(),
            "api_version": config.api_version,
            REGION_PARAMETERS.get(config.provider, "region"): config.region,
        }
        set_ones = {name: value for name, value in given.items() if value is not None}
        return {"model": facts.full_name(config.provider, self.name), **set_ones}

    # -- keys -----------------------------------------------------------------------------------------------

    def _key(self) -> str | None:
        """The key to send; None where LiteLLM shall find what the provider needs, or none is needed."""
        variables = self._key_variables()
        given = {variable: value for variable in variables if (value := value_of(variable)) is not None}
        for variable, key in given.items():
            if not key.isascii() or not key.isprintable() or " " in key:
                self._no_key(f"the value of {variable} can't be a key")
            return None if variable in SIGN_IN_TOKENS else key
        if variables:
            self._no_key(
                f"no key: {' and '.join(variables)} {'is' if len(variables) == 1 else 'are'} not set"
            )
        return NO_KEY if self.config.base_url else None

    def _key_variables(self) -> tuple[str, ...]:
        if self.config.api_key_env is not None:
            return (self.config.api_key_env,)
        if self.config.base_url:
            return ()
        return KEY_VARIABLES.get(self.config.provider or facts.provider_of("", self.name) or "", ())

    def _key_hint(self) -> str:
        variables = self._key_variables()
        if variables:
            return f"export {variables[0]}=…"
        return "name the environment variable that holds its key: api_key_env"

    def _no_key(self, message: str) -> NoReturn:
        raise ModelError(
            message,
            kind="auth",
            where=self._where(),
            expected=f"a key for {self.endpoint()} in the environment",
            hint=self._key_hint(),
        )

    # -- failures -------------------------------------------------------------------------------------------

    def _where(self) -> str:
        return facts.full_name(self.config.provider, self.name)

    def _place(self) -> failures.Place:
        return failures.Place(
            model=self._where(),
            address=self.endpoint(),
            key_hint=self._key_hint(),
            key_variable=self.config.api_key_env,
        )

    def _too_late(self, timeout_s: float) -> ModelError:
        return ModelError(
            f"no answer within {timeout_s:g} s",
            kind="timeout",
            may_have_run=True,
            where=self._where(),
            hint="give it more time, or lower the number of calls in flight",
        )


def _once(timeout_s: float) -> dict[str, Any]:
    """Arguments by which LiteLLM tries once, within a time-out rounded up to a power of two.

    It opens a client, with connections of its own, for each time-out that it hasn't met yet.
    """
    return {
        "timeout": float(2 ** max(0, math.ceil(math.log2(timeout_s)))),
        "num_retries": 0,
        "max_retries": 0,
    }
