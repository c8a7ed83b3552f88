"""What options add to prompts: the passage of a row, and a word where no row needed an option."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from datagen_core.errors import UsageError
from datagen_core.exporting import Exported
from datagen_core.sample import Message, Metadata, Sample

Rows = Callable[..., list[dict[str, Any]]]
Export = Callable[..., Exported]

PASSAGE = "The tide rises.\n\nIt falls."
ASKED = Sample(id="qa", fields={"input": "What falls?", "response": "It falls.", "passage": PASSAGE})


def turns(row: dict[str, Any]) -> list[str]:
    return [turn["content"] for turn in row["messages"]]


def test_a_passage_stands_before_the_question_or_after_the_system_message(rows: Rows, export: Export) -> None:
    assert turns(rows(ASKED, format="chatml")[0]) == ["What falls?", "It falls."]
    shown = rows(ASKED, format="chatml", passage="input", system="Be brief.")
    assert turns(shown[0]) == ["Be brief.", f"{PASSAGE}\n\nWhat falls?", "It falls."]
    system = rows(ASKED, format="chatml", passage="system", system="Be brief.")
    assert turns(system[0]) == [f"Be brief.\n\n{PASSAGE}", "What falls?", "It falls."]
    own = replace(ASKED, fields={**ASKED.fields, "system": "Be kind."})
    assert (
        turns(rows(own, format="chatml", passage="system", system="Be brief.")[0])[0]
        == f"Be kind.\n\n{PASSAGE}"
    )
    assert export([ASKED], "chatml", passage="input").notices() == []
    assert "columns passage" in export([ASKED], "chatml").notices()[0]


def test_alpaca_has_the_passage_as_the_input_of_the_question(rows: Rows) -> None:
    (row,) = rows(ASKED, format="alpaca", passage="input")
    assert row == {"instruction": "What falls?", "input": PASSAGE, "output": "It falls."}
    told = replace(
        ASKED, fields={"instruction": "Translate.", "input": "Ebbe", "output": "ebb", "passage": PASSAGE}
    )
    assert rows(told, format="alpaca", passage="input")[0]["input"] == f"{PASSAGE}\n\nEbbe"
    assert turns(rows(told, format="trl", passage="input")[0])[0] == f"{PASSAGE}\n\nTranslate.\n\nEbbe"


def test_of_a_chat_and_of_a_pair_the_first_question_has_the_passage(
    rows: Rows, given: SimpleNamespace
) -> None:
    chat = replace(given.chat, fields={"passage": PASSAGE})
    assert turns(rows(chat, format="openai", passage="input")[0])[1::2] == [
        f"{PASSAGE}\n\nGrüße! 你好?",
        "Bye",
    ]
    (told,) = rows(chat, format="llama-factory-alpaca", passage="input", reasoning="none")
    assert (told["instruction"], told["history"][0][0]) == ("Bye", f"{PASSAGE}\n\nGrüße! 你好?")
    pair = replace(given.pairs[1], metadata=Metadata(method={"passage": PASSAGE}))
    assert rows(pair, format="trl", passage="input")[0]["prompt"][0]["content"] == f"{PASSAGE}\n\nAnd now?"


@pytest.mark.parametrize(
    "prompt",
    ["[1] Sea › Tides\nIt falls.\n\n[2] Sea\nThe tide rises.\n\nWhat falls?", f"By «{PASSAGE}»: what falls?"],
)
def test_a_prompt_that_holds_its_passage_stays_as_it_is(rows: Rows, export: Export, prompt: str) -> None:
    row = replace(ASKED, fields={**ASKED.fields, "input": prompt})
    assert turns(rows(row, format="chatml", passage="input")[0])[0] == prompt
    in_system = Sample(
        id="s",
        messages=tuple(
            Message(role=role, content=text)
            for role, text in (("system", prompt), ("user", "?"), ("assistant", "!"))
        ),
        fields={"passage": PASSAGE},
    )
    assert turns(rows(in_system, format="chatml", passage="system")[0]) == [prompt, "?", "!"]
    assert export([row], "chatml", passage="input").notices() == [
        "the option passage changed nothing: each row shows its passage already"
    ]


def test_an_answer_that_is_the_whole_passage_doesnt_stand_for_it(rows: Rows) -> None:
    row = replace(ASKED, fields={**ASKED.fields, "passage": "It falls."})
    assert turns(rows(row, format="chatml", passage="input")[0])[0] == "It falls.\n\nWhat falls?"


@pytest.mark.parametrize("passage", [None, " ", ["a list"]])
def test_a_row_without_a_passage_is_refused_where_one_is_asked_for(export: Export, passage: Any) -> None:
    row = replace(ASKED, fields={**ASKED.fields, "passage": passage})
    with pytest.raises(UsageError, match="row qa can't be written as chatml: no_passage") as caught:
        export([row], "chatml", passage="input")
    assert "datagen apply ARM DOCUMENTS" in str(caught.value.hint)
    assert export([row, ASKED], "chatml", passage="input", skip=True).rows == 1


def test_an_option_that_no_row_needed_is_told(export: Export, given: SimpleNamespace) -> None:
    unused = "the option {} changed nothing: {}".format
    told = export([ASKED], "alpaca", instruction="Answer.").notices()
    assert unused("instruction", "no row is a text with a label") in told
    assert export([given.labelled], "alpaca", instruction="Name it.").notices() == []
    mixed = export([given.labelled, given.plain, given.chat], "chatml", instruction="Name it.", system="Be.")
    assert mixed.notices() == []
    assert export([given.chat], "trl", system="Be kind.").notices() == [
        unused("system", "each row has a system message of its own")
    ]
    assert export([given.labelled], "chatml", instruction="?", reasoning="think").notices() == [
        unused("reasoning", "no row has reasoning")
    ]
    assert export(given.steps, "trl", system="Be kind.").notices() == [
        unused("system", "the form has no place for it")
    ]
