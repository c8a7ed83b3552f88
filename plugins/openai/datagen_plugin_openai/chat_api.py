"""A model at an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from datagen_core.errors import RecipeError
from datagen_core.jsontext import dumps
from datagen_core.llm import openai_format
from datagen_core.llm.addresses import is_address, is_loopback, is_private
from datagen_core.llm.http_failures import EndpointFailures
from datagen_core.llm.keys import blotted, can_be_sent, value_of, without_keys
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
from datagen_plugin_openai import failures
from datagen_plugin_openai.config import OpenAIConfig
from datagen_plugin_openai.connections import release, session_for
from datagen_plugin_openai.providers import Provider, provider_named

T = TypeVar("T")
MAX_BODY_BYTES = 64 * 2**20
"""Two thousand vectors of 3,072 numbers as JSON are about 60 MB."""


class OpenAIModel(Model[OpenAIConfig]):
    """Chat, completion and embeddings over HTTP. Sends once; it never retries, and follows no redirect.

    The key is read from the environment at each call and kept nowhere. A provider's key goes to the provider's
    own address alone (or where its URL variable points): another `base_url` gets none unless `api_key_env`
    names one. `may_have_run` is false for a connection that couldn't be made, and true for whatever went wrong
    after that, except for statuses with which an endpoint refuses the work (4xx, 500, 503).
    """

    def __init__(self, config: OpenAIConfig, name: str) -> None:
        super().__init__(config, name)
        if not name.strip():
            raise RecipeError("a model has no name", expected="a name such as openai/gpt-4o-mini")
        provider = provider_named(config.provider)
        if provider is None:
            raise RecipeError(f"no provider {config.provider!r}", hint="set base_url")
        self._provider: Provider = provider
        self._base_url = config.base_url or self._usual_url()
        self._is_own_address = self._base_url == provider.base_url

    # -- what it is -----------------------------------------------------------------------------------------

    def capabilities(self) -> frozenset[str]:
        """The recipe's, else what the provider's endpoint takes."""
        given = self.config.capabilities
        return self._provider.capabilities if given is None else frozenset(given)

    def endpoint(self) -> str:
        """The base URL."""
        return self._base_url

    def price(self) -> Price | None:
        """The recipe's; nothing for a local server; None (unknown) for all else, gateways on this machine too."""
        if self.config.price is not None:
            return self.config.price.price()
        is_free = self._provider.is_local and is_private(self._base_url)
        return Price(prompt_per_million=0.0, completion_per_million=0.0) if is_free else None

    def check(self) -> None:
        """Raises ModelError where the key is missing or can't be one."""
        self._headers()

    # -- calls ----------------------------------------------------------------------------------------------

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        """The reply to a chat; raises ModelError."""
        self._check(request)
        body = openai_format.chat_json(request, self.name, self._max_tokens_field())
        reply = await self._post("chat/completions", body, timeout_s, openai_format.chat_reply)
        return without_keys(reply, self._keys())

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        """The reply to a raw completion; raises ModelError."""
        self._check(request, "completion")
        body = openai_format.completion_json(request, self.name)
        reply = await self._post("completions", body, timeout_s, openai_format.completion_reply)
        return without_keys(reply, self._keys())

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        """One vector per text; nothing is sent for no text. Raises ModelError."""
        if "embeddings" not in self.capabilities():
            raise self.lacks("embeddings")
        if not request.texts:
            return Embeddings(vectors=())
        read = partial(openai_format.embeddings_of, count=len(request.texts))
        body = openai_format.embedding_json(request, self.name)
        return await self._post("embeddings", body, timeout_s, read)

    async def close(self) -> None:
        """Lets go of the running loop's connections; the last model closes them."""
        await release(self)

    # -- one request ----------------------------------------------------------------------------------------

    async def _post(self, path: str, body: Any, timeout_s: float, read: Callable[[Any], T]) -> T:
        status, headers, raw = await self._exchange(path, body, timeout_s)
        problem: Exception | None = None
        if status == 200:
            try:
                data = json.loads(raw)
                status = failures.status_within(data)
                if status == 200:
                    return read(data)
            except (*openai_format.MALFORMED, RecursionError) as error:
                problem = error
        if problem is not None:  # outside the except clause, as in _exchange
            raise self._failures().unreadable(self._blotted(raw), problem)
        raise failures.of_status(self._failures(), status, headers, self._blotted(raw))

    async def _exchange(self, path: str, body: Any, timeout_s: float) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of one POST; what the connection does wrong as a ModelError."""
        url, sent = URL(f"{self._base_url}/{path}"), dumps(body).encode()
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=self.config.connect_timeout_s)
        session = await session_for(self)
        try:
            async with session.post(  # the headers have no name here: a traceback with locals shows no key
                url, data=sent, headers=self._headers(), timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, response.headers, await self._body(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            found = self._failures().not_connected(str(error) or type(error).__name__)
        except TimeoutError:
            found = self._failures().too_late(timeout_s)
        except (aiohttp.ClientError, OSError) as error:
            found = self._failures().broken(str(error) or type(error).__name__)
        raise found  # outside the except clause: no chained error that could hold request headers

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, as far as it can be an answer: a short one on the wire may unpack to gigabytes."""
        parts, size = [], 0
        async for part in response.content.iter_any():
            parts.append(part)
            size += len(part)
            if size > MAX_BODY_BYTES:
                raise aiohttp.ClientPayloadError(f"the answer is longer than {MAX_BODY_BYTES:,} bytes")
        return b"".join(parts)

    def _check(self, request: ChatRequest | CompletionRequest, *needed: str) -> None:
        for capability in missing_capabilities(self, (*needed, *wanted_capabilities(request))):
            raise self.lacks(capability)
        taken = sorted(openai_format.RESERVED & set(request.extra))
        if taken:
            raise ModelError(
                f"extra parameters can't set {taken[0]}",
                kind="bad_request",
                where=self.full_name,
                expected=f"other names than {', '.join(sorted(openai_format.RESERVED))}",
            )

    def _max_tokens_field(self) -> str:
        own = self._provider.max_tokens_field if self._is_own_address else "max_tokens"
        return self.config.max_tokens_field or own

    def _usual_url(self) -> str:
        moved = value_of(*self._provider.url_variables)
        if moved is None:
            return self._provider.base_url
        if not is_address(moved):
            raise RecipeError(
                f"{' or '.join(self._provider.url_variables)} holds no address",
                expected="http:// or https://, a host, and no user, password or query",
            )
        return moved.rstrip("/") if urlsplit(moved).path.strip("/") else f"{moved.rstrip('/')}/v1"

    # -- keys -----------------------------------------------------------------------------------------------

    def _key_variables(self) -> tuple[str, ...]:
        if self.config.api_key_env is not None:
            return (self.config.api_key_env,)
        is_elsewhere = self.config.base_url is not None and not self._is_own_address
        return () if is_elsewhere else self._provider.key_variables

    def _headers(self) -> dict[str, str]:
        variables = self._key_variables()
        key = value_of(*variables)
        headers = {**self.config.headers, "Content-Type": "application/json"}
        if self.config.organization:
            headers["OpenAI-Organization"] = self.config.organization
        if key is not None:
            if not can_be_sent(key):
                raise self._failures().not_a_key(" or ".join(variables))
            headers["Authorization"] = f"Bearer {key}"
        elif self.config.api_key_env is not None or (variables and not self._needs_no_key()):
            raise self._failures().no_key()
        return headers

    def _needs_no_key(self) -> bool:
        return self._provider.is_local or is_loopback(self._base_url)

    # -- failures -------------------------------------------------------------------------------------------

    def _failures(self) -> EndpointFailures:
        return EndpointFailures(
            where=self.full_name, address=self._base_url, key_variables=self._key_variables()
        )

    def _blotted(self, raw: bytes) -> str:
        """A body without the key, should an endpoint echo it."""
        return blotted(raw.decode("utf-8", "replace"), self._keys())

    def _keys(self) -> list[str]:
        return [value_of(*self._key_variables()) or ""]
