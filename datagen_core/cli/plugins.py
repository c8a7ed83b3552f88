"""`datagen plugins`: what is installed, and how to add, remove and write more."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datagen_core.errors import UsageError

if TYPE_CHECKING:
    from datagen_core.plugins.checking import Checked


@click.group()
def plugins() -> None:
    """List, check, install, uninstall and write plugins."""


@plugins.command("list")
@click.option(
    "--kind",
    help="Only this kind: generator, validator, reward, router, evaluator, exporter, selector, embedder, retriever "
    "or model.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list with one object per component.")
def list_plugins(kind: str | None, as_json: bool) -> None:
    """Every component, with the package that brings it and whether it can be used."""
    from datagen_core.plugins.host import installed
    from datagen_core.plugins.spec import KIND_HOOKS

    host = installed()
    if kind is not None and kind not in KIND_HOOKS:
        raise UsageError(f"there is no kind {kind!r}", expected=f"one of {', '.join(KIND_HOOKS)}")
    rows = [offer.to_json() for k in KIND_HOOKS if kind in (None, k) for offer in host.of_kind(k)]
    broken: list[dict[str, Any]] = [
        {
            "name": p.name,
            "kind": "plugin",
            "package": p.package,
            "version": p.version,
            "summary": "",
            "needs": [],
            "state": p.state,
        }
        for p in host.plugins
        if p.state != "ok" and kind is None
    ]
    if as_json:
        click.echo(json.dumps(rows + broken, ensure_ascii=False, indent=2))
        return
    presets = {
        (o.kind, o.name): f" (use: {', '.join(f'{o.name}-{p.name}' for p in o.component.presets)})"
        for o in host.offers
        if o.component.presets
    }
    columns = ["name", "kind", "needs", "state", "package", "summary"]
    cells = [
        [
            r["name"],
            r["kind"],
            ", ".join(r["needs"]),
            r["state"],
            f"{r['package']} {r['version']}",
            r["summary"] + presets.get((r["kind"], r["name"]), ""),
        ]
        for r in rows + broken
    ]
    if not sys.stdout.isatty():
        _print_plain([columns, *cells])
        return
    from datagen_core.cli.tables import console, table

    console().print(table("", columns, cells))


def _print_plain(rows: list[list[str]]) -> None:
    """Aligned columns without rich, whose import takes a quarter of the time of listing 50 plugins."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@plugins.command("info")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def info(name: str, as_json: bool) -> None:
    """All about the component NAME: options with their defaults and ranges, presets, needs."""
    from datagen_core.plugins.host import installed

    offers = [offer for offer in installed().offers if offer.name == name]
    if not offers:
        known = sorted({offer.name for offer in installed().offers})
        raise UsageError(f"no component {name!r} is installed", expected=f"one of {', '.join(known)}")
    found = []
    for offer in offers:
        component = offer.component
        schema = component.load_config().model_json_schema()
        found.append(
            {
                **offer.to_json(),
                "cost": component.cost,
                "attributes": dict(component.attributes),
                "presets": [
                    {"name": f"{component.name}-{p.name}", "summary": p.summary, "options": dict(p.options)}
                    for p in component.presets
                ],
                "options": schema.get("properties", {}),
                "required": schema.get("required", []),
            }
        )
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in found:
        _print(one)


@plugins.command("check")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON: a list with one object per component.")
def check(name: str | None, as_json: bool) -> int:
    """Load every component (or NAME's: a component, a plugin or a package) and say what works.

    Exit code 1 when anything is broken; an extra that isn't installed breaks nothing.
    """
    from datagen_core.plugins import checking

    found = checking.check(name)
    _print_checked(found, as_json)
    return 1 if any(row.is_broken for row in found) else 0


@plugins.command("install")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...")
@click.option("-U", "--upgrade", is_flag=True, help="Take the newest version of what is already there.")
@click.option("-e", "--editable", is_flag=True, help="Use the folders SPEC where they are.")
@click.option("--json", "as_json", is_flag=True, help="The components it brought, as JSON.")
def install(specs: tuple[str, ...], upgrade: bool, editable: bool, as_json: bool) -> None:
    """Install plugins with pip in this environment and check that they load.

    SPEC is a name, a folder, a wheel or a URL; of a first-party plugin the suffix is enough (rules). pip's own
    settings (PIP_INDEX_URL, pip.conf …) hold; what it prints goes to standard error.
    """
    from datagen_core.plugins import packages

    found = packages.install(specs, upgrade=upgrade, editable=editable)
    _print_checked(found, as_json)


@plugins.command("uninstall")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Don't ask.")
def uninstall(name: str, yes: bool) -> None:
    """Uninstall the plugin NAME (as `plugins list` shows it, or its package) with pip."""
    from datagen_core.plugins import packages

    package = packages.package_of(name)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                f"uninstalling {package} needs a confirmation, and there is no terminal", hint="add --yes"
            )
        click.confirm(f"Uninstall {package}?", abort=True)
    packages.uninstall(package)
    click.echo(f"{package} is uninstalled")


@plugins.command("new")
@click.argument("name")
@click.option(
    "--kind",
    required=True,
    help="What it offers: generator, validator, reward, router, evaluator, exporter, selector, embedder, retriever, "
    "model.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    help="Where; by default ./datagen-plugin-NAME.",
)
def new(name: str, kind: str, folder: Path | None) -> None:
    """Write a plugin package NAME that installs and passes its tests as it stands, to be changed into yours."""
    from datagen_core.plugins import scaffold

    made = scaffold.scaffold(name, kind, folder)
    click.echo(f"{kind} {name} → {made}\n\nnext:")
    for line in scaffold.next_steps(name, made):
        click.echo(f"  {line}")


def _print_checked(found: list[Checked], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([row.to_json() for row in found], ensure_ascii=False, indent=2))
        return
    from datagen_core.cli.tables import console, table

    cells = [[row.name, row.kind, row.state, f"{row.package} {row.version}"] for row in found]
    console().print(table("", ["name", "kind", "state", "package"], cells))


def _print(found: dict[str, Any]) -> None:
    from rich.markup import escape

    from datagen_core.cli.tables import console, table

    out = console()
    out.print(
        f"[bold]{found['name']}[/bold]  {found['kind']}, {found['package']} {found['version']}:"
        f" {escape(found['summary'])}"
    )
    out.print(
        f"state {escape(found['state'])} · needs {', '.join(found['needs']) or 'nothing'} · cost {found['cost']}"
    )
    rows = [
        [
            name,
            _type(schema),
            json.dumps(schema["default"], ensure_ascii=False)
            if "default" in schema
            else "required"
            if name in found["required"]
            else "",
            schema.get("description", ""),
        ]
        for name, schema in found["options"].items()
    ]
    if rows:
        out.print(table("options (with:)", ["option", "type", "default", "what it does"], rows))
    rows = [[p["name"], p["summary"], json.dumps(p["options"])] for p in found["presets"]]
    if rows:
        out.print(table("presets", ["use:", "what it is", "options"], rows))


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " | ".join(_type(option) for option in options)
    name = str(schema.get("type") or schema.get("$ref", "").rsplit("/", 1)[-1] or "any")
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None and high is None:
        return name
    return f"{name} {'' if low is None else low}…{'' if high is None else high}"
