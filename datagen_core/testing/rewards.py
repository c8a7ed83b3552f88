"""The rules of rewards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datagen_core.reward import Outcome, Reward
from datagen_core.sample import Sample
from datagen_core.testing.components import ComponentConformance
from datagen_core.testing.toy_data import toy_samples

TOLERANCE = 1e-9
"""What floating-point sums may differ by."""


class RewardConformance(ComponentConformance):
    """Rules for rewards. Set `component`; see `ComponentConformance` for `options` and `inputs()`.

    Outcomes are drawn by hypothesis: batches of up to 12 rows of the job's labels, some equal to a seed or to
    each other, with any quality, cost and number of rejections.

    Attributes:
        reads_rows: Set it where the value depends on what the rows say. Leaving out a bad row may then raise
            it, so the rule against returning fewer becomes: k of n rows asked for earn at most k/n.
        max_examples: Outcomes drawn for each rule.
    """

    kind: ClassVar[str] = "reward"
    interface: ClassVar[type] = Reward
    reads_rows: ClassVar[bool] = False
    max_examples: ClassVar[int] = 40

    def good_rows(self) -> list[Sample]:
        """Rows that are worth something to this job; by default nine new rows of the toy job."""
        return toy_samples()

    def use(self) -> object:
        """The reward of a good batch."""
        return repr(self.build().score(self._good()))

    # -- what the rules use -------------------------------------------------------------------------------

    def outcomes(self) -> st.SearchStrategy[Outcome]:
        """Outcomes that can be: `novel` is at most the distinct rows, qualities are None where there is no row."""
        inputs = self.inputs()
        texts = [row.response for row in self.good_rows()] + [seed.text for seed in inputs.seeds[:3]]
        words = st.lists(
            st.sampled_from(["rain", "song", "table", "cold", "play", "thai", "é", "雨"]),
            min_size=1,
            max_size=4,
        )
        rows = st.tuples(
            st.one_of(st.sampled_from(texts), words.map(" ".join)), st.sampled_from(inputs.labels or (None,))
        )
        return st.builds(
            _outcome,
            st.lists(rows, max_size=12),
            extra=st.integers(0, 8),
            refused=st.integers(0, 8),
            share=st.floats(0, 1),
            quality=st.floats(0, 1),
            novel_quality=st.floats(0, 1),
            cost=st.floats(0, 100),
        )

    def value(self, outcome: Outcome) -> float:
        """What a new reward gives an outcome."""
        return float(self.build().score(outcome).value)

    def _each(self, rule: Callable[[Outcome], None]) -> None:
        """Tries a rule on a good batch and on drawn outcomes, the same ones each time."""
        rule(self._good())
        checked = given(outcome=self.outcomes())(lambda outcome: rule(outcome))
        settings(
            max_examples=self.max_examples,
            deadline=None,
            derandomize=True,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )(checked)()

    def _good(self) -> Outcome:
        rows = tuple(self.good_rows())
        n = len(rows)
        return Outcome(requested=n, generated=n, passed=rows, novel=n, quality=1.0, novel_quality=1.0)

    # -- range --------------------------------------------------------------------------------------------

    def test_a_reward_is_a_number_from_0_to_1(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            value = reward.score(outcome).value
            assert math.isfinite(value) and 0.0 <= value <= 1.0, (
                f"rule: a reward is a finite number from 0 to 1; got {value!r}"
            )

        self._each(rule)

    def test_components_and_variance_are_finite(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            value = reward.score(outcome)
            for name, part in value.components.items():
                assert isinstance(part, int | float) and math.isfinite(part), (
                    f"rule: a reward's components are finite numbers; {name} is {part!r}"
                )
            variance = value.variance
            assert variance is None or (math.isfinite(variance) and variance >= 0), (
                f"rule: a reward's variance is None or a finite number, at least 0; got {variance!r}"
            )

        self._each(rule)

    def test_nothing_passed_earns_nothing(self) -> None:
        for requested, generated in ((0, 0), (10, 0), (10, 10), (1, 7)):
            refused = {"too_short": generated} if generated else {}
            outcome = Outcome(requested=requested, generated=generated, passed=(), novel=0, rejected=refused)
            value = self.value(outcome)
            assert value == 0.0, f"rule: a batch of which nothing passed earns 0; got {value} for {outcome}"

    def test_a_good_batch_earns_something(self) -> None:
        value = self.value(self._good())
        assert value > 0.0, (
            f"rule: a full batch of new, good rows earns more than 0; got {value}: override good_rows() or options"
        )

    # -- what must not pay --------------------------------------------------------------------------------

    def test_more_novel_rows_never_earn_less(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            distinct = _distinct(outcome.passed)
            values = [reward.score(_with_novel(outcome, k)).value for k in range(distinct + 1)]
            for k in range(distinct):
                assert values[k + 1] >= values[k] - TOLERANCE, (
                    "rule: of the same rows, more that are novel never earn less; "
                    f"{k} earned {values[k]}, {k + 1} earned {values[k + 1]}"
                )

        self._each(rule)

    def test_better_scores_never_earn_less(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            halves = replace(
                outcome,
                quality=_half(outcome.quality),
                novel_quality=_half(outcome.novel_quality),
            )
            low, value = reward.score(halves).value, reward.score(outcome).value
            assert value >= low - TOLERANCE, (
                f"rule: better scores never earn less; half of quality {outcome.quality} earned {low}, all {value}"
            )

        self._each(rule)

    def test_duplicates_earn_nothing(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            for copies in (1, len(outcome.passed)):
                twins = tuple(replace(row, id=f"twin of {row.id}") for row in outcome.passed[:copies])
                more = replace(
                    outcome,
                    generated=outcome.generated + len(twins),
                    passed=(*outcome.passed, *twins),
                    quality=None if outcome.quality is None else (outcome.quality + 1) / 2,
                )
                before, after = reward.score(outcome).value, reward.score(more).value
                assert after <= before + TOLERANCE, (
                    f"rule: duplicates earn nothing, those of the best rows neither, which raise `quality` but not "
                    f"`novel_quality`; {len(twins)} copies raised {before} to {after}"
                )

        self._each(rule)

    def test_returning_fewer_rows_earns_no_more(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            whole = reward.score(outcome).value
            for fewer in _returning_fewer(outcome):
                kept, value = len(fewer.passed), reward.score(fewer).value
                if self.reads_rows:
                    assert value <= kept / outcome.requested + TOLERANCE, (
                        f"rule: k of n rows asked for earn at most k/n; {kept} of {outcome.requested} earned {value}"
                    )
                else:
                    assert value <= whole + TOLERANCE, (
                        "rule: returning fewer of the same rows earns no more; "
                        f"{len(outcome.passed)} rows earned {whole}, the first {kept} earned {value}"
                    )

        self._each(rule)

    def test_spending_more_earns_no_more(self) -> None:
        reward = self.build()

        def rule(outcome: Outcome) -> None:
            cheap, dear = (
                reward.score(replace(outcome, cost=cost)).value for cost in (outcome.cost, outcome.cost + 10)
            )
            assert dear <= cheap + TOLERANCE, (
                f"rule: spending more earns no more; at 10 more {cheap} became {dear}"
            )

        self._each(rule)

    # -- reproducible -------------------------------------------------------------------------------------

    def test_the_same_outcome_earns_the_same(self) -> None:
        reward, other = self.build(), self.build()

        def rule(outcome: Outcome) -> None:
            first = reward.score(outcome)
            other.score(self._good())  # a batch between must leave nothing behind
            for value in (reward.score(outcome), other.score(outcome)):
                assert value == first, (
                    f"rule: the same outcome earns the same, whatever came before; {first} became {value}"
                )

        self._each(rule)

    def test_its_version_is_named(self) -> None:
        version = self.build().version
        assert isinstance(version, str) and version, (
            f"rule: a reward's version is a non-empty string; found {version!r}"
        )


def _outcome(
    rows: list[tuple[str, str | None]],
    *,
    extra: int,
    refused: int,
    share: float,
    quality: float,
    novel_quality: float,
    cost: float,
) -> Outcome:
    passed = tuple(Sample(id=f"r{i}", response=text, label=label) for i, (text, label) in enumerate(rows))
    novel = round(share * _distinct(passed))
    return Outcome(
        requested=max(1, len(passed) + extra),
        generated=len(passed) + refused,
        passed=passed,
        novel=novel,
        rejected={"refused": refused} if refused else {},
        quality=quality if passed else None,
        novel_quality=novel_quality if novel else None,
        cost=cost,
    )


def _distinct(rows: Sequence[Sample]) -> int:
    return len({row.content_hash for row in rows})


def _half(quality: float | None) -> float | None:
    return None if quality is None else quality / 2


def _with_novel(outcome: Outcome, novel: int) -> Outcome:
    quality = outcome.novel_quality if outcome.novel_quality is not None else outcome.quality
    return replace(outcome, novel=novel, novel_quality=quality if novel else None)


def _returning_fewer(outcome: Outcome) -> Iterator[Outcome]:
    """The outcome had the batch ended after each number of passed rows: refused rows came before, or after."""
    for kept in range(len(outcome.passed)):
        for rejected in (outcome.rejected, {}):
            passed = outcome.passed[:kept]
            shorter = replace(
                outcome,
                generated=kept + sum(rejected.values()),
                passed=passed,
                rejected=rejected,
                quality=outcome.quality if passed else None,
            )
            yield _with_novel(shorter, min(outcome.novel, _distinct(passed)))
