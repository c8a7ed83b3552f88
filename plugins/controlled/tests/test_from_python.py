from __future__ import annotations

from pathlib import Path

import pytest
from datagen_plugin_controlled.from_python import generate_with_constraints
from datagen_plugin_controlled.satisfaction import satisfaction

from datagen_core import InputError, RunError

CONSTRAINTS = {"length": {"min_words": 3, "max_words": 40}, "language": "en"}


def test_texts_without_a_recipe(tmp_path: Path) -> None:
    rows = generate_with_constraints(
        "a note about a late parcel", CONSTRAINTS, model="rehearsal", n=3, out=tmp_path / "run"
    )
    assert len(rows) == 3 and rows.status == "complete"
    assert all(3 <= len(row.response.split()) <= 40 for row in rows)
    found = satisfaction(rows)
    assert found.constraints["length"].satisfied >= 3 and found.joint.rows >= 3


def test_a_run_that_rejects_is_counted_too(tmp_path: Path) -> None:
    rows = generate_with_constraints(
        "a note about a late parcel",
        {"tone": "friendly"},
        model="rehearsal",
        judge_model="rehearsal",
        n=2,
        repairs=1,
        margin=1,
        alternatives={"tone": ["stern"]},
        out=tmp_path / "run",
    )
    tone = satisfaction(rows).constraints["tone"]
    assert tone.satisfied >= 2 and tone.rows == rows.counts()["generated"]


def test_contradictions_are_told_before_any_call(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 30 words"):
        generate_with_constraints(
            "x", {"length": {"min_words": 30, "max_words": 20}}, model="rehearsal", out=tmp_path / "run"
        )


def test_where_no_text_satisfies_them_the_list_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="constraints_unmet"):
        generate_with_constraints(
            "x", {"tone": "stern"}, model="rehearsal", n=1, repairs=0, margin=10, out=tmp_path / "run"
        )
