"""The rules of routers."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from datagen_core.context import Context
from datagen_core.router import Arm, Decision, Feedback, Router
from datagen_core.testing.components import ComponentConformance

CONTEXTS = (
    Context(domain="voice", format="labelled", labels=3, seeds=14, num_samples=100),
    Context(domain="support", format="text", complexity="high", seeds=2, documents=9, num_samples=5000),
)
DRAWS = 600
"""Choices made from one state to compare frequencies with propensities."""


class RouterConformance(ComponentConformance):
    """Rules for routers. Set `component`; see `ComponentConformance` for `options`.

    Attributes:
        rounds: Answered decisions after which the state must have stopped growing; raise it for a router
            that remembers a window of more than so many.
    """

    kind: ClassVar[str] = "router"
    interface: ClassVar[type] = Router
    takes_inputs: ClassVar[bool] = False
    rounds: ClassVar[int] = 400

    def use(self) -> object:
        """The decisions of a short run."""
        return [(d.arm, d.propensity, d.reason) for d in _run(self.build(), 0, 30)]

    # -- choosing -----------------------------------------------------------------------------------------

    def test_only_offered_arms_are_chosen(self) -> None:
        router = self.build()
        for i, (offered, decision) in enumerate(_with_changing_arms(router)):
            assert decision.arm in offered, (
                "rule: only an arm that is offered now is chosen, though others come and go; "
                f"offered {offered}, chose {decision.arm!r}"
            )
            assert decision.id == f"d{i}", (
                f"rule: a decision bears the id it was given; d{i} became {decision.id!r}"
            )

    def test_a_decision_has_a_probability_and_a_reason(self) -> None:
        for _, decision in _with_changing_arms(self.build()):
            propensity = decision.propensity
            assert 0.0 < propensity <= 1.0 + 1e-9, (
                f"rule: a propensity is a probability above 0; got {propensity!r}"
            )
            assert decision.reason.strip(), "rule: a decision has a reason in words; it is empty"

    def test_a_lone_arm_is_certain(self) -> None:
        router = self.build()
        _run(router, 0, 20)
        decision = _select(router, 20, _arms(1))
        assert math.isclose(decision.propensity, 1.0), (
            f"rule: the propensities of the arms offered sum to 1; a lone arm got {decision.propensity!r}"
        )

    def test_propensities_are_the_frequencies(self) -> None:
        for rounds in (0, 5, 40):
            self._compare_frequencies(rounds)

    def _compare_frequencies(self, rounds: int) -> None:
        router = self.build()
        _run(router, 0, rounds)
        state = json.dumps(router.state())
        stated: dict[str, list[float]] = {}
        for i in range(DRAWS):
            router.load(json.loads(state))
            decision = router.select(CONTEXTS[0], _arms(3), decision_id=f"d{rounds}", rng=random.Random(i))
            stated.setdefault(decision.arm, []).append(decision.propensity)
        total = 0.0
        for arm, propensities in stated.items():
            share, meant = len(propensities) / DRAWS, sum(propensities) / len(propensities)
            total += meant
            allowed = 4 * math.sqrt(0.25 / DRAWS)
            assert abs(share - meant) <= allowed, (
                f"rule: an arm is chosen as often as its propensity says; after {rounds} decisions {arm} has "
                f"{meant:.3f} and was chosen in {share:.3f} of {DRAWS} draws"
            )
        assert total <= 1.0 + 1e-6, (
            f"rule: propensities sum to 1; those of the arms chosen sum to {total:.4f}"
        )

    def test_the_same_randomness_gives_the_same_choices(self) -> None:
        first, second = (_run(self.build(), 0, 60) for _ in range(2))
        assert first == second, "rule: same state and random generator, same decision; two runs differ"

    # -- learning -----------------------------------------------------------------------------------------

    def test_a_repeated_update_counts_once(self) -> None:
        router = self.build()
        _run(router, 0, 20)
        _select(router, 20)
        router.update("d20", Feedback(reward=0.7, requested=10, accepted=7))
        before = _dumped(router)
        for reward in (0.7, 0.1, None):
            router.update("d20", Feedback(reward=reward, requested=10, accepted=7))
            assert _dumped(router) == before, (
                f"rule: updates are idempotent by decision id; a second one ({reward}) changed the state"
            )

    def test_an_unknown_decision_changes_nothing(self) -> None:
        router = self.build()
        _run(router, 0, 20)
        before = _dumped(router)
        router.update("no such decision", Feedback(reward=1.0))
        assert _dumped(router) == before, "rule: an update of an unknown decision changes nothing; it did"

    def test_a_reward_outside_0_to_1_is_refused(self) -> None:
        router = self.build()
        _run(router, 0, 20)
        _select(router, 20)
        before = _dumped(router)
        for reward in (math.nan, math.inf, -0.1, 1.1):
            try:
                router.update("d20", Feedback(reward=reward))
            except ValueError:
                pass
            else:
                raise AssertionError(
                    f"rule: a reward that is NaN or outside [0, 1] raises ValueError; {reward} was taken"
                )
            assert _dumped(router) == before, (
                f"rule: a refused reward changes nothing; {reward} changed the state"
            )

    def test_late_feedback_is_credited_to_the_arm_that_was_chosen(self) -> None:
        router = self.build()
        decisions = [_select(router, i) for i in range(30)]
        order = random.Random(0).sample(decisions, len(decisions))
        for decision in order:
            router.update(decision.id, Feedback(reward=0.5, requested=10, accepted=5))
        pulls = {name: shown["pulls"] for name, shown in router.summary().items() if "pulls" in shown}
        chosen = Counter(decision.arm for decision in decisions)
        wrong = {name: n for name, n in pulls.items() if n != chosen[name]}
        assert not wrong, (
            "rule: feedback, however late and in whatever order, counts for the arm of its decision; "
            f"chosen {dict(chosen)}, the summary says {pulls}"
        )

    def test_lost_feedback_stops_nothing(self) -> None:
        router = self.build()
        try:
            for i in range(100):
                _select(router, i)
            _run(router, 100, 120)
        except Exception as error:
            raise AssertionError(
                "rule: decisions that are never answered stop nothing; 100 of them open, "
                f"{type(error).__name__}: {error}"
            ) from error

    def test_a_failure_is_released_not_judged(self) -> None:
        router = self.build()
        _run(router, 0, 20)
        shown = {name: dict(values) for name, values in router.summary().items()}
        _select(router, 20)
        router.update("d20", Feedback(reward=None, requested=10))
        assert {name: dict(values) for name, values in router.summary().items()} == shown, (
            "rule: an operational failure (reward None) is no judgement of the arm; it changed the summary"
        )
        before = _dumped(router)
        router.update("d20", Feedback(reward=1.0, requested=10))
        assert _dumped(router) == before, (
            "rule: an operational failure releases its decision; a later update still counted"
        )

    def test_its_summary_is_numbers(self) -> None:
        router = self.build()
        _run(router, 0, 40)
        for name, shown in router.summary().items():
            bad = {
                key: value
                for key, value in shown.items()
                if not (isinstance(value, int | float) and math.isfinite(value))
            }
            assert not bad, f"rule: a summary holds finite numbers by name; {name} has {bad}"

    # -- state --------------------------------------------------------------------------------------------

    def test_its_state_is_json_and_round_trips_exactly(self) -> None:
        router = self.build()
        _run(router, 0, 40)
        for i in range(40, 44):
            _select(router, i)  # pending
        again = _reloaded(self.build(), router)
        assert _dumped(again) == _dumped(router), (
            f"rule: state → JSON → load → state is exact; {_dumped(router)} became {_dumped(again)}"
        )
        for one in (router, again):
            one.update("d41", Feedback(reward=0.9, requested=10, accepted=9))
        first, second = _run(router, 44, 100), _run(again, 44, 100)
        assert first == second and _dumped(router) == _dumped(again), (
            "rule: a router loaded from the state goes on exactly as the one that gave it; they part ways"
        )

    def test_its_state_is_a_copy(self) -> None:
        router = self.build()
        _run(router, 0, 20)
        state = router.state()
        kept = json.dumps(state)
        other = self.build()
        other.load(state)
        _run(router, 20, 40)
        _run(other, 20, 40)
        assert json.dumps(state) == kept, (
            "rule: state() and load() copy; a state that was given out changed as routers went on"
        )

    def test_its_state_stops_growing(self) -> None:
        router = self.build()
        _run(router, 0, self.rounds)
        early = len(_dumped(router))
        _run(router, self.rounds, 3 * self.rounds)
        late = len(_dumped(router))
        assert late <= 1.5 * early + 100, (
            "rule: the state is bounded by the arms and what is pending; "
            f"{early} characters after {self.rounds} answered decisions became {late} after three times as many"
        )


def _arms(n: int = 3) -> list[Arm]:
    return [Arm(name=f"arm-{i}", attributes={"strategy": f"s{i % 2}"}, version="1") for i in range(n)]


def _select(router: Router[Any], i: int, arms: Sequence[Arm] | None = None) -> Decision:
    offered = _arms() if arms is None else arms
    return router.select(
        CONTEXTS[i % len(CONTEXTS)], offered, decision_id=f"d{i}", rng=random.Random(f"route|{i}")
    )


def _run(router: Router[Any], start: int, end: int) -> list[Decision]:
    """Decisions `start` to `end`, each answered three decisions later: 0.8 for arm-1, 0.3 for the others."""
    made: list[Decision] = []
    for i in range(start, end):
        made.append(_select(router, i))
        if len(made) > 3:
            _answer(router, made[-4])
    for decision in made[-3:]:
        _answer(router, decision)
    return made


def _answer(router: Router[Any], decision: Decision) -> None:
    reward = 0.8 if decision.arm == "arm-1" else 0.3
    router.update(decision.id, Feedback(reward=reward, requested=10, accepted=int(10 * reward), cost=0.01))


def _with_changing_arms(router: Router[Any]) -> Iterator[tuple[list[str], Decision]]:
    """80 decisions while arms vanish and new ones come, each answered, some after their arm is gone."""
    pool = _arms(6)
    waiting: list[Decision] = []
    for i in range(80):
        offered = pool[i // 20 : i // 20 + 3] if i % 7 else pool[i // 20 : i // 20 + 1]
        decision = _select(router, i, offered)
        yield [arm.name for arm in offered], decision
        waiting.append(decision)
        if len(waiting) > 10:
            _answer(router, waiting.pop(0))


def _dumped(router: Router[Any]) -> str:
    try:
        return json.dumps(router.state(), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise AssertionError(f"rule: the state is JSON; {error}") from error


def _reloaded(other: Router[Any], router: Router[Any]) -> Router[Any]:
    """Another router, with this one's state as it comes back from JSON."""
    other.load(json.loads(_dumped(router)))
    return other
