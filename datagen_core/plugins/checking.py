"""What of the installed plugins works: every component's parts loaded, with the cause where they don't."""

from __future__ import annotations

import contextlib
import inspect
import re
import sys
from dataclasses import asdict, dataclass
from typing import Any

from datagen_core.errors import PluginError, UsageError
from datagen_core.plugins.host import NEEDS_EXTRA, Host, Offer, installed, one_line
from datagen_core.plugins.interfaces import interfaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How loading one component went: `state` is `ok` or the one-line cause why it can't be used.

    A plugin that offers no component, or whose hooks failed, stands for itself: its `kind` is `plugin`.
    """

    name: str
    kind: str
    package: str
    version: str
    state: str

    @property
    def is_broken(self) -> bool:
        """Whether it can't be used, and not only for want of an extra."""
        return self.state != "ok" and not self.state.startswith(NEEDS_EXTRA)

    def to_json(self) -> dict[str, str]:
        """One row of `datagen plugins check --json`."""
        return asdict(self)


def check(name: str | None = None, host: Host | None = None) -> list[Checked]:
    """Loads the options and the implementation of each component, not only its hooks, and says what works.

    Args:
        name: Only this component, plugin (its entry point) or distribution; all by default.
        host: What is installed; by default this environment.

    Raises:
        UsageError: nothing installed has this name.
    """
    host = host or installed()
    key = canonical(name or "")
    packages = {p.package for p in host.plugins if name is None or key in (p.name, canonical(p.package))}
    offers = [o for o in host.offers if o.package in packages or o.name == name]
    offering = {offer.package for offer in host.offers}
    found = [_checked(offer) for offer in sorted(offers, key=lambda o: (o.package, o.kind, o.name))]
    found += [
        Checked(name=p.name, kind="plugin", package=p.package, version=p.version, state=p.state)
        for p in host.plugins
        if p.package in packages and (p.state != "ok" or p.package not in offering)
    ]
    if name is not None and not found:
        known = sorted({offer.name for offer in host.offers} | {p.name for p in host.plugins})
        raise UsageError(
            f"no component or plugin {name!r} is installed", expected=f"one of {', '.join(known)}"
        )
    return found


def _checked(offer: Offer) -> Checked:
    state = offer.state
    if state == "ok":
        try:
            with contextlib.redirect_stdout(sys.stderr):
                _load(offer)
        except (Exception, SystemExit) as error:  # it may fail in any way; the cause is shown, not hidden
            state = one_line(error)
    return Checked(
        name=offer.name, kind=offer.kind, package=offer.package, version=offer.version, state=state
    )


def _load(offer: Offer) -> None:
    from datagen_core.config import Config

    component, wanted = offer.component, interfaces()[offer.kind]
    config = component.load_config()
    if not (inspect.isclass(config) and issubclass(config, Config)):
        raise PluginError(f"its options {component.config} are no Config")
    config.model_json_schema()
    impl = component.load_impl()
    if not (inspect.isclass(impl) and issubclass(impl, wanted)):
        raise PluginError(f"{component.impl} is no {' or '.join(base.__name__ for base in wanted)}")
    if undefined := sorted(getattr(impl, "__abstractmethods__", ())):
        raise PluginError(f"{component.impl} doesn't define {', '.join(undefined)}")
    for preset in component.presets:
        _check_preset(config, f"{component.name}-{preset.name}", dict(preset.options))


def _check_preset(config: Any, name: str, options: dict[str, Any]) -> None:
    """A preset may leave out what a recipe must give; what it gives must fit."""
    from pydantic import ValidationError

    try:
        config.model_validate(options)
    except ValidationError as error:
        wrong = [p for p in error.errors(include_url=False) if p["type"] != "missing"]
        if wrong:
            option = ".".join(map(str, wrong[0]["loc"]))
            raise PluginError(
                f"its preset {name} doesn't fit its options: {option}: {wrong[0]['msg']}"
            ) from None


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()
