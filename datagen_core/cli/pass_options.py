"""The options that all commands have which put a dataset through something: where from, where to, by which model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

OUTPUT = click.option(
    "-o", "--output", "out", type=click.Path(path_type=Path), help="The file to write: .jsonl, .csv, .txt."
)
FULL = click.option("--full", is_flag=True, help="Write whole records, with metadata and lineage.")
_OPTIONS = (
    click.option(
        "-m", "--model", metavar="NAME", help="The model, for all aliases; `rehearsal` tries without any."
    ),
    click.option("--with", "options", multiple=True, metavar="KEY=VALUE", help="An option of it."),
    click.option("--text", help="The column that holds the text."),
    click.option("--limit", type=click.IntRange(min=1), help="Only the first so many rows."),
    click.option("--max-cost", type=click.FloatRange(min=0), help="The most that the calls may cost."),
    click.option("--max-calls", type=click.IntRange(min=0), help="The most calls."),
    click.option("--max-tokens", type=click.IntRange(min=0), help="The most tokens read and written."),
    click.option(
        "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A key of the recipe this comes to."
    ),
    click.option("--run", "folder", type=click.Path(path_type=Path), help="The run folder."),
    click.option("--cache", type=click.Path(path_type=Path), help="The folder of replies that runs share."),
    click.option("--fresh", is_flag=True, help="Start in a new folder; the old one is kept."),
    click.option("--trust-local", is_flag=True, help="Load the Python files that --set plugins=[…] names."),
    click.option("--json", "as_json", is_flag=True, help="The report as JSON."),
)


def over_a_dataset(command: Command) -> Command:
    """Adds the options, in their order."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def passed_on(given: Mapping[str, Any]) -> dict[str, Any]:
    """What of these options the functions of Python take, by their names there.

    `max_cost`, `max_calls` and `max_tokens` become overrides, `text`, `label` and `limit` columns, `--with` options.
    """
    walls = {f"budget.{key}": given[key] for key in ("max_cost", "max_calls", "max_tokens")}
    columns = {key: given.get(key) for key in ("text", "label", "limit")}
    kept = ("model", "folder", "cache", "fresh", "trust_local", "full")
    return {
        "options": assignments(given["options"]),
        "columns": {key: value for key, value in columns.items() if value is not None},
        "overrides": (
            *(f"{key}={value}" for key, value in walls.items() if value is not None),
            *given["overrides"],
        ),
        **{key: given[key] for key in kept if key in given},
    }


def assignments(given: tuple[str, ...]) -> dict[str, Any]:
    """`a.b=c` assignments as a mapping; values are YAML."""
    from datagen_core.recipe import override
    from datagen_core.yaml_source import Located

    target = Located({}, {}, "--with")
    for assignment in given:
        override(target, assignment)
    found: dict[str, Any] = target.data
    return found


def names(text: str) -> list[str]:
    """The names of a list with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]
