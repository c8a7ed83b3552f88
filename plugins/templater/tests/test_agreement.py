from typing import Any

import pytest
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater

from datagen_core.testing import make_inputs

WARNING = "drawn independently"
POSITIVE = {"template": "these fins are really great", "when": {"l": "pos"}}
NEGATIVE = {"template": "these fins are really bad", "when": {"l": "neg"}}
PLAIN = ["these fins are really great", "these fins are really bad"]


def warnings(grammar: dict[str, Any], labels: tuple[str, ...] = ()) -> list[str]:
    generator = Templater(TemplaterConfig(grammar=grammar), make_inputs(labels=labels))
    return [notice for notice in generator.notices() if WARNING in notice]


def text_grammar(text: list[Any], bind: tuple[str, ...] = ("l",), **rules: Any) -> dict[str, Any]:
    return {
        "start": "s",
        "label": "l",
        "bind": list(bind),
        "rules": {"l": ["pos", "neg"], "s": text, **rules},
    }


def record_grammar(text: list[Any], fields: str = "", **rules: Any) -> dict[str, Any]:
    start = '{"text": "<text>", "label": "<l>"' + fields + "}"
    return {"start": "s", "label": "label", "bind": ["l"], "rules": {
        "s": [start], "l": ["pos", "neg"], "text": text, **rules,
    }}  # fmt: skip


@pytest.mark.parametrize(
    "grammar",
    [
        text_grammar([POSITIVE, NEGATIVE]),
        text_grammar(["the <x>"], x=[POSITIVE, NEGATIVE]),
        text_grammar(["it was <l>"]),
        text_grammar(
            [{"template": "good", "when": {"tone": "up"}}, {"template": "bad", "when": {"tone": "down"}}],
            bind=("l", "tone"),
            tone=[{"template": "up", "when": {"l": "pos"}}, {"template": "down", "when": {"l": "neg"}}],
        ),
        {"start": "s", "rules": {"s": PLAIN}},
    ],
)
def test_a_text_that_depends_on_its_label_is_not_warned_of(grammar: dict[str, Any]) -> None:
    assert warnings(grammar) == []


def test_a_label_that_depends_on_the_same_value_as_the_text_is_not_warned_of() -> None:
    grammar = text_grammar(
        [{"template": "good", "when": {"tone": "up"}}, {"template": "bad", "when": {"tone": "down"}}],
        bind=("tone",),
        tone=["up", "down"],
    )
    grammar["rules"]["l"] = [
        {"template": "pos", "when": {"tone": "up"}}, {"template": "neg", "when": {"tone": "down"}},
    ]  # fmt: skip
    assert warnings(grammar) == []


@pytest.mark.parametrize(
    "grammar",
    [
        text_grammar(PLAIN),
        text_grammar(PLAIN, bind=()),
        text_grammar(["it was <l>"], bind=()),
        text_grammar(
            [{"template": "good", "when": {"tone": "up"}}, {"template": "bad", "when": {"tone": "down"}}],
            bind=("l", "tone"),
            tone=["up", "down"],
        ),
    ],
)
def test_a_text_drawn_without_regard_to_its_label_is_warned_of(grammar: dict[str, Any]) -> None:
    (notice,) = warnings(grammar)
    assert "<l>" in notice
    assert ("under bind: [l]" in notice) == ("l" not in grammar["bind"])


def test_a_record_whose_text_depends_on_its_label_is_not_warned_of() -> None:
    assert warnings(record_grammar([POSITIVE, NEGATIVE])) == []


def test_a_record_whose_text_is_free_of_its_label_is_warned_of_by_field() -> None:
    (notice,) = warnings(record_grammar(PLAIN))
    assert "the label field label can disagree with text;" in notice


def test_short_attributes_of_a_record_may_be_free_of_its_label() -> None:
    grammar = record_grammar([POSITIVE, NEGATIVE], ', "size": "<size>"', size=["S", "Salt Lake City"])
    assert warnings(grammar) == []


def test_a_label_field_found_by_its_values_is_checked_too() -> None:
    grammar = record_grammar(PLAIN)
    del grammar["label"]
    assert warnings(grammar) == []
    (notice,) = warnings(grammar, ("neg", "pos"))
    assert "label field label" in notice


def test_a_record_written_for_a_constant_label_is_not_warned_of() -> None:
    good = '{"text": "<good>", "label": "pos"}'
    bad = '{"text": "<bad>", "label": "neg"}'
    rules = {
        "s": [good, bad],
        "good": ["I like these <x>"],
        "bad": ["I hate these <x>"],
        "x": ["fins", "straps"],
    }
    assert warnings({"start": "s", "label": "label", "rules": rules}) == []


def test_a_text_nested_in_another_rule_is_warned_of() -> None:
    rules = {
        "s": ['{"label": "<l>", "body": <body>}'],
        "body": ['{"text": "<text>"}'],
        "l": ["pos", "neg"],
        "text": PLAIN,
    }
    (notice,) = warnings({"start": "s", "label": "label", "rules": rules})
    assert "body.text" in notice
