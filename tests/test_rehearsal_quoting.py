"""The rehearsal copies what a prompt shows where an answer wants a quote of it."""

from __future__ import annotations

import asyncio
import json

from datagen_core.llm.row_judge import mark_around
from datagen_core.model import ChatRequest
from datagen_core.rehearsal.model import Rehearsal, RehearsalConfig
from datagen_core.sample import Message

PASSAGE = "The moon raises the sea.\nHigh tide follows after 6 hours."
SENTENCES = {"The moon raises the sea.", "High tide follows after 6 hours."}
MARK = mark_around(PASSAGE)
SHOWN = f"Passage:\n{MARK}\n{PASSAGE}\n{MARK}\n"


def asked(prompt: str, **properties: dict[str, object]) -> dict[str, str]:
    schema = {"type": "object", "properties": properties, "required": [*properties]}
    request = ChatRequest(
        messages=(Message(role="user", content=prompt),), max_tokens=500, json_schema=schema
    )
    reply = asyncio.run(Rehearsal(RehearsalConfig(), "rehearsal").chat(request, timeout_s=1))
    found: dict[str, str] = json.loads(reply.choices[0].text)
    return found


def test_places_named_for_quotes_get_a_sentence_of_what_is_shown() -> None:
    text = {"type": "string"}
    prompt = f"{SHOWN}The question:\n{MARK}\nWhy is that?\n{MARK}\nWrite."
    found = asked(prompt, quote=text, evidence=text, remark=text, quotes={"type": "array", "items": text})
    assert {found["quote"], found["evidence"], *found["quotes"]} <= SENTENCES
    assert found["remark"] not in SENTENCES


def test_a_quote_is_cut_where_there_is_little_room() -> None:
    assert asked(SHOWN, quote={"type": "string", "maxLength": 9})["quote"] in ("The moon", "High tide")


def test_where_nothing_is_shown_but_a_question_there_is_no_quote() -> None:
    text = {"type": "string"}
    for prompt in (f"{MARK}\nWhy is that?\n{MARK}", f"=== no mark ===\n{PASSAGE}\n=== no mark ==="):
        assert asked(prompt, quote=text)["quote"] not in SENTENCES
