from __future__ import annotations

from datagen_plugin_consistency.claims import Claim, Claims

from datagen_core import Sample, Seed
from datagen_core.inputs import Inputs
from datagen_core.sample import Message

USUAL = Claims()


def turns(*said: str) -> tuple[Message, ...]:
    return tuple(Message(role=role, content=text) for role, _, text in (one.partition(": ") for one in said))


def test_a_labelled_row_claims_the_label_of_its_text() -> None:
    claim = USUAL.of(Sample(id="r", response="play it", label="music"))

    assert claim == Claim(question="play it", answer="music", is_label=True)


def test_the_input_of_a_labelled_row_is_the_context_of_its_text() -> None:
    claim = USUAL.of(Sample(id="r", input="It rains.", response="It is wet.", label="entailment"))

    assert claim == Claim(question="It is wet.", answer="entailment", is_label=True, context="It rains.")


def test_a_pair_claims_its_answer() -> None:
    claim = USUAL.of(Sample(id="r", input="2 + 2?", response="4"))

    assert claim == Claim(question="2 + 2?", answer="4", is_label=False)


def test_a_conversation_claims_the_last_answer_to_the_last_question_in_its_context() -> None:
    messages = turns(
        "system: Be brief.", "user: Hi", "assistant: Hello", "user: 2 + 2?", "assistant: 4", "user: Bye"
    )
    claim = USUAL.of(Sample(id="r", messages=messages[:5]))

    context = "system: Be brief.\n\nuser: Hi\n\nassistant: Hello"
    assert claim == Claim(question="2 + 2?", answer="4", is_label=False, context=context)
    assert USUAL.of(Sample(id="r", messages=messages)) == claim


def test_a_labelled_conversation_is_labelled_as_a_whole() -> None:
    claim = USUAL.of(Sample(id="r", messages=turns("user: Hi", "assistant: Hello"), label="greeting"))

    assert claim == Claim(question="Hi\nHello", answer="greeting", is_label=True)


def test_a_row_without_a_question_or_an_answer_claims_nothing() -> None:
    for row in (
        Sample(id="r", response="a text"),
        Sample(id="r", input="a question", response=" "),
        Sample(id="r", label="music"),
        Sample(id="r", response="a text", label=""),
        Sample(id="r", fields={"name": "Ana"}),
        Sample(id="r", messages=turns("user: Hi")),
        Sample(id="r", messages=turns("assistant: Hi")),
    ):
        assert USUAL.of(row) is None


def test_named_parts_are_read_out_of_records() -> None:
    row = Sample(id="r", fields={"q": "2 + 2?", "hint": "count", "a": 4, "kind": "sum"})

    assert Claims(("q", "hint"), "a").of(row) == Claim(question="2 + 2?\ncount", answer="4", is_label=False)
    assert Claims("q", "missing").of(row) is None
    assert Claims("missing", "a").of(row) is None


def test_seeds_are_read_as_rows_of_their_form() -> None:
    labelled = Seed(id="s", text="play it", label="music", row={"utterance": "play it", "intent": "music"})
    pair = Seed(id="s", text="2 + 2?", row={"question": "2 + 2?", "answer": "4"})
    asked = Seed(id="s", text="2 + 2?", label="sum", row={"question": "2 + 2?"})

    assert USUAL.of_seed(labelled) == Claim(question="play it", answer="music", is_label=True)
    assert USUAL.of_seed(pair) == Claim(question="2 + 2?", answer="4", is_label=False)
    assert USUAL.of_seed(asked) == Claim(question="2 + 2?", answer="sum", is_label=True)
    assert Claims("text", "label").of_seed(labelled) == USUAL.of_seed(labelled)
    assert Claims("question", "answer").of_seed(pair) == USUAL.of_seed(pair)


def test_records_to_write_about_claim_nothing() -> None:
    seeds = (Seed(id="s", text="play it", label="music"),)

    assert len(USUAL.in_seeds(Inputs(seeds=seeds))) == 1
    assert USUAL.in_seeds(Inputs(seeds=seeds, seeds_are_records=True)) == []
