from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_cot.config import CotEnhanceConfig
from datagen_plugin_cot.enhance import CotEnhance

import datagen_core
from datagen_core.generator import Cell
from datagen_core.inputs import Seed
from datagen_core.sample import Message, Metadata, Rejection, Sample, Tool, Trace
from datagen_core.testing import generate, make_inputs, make_request

ROW = {"question": "A box holds 12 pens. How many do 6 boxes hold?", "answer": "72"}
HI = Message(role="user", content="Hi?")
STEPS = ("There are 6 boxes of 12 pens each.", "They hold 6 * 12 = 72.")


def one(desk: Any, source: Any, inputs: Any = None, **options: Any) -> Any:
    """The only row made of a seed's row, or of a row of the link before."""
    config = CotEnhanceConfig.model_validate({"repairs": 0, **options})
    if isinstance(source, Sample):
        rows = desk.make(CotEnhance, config, inputs or make_inputs(), parents=[source])
    else:
        seed = source if isinstance(source, Seed) else Seed(id="s", text=str(source), row=source)
        rows = desk.make(CotEnhance, config, make_inputs([seed], **(inputs or {})))
    (row,) = rows
    return row


@pytest.mark.parametrize(
    "answer",
    [
        "72",
        " 72\n",
        "\u00a072\u202f\r\n\r\n",
        "七十二 (72) ✓ e\u0301",
        "72\u2028\t",
        "\ufeff72 \ud83d",
        "**72**\n```\n72\n```\n",
    ],
)
def test_question_and_answer_stay_byte_for_byte(desk: Any, steps: Any, answer: str) -> None:
    question = f" {ROW['question']}\r\n"
    model = desk(steps(*STEPS), reanswer={"answer": "72"})
    row = one(model, {"question": question, "answer": answer})
    assert (row.input, row.response) == (question, answer)
    assert row.reasoning == "1. There are 6 boxes of 12 pens each.\n2. They hold 6 * 12 = 72."
    assert model.order[0] == "enhance" and row.trace.parents == ("s",)


def test_a_file_of_rows_is_enhanced_and_its_answers_stay(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [{"id": n, "question": f"What about {n}?", "answer": f" {n} é\n", "source": "x"} for n in "abcdef"]
    done = datagen_core.apply(
        {"use": "cot-enhance", "with": {"repairs": 3, "reanswer": False}},
        rows,
        model="rehearsal",
        folder="run",
    )
    made = [json.loads(line) for line in (tmp_path / "run/data.jsonl").read_text("utf-8").splitlines()]
    given = {row["question"]: row["answer"] for row in rows}
    assert made and len(made) + len(done.rejections()) == len(rows)
    assert all(row["response"] == given[row["input"]] and row["reasoning"].startswith("1. ") for row in made)


def test_the_answer_is_shown_to_who_writes_and_not_to_who_answers_again(desk: Any, steps: Any) -> None:
    model = desk(steps(*STEPS), reanswer={"answer": "72.0"})
    row = one(model, ROW)
    assert row.metadata.method == {
        "steps": list(STEPS),
        "support": "number",
        "reanswer": "exact",
        "attempts": 1,
    }
    assert '"72"' in model.prompts("enhance")[0] and '"72"' not in model.prompts("reanswer")[0]
    row = one(desk(steps(*STEPS), reanswer={"answer": "71"}), ROW)
    assert (row.reason, row.measured) == ("reanswer_differs", "71")


@pytest.mark.parametrize("n", [1, 6])
def test_one_step_and_six_are_rejected(desk: Any, steps: Any, n: int) -> None:
    texts = ("First.", "Second it goes on.", "Third is odd.", "Then fourth.", "Fifth comes.", "They hold 72.")
    row = one(desk(steps(*texts[-n:])), ROW)
    assert (row.reason, row.measured, row.threshold) == ("step_count", n, "2 to 5")


def test_a_class_is_reasoned_about_and_stays(desk: Any, steps: Any) -> None:
    model = desk(
        steps("Somebody wants to hear jazz.", "Hearing jazz is music."), reanswer={"answer": "music"}
    )
    seeds = [Seed(id="s", text="play jazz", label="music", row={"text": "play jazz", "label": "music"})]
    row = one(model, seeds[0], {"labels": ("music", "weather")})
    assert (row.response, row.label, row.input) == ("play jazz", "music", "")
    assert row.metadata.method["support"] == "class"
    assert '["music", "weather"]' in model.prompts("reanswer")[0]
    wrong = desk(
        steps("Somebody wants to hear jazz.", "Hearing jazz is music."), reanswer={"answer": "weather"}
    )
    assert one(wrong, seeds[0], {"labels": ("music", "weather")}).reason == "reanswer_differs"


def test_a_conversation_gets_reasoning_in_its_last_turn(desk: Any, steps: Any) -> None:
    turns = (
        Message(role="system", content="Be brief."),
        HI,
        Message(role="assistant", content="Hello."),
        Message(role="user", content=ROW["question"]),
        Message(role="assistant", content="72 \n"),
    )
    parent = Sample(id="p", messages=turns, tools=(Tool(name="add"),), label="sums")
    model = desk(steps(*STEPS), reanswer={"answer": "72"})
    row = one(model, parent)
    assert [turn.content for turn in row.messages] == [turn.content for turn in turns]
    assert (
        row.messages[-1].reasoning_content
        == "1. There are 6 boxes of 12 pens each.\n2. They hold 6 * 12 = 72."
    )
    assert (row.reasoning, row.label, row.tools) == (None, "sums", parent.tools)
    assert "system: Be brief." in json.loads(
        model.prompts("enhance")[0].split("Question: ")[1].split("\n")[0]
    )


def test_the_passage_that_a_row_cites_is_quoted_from_and_the_citation_carried_on(
    desk: Any, steps: Any, a_chunk: Any
) -> None:
    inputs = make_inputs([Seed(id="s", text="other", row={"text": "other"})], chunks=(a_chunk(),))
    cited = {"chunk_id": "c1", "document": "pumps.md", "source_span": [100, 120], "kind": "cloze"}
    about = {"input": "What does the tank hold?", "response": "600 litres"}
    parent = Sample(id="p", **about, metadata=Metadata(method=cited), trace=Trace(parents=("c1",)))
    model = desk(steps("A tank is told of.", "It holds 600 litres.", quote="The tank holds 600 litres"))
    row = one(model, parent, inputs, reanswer=False)
    assert {name: row.metadata.method.get(name) for name in cited} == {**cited, "kind": None}
    assert "The pump moves 40 litres a minute." in model.prompts("enhance")[0]
    wrong = desk(steps("A tank is told of.", "It holds 600 litres.", quote="The tank holds 60 litres"))
    assert one(wrong, parent, inputs).reason == "evidence_not_literal"
    of_seed = Sample(id="p", **about, trace=Trace(parents=("s",)))
    plain = desk(steps("A tank is told of.", "It holds 600 litres."))
    assert isinstance(one(plain, of_seed, inputs, reanswer=False), Sample)
    assert "Passage:" not in plain.prompts("enhance")[0]


def test_rows_with_reasoning_stay_as_they_are_unless_it_is_to_be_overwritten(desk: Any, steps: Any) -> None:
    row = {**ROW, "reasoning": "Count them."}
    model = desk(steps(*STEPS), reanswer={"answer": "72"})
    kept = one(model, row)
    assert (kept.reasoning, kept.metadata.method, model.order) == ("Count them.", {"kept": True}, [])
    assert one(model, row, overwrite=True).reasoning.startswith("1. There are")


@pytest.mark.parametrize(
    ("sample", "why"),
    [
        (Sample(id="p", response="a text alone"), "no input"),
        (Sample(id="p", input="Who?", response=" \n"), "no response"),
        (Sample(id="p", fields={"a": 1}), "no input"),
        (Sample(id="p", messages=(HI,)), "a conversation that doesn't end with an answer"),
    ],
)
def test_rows_without_question_or_answer_are_refused(desk: Any, sample: Sample, why: str) -> None:
    row = one(desk("unused"), sample)
    assert isinstance(row, Rejection) and (row.reason, row.measured) == ("unfit_original", why)


def test_a_row_too_long_for_a_prompt_and_a_label_without_an_original_are_rejections(desk: Any) -> None:
    assert one(desk("unused"), {"question": "x" * 600_000, "answer": "y"}).reason == "row_too_long"
    inputs = make_inputs([Seed(id="s", text="q", row=ROW)])
    arm = CotEnhance(CotEnhanceConfig(), inputs)
    (row,) = generate(arm, make_request(1, inputs=inputs, cells=[Cell("sports", 1)]), desk("unused"))
    assert (row.reason, row.measured) == ("no_original", "sports")
