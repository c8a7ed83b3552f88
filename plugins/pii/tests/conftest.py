from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from datagen_plugin_pii.config import SearchConfig
from datagen_plugin_pii.detector import Detector

Find = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def find() -> Find:
    """The types and texts found in a text, in order."""

    def found(
        text: str, *, named: str = "", languages: tuple[str, ...] = ("en",), **options: Any
    ) -> list[tuple[str, str]]:
        detector = Detector(SearchConfig.model_validate(options), languages)
        return [(one.kind, text[one.start : one.end]) for one in detector.find(text, named)]

    return found
