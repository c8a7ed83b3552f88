"""The rehearsal rewords a text that a prompt quotes and wants rewritten."""

from __future__ import annotations

import asyncio
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.languages import scripts
from datagen_core.model import ChatRequest
from datagen_core.protected_spans import Protection, change_score
from datagen_core.rehearsal.model import Rehearsal, RehearsalConfig
from datagen_core.rehearsal.rewriting import reworded
from datagen_core.sample import Message

TEXT = "Please send the 3 blue lamps to Ann Lee, {street}, and see https://x.org/a before Monday morning"


def asked(prompt: str, *names: str) -> dict[str, str]:
    properties = {name: {"type": "string"} for name in names}
    schema = {"type": "object", "properties": properties, "required": [*names], "additionalProperties": False}
    request = ChatRequest(
        messages=(Message(role="user", content=prompt),), max_tokens=500, json_schema=schema
    )
    reply = asyncio.run(Rehearsal(RehearsalConfig(), "rehearsal").chat(request, timeout_s=1))
    found: dict[str, str] = json.loads(reply.choices[0].text)
    return found


def test_other_words_stand_beside_what_must_stay() -> None:
    found = asked(f'text: {json.dumps(TEXT)}\nThese stay: ["Ann Lee", 5]\n\nParaphrase it.', "text")["text"]
    assert all(kept in found for kept in ("3", "Ann Lee", "{street}", "https://x.org/a"))
    assert 0.3 < change_score(found, TEXT) < 0.9


def test_only_places_of_a_quoted_name_are_reworded() -> None:
    found = asked(f"input: {json.dumps(TEXT)}\n\nRewrite it in another style.", "input", "note")
    assert "https://x.org/a" in found["input"] and "https://x.org/a" not in found["note"]


@pytest.mark.parametrize(
    "prompt",
    [f"text: {json.dumps(TEXT)}\nAnswer it.", f"Rewrite this: {TEXT}", "Rewrite it.\ntext: an unquoted text"],
)
def test_prompts_that_ask_for_something_else_get_what_they_got(prompt: str) -> None:
    assert "https://x.org/a" not in asked(prompt, "text")["text"]


@pytest.mark.parametrize(
    "text", ["明天北京会下雨吗", "Пойдёт ли завтра дождь в Осло", "هل ستمطر غدا في القاهرة"]
)
def test_other_scripts_stay(text: str) -> None:
    found = {reworded(text, (), random.Random(seed)) for seed in range(8)}
    assert len(found) > 1 and all(next(iter(scripts(one))) == next(iter(scripts(text))) for one in found)


@settings(deadline=None)
@given(st.text(), st.integers(0, 9))
def test_protected_spans_survive_in_any_text(text: str, seed: int) -> None:
    protection = Protection()
    found = reworded(text, (), random.Random(seed))
    assert [span.text for span in protection.spans(text) if span.kind == "number"] == [
        span.text for span in protection.spans(found) if span.kind == "number"
    ]
