"""presidio-analyzer is an extra: what needs it is left out where it isn't installed."""

from __future__ import annotations

import pickle
from importlib.util import find_spec

import pytest
from datagen_plugin_pii.config import PiiConfig
from datagen_plugin_pii.pii import Pii

from datagen_core.errors import PluginError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample
from datagen_core.testing import offline

is_there = find_spec("presidio_analyzer") is not None


@pytest.mark.skipif(is_there, reason="presidio-analyzer is installed")
def test_without_presidio_it_says_how_to_get_it() -> None:
    with pytest.raises(PluginError) as caught:
        Pii(PiiConfig(detector="both"), Inputs())
    assert caught.value.hint == "pip install 'datagen-plugin-pii[presidio]'"


@pytest.mark.skipif(not is_there, reason="presidio-analyzer isn't installed")
def test_presidio_without_a_model_finds_by_its_patterns_and_opens_no_connection() -> None:
    rows = [
        Sample(id="1", response="mail jane@corp.com, card 4111111111111111"),
        Sample(id="2", response="hello"),
    ]
    part = pickle.loads(pickle.dumps(Pii(PiiConfig(detector="presidio"), Inputs())))
    with offline() as tried:
        first, second = part.validate(rows)
    assert not tried
    assert (first.measured, second.passed) == (2, True)
    assert first.evidence and "EMAIL in response 5–18" in first.evidence


@pytest.mark.skipif(not is_there, reason="presidio-analyzer isn't installed")
def test_both_detectors_together_count_a_value_once() -> None:
    (verdict,) = Pii(PiiConfig(detector="both"), Inputs()).validate(
        [Sample(id="1", response="mail jane@corp.com")]
    )
    assert verdict.measured == 1


@pytest.mark.skipif(not is_there, reason="presidio-analyzer isn't installed")
def test_a_model_that_is_not_installed_is_refused_before_the_run() -> None:
    with pytest.raises(PluginError) as caught:
        Pii(PiiConfig(detector="presidio", presidio_model="no_such_model"), Inputs())
    assert caught.value.hint == "python -m spacy download no_such_model"
