"""The `datagen` command, in a folder with a small recipe, and a finished run of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from datagen_core.cli import main

SEEDS = """\
text,label
play some slow jazz for me,music
put on the new album please,music
turn the volume of this song up,music
skip to the next track now,music
find me a calm piano playlist,music
will it rain in Oslo tomorrow,weather
how cold is it outside today,weather
do I need an umbrella this evening,weather
when does the storm reach the coast,weather
is it sunny in Rome this week,weather
"""
RECIPE = """\
num_samples: 12
seed: 7
batch_size: 6
seeds: seeds.csv
arms: [augment-word-edits, augment-splice]
validators:
- use: rules
  with: {max_words: 6}
- use: dedup
  with: {near_jaccard: null}
router: {use: epsilon-greedy, with: {start: 0.5}}
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Datagen = Callable[..., Done]


@pytest.fixture
def datagen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Datagen:
    """The command, in this process, in a folder with a recipe."""
    (tmp_path / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    (tmp_path / "quick.yaml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["datagen", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return call


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, made once."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    (folder / "quick.yaml").write_text(RECIPE, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "datagen_core", "run", "-q", "quick.yaml"], cwd=folder, check=True, timeout=60
    )
    return folder / "runs" / "quick"


@pytest.fixture
def quick(datagen: Datagen, finished: Path) -> Path:
    """The finished run, in the folder of the command."""
    return Path(shutil.copytree(finished, "runs/quick"))
