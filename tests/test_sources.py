"""The text a row is grounded in: a column that it has, else what its lineage leads to."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Metadata, Sample, Trace
from datagen_core.sources import Sources

INPUTS = Inputs(
    seeds=(Seed(id="s1", text="A seed."), Seed(id="s2", text="Another seed.")),
    unlabelled=(Seed(id="u1", text="A text."),),
    chunks=(Seed(id="c1", text="A chunk."),),
)


def made_of(*parents: str, **more: Any) -> Sample:
    return Sample(id="1", trace=Trace(parents=parents), **more)


@pytest.mark.parametrize(("parent", "text"), [("s1", "A seed."), ("u1", "A text."), ("c1", "A chunk.")])
def test_a_parent_among_seeds_texts_and_chunks_is_the_source(parent: str, text: str) -> None:
    assert Sources(INPUTS).of(made_of(parent)) == text


def test_several_parents_are_read_one_after_the_other() -> None:
    assert Sources(INPUTS).of(made_of("c1", "a-draft", "s2")) == "A chunk.\n\nAnother seed."


def test_a_row_whose_parents_are_rows_or_none_has_no_source() -> None:
    assert Sources(INPUTS).of(made_of("a-draft")) is None
    assert Sources(INPUTS).of(made_of()) is None


@pytest.mark.parametrize(
    ("row", "column", "text"),
    [
        (made_of("c1", input="asked"), "input", "asked"),
        (made_of("c1", fields={"context": "of the record"}), "context", "of the record"),
        (made_of("c1", metadata=Metadata(method={"context": "noted"})), "context", "noted"),
        (made_of("c1", fields={"context": ["é", "b"]}), "context", '["é", "b"]'),
    ],
)
def test_a_named_column_is_the_source_and_lineage_is_not_asked(row: Sample, column: str, text: str) -> None:
    assert Sources(INPUTS, column).of(row) == text


@pytest.mark.parametrize(
    "row",
    [
        made_of("c1"),
        made_of("c1", fields={"context": ""}),
        made_of("c1", fields={"context": None}),
        made_of("c1", metadata=Metadata(method={"context": None})),
    ],
)
def test_a_row_without_the_named_column_has_no_source(row: Sample) -> None:
    assert Sources(INPUTS, "context").of(row) is None


# -- what rows cite ---------------------------------------------------------------------------------------

RECORD = {
    "response": "old",
    "metadata": {"method": {"chunk_id": "c1", "question_type": "definition"}},
    "trace": {},
}
FROM_FILE = Inputs(
    seeds=(
        Seed(
            id="r1", text="q", row={"question": "q", "answer": "a", "chunk_id": "c1", "source_span": [0, 3]}
        ),
        Seed(id="r2", text="q", row={"question": "q", "answer": "a", "passage": "Of the file."}),
        Seed(id="r3", text="q", row=RECORD),
        Seed(id="r4", text="q", row={"question": "q", "chunk_id": "gone", "passage": "Of the file."}),
    ),
    chunks=INPUTS.chunks,
)


def citing(**method: Any) -> Sample:
    return made_of("a-draft", metadata=Metadata(method=method))


def test_a_row_that_cites_passages_is_grounded_in_them_whatever_its_parents_are() -> None:
    inputs = Inputs(chunks=(Seed(id="c1", text="One."), Seed(id="c2", text="Two.")))
    assert Sources(inputs).of(citing(chunk_id="c2")) == "Two."
    assert Sources(inputs).of(citing(chunk_id="c2", chunk_ids=["c1", "c2"])) == "One.\n\nTwo."
    assert Sources(inputs).of(citing(chunk_id="elsewhere")) is None
    assert Sources(inputs).of(citing(chunk_id="elsewhere", passage="Beside it.")) == "Beside it."


@pytest.mark.parametrize(("row", "text"), [("r1", "A chunk."), ("r2", "Of the file."), ("r3", "A chunk.")])
def test_a_row_of_a_file_is_grounded_in_what_its_columns_say(row: str, text: str) -> None:
    assert Sources(FROM_FILE).of(made_of(row)) == text
    assert Sources(FROM_FILE).of(Sample(id=row)) == text


def test_a_passage_that_is_not_among_the_documents_any_more_is_read_from_the_file() -> None:
    assert Sources(FROM_FILE).of(made_of("r4")) == "Of the file."


def test_what_is_cited_can_be_carried_on() -> None:
    told = {"question": "q", "chunk_id": "c1", "source_span": [0, 3]}
    assert Sources(FROM_FILE).cited(made_of("r1")) == told
    assert Sources(FROM_FILE).cited(made_of("r3")) == {"chunk_id": "c1", "question_type": "definition"}
    assert Sources(FROM_FILE).cited(citing(chunk_id="c1", model="m")) == {"chunk_id": "c1"}
    assert Sources(FROM_FILE).cited(made_of("a-draft")) == {}
