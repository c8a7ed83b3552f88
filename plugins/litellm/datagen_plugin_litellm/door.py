"""The one door to LiteLLM: imported on first use, without network, telemetry, retries, cache or noise.

Nothing else imports it: it takes 4 s of CPU. `importlib` in place of an import statement, because a type checker
would read all of its 169 MB.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from functools import cache
from typing import Any, NoReturn

from datagen_core.model import ModelError

_SETTINGS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it fetches its price table at import
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",  # else it fetches a list at the first call of Claude
    "LITELLM_MODE": "PRODUCTION",  # else it reads the next .env into the environment at import
}
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")

_USERS: dict[asyncio.AbstractEventLoop, set[object]] = {}
"""Who uses LiteLLM's clients, which it keeps per process and event loop."""


@cache
def library() -> Any:
    """LiteLLM, set up; raises ModelError where it can't be imported."""
    for variable, value in _SETTINGS.items():
        os.environ.setdefault(variable, value)
    try:
        litellm = importlib.import_module("litellm")
        handlers = importlib.import_module("litellm.llms.custom_httpx.http_handler")
    except ImportError as error:
        problem = f"litellm can't be imported: {error}"
    else:
        _quiet(litellm)
        # Sends a POST again after a broken connection, whatever num_retries says, though the first may be billed.
        handlers.AsyncHTTPHandler.single_connection_post_request = _refuse_second_request
        return litellm
    raise ModelError(problem, kind="bad_request", hint="pip install 'litellm>=1.84.0'")


def _quiet(litellm: Any) -> None:
    litellm.suppress_debug_info = True
    litellm.set_verbose = False
    litellm.drop_params = False  # what can't be sent is an error, whatever LITELLM_DROP_PARAMS says
    litellm.modify_params = False
    litellm.cache = None
    litellm.num_retries = 0
    litellm.model_fallbacks = None
    for callbacks in ("callbacks", "input_callback", "success_callback", "failure_callback"):
        setattr(litellm, callbacks, [])
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


async def _refuse_second_request(*args: object, **kwargs: object) -> NoReturn:
    """In place of LiteLLM's own retry: the error that it would retry after."""
    error = sys.exc_info()[1]
    raise error if error is not None else ConnectionError("the connection broke")


async def chat(**arguments: Any) -> Any:
    """The answer to a chat."""
    if "tools" in arguments:  # else LiteLLM imports `mcp`, which isn't among its dependencies
        arguments["_skip_mcp_handler"] = True
    return await library().acompletion(**arguments)


async def complete(**arguments: Any) -> Any:
    """The answer to a raw completion; at OpenAI's endpoints over the client that chats use.

    By itself LiteLLM opens a client for each raw completion there, and leaves it open.
    """
    litellm = library()
    if litellm.get_llm_provider(arguments["model"])[1] in ("openai", "text-completion-openai"):
        given = {name: arguments.get(name) for name in ("api_key", "api_base", "timeout", "max_retries")}
        arguments["client"] = litellm.main.openai_chat_completions._get_openai_client(True, **given)
    return await litellm.atext_completion(**arguments)


async def embed(**arguments: Any) -> Any:
    """The vectors of texts."""
    return await library().aembedding(**arguments)


def hold(user: object) -> None:
    """Keeps LiteLLM's clients open for `user` until `release`."""
    for loop in [loop for loop in _USERS if loop.is_closed()]:
        del _USERS[loop]
    _USERS.setdefault(asyncio.get_running_loop(), set()).add(user)


async def release(user: object) -> None:
    """Lets go of the running loop's clients; when nobody uses any, all are closed."""
    loop = asyncio.get_running_loop()
    users = _USERS.get(loop, set())
    if user not in users:
        return
    users.discard(user)
    if not users:
        del _USERS[loop]
    if all(other.is_closed() for other in _USERS):
        litellm = library()
        await litellm.close_litellm_async_clients()
        litellm.in_memory_llm_clients_cache.flush_cache()  # a closed client must not be found there
