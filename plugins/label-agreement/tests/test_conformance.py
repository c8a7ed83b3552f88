from __future__ import annotations

from datagen_core.testing import ValidatorConformance


class TestLabelAgreement(ValidatorConformance):
    component = "label-agreement"
    options = {"threshold": 0.5}
