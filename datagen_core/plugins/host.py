"""Finding plugins: every entry point in a `try` of its own, so that a broken one hurts only who needs it."""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import Any

import pluggy

from datagen_core.errors import PluginError, RecipeError
from datagen_core.plugins.first_party import bringer
from datagen_core.plugins.spec import KIND_HOOKS, Component, DatagenSpec, Preset

GROUP = "datagen"
NEEDS_EXTRA = "needs pip install "
"""How the state of a component begins whose extra isn't installed; the rest is the command's."""
_ON_CORE = re.compile(r"datagen[-_.]core(?:\[[^]]*\])?\s*(?=[(<>=!~;]|$)\(?([^;)]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A component with where it comes from. `state` is `ok` or the one-line cause why it can't be used."""

    kind: str
    component: Component
    package: str
    version: str
    state: str = "ok"

    @property
    def name(self) -> str:
        """The component's name."""
        return self.component.name

    @contextlib.contextmanager
    def blamed(self, where: str) -> Iterator[None]:
        """Turns what goes wrong in loading it into a PluginError that names it."""
        try:
            yield
        except Exception as error:
            raise PluginError(
                f"{self.kind} {self.name!r} of {self.package} can't be loaded: {one_line(error)}",
                where=where,
                hint=f"datagen plugins check {self.name}",
            ) from error

    def to_json(self) -> dict[str, Any]:
        """One row of `datagen plugins list --json`."""
        return {
            "name": self.name,
            "kind": self.kind,
            "package": self.package,
            "version": self.version,
            "summary": self.component.summary,
            "needs": list(self.component.needs),
            "state": self.state,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginStatus:
    """One distribution's entry point and how loading it went."""

    name: str
    package: str
    version: str
    state: str


class Host:
    """All that is installed: components by kind and name, and the observers of runs.

    Args:
        entries: (name, package, version, loader) of each plugin; by default those of the entry-point group.
    """

    def __init__(
        self, entries: Iterable[tuple[str, str, str, Callable[[], ModuleType]]] | None = None
    ) -> None:
        self.plugins: list[PluginStatus] = []
        self.offers: list[Offer] = []
        self._manager = pluggy.PluginManager("datagen")
        self._manager.add_hookspecs(DatagenSpec)
        self._entries = list(entries if entries is not None else _entry_points())
        for name, package, version, load in self._entries:
            state = self._admit(name, package, version, load)
            self.plugins.append(PluginStatus(name=name, package=package, version=version, state=state))
        self._name_clashes()

    def joined(self, entries: Iterable[tuple[str, str, str, Callable[[], ModuleType]]]) -> Host:
        """A host of the same plugins and these."""
        return Host([*self._entries, *entries])

    def _admit(self, name: str, package: str, version: str, load: Callable[[], ModuleType]) -> str:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # a plugin that prints mustn't spoil `--json`
                module = load()
            _check_requirement(package)
            self._manager.register(module, name=name)
        except (Exception, SystemExit) as error:  # it may fail in any way; the cause is shown, not hidden
            return one_line(error)
        try:
            _check_hooks(self._manager, name, module)
            found = list(_declared(module))
        except (Exception, SystemExit) as error:
            self._manager.unregister(name=name)
            return one_line(error)
        self.offers += [
            Offer(
                kind=kind,
                component=component,
                package=package,
                version=version,
                state=_missing_extra(component, package),
            )
            for kind, component in found
        ]
        return "ok"

    def _name_clashes(self) -> None:
        owners: dict[tuple[str, str], list[str]] = {}
        for offer in self.offers:
            owners.setdefault((offer.kind, offer.name), []).append(offer.package)
        for i, offer in enumerate(self.offers):
            packages = owners[offer.kind, offer.name]
            if len(packages) > 1:
                state = f"the name {offer.name!r} is offered by {' and '.join(sorted(packages))}"
                self.offers[i] = replace(offer, state=state)

    def find(self, kind: str, name: str, where: str = "") -> tuple[Offer, Preset | None]:
        """The component a recipe names, by its own name or a preset's (`augment-splice`).

        Raises:
            RecipeError: not installed (with the install line or the nearest name) or not usable (with why).
        """
        name = name.strip()
        offers = self.of_kind(kind)
        for offer in sorted(offers, key=lambda offer: offer.name != name):
            preset = None if offer.name == name else _preset(offer.component, name)
            if offer.name == name or preset:
                if offer.state != "ok":
                    raise RecipeError(
                        f"{kind} {name!r} can't be used: {offer.state}",
                        where=where or None,
                        hint=_install_line(offer) or "datagen plugins list",
                    )
                return offer, preset
        raise self._unknown(kind, name, where)

    def _unknown(self, kind: str, name: str, where: str) -> RecipeError:
        known = sorted(self.names(kind))
        near = difflib.get_close_matches(name, known, n=1)
        package = next(filter(None, (bringer(prefix, kind) for prefix in _prefixes(name))), None)
        there = any(p.package == f"datagen-plugin-{package}" for p in self.plugins)
        broken = [p for p in self.plugins if p.state != "ok" and p.name in (package, *_prefixes(name))]
        if broken:
            cause = f"; {broken[0].package} is installed but failed: {broken[0].state}"
            return RecipeError(f"{kind} {name!r} can't be used{cause}", where=where or None)
        if package and not near and not there:
            hint = f"pip install datagen-plugin-{package}"
        elif near:
            hint = f"did you mean {near[0]!r}?"
        else:
            hint = "datagen plugins list"
        return RecipeError(
            f"no {kind} {name!r} is installed",
            where=where or None,
            expected=f"one of {', '.join(known) or 'none installed'}",
            hint=hint,
        )

    def of_kind(self, kind: str) -> list[Offer]:
        """All components of a kind, by name."""
        return sorted((o for o in self.offers if o.kind == kind), key=lambda o: o.name)

    def names(self, kind: str) -> list[str]:
        """Names recipes can use for a kind, presets included."""
        out: list[str] = []
        for offer in self.of_kind(kind):
            out.append(offer.name)
            out += [f"{offer.name}-{preset.name}" for preset in offer.component.presets]
        return out

    def notify(self, hook: str, **values: Any) -> list[str]:
        """Calls an observer hook of every plugin; returns the complaints of those that raised."""
        complaints = []
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            try:
                accepted = {key: values[key] for key in implementation.argnames}
                implementation.function(**accepted)
            except (Exception, SystemExit) as error:  # an observer may warn, never stop a run
                complaints.append(f"{implementation.plugin_name}: {hook}: {one_line(error)}")
        return complaints


@cache
def installed() -> Host:
    """The host of this environment, found once per process."""
    return Host()


def _entry_points() -> list[tuple[str, str, str, Callable[[], ModuleType]]]:
    only = _names_in("DATAGEN_PLUGINS")
    blocked = _names_in("DATAGEN_DISABLE")
    found = []
    seen: set[tuple[str, str]] = set()
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda e: e.name):
        if (entry.name, entry.value) in seen:
            continue
        seen.add((entry.name, entry.value))
        if entry.name in blocked or (only and entry.name not in only and entry.name != "builtin"):
            continue
        about = _headers(entry.dist) if entry.dist else {}
        package, version = (about.get(key, ["?"])[0] for key in ("Name", "Version"))
        found.append((entry.name, package, version, entry.load))
    return found


def _headers(distribution: metadata.Distribution) -> dict[str, list[str]]:
    """Its metadata's one-line fields. `Distribution.name`, `.version` and `.requires` parse it as an email each."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    out: dict[str, list[str]] = {}
    for line in text.partition("\n\n")[0].splitlines():
        key, _, value = line.partition(": ")
        out.setdefault(key, []).append(value)
    return out


def _names_in(variable: str) -> frozenset[str]:
    return frozenset(part.strip() for part in os.environ.get(variable, "").split(",") if part.strip())


def _check_requirement(package: str) -> None:
    """Compares the plugin's own `datagen-core` requirement with the running core."""
    try:
        lines = _headers(metadata.distribution(package)).get("Requires-Dist", [])
    except metadata.PackageNotFoundError:
        return
    wanted = next((found for line in lines if (found := _ON_CORE.match(line))), None)
    if wanted is None:
        return
    import datagen_core

    if not _satisfied(wanted[1], datagen_core.__version__):
        raise PluginError(f"asks for datagen-core {wanted[1].strip()}, this is {datagen_core.__version__}")


def _satisfied(specifier: str, version: str) -> bool:
    """Whether a release meets a PEP 440 specifier; a pre-release counts as its release."""
    have = _numbers(version)
    for part in specifier.strip(" ()").split(","):
        part = part.strip()
        operator = next((o for o in ("==", ">=", "<=", "!=", "~=", ">", "<") if part.startswith(o)), None)
        if operator is None:
            continue
        text = part.removeprefix(operator).strip()
        wanted = _numbers(text.removesuffix(".*"))
        width = max(len(have), len(wanted))
        a, b = (_padded(have, width), _padded(wanted, width))
        same = a[: len(wanted)] == wanted if text.endswith(".*") else a == b
        holds = {
            "==": same,
            "!=": not same,
            ">=": a >= b,
            "<=": a <= b,
            ">": a > b,
            "<": a < b,
            "~=": a >= b and a[: len(wanted) - 1] == wanted[:-1],
        }[operator]
        if not holds:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    parts = []
    for piece in version.split("+")[0].split("."):
        digits = re.match(r"\d*", piece)[0]  # type: ignore[index]  # it matches the empty text
        if digits:
            parts.append(int(digits))
        if digits != piece:
            break
    return tuple(parts)


def _padded(numbers: tuple[int, ...], width: int) -> tuple[int, ...]:
    return numbers + (0,) * (width - len(numbers))


def _check_hooks(manager: pluggy.PluginManager, name: str, module: ModuleType) -> None:
    known = {attribute for attribute in dir(DatagenSpec) if attribute.startswith("datagen_")}
    for attribute in dir(module):
        if hasattr(getattr(module, attribute), "datagen_impl") and attribute not in known:
            near = difflib.get_close_matches(attribute, known, n=1)
            raise PluginError(
                f"there is no hook {attribute}" + (f"; did you mean {near[0]}?" if near else "")
            )


def _declared(module: ModuleType) -> Iterable[tuple[str, Component]]:
    for kind, hook in KIND_HOOKS.items():
        declare = getattr(module, hook, None)
        if declare is None:
            continue
        components: Sequence[Component] = declare()
        for component in components:
            if not isinstance(component, Component):
                raise PluginError(f"{hook} returned {type(component).__name__}, not a Component")
            yield kind, component


def _missing_extra(component: Component, package: str) -> str:
    """`ok`, or what must be added for it to work."""
    missing = [module for module in component.imports if importlib.util.find_spec(module) is None]
    if not missing:
        return "ok"
    return f"{NEEDS_EXTRA}{_with_extra(package, component.extra)}"


def _install_line(offer: Offer) -> str:
    """The command that adds a component's extra; "" where that isn't what is wrong."""
    return offer.state.removeprefix("needs ") if offer.state.startswith(NEEDS_EXTRA) else ""


def _with_extra(package: str, extra: str) -> str:
    return f"'{package}[{extra}]'" if extra else package


def _preset(component: Component, name: str) -> Preset | None:
    return next((p for p in component.presets if f"{component.name}-{p.name}" == name), None)


def _prefixes(name: str) -> list[str]:
    parts = name.split("-")
    return ["-".join(parts[:i]) for i in range(len(parts), 0, -1)]


def one_line(error: BaseException) -> str:
    """An error as a table shows it: its type and the first line of what it says."""
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0]}" if first else type(error).__name__
