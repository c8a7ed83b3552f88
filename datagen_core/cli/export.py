"""`datagen export`: the rows of a run or of a file, in the format of what reads them."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.errors import UsageError

if TYPE_CHECKING:
    from datagen_core.exporting import Exported


@click.command()
@click.argument("data", type=click.Path(path_type=Path))
@click.option(
    "-f", "--format", "format_name", help="An exporter's name; by default by the ending, else jsonl."
)
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    help="The file, or -; by default, of a run, in its folder.",
)
@click.option("--set", "options", multiple=True, metavar="KEY=VALUE", help="An option of the exporter.")
@click.option(
    "--check", is_flag=True, help="Apply the format's own rules to what is written; without -o, to DATA."
)
@click.option("--skip", is_flag=True, help="Leave out rows that the format can't hold, and count them.")
@click.option("--metadata", is_flag=True, help="Write metadata and lineage of each row beside the file.")
@click.option("--all", "all_rows", is_flag=True, help="All accepted rows, those too that a selector left.")
@click.option("--rehearsal", is_flag=True, help="Write the rows of a rehearsal, which no model made.")
@click.option("--json", "as_json", is_flag=True, help="What was written and found, as JSON.")
def export(
    data: Path,
    format_name: str | None,
    file: Path | None,
    options: tuple[str, ...],
    check: bool,
    as_json: bool,
    **given: bool,
) -> int:
    """Write the rows of DATA in a format: of a run its accepted rows, or those that its selector chose.

    \b
    DATA is a run, or a file: JSONL, JSON, CSV, TSV, TXT (also .gz) or Parquet.
      datagen export RUN -f chatml -o train.jsonl --check
      datagen export rows.jsonl -f openai -o train.jsonl
      datagen export --check train.jsonl -f llama-factory     a file that is there, by the rules of what reads it

    Exit code 1 where --check finds anything.
    """
    from datagen_core.cli.pass_options import assignments
    from datagen_core.dataset_export import export as export_to
    from datagen_core.file_checking import require_rules

    chosen = assignments(options)
    if check and file is None and data.is_file():
        return _checked(data, format_name or "jsonl", chosen, None, as_json)
    name, target = _where_to(data, format_name, file)
    if check:
        require_rules(name, chosen)
    if check and file == Path("-"):
        raise UsageError(
            "what is written to the terminal can't be checked",
            expected="a file",
            hint="-o train.jsonl --check",
        )
    if file == Path("-"):
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "rows"
            _say(export_to(data, target, name, options=chosen, **given))
            click.echo(target.read_text(encoding="utf-8"), nl=False)
        return 0
    written = export_to(data, target, name, options=chosen, **given)
    _say(written)
    if not as_json:
        click.echo(f"{written.rows:,} rows → {target}")
        for place in written.files[1:]:
            click.echo(f"beside it → {place}")
    return _checked(target, name, chosen, written, as_json) if check else _told(written, as_json)


def _where_to(data: Path, format_name: str | None, file: Path | None) -> tuple[str, Path]:
    """Format and file, where the command leaves them open."""
    from datagen_core.exporting import format_of
    from datagen_core.run_folders import find_folder

    is_file = file is not None and file != Path("-") and not file.is_dir()
    name = format_name or (format_of(file) if file and is_file else "jsonl")
    if file is not None:
        return name, file
    if data.is_file():
        raise UsageError("where to?", where=str(data), expected="a file to write", hint="-o train.jsonl")
    return name, find_folder(data) / f"export{_suffix(name)}"


def _suffix(name: str) -> str:
    from datagen_core.plugins.host import installed

    suffix: str = installed().find("exporter", name)[0].component.load_impl().suffix
    return suffix


def _say(written: Exported) -> None:
    for notice in written.notices():
        click.echo(notice, err=True)


def _told(written: Exported, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(_to_json(written), ensure_ascii=False, indent=2))
    return 0


def _checked(file: Path, name: str, options: dict[str, Any], written: Exported | None, as_json: bool) -> int:
    """Says what the format's rules find in a file; 1 where they find anything."""
    from datagen_core.cli.tables import visible
    from datagen_core.file_checking import check_file

    found = check_file(file, name, options)
    if as_json:
        told = {**(_to_json(written) if written else {}), "checked": str(file), "format": name}
        told["problems"] = [{"line": one.line, "what": one.what} for one in found]
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return 1 if found else 0
    for one in found:
        place = f"{file}:{one.line}" if one.line else str(file)
        click.echo(f"{place}: {visible(one.what)}")
    many = f"{len(found):,} problem{'s' if len(found) > 1 else ''}"
    click.echo(many if found else f"{file}: nothing that {name} would stumble over")
    return 1 if found else 0


def _to_json(written: Exported) -> dict[str, Any]:
    return {
        "rows": written.rows,
        "files": [str(place) for place in written.files],
        "left_out": dict(written.left_out),
        "lost": dict(written.lost),
    }
