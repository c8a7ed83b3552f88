"""The rehearsal: the same request, the same reply; text about the prompt; JSON that validates; nothing sent."""

from __future__ import annotations

import asyncio
import json
import math
import os
import pickle
import re
import subprocess
import sys
from statistics import mean
from typing import Any

import pytest

from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import (
    CAPABILITIES,
    ChatRequest,
    Choice,
    CompletionRequest,
    EmbeddingRequest,
    Model,
    ModelError,
    Price,
    Reply,
    Usage,
)
from datagen_core.rehearsal.model import Rehearsal, RehearsalConfig
from datagen_core.rehearsal.topics import DEFAULT, topics
from datagen_core.rehearsal.vocabulary import (
    FRAMES,
    LISTS,
    NAMES,
    OPENERS,
    PHRASES,
    PLAINEST,
    QUESTIONS,
    SHORT_FRAMES,
    TAILS,
)
from datagen_core.rehearsal.wishes import Wish, wish
from datagen_core.sample import Message, Tool

PROMPT = "Write a text about desert plant adaptability for the label 'water storage'."
REVIEW: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "review": {"type": "string", "description": "Two to four sentences."},
        "question": {"type": "string"},
        "language": {"type": "string"},
        "reason": {"type": "string", "maxLength": 60},
        "summary": {"type": "string", "minLength": 200, "maxLength": 240},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "label": {"enum": ["good", "bad"]},
    },
    "required": ["title", "review", "question", "language", "reason", "summary", "stars", "label"],
    "additionalProperties": False,
}
WEATHER = Tool(
    name="weather",
    parameters={"type": "object", "properties": {"days": {"type": "integer", "minimum": 1, "maximum": 9}}},
)


def model(**options: float) -> Rehearsal:
    return Rehearsal(RehearsalConfig(**options), "rehearsal")


def reply(prompt: str = PROMPT, *, using: Rehearsal | None = None, **request: Any) -> Reply:
    given = {"max_tokens": 400, "temperature": 1.0, **request}
    given.setdefault("messages", (Message(role="user", content=prompt),))
    return asyncio.run((using or model()).chat(ChatRequest(**given), timeout_s=1))


def ask(prompt: str = PROMPT, **request: Any) -> Choice:
    (choice,) = reply(prompt, **request).choices
    return choice


def texts(prompt: str, number: int = 50, **request: Any) -> list[str]:
    return [ask(prompt, seed=seed, **request).text for seed in range(number)]


# -- determinism --------------------------------------------------------------------------------------------


def test_the_same_request_has_the_same_reply_and_another_seed_another() -> None:
    assert reply(seed=1) == reply(seed=1)
    assert len(set(texts(PROMPT, 200))) == 200


def test_at_temperature_0_without_a_seed_the_messages_alone_decide() -> None:
    first, again = ask(temperature=0, max_tokens=300), ask(temperature=0, max_tokens=301, top_p=0.5)
    assert first == again != ask(PROMPT + "!", temperature=0)
    assert ask(temperature=0, seed=1) != ask(temperature=0, seed=2)


def test_replies_do_not_depend_on_the_process() -> None:
    code = (
        "from tests_rehearsal import ask, REVIEW, WEATHER\n"
        "print(repr([ask(seed=3), ask(seed=3, json_schema=REVIEW), ask(seed=4, tools=(WEATHER,))]))"
    )
    loader = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('tests_rehearsal', {__file__!r})\n"
        "module = importlib.util.module_from_spec(spec); sys.modules[spec.name] = module\n"
        "spec.loader.exec_module(module)\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", loader + code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    here = repr([ask(seed=3), ask(seed=3, json_schema=REVIEW), ask(seed=4, tools=(WEATHER,))])
    assert printed == {here + "\n"}


def test_it_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(model(mean_score=0.3)))
    assert again.config == RehearsalConfig(mean_score=0.3) and again.name == "rehearsal"


def test_it_is_marked_as_a_rehearsal_and_is_free_and_able() -> None:
    assert Rehearsal.is_rehearsal and not Model.is_rehearsal
    assert model().capabilities() == set(CAPABILITIES) and model().endpoint() == "rehearsal"
    assert model().price() == Price(prompt_per_million=0, completion_per_million=0)


# -- text ---------------------------------------------------------------------------------------------------


def test_rows_speak_of_what_the_prompt_is_about() -> None:
    assert topics(PROMPT) == ("desert plant adaptability", "water storage")
    for text in texts(PROMPT):
        assert "desert plant adaptability" in text.lower() or "water storage" in text.lower()


def test_topics_are_content_words_without_markup_numbers_and_instructions() -> None:
    given = (
        'Return JSON: {"animal": "Red panda"}. <b>Bamboo forests</b> of Nepal, see https://a.org/x_y and 42 '
        "`snake_case`. A Red panda eats bamboo."
    )
    assert topics(given) == ("animal", "red panda", "bamboo forests", "Nepal", "Red panda eats", "bamboo")
    assert topics("Write 3 sentences, please.") == DEFAULT == topics("")


def test_replies_are_sentences_that_rarely_resemble_each_other() -> None:
    found = texts(PROMPT, 200)
    assert all(re.fullmatch(r"([A-Z0-9][^.?!]*\.( |$)){2,4}", text) for text in found)
    shingles = [{text[at : at + 5] for at in range(len(text) - 4)} for text in found]
    alike = [
        max(len(own & other) / len(own | other) for j, other in enumerate(shingles) if i != j)
        for i, own in enumerate(shingles)
    ]
    assert max(alike) < 0.8 and mean(alike) < 0.4


def test_no_frame_is_left_unfilled_and_no_list_holds_a_word_twice() -> None:
    for frame in (*FRAMES, *SHORT_FRAMES, *OPENERS, *TAILS, *QUESTIONS, *NAMES, *PHRASES, *PLAINEST):
        assert set(re.findall(r"\{(\w+)\}", frame)) <= {*LISTS, "t"}, frame
    assert all(len(set(words)) == len(words) for words in LISTS.values())
    assert not [
        text for text in texts("Explain it.", 200) if "{" in text or re.search(r"\b[Aa] [aeiou]", text)
    ]


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("in one sentence", Wish(sentences=(1, 1))),
        ("a single short sentence", Wish(sentences=(1, 1))),
        ("2 to 4 sentences", Wish(sentences=(2, 4))),
        ("two or three sentences of at most 40 words", Wish(sentences=(2, 3), words=(20, 40))),
        ("10-20 tokens", Wish(words=(10, 13))),
        ("a 10-word slogan", Wish(words=(10, 10))),
        ("no more than 8 words", Wish(words=(4, 8))),
        ("at least 40 words", Wish(words=(40, 60))),
        ("about 210 characters", Wish(words=(30, 30))),
        ("Two paragraphs.", Wish(paragraphs=(2, 2))),
        ("the sentence above, in other words; two characters meet", Wish()),
    ],
)
def test_wishes_for_length_are_read(asked: str, wanted: Wish) -> None:
    assert wish(f"Write about desert plants, {asked}.") == wanted


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        ("in 3 words", 3, 3),
        ("in at most 8 words", 4, 8),
        ("in 10-20 tokens", 10, 20),
        ("in 120 words", 110, 125),
    ],
)
def test_wishes_for_words_are_granted(asked: str, low: int, high: int) -> None:
    for text in texts(f"Write about desert plant adaptability {asked}."):
        assert low <= len(text.split()) <= high, text


def test_wishes_for_sentences_and_paragraphs_are_granted_and_the_systems_hold_where_the_user_has_none() -> (
    None
):
    for text in texts("Describe the desert in one sentence."):
        assert text.count(".") == 1
    assert {text.count(".") for text in texts("Describe it in 2 to 4 sentences.")} == {2, 3, 4}
    assert all(len(text.split("\n\n")) == 3 for text in texts("Write three paragraphs about rain."))
    messages = (Message(role="system", content="One sentence."), Message(role="user", content="Rain?"))
    assert ask(messages=messages).text.count(".") == 1


def test_answers_fit_max_tokens_and_are_cut_only_where_not_even_a_word_fits() -> None:
    for most in (4, 6, 10, 20, 60, 200):
        for seed in range(30):
            choice = ask(seed=seed, max_tokens=most)
            assert choice.finish_reason == "stop" and len(choice.text) <= 4 * most
    cut = ask(max_tokens=1)
    assert cut.finish_reason == "length" and len(cut.text) == 4


def test_stop_strings_end_the_answer() -> None:
    whole, cut = ask(temperature=0), ask(temperature=0, stop=("nowhere", ". "))
    assert (cut.text, cut.finish_reason) == (whole.text.split(". ")[0], "stop")


def test_several_choices_differ() -> None:
    found = reply(n=5).choices
    assert len({choice.text for choice in found}) == 5 and found[0] == reply(n=5).choices[0]


def test_usage_is_a_quarter_of_the_bytes() -> None:
    done = reply("ünü 12", n=2)
    written = [len(choice.text.encode()) for choice in done.choices]
    assert done.usage == Usage(prompt_tokens=2, completion_tokens=sum(-(-n // 4) for n in written))
    assert reply("").usage.prompt_tokens == 1  # type: ignore[union-attr]


def test_odd_prompts_are_answered_too() -> None:
    for prompt in ("", "\ud800", "描述沙漠里的植物", "{}[]<>" * 500, "a" * 5000, "word " * 5000):
        assert ask(prompt).text
    assert ask(messages=(Message(role="assistant", content="Hello"),)).text


# -- JSON ---------------------------------------------------------------------------------------------------


def test_a_schema_is_satisfied_with_texts_that_suit_their_places() -> None:
    schema = AnswerSchema(REVIEW)
    for seed in range(50):
        parsed = schema.parse(ask(seed=seed, json_schema=REVIEW, max_tokens=800))
        assert not parsed.reason and not parsed.repairs
        found = parsed.value
        assert 2 <= len(found["title"].split()) <= 6 and not found["title"].endswith(".")
        assert 2 <= found["review"].count(".") <= 4
        assert found["question"].endswith("?") and found["language"] == "en"
        assert found["reason"].endswith(".")


def test_rehearsed_judges_mostly_pass_unless_told_otherwise() -> None:
    schema = {"properties": {"score": {"type": "number", "minimum": 0, "maximum": 1}}, "required": ["score"]}

    def scores(using: Rehearsal) -> list[float]:
        return [
            json.loads(ask(seed=s, json_schema=schema, using=using, max_tokens=99).text)["score"]
            for s in range(200)
        ]

    assert mean(scores(model())) > 0.7 and mean(scores(model(mean_score=0.2))) < 0.3


def test_a_json_answer_is_brief_where_there_is_little_room() -> None:
    schema = {"properties": {name: {"type": "string"} for name in ("input", "output")}, "type": "object"}
    for most in (25, 60):
        choice = ask(json_schema=schema, max_tokens=most)
        assert choice.finish_reason == "stop" and set(json.loads(choice.text)) == {"input", "output"}
    assert ask(json_schema=schema, max_tokens=5).finish_reason == "length"


@pytest.mark.parametrize("schema", [{"type": "strin"}, {"$ref": "http://127.0.0.1:1/"}, {"not": {}}])
def test_a_schema_that_nothing_satisfies_is_a_bad_request_or_a_wrong_answer(schema: dict[str, Any]) -> None:
    try:
        choice = ask(json_schema=schema)
    except ModelError as error:
        assert error.kind == "bad_request" and not error.retryable
    else:
        assert AnswerSchema(schema).parse(choice).reason == "schema_violation"


# -- tools, log-probabilities, completions, embeddings ------------------------------------------------------


def test_about_half_of_the_answers_call_a_tool_that_is_offered() -> None:
    found = [ask(seed=seed, tools=(WEATHER, Tool(name="time"))) for seed in range(200)]
    calls = [choice for choice in found if choice.tool_calls]
    assert 70 <= len(calls) <= 130 and all(choice.finish_reason == "tool_calls" for choice in calls)
    assert all(choice.text for choice in found if not choice.tool_calls)
    functions = [call["function"] for choice in calls for call in choice.tool_calls]
    assert {function["name"] for function in functions} == {"weather", "time"}
    assert all(1 <= f["arguments"]["days"] <= 9 for f in functions if f["name"] == "weather")


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("required", {"weather"}),
        ("none", set()),
        ({"type": "function", "function": {"name": "weather"}}, {"weather"}),
        ({"type": "function", "function": {"name": "other"}}, set()),
    ],
)
def test_a_tool_choice_is_kept(choice: Any, called: set[str]) -> None:
    found = [ask(seed=seed, tools=(WEATHER,), extra={"tool_choice": choice}) for seed in range(20)]
    assert {call["function"]["name"] for one in found for call in one.tool_calls} == called
    assert all(bool(one.tool_calls) == bool(called) for one in found)


def test_the_share_of_tool_calls_is_an_option() -> None:
    assert not any(ask(seed=s, tools=(WEATHER,), using=model(tool_share=0)).tool_calls for s in range(20))
    assert all(ask(seed=s, tools=(WEATHER,), using=model(tool_share=1)).tool_calls for s in range(20))


def test_log_probabilities_join_to_the_text_and_are_probabilities() -> None:
    choice = ask(top_logprobs=5, seed=2)
    assert "".join(token.token for token in choice.logprobs) == choice.text
    for token in choice.logprobs:
        assert len(token.top) == 5 and token.top[token.token] == token.logprob == max(token.top.values())
        assert sum(map(math.exp, token.top.values())) < 1
    assert ask(seed=2).logprobs == ()


def test_a_digits_alternatives_are_digits() -> None:
    schema = {"type": "integer", "minimum": 1, "maximum": 6}
    (token,) = ask(json_schema=schema, top_logprobs=10).logprobs
    assert set(token.top) <= set("0123456789") and len(token.top) == 10


def test_a_completion_goes_on_from_its_prompt() -> None:
    def complete(prompt: str) -> str:
        request = CompletionRequest(prompt=prompt, max_tokens=100, seed=1)
        return asyncio.run(model().complete(request, timeout_s=1)).choices[0].text

    assert complete("The cactus").startswith(" ") and not complete("The cactus ").startswith(" ")
    assert "cactus" in complete("The cactus").lower()
    assert complete("The cactus") == complete("The cactus") != complete("A cactus")


def test_embeddings_are_unit_vectors_near_for_similar_texts() -> None:
    given = ("A cactus stores water.", "The cactus is storing water.", "Taxes rise again in March.", "", "?!")
    found = asyncio.run(model().embed(EmbeddingRequest(texts=(*given, given[0])), timeout_s=1))
    first, similar, other, *_, again = found.vectors
    assert all(len(v) == 64 and math.isclose(math.hypot(*v), 1) for v in found.vectors)
    assert first == again and found.usage == Usage(prompt_tokens=6 + 7 + 7 + 1 + 1 + 6)

    def cosine(a: tuple[float, ...], b: tuple[float, ...]) -> float:
        return (
            math.sumprod(a, b) if hasattr(math, "sumprod") else sum(x * y for x, y in zip(a, b, strict=True))
        )

    assert cosine(first, similar) > 0.5 > cosine(first, other)
