"""One prompt for models of both kinds: continued raw, or by a chat model that is told to continue it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest, CompletionRequest, ModelError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How a prompt is continued."""

    max_tokens: int
    temperature: float = 0.0
    top_p: float | None = None
    presence_penalty: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A continuation, up to the first stop string; `error` where the call failed; `params` tell what was asked."""

    text: str
    is_cut: bool
    params: Mapping[str, Any]
    error: ModelError | None = None


def is_raw(model: BoundModel, interface: str) -> bool:
    """Whether the model continues prompts itself."""
    return interface == "completion" or (interface == "auto" and model.can("completion"))


async def continued(
    model: BoundModel,
    prompt: Prompt,
    values: Mapping[str, Any],
    how: Sampling,
    stop: Sequence[str],
    *,
    raw: bool,
) -> Said:
    """What a model goes on with after the prompt's user turn. Its system turn is for chat models alone."""
    messages = prompt.messages(**values)
    extra = {} if how.presence_penalty is None else {"presence_penalty": how.presence_penalty}
    shared: dict[str, Any] = {
        "max_tokens": how.max_tokens,
        "temperature": how.temperature,
        "top_p": how.top_p,
        "stop": tuple(stop) if model.can("stop") else (),
        "extra": extra,
    }
    asked: ChatRequest | CompletionRequest
    if raw:
        text = "\n\n".join(message.content for message in messages if message.role != "system")
        asked = CompletionRequest(prompt=text, **shared)
    else:
        asked = ChatRequest(messages=messages, **shared)
    params = model.mark(asked)
    try:
        reply = await (model.complete(asked) if isinstance(asked, CompletionRequest) else model.chat(asked))
    except ModelError as error:
        return Said("", False, params, error)
    choice = reply.choices[0]
    ends = [at for at in map(choice.text.find, stop) if at >= 0]
    if ends:  # the model has no stop strings, or the endpoint forgot them
        return Said(choice.text[: min(ends)], False, params)
    return Said(choice.text, choice.finish_reason == "length", params)
