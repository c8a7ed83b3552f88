from __future__ import annotations

from datagen_core.testing import PoolValidatorConformance


class TestNovelty(PoolValidatorConformance):
    component = "novelty"


class TestNoveltyOfWords(PoolValidatorConformance):
    component = "novelty"
    options = {"max_rouge_l": None, "max_bag_of_words": 0.8, "against_seeds": False}
