"""What the world does to a run: huge lines, full and read-only disks, odd clocks, signals, pipes, terminals, paths.

Each through the command, in a process of its own.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import datagen_core
from datagen_core.report import report

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
num_samples: 120
batch_size: 6
seeds: seeds.csv
arms: [augment-word-edits, augment-splice]
validators:
- use: rules
  with: {max_words: 16}
- dedup
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    (tmp_path / "quick.yaml").write_text(RECIPE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "datagen_core", *arguments]


def datagen(*arguments: str) -> Done:
    done = subprocess.run(command(*arguments), capture_output=True, encoding="utf-8", timeout=60, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def rows(run: Path | str) -> list[dict[str, Any]]:
    lines = (Path(run) / "data.jsonl").read_text(encoding="utf-8").splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "created_at"} for line in lines]


# -- a line of a gigabyte -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["big.jsonl", "big.csv", "big.txt", "big.jsonl.gz"])
def test_a_line_of_a_gigabyte_is_refused_by_its_number_in_little_memory(folder: Path, name: str) -> None:
    start = SEEDS.encode() if "csv" in name else b'{"text": "play some jazz", "label": "music"}\n'
    if name.endswith(".gz"):
        with gzip.open(folder / name, "wb", compresslevel=1) as packed:
            packed.write(start)
            for _ in range(128):
                packed.write(b"a" * 2**23)
    else:
        with (folder / name).open("wb") as plain:
            plain.write(start)
            plain.truncate(2**30)  # the rest takes no room on the disk

    # Measured from a small process: what a large one forks begins its life, for the kernel, as large.
    measured = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, *command("run", "quick.yaml", "--set", f"seeds={name}")],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    memory_mb = int(done.stdout.splitlines()[-1]) / (1e6 if sys.platform == "darwin" else 1e3)

    number = start.count(b"\n") + 1
    assert done.returncode == 2
    assert f"{name}:{number}: line {number} is longer than 16 MiB" in done.stderr
    assert memory_mb < 300


# -- ids that stand twice -------------------------------------------------------------------------------------


def test_seeds_that_share_an_id_are_both_used(folder: Path) -> None:
    (folder / "twins.jsonl").write_text(
        '{"id": "1", "text": "play some slow jazz", "label": "a"}\n'
        '{"id": "1", "text": "will it rain in Oslo", "label": "b"}\n',
        encoding="utf-8",
    )
    one_arm = ["--set", "seeds=twins.jsonl", "--set", "arms=[augment-word-edits]"]
    done = datagen("run", "quick.yaml", "-n", "8", *one_arm, "-o", "run")

    assert done.code == 0, done.err
    assert len({parent for row in rows("run") for parent in row["trace"]["parents"]}) == 2


def test_an_arm_that_yields_an_id_twice_is_charged_and_what_came_before_is_kept(folder: Path) -> None:
    (folder / "replay.py").write_text(
        "from dataclasses import replace\n"
        "from datagen_core import Config, Generator\n"
        "class Replay(Generator[Config]):\n"
        "    async def generate(self, request):\n"
        "        row = request.sample(response=f'row {request.rng.random()}', label='music')\n"
        "        yield row\n"
        "        yield replace(row, response='another text, the same id')\n",
        encoding="utf-8",
    )
    (folder / "replay.yaml").write_text(
        "{num_samples: 20, seeds: seeds.csv, plugins: [replay.py], arms: [replay, augment-splice],"
        " router: epsilon-greedy}",
        encoding="utf-8",
    )
    done = datagen("run", "replay.yaml", "--trust-local", "--json", "-o", "run")

    assert done.code == 0, done.err
    replay = next(arm for arm in json.loads(done.out)["arms"] if arm["arm"] == "replay")
    assert (replay["accepted"], replay["errors"]) == (3, 3)  # one row of each batch, then it was dropped
    assert " twice" in replay["last_error"]
    ids = [row["id"] for row in rows("run")]
    assert len(set(ids)) == len(ids) == 20


# -- disks ----------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """An empty file system in memory; its size is set by `resize`."""
    disk = folder / "disk"
    disk.mkdir()
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root can mount a file system, and only Linux has tmpfs")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False)
    if made.returncode:
        pytest.skip("mounting a tmpfs isn't allowed here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True)


@pytest.mark.parametrize("size_kb", [64, 84, 120, 250, 400])
def test_a_full_disk_ends_the_run_in_a_clear_error_and_with_room_it_goes_on(
    small_disk: Path, size_kb: int
) -> None:
    remount(small_disk, f"size={size_kb}k")
    full = datagen("run", "-q", "quick.yaml", "-o", "disk/run")
    assert (full.code, full.out) == (1, "")
    assert re.match(r"error: \S*disk/run\S*: .*(No space left on device|disk is full)", full.err), full.err
    assert "Traceback" not in full.err

    remount(small_disk, "size=20m")
    assert datagen("run", "-q", "quick.yaml", "-o", "disk/run") == Done(0, "", "")
    assert datagen("run", "-q", "quick.yaml", "-o", "calm").code == 0
    assert rows("disk/run") == rows("calm")
    assert not list(small_disk.glob("run/.*"))  # no half-written file is left


def test_a_read_only_disk_is_named(small_disk: Path) -> None:
    remount(small_disk, "ro")

    assert datagen("run", "quick.yaml", "-o", "disk/run") == Done(
        1,
        "",
        "error: disk/run: the run folder can't be made: Read-only file system\n  next: choose another with -o\n",
    )


def test_a_run_on_a_disk_that_became_read_only_is_refused_and_stays_whole(small_disk: Path) -> None:
    remount(small_disk, "size=20m")
    assert datagen("run", "-q", "quick.yaml", "-o", "disk/run").code == 0
    before = rows("disk/run")
    remount(small_disk, "ro")
    refused = datagen("run", "quick.yaml", "-n", "130", "-o", "disk/run")

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == "error: disk/run: the run folder can't be written: Read-only file system\n"
    assert rows("disk/run") == before


def test_a_run_folder_below_a_file_is_refused() -> None:
    refused = datagen("run", "quick.yaml", "-o", "seeds.csv/run")

    assert refused.code == 1
    assert refused.err.startswith("error: seeds.csv/run: the run folder can't be made: Not a directory\n")


# -- time and signals -----------------------------------------------------------------------------------------


def test_a_clock_that_goes_backwards_makes_no_negative_time(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count()
    monkeypatch.setattr(time, "time", lambda: 1e9 - 60.0 * next(ticks))
    results = datagen_core.run("quick.yaml", out="run")
    batches = results.store.batch_rows()

    assert all(row["committed_at"] < row["planned_at"] for row in batches)  # the clock did go back
    assert results.status == "complete"
    found = report(results)
    assert found["seconds"] >= 0
    json.dumps(found, allow_nan=False)
    assert datagen("report", "run").code == 0


def test_sigterm_finishes_the_commit_and_the_same_command_goes_on(folder: Path) -> None:
    """The signal comes from inside, after the third commit, so that it always falls into the work."""
    (folder / "term.py").write_text(
        "import os, signal\n"
        "from datagen_core import Component, hookimpl\n"
        "@hookimpl\n"
        "def datagen_batch_finished(batch):\n"
        "    if batch['idx'] == 2: os.kill(os.getpid(), signal.SIGTERM)\n"
        "@hookimpl\n"
        "def datagen_validators(): return []\n",
        encoding="utf-8",
    )
    with (folder / "quick.yaml").open("a", encoding="utf-8") as recipe:
        recipe.write("plugins: [term.py]\n")
    asked = ["run", "quick.yaml", "--trust-local", "-o"]
    stopped = datagen(*asked, "stopped")
    kept = rows("stopped")
    gone_on = datagen(*asked, "stopped")

    assert (stopped.code, stopped.err) == (130, "")
    assert "interrupted" in stopped.out
    assert 0 < len(kept) < 120
    assert gone_on.code == 0, gone_on.err
    assert len(rows("stopped")) == 120
    assert rows("stopped")[: len(kept)] == kept


# -- pipes and terminals --------------------------------------------------------------------------------------


def test_a_run_whose_reader_has_gone_is_finished_all_the_same() -> None:
    with subprocess.Popen(
        command("run", "quick.yaml", "-o", "run"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        told = process.stderr.read()

    assert told == b""
    assert process.returncode >= 0  # it ended by itself
    assert datagen_core.Results.load("run").status == "complete"
    assert len(rows("run")) == 120


def in_a_terminal(columns: int, arguments: Sequence[str], **environment: str) -> Done:
    """All that a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    clean = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        command(*arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**clean, "TERM": "xterm-256color", **environment},
    ) as process:
        os.close(theirs)
        out = b""
        try:
            while part := os.read(ours, 65536):
                out += part
        except OSError:
            pass  # how Linux says that the other side was closed
    os.close(ours)
    return Done(process.returncode, out.decode().replace("\r\n", "\n"), "")


STYLED = re.compile(r"\x1b\[[\d;]*m")
CONTROL = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


@pytest.mark.parametrize(
    "arguments",
    [["plugins", "list"], ["plugins", "info", "augment"], ["check", "quick.yaml"], ["report", "run"]],
    ids=" ".join,
)
def test_a_terminal_of_40_columns_is_enough(arguments: list[str]) -> None:
    if "report" in arguments:
        assert datagen("run", "-q", "quick.yaml", "-o", "run").code == 0
    shown = in_a_terminal(40, arguments)

    assert shown.code == 0, shown.out
    lines = CONTROL.sub("", shown.out).splitlines()
    to_copy = re.compile(r"(files|next|) +(run/|datagen )")  # paths and commands aren't broken
    assert [line for line in lines if len(line) > 40 and not to_copy.match(line)] == []
    assert len(lines) > 5


@pytest.mark.parametrize("arguments", [["run", "quick.yaml"], ["check", "quick.yaml"], ["report", "nobody"]])
def test_no_color_leaves_no_colour_and_nothing_bold(arguments: list[str]) -> None:
    plain = in_a_terminal(80, arguments, NO_COLOR="1")
    coloured = in_a_terminal(80, arguments)

    assert plain.code == coloured.code
    assert STYLED.findall(plain.out) == []
    assert STYLED.findall(coloured.out) != []  # or there was nothing to leave out


# -- paths and line ends --------------------------------------------------------------------------------------


def test_paths_may_hold_blanks_umlauts_and_pictures(folder: Path) -> None:
    home = folder / "Größe & Maß 🎷"
    home.mkdir()
    (home / "Sämlinge 1.csv").write_text(SEEDS, encoding="utf-8")
    (home / "rezept für música.yaml").write_text(
        RECIPE.replace("seeds.csv", '"Sämlinge 1.csv"'), encoding="utf-8"
    )
    out = "läufe 📁/mein lauf"
    done = datagen("run", f"{home.name}/rezept für música.yaml", "-o", out)

    assert (done.code, done.err) == (0, "")
    assert f"{out}/data.jsonl" in done.out
    assert len(rows(out)) == 120
    assert datagen("export", out, "-f", "csv", "-o", "tabelle ü.csv").code == 0
    assert (folder / "tabelle ü.csv").is_file()


def test_windows_line_ends_anywhere_leave_no_trace_in_the_rows(folder: Path) -> None:
    as_text = "".join(f"{line.split(',')[0]}\n" for line in SEEDS.splitlines()[1:])
    as_jsonl = "".join(
        json.dumps({"text": text, "label": label}) + "\n"
        for text, _, label in (line.partition(",") for line in SEEDS.splitlines()[1:])
    )
    grammar = "start: row\nwords: {song: songs.txt}\nrules:\n  row: ['play <song> <when>']\n"
    grammar += "  when: [now, later, tonight, again]\n"
    files = {
        "seeds.csv": SEEDS,
        "seeds.jsonl": as_jsonl,
        "seeds.txt": as_text,
        "songs.txt": "jazz\nblues\nrock\n",
        "grammar.yaml": grammar,
        "quick.yaml": RECIPE,
        "grown.yaml": "num_samples: 10\ngrammar: grammar.yaml\narms: [templater]\n",
    }
    for name, text in files.items():
        (folder / name).write_bytes(text.replace("\n", "\r\n").encode())

    for name in ("seeds.csv", "seeds.jsonl", "seeds.txt"):
        done = datagen("run", "-q", "quick.yaml", "-n", "20", "--set", f"seeds={name}", "-o", name + ".run")
        assert done == Done(0, "", "")
        assert len(rows(name + ".run")) == 20
        assert {row.get("label") for row in rows(name + ".run")} <= {"music", "weather", None}
    assert datagen("run", "-q", "grown.yaml", "-o", "grown.run") == Done(0, "", "")
    texts = [row["response"] for row in rows("grown.run")]
    assert all(re.fullmatch("play (jazz|blues|rock) (now|later|tonight|again)", text) for text in texts)
    assert len(texts) == 10
    for data in folder.glob("*.run/data.jsonl"):
        assert "\\r" not in data.read_text(encoding="utf-8")
        assert b"\r" not in data.read_bytes()
