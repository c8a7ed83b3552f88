"""What the test server answers: bodies of chats, completions and embeddings, the same for the same request."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.json_examples import example
from datagen_core.nothing import EMPTY
from datagen_core.rehearsal.answering import Answering
from datagen_core.rehearsal.imitation import continuation
from datagen_core.rehearsal.sentences import Sentences
from datagen_core.rehearsal.topics import topics
from datagen_core.sample import Message

MEAN_SCORE = 0.77
MOST_TOKENS = 10_000
_TOKEN = re.compile(r"\s*\S+")
EMBEDDING_DIMENSIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as the server saw it.

    Attributes:
        path: Such as `/v1/chat/completions`.
        body: The JSON that was sent.
        headers: Names in lower case, without those that may hold a key.
        has_key: Whether it came with an authorisation.
        identity: A hash of path and body; equal for a retry.
        attempt: 0 for the first request of this identity, 1 for the next, …
        at_s: When, in seconds since the server's first request.
        connection: Which connection it came on, counted from 0.
    """

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = EMPTY
    has_key: bool = False
    identity: str = ""
    attempt: int = 0
    at_s: float = 0.0
    connection: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a test's own reply function may give in place of a text.

    Attributes:
        text: The content.
        finish_reason: As it goes over the wire.
        tool_calls: `{"name", "arguments"}` with arguments as an object.
        refusal: Sent in place of a content.
        status, headers: Of the HTTP response.
        body: The whole body, sent as it is; nothing is billed then.
    """

    text: str = ""
    finish_reason: str = "stop"
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    refusal: str | None = None
    status: int = 200
    headers: Mapping[str, str] = EMPTY
    body: str | bytes | None = None


def tokens(text: str) -> list[str]:
    """The server's tokens: words with the space before them, which join to the text."""
    found = _TOKEN.findall(text)
    return found or ([text] if text else [])


def default_answer(received: Received, rng: random.Random) -> Answer:
    """What schemas, tools and prompts that break off ask for, as the rehearsal has it; else an echo."""
    body = received.body
    if body.get("tools") and body.get("tool_choice") == "required":
        function = body["tools"][0]["function"]
        arguments = example(function.get("parameters", {"type": "object"}), rng)
        return Answer(
            finish_reason="tool_calls", tool_calls=({"name": function["name"], "arguments": arguments},)
        )
    wanted = body.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        found = _answering(body).json(wanted["json_schema"]["schema"], rng, MOST_TOKENS)
        return Answer(text=json.dumps(found))
    if (goes_on := continuation(_last_text(body))) is not None:
        return Answer(text=goes_on(Sentences(topics(prompt_text(body)), rng), rng))
    last = tokens(prompt_text(body))[-12:]
    return Answer(text=f"Reply {rng.randrange(10**6)} to:{''.join(last)}")


def _answering(body: Mapping[str, Any]) -> Answering:
    """The rehearsal's answers to the messages of a chat, or to a prompt."""
    given = body.get("messages") or [{"role": "user", "content": prompt_text(body)}]
    messages = [Message(role=str(m.get("role")), content=str(m.get("content") or "")) for m in given]
    return Answering.of_messages(messages, mean_score=MEAN_SCORE)


def _last_text(body: Mapping[str, Any]) -> str:
    """What the user said last, or the prompt."""
    said = [str(m.get("content") or "") for m in body.get("messages") or () if m.get("role") == "user"]
    return said[-1] if said else prompt_text(body)


def prompt_text(body: Mapping[str, Any]) -> str:
    """All text that the model would read."""
    if "messages" in body:
        return " ".join(str(message.get("content") or "") for message in body["messages"])
    found = body.get("prompt", body.get("input", ""))
    return " ".join(map(str, found)) if isinstance(found, list) else str(found)


def limited(answer: Answer, body: Mapping[str, Any], most: int | None = None) -> Answer:
    """The answer cut at a stop string and at the tokens asked for, as a provider cuts it."""
    text = answer.text
    stops = body.get("stop") or []
    for stop in [stops] if isinstance(stops, str) else stops:
        text = text.split(stop, 1)[0]
    asked = body.get("max_completion_tokens", body.get("max_tokens"))
    most = min((n for n in (most, asked) if n is not None), default=None)
    parts = tokens(text)
    is_cut = most is not None and len(parts) > most
    return Answer(
        text="".join(parts[:most]) if is_cut else text,
        finish_reason="length" if is_cut else answer.finish_reason,
        tool_calls=answer.tool_calls,
        refusal=answer.refusal,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
    )


def usage_of(received: Received, answers: list[Answer]) -> dict[str, int]:
    """The tokens billed for a request and its answers."""
    prompt = len(tokens(prompt_text(received.body)))
    completion = sum(_completion_tokens(answer) for answer in answers)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _completion_tokens(answer: Answer) -> int:
    called = "".join(json.dumps(call["arguments"]) for call in answer.tool_calls)
    return len(tokens(answer.text)) + len(tokens(answer.refusal or "")) + len(tokens(called))


def chat_body(received: Received, answers: list[Answer], usage: Mapping[str, int]) -> dict[str, Any]:
    """A `chat.completion`."""
    choices = []
    for index, answer in enumerate(answers):
        choice: dict[str, Any] = {
            "index": index,
            "message": _message(answer, received.identity, index),
            "finish_reason": answer.finish_reason,
        }
        if received.body.get("logprobs"):
            choice["logprobs"] = {"content": _chat_logprobs(answer, received)}
        choices.append(choice)
    return _envelope(received, "chat.completion", choices, usage)


def completion_body(received: Received, answers: list[Answer], usage: Mapping[str, int]) -> dict[str, Any]:
    """A `text_completion`."""
    choices = []
    for index, answer in enumerate(answers):
        choice: dict[str, Any] = {"index": index, "text": answer.text, "finish_reason": answer.finish_reason}
        if received.body.get("logprobs"):
            rows = _chat_logprobs(answer, received)
            choice["logprobs"] = {
                "tokens": [row["token"] for row in rows],
                "token_logprobs": [row["logprob"] for row in rows],
                "top_logprobs": [{t["token"]: t["logprob"] for t in row["top_logprobs"]} for row in rows],
            }
        choices.append(choice)
    return _envelope(received, "text_completion", choices, usage)


def embedding_body(received: Received, seed: int, usage: Mapping[str, int]) -> dict[str, Any]:
    """A list of vectors, one per text; equal texts have equal vectors."""
    texts = received.body["input"]
    data = []
    for index, text in enumerate([texts] if isinstance(texts, str) else texts):
        rng = random.Random(f"{seed}:{text}")
        vector = [round(rng.uniform(-1, 1), 6) for _ in range(EMBEDDING_DIMENSIONS)]
        data.append({"object": "embedding", "index": index, "embedding": vector})
    counted = {"prompt_tokens": usage["prompt_tokens"], "total_tokens": usage["prompt_tokens"]}
    return {"object": "list", "data": data, "model": received.body.get("model", ""), "usage": counted}


def _envelope(
    received: Received, kind: str, choices: list[dict[str, Any]], usage: Mapping[str, int]
) -> dict[str, Any]:
    return {
        "id": f"reply-{received.identity[:12]}",
        "object": kind,
        "created": 0,
        "model": received.body.get("model", ""),
        "choices": choices,
        "usage": dict(usage),
    }


def _message(answer: Answer, identity: str, index: int) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text}
    if answer.refusal is not None:
        message |= {"content": None, "refusal": answer.refusal}
    if answer.tool_calls:
        message["content"] = answer.text or None
        message["tool_calls"] = [
            {
                "id": f"call-{identity[:8]}-{index}-{place}",
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call["arguments"])},
            }
            for place, call in enumerate(answer.tool_calls)
        ]
    return message


def _chat_logprobs(answer: Answer, received: Received) -> list[dict[str, Any]]:
    asked = received.body.get("top_logprobs") or 0
    if "prompt" in received.body:
        asked = received.body["logprobs"]
    rng = random.Random(received.identity)
    rows = []
    for token in tokens(answer.text):
        logprob = -round(rng.uniform(0.01, 0.5), 4)
        others = [(f"{token}{rank}", round(logprob - rank, 4)) for rank in range(1, asked)]
        top = [(token, logprob), *others] if asked else []
        rows.append(
            {
                "token": token,
                "logprob": logprob,
                "top_logprobs": [{"token": text, "logprob": value} for text, value in top],
            }
        )
    return rows
