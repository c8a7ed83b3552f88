"""Every component of every first-party plugin is held to the suite of its kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from datagen_core.plugins.host import Offer, installed
from datagen_core.plugins.spec import KIND_HOOKS

ROOT = Path(__file__).parents[2]
BUILT_IN = ROOT / "tests" / "test_builtin_conformance.py"
OFFERS = sorted(installed().offers, key=lambda offer: (offer.kind, offer.name))


def conformance_tests(offer: Offer) -> str:
    name = offer.package.removeprefix("datagen-plugin-")
    files = (
        [BUILT_IN]
        if name == "datagen-core"
        else sorted((ROOT / "plugins" / name / "tests").glob("test_*.py"))
    )
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: f"{offer.kind} {offer.name}")
def test_a_component_and_its_presets_are_named_in_its_packages_conformance_tests(offer: Offer) -> None:
    tested = set(re.findall(r'^    component = "([^"]+)"$', conformance_tests(offer), re.MULTILINE))
    presets = {f"{offer.name}-{preset.name}" for preset in offer.component.presets}
    assert tested >= {offer.name, *presets}


def test_all_kinds_are_there() -> None:
    assert {offer.kind for offer in OFFERS} == set(KIND_HOOKS)
