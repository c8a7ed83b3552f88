from __future__ import annotations

import pytest
from datagen_plugin_persona.naming import least_run, longest_run

PERSONA = "A retired beekeeper in the Alps who sells heather honey at fairs"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("As a retired beekeeper in the valley I ask", 5),
        ("I am a RETIRED, beekeeper – in the Alps!", 6),
        ("a retired beekeeper in spring", 4),
        ("Who sells heather honey in bulk, and at fairs?", 4),
        ("Where is the map room?", 1),
        ("", 0),
    ],
)
def test_the_longest_run_of_words_in_common_is_measured(text: str, words: int) -> None:
    assert longest_run(PERSONA, [text, "unlike"])[0] == words


@pytest.mark.parametrize(
    ("persona", "least"),
    [
        (PERSONA, 5),
        ("a night nurse in Bergen", 5),
        ("a night nurse abroad", 4),
        ("nurse", 1),
        ("在乡村医院值夜班的护士长", 10),
        ("夜班护士", 4),
        ("طبيبة أطفال تعمل في القاهرة", 5),
    ],
)
def test_five_words_name_a_persona_ten_characters_in_unspaced_scripts_all_of_a_shorter_one(
    persona: str, least: int
) -> None:
    assert least_run(persona) == least


@pytest.mark.parametrize(
    ("persona", "said", "is_named"),
    [
        (PERSONA, "As a retired beekeeper in the snow, I ask", True),  # 5 words
        (PERSONA, "As retired beekeeper in the snow, I ask", False),  # 4 words
        (PERSONA, f"Hello. {PERSONA}. That's me.", True),
        ("a night nurse", "I'm a night nurse", True),
        ("a night nurse", "a nurse by night", False),
        ("在乡村医院值夜班的护士长", "我在乡村医院值夜班的护，你好", True),  # 10 characters
        ("在乡村医院值夜班的护士长", "我在乡村医院值夜班的。你好", False),  # 9
        ("طبيبة أطفال تعمل في القاهرة", "أنا طبيبة أطفال تعمل في القاهرة", True),
        ("Пасечник из Альп на пенсии", "я пасечник из альп", False),
    ],
)
def test_a_row_that_names_its_persona_is_refused(desk, persona: str, said: str, is_named: bool) -> None:
    model = desk(text={"persona": persona}, row={"text": said})

    (row,) = model.make(1, depth=0)

    assert getattr(row, "reason", "") == ("persona_named" if is_named else "")
    if is_named:
        assert row.measured >= row.threshold == least_run(persona)
        assert row.text == said and "persona_prompt" in row.trace.processing_steps[0].params


@pytest.mark.parametrize("part", ["input", "response"])
def test_both_parts_of_a_pair_are_looked_at(desk, part: str) -> None:
    answer = {"input": "When?", "response": "Now.", part: f"Says {PERSONA}"}
    (row,) = desk(text={"persona": PERSONA}, row=answer).make(1, depth=0, output="pair")
    assert row.reason == "persona_named"


def test_where_it_may_be_named_it_is_neither_forbidden_nor_checked(desk) -> None:
    model = desk(text={"persona": PERSONA}, row={"text": PERSONA})

    (row,) = model.make(1, depth=0, may_name=True)

    assert row.response == PERSONA
    assert "As a …" not in model.requests_of("row")[0].messages[0].content


def test_by_default_the_prompt_forbids_it(desk) -> None:
    model = desk()
    model.make(1)
    assert "As a …" in model.requests_of("row")[0].messages[0].content
