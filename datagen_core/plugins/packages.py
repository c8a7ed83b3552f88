"""Plugin packages: installed and uninstalled with pip in the running environment, and looked at afterwards."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from datagen_core.errors import PluginError, UsageError
from datagen_core.plugins.checking import Checked, canonical
from datagen_core.plugins.first_party import BRINGS, bringer
from datagen_core.plugins.host import GROUP

CORE = "datagen-core"
_SPEC = re.compile(r"([A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)((?:[\[<>=!~; ].*)?)", re.DOTALL)


def pip(arguments: Sequence[str]) -> int:
    """Runs this environment's pip and returns its exit status; what it prints goes to standard error.

    Raises PluginError where the environment has no pip.
    """
    if importlib.util.find_spec("pip") is None:
        raise PluginError(
            "this environment has no pip",
            where=sys.prefix,
            hint=f"{sys.executable} -m ensurepip, or use the installer that made the environment",
        )
    command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, stdout=2, check=False).returncode  # noqa: S603  # our own Python


def check_afresh(name: str) -> list[Checked]:
    """`check(name)` in a new process, which sees the environment as it is now; empty where nothing has the name."""
    hidden = ("DATAGEN_PLUGINS", "DATAGEN_DISABLE")
    done = subprocess.run(  # noqa: S603  # our own Python
        [sys.executable, "-P", "-m", "datagen_core", "plugins", "check", name, "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={key: value for key, value in os.environ.items() if key not in hidden},
        check=False,
    )
    try:
        rows = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise PluginError(f"{name} can't be checked: {last}", hint=f"datagen plugins check {name}") from None
    return [Checked(**row) for row in rows] if isinstance(rows, list) else []


def install(
    specs: Sequence[str],
    *,
    upgrade: bool = False,
    editable: bool = False,
    run_pip: Callable[[Sequence[str]], int] = pip,
    look: Callable[[str], list[Checked]] = check_afresh,
) -> list[Checked]:
    """Installs plugins and returns the components they brought, each loaded once in a new process.

    Args:
        specs: What pip takes: names, folders, wheels, URLs. The name of a first-party plugin or component is
            enough (`rules` is `datagen-plugin-rules`).
        upgrade: Take the newest version of what is already there.
        editable: The specs are folders to be used where they are.
        run_pip: Runs pip with these arguments and returns its exit status.
        look: Checks a distribution as the environment is now.

    Raises:
        UsageError: no specs.
        PluginError: pip failed, added nothing, or added what is no plugin or doesn't load.
    """
    if not specs:
        raise UsageError("nothing to install", expected="a name, a folder or a wheel")
    named = [full_name(spec) for spec in specs]
    wanted = [part for spec in named for part in (("--editable", spec) if editable else (spec,))]
    with tempfile.TemporaryDirectory(prefix="datagen-install-") as folder:
        report = Path(folder) / "report.json"
        options = ["--upgrade"] if upgrade else []
        status = run_pip(["install", "--report", str(report), *options, *wanted])
        if status != 0:
            raise PluginError(f"pip could not install {', '.join(named)} (exit status {status})")
        added = _added(report)
    if not added:
        raise PluginError(
            f"nothing was added: {', '.join(named)} is already installed",
            hint="add --upgrade for the newest version",
        )
    importlib.invalidate_caches()
    plugins = [package for package in added if _is_plugin(package)]
    if not plugins:
        raise PluginError(
            f"no plugin was added: none of {', '.join(added)} has an entry point in the group {GROUP!r}",
            hint=f"pip uninstall {' '.join(added)}",
        )
    return _all_load([row for package in plugins for row in look(package)], plugins)


def _all_load(found: list[Checked], plugins: Sequence[str]) -> list[Checked]:
    unseen = [p for p in plugins if canonical(p) not in {canonical(row.package) for row in found}]
    broken = [f"{row.package}: {row.name}: {row.state}" for row in found if row.is_broken]
    broken += [f"{package}: its entry point isn't found" for package in unseen]
    if broken:
        raise PluginError(
            f"installed, but it can't be used: {'; '.join(broken)}",
            hint=f"datagen plugins uninstall {' '.join(plugins)}",
        )
    return found


def uninstall(
    name: str,
    *,
    run_pip: Callable[[Sequence[str]], int] = pip,
    look: Callable[[str], list[Checked]] = check_afresh,
) -> str:
    """Uninstalls a plugin, by its entry point's or its distribution's name; returns the distribution's.

    Raises:
        UsageError: no such plugin, or it is the core.
        PluginError: pip failed, or the plugin is still there afterwards.
    """
    package = package_of(name)
    status = run_pip(["uninstall", "--yes", package])
    if status != 0:
        raise PluginError(f"pip could not uninstall {package} (exit status {status})")
    if look(package):
        raise PluginError(
            f"{package} is still there",
            expected=f"a package that belongs to {sys.prefix}",
            hint=f"{sys.executable} -m pip show -f {package}",
        )
    return package


def package_of(name: str) -> str:
    """The distribution of the plugin with this entry point or distribution name, or first-party suffix.

    Raises:
        UsageError: there is none, there are several, or it is the core.
    """
    key = canonical(name)
    found: dict[str, str] = {}
    known: set[str] = set()
    for entry in metadata.entry_points(group=GROUP):
        package = entry.dist.name if entry.dist else ""
        names = (canonical(package), canonical(package).removeprefix("datagen-plugin-"), entry.name)
        if key in names or name in names:
            found[canonical(package)] = package
        if canonical(package) != CORE:
            known.add(entry.name)
    if CORE in found:
        raise UsageError(f"{name!r} is part of {CORE}, not a plugin", hint=f"pip uninstall {CORE}")
    if len(found) > 1:
        raise UsageError(
            f"{name!r} is offered by several packages", expected=f"one of {', '.join(found.values())}"
        )
    if found:
        return next(iter(found.values()))
    there = any(canonical(dist.name) == key for dist in metadata.distributions())
    raise UsageError(
        f"{name!r} is installed, but it is no plugin" if there else f"no plugin {name!r} is installed",
        expected=f"one of {', '.join(sorted(known)) or 'none: no plugin is installed'}",
        hint=f"pip uninstall {name}" if there else "datagen plugins list",
    )


def full_name(spec: str) -> str:
    """What pip is told: a first-party plugin's or component's name becomes its distribution's, the rest stays.

    Example:
        >>> full_name("rules>=0.1"), full_name("./rules"), full_name("my-plugin")
        ('datagen-plugin-rules>=0.1', './rules', 'my-plugin')
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        return spec
    suffix = match[1] if match[1] in BRINGS else bringer(match[1])
    return spec if suffix is None else f"datagen-plugin-{suffix}{match[2]}"


def _added(report: Path) -> list[str]:
    """The distributions that pip installed, from the report it writes (`pip install --report`, pip ≥ 22.2)."""
    found = json.loads(report.read_text(encoding="utf-8"))
    return [item["metadata"]["name"] for item in found["install"]]


def _is_plugin(package: str) -> bool:
    try:
        return bool(metadata.distribution(package).entry_points.select(group=GROUP))
    except metadata.PackageNotFoundError:
        return False
