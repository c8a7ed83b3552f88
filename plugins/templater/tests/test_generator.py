import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import datagen_plugin_templater
import jsonschema_rs
import pytest
import yaml
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater
from pydantic import ValidationError

from datagen_core import Cell, Generator, InputError, Rejection, Sample
from datagen_core.testing import generate, make_inputs, make_request

SMALL: dict[str, Any] = {"start": "s", "rules": {"s": ["a <b>"], "b": ["x", "y", "z"]}}
REVIEWS = yaml.safe_load(Path(__file__).with_name("reviews.yaml").read_text(encoding="utf-8"))
"""The shape of a review grammar in the wild: a JSON start, weights, llm_fill arms, no label and no bindings."""


def templater(grammar: dict[str, Any], labels: tuple[str, ...] = (), **options: Any) -> Templater:
    return Templater(TemplaterConfig(grammar=grammar, **options), make_inputs(labels=labels))


def test_the_hook_declares_the_component_and_its_parts_load() -> None:
    (component,) = datagen_plugin_templater.datagen_generators()
    assert (component.name, component.needs) == ("templater", ())
    assert component.load_config() is TemplaterConfig
    assert issubclass(component.load_impl(), Generator)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, datagen_plugin_templater; "
        "print({'numpy', 'pydantic', 'sklearn', 'rensa', 'rapidfuzz', 'jsonschema_rs', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_batch_holds_no_text_twice_and_says_when_there_are_no_more() -> None:
    rows = generate(templater(SMALL), make_request(5))
    assert {row.response for row in rows if isinstance(row, Sample)} == {"a x", "a y", "a z"}
    rejected = [row for row in rows if isinstance(row, Rejection)]
    assert [(row.reason, row.measured, row.threshold) for row in rejected] == [("exhausted", 100, 100)] * 2


def test_one_label_may_be_exhausted_while_another_is_not() -> None:
    grammar = {
        "start": "s", "label": "l", "bind": ["l"],
        "rules": {
            "l": ["few", "many"],
            "s": [{"template": "one", "when": {"l": "few"}}, {"template": "<n><n>", "when": {"l": "many"}}],
            "n": list("0123456789"),
        },
    }  # fmt: skip
    rows = generate(templater(grammar), make_request(8, cells=[Cell("few", 4), Cell("many", 4)]))
    assert sum(isinstance(row, Rejection) for row in rows) == 3
    assert [row.label for row in rows if isinstance(row, Sample)].count("many") == 4


def test_the_recipes_grammar_is_used_where_the_options_name_none() -> None:
    generator = Templater(TemplaterConfig(), make_inputs(grammar=SMALL))
    assert len(generate(generator, make_request(3))) == 3
    own = Templater(
        TemplaterConfig(grammar={"start": "t", "rules": {"t": ["own"]}}), make_inputs(grammar=SMALL)
    )
    (row,) = generate(own, make_request(1))
    assert isinstance(row, Sample)
    assert row.response == "own"


def test_without_any_grammar_the_arm_says_what_to_give() -> None:
    with pytest.raises(InputError, match="templater has no grammar"):
        Templater(TemplaterConfig(), make_inputs())


def test_a_generator_survives_pickling_and_makes_the_same_rows() -> None:
    generator = templater({**SMALL, "bind": ["b"]})
    again = pickle.loads(pickle.dumps(generator))
    assert generate(again, make_request(3)) == generate(generator, make_request(3))
    assert again.distinct == generator.distinct


@pytest.mark.parametrize(
    "options", [{"max_depth": 0}, {"max_depth": 101}, {"max_tries": 0}, {"max_chars": 0}, {"x": 1}]
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TemplaterConfig.model_validate(options)


def test_a_grammar_in_the_wild_loads_unchanged_and_says_that_it_needs_a_model() -> None:
    generator = Templater(
        TemplaterConfig(), make_inputs(grammar=REVIEWS["grammar"], labels=("positive", "negative"))
    )
    assert generator.needs() == {"model"}
    assert generator.labels() == {"positive", "negative"}
    lies, count = generator.notices()
    assert "label field sentiment can disagree with review_text" in lies
    assert "isn't known: a model writes parts" in count
    assert generator.models() == {"generator": ()}
    schema = generator.json_schema()
    assert schema is not None
    record = {
        "review_text": "Any text at all.", "sentiment": "negative", "rating": 4,
        "product_details": {"size": "M"}, "reviewer_profile": {"verified_purchase": True},
    }  # fmt: skip
    assert jsonschema_rs.is_valid(schema, record)
    assert not jsonschema_rs.is_valid(schema, record | {"rating": "4"})


def test_the_same_grammar_with_bindings_and_texts_makes_reviews_that_agree() -> None:
    grammar = {**REVIEWS["grammar"], "bind": ["sentiment_label"], "label": "sentiment"}
    fills = {
        "opening_statement": [
            {"template": "I love these fins.", "when": {"sentiment_label": "positive"}},
            {"template": "I regret these fins.", "when": {"sentiment_label": "negative"}},
        ],
        "conclusion": ["That is all.", "Enough said."],
    }
    generator = templater({**grammar, "rules": grammar["rules"] | fills}, ("positive", "negative"))
    assert generator.needs() == frozenset()
    assert generator.models() == {}
    rows = generate(generator, make_request(40, cells=[Cell("positive", 20), Cell("negative", 20)]))
    schema = generator.json_schema()
    assert schema is not None
    for row in rows:
        assert isinstance(row, Sample)
        assert (
            ("love" in row.fields["review_text"])
            == (row.label == "positive")
            == (row.fields["sentiment"] == "positive")
        )
        assert jsonschema_rs.is_valid(schema, row.fields)
    assert not any("independently" in notice for notice in generator.notices())


@pytest.mark.parametrize(
    ("rules", "options", "expected"),
    [
        (SMALL["rules"], {}, ["distinct samples: 3"]),
        (SMALL["rules"] | {"c": ["x"]}, {}, ["no sample can contain c: unreachable from s", "distinct samples: 3"]),
        ({"s": ["<s> <s>", "a"]}, {}, [
            "s would grow without end (spectral radius 1, not below 1): only max_depth (12) ends it, which changes "
            "the distribution",
            "distinct samples: ∞",
        ]),
        ({"s": [{"template": "<s> <s>", "weight": 0.4}, {"template": "a", "weight": 0.6}]}, {},
         ["distinct samples: ∞"]),
        ({"s": ["a", "<b>"], "b": ["b"]}, {"max_depth": 1}, [
            "some alternatives need more levels than max_depth (1) and are never drawn", "distinct samples: 1",
        ]),
    ],
)  # fmt: skip
def test_notices_say_what_is_doubtful_and_how_much_there_is(
    rules: dict[str, Any], options: dict[str, Any], expected: list[str]
) -> None:
    assert list(templater({"start": "s", "rules": rules}, **options).notices()) == expected


def test_notices_compare_the_labels_with_the_recipes() -> None:
    grammar = {"start": "s", "label": "l", "bind": ["l"], "rules": {"s": ["<l>"], "l": ["a", "b"]}}
    assert list(templater(grammar, ("a", "c")).notices()) == [
        "the grammar makes no row of c",
        "the grammar also makes b, which the recipe doesn't ask for",
        "distinct samples: 2 (a: 1; b: 1)",
    ]
    unlabelled = templater(SMALL, ("a",)).notices()
    assert unlabelled[0] == "the recipe has labels and the grammar makes none: name its label: to fill them"


def test_records_nested_beyond_the_interpreters_limit_are_rejected() -> None:
    deep = "".join('{"a": ' for _ in range(20)) + "<s?>" + "}" * 20
    rules = {"s": [{"template": deep, "weight": 1}]}
    generator = templater({"start": "s", "rules": rules}, max_depth=100)
    rows = [row for i in range(200) for row in generate(generator, make_request(1, batch=i))]
    assert {row.reason for row in rows if isinstance(row, Rejection)} <= {"too_deep"}
    assert len(rows) == 200
