"""`datagen audit`: a person's grades, kept with the run and heeded when it goes on."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datagen_core.auditing import PRIOR_SAMPLES
from datagen_core.hand_audits import to_grade
from datagen_core.results import Results

Saying = Callable[[str], None]


@pytest.fixture
def saying(monkeypatch: pytest.MonkeyPatch) -> Saying:
    """What a person types, a line per question."""
    return lambda *lines: monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))


def test_grades_are_asked_for_blindly_kept_and_shown(quick: Path, datagen: Any, saying: Any) -> None:
    saying("10", "nine", "5", "s", "q")
    done = datagen("audit", str(quick), "--share", "1", "-n", "4")
    assert (done.code, done.out.count("— row")) == (0, 4)
    assert "a number from 0 to 10" in done.out
    assert "augment" not in done.out.partition("grades")[0]
    found = datagen("audit", str(quick), "--json").json
    assert sum(one["graded"] for one in found) == 2
    for one in found:
        expected = (one["grade"] - one["quality"]) * one["graded"] / (one["graded"] + PRIOR_SAMPLES)
        assert one["correction"] == pytest.approx(expected)


def test_a_graded_row_isnt_asked_about_again(quick: Path, datagen: Any, saying: Any) -> None:
    before = [row.sample.id for row in to_grade(Results.load(quick).store, share=1.0)]
    saying("7")
    datagen("audit", str(quick), "--share", "1", "-n", "1")
    assert [row.sample.id for row in to_grade(Results.load(quick).store, share=1.0)] == before[1:]


def test_a_run_that_goes_on_is_told_of_the_grades(quick: Path, datagen: Any, saying: Any) -> None:
    saying("0", "0", "0")
    datagen("audit", str(quick), "--share", "1", "-n", "3")
    assert datagen("run", "quick.yaml", "-n", "40", "-o", str(quick), "-q").code == 0
    rows = Results.load(quick).store.batch_rows(state="done")
    corrected = [row["components"].get("audit_correction", 0.0) for row in rows]
    assert min(corrected) < 0.0
    assert corrected[0] == 0.0


def test_a_run_without_a_row_to_grade_says_so(quick: Path, datagen: Any) -> None:
    done = datagen("audit", str(quick), "--share", "0.000001")
    assert done.code == 1
    assert "nothing to grade" in done.err and "--share" in done.err
