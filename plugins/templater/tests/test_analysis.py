from typing import Any

import pytest
from datagen_plugin_templater.analysis import cheapest, check, depth_cost, length_cost, size_cost, unreachable
from datagen_plugin_templater.consistency import recursive, spectral_radius
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.parsing import parse_grammar
from datagen_plugin_templater.tables import Specialiser, Tables

from datagen_core import InputError


def grammar_of(**rules: list[Any]) -> Grammar:
    return parse_grammar({"start": next(iter(rules)), "rules": rules})


def tables_of(**rules: list[Any]) -> Tables:
    return Specialiser(grammar_of(**rules)).tables({})


def weighted(template: str, weight: float) -> dict[str, Any]:
    return {"template": template, "weight": weight}


def test_an_undefined_name_is_reported_with_its_place_and_the_nearest_name() -> None:
    with pytest.raises(InputError, match="<citty> is undefined") as caught:
        check(grammar_of(s=["x", "to <citty>"], city=["Oslo"]))
    assert caught.value.where == "grammar.rules.s[1]"
    assert caught.value.hint == "did you mean city?"


@pytest.mark.parametrize("change", [{"start": "t"}, {"bind": ["t"]}])
def test_an_undefined_start_or_bound_name_is_reported(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="<t> is undefined"):
        check(parse_grammar({"start": "s", "rules": {"s": ["x"]}} | change))


def test_a_when_on_something_that_isnt_bound_is_reported() -> None:
    rules = {"s": [{"template": "x", "when": {"tone": "a"}}], "tone": ["a"]}
    with pytest.raises(InputError, match="names tone, which isn't bound") as caught:
        check(parse_grammar({"start": "s", "rules": rules}))
    assert "bind: [tone]" in str(caught.value.hint)


def test_endless_recursion_is_reported_with_its_loop() -> None:
    with pytest.raises(InputError, match="endless recursion: a -> b -> a"):
        check(grammar_of(s=["x", "<a>"], a=["<b> y"], b=["<a{1,2}>"]))


@pytest.mark.parametrize("way_out", ["<s?>", "<s{0,3}>", "x"])
def test_recursion_with_a_way_out_is_accepted(way_out: str) -> None:
    grammar = grammar_of(s=["a <s>", way_out])
    check(grammar)
    assert cheapest(grammar.rules, depth_cost) == {"s": 1}


def test_a_bound_name_that_depends_on_itself_is_reported() -> None:
    data = {"start": "s", "bind": ["a"], "rules": {"s": ["<a>"], "a": ["x", "<b>"], "b": ["y", "<a>"]}}
    with pytest.raises(InputError, match="its own expansion depends on it"):
        check(parse_grammar(data))


def test_unreachable_rules_are_listed() -> None:
    assert unreachable(grammar_of(s=["<a>"], a=["x"], b=["<a> <c>"], c=["y"])) == ["b", "c"]


def test_the_least_depth_length_and_size_are_those_of_the_best_derivation() -> None:
    grammar = grammar_of(s=["<a> <b{2,3}>", "<s> <s>"], a=["<b>", "four"], b=["xyz", "<a>"])
    assert cheapest(grammar.rules, depth_cost) == {"s": 2, "a": 1, "b": 1}
    # "xyz xyz xyz": a by way of b, a space, b twice with a space between
    assert cheapest(grammar.rules, length_cost) == {"s": 3 + 1 + 7, "a": 3, "b": 3}
    assert cheapest(grammar.rules, size_cost) == {"s": 4, "a": 1, "b": 1}


def test_a_growing_grammar_has_a_radius_above_one_and_a_shrinking_one_below() -> None:
    assert spectral_radius(tables_of(s=[weighted("<s> <s>", 0.6), weighted("a", 0.4)])) == pytest.approx(1.2)
    assert spectral_radius(tables_of(s=[weighted("<s> <s>", 0.4), weighted("a", 0.6)])) == pytest.approx(0.8)


def test_the_radius_of_a_cycle_of_two_is_the_root_of_the_product() -> None:
    # M = [[0, 0.5], [2, 0]]: eigenvalues are plus and minus the root of 0.5 * 2
    tables = tables_of(a=["<b>", "x"], b=["<a> <a>"])
    assert spectral_radius(tables) == pytest.approx(1.0)
    assert recursive(tables) == {"a", "b"}


def test_repeats_and_options_count_with_their_mean() -> None:
    # 0.5 * 0.5 (optional) + 0.5 * 1 (a repeat of 0 to 2)
    assert spectral_radius(tables_of(s=["a <s?>", "<s{0,2}>"])) == pytest.approx(0.75)


def test_a_grammar_without_recursion_has_radius_zero() -> None:
    tables = tables_of(s=["<a> <a>"], a=["x", "y"])
    assert spectral_radius(tables) == 0
    assert recursive(tables) == frozenset()


def test_a_long_chain_of_rules_is_analysed_quickly_and_without_recursion() -> None:
    rules: dict[str, list[Any]] = {f"n{i}": [f"<n{i + 1}?>"] for i in range(5000)}
    grammar = grammar_of(**rules, n5000=["x"])
    check(grammar)
    assert unreachable(grammar) == []
    assert recursive(Specialiser(grammar).tables({})) == frozenset()
