"""Small simulations: rewards are shares of 20 coins. What is claimed holds for the seeds 0 to 19."""

from __future__ import annotations

import random
from statistics import fmean, median

import pytest

SEEDS = range(20)
ROUNDS = 120
MEANS = {"a": 0.2, "b": 0.35, "c": 0.5, "d": 0.75}
STATIONARY = [
    ("epsilon-first", {}),
    ("epsilon-decreasing", {}),
    ("ucb1", {}),
    ("ucb-tuned", {}),
    ("thompson", {}),
    ("thompson", {"posterior": "gaussian"}),
    ("lin-ucb", {}),
    ("lin-ts", {}),
    ("exp3s", {"gamma": 0.3}),
    ("boltzmann", {"temperature": 0.2, "decay": 0.98, "floor": 0.03}),
]
FORGETFUL = [("sliding-window-ucb", {}), ("discounted-ucb", {}), ("thompson", {"discount": 0.98})]
UNIFORM = ROUNDS * (0.75 - fmean(MEANS.values()))
"""Expected regret of uniform choice: 36."""


def regrets(drive, name, options):
    """A list of regrets per round for each seed, the arms shuffled."""
    out = []
    for seed in SEEDS:
        names = random.Random(seed).sample(sorted(MEANS), len(MEANS))
        means = {name: MEANS[name] for name in names}
        out.append(drive(name, seed=seed, **options).play(lambda t, means=means: means, ROUNDS))
    return out


@pytest.mark.parametrize(("name", "options"), STATIONARY)
def test_regret_is_sublinear_and_below_that_of_uniform_choice(drive, name, options):
    runs = regrets(drive, name, options)
    assert sum(sum(run) < UNIFORM for run in runs) >= 18
    quarter = fmean(sum(run[: ROUNDS // 4]) for run in runs)
    whole = fmean(sum(run) for run in runs)
    assert whole < 3.2 * quarter, "linear regret is 4 times that of the first quarter"


@pytest.mark.parametrize(("name", "options"), FORGETFUL)
def test_policies_that_forget_explore_for_ever_and_still_beat_uniform_choice(drive, name, options):
    assert sum(sum(run) < UNIFORM for run in regrets(drive, name, options)) >= 18


def rounds_to_recover(drive, name, options):
    """Decisions after the worst arm became the best until 8 of 10 in a row are of it; 200 where that never came."""
    before, after = {"a": 0.8, "b": 0.3, "c": 0.2}, {"a": 0.5, "b": 0.3, "c": 0.8}
    out = []
    for seed in SEEDS:
        run = drive(name, seed=seed, **options).play(lambda t: before if t < 200 else after, 400)
        right = [regret == 0 for regret in run]
        out.append(next((t for t in range(200, 391) if sum(right[t : t + 10]) >= 8), 400) - 200)
    return out


def test_forgetting_recovers_from_a_swap_within_60_decisions_and_ucb1_later(drive):
    """All with the same bonus per root of ln n / pulls, 0.2, as suits batches of 20."""
    window = rounds_to_recover(drive, "sliding-window-ucb", {"width": 0.2, "xi": 1.0, "window": 50})
    discount = rounds_to_recover(drive, "discounted-ucb", {"width": 0.1, "xi": 1.0, "gamma": 0.98})
    never = rounds_to_recover(drive, "ucb1", {"width": 0.2 / 2**0.5})
    assert sum(rounds <= 60 for rounds in window) >= 18
    assert sum(rounds <= 60 for rounds in discount) >= 18
    assert median(never) > 60
