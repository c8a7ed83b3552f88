from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import pytest
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.generator import PersonaRows
from datagen_plugin_persona.personas import persona_id
from datagen_plugin_persona.starts import Accepted

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import make_inputs, make_request, make_seeds, toy_inputs

GIVEN = ["a beekeeper in the Alps", "a tram driver who paints", "a pharmacist on an island"]


def own(folder: Path, text: str, name: str = "personas.txt") -> str:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return str(file)


# -- texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "first"), [("seeds", "seed"), ("unlabelled", "text"), ("documents", "facts")]
)
def test_texts_of_each_kind_give_personas_and_are_their_parents(desk, texts: str, first: str) -> None:
    inputs = toy_inputs()
    model = desk()

    (row,) = model.make(1, inputs=inputs, texts=texts)

    source = inputs.source(row.trace.parents[0])
    kinds = {"seeds": inputs.seeds, "unlabelled": inputs.unlabelled, "documents": inputs.chunks}
    assert source in kinds[texts]
    assert row.metadata.method["derivation"]["text"] == source.id
    assert json.dumps(source.text, ensure_ascii=False) in model.prompts("text")[0]


def test_all_kinds_take_turns_by_default_and_texts_without_words_are_left_out(desk) -> None:
    more = {
        "unlabelled": make_seeds(["…", "an unlabelled one"])[1:],
        "chunks": (Seed(id="c", text="a chunk"),),
    }
    inputs = make_inputs(["a seed", "!!!"], task="questions", **more)

    rows = desk().make(6, inputs=inputs, depth=0)

    assert Counter(row.trace.parents[0] for row in rows) == {"seed0": 2, "seed1": 2, "c": 2}
    assert inputs.source("seed1").text == "an unlabelled one"  # the later of two ids


def test_each_text_has_its_turn_before_any_has_a_second(desk) -> None:
    """9 rows of 4 texts, one persona each: 2, 2, 2 and 3."""
    rows = desk().make(9, depth=0)
    assert sorted(Counter(row.trace.parents[0] for row in rows).values()) == [2, 2, 2, 3]


def test_texts_that_this_arm_tried_wait(desk, pool) -> None:
    tried = pool(tried={"seed0": 2, "seed1": 1, "seed3": 1})
    (row,) = desk().make(request=make_request(1, pool=tried))
    assert row.trace.parents == ("seed2",)


def test_of_a_text_that_had_its_turn_someone_else_is_asked_for(desk, pool, inputs_of) -> None:
    old = [
        {"persona_id": str(i), "persona": f'number "{i}"', "derivation": {"text": "seed0", "depth": 0}}
        for i in range(7)
    ]
    model = desk()

    model.make(request=make_request(1, pool=pool(*old)), inputs=inputs_of(["one text"]))
    model.make(1, inputs=inputs_of(["one text"]))

    again, first = model.prompts("text")
    assert "described already" in again and again.count('- "number \\"') == 5
    assert "described already" not in first


def test_long_texts_are_shown_up_to_a_length(desk, inputs_of) -> None:
    model = desk()
    model.make(1, inputs=inputs_of(["word " * 40]), max_text_chars=50)
    assert f'"{"word " * 10}"' in model.prompts("text")[0]


# -- given personas -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.txt", "\n".join(GIVEN) + "\n\n"),
        ("p.jsonl", "\n".join(json.dumps({"persona": f" {one} ", "id": 1}) for one in GIVEN)),
        ("p.csv", "id,persona\n" + "".join(f"{i},{one}\n" for i, one in enumerate(GIVEN))),
        (
            "data.jsonl",
            "\n".join(json.dumps({"id": "x", "response": "", "fields": {"persona": one}}) for one in GIVEN),
        ),
    ],
)
def test_personas_of_ones_own_need_no_texts_and_no_call(desk, tmp_path, name: str, text: str) -> None:
    model = desk()
    inputs = make_inputs(task="questions")

    rows = model.make(6, inputs=inputs, personas=own(tmp_path, text, name), depth=0)

    assert Counter(row.metadata.method["persona"] for row in rows) == dict.fromkeys(GIVEN, 2)
    assert model.order == ["row"] * 6
    assert all(row.trace.parents == () for row in rows)
    assert rows[0].metadata.method["derivation"]["depth"] == 0
    assert rows[0].metadata.method["derivation"]["file"].endswith(name)


def test_given_personas_are_expanded_too(desk, tmp_path) -> None:
    model = desk()
    rows = model.make(4, personas=own(tmp_path, "\n".join(GIVEN)), depth=1)
    assert model.order == ["relation"] * 2 + ["row"] * 4
    assert rows[1].metadata.method["derivation"]["from"] == rows[0].metadata.method["persona_id"]
    assert rows[0].metadata.method["persona_id"] == persona_id(rows[0].metadata.method["persona"])


def test_a_derived_persona_that_was_given_is_a_duplicate(desk, tmp_path) -> None:
    model = desk(relation={"persona": GIVEN[2]})
    rows = model.make(2, personas=own(tmp_path, "\n".join(GIVEN)))
    assert rows[1].reason == "persona_duplicate"


def test_given_personas_that_rows_were_accepted_of_wait_and_are_no_duplicates(desk, pool, tmp_path) -> None:
    old = [{"persona_id": persona_id(one), "persona": one, "derivation": {}} for one in (GIVEN[0], GIVEN[2])]
    rows = desk().make(
        request=make_request(3, pool=pool(*old)), personas=own(tmp_path, "\n".join(GIVEN)), depth=0
    )
    assert rows[0].metadata.method["persona"] == GIVEN[1]
    used = Counter([GIVEN[0], GIVEN[2], *(row.metadata.method["persona"] for row in rows)])
    assert sorted(used.values()) == [1, 2, 2]


def test_batches_under_way_at_once_begin_at_different_given_personas(desk, tmp_path) -> None:
    file = own(tmp_path, "\n".join(GIVEN))
    rows = [
        desk().make(request=make_request(1, batch=batch), personas=file, depth=0)[0] for batch in range(6)
    ]
    assert Counter(row.metadata.method["persona"] for row in rows) == dict.fromkeys(GIVEN, 2)


def test_given_duplicates_are_left_out_with_a_notice(tmp_path) -> None:
    file = own(tmp_path, "\n".join([*GIVEN, GIVEN[0].upper(), GIVEN[1]]))
    made = PersonaRows(PersonaConfig.model_validate({"personas": file}), make_inputs(task="questions"))
    assert made.notices() == ["2 of the given personas are duplicates of others, and left out."]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("p.jsonl", '{"persona": "a nurse"}\n{"name": "b"}', ":2"),
        ("p.jsonl", '{"persona": "a nurse"}\n\n{"persona": "…"}', ":3"),
        ("p.jsonl", '{"persona": 7}', ":1"),
        ("p.txt", "\n\n", "p.txt"),
        ("p.md", "a nurse", "p.md"),
    ],
)
def test_a_file_without_personas_is_refused_by_its_place(tmp_path, name, text, where) -> None:
    config = PersonaConfig.model_validate({"personas": own(tmp_path, text, name)})
    with pytest.raises(InputError) as error:
        PersonaRows(config, make_inputs(task="questions"))
    assert error.value.where.endswith(where) and error.value.expected


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    config = PersonaConfig.model_validate({"personas": str(tmp_path / "none.txt")})
    with pytest.raises(InputError, match="no file"):
        PersonaRows(config, make_inputs(task="questions"))


# -- nothing to start from ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "inputs", "message"),
    [
        ({}, Inputs(task="questions"), "nothing to infer personas from"),
        ({}, make_inputs(["…", "!"], task="questions"), "nothing to infer personas from"),
        ({"texts": "documents"}, make_inputs(["a seed"], task="questions"), "nothing to infer personas from"),
        ({}, make_inputs(["a seed"]), "nothing says what a row is"),
        ({"shots": "few"}, Inputs(task="x", unlabelled=make_seeds(["a b"])), "no seeds to show"),
        ({"shots": "few"}, make_inputs(["a"], task="x", seeds_are_records=True), "no seeds to show"),
        ({}, make_inputs(["a seed"], task="x", json_schema={"type": "object"}), "JSON Schema"),
        ({"prompts": {"row": "{{ nothing }}"}}, make_inputs(["a seed"], task="x"), "nothing"),
        ({"prompts": {"from_text": "{{ tie }} {{ x }}"}}, make_inputs(["a seed"], task="x"), "x"),
        (
            {"prompts": {"from_persona": "{% if %}"}},
            make_inputs(["a seed"], task="x"),
            "Expected an expression",
        ),
    ],
)
def test_what_it_cannot_work_with_is_refused_before_anything_is_spent(options, inputs, message) -> None:
    with pytest.raises(InputError, match=message) as error:
        PersonaRows(PersonaConfig.model_validate(options), inputs)
    assert error.value.expected or error.value.hint


def test_personas_as_rows_need_nothing_to_write_about() -> None:
    assert (
        PersonaRows(PersonaConfig(emit="personas"), make_inputs(["a seed"], json_schema={})).labels() == set()
    )


def test_the_personas_of_accepted_rows_are_counted(pool) -> None:
    noted = {"persona_id": "p", "persona": "a nurse", "derivation": {"text": "seed0", "depth": 0}}
    other = {
        "persona_id": "q",
        "persona": "a pilot",
        "derivation": {"from": "p", "relation": "x", "depth": 1},
    }
    found = Accepted.of(pool(noted, noted, other, {"angle": "x"}, {"persona_id": 1}), random.Random(0))
    assert found.rows == {"p": 2, "q": 1}
    assert found.texts == {"p": "a nurse", "q": "a pilot"}
    assert found.of_source == {"seed0": ("a nurse",)}
