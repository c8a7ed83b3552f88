"""What of a row is compared, where no part is named."""

from __future__ import annotations

import pytest

from datagen_core.sample import Message, Metadata, Sample
from datagen_core.text_field import TextField

NOTED = Metadata(method={"question": "Why?"})
TURNS = (
    Message(role="system", content="[1] A passage."),
    Message(role="user", content="Why?"),
    Message(role="assistant", content="So."),
)


@pytest.mark.parametrize(
    ("sample", "text"),
    [
        (Sample(id="r", response="So."), "So."),
        (Sample(id="r", input="Why?", response="So."), "Why?\nSo."),
        (Sample(id="r", input="[1] A passage.\n\nWhy?", response="So."), "[1] A passage.\n\nWhy?\nSo."),
        (Sample(id="r", input="[1] A passage.\n\nWhy?", response="So.", metadata=NOTED), "Why?\nSo."),
        (Sample(id="r", messages=TURNS), "[1] A passage.\nWhy?\nSo."),
        (Sample(id="r", messages=TURNS, metadata=NOTED), "Why?\nSo."),
        (Sample(id="r", input="Another?", response="So.", metadata=NOTED), "Another?\nSo."),
    ],
)
def test_all_that_is_said_counts_but_passages_before_a_noted_question(sample: Sample, text: str) -> None:
    assert TextField(None).texts([sample]) == [text]
