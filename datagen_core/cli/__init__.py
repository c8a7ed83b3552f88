"""The command line: thin, lazy, and the same for people and programs."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click

import datagen_core
from datagen_core.errors import DatagenError, UsageError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("datagen_core.cli.init:init", "Write a recipe for what lies in a folder."),
    "run": ("datagen_core.cli.run:run", "Make the data a recipe describes, or go on with it."),
    "apply": ("datagen_core.cli.apply:apply", "Put each row of a dataset through a transform, once."),
    "curate": ("datagen_core.cli.curate:curate", "Keep the rows of a dataset that validators let pass."),
    "select": ("datagen_core.cli.curate:select", "Choose rows of a dataset by a selector."),
    "check": ("datagen_core.cli.check:check", "Say what a recipe will do; no work, no cost."),
    "estimate": (
        "datagen_core.cli.estimate:estimate",
        "Say what a recipe will cost, after a few trial calls.",
    ),
    "preview": ("datagen_core.cli.check:preview", "Show a few rows of each arm with their verdicts."),
    "runs": ("datagen_core.cli.runs:runs", "List runs."),
    "report": ("datagen_core.cli.runs:report", "Show what a run did and learned."),
    "audit": ("datagen_core.cli.audit:audit", "Grade a few rows yourself, to correct a run's judges."),
    "rejudge": ("datagen_core.cli.rejudge:rejudge", "Judge a run's rows anew by changed validators."),
    "rescore": ("datagen_core.cli.rescore:rescore", "Reward a run's batches anew by another reward."),
    "explain": ("datagen_core.cli.runs:explain", "Say why a row exists, or why it was rejected."),
    "export": ("datagen_core.cli.export:export", "Write the rows of a run or a file in a format."),
    "split": ("datagen_core.cli.split:split", "Split rows into train and test, no source in two parts."),
    "evaluate": ("datagen_core.cli.evaluate:evaluate", "Measure what a run's or a file's rows are worth."),
    "schema": ("datagen_core.cli.check:schema", "Print the JSON Schema of recipes, for editors."),
    "validators": ("datagen_core.cli.validators:validators", "Measure validators on labelled rows."),
    "models": ("datagen_core.cli.models:models", "Try whether a model answers and what it can do."),
    "router": ("datagen_core.cli.router:router", "Ask what another router would have made of a run."),
    "memory": ("datagen_core.cli.memory:memory", "Show, export or forget what earlier runs learned."),
    "plugins": ("datagen_core.cli.plugins:plugins", "List, check, install and write plugins."),
}


class LazyGroup(click.Group):
    """Imports a command's module when it is called; help texts come from the table above, or from plugins."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offered: dict[str, tuple[str, str]] = {}

    def offer(self, name: str, command: str, line: str) -> None:
        """Adds a plugin's command by its reference, `"module:command"`, with its line in the help; imports nothing."""
        self._offered[name] = (command, line)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our commands, then those that plugins add."""
        self._ask_plugins()
        return [*COMMANDS, *sorted({*self._offered, *self.commands})]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        if name not in COMMANDS:
            self._ask_plugins()
        known = COMMANDS.get(name) or self._offered.get(name)
        if known is None:
            return self.commands.get(name)
        module, _, attribute = known[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word means; an unknown verb of a package of ours names the package."""
        from datagen_core.plugins.first_party import VERBS

        name = args[0] if args else ""
        if name in VERBS and self.get_command(ctx, name) is None:
            raise UsageError(
                f"no command {name!r} is installed", hint=f"pip install datagen-plugin-{VERBS[name]}"
            )
        return super().resolve_command(ctx, args)

    def _ask_plugins(self) -> None:
        from datagen_core.plugins.host import installed

        for complaint in installed().notify("datagen_commands", cli=self):
            click.echo(f"warning: {complaint}", err=True)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names and one line each, without importing the commands."""
        rows = [(name, line) for name, (_, line) in COMMANDS.items()]
        self._ask_plugins()
        added = {name: c.get_short_help_str() for name, c in self.commands.items()}
        rows += sorted((added | {name: line for name, (_, line) in self._offered.items()}).items())
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(datagen_core.__version__, prog_name="datagen")
def cli() -> None:
    """DataGen makes training data for language models and learns how to make it.

    \b
    First steps:
      datagen check RECIPE       what will happen, no cost
      datagen run RECIPE         make the data; the same command goes on after a stop
      datagen report RUN         what was learned

    Exit codes: 0 done, 1 failed, 2 usage or recipe, 3 budget reached, 130 interrupted.
    """


def main() -> NoReturn:
    """The `datagen` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that can't show a character gets its code
            stream.reconfigure(errors="backslashreplace")
    try:
        outcome = cli.main(standalone_mode=False)
        sys.stdout.flush()
        sys.exit(outcome if isinstance(outcome, int) else 0)
    except DatagenError as error:
        _complain(error)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2 if isinstance(error, click.UsageError) else 1)
    except KeyboardInterrupt:
        click.echo("interrupted; nothing committed is lost", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has gone
        sys.exit(0)
    except OSError as error:  # what no command expects, such as a full disk
        click.echo(f"error: {error.filename or 'output'}: {error.strerror or error}", err=True)
        sys.exit(1)


def _complain(error: DatagenError) -> None:
    if "--json" in sys.argv:
        parts = {"error": error.message, "where": error.where, "expected": error.expected, "hint": error.hint}
        with contextlib.suppress(OSError):  # stdout may have gone; stderr says it too
            click.echo(json.dumps({k: v for k, v in parts.items() if v}, ensure_ascii=False))
    from datagen_core.cli.tables import visible

    kind = "usage" if isinstance(error, UsageError) else "error"
    colours = False if os.environ.get("NO_COLOR") else None  # None: as the terminal can
    click.echo(f"{click.style(kind, fg='red', bold=True)}: {visible(str(error))}", err=True, color=colours)
