"""`datagen kb`: what a knowledge base holds, and what is found in it."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core import UsageError

if TYPE_CHECKING:
    from datagen_core import Hit
    from datagen_plugin_rag.store.overview import Overview

SHOWN = 30
HEADINGS = 6


@click.group()
def kb() -> None:
    """Look into a knowledge base that `datagen ingest` made."""


@kb.command()
@click.argument("folder", metavar="KB", type=click.Path(path_type=Path))
@click.option(
    "--documents", type=click.IntRange(min=0), default=SHOWN, help="How many are listed; by default 30."
)
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def show(folder: Path, documents: int, as_json: bool) -> None:
    """What is in the knowledge base KB: documents with their main headings, chunks, tokens, skipped files."""
    from datagen_plugin_rag.store.overview import overview

    found = overview(folder)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    _print(found, folder, documents)


def _print(found: Overview, folder: Path, documents: int) -> None:
    from datagen_core.cli.tables import console, short, table, visible

    out = console()
    sizes, embedder = found.sizes, found.embedder
    about = [
        ["documents", f"{len(found.documents):,}"],
        *([f"chunks in {name}", f"{count:,}"] for name, count in found.chunks.items()),
        ["tokens", f"{found.tokens:,}"],
        ["chunk sizes", f"{sizes['min_tokens']:,} to {sizes['max_tokens']:,} tokens"],
        ["embedder", f"{embedder['use']}, {found.dimension:,} numbers a vector"],
        ["searched by", "words and vectors" if found.is_for_vectors else "words (mode: auto)"],
        ["last ingest", time.strftime("%Y-%m-%d %H:%M", time.localtime(found.ingested_at))],
    ]
    out.print(table(visible(str(folder)), ["knowledge base", ""], about))
    rows = [
        [short(name, 50), of["chunks"], of["tokens"], short(_listed(of["headings"]), 80)]
        for name, of in list(found.documents.items())[:documents]
    ]
    if rows:
        out.print(table("", ["document", "chunks", "tokens", "headings"], rows))
    if len(found.documents) > documents:
        out.print(f"… and {len(found.documents) - documents:,} more documents (--documents N, --json)")
    skipped = [[short(name, 60), short(why, 90)] for name, why in found.skipped.items()]
    if skipped:
        out.print(table("", ["skipped", "why"], skipped[:SHOWN]))
    if found.unfinished:
        out.print(
            f"an interrupted ingest left {len(found.unfinished):,} documents out: the same command goes on"
        )


def _listed(headings: list[str]) -> str:
    more = len(headings) - HEADINGS
    return " · ".join(headings[:HEADINGS]) + (f" · {more:,} more" if more > 0 else "")


@kb.command()
@click.argument("folder", metavar="KB", type=click.Path(path_type=Path))
@click.argument("query")
@click.option("-k", type=click.IntRange(min=1, max=1000), default=5, help="How many passages; by default 5.")
@click.option(
    "--where", multiple=True, metavar="KEY=VALUE", help="Only passages with this field; again for more."
)
@click.option(
    "--mode",
    type=click.Choice(["auto", "hybrid", "bm25", "vectors"]),
    default="auto",
    help="Words, vectors or both.",
)
@click.option("--json", "as_json", is_flag=True, help="Whole passages, as JSON.")
def search(folder: Path, query: str, k: int, where: tuple[str, ...], mode: str, as_json: bool) -> None:
    """The passages of the knowledge base KB that QUERY finds, best first.

    \b
    A passage's fields are document, title, kind (text, code), language, tokens:
      datagen kb search kb "how is a lease revoked" --where kind=text
    """
    from datagen_core.inputs import Inputs
    from datagen_plugin_rag.config import HybridConfig
    from datagen_plugin_rag.searching.hybrid import Hybrid

    config = HybridConfig.model_validate({"knowledge_base": str(folder), "mode": mode})
    retriever = Hybrid(config, Inputs())
    for notice in retriever.notices():
        click.echo(f"note: {notice}", err=True)
    (hits,) = retriever.search([query], k, _filters(where))
    if as_json:
        click.echo(json.dumps([_as_json(hit) for hit in hits], ensure_ascii=False, indent=2))
        return
    _print_hits(hits, query)


def _filters(given: tuple[str, ...]) -> dict[str, Any]:
    """Field → the values allowed, as text and as the JSON that it is: `tokens=12` is a number."""
    out: dict[str, list[Any]] = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--where {pair!r} has no value", expected="KEY=VALUE, such as kind=code")
        allowed = out.setdefault(key, [])
        allowed.append(value)
        with contextlib.suppress(ValueError):
            allowed.append(json.loads(value))
    return out


def _as_json(hit: Hit) -> dict[str, Any]:
    chunk, row = hit.chunk, hit.chunk.row
    named = ("document", "title", "headings", "kind", "language", "pages", "start", "end", "tokens")
    return {
        "id": chunk.id,
        "score": hit.score,
        "places": dict(hit.places),
        **{key: row[key] for key in named if key in row},
        "text": chunk.text,
    }


def _print_hits(hits: Any, query: str) -> None:
    from datagen_core.cli.tables import console, number, short, table
    from datagen_plugin_rag.searching.snippets import snippet

    out = console()
    if not hits:
        out.print("nothing is found")
        return
    rows = [
        [
            number(hit.score),
            ", ".join(f"{name} {place}" for name, place in hit.places.items()),
            short(" › ".join([hit.chunk.row["document"], *hit.chunk.row["headings"]]), 60),
            short(snippet(hit.chunk.text, query), 120),
        ]
        for hit in hits
    ]
    out.print(table("", ["score", "places", "passage", "text"], rows))
