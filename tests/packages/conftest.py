"""Environments of their own, in which packages can be installed and uninstalled without touching this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest


class Environment:
    """A virtual environment that sees all that this one has; what is installed in it stays in it."""

    def __init__(self, folder: Path) -> None:
        self.run_with(sys.executable, "-m", "venv", "--without-pip", str(folder))
        self.python = folder / "bin" / "python"
        outer = [sysconfig.get_path(key) for key in ("purelib", "platlib")]
        lines = [f"import site; site.addsitedir({path!r})\n" for path in dict.fromkeys(outer)]
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "outer.pth").write_text("".join(lines), encoding="utf-8")

    def run(
        self, *arguments: str | Path, cwd: Path | None = None, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Runs this environment's Python, without a network or a terminal; fails unless it exits with `code`."""
        return self.run_with(str(self.python), *map(str, arguments), cwd=cwd, code=code)

    def datagen(
        self, *arguments: str | Path, cwd: Path | None = None, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        """Runs the `datagen` command."""
        return self.run("-P", "-m", "datagen_core", *arguments, cwd=cwd, code=code)

    def json(self, *arguments: str | Path, code: int = 0) -> Any:
        """What a `datagen` command says with `--json`."""
        return json.loads(self.datagen(*arguments, "--json", code=code).stdout)

    def wheels(self, folders: Iterable[Path], into: Path) -> list[Path]:
        """Builds a wheel of each folder, all in one go."""
        self.run(
            *("-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w", into),
            *[folder.resolve() for folder in folders],
        )
        return sorted(into.glob("*.whl"))

    @staticmethod
    def run_with(*command: str, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command without this session's settings; fails unless it exits with `code`."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATAGEN_", "PYTHON", "PYTEST_"))}
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**kept, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment for the tests of a module."""
    return Environment(tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="session")
def write() -> Callable[[Path, dict[str, str]], Path]:
    """Writes files (path → text) into a folder and returns it."""

    def files_in(folder: Path, files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return files_in
