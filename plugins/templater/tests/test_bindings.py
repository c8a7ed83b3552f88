import asyncio
from collections import Counter
from math import log
from typing import Any

import pytest
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater

from datagen_core import Cell, InputError, Rejection, Sample
from datagen_core.testing import generate, make_inputs, make_request

MUSIC: dict[str, Any] = {
    "start": "request",
    "label": "intent",
    "bind": ["intent"],
    "rules": {
        "intent": [
            {"template": "PlayMusic", "weight": 1},
            "GetWeather",
            {"template": "BookTable", "weight": 2},
        ],
        "request": [
            {"template": "play <artist>", "when": {"intent": "PlayMusic"}, "weight": 2},
            {"template": "weather in <city>", "when": {"intent": ["GetWeather"]}},
            {"template": "a table in <city>", "when": {"intent": ["BookTable"]}},
            {"template": "please <verb>", "when": {"intent": ["BookTable", "PlayMusic"]}},
        ],
        "verb": [
            {"template": "put on <artist>", "when": {"intent": "PlayMusic"}},
            {"template": "book in <city>", "when": {"intent": "BookTable"}},
        ],
        "artist": ["Can", "Nina Simone"],
        "city": ["Oslo", "Paris"],
    },
}
FIRST_WORDS = {
    "play": "PlayMusic",
    "put": "PlayMusic",
    "weather": "GetWeather",
    "a": "BookTable",
    "book": "BookTable",
}
TONES: dict[str, Any] = {
    "start": "s",
    "label": "label",
    "bind": ["label", "tone"],
    "rules": {
        "tone": ["a", "b"],
        "label": [
            {"template": "x", "weight": 9, "when": {"tone": "a"}},
            {"template": "y", "weight": 1, "when": {"tone": "a"}},
            {"template": "x", "weight": 3, "when": {"tone": "b"}},
            {"template": "y", "weight": 7, "when": {"tone": "b"}},
        ],
        "s": [{"template": "<tone>", "when": {"tone": ["a", "b"]}}],
    },
}
"""P(x|a) = 0.9, P(x|b) = 0.3, so P(x) = 0.6, P(a|x) = 0.75 and P(a|y) = 0.125."""


def templater(grammar: dict[str, Any], labels: tuple[str, ...] = (), **options: Any) -> Templater:
    return Templater(TemplaterConfig(grammar=grammar, **options), make_inputs(labels=labels))


def drawn(generator: Templater, n: int, label: str | None = None) -> list[Sample]:
    """Samples of batches of one, so that repeats aren't sorted out."""

    async def collect() -> list[Sample]:
        requests = (make_request(1, batch=i, cells=[Cell(label, 1)]) for i in range(n))
        rows = [row for request in requests async for row in generator.generate(request)]
        return [row for row in rows if isinstance(row, Sample)]

    return asyncio.run(collect())


def chi_square(counts: Counter[Any], expected: dict[Any, float]) -> float:
    total = sum(counts.values())
    return sum((counts[key] - p * total) ** 2 / (p * total) for key, p in expected.items())


def test_no_row_has_a_label_that_its_text_contradicts() -> None:
    rows = drawn(templater(MUSIC), 2000)
    for row in rows:
        words = row.response.split()
        assert FIRST_WORDS[words[1] if words[0] == "please" else words[0]] == row.label
    labels = Counter(row.label for row in rows)
    assert chi_square(labels, {"PlayMusic": 0.25, "GetWeather": 0.25, "BookTable": 0.5}) < 13.82


def test_a_requested_label_is_made_and_counted_by_cells() -> None:
    generator = templater(MUSIC)
    cells = [Cell("GetWeather", 2), Cell("PlayMusic", 3)]
    rows = generate(generator, make_request(5, cells=cells))
    assert Counter(row.label for row in rows if isinstance(row, Sample)) == {"GetWeather": 2, "PlayMusic": 3}
    assert generator.labels() == {"PlayMusic", "GetWeather", "BookTable"}


def test_a_label_the_grammar_cant_make_is_rejected_by_name() -> None:
    (row,) = generate(templater(MUSIC), make_request(1, cells=[Cell("RateBook", 1)]))
    assert isinstance(row, Rejection)
    assert (row.reason, row.measured) == ("label_not_in_grammar", "RateBook")


def test_weights_are_normalised_over_the_alternatives_that_apply() -> None:
    rows = drawn(templater(MUSIC), 4000, "PlayMusic")
    starts = Counter(row.response.split()[0] for row in rows)
    assert chi_square(starts, {"play": 2 / 3, "please": 1 / 3}) < 10.83
    row = next(r for r in rows if r.response == "play Can")
    # intent 1/4, then 2/3 of the two alternatives that apply, then one artist of two
    assert row.metadata.method["logprob"] == pytest.approx(log(1 / 4 * 2 / 3 * 1 / 2))
    assert row.metadata.method["derivation"] == [["intent", 0], ["request", 0], ["artist", 0]]
    assert row.metadata.method["bindings"] == {"intent": "PlayMusic"}


def test_a_label_asked_for_is_an_exact_conditional_draw() -> None:
    generator = templater(TONES)
    given_x = Counter(row.response for row in drawn(generator, 10_000, "x"))
    assert chi_square(given_x, {"a": 0.75, "b": 0.25}) < 10.83
    given_y = Counter(row.response for row in drawn(generator, 10_000, "y"))
    assert chi_square(given_y, {"a": 0.125, "b": 0.875}) < 10.83
    free = Counter((row.label, row.response) for row in drawn(generator, 10_000))
    joint = {("x", "a"): 0.45, ("y", "a"): 0.05, ("x", "b"): 0.15, ("y", "b"): 0.35}
    assert chi_square(free, joint) < 16.27


def test_the_log_probability_is_the_grammars_whether_or_not_a_label_was_asked_for() -> None:
    generator = templater(TONES)
    for label in ("x", None):
        row = next(r for r in drawn(generator, 200, label) if (r.label, r.response) == ("x", "b"))
        assert row.metadata.method["logprob"] == pytest.approx(log(0.5 * 0.3))
        assert row.metadata.method["derivation"] == [["tone", 1], ["label", 2], ["s", 0]]


def test_a_bound_value_is_the_same_everywhere_and_an_unbound_one_is_drawn_anew() -> None:
    rules = {"s": ["<city> or <city>"], "city": ["Oslo", "the <adjective> town"], "adjective": ["old", "new"]}
    bound = {row.response for row in drawn(templater({"start": "s", "bind": ["city"], "rules": rules}), 100)}
    assert bound == {"Oslo or Oslo", "the old town or the old town", "the new town or the new town"}
    unbound = {row.response for row in drawn(templater({"start": "s", "rules": rules}), 300)}
    assert len(unbound) == 9


def test_a_label_that_isnt_bound_is_drawn_apart_from_its_name_in_the_text() -> None:
    data = {"start": "s", "label": "l", "rules": {"s": ["it is <l>"], "l": ["a", "b"]}}
    free = Counter((row.label, row.response[-1]) for row in drawn(templater(data), 4000))
    assert chi_square(free, {(x, y): 0.25 for x in "ab" for y in "ab"}) < 16.27
    bound = drawn(templater(data | {"bind": ["l"]}), 50, "b")
    assert {(row.label, row.response) for row in bound} == {("b", "it is b")}


def test_a_bound_value_can_be_used_where_a_condition_isnt_met_elsewhere() -> None:
    data = {
        "start": "s",
        "bind": ["kind"],
        "rules": {
            "kind": ["a", "b"],
            "s": ["<only_a> text", "plain <only_a?>"],
            "only_a": [{"template": "A", "when": {"kind": "a"}}],
        },
    }
    rows = drawn(templater(data), 300)
    assert {row.response for row in rows if row.metadata.method["bindings"]["kind"] == "a"} == {
        "A text",
        "plain A",
        "plain",
    }
    assert {row.response for row in rows if row.metadata.method["bindings"]["kind"] == "b"} == {"plain"}


def test_a_value_that_leaves_the_start_without_alternatives_is_an_error_before_the_run() -> None:
    rules = MUSIC["rules"] | {"request": MUSIC["rules"]["request"][:2]}
    with pytest.raises(InputError, match=r"<request> can't be expanded .* when intent = 'BookTable'"):
        templater(MUSIC | {"rules": rules})


def test_a_when_on_a_value_that_never_comes_is_an_error_with_the_nearest() -> None:
    rules = MUSIC["rules"] | {"city": [{"template": "Oslo", "when": {"intent": "GetWether"}}, "Paris"]}
    with pytest.raises(InputError, match="intent is never 'GetWether'") as caught:
        templater(MUSIC | {"rules": rules})
    assert caught.value.hint == "did you mean GetWeather?"


def test_an_undefined_label_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match="the label intend is undefined") as caught:
        templater(MUSIC | {"label": "intend"})
    assert caught.value.hint == "did you mean intent?"


def test_the_label_can_be_named_by_the_options() -> None:
    unnamed = {key: value for key, value in MUSIC.items() if key != "label"}
    assert templater(unnamed).labels() is None
    assert templater(unnamed, labels=("PlayMusic",)).labels() == frozenset()
    assert templater(unnamed, label="intent").labels() == {"PlayMusic", "GetWeather", "BookTable"}


def test_labels_that_cant_be_listed_are_refused() -> None:
    digits = {
        "start": "s",
        "label": "l",
        "rules": {"s": ["x"], "l": ["<d><d><d><d><d>"], "d": list("0123456789")},
    }
    with pytest.raises(InputError, match="more than 20,000 values"):
        templater(digits)


def test_a_large_bound_word_list_that_no_condition_names_is_no_obstacle() -> None:
    cities = [f"city{i}" for i in range(9000)]
    data = {
        "start": "s",
        "label": "l",
        "bind": ["l", "city", "other"],
        "rules": {
            "l": ["a", "b"],
            "city": cities,
            "other": ["<city>, <name>"],
            "name": cities[:500],
            "s": [
                {"template": "<city> <other> <city>", "when": {"l": "a"}},
                {"template": "b", "when": {"l": "b"}},
            ],
        },
    }
    for row in drawn(templater(data), 30, "a"):
        first, second, _, last = row.response.split()
        assert first == last == second.rstrip(",")
        assert row.metadata.method["bindings"]["other"].startswith(first)
