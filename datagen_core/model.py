"""The interface of models: requests in, replies with usage out; errors that say whether to try again.

A model plugin sends one request and nothing more: caching, budgets, limits, retries and parsing are the
business of `datagen_core.llm`, which every call passes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args

from datagen_core.config import Config
from datagen_core.errors import DatagenError
from datagen_core.nothing import EMPTY
from datagen_core.sample import Message, Tool

ConfigT = TypeVar("ConfigT", bound=Config)

CapabilityName = Literal["json_schema", "tools", "logprobs", "n", "seed", "stop", "completion", "embeddings"]
CAPABILITIES: tuple[str, ...] = get_args(CapabilityName)
"""What a model may be able to do beyond plain chat; declared by `Model.capabilities`, asked before a run."""

FINISH_REASONS = ("stop", "length", "tool_calls", "content_filter", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One chat call.

    Attributes:
        messages: The conversation, oldest first.
        max_tokens: The most tokens of one answer; always sent, because budgets reserve it.
        temperature, top_p, seed: Sampling; None leaves the provider's default.
        stop: Up to four strings that end the answer.
        n: Answers wanted.
        json_schema: What the answer must satisfy, where the provider has a schema mode.
        tools: Functions that may be called.
        top_logprobs: How many alternatives per token to report; 0 for none.
        extra: Parameters passed through as they are.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    json_schema: Mapping[str, Any] | None = None
    tools: tuple[Tool, ...] = ()
    top_logprobs: int = 0
    extra: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """One raw completion: the model goes on from `prompt`, without a chat template."""

    prompt: str
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    n: int = 1
    top_logprobs: int = 0
    extra: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingRequest:
    """Texts to embed, one vector each."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the provider bills; `cached_tokens` are those of the prompt it had at hand."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogprob:
    """A token of the answer, its natural-log probability, and the most probable alternatives."""

    token: str
    logprob: float
    top: Mapping[str, float] = EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer. `finish_reason` is one of FINISH_REASONS; arguments of tool calls are objects."""

    text: str
    finish_reason: str = "stop"
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answers to a chat or completion, and what they cost in tokens (None where not told)."""

    choices: tuple[Choice, ...]
    usage: Usage | None = None
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """Vectors in the order of the texts, and the tokens read."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """List price in a currency unit (US dollars unless said otherwise) per million tokens."""

    prompt_per_million: float
    completion_per_million: float

    def cost(self, usage: Usage) -> float:
        """What a call of this usage costs at list price."""
        prompt = usage.prompt_tokens * self.prompt_per_million
        return (prompt + usage.completion_tokens * self.completion_per_million) / 1e6


class ModelError(DatagenError):
    """A call that failed.

    Attributes:
        kind: `rate_limit`, `timeout`, `connection`, `server`, `malformed`, `bad_request`, `auth`, `not_found`
            or `capability`.
        may_have_run: Whether the provider may have done (and billed) the work although no answer came.
        retry_after_s: How long the provider asks to wait, if it says.
    """

    RETRYABLE = frozenset({"rate_limit", "timeout", "connection", "server", "malformed"})

    def __init__(
        self,
        message: str,
        *,
        kind: str,
        may_have_run: bool = False,
        retry_after_s: float | None = None,
        where: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, where=where, expected=expected, hint=hint)
        self.kind = kind
        self.may_have_run = may_have_run
        self.retry_after_s = retry_after_s

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.kind in self.RETRYABLE


class Model(ABC, Generic[ConfigT]):
    """One model at one endpoint. Sends; never retries, caches or waits for a limit.

    Args:
        config: The plugin's options (base URL, headers, prices …). Keys come from the environment. Where it has
            an option `provider`, what stands before the first slash of the recipe's name is given there.
        name: The rest: the model as the provider names it.
    """

    is_rehearsal: ClassVar[bool] = False
    """Whether it only stands in for a model: its rows are marked, and not exported unless asked for by name."""

    def __init__(self, config: ConfigT, name: str) -> None:
        self.config = config
        self.name = name

    @property
    def full_name(self) -> str:
        """The name as recipes write it: with the provider before it, where there is one."""
        provider = getattr(self.config, "provider", "")
        return f"{provider}/{self.name}" if provider else self.name

    @abstractmethod
    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        """The reply to a chat; raises ModelError, and nothing else, when there is none."""

    async def complete(self, request: CompletionRequest, *, timeout_s: float) -> Reply:
        """The reply to a raw completion; a ModelError of kind `capability` where the model has none."""
        raise self.lacks("completion")

    async def embed(self, request: EmbeddingRequest, *, timeout_s: float) -> Embeddings:
        """The vectors of texts; a ModelError of kind `capability` where the model has none."""
        raise self.lacks("embeddings")

    def capabilities(self) -> frozenset[str]:
        """Which of CAPABILITIES it has."""
        return frozenset()

    def endpoint(self) -> str:
        """What shares one limit: the address, without credentials."""
        return type(self).__name__

    def price(self) -> Price | None:
        """Its list price, or None where unknown: unknown is not free."""
        return None

    def check(self) -> None:
        """Raises ModelError where a call can't work, as far as that shows without one: a missing key."""
        return None

    async def close(self) -> None:
        """Lets go of connections."""
        return None

    def lacks(self, capability: str) -> ModelError:
        """The error for something it can't do."""
        return ModelError(
            f"the model {self.name!r} has no {capability}",
            kind="capability",
            expected=f"a model with {capability}",
            hint=f"datagen models check {self.name}",
        )


def missing_capabilities(model: Model[Any], wanted: Sequence[str]) -> list[str]:
    """Those of `wanted` that a model doesn't declare, in order."""
    has = model.capabilities()
    return [capability for capability in wanted if capability not in has]


def wanted_capabilities(request: ChatRequest | CompletionRequest) -> list[str]:
    """What a request asks for beyond plain text, in the words of CAPABILITIES."""
    asked = {
        "json_schema": isinstance(request, ChatRequest) and request.json_schema is not None,
        "tools": isinstance(request, ChatRequest) and bool(request.tools),
        "logprobs": request.top_logprobs > 0,
        "n": request.n > 1,
        "seed": request.seed is not None,
        "stop": bool(request.stop),
    }
    return [capability for capability, is_asked in asked.items() if is_asked]
