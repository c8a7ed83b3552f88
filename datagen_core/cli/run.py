"""`datagen run`."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datagen_core.progress import Progress
    from datagen_core.results import Results

EXIT_CODES = {"complete": 0, "short": 1, "unreachable": 1, "budget": 3, "interrupted": 130}


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("-n", "--num-samples", type=int, help="Accepted rows wanted.")
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), help="The run folder.")
@click.option("--seed", type=int, help="Of every random choice.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key: a.b=c.")
@click.option("-m", "--model", metavar="NAME", help="In place of all models; `rehearsal` tries without any.")
@click.option("--cache", type=click.Path(path_type=Path), help="The folder of replies that runs share.")
@click.option("--fresh", is_flag=True, help="Start in a new folder; the old one is kept.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No report at the end.")
def run(
    recipe: Path,
    num_samples: int | None,
    out: Path | None,
    seed: int | None,
    overrides: tuple[str, ...],
    model: str | None,
    cache: Path | None,
    fresh: bool,
    trust_local: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Make the data that RECIPE describes.

    Works in runs/<name> (or -o); the same command goes on after any stop. A finished run prints its report
    and changes nothing; -n with a larger number lets it grow.
    """
    from datagen_core.runs import run as run_recipe

    view = LiveView(enabled=not as_json)
    with view, contextlib.redirect_stdout(sys.stderr):  # what a plugin prints is no part of the report
        results = run_recipe(
            recipe,
            num_samples=num_samples,
            out=out,
            seed=seed,
            overrides=overrides,
            model=model,
            cache=cache,
            fresh=fresh,
            trust_local=trust_local,
            observe=view.show,
            say=view.say,
        )
    return show_ending(results, as_json=as_json, quiet=quiet)


def show_ending(results: Results, *, as_json: bool, quiet: bool) -> int:
    """Prints what became of a run, and returns its exit code."""
    from datagen_core.report import report

    for warning in results.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        click.echo(json.dumps(report(results), ensure_ascii=False, indent=2))
    elif not quiet:
        from datagen_core.cli.report_tables import print_next_steps, print_report

        print_report(report(results))
        print_next_steps(results)
    elif results.status == "short":
        click.echo(f"{results.folder}: {len(results):,} rows, fewer than asked for", err=True)
    return EXIT_CODES.get(results.status, 1)


class LiveView:
    """A progress line and the arms' shares while a run works; nothing when piped."""

    def __init__(self, *, enabled: bool) -> None:
        self._live: Any = None
        self._enabled = enabled and sys.stderr.isatty()
        self._drawn = 0.0
        self._notice = ""

    def __enter__(self) -> LiveView:
        if self._enabled:
            from rich.live import Live

            from datagen_core.cli.tables import console

            self._live = Live(console=console(stderr=True), refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, step: str) -> None:
        """One step outside the loop."""
        if self._live is not None:
            from rich.text import Text

            self._live.update(Text(f"{step} …"))

    def show(self, progress: Progress) -> None:
        """Draws the state of the run, at most eight times a second; where nothing is drawn, notices are lines."""
        if progress.notice != self._notice:
            self._notice, self._drawn = progress.notice, 0.0
            if self._live is None and progress.notice:
                click.echo(f"waiting: {progress.notice}", err=True)
        if self._live is None or time.monotonic() - self._drawn < 0.12:
            return
        self._drawn = time.monotonic()
        self._live.update(_drawn(progress))


def _calls(progress: Progress) -> str:
    spent = "price unknown" if progress.spent is None else f"{progress.spent:.4f} spent"
    counts = (
        (progress.calls_cached, "from the cache"),
        (progress.calls_failed, "failed"),
        (progress.refusals, "refused (429)"),
    )
    more = [f"{n:,} {what}" for n, what in counts if n]
    return " · ".join([f"{progress.calls:,} model calls", *more, f"{progress.tokens:,} tokens", spent])


def _drawn(progress: Progress) -> Any:
    from rich.console import Group
    from rich.markup import escape
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    done = progress.accepted + progress.rejected + progress.surplus
    left = progress.time_left_s
    facts = (
        f"{progress.accepted:,}/{progress.target:,} rows · "
        f"{100 * (progress.accepted + progress.surplus) / max(1, done):.0f} % pass · "
        f"{progress.rows_per_s:.0f} rows/s · {'–' if left is None else f'{left:.0f} s'} left"
    )
    if progress.calls:
        facts += "\n" + _calls(progress)
    if progress.notice:
        facts += f"\n[yellow]{escape(progress.notice)}[/yellow]"
    arms = Table("arm", "batches", "share", "mean reward", "accepted", box=None, padding=(0, 2, 0, 0))
    for name, rewards in sorted(progress.by_arm.items(), key=lambda item: -len(item[1])):
        mark = "›" if name == progress.arm_now else " "
        arms.add_row(
            f"{mark} {escape(name)}",
            str(len(rewards)),
            f"{100 * len(rewards) / max(1, progress.batches):.0f} %",
            f"{sum(rewards) / len(rewards):.3f}",
            f"{progress.accepted_by_arm[name]:,}",
        )
    bar = Table.grid()
    bar.add_row(ProgressBar(total=progress.target, completed=progress.accepted, width=60))
    return Group(facts, bar, arms)
