"""Errors go to stderr with place, expectation and next step; for programs they are JSON; broken pipes are no news."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from datagen_core.cli import COMMANDS
from datagen_core.plugins.host import installed

Datagen = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check", "none.yaml"], 2, ["none.yaml", "no file", "expected: ", "next: "]),
        (["run", "none.yaml"], 2, ["no file"]),
        (["preview", "."], 2, ["can't be read"]),
        (
            ["check", "quick.yaml", "--set", "num_sampels=3"],
            2,
            ["unknown key", "did you mean 'num_samples'?"],
        ),
        (["check", "quick.yaml", "--set", "num_samples"], 2, ["--set", "is no assignment"]),
        (
            ["check", "quick.yaml", "--set", "seeds=nowhere.csv"],
            2,
            ["no file nowhere.csv", "quick.yaml, seeds.csv"],
        ),
        (["check", "quick.yaml", "--set", "arms=[augmnt]"], 2, ["quick.yaml:5", "did you mean 'augment'?"]),
        (["check", "quick.yaml", "--set", "labels=[music]"], 2, ["'weather'", "expected: one of music"]),
        (["run", "quick.yaml", "-o", ""], 2, ["names no folder", "-o runs/NAME"]),
        (["run", "quick.yaml", "-m", ""], 2, ["no model is named"]),
        (["run", "quick.yaml", "-n", "0"], 2, ["num_samples", "greater than or equal to 1"]),
        (["run", "quick.yaml", "--nonsense"], 2, ["No such option"]),
        (
            ["run", "quick.yaml", "-o", "seeds.csv"],
            1,
            ["run folder can't be made", "next: choose another with -o"],
        ),
        (["preview", "quick.yaml", "-n", "0"], 2, ["1<=x<=100"]),
        (["report", "nobody"], 1, ["no run 'nobody'", "next: datagen run RECIPE"]),
        (["explain", "abc", "nobody"], 1, ["no run 'nobody'"]),
        (["explain", "abc"], 1, ["begins with 'abc'"]),
        (["export", "nobody"], 1, ["no run 'nobody'"]),
        (["plugins", "info", "rulez"], 2, ["no component 'rulez'", "rules"]),
        (["plugins", "list", "--kind", "toys"], 2, ["no kind 'toys'", "generator, validator"]),
        (["nonsense"], 2, ["No such command 'nonsense'"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) and len(value) < 5 else "",
)
def test_an_error_goes_to_stderr_and_decides_the_exit_code(
    datagen: Datagen, arguments: list[str], code: int, says: list[str]
) -> None:
    done = datagen(*arguments)

    assert (done.code, done.out) == (code, "")
    assert all(part in done.err for part in says), done.err
    assert "Traceback" not in done.err
    assert not Path("runs").exists()


def test_a_run_that_is_not_there_is_answered_with_those_that_are(datagen: Datagen, quick: Path) -> None:
    assert "one of quick" in datagen("report", "quik").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "none.yaml", "--json"],
        ["run", "--json", "none.yaml"],
        ["report", "nobody", "--json"],
        ["plugins", "info", "rulez", "--json"],
    ],
    ids=" ".join,
)
def test_for_programs_an_error_is_one_json_object_on_stdout(datagen: Datagen, arguments: list[str]) -> None:
    done = datagen(*arguments)

    assert done.code in (1, 2)
    assert set(done.json) >= {"error", "expected"}
    assert done.json["error"] in done.err
    assert done.json["expected"] in done.err


def test_without_a_command_the_help_is_shown(datagen: Datagen) -> None:
    shown = datagen("--help")

    assert shown.code == 0
    assert all(f"  {name} " in shown.out for name in COMMANDS)
    assert datagen().code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_list_can_be_asked_for_help(datagen: Datagen, command: str) -> None:
    shown = datagen(command, "--help")

    assert shown.code == 0
    assert f" {command} " in shown.out.splitlines()[0]


# -- plugins --------------------------------------------------------------------------------------------------


def test_plugins_are_listed_by_kind_as_text_and_as_json(datagen: Datagen) -> None:
    text, rows = datagen("plugins", "list"), datagen("plugins", "list", "--json").json
    validators = datagen("plugins", "list", "--kind", "validator", "--json").json

    assert (text.code, text.err) == (0, "")
    assert all(offer.name in text.out for offer in installed().offers)
    assert [row for row in rows if row["kind"] == "validator"] == validators
    assert {"rules", "dedup"} <= {row["name"] for row in validators}


def test_a_components_options_are_shown_with_defaults_and_ranges(datagen: Datagen) -> None:
    text = datagen("plugins", "info", "epsilon-greedy")
    (found,) = datagen("plugins", "info", "epsilon-greedy", "--json").json

    assert (text.code, text.err) == (0, "")
    assert "number 0…1" in text.out
    assert found["options"]["start"]["default"] == 0.3
    assert found["kind"] == "router"
    (augment,) = datagen("plugins", "info", "augment", "--json").json
    assert {"augment-word-edits", "augment-splice"} <= {preset["name"] for preset in augment["presets"]}


# -- where the output goes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [["plugins", "list"], ["plugins", "list", "--json"], ["check", "quick.yaml"], ["--help"]],
    ids=" ".join,
)
def test_a_reader_that_has_gone_is_no_reason_to_complain(datagen: Datagen, arguments: list[str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "datagen_core", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_error_is_told_on_stderr_even_when_stdout_has_gone(datagen: Datagen) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "datagen_core", "check", "none.yaml", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read().decode()

    assert process.returncode == 2
    assert "no file none.yaml" in told
    assert "Traceback" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["check", "quick.yaml", "--json"], ["plugins", "list"]], ids=" ".join)
def test_a_full_disk_is_an_error_in_one_line(datagen: Datagen, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "datagen_core", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == "error: output: No space left on device\n"


def test_json_has_no_other_line_beside_it(datagen: Datagen, quick: Path) -> None:
    for arguments in (["runs", "list"], ["report", "quick"], ["run", "quick.yaml"], ["plugins", "list"]):
        assert json.loads(datagen(*arguments, "--json").out)
