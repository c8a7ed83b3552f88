"""Nine environments, each a world drawn from a seed.

Rewards are Binomial(20, pass rate)/20 × a judge's score with a standard deviation of 0.05, clipped to [0, 1]. Spreads
were set once, so that choosing uniformly earns 0.58 to 0.86 of what the clairvoyant does.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from datagen_core.context import Context
from datagen_core.router import Arm
from routing_environments.world import World

Rng = np.random.Generator
ENDLESS = 1e12
PLAIN = Context(domain="support", seeds=20, num_samples=4000)


def stationary(rng: Rng) -> World:
    """Six arms, 200 batches; nothing changes."""
    return _world(_levels(rng, 6), rounds=200)


def contextual(rng: Rng) -> World:
    """The best arm depends on domain (4), complexity (3), format (3) and knowledge base (2); 12 jobs of 50 batches."""
    arms, batches = 6, 50
    contexts, rates = [], []
    level = 0.5 + 0.06 * rng.standard_normal(arms)
    by_domain = 0.17 * rng.standard_normal((4, arms))
    by_complexity, by_format = 0.12 * rng.standard_normal((3, arms)), 0.12 * rng.standard_normal((3, arms))
    by_knowledge = 0.12 * rng.standard_normal((2, arms))
    for _ in range(12):
        d, c, f, k = (int(rng.integers(n)) for n in (4, 3, 3, 2))
        contexts.append(
            Context(
                domain=f"domain-{d}",
                complexity=("low", "medium", "high")[c],
                format=("text", "labelled", "record")[f],
                documents=500 * k,
                seeds=20,
                num_samples=1000,
            )
        )
        rates.append(level + by_domain[d] + by_complexity[c] + by_format[f] + by_knowledge[k])
    quality = rng.uniform(0.75, 0.95, arms)
    world = _world(_clipped(np.array(rates)), rounds=600, quality=quality, repeat=batches)
    world.contexts = [contexts[t // batches] for t in range(600)]
    return world


def saturate(rng: Rng) -> World:
    """Six arms with pools of 200 to 4,000 samples: duplicates are rejected, so what is used passes less and less."""
    world = _world(_levels(rng, 6), rounds=200)
    world.pool_sizes = np.exp(rng.uniform(np.log(200), np.log(4000), (1, 6)))
    world.used = np.zeros((1, 6))
    return world


def abrupt(rng: Rng) -> World:
    """Six arms on three endpoints, 300 batches. The best arm's endpoint degrades between batch 90 and 120, to 0.2 of
    its arms' rates; between 180 and 210 the worst arm becomes better than all others by 0.25.
    """
    level = _levels(rng, 6)
    quality = rng.uniform(0.75, 0.95, 6)
    rates = np.tile(level, (300, 1))
    first, second = int(rng.integers(90, 120)), int(rng.integers(180, 210))
    degraded = [a for a in range(6) if a % 3 == int(np.argmax(level * quality)) % 3]
    rates[first:, degraded] *= 0.2
    now = rates[second] * quality
    worst = int(np.argmin(now))
    rates[second:, worst] = min(0.97, (now.max() + 0.25) / quality[worst])
    world = _world(rates, rounds=300, quality=quality)
    world.arms = [Arm(name=f"arm-{a}", attributes={"model": f"endpoint-{a % 3}"}) for a in range(6)]
    return world


def budget(rng: Rng) -> World:
    """Eight arms at prices from 1 to 14 a batch, the dearer the better on the whole; money for 200 batches at 4."""
    prices = np.exp(np.linspace(0.0, np.log(14.0), 8))
    level = np.linspace(0.3, 0.85, 8) + 0.14 * rng.standard_normal(8)
    world = _world(_clipped(level), rounds=200)
    world.prices, world.money = prices, 800.0
    return world


def delayed(rng: Rng) -> World:
    """Ten arms, 200 batches, 8 in flight, answered in any order."""
    world = _world(_levels(rng, 10), rounds=200)
    world.in_flight = 8
    return world


def many_arms(rng: Rng) -> World:
    """40 arms = 5 strategies × 4 models × 2 temperatures, attributes known, 100 batches."""
    strategy, model = 0.16 * rng.standard_normal(5), 0.14 * rng.standard_normal(4)
    temperature = 0.05 * rng.standard_normal(2)
    keys = [(s, m, t) for s in range(5) for m in range(4) for t in range(2)]
    rates = [0.4 + strategy[s] + model[m] + temperature[t] + 0.04 * rng.standard_normal() for s, m, t in keys]
    world = _world(_clipped(np.array(rates)), rounds=100, quality=np.full(40, 0.9))
    world.arms = [
        Arm(name=f"{s}-{m}-{t}", attributes={"strategy": f"s{s}", "model": f"m{m}", "temperature": f"t{t}"})
        for s, m, t in keys
    ]
    return world


def jobs(rng: Rng) -> World:
    """Six arms, 12 jobs of 25 batches over 5 domains that return; an arm's rate departs a little in each job."""
    level = _levels(rng, 6)
    domains = level + 0.12 * rng.standard_normal((5, 6))
    order = np.concatenate([rng.permutation(5), rng.permutation(5), rng.permutation(5)])[:12]
    rates = _clipped(domains[order] + 0.03 * rng.standard_normal((12, 6)))
    world = _world(rates, rounds=300, repeat=25, quality=rng.uniform(0.75, 0.95, 6))
    contexts = [Context(domain=f"domain-{d}", seeds=20, num_samples=500) for d in order]
    world.contexts = [contexts[t // 25] for t in range(300)]
    world.jobs = np.repeat(np.arange(12), 25)
    world.has_memory = True
    return world


def mixed(rng: Rng) -> World:
    """Six arms on three endpoints, four domains that take turns (8 jobs of 50 batches, 4 in flight), a pool of
    200 to 4,000 samples per arm and domain; the endpoint of the arm that is best over all degrades half-way, to 0.2.
    """
    domains = _clipped(_levels(rng, 6) + 0.2 * rng.standard_normal((4, 6)))
    quality = rng.uniform(0.75, 0.95, 6)
    order = np.concatenate([rng.permutation(4), rng.permutation(4)])
    rates = np.repeat(domains[order], 50, axis=0)
    degraded = [a for a in range(6) if a % 3 == int(np.argmax(domains.mean(axis=0) * quality)) % 3]
    rates[int(rng.integers(180, 220)) :, degraded] *= 0.2
    world = _world(rates, rounds=400, quality=quality)
    world.arms = [Arm(name=f"arm-{a}", attributes={"model": f"endpoint-{a % 3}"}) for a in range(6)]
    contexts = [Context(domain=f"domain-{d}", seeds=20, num_samples=4000) for d in range(4)]
    world.contexts = [contexts[order[t // 50]] for t in range(400)]
    world.pools = np.repeat(order, 50)
    world.pool_sizes = np.exp(rng.uniform(np.log(200), np.log(4000), (4, 6)))
    world.used = np.zeros((4, 6))
    world.in_flight = 4
    return world


ENVIRONMENTS: dict[str, Callable[[Rng], World]] = {
    "stationary": stationary,
    "contextual": contextual,
    "saturate": saturate,
    "abrupt": abrupt,
    "budget": budget,
    "delayed": delayed,
    "many-arms": many_arms,
    "jobs": jobs,
    "mixed": mixed,
}


def draw(name: str, seed: int) -> World:
    """The world of an environment that belongs to a seed."""
    return ENVIRONMENTS[name](np.random.default_rng([seed, zlib.crc32(name.encode())]))


def _levels(rng: Rng, arms: int) -> np.ndarray:
    return rng.uniform(0.25, 0.95, arms)


def _clipped(rates: np.ndarray) -> np.ndarray:
    return np.clip(rates, 0.05, 0.97)


def _world(
    rates: np.ndarray, *, rounds: int, quality: np.ndarray | None = None, repeat: int | None = None
) -> World:
    """A plain world: rates K, or T × K, or one row per `repeat` batches."""
    arms = rates.shape[-1]
    if rates.ndim == 1:
        rates = np.tile(rates, (rounds, 1))
    elif repeat is not None:
        rates = np.repeat(rates, repeat, axis=0)
    return World(
        arms=[Arm(name=f"arm-{a}") for a in range(arms)],
        pass_rate=rates,
        quality=np.full(arms, 0.9) if quality is None else quality,
        contexts=[PLAIN] * rounds,
        jobs=np.zeros(rounds, dtype=int),
        pools=np.zeros(rounds, dtype=int),
        pool_sizes=np.full((1, arms), ENDLESS),
    )
