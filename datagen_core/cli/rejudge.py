"""`datagen rejudge`: changed validators over rows that are there."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click


@click.command()
@click.argument("run")
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    help="The changed recipe; by default the one the run began with.",
)
@click.option("-o", "--output", "out", type=click.Path(path_type=Path), help="The new run folder.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key: a.b=c.")
@click.option("-m", "--model", metavar="NAME", help="In place of all models; by default as the run was made.")
@click.option("--cache", type=click.Path(path_type=Path), help="The folder of replies that runs share.")
@click.option("--trust-local", is_flag=True, help="Load the Python files that the recipe names.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
def rejudge(
    run: str,
    recipe: Path | None,
    out: Path | None,
    overrides: tuple[str, ...],
    model: str | None,
    cache: Path | None,
    trust_local: bool,
    as_json: bool,
) -> int:
    """Judge the rows of RUN anew, by changed validators or thresholds. Calls no generator.

    Writes a run folder of its own; RUN stays as it is. Where rows are wanting then, `datagen run` with the
    changed recipe and -o FOLDER makes them.
    """
    from datagen_core.cli.report_tables import print_next_steps, print_report
    from datagen_core.cli.run import EXIT_CODES, LiveView
    from datagen_core.rejudging import rejudge as make_anew
    from datagen_core.report import report
    from datagen_core.resolve import resolve
    from datagen_core.results import Results
    from datagen_core.run_folders import free_folder
    from datagen_core.runs import load_of

    source = Results.load(run)
    loaded = load_of(source, recipe, changes=overrides, model=model)
    job = resolve(loaded, trust_local=trust_local)
    folder = out or free_folder(source.folder.with_name(f"{source.folder.name}-rejudged"))
    with LiveView(enabled=not as_json) as view:
        given = source.store.get("given") or {}
        words = ["datagen", "run", str(loaded.source.name), "-o", str(folder)]
        asked = {"-n": given.get("num_samples"), "--seed": given.get("seed"), "--model": loaded.model}
        words += [str(word) for pair in asked.items() if pair[1] is not None for word in pair]
        words += [w for setting in (*given.get("overrides", ()), *overrides) for w in ("--set", setting)]
        words += ["--trust-local"] if trust_local else []
        results = make_anew(source, job, folder, again=shlex.join(words), cache=cache, say=view.say)
    found = report(results)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print_report(found)
        print_next_steps(results)
    return EXIT_CODES.get(results.status, 1)
