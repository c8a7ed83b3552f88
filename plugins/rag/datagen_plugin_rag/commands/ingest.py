"""`datagen ingest`."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datagen_core.cli.pass_options import assignments

if TYPE_CHECKING:
    from datagen_core.documents import ChunkSizes
    from datagen_plugin_rag.store.ingesting import Ingested, Observer

SHOWN = 20
"""Skipped files that are listed; --json and `datagen kb show --json` hold all."""


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--into", required=True, type=click.Path(path_type=Path), help="The knowledge base's folder.")
@click.option("--min-tokens", type=int, help="A chunk ends at the next heading once it holds so many.")
@click.option("--max-tokens", type=int, help="A chunk ends before the block that would make it longer.")
@click.option("--embedder", metavar="NAME", help="Who makes the vectors; by default hashing.")
@click.option("--with", "options", multiple=True, metavar="KEY=VALUE", help="An option of the embedder.")
@click.option("--max-mb", type=click.FloatRange(min=0, min_open=True), help="Larger files are skipped.")
@click.option("--rebuild", is_flag=True, help="Empty the knowledge base first; takes other settings.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="No report at the end.")
def ingest(
    paths: tuple[Path, ...],
    into: Path,
    min_tokens: int | None,
    max_tokens: int | None,
    embedder: str | None,
    options: tuple[str, ...],
    max_mb: float | None,
    rebuild: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Put documents and source code into a knowledge base; a second time only what changed.

    \b
    PATHS are files, folders and patterns:
      datagen ingest docs 'src/**/*.py' --into kb

    A file that can't be read is skipped and named. Of a folder or pattern given again, what is gone is removed. After
    any stop the same command goes on.
    """
    from datagen_plugin_rag.store.ingesting import ingest as ingest_into

    with _progress(enabled=not (as_json or quiet)) as observe, contextlib.redirect_stdout(sys.stderr):
        done = ingest_into(
            paths,
            into,
            sizes=_sizes(min_tokens, max_tokens),
            embedder=embedder,
            options=assignments(options),
            max_mb=max_mb,
            rebuild=rebuild,
            observe=observe,
        )
    if as_json:
        click.echo(json.dumps(asdict(done), ensure_ascii=False, indent=2))
    elif not quiet or done.has_read_nothing:
        _print(done, into)
    return 1 if done.has_read_nothing else 0


def _sizes(least: int | None, most: int | None) -> ChunkSizes | None:
    """None where nothing is asked for; where one end is, the other is the usual one, or as near as it can be."""
    from datagen_core.documents import ChunkSizes
    from datagen_core.validating import validated
    from datagen_core.yaml_source import Located

    if least is None and most is None:
        return None
    usual = ChunkSizes()
    given = {
        "min_tokens": min(usual.min_tokens, most or usual.min_tokens) if least is None else least,
        "max_tokens": max(usual.max_tokens, least or usual.max_tokens) if most is None else most,
    }
    sizes: ChunkSizes = validated(ChunkSizes, given, Path(), Located({}, {}, "datagen ingest"), ())
    return sizes


@contextlib.contextmanager
def _progress(*, enabled: bool) -> Iterator[Observer]:
    """A bar on stderr; nothing when piped."""
    if not (enabled and sys.stderr.isatty()):
        yield lambda done, total, name: None
        return
    from rich.progress import Progress

    from datagen_core.cli.tables import console, short

    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def observe(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=_plain(short(name, 50)))

        yield observe


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _print(done: Ingested, into: Path) -> None:
    from datagen_core.cli.tables import console, short, table, visible

    out = console()
    files = [
        ["read", done.read],
        ["changed", done.changed],
        ["unchanged", done.unchanged],
        ["removed", done.removed],
        ["skipped", len(done.skipped)],
    ]
    out.print(table(visible(str(into)), ["files", ""], files))
    chunks = [[name, count] for name, count in done.chunks.items()]
    out.print(
        table("", ["chunks now", ""], [*chunks, ["tokens", done.tokens], ["vectors computed", done.embedded]])
    )
    if done.skipped:
        rows = [[short(name, 60), short(why, 90)] for name, why in list(done.skipped.items())[:SHOWN]]
        out.print(table("", ["skipped", "why"], rows))
        if len(done.skipped) > SHOWN:
            out.print(f"… and {len(done.skipped) - SHOWN:,} more (--json)")
    for note, count in _counted(done.notes.values()):
        out.print(visible(f"{count:,} files: {note}"), markup=False, soft_wrap=True)
    for why, count in done.left_out.items():
        out.print(visible(f"{count:,} files left out: {why}"), markup=False, soft_wrap=True)


def _counted(notes: object) -> list[tuple[str, int]]:
    from collections import Counter

    return Counter(notes).most_common()  # type: ignore[call-overload, no-any-return]
