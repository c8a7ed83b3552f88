from __future__ import annotations

from collections.abc import Sequence

from datagen_core.sample import Sample
from datagen_core.testing import ValidatorConformance
from datagen_core.testing.toy_data import make_samples


class TestLanguage(ValidatorConformance):
    component = "language"

    def failing(self) -> Sequence[Sample]:
        return make_samples(["Wird es morgen in Berlin regnen oder scheint die Sonne?"])


class TestLanguageThatMustBeTold(ValidatorConformance):
    """Every option on."""

    component = "language"
    options = {"languages": ["en", "th"], "unsure": "reject", "per_message": False, "same_as_input": True}
