"""`datagen plugins`: what is installed."""

from __future__ import annotations

import json
from typing import Any

import click

from datagen_core.errors import UsageError


@click.group()
def plugins() -> None:
    """List installed components."""


@plugins.command("list")
@click.option("--kind", help="Only this kind: generator, validator, reward, router, evaluator, exporter.")
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
    from datagen_core.cli.tables import console, table

    columns = ["name", "kind", "needs", "state", "package", "summary"]
    cells = [
        [
            r["name"],
            r["kind"],
            ", ".join(r["needs"]),
            r["state"],
            f"{r['package']} {r['version']}",
            r["summary"],
        ]
        for r in rows + broken
    ]
    console().print(table("", columns, cells))


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
        found.append(
            {
                **offer.to_json(),
                "cost": component.cost,
                "attributes": dict(component.attributes),
                "presets": [
                    {"name": f"{component.name}-{p.name}", "summary": p.summary, "options": dict(p.options)}
                    for p in component.presets
                ],
                "options": component.load_config().model_json_schema().get("properties", {}),
            }
        )
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for one in found:
        _print(one)


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
            json.dumps(schema["default"], ensure_ascii=False) if "default" in schema else "required",
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
