from __future__ import annotations

from datagen_core.testing import PoolValidatorConformance


class TestSimilarity(PoolValidatorConformance):
    component = "similarity"


class TestSimilarityWithATopicShownBySeeds(PoolValidatorConformance):
    component = "similarity"
    options = {"min_topic_similarity": 0.05, "against_seeds": False}


class TestSimilarityWithATopicInWords(PoolValidatorConformance):
    component = "similarity"
    options = {
        "min_topic_similarity": 0.03,
        "topic": "play music, weather in the city, a table at the restaurant",
    }
