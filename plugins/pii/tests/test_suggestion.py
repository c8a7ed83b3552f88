from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_pii.config import PiiConfig
from datagen_plugin_pii.pii import Pii

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.testing import make_inputs


def why(inputs: Inputs) -> str | None:
    found = Pii.suggestion(inputs, Context())
    assert found == Pii.suggestion(inputs, Context())
    assert found is None or PiiConfig.model_validate(found.options).allow_reserved
    return found and found.why


@pytest.mark.parametrize(
    "constraints",
    [
        *(
            {"privacy": "strict"},
            {"no_pii": True},
            {"rules": ["Follow the GDPR."]},
            {"style": {"personal": "none"}},
        ),
        *(
            {"notes": "Answers are anonymised."},
            {"pii": True},
            {"rules": ["contains no personal information"]},
        ),
    ],
)
def test_a_recipe_that_speaks_of_privacy_has_a_reason(constraints: dict[str, Any]) -> None:
    told = why(Inputs(constraints=constraints))
    assert told and told.startswith("constraints.") and told.endswith("speaks of personal data")
    assert why(Inputs(task_input=constraints))


@pytest.mark.parametrize(
    "constraints",
    [
        *({}, {"no_pii": False, "privacy": None}, {"words": ["copiing", "epiic"]}),
        {"tone": "personal finance", "personality": "bold"},
    ],
)
def test_other_recipes_have_none(constraints: dict[str, Any]) -> None:
    assert why(make_inputs(["play some jazz", "meet at 12:30"], constraints=constraints)) is None


def test_seeds_that_hold_personal_data_are_a_reason_with_their_number() -> None:
    seeds = [*(f"mail user{i}@corp.com" for i in range(3)), "call (415) 555-2671", *("hello",) * 96]
    assert why(make_inputs(seeds)) == "3 of 100 seeds hold e-mail addresses and more"
    assert why(make_inputs(["mail a@corp.com", "hi"])) == "1 of 2 seeds holds e-mail addresses"


def test_examples_in_seeds_are_none() -> None:
    assert why(make_inputs(["mail jane@example.org from 192.0.2.7", "hi"])) is None


def test_at_most_2000_seeds_are_read() -> None:
    assert why(make_inputs([*("hello",) * 2000, "mail a@corp.com"])) is None
    assert (
        why(make_inputs([*("hello",) * 1999, "mail a@corp.com"])) == "1 of 2000 seeds holds e-mail addresses"
    )
