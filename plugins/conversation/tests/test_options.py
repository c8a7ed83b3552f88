from __future__ import annotations

import json
import pickle
from hashlib import blake2b
from typing import Any

import pytest
from datagen_plugin_conversation import wording
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.generator import Conversation
from datagen_plugin_conversation.tags import ANSWER, LISTS

from datagen_core.errors import InputError
from datagen_core.generator import Cell
from datagen_core.llm.structured import AnswerSchema
from datagen_core.sample import Rejection
from datagen_core.testing import make_inputs
from datagen_core.testing.fresh_process import rows_as_json

INPUTS = make_inputs(["How do I store bread?"], domain="baking")
CHAT = "Why?\n[AI] So.\n[Human] How?\n[AI] Thus."
TAGS = {
    "input_quality": "good",
    "difficulty": "very hard",
    "task_category": "reasoning",
    "safety": "safe",
    "language": "en",
}


@pytest.mark.parametrize(
    "options",
    [
        {"system": "Be brief."},
        {"min_rounds": 2},
        {"template": "chatml"},
        {"user_model": "other"},
        {"mode": "two-model", "template": "chatml"},
        {"mode": "two-model", "model": "other"},
        {"mode": "magpie", "template": "chatml", "topics": ["tides"]},
        {"mode": "magpie", "template": "chatml", "assistant_model": "other"},
    ],
)
def test_options_of_another_mode_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="has no use for") as caught:
        Conversation(ConversationConfig.model_validate(options), INPUTS)
    assert "mode:" in str(caught.value.expected)


@pytest.mark.parametrize(
    ("options", "rounds", "least"),
    [
        ({}, (3, 7), 2),
        ({"max_rounds": 2}, (2, 2), 2),
        ({"max_rounds": 1}, (1, 1), 1),
        ({"min_rounds": 9}, (9, 9), 2),
        ({"min_rounds": 1, "max_rounds": 4, "min_turns": 4}, (1, 4), 4),
    ],
)
def test_rounds_and_turns_follow_each_other(options: dict[str, Any], rounds: Any, least: int) -> None:
    mode = Conversation(ConversationConfig(mode="two-model", **options), INPUTS)._mode
    assert (mode.rounds, mode.min_turns) == (rounds, least)


@pytest.mark.parametrize("options", [{"min_rounds": 5, "max_rounds": 4}, {"max_rounds": 3, "min_turns": 4}])
def test_rounds_that_contradict_each_other_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="rounds"):
        Conversation(ConversationConfig(mode="two-model", **options), INPUTS)


def test_a_label_is_a_rejection_and_is_not_asked_for(room) -> None:
    cells = [Cell("glad", 1), Cell(None, 1)]
    refused, row = room.talk({}, INPUTS, 2, more={"cells": cells}, generator=CHAT)
    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.measured) == ("no_labels", "glad")
    assert row.label is None and len(room.asked("generator")) == 1


def test_a_tuner_may_change_the_temperature(room) -> None:
    room.talk({}, INPUTS, more={"params": {"temperature": 0.4}}, generator=CHAT)
    assert room.asked("generator")[0].temperature == 0.4


def test_temperature_top_p_and_tokens_are_as_configured(room) -> None:
    room.talk({"temperature": None, "top_p": 0.9, "max_tokens": 77}, INPUTS, generator=CHAT)
    (asked,) = room.asked("generator")
    assert (asked.temperature, asked.top_p, asked.max_tokens) == (None, 0.9, 77)


# -- tags -----------------------------------------------------------------------------------------------------


def tagging(tags: Any) -> Any:
    return lambda request: (
        (tags if isinstance(tags, str) else json.dumps(tags)) if "input_quality" in str(request) else CHAT
    )


def test_the_first_query_is_tagged_by_one_more_call(room) -> None:
    (row,) = room.talk({"tags": True}, INPUTS, generator=tagging(TAGS))
    _, asked = room.asked("generator")
    assert '"Why?"' in asked.messages[1].content and asked.temperature == 0.0
    assert row.metadata.method["tags"] == TAGS and "tags_missing" not in row.metadata.method
    assert row.trace.processing_steps[-1].params["prompt"] == row.metadata.method["turns"][0]["prompt"]


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({**TAGS, "difficulty": "very hard."}, "schema_violation"),
        ({**TAGS, "difficulty": "Hard"}, "schema_violation"),
        ({**TAGS, "input_quality": "quite poor"}, "schema_violation"),
        ("hard", "not_json"),
        ("", "empty_answer"),
    ],
)
def test_tags_that_cannot_be_read_are_missing_and_never_guessed(room, tags: Any, reason: str) -> None:
    (row,) = room.talk({"tags": True}, INPUTS, generator=tagging(tags))
    assert (row.metadata.method["tags"], row.metadata.method["tags_missing"]) == ({}, reason)


def test_a_failed_call_for_tags_keeps_the_row(room) -> None:
    (row,) = room.talk({"tags": True}, INPUTS, fails={2: "timeout"}, generator=tagging(TAGS))
    assert row.metadata.method["tags_missing"] == "model_timeout"


def test_what_is_no_row_is_not_tagged(room) -> None:
    room.talk({"tags": True}, INPUTS, generator="No marks here.")
    assert len(room.asked("generator")) == 1


@pytest.mark.parametrize(("name", "words"), LISTS.items())
def test_each_word_of_a_list_is_read_whole(name: str, words: tuple[str, ...]) -> None:
    schema = AnswerSchema(ANSWER)
    assert all(not schema.violation({**TAGS, name: word}) for word in words)
    assert all(schema.violation({**TAGS, name: f"{word}."}) for word in words)


# -- prompts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", wording.NAMES)
def test_prompts_may_be_replaced_and_are_tried_at_once(name: str) -> None:
    Conversation(ConversationConfig(prompts={name: "Write something."}), INPUTS)
    with pytest.raises(InputError, match="unknown variables") as caught:
        Conversation(ConversationConfig(prompts={name: "{{ nonsense }}"}), INPUTS)
    assert caught.value.where == f"with.prompts.{name}"
    with pytest.raises(InputError):
        Conversation(ConversationConfig(prompts={name: "{% for x in 3 %}a{% endfor %}"}), INPUTS)


def test_a_prompt_of_ones_own_is_used(room) -> None:
    prompts = {"self_chat": "Talk about {{ topic | tojson }}.\n{{ beginning }}"}
    room.talk({"prompts": prompts}, INPUTS, generator=CHAT)
    (message,) = room.asked("generator")[0].messages
    assert message.content.startswith('Talk about "How do I store bread?".\n[Human] Hello!')


def test_the_digest_is_of_the_prompt_files() -> None:
    digest = Conversation(ConversationConfig(), INPUTS).digest()
    assert len(digest) == 32 and digest == wording.digest()


# -- reproducible ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [{}, {"mode": "two-model"}, {"mode": "magpie", "template": "llama3"}])
def test_rows_are_the_same_whatever_order_replies_come_in(room, mode: dict[str, Any]) -> None:
    inputs = make_inputs([f"Question {n} of many?" for n in range(9)])
    script = (lambda request: f"What of {blake2b(str(request).encode()).hexdigest()[:6]}?") if mode else CHAT

    def rows(latency_s: Any) -> list[str]:
        return rows_as_json(room.talk(mode, inputs, 6, latency_s=latency_s, generator=script, user=script))

    first = rows(lambda call: 0.0)
    assert first == rows(lambda call: 50.0 - call) == rows(lambda call: call * 5.0 % 7)


def test_it_pickles_with_its_prompts() -> None:
    part = Conversation(ConversationConfig(prompts={"user": "Play."}), INPUTS)
    again = pickle.loads(pickle.dumps(part))
    assert again.config == part.config and again.digest() == part.digest()
