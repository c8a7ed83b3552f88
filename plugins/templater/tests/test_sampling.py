import asyncio
from collections import Counter
from math import log
from typing import Any

import pytest
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater
from datagen_plugin_templater.parsing import parse_grammar

from datagen_core import InputError, Rejection, Sample
from datagen_core.testing import generate, make_inputs, make_request

CHI_SQUARE_999 = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52}
"""The 99.9 % quantile by degrees of freedom."""


def templater(
    rules: dict[str, Any], start: str = "s", options: dict[str, Any] | None = None, **more: Any
) -> Templater:
    data = {"start": start, "rules": rules, **more}
    return Templater(TemplaterConfig.model_validate({"grammar": data} | (options or {})), make_inputs())


def drawn(generator: Templater, n: int, seed: int = 0) -> list[Sample]:
    """Samples of batches of one, so that repeats aren't sorted out."""

    async def collect() -> list[Sample]:
        requests = (make_request(1, seed=seed, batch=i) for i in range(n))
        rows = [row for request in requests async for row in generator.generate(request)]
        assert all(isinstance(row, Sample) for row in rows)
        return [row for row in rows if isinstance(row, Sample)]

    return asyncio.run(collect())


def chi_square(counts: Counter[Any], expected: dict[Any, float]) -> float:
    total = sum(counts.values())
    assert set(counts) <= set(expected)
    return sum((counts[key] - p * total) ** 2 / (p * total) for key, p in expected.items())


def weighted(template: str, weight: float, **more: Any) -> dict[str, Any]:
    return {"template": template, "weight": weight, **more}


def derivation(sample: Sample) -> list[list[Any]]:
    return list(sample.metadata.method["derivation"])


def test_rules_are_drawn_by_their_weights() -> None:
    rules = {
        "s": [weighted("<a>", 1), weighted("b", 2), weighted("c", 5)],
        "a": [weighted("x", 3), weighted("y", 1)],
    }
    rows = drawn(templater(rules), 10_000)
    top = Counter(row.response if row.response in "bc" else "a" for row in rows)
    assert chi_square(top, {"a": 1 / 8, "b": 2 / 8, "c": 5 / 8}) < CHI_SQUARE_999[2]
    inner = Counter(row.response for row in rows if row.response in "xy")
    assert chi_square(inner, {"x": 0.75, "y": 0.25}) < CHI_SQUARE_999[1]


def test_optional_and_repeated_references_are_drawn_evenly() -> None:
    rows = drawn(templater({"s": ["a <b?>: <c{1,3}>"], "b": ["b"], "c": ["c"]}), 10_000)
    options = Counter("b" in row.response for row in rows)
    assert chi_square(options, {True: 0.5, False: 0.5}) < CHI_SQUARE_999[1]
    repeats = Counter(row.response.count("c") for row in rows)
    assert chi_square(repeats, {1: 1 / 3, 2: 1 / 3, 3: 1 / 3}) < CHI_SQUARE_999[2]
    assert {row.response for row in rows} >= {"a : c", "a b: c c c"}


def test_the_log_probability_is_that_of_the_derivation() -> None:
    rules = {
        "s": [weighted("<a> <b?> <c{1,4}>", 3), weighted("z", 1)],
        "a": ["x", "y"],
        "b": ["u"],
        "c": ["w"],
    }
    row = next(r for r in drawn(templater(rules), 200) if r.response == "y u w w")
    assert derivation(row) == [["s", 0], ["a", 1], ["b?", 1], ["b", 0], ["c{1,4}", 2], ["c", 0], ["c", 0]]
    # start 3/4, a 1/2, optional 1/2, count 1/4, and certainties
    assert row.metadata.method["logprob"] == pytest.approx(log(3 / 4 * 1 / 2 * 1 / 2 * 1 / 4))
    assert row.metadata.method["template_id"] == "s/0"
    assert row.metadata.method["truncated"] is False


def test_the_distribution_of_strings_is_that_of_their_log_probabilities() -> None:
    rules = {"s": [weighted("<a> <a>", 2), weighted("<a?>!", 1)], "a": [weighted("x", 1), weighted("y", 4)]}
    rows = drawn(templater(rules), 10_000)
    chances = {str(derivation(row)): row.metadata.method["logprob"] for row in rows}
    expected = {key: 2.718281828459045**value for key, value in chances.items()}
    assert sum(expected.values()) == pytest.approx(1.0)
    assert len(expected) == 7
    assert chi_square(Counter(str(derivation(row)) for row in rows), expected) < 22.46  # 6 degrees of freedom


def test_whitespace_is_collapsed_and_trimmed() -> None:
    rows = drawn(templater({"s": ["  a \t<b?>\n  c  "], "b": [" b "]}), 50)
    assert {row.response for row in rows} == {"a c", "a b c"}


def test_an_expanding_grammar_ends_at_the_depth_limit_and_says_so() -> None:
    rules = {"s": [weighted("<s> <s>", 0.9), weighted("a", 0.1)]}
    rows = drawn(templater(rules, options={"max_depth": 5}), 300)
    assert max(row.response.count("a") for row in rows) == 16  # 2^4 leaves on the fifth level
    cut = [row for row in rows if row.metadata.method["truncated"]]
    assert cut
    whole = [row for row in rows if not row.metadata.method["truncated"]]
    assert all(len(derivation(row)) < 31 for row in whole)
    assert {row.response for row in whole} >= {"a"}


def test_the_depth_limit_renormalises_what_fits() -> None:
    rules = {"s": [weighted("<deep>", 6), weighted("b", 1), weighted("c", 3)], "deep": ["<d>"], "d": ["d"]}
    rows = drawn(templater(rules, options={"max_depth": 2}), 10_000)
    assert chi_square(Counter(r.response for r in rows), {"b": 0.25, "c": 0.75}) < CHI_SQUARE_999[1]
    assert all(row.metadata.method["truncated"] for row in rows)
    free = drawn(templater(rules, options={"max_depth": 3}), 200)
    assert {row.response for row in free} == {"b", "c", "d"}
    assert not any(row.metadata.method["truncated"] for row in free)


def test_an_optional_reference_that_doesnt_fit_is_left_out() -> None:
    rows = drawn(templater({"s": ["a <b?>"], "b": ["<c>"], "c": ["c"]}, options={"max_depth": 2}), 50)
    assert {row.response for row in rows} == {"a"}
    assert all(row.metadata.method["truncated"] for row in rows)


def test_a_start_deeper_than_the_limit_is_refused() -> None:
    rules = {"s": ["<a>"], "a": ["<b>"], "b": ["x"]}
    assert drawn(templater(rules, options={"max_depth": 3}), 1)[0].response == "x"
    with pytest.raises(InputError, match="can't be expanded within max_depth"):
        templater(rules, options={"max_depth": 2})


def test_a_bomb_is_refused_before_the_run() -> None:
    rules: dict[str, Any] = {f"n{i}": [f"<n{i + 1}><n{i + 1}>"] for i in range(40)}
    for leaf, unit in (("x", "characters"), ("", "expansions")):
        with pytest.raises(InputError, match=f"even the shortest sample has [0-9,]+ {unit}"):
            templater(rules | {"n40": [leaf]}, "n0", {"max_depth": 60})


def test_a_repeat_bomb_is_refused_before_the_run() -> None:
    rules: dict[str, Any] = {f"n{i}": [f"<n{i + 1}{{1000,1000}}>"] for i in range(40)}
    with pytest.raises(InputError, match="more than 10\\^100 characters"):
        templater(rules | {"n40": ["x"]}, "n0", {"max_depth": 60})


@pytest.mark.parametrize("leaf", ["x", ""])
def test_a_bomb_with_a_short_way_out_is_rejected_row_by_row(leaf: str) -> None:
    rules: dict[str, Any] = {f"n{i}": [weighted(f"<n{i + 1}><n{i + 1}>", 1e9), "x"] for i in range(40)}
    generator = templater(rules | {"n40": [leaf]}, "n0", {"max_depth": 60})
    (row,) = generate(generator, make_request(1))
    assert isinstance(row, Rejection)
    assert row.reason == "too_long"


def test_a_sample_of_exactly_max_chars_is_kept_and_one_more_is_rejected() -> None:
    rules = {"s": ["1234", "12345"]}
    rows = [
        r
        for i in range(40)
        for r in generate(templater(rules, options={"max_chars": 4}), make_request(1, batch=i))
    ]
    assert {row.response for row in rows if isinstance(row, Sample)} == {"1234"}
    rejected = {(r.reason, r.measured, r.threshold) for r in rows if isinstance(r, Rejection)}
    assert rejected == {("too_long", 5, 4)}
    with pytest.raises(InputError, match="even the shortest sample has 4 characters"):
        templater(rules, options={"max_chars": 3})


def test_weights_too_far_apart_are_refused() -> None:
    with pytest.raises(InputError, match="too small beside the others"):
        templater({"s": [weighted("x", 1e-200), weighted("y", 1e200)]})
    huge = templater({"s": [weighted("x", 1.7e308), weighted("y", 1.7e308)]})
    assert {row.response for row in drawn(huge, 40)} == {"x", "y"}


def test_equal_seeds_give_equal_rows_and_others_differ() -> None:
    rules = {"s": ["<w> <w> <w>"], "w": [str(i) for i in range(50)]}
    first, again, other = (generate(templater(rules), make_request(20, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert [row.id for row in first] != [row.id for row in other]
    assert first != other


def test_the_grammar_of_a_sample_can_be_followed_from_its_derivation() -> None:
    rules = {"s": ["<a{0,2}>, <b?>", "<b>"], "a": ["x", "<b>y"], "b": ["u", "v<a>"]}
    grammar = parse_grammar({"start": "s", "rules": rules})

    def follow(name: str, steps: list[list[Any]]) -> str:
        rule, index = steps.pop(0)
        assert rule == name
        text = ""
        for part in grammar.rules[name][index].parts:
            if isinstance(part, str):
                text += part
                continue
            times = 1
            if not part.is_plain:
                written, times = steps.pop(0)
                assert written == str(part)
            text += " ".join(follow(part.name, steps) for _ in range(times))
        return text

    for row in drawn(templater(rules), 200):
        steps = derivation(row)
        assert " ".join(follow("s", steps).split()) == row.response
        assert steps == []
