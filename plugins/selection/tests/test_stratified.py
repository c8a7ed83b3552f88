from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.coverage import exact_shares
from datagen_core.errors import InputError
from datagen_core.sample import Trace
from datagen_core.testing import make_inputs

LABELS = make_inputs(labels=("x", "y", "z"))


def labelled(row, **counts: int) -> list:
    return [row(f"{label}{i}", label=label) for label, count in counts.items() for i in range(count)]


def counted(said) -> dict[str, int]:
    return {label: sum(id.startswith(label) for id in said.kept) for label in "xyz"}


def test_equal_shares_sum_to_n_exactly(selected, row) -> None:
    said = selected("stratified", labelled(row, x=9, y=9, z=9), 10, inputs=LABELS)

    assert counted(said) == {"x": 4, "y": 3, "z": 3} and said.notes == ()


def test_given_shares_are_kept_by_largest_remainder(selected, row) -> None:
    """Of 10: 5.5, 3.3 and 1.2 make 5, 3, 1; the largest fraction is x's."""
    shares = {"label": {"x": 55, "y": 33, "z": 12}}

    said = selected("stratified", labelled(row, x=9, y=9, z=9), 10, inputs=LABELS, shares=shares)

    assert counted(said) == {"x": 6, "y": 3, "z": 1}


def test_every_stratum_has_its_minimum_and_the_sum_stays(selected, row) -> None:
    shares = {"label": {"x": 98, "y": 1, "z": 1}}

    said = selected("stratified", labelled(row, x=9, y=9, z=9), 10, inputs=LABELS, shares=shares, minimum=2)

    assert counted(said) == {"x": 6, "y": 2, "z": 2}


@given(
    st.integers(0, 300),
    st.lists(st.floats(0, 100), min_size=1, max_size=9).filter(sum),
    st.integers(0, 5),
)
def test_targets_always_sum_to_n(n, weights, least) -> None:
    assert sum(exact_shares(n, dict(enumerate(weights)), least=least).values()) == n


def test_an_empty_stratum_is_a_shortfall_that_others_do_not_fill(selected, row, reasons) -> None:
    said = selected("stratified", labelled(row, x=9, y=1), 9, inputs=LABELS)

    assert counted(said) == {"x": 3, "y": 1, "z": 0}
    assert said.notes == ("label=y has 1 of 3 rows: 2 missing", "label=z has 0 of 3 rows: 3 missing")
    assert set(reasons(said).values()) == {"not_needed"}
    assert (said.left["x8"].threshold, said.left["x8"].evidence) == (3, "label=x")


def test_others_fill_it_where_that_is_asked_for_and_it_is_said(selected, row) -> None:
    said = selected("stratified", labelled(row, x=9, y=1), 9, inputs=LABELS, fill=True)

    assert counted(said) == {"x": 8, "y": 1, "z": 0}
    assert said.notes[-1] == "5 rows beyond their stratum's target fill what others lack"


def test_the_best_of_a_stratum_come_first_then_input_order_then_those_without_a_score(selected, row) -> None:
    scores = {"a": 0.2, "b": None, "c": 0.7, "d": 0.7}
    rows = [row(id, label="x", quality_score=score) for id, score in scores.items()]

    assert selected("stratified", rows, inputs=make_inputs()).kept == ("c", "d", "a", "b")


def test_a_row_of_no_stratum_is_left_with_that_reason(selected, row, reasons) -> None:
    rows = [row("a", label="x"), row("b", label="other"), row("c")]

    said = selected("stratified", rows, inputs=LABELS)

    assert said.kept == ("a",) and reasons(said) == {"b": "unknown_stratum", "c": "unknown_stratum"}
    assert said.left["b"].measured == "label=other" and said.left["c"].measured == "label=none"
    assert "2 rows belong to no stratum of label" in said.notes


def test_an_unknown_key_or_value_is_refused(selected, row) -> None:
    with pytest.raises(InputError, match="no row has a 'langauge'") as refused:
        selected("stratified", [row("a", language="de")], by=["langauge"])
    assert "language" in str(refused.value.expected)
    with pytest.raises(InputError, match="a share of 'w'") as refused:
        selected("stratified", [], inputs=LABELS, shares={"label": {"w": 1}})
    assert "x, y, z" in str(refused.value.expected)


def test_any_declared_key_makes_strata(selected, row) -> None:
    rows = [row(f"{language}{i}", language=language) for language in ("de", "en", "हि") for i in range(4)]

    assert selected("stratified", rows, 3, by=["language"]).kept == ("de0", "en0", "हि0")


def test_several_keys_make_their_cross_product(selected, row) -> None:
    inputs = make_inputs(labels=("x", "y"), coverage={"tone": ("dry", "warm")})
    rows = [
        row(f"{label}-{tone}-{i}", label=label, tone=tone)
        for label, tone in (("x", "dry"), ("x", "warm"), ("y", "dry"))
        for i in range(5)
    ]

    said = selected("stratified", rows, 8, inputs=inputs, by=["label", "tone"])

    assert [id[:-2] for id in said.kept] == ["x-dry"] * 2 + ["x-warm"] * 2 + ["y-dry"] * 2
    assert said.notes == ("label=y, tone=warm has 0 of 2 rows: 2 missing",)


def test_arms_and_parents_are_keys_too(selected, row) -> None:
    rows = [row("a", arm="one"), row("b", arm="two"), row("c", arm="two")]
    assert selected("stratified", rows, 2, by=["arm"]).kept == ("a", "b")

    rows = [
        replace(row(id), trace=Trace(parents=(chunk,))) for id, chunk in (("a", "p"), ("b", "p"), ("c", "q"))
    ]
    assert selected("stratified", rows, 2, by=["parent"]).kept == ("a", "c")


def test_without_n_the_targets_are_shares_of_all_rows(selected, row) -> None:
    said = selected("stratified", labelled(row, x=7, y=1), inputs=make_inputs(labels=("x", "y")))

    assert counted(said) == {"x": 4, "y": 1, "z": 0}
    assert said.notes == ("label=y has 1 of 4 rows: 3 missing",)


def test_too_many_strata_are_refused(selected, row) -> None:
    rows = [row(str(i), a=str(i), b=str(i)) for i in range(50)]

    with pytest.raises(InputError, match="2500 strata of a × b"):
        selected("stratified", rows, by=["a", "b"])
