from __future__ import annotations

from datagen_core.testing import RouterConformance


class TestAdaptive(RouterConformance):
    component = "adaptive"


class TestRandomisedWidth(RouterConformance):
    component = "adaptive"
    options = {"randomised_width": True, "floor": 0.05}
