"""`datagen validators measure`: a validator's precision and recall on labelled rows, counted by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import Config, Sample, Validator, Verdict, measure, use
from datagen_core.cli import cli
from datagen_core.errors import UsageError
from datagen_core.measuring import Counts, interval
from datagen_core.plugins.host import installed


class Rude(Validator[Config]):
    """Rejects what says damn."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed="damn" not in sample.response, reason="rude") for sample in samples]


class Long(Validator[Config]):
    """Rejects more than five words."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=len(sample.response.split()) <= 5, reason="long") for sample in samples]


class Nothing(Validator[Config]):
    """Rejects all."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=False, reason="never") for _ in samples]


class Peeks(Validator[Config]):
    """Rejects a row in any part of which the label stands."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        shown = [json.dumps(sample.to_json()) for sample in samples]
        return [Verdict(passed="secret" not in text, reason="seen") for text in shown]


class Notes(Validator[Config]):
    """Rejects what is from the forum."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=sample.value_of("source") != "forum", reason="forum") for sample in samples]


ROWS: list[dict[str, Any]] = [
    {"text": "damn you", "toxic": True},  # bad, rejected
    {"text": "damn this machine", "toxic": True},  # bad, rejected
    {"text": "you fool", "toxic": True},  # bad, passed
    {"text": "damn good cake", "toxic": False},  # good, rejected
    {"text": "good day", "toxic": False},
    {"text": "good night", "toxic": False},
    {"text": "see you", "toxic": False},
    {"text": "who knows", "toxic": None},  # counts nowhere
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, and few plugins: each run with parts of its own loads them all anew."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATAGEN_PLUGINS", "none-but-builtin")
    installed.cache_clear()
    yield
    monkeypatch.undo()
    installed.cache_clear()


def labelled(*labels: Any) -> list[dict[str, Any]]:
    """As many rows, of which the first is rude."""
    return [
        {"text": f"{'damn ' if at == 0 else ''}row {at}", "kind": label} for at, label in enumerate(labels)
    ]


# -- numbers --------------------------------------------------------------------------------------------------


def test_rows_are_counted_by_what_they_are_and_what_was_said_of_them() -> None:
    found = measure(ROWS, by=Rude, label="toxic")
    assert found.counts == Counts(bad_rejected=2, good_rejected=1, bad_passed=1, good_passed=3)
    assert (found.counts.rows, found.unlabelled) == (7, 1)
    assert found.counts.precision == pytest.approx(2 / 3)
    assert found.counts.recall == pytest.approx(2 / 3)
    assert found.counts.f1 == pytest.approx(2 / 3)
    assert found.counts.false_alarms == pytest.approx(1 / 4)
    assert found.counts.accuracy == pytest.approx(5 / 7)
    assert found.by_label == {"false": (4, 1), "true": (3, 2)}
    assert found.by_reason == {"rude: rude": (2, 1)}


def test_a_share_of_nothing_is_none_and_not_zero() -> None:
    none, passed = Counts(), Counts(bad_passed=2, good_passed=3)
    assert {none.precision, none.recall, none.f1, none.false_alarms, none.accuracy} == {None}
    assert (passed.precision, passed.recall, passed.f1, passed.accuracy) == (None, 0.0, 0.0, 0.6)


@pytest.mark.parametrize(
    ("successes", "trials", "ends"),
    [
        (8, 10, (0.490, 0.943)),
        (0, 10, (0.0, 0.278)),
        (10, 10, (0.722, 1.0)),
        (1, 2, (0.095, 0.905)),
        (50, 100, (0.404, 0.596)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_intervals_are_those_of_wilson(successes: int, trials: int, ends: tuple[float, float]) -> None:
    assert interval(successes, trials) == pytest.approx(ends, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 300), st.integers(1, 300))
def test_an_interval_holds_the_share_within_zero_and_one_and_mirrors(successes: int, more: int) -> None:
    trials = successes + more
    low, high = interval(successes, trials)
    assert 0 <= low <= successes / trials + 0.001 and successes / trials - 0.001 <= high <= 1
    mirrored = interval(more, trials)
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=0.0011)


# -- labels ---------------------------------------------------------------------------------------------------


def test_labels_may_be_truths_numbers_or_words() -> None:
    bad: list[Any] = [True, 1, "1", "toxic", "Yes", "fail", 1.0, "x"]
    good: list[Any] = [False, 0, "0", "clean", "No", "pass", 0.0, ""]
    rows = [{"text": f"damn {at}", "kind": label} for at, label in enumerate(bad)]
    rows += [{"text": f"fine {at}", "kind": label} for at, label in enumerate(good)]
    found = measure(rows, by=Rude, label="kind")
    assert found.counts == Counts(bad_rejected=8, good_passed=8) and found.unlabelled == 0


def test_labels_of_bad_rows_can_be_named() -> None:
    rows = labelled("insult", "threat", "fine", "odd")
    found = measure(rows, by=Rude, label="kind", bad=["insult"])
    assert found.counts == Counts(bad_rejected=1, good_passed=3)
    assert found.by_label["insult"] == (1, 1) and found.by_label["odd"] == (1, 0)


def test_truths_are_named_as_files_write_them() -> None:
    found = measure(labelled(False, True, True), by=Rude, label="kind", bad=["false"])
    assert found.counts == Counts(bad_rejected=1, good_passed=2)


def test_rows_without_a_label_count_nowhere() -> None:
    found = measure([*labelled(None, 1, 0), {"text": "damn you"}], by=Rude, label="kind")
    assert found.unlabelled == 2 and found.counts == Counts(bad_passed=1, good_passed=1)


def test_equal_rows_are_each_counted_with_a_label_of_their_own() -> None:
    rows = [{"text": "damn", "bad": label} for label in (1, 0, 1)] + [{"text": "ok", "bad": 0}]
    assert measure(rows, by=Rude, label="bad").counts == Counts(
        bad_rejected=2, good_rejected=1, good_passed=1
    )


@pytest.mark.parametrize("column", ["secret", "label"])
def test_the_validator_sees_the_label_in_no_part_of_a_row(column: str) -> None:
    rows = [{"text": f"row {at}", column: "secret" if at else "no", "source": "web"} for at in range(4)]
    found = measure(rows, by=Peeks, label=column)
    assert found.counts == Counts(bad_passed=3, good_passed=1)


def test_the_other_columns_are_seen() -> None:
    rows = [{"text": f"row {at}", "source": "forum" if at else "book", "bad": at} for at in range(3)]
    assert measure(rows, by=Notes, label="bad").counts == Counts(bad_rejected=2, good_passed=1)


# -- runs -----------------------------------------------------------------------------------------------------


def test_a_validator_that_rejects_all_is_measured_as_well() -> None:
    found = measure(ROWS, by=Nothing, label="toxic")
    assert found.counts == Counts(bad_rejected=3, good_rejected=4)
    assert found.results.status == "complete" and len(found.results) == 0


def test_several_validators_judge_together_and_each_reason_is_counted() -> None:
    rows = [*ROWS, {"text": "a b c d e f", "toxic": True}]
    found = measure(rows, by=[Rude, use(Long)], label="toxic")
    assert found.counts == Counts(bad_rejected=3, good_rejected=1, bad_passed=1, good_passed=3)
    assert found.by_reason == {"long: long": (1, 0), "rude: rude": (2, 1)}


def test_only_the_first_rows_are_measured_where_asked() -> None:
    assert measure(ROWS, by=Rude, label="toxic", columns={"limit": 4}).counts.rows == 4


@pytest.mark.parametrize(
    ("rows", "label", "bad", "says", "hint"),
    [
        (labelled(1, 1), "kind", [], "all labelled rows are bad", "there are: 1"),
        (labelled(0, "ok"), "kind", [], "all labelled rows are good", "there are: 0, ok"),
        (labelled("a", "b"), "kind", ["c"], "all labelled rows are good", "there are: a, b"),
        (labelled(None, None), "kind", [], "no row has a label", "--label"),
        (labelled(0, 1), "knid", [], "no row has the column 'knid'", "--label"),
    ],
)
def test_labels_that_tell_nothing_apart_are_refused_before_anything_is_judged(
    rows: Any, label: str, bad: list[str], says: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        measure(rows, by=Rude, label=label, bad=bad)
    assert hint in (caught.value.hint or "")
    assert not Path("runs").exists()


@pytest.mark.parametrize(("rows", "columns"), [([], {}), (ROWS, {"limit": 0}), (ROWS, {"txet": "text"})])
def test_rows_and_columns_that_mean_nothing_are_refused(rows: Any, columns: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        measure(rows, by=Rude, label="toxic", columns=columns)


# -- the command ----------------------------------------------------------------------------------------------

LOCAL = """
from datagen_core import Config, Validator, Verdict

class Rude(Validator[Config]):
    def validate(self, samples):
        return [Verdict(passed="damn" not in sample.response, reason="rude") for sample in samples]
"""


def command(*options: str) -> Any:
    Path("rude.py").write_text(LOCAL, encoding="utf-8")
    Path("data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    words = [
        "validators",
        "measure",
        "data.jsonl",
        "--by",
        "rude",
        "--set",
        "plugins=[rude.py]",
        "--trust-local",
    ]
    return CliRunner().invoke(cli, [*words, *options], env={"COLUMNS": "200"})


def test_the_command_prints_numbers_intervals_labels_and_reasons() -> None:
    text = command("--label", "toxic").stdout
    assert "7 labelled rows, of which 3 are bad" in text
    assert "0.667" in text and "0.208 – 0.939" in text  # Wilson of 2 in 3
    assert "rude: rude" in text and "1 rows have no label" in text


def test_the_command_gives_the_same_as_json() -> None:
    found = json.loads(command("--label", "toxic", "--json").stdout)
    cpu_s, run = found.pop("cpu_s"), found.pop("run")
    assert cpu_s >= 0 and Path(run, "rejected.jsonl").is_file()
    assert found == {
        "rows": 7,
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
        "accuracy": pytest.approx(5 / 7),
        "false_alarms": 0.25,
        "recall_95": [0.208, 0.939],
        "precision_95": [0.208, 0.939],
        "counts": {"bad_rejected": 2, "good_rejected": 1, "bad_passed": 1, "good_passed": 3},
        "by_label": {"false": [4, 1], "true": [3, 2]},
        "by_reason": {"rude: rude": [2, 1]},
        "unlabelled": 1,
    }


def test_the_command_takes_the_labels_of_bad_rows() -> None:
    found = json.loads(command("--label", "toxic", "--bad", "false", "--json").stdout)
    assert found["counts"] == {"bad_rejected": 1, "good_rejected": 2, "bad_passed": 3, "good_passed": 1}


def test_the_command_refuses_a_column_that_is_not_there() -> None:
    refused = command("--label", "toxci")
    assert isinstance(refused.exception, UsageError) and "text, toxic" in str(refused.exception)
