from typing import Any

import pytest
from datagen_plugin_templater.parsing import MAX_ALTERNATIVES, parse_grammar
from hypothesis import given
from hypothesis import strategies as st

from datagen_core import InputError

SMALL: dict[str, Any] = {
    "start": "s",
    "bind": ["tone"],
    "rules": {
        "s": [{"template": "hi <tone>", "when": {"tone": ["a", "b"]}, "weight": 2}, "ho"],
        "tone": ["a", "b"],
    },
}


def test_a_bare_string_is_a_template_of_weight_one() -> None:
    rule = parse_grammar(SMALL).rules["s"]
    assert [alternative.weight for alternative in rule] == [2.0, 1.0]
    assert rule[1].parts == ("ho",)
    assert rule[0].when == (("tone", frozenset({"a", "b"})),)


def test_an_llm_fill_keeps_its_prompt() -> None:
    data = {"start": "s", "rules": {"s": [{"llm_fill": {"prompt": "Write."}, "weight": 0.6}]}}
    grammar = parse_grammar(data)
    assert grammar.rules["s"][0].prompt == "Write."
    assert grammar.needs_model


def test_an_unreachable_llm_fill_needs_no_model() -> None:
    data = {"start": "s", "rules": {"s": ["x"], "t": [{"llm_fill": {"prompt": "Write."}}]}}
    assert not parse_grammar(data).needs_model


@pytest.mark.parametrize("weight", [0, -1, float("nan"), float("inf"), True, "2", None, 10**400])
def test_a_weight_that_isnt_finite_and_positive_is_refused(weight: Any) -> None:
    with pytest.raises(InputError, match="weight") as caught:
        parse_grammar({"start": "s", "rules": {"s": ["y", {"template": "x", "weight": weight}]}})
    assert caught.value.where == "grammar.rules.s[1]"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": {}}, "unknown key 'rule'"),
        ({"rules": None}, "rules: is missing"),
        ({"rules": {"s": []}}, "a rule is a list"),
        ({"rules": {"s": "x"}}, "a rule is text"),
        ({"rules": {"s": [True]}}, "true or false"),
        ({"rules": {True: ["x"]}}, "can't name"),
        ({"rules": {"s": [{"template": 5}]}}, "template: is a int"),
        ({"rules": {"s": [{"weight": 1}]}}, "one of template"),
        ({"rules": {"s": [{"template": "x", "llm_fill": {"prompt": "y"}}]}}, "one of template"),
        ({"rules": {"s": [{"llm_fill": {"prompt": " "}}]}}, "no prompt"),
        ({"rules": {"s": [{"template": "x", "wieght": 1}]}}, "unknown key 'wieght'"),
        ({"rules": {"s": [{"template": "x", "when": {"tone": []}}]}}, "lists no value"),
        ({"rules": {"s": [{"template": "x", "when": {"tone": [None]}}]}}, "isn't plain"),
        ({"rules": {"s": [{"template": "x", "when": "tone"}]}}, "when: is text"),
        ({"start": None}, "start: is missing"),
        ({"label": 3}, "label: is"),
        ({"bind": "tone"}, "bind: is text"),
        ({"bind": [f"n{i}" for i in range(101)]}, "more than 100"),
    ],
)
def test_what_isnt_a_grammar_is_refused_in_words(change: dict[Any, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_grammar(SMALL | change)


def test_an_unknown_key_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        parse_grammar(SMALL | {"rule": {}})
    assert caught.value.hint == "did you mean rules?"


def test_more_alternatives_than_the_limit_are_refused() -> None:
    rules = {"s": ["x"] * (MAX_ALTERNATIVES - 1), "t": ["y"]}
    assert len(parse_grammar({"start": "s", "rules": rules}).rules["s"]) == MAX_ALTERNATIVES - 1
    with pytest.raises(InputError, match="more than 10,000 alternatives"):
        parse_grammar({"start": "s", "rules": rules | {"u": ["z"]}})


def test_numbers_and_truth_in_a_when_stand_for_their_json_text() -> None:
    data = {"start": "s", "rules": {"s": [{"template": "x", "when": {"t": [True, 5]}}], "t": ["true", "5"]}}
    assert parse_grammar(data).rules["s"][0].when == (("t", frozenset({"true", "5"})),)


@given(st.permutations(["start", "bind", "rules"]), st.permutations(["s", "tone"]), st.booleans())
def test_the_digest_doesnt_depend_on_the_order_of_keys(keys: list[str], names: list[str], turn: bool) -> None:
    data = {key: SMALL[key] for key in keys}
    data["rules"] = {name: SMALL["rules"][name] for name in names}
    if turn:
        first = dict(reversed(SMALL["rules"]["s"][0].items()))
        data["rules"]["s"] = [first, "ho"]
    assert parse_grammar(data).digest == parse_grammar(SMALL).digest


@pytest.mark.parametrize(
    "change",
    [
        {"rules": SMALL["rules"] | {"tone": ["b", "a"]}},
        {"rules": SMALL["rules"] | {"tone": ["a", {"template": "b", "weight": 2}]}},
        {"start": "tone"},
        {"bind": []},
        {"label": "tone"},
    ],
)
def test_the_digest_changes_with_what_is_drawn(change: dict[str, Any]) -> None:
    assert parse_grammar(SMALL | change).digest != parse_grammar(SMALL).digest
