from __future__ import annotations

import pytest
from datagen_plugin_litellm.environment import blotted


def test_secrets_of_the_environment_are_blotted_out_and_short_ones_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abcdefgh12345678")
    monkeypatch.setenv("A_TOKEN", "the")
    monkeypatch.setenv("A_PLACE", "somewhere else")
    text = "the secret abcdefgh12345678 is somewhere else"
    assert blotted(text) == "the secret *** is somewhere else"
    assert blotted(text, "A_PLACE") == "the secret *** is ***"
