from __future__ import annotations

import json

import numpy as np
import pytest
from datagen_plugin_router_adaptive.budget import Cost, batches_ahead, costs_per_row, shares
from datagen_plugin_router_adaptive.change_detection import Cusum, drift_variance
from datagen_plugin_router_adaptive.choice import best_probabilities, greedy, probabilities, widths
from datagen_plugin_router_adaptive.features import Features, attribute_matrix, context_row
from datagen_plugin_router_adaptive.in_flight import conditioned
from datagen_plugin_router_adaptive.moments import Moments
from datagen_plugin_router_adaptive.posterior import Posterior, fit
from datagen_plugin_router_adaptive.prior import Prior, Scales
from datagen_plugin_router_adaptive.worth import Credit, Worths

from datagen_core.router import Outlook

ATTRIBUTES = [
    {"strategy": "a"},
    {"strategy": "a", "model": "m"},
    {"strategy": "b", "model": "m"},
    {"strategy": "c"},
]


def data(rows: int = 60, dimension: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Arms, coordinates, rewards less the prior mean, and weights of batches."""
    rng = np.random.default_rng(4)
    z = np.column_stack([np.ones(rows), rng.uniform(0, 3, rows), rng.random((rows, dimension - 2))])
    return rng.integers(0, 4, rows), z, rng.uniform(-0.5, 0.5, rows), rng.uniform(0.1, 3, rows)


def fitted() -> Posterior:
    arm, z, y, w = data()
    sums = [Moments(z.shape[1]) for _ in range(4)]
    for i in range(len(y)):
        sums[arm[i]].add(z[i], float(y[i]), float(w[i]))
    return fit(
        np.stack([m.zz for m in sums]),
        np.stack([m.zy for m in sums]),
        sum(m.yy for m in sums),
        float(len(y)),
        attribute_matrix(ATTRIBUTES),
        Prior(),
    )


def prior_covariance(dimension: int, scales: Scales) -> np.ndarray:
    """Of all arms' coefficients, from the model as it is written down, one entry after the other."""
    prior, attributes = Prior(), attribute_matrix(ATTRIBUTES)
    columns = attributes.shape[1]
    out = np.zeros((4, dimension, 4, dimension))
    for a in range(4):
        for b in range(4):
            factors = scales.shared[1 : 1 + columns]
            alike = prior.arm * prior.attributes * attributes[a] @ (factors * attributes[b])
            out[a, 0, b, 0] += prior.level * scales.shared[0] + alike
            out[a, 1, b, 1] += prior.slope * scales.shared[-1]
            for d in range(2, dimension):
                out[a, d, b, d] += prior.context * scales.shared[1 + columns + d - 2]
        unexplained = 1 - prior.attributes if attributes[a].any() else 1.0
        out[a, 0, a, 0] += prior.arm * unexplained * scales.own[0]
        out[a, 1, a, 1] += prior.slope * scales.own[1]
        for d in range(2, dimension):
            out[a, d, a, d] += prior.arm_in_context * unexplained * scales.own[d]
    return out.reshape(4 * dimension, 4 * dimension)


def test_the_incremental_posterior_is_the_direct_solution() -> None:
    """A second computation: one dense Gaussian over all observations, by conditioning the prior covariance."""
    arm, z, y, w = data()
    found = fitted()
    covariance = prior_covariance(z.shape[1], found.scales)
    dimension = z.shape[1]
    rows = np.zeros((len(y), 4 * dimension))
    for i, a in enumerate(arm):
        rows[i, a * dimension : (a + 1) * dimension] = z[i]
    gain = covariance @ rows.T @ np.linalg.inv(rows @ covariance @ rows.T + np.diag(found.scales.noise / w))
    mean, after = gain @ y, covariance - gain @ rows @ covariance
    at = [0, 1, 2, 3]
    probe = z[:4]
    got_mean, got = found.predict(at, probe)
    wide = np.zeros((4, 4 * dimension))
    for i in at:
        wide[i, i * dimension : (i + 1) * dimension] = probe[i]
    assert np.abs(got_mean - wide @ mean).max() <= 1e-8
    assert np.abs(got - wide @ after @ wide.T).max() <= 1e-8


def test_the_noise_is_learned() -> None:
    rng = np.random.default_rng(0)
    for deviation in (0.05, 0.3):
        sums = Moments(2)
        for _ in range(200):
            sums.add(np.array([1.0, 0.0]), 0.1 + deviation * rng.standard_normal(), 1.0)
        found = fit(
            sums.zz[None],
            sums.zy[None],
            sums.yy,
            200.0,
            np.zeros((1, 0)),
            Prior(),
        )
        assert found.scales.noise**0.5 == pytest.approx(deviation, rel=0.2)


def test_worth_is_compared_between_arms_and_trusted_as_its_variance_says() -> None:
    worths = Worths(0.04)
    assert [found.tolist() for found in worths.effects(["a", "b"])] == [[0.0, 0.0], [0.0, 0.0]]
    for key, arm, value in (("e1", "a", 0.9), ("e2", "b", 0.5), ("e1", "a", 0.1)):  # e1 comes twice
        worths.credit(key, Credit(arm, value, 0.04))
    mean, variance = worths.effects(["a", "b", "never evaluated"])
    assert mean.tolist() == pytest.approx([0.1, -0.1, 0.0])  # half of what was seen
    assert variance.tolist() == pytest.approx([0.02, 0.02, 0.04])


def test_only_the_latest_evaluation_of_an_arm_counts_also_after_a_reload() -> None:
    worths, again = Worths(0.04), Worths(0.04)
    for key, value in (("e10|a", 0.9), ("e10|b", 0.5), ("e5|a", 0.5), ("e5|b", 0.5)):
        worths.credit(key, Credit(key[-1], value, 0.01))
    again.load(json.loads(json.dumps(worths.state(), sort_keys=True)))
    assert worths.effects(["a", "b"])[0].tolist() == again.effects(["a", "b"])[0].tolist() == [0.0, 0.0]


def test_sums_are_the_same_in_any_order() -> None:
    _, z, y, w = data()
    one, other = Moments(5), Moments(5)
    for i in range(60):
        one.add(z[i], float(y[i]), float(w[i]))
        other.add(z[-1 - i], float(y[-1 - i]), float(w[-1 - i]))
    assert one.state() == other.state()


def test_widening_adds_the_variance_it_says() -> None:
    sums = Moments(2)
    sums.add(np.array([1.0, 0.0]), 0.2, 4.0)
    sums.widen(0.5)
    assert 1 / sums.weight == pytest.approx(1 / 4 + 0.5)
    assert sums.zy[0] / sums.weight == pytest.approx(0.2)


def test_features_have_a_place_by_name_and_there_is_a_limit() -> None:
    features = Features(["domain=voice"])
    assert features.add({"domain=shop": 1.0}) and not features.add({"domain=shop": 1.0})
    assert features.vector({"domain=shop": 0.5, "never met": 1.0}, 0.3).tolist() == [1.0, 0.3, 0.0, 0.5]
    features.add({f"f{i}": 1.0 for i in range(1000)})
    assert len(features.names) == 128


def test_a_context_is_a_vector_of_length_1() -> None:
    row = context_row({"domain=voice": 1.0, "seeds": 2.0, "flag": 0.0})
    assert sum(v * v for v in row.values()) == pytest.approx(1.0)
    assert row["domain=voice"] == pytest.approx(2 * row["seeds"]) and context_row({}) == {}


def test_pending_rows_narrow_as_if_they_had_been_seen() -> None:
    prior = np.array([[0.04, 0.04], [0.04, 0.04]])  # the arm offered is the arm in flight
    assert conditioned(prior, 1, np.array([2.0]), 0.08)[0, 0] == pytest.approx(1 / (1 / 0.04 + 2 / 0.08))


def test_cusum_alarms_on_a_shift_and_not_on_noise() -> None:
    rng = np.random.default_rng(1)
    quiet = Cusum()
    assert not any(quiet.sees(float(e)) for e in rng.standard_normal(2000))
    for shift in (-4.0, 4.0):
        cusum = Cusum()
        assert [cusum.sees(shift) for _ in range(3)] == [False, False, True]
        assert cusum.alarms == 1 and cusum.up == cusum.down == 0.0


def test_arms_drift_only_after_an_alarm() -> None:
    assert drift_variance(0, 500) == 0.0
    assert drift_variance(2, 100) == pytest.approx(2 * drift_variance(1, 100))


@pytest.mark.parametrize(
    ("allowance", "wanted"),
    [
        (0.5, [1.0, 0.0, 0.0]),  # nothing fits: the best reward per money, and a shorter run
        (2.0, [0.5, 0.0, 0.5]),  # 0.65; the middle arm alone earns 0.45
        (9.0, [0.0, 0.0, 1.0]),
    ],
)
def test_shares_solve_the_linear_programme(allowance: float, wanted: list[float]) -> None:
    found = shares(np.array([0.4, 0.45, 0.9]), np.array([1.0, 1.9, 3.0]), allowance)
    assert found.tolist() == pytest.approx(wanted)


def test_shares_are_never_worse_than_any_pair_on_a_grid() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        worth, costs = rng.random(4), rng.uniform(1, 5, 4)
        allowance = rng.uniform(1, 5)
        found = shares(worth, costs, allowance)
        if (costs <= allowance).any() and costs @ found <= allowance + 1e-9:
            for i in range(4):
                for j in range(4):
                    for share in np.linspace(0, 1, 21):
                        if share * costs[i] + (1 - share) * costs[j] <= allowance:
                            assert share * worth[i] + (1 - share) * worth[j] <= found @ worth + 1e-9


def test_unknown_costs_are_the_mean_of_known_ones() -> None:
    assert costs_per_row([Cost(2.0, 20), Cost(6.0, 20), Cost()]).tolist() == pytest.approx([0.1, 0.3, 0.2])
    assert costs_per_row([Cost()]).tolist() == [0.0]


def test_the_horizon_is_what_is_missing_or_what_was() -> None:
    assert batches_ahead(Outlook(requested=20, rows_missing=200), 7) == 10.0
    assert batches_ahead(Outlook(requested=20), 7) == 50.0
    assert batches_ahead(Outlook(requested=20), 300) == 300.0


def test_random_widths_give_each_arm_the_share_of_the_half_normal() -> None:
    drawn = widths(1.0, is_random=True)
    assert np.mean(np.square(drawn)) == pytest.approx(1.0, abs=0.05)
    chances = probabilities(np.array([0.1, 0.0]), np.array([0.0, 0.1]), drawn, 0.0, greedy)
    assert chances[1] == pytest.approx(0.317, abs=0.02)  # P(|N(0, 1)| > 1)
    assert widths(0.8, is_random=False) == [0.8]


def test_ties_share_and_the_floor_holds() -> None:
    chances = probabilities(np.array([0.3, 0.3, 0.1]), np.zeros(3), [0.8], 0.3, greedy)
    assert chances.tolist() == pytest.approx([0.45, 0.45, 0.1])


def test_p_best_of_two_independent_arms() -> None:
    normals = np.random.default_rng(0).standard_normal((4000, 2))
    found = best_probabilities(np.array([0.1, 0.0]), np.diag([0.005, 0.005]), normals)
    assert found[0] == pytest.approx(0.841, abs=0.02)  # P(N(0, 1) < 1)
