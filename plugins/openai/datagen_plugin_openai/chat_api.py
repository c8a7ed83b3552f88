"""A model at an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from datagen_core.errors import RecipeError
from datagen_core.jsontext import dumps
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
from datagen_plugin_openai import failures, wire
from datagen_plugin_openai.config import OpenAIConfig
from datagen_plugin_openai.connections import release, session_for
from datagen_plugin_openai.providers import (
    Provider,
    from_environment,
    is_address,
    is_loopback,
    is_private,
    provider_named,
)

T = TypeVar("T")


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
        given = self.config.price
        if given is not None:
            return Price(
                prompt_per_million=given.prompt_per_million,
                completion_per_million=given.completion_per_million,
            )
        is_free = self._provider.is_local and is_private(self._base_url)
        return Price(prompt_per_million=0.0, completion_per_million=0.0) if is_free else None

    def check(self) -> None:
        """Raises ModelError where the key is missing or can't be one."""
        self._headers()

    # -- calls ----------------------------------------------------------------------------------------------

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        """The reply to a chat; raises ModelError."""
        self._check(request)
        body = wire.chat_json(request, self.name, self._max_tokens_field())
        return await self._post("chat/completions", body, timeout_s, wire.chat_reply)

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        """The reply to a raw completion; raises ModelError."""
        self._check(request, "completion")
        body = wire.completion_json(request, self.name)
        return await self._post("completions", body, timeout_s, wire.completion_reply)

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        """One vector per text; nothing is sent for no text. Raises ModelError."""
        if "embeddings" not in self.capabilities():
            raise self.lacks("embeddings")
        if not request.texts:
            return Embeddings(vectors=())
        count = len(request.texts)
        body = wire.embedding_json(request, self.name)
        return await self._post("embeddings", body, timeout_s, lambda data: wire.embeddings_of(data, count))

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
            except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
                problem = error
        if problem is not None:  # outside the except clause, as in _exchange
            raise self._malformed(raw, problem)
        raise failures.of_status(status, headers, self._blotted(raw), **self._place())

    async def _exchange(self, path: str, body: Any, timeout_s: float) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of one POST; what the connection does wrong as a ModelError."""
        url, sent = URL(f"{self._base_url}/{path}"), dumps(body).encode()
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=self.config.connect_timeout_s)
        session = await session_for(self)
        try:
            async with session.post(  # the headers have no name here: a traceback with locals shows no key
                url, data=sent, headers=self._headers(), timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            found = self._connection_error(error, was_sent=False)
        except TimeoutError:
            found = ModelError(
                f"no answer within {timeout_s:g} s",
                kind="timeout",
                may_have_run=True,
                where=self._where(),
                hint="give it more time, or lower the number of calls in flight",
            )
        except (aiohttp.ClientError, OSError) as error:
            found = self._connection_error(error, was_sent=True)
        raise found  # outside the except clause: no chained error that could hold request headers

    def _check(self, request: ChatRequest | CompletionRequest, *needed: str) -> None:
        has = self.capabilities()
        for capability in (*needed, *wire.wanted_capabilities(request)):
            if capability not in has:
                raise self.lacks(capability)
        taken = sorted(wire.RESERVED & set(request.extra))
        if taken:
            raise ModelError(
                f"extra parameters can't set {taken[0]}",
                kind="bad_request",
                where=self._where(),
                expected=f"other names than {', '.join(sorted(wire.RESERVED))}",
            )

    def _max_tokens_field(self) -> str:
        own = self._provider.max_tokens_field if self._is_own_address else "max_tokens"
        return self.config.max_tokens_field or own

    def _usual_url(self) -> str:
        moved = from_environment(self._provider.url_variables)
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

    def _key_hint(self) -> str:
        variables = self._key_variables()
        if variables:
            return f"export {variables[0]}=…"
        return "name the environment variable that holds its key: api_key_env"

    def _headers(self) -> dict[str, str]:
        variables = self._key_variables()
        key = from_environment(variables)
        headers = {**self.config.headers, "Content-Type": "application/json"}
        if self.config.organization:
            headers["OpenAI-Organization"] = self.config.organization
        if key is not None:
            if not key.isascii() or not key.isprintable() or " " in key:
                self._no_key(f"the value of {' or '.join(variables)} can't be a key")
            headers["Authorization"] = f"Bearer {key}"
        elif self.config.api_key_env is not None or (variables and not self._needs_no_key()):
            self._no_key(
                f"no key: {' and '.join(variables)} {'is' if len(variables) == 1 else 'are'} not set"
            )
        return headers

    def _needs_no_key(self) -> bool:
        return self._provider.is_local or is_loopback(self._base_url)

    def _no_key(self, message: str) -> NoReturn:
        raise ModelError(
            message,
            kind="auth",
            where=self._where(),
            expected=f"a key for {self._base_url} in the environment",
            hint=self._key_hint(),
        )

    # -- failures -------------------------------------------------------------------------------------------

    def _where(self) -> str:
        return f"{self.config.provider}/{self.name}"

    def _place(self) -> dict[str, str]:
        return {"where": self._where(), "address": self._base_url, "key_hint": self._key_hint()}

    def _connection_error(self, error: Exception, *, was_sent: bool) -> ModelError:
        said = str(error) or type(error).__name__
        if was_sent:
            message, hint = f"the connection broke: {said}", None
        else:
            message, hint = (
                f"can't connect to {self._base_url}: {said}",
                "see that it runs and can be reached",
            )
        return ModelError(
            message[: failures.MAX_MESSAGE_CHARS],
            kind="connection",
            may_have_run=was_sent,
            where=self._where(),
            hint=hint,
        )

    def _malformed(self, raw: bytes, problem: Exception) -> ModelError:
        start = " ".join(self._blotted(raw)[:400].decode("utf-8", "replace").split())[:120]
        cause = type(problem).__name__
        return ModelError(
            f"an answer that can't be read ({cause}): {start or 'nothing'}",
            kind="malformed",
            may_have_run=True,
            where=self._where(),
            expected="OpenAI's JSON with at least one choice",
        )

    def _blotted(self, raw: bytes) -> bytes:
        """A body without the key, should an endpoint echo it."""
        key = from_environment(self._key_variables())
        return raw if key is None else raw.replace(key.encode(), b"***")
