import itertools
from typing import Any

import pytest
from datagen_plugin_templater.automaton import Automaton
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.counting import count_distinct
from datagen_plugin_templater.generator import Templater
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.parsing import parse_grammar
from datagen_plugin_templater.unrolled import TooLargeError
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datagen_core import InputError, Sample
from datagen_core.testing import generate, make_inputs, make_request


def templater(rules: dict[str, Any], options: dict[str, Any] | None = None, **more: Any) -> Templater:
    data = {"start": "s", "rules": rules, **more}
    return Templater(TemplaterConfig.model_validate({"grammar": data} | (options or {})), make_inputs())


def listed(grammar: Grammar, name: str, bound: dict[str, str]) -> set[str]:
    """Every untidied expansion, by listing the derivations one by one."""
    if name in bound:
        return {bound[name]}
    found: set[str] = set()
    for alternative in grammar.rules[name]:
        if not alternative.applies(bound):
            continue
        options: list[set[str]] = []
        for part in alternative.parts:
            if isinstance(part, str):
                options.append({part})
                continue
            once = listed(grammar, part.name, bound) if part.high else set()
            counts = range(part.low, part.high + 1)
            options.append({" ".join(some) for n in counts for some in itertools.product(once, repeat=n)})
        found |= {"".join(pieces) for pieces in itertools.product(*options)}
    return found


def derivations(rules: dict[str, Any], name: str) -> int:
    """How many derivations `listed` would go through."""
    total = 0
    for alternative in parse_grammar({"start": "s", "rules": rules}).rules[name]:
        product = 1
        for reference in alternative.references:
            once = derivations(rules, reference.name)
            product *= sum(once**n for n in range(reference.low, reference.high + 1))
        total += product
    return total


def tidied(texts: set[str]) -> set[str]:
    return {" ".join(text.split()) for text in texts}


LITERALS = st.sampled_from(["a", "b", "ab", " ", "a b", " b", "", "\t\n"])


@st.composite
def acyclic_rules(draw: st.DrawFn) -> dict[str, Any]:
    names = ["s", "x", "y", "z"]
    rules: dict[str, Any] = {}
    for i, name in enumerate(names):
        later = [f"<{n}{mark}>" for n in names[i + 1 :] for mark in ("", "?", "{0,2}", "{1,2}")]
        part = st.one_of(LITERALS, st.sampled_from(later)) if later else LITERALS
        template = st.lists(part, max_size=3).map("".join)
        rules[name] = draw(st.lists(template, min_size=1, max_size=3))
    assume(derivations(rules, "s") <= 3000)  # an unlucky draw would be listed for hours
    return rules


@given(acyclic_rules(), st.booleans())
@settings(max_examples=50, deadline=None)
def test_the_count_is_that_of_listing_all_strings(rules: dict[str, Any], is_bound: bool) -> None:
    generator = templater(rules, bind=["z"] if is_bound else [])
    values = tidied(listed(generator.grammar, "z", {})) if is_bound else {""}
    texts = set().union(*(listed(generator.grammar, "s", {"z": v} if is_bound else {}) for v in values))
    total = generator.distinct.total
    assert (total.kind, total.value) == ("exact", len(tidied(texts)))


@given(acyclic_rules(), st.data())
@settings(max_examples=50, deadline=None)
def test_the_count_under_conditions_is_that_of_listing_them(
    rules: dict[str, Any], data: st.DataObject
) -> None:
    values = sorted(tidied(set(rules["z"])))
    for name in ("s", "x", "y"):
        rules[name] = [
            {"template": text, "when": data.draw(st.sampled_from([{}, *({"z": value} for value in values)]))}
            for text in rules[name]
        ]
    try:
        generator = templater(rules, bind=["z"], label="z")
    except InputError as error:
        assert "can't be expanded" in error.message
        return
    texts = {value: tidied(listed(generator.grammar, "s", {"z": value})) for value in values}
    counts = generator.distinct
    assert {label: count.value for label, count in counts.by_label.items()} == {
        v: len(t) for v, t in texts.items()
    }
    assert counts.total.value == len(set().union(*texts.values()))
    rows = [row for row in generate(generator, make_request(10)) if isinstance(row, Sample)]
    assert all(row.response in texts[str(row.label)] for row in rows)


@given(acyclic_rules(), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_every_sample_is_one_of_the_listed_strings(rules: dict[str, Any], seed: int) -> None:
    generator = templater(rules)
    texts = tidied(listed(generator.grammar, "s", {}))
    rows = [row for row in generate(generator, make_request(10, seed=seed)) if isinstance(row, Sample)]
    assert {row.response for row in rows} <= texts
    assert len({row.response for row in rows}) == len(rows)


def test_two_derivations_of_one_string_count_once() -> None:
    total = templater({"s": ["<a> <b>", "a b c"], "a": ["a", "a b"], "b": ["c", "b c"]}).distinct.total
    assert str(total) == "3"  # "a c", "a b c", "a b b c"


def test_labels_are_counted_apart_and_together() -> None:
    rules = {
        "l": ["x", "y"],
        "s": [{"template": "<w>", "when": {"l": "x"}}, {"template": "<w>!", "when": {"l": "y"}}, "both"],
        "w": ["1", "2"],
    }
    counts = templater(rules, label="l", bind=["l"]).distinct
    assert {label: count.value for label, count in counts.by_label.items()} == {"x": 3, "y": 3}
    assert counts.total.value == 5


def test_bound_values_that_no_condition_names_are_counted_together() -> None:
    rules = {"s": ["<c> and <c>"], "c": [str(i) for i in range(40)]}
    assert templater(rules).distinct.total.value == 1600
    assert templater(rules, bind=["c"]).distinct.total.value == 40


def test_recursion_that_adds_text_is_infinite() -> None:
    total = templater({"s": ["a", "<s> b"]}).distinct.total
    assert (total.kind, total.value, str(total)) == ("infinite", None, "∞")
    assert str(templater({"s": ["a", "b <s?>"]}).distinct.total) == "∞"


def test_recursion_that_adds_nothing_is_counted() -> None:
    assert templater({"s": ["a", "<s>", " <s> "]}).distinct.total.value == 1


def test_recursion_under_one_label_only_is_infinite_there() -> None:
    rules = {
        "l": ["x", "y"],
        "s": [{"template": "a", "when": {"l": "x"}}, {"template": "b <more?>", "when": {"l": "y"}}],
        "more": ["more <more?>"],
    }
    counts = templater(rules, label="l", bind=["l"]).distinct
    assert {label: str(count) for label, count in counts.by_label.items()} == {"x": "1", "y": "∞"}
    assert str(counts.total) == "∞"


def test_what_the_depth_limit_cuts_off_isnt_counted() -> None:
    rules = {"s": ["a", "<x>"], "x": ["b", "<y>"], "y": ["c"]}
    assert templater(rules, {"max_depth": 2}).distinct.total.value == 2
    assert templater(rules, {"max_depth": 3}).distinct.total.value == 3


def test_a_number_of_300_digits_is_no_obstacle() -> None:
    total = templater({"s": ["<d{300,300}>"], "d": list("0123456789")}).distinct.total
    assert (total.kind, total.value) == ("exact", 10**300)


def test_a_grammar_too_large_to_count_is_bounded_by_its_derivations() -> None:
    generator = templater({"s": ["<a><a><a>"], "a": ["x", "xx", "xxx"]})
    assert generator.distinct.total.value == 7  # 3 to 9 times x
    small = Automaton(generator.grammar, {}, 12, max_steps=20)
    with pytest.raises(TooLargeError):
        small.count(generator._plans.plans)
    counts = count_distinct(
        generator.grammar, None, None, generator._plans, generator._specialiser, 12, max_steps=20
    )
    assert (counts.total.kind, str(counts.total)) == ("bound", "at most 27")


def test_an_astronomic_number_of_derivations_is_named_so() -> None:
    rules: dict[str, Any] = {f"n{i}": [f"<n{i + 1}?><n{i + 1}?>", "x"] for i in range(40)}
    generator = templater(rules | {"s": ["<n0>"], "n40": ["a", "b"]}, {"max_depth": 60})
    assert str(generator.distinct.total) == "not countable"


def test_a_grammar_that_needs_a_model_isnt_counted() -> None:
    generator = templater({"s": ["<a>"], "a": ["x", {"llm_fill": {"prompt": "p"}}]})
    assert generator.distinct.total.kind == "unknown"


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"s": ['{"a": "<x>", "b": <n>}'], "x": ["1", " 1 ", "2"], "n": ["1", "2", "2"]}, 4),
        ({"s": ['{"a": "<x>"}', '{"a": "1"}', '{"a": 1}'], "x": ["1", "2"]}, 3),
        ({"s": ['{"a": <x?>}', "{}"], "x": ["1"]}, 2),
        ({"s": ['{"a": <x{1,3}>}'], "x": ["1", '"b"']}, 2 + 4 + 8),
        ({"s": ['{"a": [<x>, <y>]}', '{"a": [<x{2,2}>]}'], "x": ["1", "2"], "y": ["2", "3"]}, 6),
        ({"s": ['{"a": 12}', '{"a": <n>}'], "n": ["1<d>"], "d": ["2", "3"]}, 2),
        ({"s": ['{"a": <x>}'], "x": ['{"b": 1}', '{"b": "<y>"}'], "y": ["1", "2"]}, 3),
    ],
)
def test_distinct_records_are_counted(rules: dict[str, Any], expected: int) -> None:
    total = templater(rules).distinct.total
    assert (total.kind, total.value) == ("exact", expected)
    generator = templater(rules)
    rows = generate(generator, make_request(expected + 1))
    assert sum(isinstance(row, Sample) for row in rows) == expected


def test_numbers_that_can_be_written_in_two_ways_are_bounded() -> None:
    total = templater({"s": ['{"a": <n>}'], "n": ["1.<z{1,1}>"], "z": ["5", "50"]}).distinct.total
    assert str(total) == "at most 2"
