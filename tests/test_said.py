"""The parts of a row that are judged one by one: each text with its name, in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.said import parts
from datagen_core.sample import Message, Sample


def test_of_a_pair_input_and_response_are_said() -> None:
    assert parts(Sample(id="1", input="Why?", response="Because.")) == [
        ("input", "Why?"),
        ("response", "Because."),
    ]


def test_what_is_empty_is_not_said() -> None:
    assert parts(Sample(id="1", response="alone", reasoning="")) == [("response", "alone")]
    assert parts(Sample(id="1")) == []


def test_of_a_conversation_each_message_is_said_and_the_pair_it_comes_to_is_not() -> None:
    messages = (
        Message(role="system", content="Be brief."),
        Message(role="user", content="Why?"),
        Message(role="assistant", content="Because.", reasoning_content="Hm."),
    )
    assert parts(Sample(id="1", messages=messages)) == [
        ("messages[0] system", "Be brief."),
        ("messages[1] user", "Why?"),
        ("messages[2] assistant", "Because."),
        ("messages[2] assistant reasoning", "Hm."),
    ]


def test_what_a_tool_is_called_with_is_said() -> None:
    call = {"function": {"name": "mail", "arguments": {"to": ["ann@example.org"], "copies": 2}}}
    messages = (Message(role="assistant", content="", tool_calls=(call,)),)
    assert parts(Sample(id="1", messages=messages)) == [
        ("messages[0] assistant tool_calls.function.name", "mail"),
        ("messages[0] assistant tool_calls.function.arguments.to[0]", "ann@example.org"),
    ]


def test_the_reasoning_comes_before_the_fields() -> None:
    row = Sample(id="1", response="r", reasoning="so", fields={"title": "t"}, label="a label is no text")
    assert parts(row) == [("response", "r"), ("reasoning", "so"), ("fields.title", "t")]


def test_texts_in_fields_are_found_at_any_depth_in_their_order() -> None:
    fields = {"a": {"x": "1", "y": ["2", {"z": "3"}, ("4",)]}, "n": 5, "none": None, "b": "6"}
    assert parts(Sample(id="1", fields=fields)) == [
        ("fields.a.x", "1"),
        ("fields.a.y[0]", "2"),
        ("fields.a.y[1].z", "3"),
        ("fields.a.y[2][0]", "4"),
        ("fields.b", "6"),
    ]


def test_a_field_nested_deeper_than_python_calls_is_read() -> None:
    nested: object = "deep"
    for _ in range(20_000):
        nested = [nested]
    ((name, text),) = parts(Sample(id="1", fields={"a": nested}))
    assert text == "deep" and name.count("[0]") == 20_000


TEXT = st.sampled_from(["", "a", "b", "ü. [0]"])
JSON = st.recursive(
    st.none() | st.integers(0, 2) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def texts_in(value: object) -> list[str]:
    """The second computation: by calls."""
    if isinstance(value, str):
        return [value] if value else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in texts_in(one)]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(TEXT, JSON, max_size=3))
def test_no_text_of_a_record_is_missed(fields: dict[str, object]) -> None:
    assert [text for _, text in parts(Sample(id="1", fields=fields))] == texts_in(fields)
