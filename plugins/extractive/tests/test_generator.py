"""The arm over a whole run: the target is spread over chunks exactly, or the shortfall is said."""

from __future__ import annotations

import math
import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import datagen_plugin_extractive
import pytest
from datagen_plugin_extractive.config import ExtractiveConfig
from datagen_plugin_extractive.generator import Extractive
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Cell, Context, InputError, Inputs, Rejection, Sample
from datagen_core.documents import ChunkSizes, Document, allocate, chunks, markdown
from datagen_core.generator import Generator
from datagen_core.testing import generate, make_request


def page(name: str, *sections: int) -> Inputs:
    """Chunks of so many questions each: cloze sentences of ten words."""
    text = "\n\n".join(
        "\n\n".join(f"In part {name}{i} of it the {chr(97 + j)} are {100 + j} pieces." for j in range(n))
        or f"{name}{i}!"
        for i, n in enumerate(sections)
    )
    _, _, blocks = markdown.parse(text)
    made, at = [], 0
    for n in sections:
        part = Document(Path(name), name, name, text, blocks[at : at + max(n, 1)])
        made += chunks(part, ChunkSizes(max_tokens=100_000))
        at += max(n, 1)
    return Inputs(chunks=tuple(made), documents=(Path(name),))


class Run:
    """A run in memory, one batch at a time; `passes` says whether a row is accepted."""

    def __init__(
        self, arm: Extractive, target: int, passes: Callable[[Sample], bool] = lambda row: True
    ) -> None:
        self.arm, self.target, self.passes = arm, target, passes
        self.accepted: list[Sample] = []
        self.made: list[Sample] = []
        self.rejections: list[Rejection] = []

    def __len__(self) -> int:
        return len(self.accepted)

    def texts(self, *, label: str | None = None, limit: int = 1000) -> Sequence[str]:
        return [row.response for row in self.accepted]

    def draw(self, n: int, rng: random.Random, *, label: str | None = None) -> Sequence[Sample]:
        return ()

    def sources(self) -> Mapping[str, int]:
        return Counter(row.trace.parents[0] for row in self.accepted)

    def tried(self, arm: str) -> Mapping[str, int]:
        return Counter(row.trace.parents[0] for row in self.made)

    def tried_inputs(self, arm: str, source: str) -> frozenset[str]:
        return frozenset(row.input for row in self.made if row.trace.parents[0] == source)

    def batch(self, n: int, number: int) -> int:
        """Makes one batch and returns how many of its rows were accepted."""
        request = make_request(n, batch=number, pool=self)
        request.context = Context(num_samples=self.target)
        rows = generate(self.arm, request)
        samples = [row for row in rows if isinstance(row, Sample)]
        self.rejections += [row for row in rows if isinstance(row, Rejection)]
        self.made += samples
        passed = [row for row in samples if self.passes(row)][: self.target - len(self.accepted)]
        self.accepted += passed
        return len(passed)

    def to_the_end(self, batch_size: int = 7) -> dict[str, int]:
        """Accepted rows by chunk text's first word, when the target is reached or three batches gave nothing."""
        idle = number = 0
        while len(self.accepted) < self.target and idle < 3:
            share = (len(self.accepted) + 1) / (len(self.made) + 2)
            missing = self.target - len(self.accepted)
            idle = 0 if self.batch(min(batch_size, math.ceil(missing / share)), number) else idle + 1
            number += 1
        found = self.sources()
        return {str(i): found.get(chunk.id, 0) for i, chunk in enumerate(self.arm.inputs.chunks)}


def arm(inputs: Inputs, **options: Any) -> Extractive:
    return Extractive(ExtractiveConfig(**{"kinds": ("cloze",), "weight": "equal", **options}), inputs)


@pytest.mark.parametrize(
    ("sections", "target", "options", "spread"),
    [
        ((5, 5, 5, 5), 2, {}, [1, 1, 0, 0]),  # fewer rows than chunks
        ((5, 5, 5), 3, {}, [1, 1, 1]),
        ((9, 9, 9), 10, {}, [4, 3, 3]),  # not divisible
        ((40, 5, 5), 25, {"weight": "words", "max_per_chunk": 20}, [20, 3, 2]),  # 20, 2.5, 2.5
        ((40, 5, 5), 16, {"weight": "words", "max_per_chunk": 8}, [8, 4, 4]),  # one huge chunk
        ((2, 9, 9), 15, {}, [2, 7, 6]),  # a chunk that runs out hands its remainder round
        ((0, 5, 5), 4, {}, [0, 2, 2]),  # a chunk without a question
    ],
)
def test_the_target_is_spread_over_chunks_exactly(
    sections: tuple[int, ...], target: int, options: dict[str, Any], spread: list[int]
) -> None:
    run = Run(arm(page("p", *sections), **options), target)
    assert list(run.to_the_end().values()) == spread


def test_nothing_wanted_makes_nothing() -> None:
    run = Run(arm(page("p", 5, 5)), 0)
    assert run.batch(0, 0) == 0
    assert run.made == run.rejections == []


def test_more_than_there_is_ends_in_a_rejection_that_says_by_how_much() -> None:
    run = Run(arm(page("p", 3, 4), max_per_chunk=3), 20)
    assert list(run.to_the_end(batch_size=50).values()) == [3, 3]
    assert {row.reason for row in run.rejections} == {"chunks_exhausted"}
    assert (run.rejections[0].measured, run.rejections[0].threshold) == (
        "14 rows of the target that no chunk can give",
        20,
    )


def test_a_refused_row_is_made_good_by_another_question_of_the_same_chunk() -> None:
    run = Run(arm(page("p", 6, 6)), 6, passes=lambda row: int(row.response.split()[0]) % 2 == 0)
    assert list(run.to_the_end().values()) == [3, 3]
    questions = [row.input for row in run.made]
    assert len(questions) == len(set(questions))


def test_a_chunk_whose_questions_are_all_refused_hands_its_share_round() -> None:
    run = Run(arm(page("p", 4, 9)), 8, passes=lambda row: "p0" not in row.input)
    assert list(run.to_the_end().values()) == [0, 8]


def test_no_more_is_made_than_the_chunks_lack_unless_few_rows_pass() -> None:
    chunks_of = page("p", 9, 9)
    run = Run(arm(chunks_of), 4)
    run.batch(8, 0)
    assert len(run.made) == 4
    assert [row.reason for row in run.rejections] == ["chunk_shares_filled"]
    assert (run.rejections[0].measured, run.rejections[0].threshold) == (4, 8)
    few = Run(arm(chunks_of), 4)
    few.batch(9, 0)
    assert len(few.made) == 9
    assert few.rejections == []


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=6).filter(any),
    st.integers(1, 40),
    st.integers(1, 12),
    st.integers(1, 15),
    st.sampled_from(["words", "equal"]),
)
@settings(max_examples=50, deadline=None)
def test_any_run_ends_at_the_allocation(
    sections: list[int], target: int, limit: int, batch_size: int, weight: str
) -> None:
    made = arm(page("p", *sections), max_per_chunk=limit, weight=weight)
    run = Run(made, target)
    spread = list(run.to_the_end(batch_size).values())
    weights = made._weights
    expected = allocate(target, weights, [min(limit, n) for n in sections])
    assert spread == list(expected.parts)
    assert sum(spread) + expected.shortfall == target
    assert bool(expected.shortfall) == any(row.reason == "chunks_exhausted" for row in run.rejections)


@given(st.integers(0, 2**16), st.integers(2, 6))
@settings(max_examples=50, deadline=None)
def test_with_random_refusals_no_chunk_gets_more_than_its_room(seed: int, batch_size: int) -> None:
    rng = random.Random(seed)
    run = Run(arm(page("p", 8, 8, 3), max_per_chunk=5), 9, passes=lambda row: rng.random() < 0.6)
    spread = run.to_the_end(batch_size)
    assert sum(spread.values()) <= 9 and max(spread.values()) <= 5
    assert len({row.input for row in run.made}) == len(run.made)


def test_a_row_says_where_its_answer_stands() -> None:
    text = "# Tea\n\nThe leaves of it need 90 seconds in hot water.\n"
    title, _, blocks = markdown.parse(text)
    (chunk,) = chunks(Document(Path("tea.md"), "docs/tea.md", title or "Tea", text, blocks))
    (row,) = generate(arm(Inputs(chunks=(chunk,))), make_request(1))
    assert isinstance(row, Sample)
    assert row.input == "Complete the sentence from “Tea”: “The leaves of it need ____ in hot water.”"
    assert row.response == "90 seconds"
    assert row.trace.parents == (chunk.id,)
    assert row.metadata.method == {
        "question": row.input,
        "answer_original": "90 seconds",
        "chunk_id": chunk.id,
        "source_span": [text.index("90"), text.index(" in hot")],
        "document": "docs/tea.md",
        "headings": ["Tea"],
        "question_type": "cloze",
    }
    start, end = row.metadata.method["source_span"]
    assert text[start:end] == row.response and row.response in chunk.text


def test_answers_keep_to_their_lengths_exactly() -> None:
    text = "The leaves of it need 90 seconds in hot water."
    _, _, blocks = markdown.parse(text)
    inputs = Inputs(chunks=chunks(Document(Path("t"), "t", "Tea", text, blocks)))
    for low, high, n in ((10, 10, 1), (11, 600, 0), (2, 9, 0)):
        if n:
            assert len(generate(arm(inputs, min_chars=low, max_chars=high), make_request(1))) == n
        else:
            with pytest.raises(InputError, match="nothing in 1 chunks gives a question"):
                arm(inputs, min_chars=low, max_chars=high)


def test_documents_without_text_are_an_input_error() -> None:
    with pytest.raises(InputError, match="no text to ask about"):
        arm(Inputs(documents=(Path("empty.md"),)))


def test_a_label_is_refused() -> None:
    rows = generate(arm(page("p", 3)), make_request(2, cells=[Cell("a", 2)]))
    assert [row.reason for row in rows if isinstance(row, Rejection)] == ["no_labels"] * 2
    assert len(rows) == 2


def test_notices_count_questions_and_empty_chunks_and_warn_of_other_languages() -> None:
    inputs = page("p", 0, 2)
    assert arm(inputs).notices() == ["2 questions can be asked about 2 chunks (none about 1 of them)"]
    german = Inputs(chunks=inputs.chunks, languages=("de",))
    assert "phrased in English" in arm(german).notices()[1]


def test_the_same_batch_gives_the_same_rows_and_another_batch_others() -> None:
    made = arm(page("p", 9, 9))

    def questions(batch: int, part: Extractive = made) -> list[str]:
        return [row.input for row in generate(part, make_request(4, batch=batch)) if isinstance(row, Sample)]

    assert questions(0) == questions(0, pickle.loads(pickle.dumps(made)))
    assert questions(0) != questions(1)


@pytest.mark.parametrize(
    "options",
    [
        {"kinds": ()},
        {"kinds": ("riddles",)},
        {"min_chars": 0},
        {"min_chars": 5, "max_chars": 4},
        {"max_per_chunk": 0},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExtractiveConfig(**options)


def test_the_hook_declares_the_component() -> None:
    (component,) = datagen_plugin_extractive.datagen_generators()
    assert (component.name, component.needs) == ("extractive", ("documents",))
    assert issubclass(component.load_impl(), Generator)
    assert component.load_config() is ExtractiveConfig


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = (
        "{'numpy','pydantic','sklearn','rensa','rapidfuzz','jsonschema_rs','markdown_it'} & set(sys.modules)"
    )
    code = f"import sys, datagen_plugin_extractive as p; p.datagen_generators(); print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
