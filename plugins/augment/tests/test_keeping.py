from __future__ import annotations

import pytest
from datagen_plugin_augment.keeping import Keeping, names_in
from datagen_plugin_augment.likeness import changed_share, rouge_l
from datagen_plugin_augment.parts import parts_of, replaced
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.sample import Message, Sample


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("she met Johnny Cash in New York City", ("Johnny Cash", "New York City")),
        ("Johnny Cash sang", ()),  # a sentence's first word has a capital anyway
        ("We heard it. Please Call Anna Maria now", ("Call Anna Maria",)),
        ("I saw Rome and Oslo", ()),
        ("a ride with Jean-Luc O'Neill", ("Jean-Luc O'Neill",)),
        ("мы видели Красную Площадь вчера", ("Красную Площадь",)),
        ("The Best Way To Cook Rice", ()),  # a heading
        ("HELP ME NOW PLEASE", ()),
        ("去北京 Grand Hotel 住", ("Grand Hotel",)),
        ("", ()),
    ],
)
def test_names_are_two_capitalised_words_within_a_sentence(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


@settings(deadline=None)
@given(st.text(), st.lists(st.text(max_size=5), max_size=3))
def test_a_text_keeps_all_of_itself(text: str, slots: list[str]) -> None:
    keeping = Keeping([r"\w+ing"])
    assert all(check.passed is not False for check in keeping.checks(keeping.of(text, slots), text))


@settings(deadline=None)
@given(st.text(), st.text())
def test_likeness_is_a_share_and_of_a_text_with_itself_all(one: str, other: str) -> None:
    assert 0 <= rouge_l(one, other) <= 1 and rouge_l(one, one) == 1
    assert 0 <= changed_share(one, other) <= 1 and changed_share(one, one) == 0


SAMPLES = [
    Sample(id="a", response="some text", label="x"),
    Sample(id="b", input="question", response="answer", reasoning="because"),
    Sample(id="c", fields={"text": "inner", "n": 3}, response="outer"),
    Sample(id="d", messages=(Message(role="user", content="q"), Message(role="assistant", content="a"))),
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
@pytest.mark.parametrize("wanted", [(), ("text",), ("input", "response"), ("n", "nothing")])
def test_a_row_with_its_own_texts_is_the_same_row(sample: Sample, wanted: tuple[str, ...]) -> None:
    again = Sample(id=sample.id, **replaced(sample, parts_of(sample, wanted)))
    assert again.to_json() == sample.to_json()


def test_parts_have_the_names_that_fit_the_row() -> None:
    text, pair, record, chat = SAMPLES
    assert parts_of(text) == {"text": "some text"} == parts_of(text, ["response", "input"])
    assert parts_of(pair) == {"input": "question"}
    assert parts_of(pair, ["text", "input"]) == {"response": "answer", "input": "question"}
    assert parts_of(record, ["text", "response", "n"]) == {"text": "inner", "response": "outer"}
    assert parts_of(chat, ["response"]) == {"response": "a"}
