from __future__ import annotations

import re
from typing import Any

import pytest
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.generator import Conversation
from datagen_plugin_conversation.templates import TEMPLATES
from datagen_plugin_conversation.turns import Turn

from datagen_core.errors import InputError
from datagen_core.model import CompletionRequest
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import make_inputs
from datagen_core.testing.scripted_model import reply

MAGPIE = {"mode": "magpie", "template": "chatml"}
INPUTS = make_inputs(["How do I store bread?"], domain="baking", task="advice")


def model(query: Any = "Why is the sky blue?", answer: Any = "Because of Rayleigh.") -> Any:
    """Queries by raw completion (numbered where there are several), answers by chat."""
    queries = list(query) if isinstance(query, list) else [query]

    def said(request: Any) -> Any:
        if isinstance(request, CompletionRequest):
            return queries.pop(0) if len(queries) > 1 else queries[0]
        return answer

    return said


@pytest.mark.parametrize("template", sorted(TEMPLATES))
def test_a_request_holds_no_instruction_text_at_all(room, template: str) -> None:
    room.talk({"mode": "magpie", "template": template}, INPUTS, generator=model())
    asked, _ = room.asked("generator")
    assert isinstance(asked, CompletionRequest)
    assert asked.prompt == TEMPLATES[template].pre_query
    words = set(re.findall(r"[a-z]+", re.sub(r"<[^>]*>|\[INST\]", "", asked.prompt)))
    assert words <= {"user"}  # the name of the role, where the template spells it out
    assert (asked.temperature, asked.top_p) == (1.0, 1.0)
    assert asked.stop == (*TEMPLATES[template].stops, "\n") and len(asked.stop) <= 4


def test_the_query_is_answered_through_the_chat_at_temperature_zero(room) -> None:
    (row,) = room.talk(MAGPIE, INPUTS, generator=model())
    _, asked = room.asked("generator")
    assert [(message.role, message.content) for message in asked.messages] == [
        ("user", "Why is the sky blue?")
    ]
    assert asked.temperature == 0.0
    assert (row.input, row.response) == ("Why is the sky blue?", "Because of Rayleigh.")
    assert row.trace.parents == ()


def test_method_fields_and_lineage(room) -> None:
    (row,) = room.talk(MAGPIE, INPUTS, generator=model())
    method = row.metadata.method
    assert {name: method[name] for name in ("mode", "n_turns", "seed_id", "stop_reason", "tags")} == {
        "mode": "magpie",
        "n_turns": 1,
        "seed_id": None,
        "stop_reason": "rounds",
        "tags": {},
    }
    assert (method["template"], method["pre_query"]) == ("chatml", "<|im_start|>user\n")
    query, answer = method["turns"]
    assert (query["role"], query["by"], query["model"]) == ("user", "generator", "generator-model")
    assert answer["role"] == "assistant" and answer["prompt"] != query["prompt"]


def test_a_follow_up_sees_the_history_under_a_system_prompt_of_its_side_alone(room) -> None:
    options = {**MAGPIE, "min_rounds": 2, "max_rounds": 2, "system": "Be brief."}
    (row,) = room.talk(options, INPUTS, generator=model(["Why is the sky blue?", "And red at night?"]))
    first, answer, follow_up, last = room.asked("generator")
    assert first.prompt == "<|im_start|>user\n"
    assert follow_up.prompt.startswith(
        "<|im_start|>system\nYou are an assistant in a conversation of several"
    )
    assert follow_up.prompt.endswith(
        "<|im_end|>\n<|im_start|>user\nWhy is the sky blue?<|im_end|>\n"
        "<|im_start|>assistant\nBecause of Rayleigh.<|im_end|>\n<|im_start|>user\n"
    )
    assert "Be brief." not in follow_up.prompt
    for asked in (answer, last):
        assert "several rounds" not in str(asked) and asked.messages[0].content == "Be brief."
    assert [m.role for m in last.messages] == ["system", "user", "assistant", "user"]
    assert [m.role for m in row.messages] == ["system", "user", "assistant", "user", "assistant"]


TURNS = [Turn("user", "Q", {}), Turn("assistant", "A", {})]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        (
            "llama3",
            "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nQ"
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\n",
        ),
        ("mistral", "[INST] S\n\nQ[/INST] A</s>[INST] "),
        (
            "gemma",
            "<start_of_turn>user\nS\n\nQ<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n<start_of_turn>user\n",
        ),
        ("phi3", "<|system|>\nS<|end|>\n<|user|>\nQ<|end|>\n<|assistant|>\nA<|end|>\n<|user|>\n"),
    ],
)
def test_templates_are_written_out(template: str, text: str) -> None:
    assert TEMPLATES[template].up_to_query(TURNS, "S") == text


@pytest.mark.parametrize(
    ("options", "wrong", "where"),
    [
        ({}, "chat template", "with.template"),
        ({"pre_query": "<u>", "max_rounds": 2}, "follow-up", "with.max_rounds"),
        ({"pre_query": "<u>", "stop_at_newline": False}, "nothing ends a query", "with.stops"),
    ],
)
def test_an_unknown_template_is_refused(options: dict[str, Any], wrong: str, where: str) -> None:
    with pytest.raises(InputError, match=wrong) as caught:
        Conversation(ConversationConfig(mode="magpie", **options), INPUTS)
    assert caught.value.where == where and caught.value.expected


def test_a_model_without_raw_completion_lacks_a_capability(room) -> None:
    part = Conversation(ConversationConfig(**MAGPIE), INPUTS)
    assert part.models() == {"generator": ("completion",)}
    assert all("magpie" in notice for notice in part.notices()) and len(part.notices()) == 2
    (row,) = room.talk(MAGPIE, INPUTS, capabilities=["stop"], generator=model())
    assert isinstance(row, Rejection) and row.reason == "model_capability"


def test_a_pre_query_and_stops_of_ones_own_are_sent_as_they_are(room) -> None:
    options = {"mode": "magpie", "pre_query": "### Human: ", "stops": ["###"], "stop_at_newline": False}
    (row,) = room.talk(options, INPUTS, generator=model("Why?\nTell me.### Assistant"))
    asked = room.asked("generator")[0]
    assert (asked.prompt, asked.stop) == ("### Human: ", ("###",))
    assert row.input == "Why?\nTell me."


def test_stops_are_cut_here_where_the_endpoint_knows_none(room) -> None:
    said = reply("Why is it so?\nBecause", finish_reason="length")
    (row,) = room.talk(MAGPIE, INPUTS, capabilities=["completion"], generator=model(said))
    assert room.asked("generator")[0].stop == () and row.input == "Why is it so?"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "empty_answer"),
        ("***", "empty_answer"),
        (reply("Why is", finish_reason="length"), "truncated_answer"),
        (reply("", finish_reason="content_filter"), "refused"),
        ("I'm sorry, but I can't help with that.", "off_role"),
        ("Hello! How can I help you today?", "off_role"),
        ("抱歉，我无法协助处理该请求。", "off_role"),
        ("Thank you!", "too_few_turns"),
        ("What is it?assistant", "template_leak"),
        ("Why<|eot_id|>assistant", "template_leak"),
        ("[/INST] The sky is blue", "template_leak"),
    ],
)
def test_what_is_no_query_is_a_rejection(room, query: Any, reason: str) -> None:
    (row,) = room.talk(MAGPIE, INPUTS, generator=model(query))
    assert isinstance(row, Rejection) and (row.reason, row.measured, row.threshold) == (reason, 0, 1)
    assert len(room.asked("generator")) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "empty_answer"),
        (reply("Because", finish_reason="length"), "truncated_answer"),
        (reply("", finish_reason="content_filter"), "refused"),
    ],
)
def test_what_is_no_answer_is_a_rejection(room, answer: Any, reason: str) -> None:
    (row,) = room.talk(MAGPIE, INPUTS, generator=model(answer=answer))
    assert isinstance(row, Rejection) and row.reason == reason and "Why is the sky blue?" in row.text


@pytest.mark.parametrize(("most", "pairs"), [(119, 1), (120, 2)])
def test_a_history_longer_than_max_chars_is_not_sent(room, most: int, pairs: int) -> None:
    options = {**MAGPIE, "min_rounds": 2, "max_rounds": 2, "max_chars": most}
    (row,) = room.talk(options, INPUTS, generator=model(["a" * 40, "b" * 40], "c" * 40))
    assert row.metadata.method["n_turns"] == pairs
    assert row.metadata.method["stop_reason"] == ("rounds" if pairs == 2 else "context_full")


def test_a_follow_up_that_takes_leave_is_dropped(room) -> None:
    options = {**MAGPIE, "min_rounds": 3, "max_rounds": 3}
    (row,) = room.talk(options, INPUTS, generator=model(["Why is the sky blue?", "Thanks!"]))
    assert (row.metadata.method["n_turns"], row.metadata.method["stop_reason"]) == (1, "user_ended")


def test_rows_of_a_batch_are_asked_for_apart(room) -> None:
    room.talk(MAGPIE, INPUTS, n=5, generator=model())
    assert {(site.row, site.attempt) for _, site in room.sites} == {(r, a) for r in range(5) for a in (0, 1)}


@pytest.mark.parametrize("text", ["天空为什么是蓝色的？", "لماذا السماء زرقاء؟", "Почему небо голубое?"])
def test_other_scripts_pass_through(room, text: str) -> None:
    (row,) = room.talk(MAGPIE, INPUTS, generator=model(text, text))
    assert isinstance(row, Sample) and row.input == row.response == text
