import json
from typing import Any

import pytest
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater

from datagen_core import Cell, InputError, Sample
from datagen_core.testing import generate, make_inputs, make_request


def templater(rules: dict[str, Any], labels: tuple[str, ...] = (), **more: Any) -> Templater:
    data = {"start": "s", "rules": rules, **more}
    return Templater(TemplaterConfig(grammar=data), make_inputs(labels=labels))


def drawn(generator: Templater, n: int = 60, label: str | None = None) -> list[Sample]:
    requests = [make_request(1, batch=i, cells=[Cell(label, 1)]) for i in range(n)]
    return [row for request in requests for row in generate(generator, request) if isinstance(row, Sample)]


def values(rules: dict[str, Any], n: int = 60) -> list[str]:
    """The distinct responses, without spaces, sorted."""
    return sorted({row.response.replace(" ", "") for row in drawn(templater(rules), n)})


def test_the_response_is_json_and_the_fields_are_the_object() -> None:
    rules = {
        "s": ['{"text": "<t>", "n": <n>, "inner": {"ok": <b>, "none": null}}'],
        "t": ["hi"],
        "n": ["5"],
        "b": ["true"],
    }
    (row,) = drawn(templater(rules), 1)
    assert row.fields == {"text": "hi", "n": 5, "inner": {"ok": True, "none": None}}
    assert json.loads(row.response) == row.fields
    assert list(row.fields) == ["text", "n", "inner"]


def test_text_in_quotes_is_escaped_so_that_it_always_parses() -> None:
    rules = {
        "s": ['{"text": "He said: <q>", "path": "C:\\\\ <q>"}'],
        "q": ['"no"\\n & "<w>"'],
        "w": ["back\\slash é 漢"],
    }
    (row,) = drawn(templater(rules), 1)
    expansion = '"no"\\n & "back\\slash é 漢"'
    assert row.fields == {"text": f"He said: {expansion}", "path": f"C:\\ {expansion}"}
    assert json.loads(row.response) == row.fields


def test_whitespace_is_collapsed_within_each_composed_string_only() -> None:
    rules = {"s": ['{"a": " <x?>  y ", "b": " kept  as is "}'], "x": ["  x "]}
    assert {row.fields["a"] for row in drawn(templater(rules))} == {"y", "x y"}
    assert {row.fields["b"] for row in drawn(templater(rules))} == {" kept  as is "}


def test_an_optional_value_leaves_its_property_out() -> None:
    rules = {"s": ['{"a": 1, "b": <b?>}'], "b": ["2"]}
    assert values(rules) == ['{"a":1,"b":2}', '{"a":1}']


def test_an_empty_alternative_leaves_its_property_out() -> None:
    rules = {"s": ['{"a": 1, "b": <b>}'], "b": ["2", ""]}
    assert values(rules) == ['{"a":1,"b":2}', '{"a":1}']


def test_repeats_are_arrays_with_and_without_brackets() -> None:
    rules = {"s": ['{"a": <x{1,2}>, "b": [0, <x?>], "c": "<x{2,2}>"}'], "x": ["7"]}
    assert values(rules, 100) == [
        '{"a":[7,7],"b":[0,7],"c":"77"}',
        '{"a":[7,7],"b":[0],"c":"77"}',
        '{"a":[7],"b":[0,7],"c":"77"}',
        '{"a":[7],"b":[0],"c":"77"}',
    ]


def test_a_number_may_be_composed_of_parts() -> None:
    rules = {
        "s": ['{"year": <year>, "price": <price>}'],
        "year": ["20<d><d>"],
        "price": ["<d>.5"],
        "d": ["1", "2"],
    }
    for row in drawn(templater(rules)):
        assert row.fields["year"] in (2011, 2012, 2021, 2022)
        assert row.fields["price"] in (1.5, 2.5)


def test_objects_can_be_built_by_rules_and_recursion() -> None:
    rules = {"s": ["<node>"], "node": ['{"v": <v>, "next": <node?>}'], "v": ["1", '"x"']}
    rows = drawn(templater(rules))
    assert any("next" in row.fields.get("next", {}) for row in rows)
    assert all(set(row.fields) <= {"v", "next"} for row in rows)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"s": ['{"a": <w>}'], "w": ["red"]}, "not JSON: 'red'"),
        ({"s": ['{"a": <w>}'], "w": ["<d><d>"], "d": ["0", "1"]}, "not JSON: '<d><d>'"),
        ({"s": ['{"a": <w>}'], "w": ["<w>1", "2"]}, "not JSON"),
        ({"s": ['{"a": 1,}']}, "not JSON"),
        ({"s": ['{"a": <x><x>}'], "x": ["1"]}, "not JSON"),
        ({"s": ['{"a": NaN}']}, "no JSON number"),
        ({"s": ['{"a": 1e999}']}, "no JSON number"),
        ({"s": ['{"a": 1, "a": 2}']}, "a key stands twice"),
        ({"s": ['{"<x>": 1}'], "x": ["1"]}, "a key holds a reference"),
        ({"s": ['{"a": ' + "[" * 21 + "]" * 21 + "}"]}, "nested deeper"),
        ({"s": ['{"a": "\\ud800"}']}, "surrogate"),
        ({"s": ['{"a": "\\u00000\\u0000"}']}, "U\\+0000"),
        ({"s": ['{"a": 1}', "text"]}, "not JSON|no JSON object"),
        ({"s": ['{"a": 1}', "5"]}, "no JSON object"),
        ({"s": ['{"a": [<x>]}'], "x": ["1", ""]}, "element of an array may be empty"),
        ({"s": ['{"a": <x>}'], "x": [{"llm_fill": {"prompt": "p"}}]}, "llm_fill: stands where a JSON value"),
    ],
)
def test_a_template_that_cant_be_json_is_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        templater(rules)


def test_text_in_braces_is_text() -> None:
    (row,) = drawn(templater({"s": ["{<x>}"], "x": ["hello"]}), 1)
    assert row.response == "{hello}"
    assert not row.fields


REVIEW = {
    "s": ['{"text": "<text>", "mood": "<mood>", "stars": <stars>}'],
    "mood": ["good", "bad"],
    "text": [{"template": "yes", "when": {"mood": "good"}}, {"template": "no", "when": {"mood": "bad"}}],
    "stars": [{"template": "5", "when": {"mood": "good"}}, {"template": "1", "when": {"mood": "bad"}}],
}


def test_a_bound_label_field_agrees_with_the_others_and_can_be_asked_for() -> None:
    generator = templater(REVIEW, label="mood", bind=["mood"])
    assert generator.labels() == {"good", "bad"}
    for label, text, stars in (("good", "yes", 5), ("bad", "no", 1)):
        for row in drawn(generator, 20, label):
            assert row.fields == {"text": text, "mood": label, "stars": stars}
            assert row.label == label


def test_a_bare_field_can_be_the_label() -> None:
    rules = {"s": ['{"inner": {"ok": <ok>}, "x": <ok>}'], "ok": ["true", "false"]}
    generator = templater(rules, label="inner.ok", bind=["ok"])
    assert generator.labels() == {"true", "false"}
    assert {row.response for row in drawn(generator, 20, "false")} == {'{"inner": {"ok": false}, "x": false}'}


def test_constants_of_several_records_are_labels_drawn_by_weight() -> None:
    good = {"template": '{"text": "<t>", "mood": "good"}', "weight": 3}
    rules = {"s": [good, "<other>"], "other": ['{"text": "ugh", "mood": "bad"}', '{"text": "<t>?", "mood": "<m>"}'],
             "t": ["yes"], "m": ["good", "odd"]}  # fmt: skip
    generator = templater(rules, label="mood")
    assert generator.labels() == {"good", "bad", "odd"}
    assert {row.fields["text"] for row in drawn(generator, 40, "good")} == {"yes", "yes?"}
    assert {row.response for row in drawn(generator, 10, "odd")} == {'{"text": "yes?", "mood": "odd"}'}
    probability = {label: 0.0 for label in generator.labels() or ()}
    for plan in generator._plans.plans:
        probability[str(plan.label)] += plan.probability
    assert probability == pytest.approx({"good": 3 / 4 + 1 / 16, "bad": 1 / 8, "odd": 1 / 16})


def test_the_field_that_takes_just_the_recipes_labels_is_the_label() -> None:
    generator = templater(REVIEW, ("bad", "good"), bind=["mood"])
    assert generator.labels() == {"good", "bad"}
    assert templater(REVIEW, ("bad",), bind=["mood"]).labels() == frozenset()
    assert templater(REVIEW, bind=["mood"]).labels() is None


@pytest.mark.parametrize(
    ("label", "message"),
    [("moot", "no field moot"), ("mood.x", "no field mood.x"), ("text2", "composed"), ("opt", "composed")],
)
def test_a_label_field_that_isnt_in_every_record_or_is_composed_is_refused(label: str, message: str) -> None:
    rules = {"s": ['{"mood": "<m>", "text2": "<m> <m>", "opt": <n?>}'], "m": ["a"], "n": ["1"]}
    with pytest.raises(InputError, match=message):
        templater(rules, label=label)


def test_a_bound_json_value_must_be_plain() -> None:
    rules = {"s": ['{"a": <x>, "b": <x>}'], "x": ['{"c": 1}', "2"]}
    with pytest.raises(InputError, match="bound and stands for a JSON value that isn't plain"):
        templater(rules, bind=["x"])
    plain = templater(rules | {"x": ["<d>0", '"t"'], "d": ["1", "2"]}, bind=["x"])
    assert {row.response for row in drawn(plain)} == {
        '{"a": 10, "b": 10}', '{"a": 20, "b": 20}', '{"a": "t", "b": "t"}',
    }  # fmt: skip
