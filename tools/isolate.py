"""Tests plugins as their users get them: each wheel in an environment that holds only the core and that plugin.

    python tools/isolate.py                all plugins
    python tools/isolate.py rules dedup    these
    python tools/isolate.py --changed      those whose files changed since they last passed here
    python tools/isolate.py --tenth        a tenth of the plugins, others for each commit

First `imports.py` compares what every package imports with what it declares, and all wheels are built into dist/ (with
--tenth those that are tested).
Exit 1 when anything fails. What passed is remembered in the user's cache folder, by the hash of the plugin's files.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from imports import ROOT, Package, packages, violations

DIST = ROOT / "dist"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "datagen" / "isolate"
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
ALONE = """
import sys
from importlib import metadata
wanted = ["datagen-core", sys.argv[1]]
found = sorted({entry.dist.name for entry in metadata.entry_points(group="datagen")})
places = [str(d.locate_file("")) for d in metadata.distributions()]
outside = [place for place in places if sys.prefix not in place and sys.argv[2] not in place]
if found != wanted or outside:
    sys.exit(f"expected {wanted} alone, found {found}, and outside the environment {outside}")
"""


@dataclass(frozen=True)
class Result:
    """How a plugin fared: `cause` is empty when its tests passed, else what was printed."""

    name: str
    seconds: float
    summary: str
    cause: str = ""


class Failed(Exception):
    """A command ended with another status than 0; carries what it printed."""


def build(chosen: Sequence[Package]) -> dict[str, Path]:
    """Wheels of packages in dist/, by module name; older ones are removed."""
    DIST.mkdir(exist_ok=True)
    for package in chosen:
        for old in DIST.glob(f"{_wheel_name(package)}-*.whl"):
            old.unlink()
    run(*PIP, "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", DIST, *[p.folder for p in chosen])
    return {package.module: next(DIST.glob(f"{_wheel_name(package)}-*.whl")) for package in chosen}


def _wheel_name(package: Package) -> str:
    return str(package.project["name"]).replace("-", "_")


def with_core(folder: Path, core: Path) -> Path:
    """An environment that holds the core and what it and its suites declare: what all plugins' have in common.

    Returns where its packages lie.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    run(*_install(folder), f"{core}[testing]")
    return _packages(folder)


def _packages(folder: Path) -> Path:
    return next((folder / "lib").glob("python*")) / "site-packages"


def _install(folder: Path) -> tuple[str | Path, ...]:
    # most modules of the large libraries are never imported: compiling them would take the longest
    python = folder / "bin" / "python"
    return (*PIP, "--python", python, "install", "-q", "--no-compile", "-c", ROOT / "constraints.txt")


def test_alone(package: Package, shared: Path, wheel: Path) -> Result:
    """Runs a plugin's tests where nothing is installed but the core, the plugin, and what both declare."""
    began = time.monotonic()
    extra = "[test]" if "test" in package.project.get("optional-dependencies", {}) else ""
    with tempfile.TemporaryDirectory(prefix=f"isolate-{package.folder.name}-") as folder:
        venv.create(folder, with_pip=False, symlinks=True)
        python = Path(folder) / "bin" / "python"
        (_packages(Path(folder)) / "core.pth").write_text(f"{shared}\n", encoding="utf-8")
        try:
            run(*_install(Path(folder)), f"{wheel}{extra}")
            run(python, "-P", "-c", ALONE, package.project["name"], shared)
            said = run(python, "-P", "-m", "pytest", "-p", "no:cacheprovider", package.folder / "tests")
        except Failed as failure:
            return Result(package.folder.name, time.monotonic() - began, "failed", str(failure))
    last = said.strip().splitlines()[-1]
    return Result(package.folder.name, time.monotonic() - began, last)


def run(*command: str | Path) -> str:
    """Runs a command in the repository, with nothing but what is installed on its path; returns its output."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(  # noqa: S603  # our own commands
        [str(part) for part in command],
        cwd=ROOT,
        env={**kept, "PYTHONSAFEPATH": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command[:6]))} … gave {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout


def fingerprint(package: Package) -> str:
    """Hash of a plugin's files and of what decides the environment it is tested in."""
    core = Package(ROOT, "datagen_core")
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sorted(core.declared('testing'))}".encode())
    for file in sorted(package.folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(f"\0{file.relative_to(package.folder)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def tenth_of(chosen: Sequence[Package]) -> list[Package]:
    """A tenth of the packages, in their order: which ones is drawn by the commit, so that all get their turn."""
    commit = run("git", "rev-parse", "HEAD").strip()
    drawn = sorted(chosen, key=lambda p: hashlib.sha256(f"{commit} {p.folder.name}".encode()).digest())
    return [package for package in chosen if package in drawn[: -(-len(chosen) // 10)]]


def _passed_before(package: Package) -> bool:
    stamp = CACHE / package.folder.name
    return stamp.is_file() and stamp.read_text("utf-8") == fingerprint(package)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="folders under plugins/")
    parser.add_argument("--changed", action="store_true", help="only what changed since it last passed here")
    parser.add_argument("--tenth", action="store_true", help="a tenth of them, by the commit")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="plugins tested at once")
    given = parser.parse_args()

    if wrong := violations():
        print("\n".join(wrong))
        return 1
    core, *plugins = packages()
    unknown = set(given.names) - {package.folder.name for package in plugins}
    if unknown:
        parser.error(f"no plugin {', '.join(sorted(unknown))}")
    chosen = [package for package in plugins if not given.names or package.folder.name in given.names]
    if given.changed:
        chosen = [package for package in chosen if not _passed_before(package)]
    if given.tenth:
        chosen = tenth_of(chosen)
    wheels = build([core, *chosen] if given.tenth else [core, *plugins])
    print(f"{len(wheels)} wheels in {DIST.relative_to(ROOT)}/; imports agree with what is declared")
    hashes = {package.folder.name: fingerprint(package) for package in chosen}
    CACHE.mkdir(parents=True, exist_ok=True)
    failures = 0
    with (
        ThreadPoolExecutor(given.jobs) as pool,
        tempfile.TemporaryDirectory(prefix="isolate-core-") as folder,
    ):
        shared = with_core(Path(folder), wheels["datagen_core"])
        for result in pool.map(lambda p: test_alone(p, shared, wheels[p.module]), chosen):
            print(f"{result.name:20} {result.seconds:6.1f} s  {result.summary}", flush=True)
            if result.cause:
                print(result.cause)
                failures += 1
            else:
                (CACHE / result.name).write_text(hashes[result.name], "utf-8")
    print(
        f"{len(chosen) - failures} of {len(chosen)} plugins pass alone; {len(plugins) - len(chosen)} not run"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
