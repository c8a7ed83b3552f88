from __future__ import annotations

from datagen_core.testing import RouterConformance


class TestEpsilonFirst(RouterConformance):
    component = "epsilon-first"


class TestEpsilonDecreasing(RouterConformance):
    component = "epsilon-decreasing"


class TestUcb1(RouterConformance):
    component = "ucb1"


class TestUcbTuned(RouterConformance):
    component = "ucb-tuned"


class TestThompson(RouterConformance):
    component = "thompson"


class TestThompsonThatForgets(RouterConformance):
    component = "thompson"
    options = {"discount": 0.95, "weigh_rows": True}


class TestThompsonGaussian(RouterConformance):
    component = "thompson"
    options = {"posterior": "gaussian"}


class TestLinUcb(RouterConformance):
    component = "lin-ucb"


class TestLinTs(RouterConformance):
    component = "lin-ts"


class TestExp3S(RouterConformance):
    component = "exp3s"


class TestBoltzmann(RouterConformance):
    component = "boltzmann"


class TestBoltzmannThatCools(RouterConformance):
    component = "boltzmann"
    options = {"temperature": 1.0, "decay": 0.95}


class TestSlidingWindowUcb(RouterConformance):
    component = "sliding-window-ucb"


class TestDiscountedUcb(RouterConformance):
    component = "discounted-ucb"


class TestRoundRobin(RouterConformance):
    component = "round-robin"


class TestFixed(RouterConformance):
    component = "fixed"
    options = {"arm": "arm-0"}  # the suite's first offer is this one alone
