from __future__ import annotations

from datagen_core.testing import PoolValidatorConformance


class TestDedup(PoolValidatorConformance):
    component = "dedup"


class TestExactDedup(PoolValidatorConformance):
    component = "dedup"
    options = {"near_jaccard": None, "against_seeds": False}
