from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_rag.evaluation.config import GroundedQAConfig
from datagen_plugin_rag.evaluation.grounded_qa import GroundedQA
from datagen_plugin_rag.evaluation.rows import questions_of

from datagen_core import Config, Evaluation, Hit, Inputs, Retriever, Sample, evaluate
from datagen_core.documents import Document, chunks, markdown
from datagen_core.inputs import Seed
from datagen_core.sample import Metadata, Trace
from datagen_core.testing import EvaluatorConformance, make_inputs


class TestConformance(EvaluatorConformance):
    component = "grounded-qa"


def chunk(name: str, text: str, document: str, headings: Sequence[str], tokens: int) -> Seed:
    row = {"document": document, "title": "Facts", "headings": headings, "tokens": tokens, "kind": "text"}
    return Seed(id=name, text=text, row={**row, "blocks": ()})


TIDES = chunk("tides", "The moon raises the sea twice a day, for 6 hours.", "sea.md", ["Facts", "Tides"], 10)
MOON = chunk("moon", "The moon goes round the earth in a month.", "sea.md", ["Facts", "Moon"], 30)
BREAD = chunk("bread", "Yeast turns sugar into gas.", "food.md", ["Facts"], 40)
RYE = chunk("rye", "Rye rises slowly in a cold kitchen.", "food.md", ["Facts", "Rye"], 20)
INPUTS = make_inputs(chunks=(TIDES, MOON, BREAD, RYE))


def row(question: str, answer: str, *cited: str, **noted: Any) -> Sample:
    method = {"chunk_id": cited[0], **({"chunk_ids": list(cited)} if len(cited) > 1 else {})} if cited else {}
    return Sample(id="r", input=question, response=answer, metadata=Metadata(method={**method, **noted}))


ROWS = [
    row("How often does the moon raise the sea?", "Twice a DAY! [1]", "tides", question_type="factual"),
    row("For how long does the moon raise the sea?", "for 6 hours", "tides", question_type="factual"),
    row(
        "Why does yeast turn sugar into gas?",
        "For 8 hours, as 6 is too few.",
        "bread",
        question_type="reason",
    ),
    row("Who bakes rye in the kitchen?", "It isn't said.", "rye", answerable=False, question_type="factual"),
]


def measured(rows: Sequence[Sample], inputs: Inputs = INPUTS, **options: Any) -> Evaluation:
    return GroundedQA(GroundedQAConfig.model_validate(options), inputs).evaluate(rows)


def table(found: Evaluation, title: str) -> list[tuple[Any, ...]]:
    (one,) = [table for table in found.tables if table.title.startswith(title)]
    return list(one.rows)


def test_answers_are_looked_up_in_what_they_cite() -> None:
    metrics = measured(ROWS).metrics
    assert metrics["questions"] == 4 and metrics["unanswerable_share"] == 0.25
    assert metrics["answers_literal"] == pytest.approx(1 / 3)  # "for 6 hours"
    assert metrics["answers_in_source"] == pytest.approx(2 / 3)  # and "Twice a DAY!"
    assert metrics["numbers_supported"] == 0.5  # of the two with numbers; 8 and 6 are nowhere in `bread`


class Fixed(Retriever[Config]):
    """Finds moon, tides, bread whatever is asked."""

    def search(self, queries: Sequence[str], k: int, where: Any = None) -> list[list[Hit]]:
        return [[Hit(chunk=one, score=1.0) for one in (MOON, TIDES, BREAD)] for _ in queries]


def test_retrieval_is_that_of_the_recipes_retriever_over_cited_passages_of_answerable_rows() -> None:
    inputs = replace(INPUTS, retriever=Fixed(Config(), INPUTS))
    rows = [*ROWS, row("How are sea and moon related?", "By both.", "moon", "rye")]
    metrics = measured(rows, inputs).metrics  # found at 2, 2, 3, and of moon and rye the first at 1
    assert metrics["recall_at_1"] == pytest.approx((0 + 0 + 0 + 0.5) / 4)
    assert metrics["recall_at_5"] == metrics["recall_at_10"] == pytest.approx((1 + 1 + 1 + 0.5) / 4)
    assert metrics["mrr"] == pytest.approx((1 / 2 + 1 / 2 + 1 / 3 + 1) / 4)


def test_without_a_retriever_questions_are_searched_for_by_words() -> None:
    metrics = measured(ROWS).metrics
    assert (metrics["recall_at_1"], metrics["mrr"]) == (1.0, 1.0)
    assert "mrr" not in measured(ROWS, max_queries=0).metrics
    said = measured(ROWS, max_queries=2)
    assert "retrieval is that of 2 questions drawn of 3" in said.notes


def test_coverage_holds_shares_of_rows_against_shares_of_tokens() -> None:
    found = measured(ROWS)
    assert found.metrics["chunk_coverage"] == 0.75  # all but moon
    assert found.metrics["document_coverage"] == 1.0 and found.metrics["heading_coverage"] == 0.75
    # sea.md: 40 of 100 tokens, 2 of 4 rows; food.md: 60 and 2
    assert found.metrics["document_imbalance"] == pytest.approx(0.1)
    assert table(found, "Documents with fewer rows") == [("food.md", 60, 0.6, 2, 0.5)]
    assert table(found, "Headings with fewer rows") == [
        ("sea.md › Moon", 30, 0.3, 0, 0.0),
        ("food.md › (no heading)", 40, 0.4, 1, 0.25),
    ]
    assert table(found, "Chunks that no row asks about (1 of 1)") == [("moon", "sea.md › Facts › Moon", 30)]


def test_a_row_about_several_chunks_counts_for_each_in_part_unless_it_names_one() -> None:
    both = row("How are they related?", "So.", "tides", "bread")
    told = Sample(
        id="r", input="How?", response="So.", metadata=Metadata(method={"chunk_ids": ["tides", "bread"]})
    )
    assert measured([both]).metrics["chunk_coverage"] == 0.25
    found = measured([told])
    assert found.metrics["chunk_coverage"] == 0.5
    assert table(found, "Documents with fewer rows") == [("food.md", 60, 0.6, 0.5, 0.5)]


def test_questions_are_counted_by_type_first_word_and_length_and_repeats_are_found() -> None:
    again = [
        row("how often does the moon raise the sea", "Twice.", "tides", question_type="cloze"),
        row("How often does the old moon raise the sea?", "Twice.", "tides"),
    ]
    found = measured([*ROWS, *again])
    assert table(found, "Types of question") == [
        ("factual", 3, 0.5),
        ("(none told)", 1, 0.1667),
        ("cloze", 1, 0.1667),
        ("reason", 1, 0.1667),
    ]
    assert table(found, "First words")[0] == ("how", 3, 0.5) and found.metrics["top_first_word_share"] == 0.5
    assert found.metrics["repeated_questions"] == pytest.approx(1 / 6)
    assert found.metrics["near_repeated_questions"] == 0.0
    assert measured([*ROWS, *again], near_jaccard=0.6).metrics["near_repeated_questions"] == pytest.approx(
        1 / 6
    )
    (questions, answers) = table(found, "Words")
    assert (questions[0], questions[1], questions[-1]) == ("questions", 6, 9)
    assert (answers[0], answers[1], answers[-1]) == ("answers", 1, 8)


@pytest.mark.parametrize(
    ("passage", "question", "answer", "first"),
    [
        ("酵母把糖变成气体。", "什么把糖变成气体？", "酵母", "什么"),
        ("الخميرة تحول السكر إلى غاز.", "ماذا تحول الخميرة؟", "السكر", "ماذا"),
        ("ยีสต์เปลี่ยนน้ำตาลเป็นก๊าซ", "อะไรเปลี่ยนน้ำตาลเป็นก๊าซ", "ยีสต์", "อะ"),
    ],
)
def test_other_scripts_are_measured_alike(passage: str, question: str, answer: str, first: str) -> None:
    inputs = make_inputs(chunks=(RYE, chunk("other", passage, "o.md", [], 10)))
    found = measured([row(question, answer, "other")], inputs)
    assert found.metrics["answers_literal"] == found.metrics["answers_in_source"] == 1.0
    assert found.metrics["recall_at_1"] == 1.0 and table(found, "First words")[0][0] == first


def test_what_cannot_be_measured_is_counted_and_said() -> None:
    rows = [*ROWS, row("What?", "So."), row("Which?", "So.", "gone"), row("", "So."), row("Who?", "", "rye")]
    found = measured(rows)
    assert found.metrics["questions"] == 7
    for note in (
        "1 of 8 rows have no question and were left aside",
        "1 rows cite no chunk",
        "1 rows cite chunks that the documents don't have",
        "3 answers are empty or have no source to be looked up in",
    ):
        assert any(one.startswith(note) for one in found.notes), note
    without = measured(ROWS, make_inputs())
    assert "chunk_coverage" not in without.metrics and "mrr" not in without.metrics
    assert without.notes[0] == "there are no documents: neither retrieval nor coverage could be measured"
    assert measured([]).metrics == {"questions": 0.0} and "nothing to measure" in measured([]).notes[0]


def test_rows_of_the_arms_are_read_without_their_passages_marks_and_reasoning() -> None:
    sample = Sample(
        id="r",
        input=f"[1] sea.md\n{TIDES.text}\n\nHow often?",
        response="So. ##begin_quote##twice a day##end_quote## [1]\n<ANSWER>: twice a day [1]",
        metadata=Metadata(
            method={"chunk_id": "tides", "question": "How often?", "final_answer": "twice a day"}
        ),
        trace=Trace(parents=("tides",)),
    )
    (found,) = questions_of([sample], INPUTS)
    assert (found.question, found.answer, found.asked, found.kind) == (
        "How often?",
        "twice a day",
        (TIDES,),
        "",
    )


def test_a_file_of_rows_is_measured_by_its_columns(tmp_path: Any) -> None:
    (tmp_path / "sea.md").write_text("# Tides\n\nThe moon raises the sea twice a day.\n", encoding="utf-8")
    told = {"passage": "Yeast turns sugar into gas.", "question_type": "factual", "answerable": "false"}
    lines = [
        {"question": "What raises the sea?", "answer": "The moon", "passage": "The moon raises the sea."},
        {"question": "Who bakes?", "answer": "Not said.", **told},
    ]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = evaluate(
        file,
        by="grounded-qa",
        documents=tmp_path / "sea.md",
        folder=tmp_path / "run",
        cache=tmp_path / "cache",
    )
    assert found.metrics["answers_literal"] == 1.0 and found.metrics["unanswerable_share"] == 0.5
    assert found.metrics["chunk_coverage"] == 0.0


def test_a_row_counts_for_the_heading_under_which_its_answer_stands() -> None:
    text = "# Sea\n\n## Tides\n\nSpring tides come.\n\n## Waves\n\nLong waves come.\n"
    _, _, blocks = markdown.parse(text)
    (chunk,) = chunks(Document(Path("sea.md"), "sea.md", "Sea", text, blocks))
    at = text.index("Long")
    placed = Sample(
        id="r",
        input="What comes?",
        response="Long waves",
        metadata=Metadata(method={"chunk_id": chunk.id, "source_span": [at, at + 10]}),
    )
    found = GroundedQA(GroundedQAConfig(), Inputs(chunks=(chunk,))).evaluate([placed])
    (lacking,) = [row for row in table(found, "Headings with fewer rows") if row[0] == "sea.md › Tides"]
    assert lacking[3] == 0 and found.metrics["heading_coverage"] < 1


def test_rows_of_a_file_that_cite_nothing_are_not_measured_against_themselves() -> None:
    seeds = (Seed(id="s", text="What comes?", row={"input": "What comes?", "response": "Waves"}),)
    given = Sample(id="r", input="What comes?", response="Waves", trace=Trace(parents=("s",)))
    found = GroundedQA(GroundedQAConfig(), Inputs(seeds=seeds)).evaluate([given])
    assert "answers_literal" not in found.metrics
    assert any("no source to be looked up in" in note for note in found.notes)
