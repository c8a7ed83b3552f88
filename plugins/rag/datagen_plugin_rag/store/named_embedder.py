"""An embedder by its name, outside of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_core import Embedder
from datagen_core.nothing import EMPTY
from datagen_core.plugins.host import installed
from datagen_core.validating import validated
from datagen_core.yaml_source import Located


@dataclass(frozen=True, slots=True)
class NamedEmbedder:
    """An embedder with what it takes to build it again."""

    name: str
    options: Mapping[str, Any]
    part: Embedder[Any]

    def identity(self) -> dict[str, Any]:
        """What decides its vectors, as JSON."""
        return {"use": self.name, "with": self.part.config.fingerprint()}

    def is_like(self, other: Embedder[Any]) -> bool:
        """Whether another gives the same vectors."""
        return type(self.part) is type(other) and self.part.config.fingerprint() == other.config.fingerprint()


def named_embedder(name: str, options: Mapping[str, Any] = EMPTY) -> NamedEmbedder:
    """The installed embedder of this name.

    Raises:
        RecipeError: it isn't installed, or the options don't fit.
        PluginError: it can't be loaded.
    """
    offer, preset = installed().find("embedder", name, "embedder")
    with offer.blamed("embedder"):
        model, make = offer.component.load_config(), offer.component.load_impl()
    given = {**(preset.options if preset else {}), **options}
    config = validated(model, given, Path.cwd(), Located({}, {}, "embedder"), ())
    return NamedEmbedder(offer.name, config.model_dump(mode="json"), make(config))
