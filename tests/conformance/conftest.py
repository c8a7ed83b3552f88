"""Toy plugins, installed for one test, that keep all rules or break one."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datagen_core.plugins.host import installed

Check = Callable[..., None]
_numbers = itertools.count()


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    """`check(suite, rule, hooks, part, changes, **knobs)` holds a toy with these changes to one rule."""

    def run(suite: type, rule: str, hooks: str, part: str, *changes: tuple[str, str], **knobs: Any) -> None:
        for old, new in changes:
            assert old in hooks or old in part, f"the toy has no {old!r} to change"
            hooks, part = hooks.replace(old, new), part.replace(old, new)
        _install(tmp_path / "site", f"toy_{next(_numbers)}", hooks, part)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        installed.cache_clear()
        suite_of_toy = type("TestToy", (suite,), {"component": "toy", **knobs})()
        suite_of_toy.folder = tmp_path / "work"
        suite_of_toy.folder.mkdir()
        getattr(suite_of_toy, rule)()

    yield run
    monkeypatch.undo()
    installed.cache_clear()


def _install(site: Path, module: str, hooks: str, part: str) -> None:
    (site / module).mkdir(parents=True)
    (site / module / "__init__.py").write_text(hooks.replace("$module", module), encoding="utf-8")
    (site / module / "part.py").write_text(part.replace("$module", module), encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[datagen]\n{module} = {module}\n", encoding="utf-8")
