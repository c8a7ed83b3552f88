"""The routers to compare: those that are installed as plugins, and the libraries that are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from datagen_core.plugins.host import installed
from datagen_core.router import Router
from routing_environments.libraries import libraries

Make = Callable[[int], Router[Any]]

LEFT_OUT = {"fixed": "one arm, named in its options"}


def contenders() -> dict[str, Make]:
    """Name → a new router with default options (libraries: as in `libraries`), by seed; `adaptive` first."""
    found: dict[str, Make] = {}
    for offer in installed().of_kind("router"):
        if offer.state == "ok" and offer.name not in LEFT_OUT:
            found[offer.name] = _plugin(offer)
    first = {name: found.pop(name) for name in ("adaptive",) if name in found}
    return {**first, **dict(sorted(found.items())), **libraries()}


def _plugin(offer: Any) -> Make:
    config, impl = offer.component.load_config(), offer.component.load_impl()
    return lambda seed: impl(config())
