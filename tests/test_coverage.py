"""The wanted distribution: strata, their exact targets, and where a row belongs."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import run
from datagen_core.coverage import ANY, Coverage, Stratum, exact_shares
from datagen_core.errors import RecipeError
from datagen_core.generator import Cell
from datagen_core.planner import Planner
from datagen_core.report import report
from datagen_core.results import Results
from datagen_core.sample import Metadata, Sample
from datagen_core.testing import make_request

BY = {"language": {"en": 2.0, "de": 1.0}, "level": {"easy": 1.0, "hard": 1.0}}
BOTH = Coverage({"a": 0.5, "b": 0.5}, BY)


def row(label: str | None = None, fields: dict[str, Any] | None = None, **noted: Any) -> Sample:
    return Sample(id="r", response="x", label=label, fields=fields or {}, metadata=Metadata(method=noted))


def test_the_strata_are_all_combinations_with_the_product_of_their_shares() -> None:
    shares = BOTH.shares
    assert len(shares) == 8
    assert sum(shares.values()) == pytest.approx(1)
    assert shares[Stratum("a", (("language", "en"), ("level", "hard")))] == pytest.approx(1 / 6)
    assert [stratum.name for stratum in shares][:2] == [
        "a, language=en, level=easy",
        "a, language=en, level=hard",
    ]
    assert Coverage().shares == {} and not Coverage()


def test_a_row_is_in_the_stratum_that_its_fields_tell_before_its_method() -> None:
    de_hard = (("language", "de"), ("level", "hard"))
    assert BOTH.of(row("a", language="de", level="hard")) == Stratum("a", de_hard)
    assert BOTH.of(row("a", {"language": "de"}, language="en", level="hard")) == Stratum("a", de_hard)
    assert BOTH.of(row("a", level="hard")) == Stratum("a", (("language", ""), ("level", "hard")))
    assert Coverage(by={"stars": {"5": 1.0}}).of(row(None, {"stars": 5})) == Stratum(None, (("stars", "5"),))
    assert Coverage().of(row("a")) == ANY


@settings(max_examples=200)
@given(
    total=st.integers(0, 300),
    least=st.integers(0, 20),
    weights=st.dictionaries(
        st.text("abcdef", min_size=1, max_size=2), st.integers(1, 90), min_size=1, max_size=9
    ),
)
def test_no_stratum_is_smaller_than_the_least_as_far_as_the_target_goes_round(
    total: int, least: int, weights: dict[str, int]
) -> None:
    parts = exact_shares(total, weights, least=least)
    assert sum(parts.values()) == total
    assert min(parts.values()) >= min(least, total // len(weights))


def test_an_arm_is_asked_by_the_keys_that_it_steers_by_and_no_others() -> None:
    planner = Planner(24, Coverage(by=BY), 100)
    planner.prior = (1, 1)
    asked = planner.cells("new", planner.missing(), frozenset(["level"]))
    assert asked == (Cell(None, 12, (("level", "easy"),)), Cell(None, 12, (("level", "hard"),)))
    assert planner.cells("new", planner.missing()) == (Cell(None, 24),)
    assert len(planner.cells("new", planner.missing(), frozenset(BY))) == 4


def test_a_stratum_that_seldom_comes_out_is_asked_for_more_often_and_never_takes_all() -> None:
    planner = Planner(400, Coverage(by={"level": {"easy": 1, "hard": 1}}), 1000)
    easy, hard = planner.targets()
    planner.tried.update({easy: 98, hard: 98})
    planner.accepted.update({easy: 97, hard: 0})
    assert planner.ease(easy) == 1.0
    assert planner.ease(hard) == 0.25
    planner.accepted.update({hard: 48})
    assert planner.ease(hard) == pytest.approx((49 / 100) / (146 / 198))


def test_deficits_fall_monotonically_and_what_nothing_fills_is_listed() -> None:
    rng = random.Random(0)
    planner = Planner(60, Coverage(by={"level": {"easy": 4, "hard": 1, "never": 1}}), 10)
    before = sum(planner.missing().values())
    for _ in range(60):
        cells = planner.cells("arm", planner.missing(), frozenset(["level"]))
        made = [dict(cell.values)["level"] for cell in cells for _ in range(cell.n)]
        passed = [level for level in made if level == "easy" or (level == "hard" and rng.random() < 0.3)]
        for level in passed:
            planner.take(row(level=level))
        planner.committed("arm", cells, len(passed), failed=False)
        after = sum(planner.missing().values())
        assert after <= before
        before = after
    assert planner.shortfall() == {"level=never": 10}
    assert planner.accepted.total() == 50


def test_a_row_is_what_its_first_parent_is_where_its_arm_doesnt_say() -> None:
    request = make_request(2)
    request.kept = ("language",)
    parent = row(language="de")
    assert request.sample(response="x", parents=[parent]).value_of("language") == "de"
    assert (
        request.sample(response="x", parents=[parent], method={"language": "fr"}).value_of("language") == "fr"
    )
    assert request.sample(response="x").value_of("language") is None


# -- whole runs ----------------------------------------------------------------------------------------------

SEEDS = """text,label,language
how cold is it in Oslo today,weather,en
will it rain in Lima tomorrow,weather,en
play some slow jazz for me,music,en
turn the volume up a bit,music,en
wie kalt ist es heute in Bonn,weather,de
regnet es morgen in Wien noch,weather,de
spiel mir bitte etwas Jazz,music,de
mach die Musik etwas lauter,music,de
"""


def made(folder: Path, **more: Any) -> Results:
    (folder / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    recipe = {
        "num_samples": 24,
        "seeds": "seeds.csv",
        "coverage": {"language": {"en": 2, "de": 1}},
        "arms": ["augment-word-edits"],
        "validators": [],
        "memory": "off",
        **more,
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    return run(folder / "recipe.yaml", out=folder / "run")


def kinds(results: Results) -> dict[tuple[str | None, str | None], int]:
    out: dict[tuple[str | None, str | None], int] = {}
    for sample in results:
        key = (sample.label, sample.value_of("language"))
        out[key] = out.get(key, 0) + 1
    return out


def test_a_run_keeps_the_shares_exact_and_the_report_shows_them(tmp_path: Path) -> None:
    results = made(tmp_path)
    assert results.status == "complete"
    assert kinds(results) == {
        ("weather", "en"): 8, ("music", "en"): 8, ("weather", "de"): 4, ("music", "de"): 4,
    }  # fmt: skip
    assert report(results)["labels"][0] == {"label": "weather, language=en", "accepted": 8, "target": 8}
    assert results.store.get("reward") == "coverage-yield"


def test_what_no_arm_can_make_is_listed_and_never_filled_with_something_else(tmp_path: Path) -> None:
    coverage = {"by": {"language": {"en": 1, "fr": 1}}, "least": 2}
    results = made(tmp_path, coverage=coverage)
    assert results.status == "short"
    assert results.store.get("ending")["shortfall"] == {"weather, language=fr": 6, "music, language=fr": 6}
    assert kinds(results) == {("weather", "en"): 6, ("music", "en"): 6}


def test_a_resumed_run_counts_the_strata_it_has(tmp_path: Path) -> None:
    short = made(tmp_path, num_samples=12, budget={"max_batches": 1}, batch_size=7)
    assert short.status == "budget"
    assert made(tmp_path, num_samples=24, batch_size=7).status == "complete"
    assert kinds(made(tmp_path, num_samples=24, batch_size=7)) == {
        ("weather", "en"): 8, ("music", "en"): 8, ("weather", "de"): 4, ("music", "de"): 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("coverage", "says"),
    [
        ({"level": ["easy", "hard"]}, "no arm makes rows of which 'level' is known"),
        ({"label": ["a", "b"]}, "labels"),
        ({"language": []}, "language has no values"),
        ({"language": {"en": 0}}, "positive"),
        ({"language": ["en", "en"]}, "stands twice"),
        ({f"k{i}": list("abcdefghij") for i in range(5)}, "10,000"),
        ({"by": {}, "most": 1}, "most"),
    ],
)
def test_a_coverage_that_cant_be_is_refused_before_anything_is_made(
    tmp_path: Path, coverage: dict[str, Any], says: str
) -> None:
    with pytest.raises(RecipeError) as caught:
        made(tmp_path, coverage=coverage)
    assert says in str(caught.value)
    assert not (tmp_path / "run").exists()
