from __future__ import annotations

import random
from math import comb, erfc, fsum, hypot, sqrt

import pytest
from datagen_plugin_bandits.chance_of_best import of_betas, of_gaussians
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("means", "sds"),
    [
        ((0.5, 0.4), (0.1, 0.2)),
        ((0.5, 0.5), (0.001, 0.5)),
        ((0.9, 0.2), (1e-5, 0.25)),
        ((0.5, 0.4), (0.01, 0.02)),
        ((3.0, -3.0), (0.5, 0.5)),
    ],
)
def test_two_gaussians_agree_with_the_closed_form(means, sds):
    second = 0.5 * erfc((means[0] - means[1]) / hypot(*sds) / sqrt(2))
    assert of_gaussians(means, sds) == pytest.approx([1 - second, second], abs=1e-10)


def chance_of_second(a1: int, b1: int, a2: int, b2: int) -> float:
    """P(Beta(a2, b2) > Beta(a1, b1)) for whole numbers: an urn; Y > y has at most a2 - 1 of n uniform numbers below y.

    With n = a2 + b2 - 1 it is Σ over k < a2 of C(n, k) E[y^k (1 - y)^(n - k)], y ~ Beta(a1, b1).
    """
    n = a2 + b2 - 1

    def rising(start: int, steps: int) -> float:
        out = 1.0
        for i in range(steps):
            out *= start + i
        return out

    return fsum(comb(n, k) * rising(a1, k) * rising(b1, n - k) / rising(a1 + b1, n) for k in range(a2))


@pytest.mark.parametrize(
    "shape", [(1, 1, 1, 1), (1, 1, 2, 1), (30, 70, 40, 60), (1, 50, 1, 60), (5, 1, 3, 1), (1, 1, 80, 20)]
)
def test_two_betas_agree_with_the_closed_form(shape):
    a1, b1, a2, b2 = shape
    assert of_betas((a1, a2), (b1, b2))[1] == pytest.approx(chance_of_second(*shape), abs=1e-10)


def test_shapes_below_1_and_between_whole_numbers_agree_with_draws():
    alphas, betas = (0.5, 1.3, 7.2), (0.5, 1.7, 3.1)
    rng = random.Random(0)
    wins = [0, 0, 0]
    for _ in range(20_000):
        draws = [rng.betavariate(a, b) for a, b in zip(alphas, betas, strict=True)]
        wins[draws.index(max(draws))] += 1
    assert of_betas(alphas, betas) == pytest.approx([n / 20_000 for n in wins], abs=0.015)


def test_equal_ones_share_alike_and_a_lone_one_is_certain():
    assert of_betas([3.5] * 40, [2.5] * 40) == pytest.approx([1 / 40] * 40)
    assert of_gaussians([0.3] * 3, [0.1] * 3) == pytest.approx([1 / 3] * 3)
    assert of_betas([2.0], [5.0]) == [1.0] and of_gaussians([2.0], [5.0]) == [1.0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0.5, 500), st.floats(0.5, 500)), min_size=1, max_size=8), st.randoms())
def test_they_are_probabilities_in_whatever_order(shapes, rng):
    found = of_betas(*zip(*shapes, strict=True))
    assert all(0 <= p <= 1 for p in found) and fsum(found) == pytest.approx(1.0)
    order = list(range(len(shapes)))
    rng.shuffle(order)
    again = of_betas(*zip(*(shapes[i] for i in order), strict=True))
    assert again == pytest.approx([found[i] for i in order], abs=1e-9)
