"""Fills the generated blocks of README and docs from the code, or checks that they are up to date.

    python tools/docs.py            rewrite the blocks
    python tools/docs.py --check    exit 1 and name the files that are out of date

A block stands between `<!-- generated: NAME -->` and `<!-- end generated -->`. NAME is `hooks`, `recipe`,
`components`, `interfaces`, `strategies`, `validators`, `selectors`, `embedders`, or `cli COMMAND …` for a help text.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from datagen_core.plugins.host import Offer, installed
from datagen_core.plugins.spec import KIND_HOOKS, DatagenSpec
from datagen_core.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- generated: (?P<name>[^>]+?) -->\n).*?(<!-- end generated -->)", re.DOTALL)


def documents() -> Iterator[Path]:
    """README, CONTRIBUTING and all pages."""
    yield from (ROOT / "README.md", ROOT / "CONTRIBUTING.md")
    yield from sorted((ROOT / "docs").rglob("*.md"))


def filled(text: str) -> str:
    """A page with every generated block made anew."""
    return BLOCK.sub(lambda m: f"{m[1]}{generated(m['name'].strip())}\n{m[3]}", text)


def generated(name: str) -> str:
    """The content of a block."""
    if name.startswith("cli"):
        return _cli(name.split()[1:])
    makers: dict[str, Callable[[], str]] = {
        "hooks": _hooks,
        "recipe": _recipe,
        "components": _components,
        "interfaces": _interfaces,
        "strategies": _strategies,
        "validators": _validators,
        "selectors": lambda: _listed("selector"),
        "embedders": lambda: _listed("embedder"),
    }
    return makers[name]()


def _cli(words: list[str]) -> str:
    from datagen_core.cli import cli

    command: click.Command = cli
    context = click.Context(cli, info_name="datagen", terminal_width=96, max_content_width=96)
    for word in words:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            raise SystemExit(f"no command {' '.join(words)!r}")
        command = found
        context = click.Context(
            found, info_name=word, parent=context, terminal_width=96, max_content_width=96
        )
    return f"```text\n{command.get_help(context)}\n```"


def _hooks() -> str:
    lines = []
    for name, hook in vars(DatagenSpec).items():
        if name.startswith("datagen_"):
            signature = str(inspect.signature(hook)).replace("self, ", "").replace("(self)", "()")
            kind = next((k for k, h in KIND_HOOKS.items() if h == name), None)
            lines += [f"### `{name}`", "", "```py", f"def {name}{_plain(signature)}", "```", ""]
            lines += [inspect.getdoc(hook) or "", ""]
            if kind:
                lines += [f"Declares components of the kind `{kind}`.", ""]
    return "\n".join(lines).rstrip()


def _plain(signature: str) -> str:
    return re.sub(r"<function .*? at 0x\w+>", "…", signature.replace("'", ""))


def _recipe() -> str:
    schema = Recipe.model_json_schema(by_alias=True)
    rows = ["| key | type | default | what |", "| --- | --- | --- | --- |"]
    for key, field in schema["properties"].items():
        rows.append(
            f"| `{key}` | {_type(field)} | {_default(field)} | {_cell(field.get('description', ''))} |"
        )
    return "\n".join(rows)


def _components() -> str:
    lines = []
    for kind in KIND_HOOKS:
        lines += [f"## {kind.capitalize()}s", ""]
        for offer in installed().of_kind(kind):
            lines += _component(offer)
    return "\n".join(lines).rstrip()


def _strategies() -> str:
    rows = [
        "| arm | what it does | needs | rows | calls per accepted row |",
        "| --- | --- | --- | --- | --- |",
    ]
    for offer in installed().of_kind("generator"):
        component, plugin = offer.component, offer.package.removeprefix("datagen-plugin-")
        page = f"{plugin}.md" if (ROOT / "docs" / "strategies" / f"{plugin}.md").exists() else ""
        name = f"[`{offer.name}`]({page})" if page else f"`{offer.name}`"
        needs = ", ".join(component.needs) or "–"
        makes = ", ".join(component.makes) or "any"
        rows.append(f"| {name} | {_cell(component.summary)} | {needs} | {makes} | {_cost(offer, plugin)} |")
    return "\n".join(rows)


def _validators() -> str:
    from datagen_core.validator import BatchValidator, PoolValidator

    rows = [
        "| validator | what it does | looks at | cost | needs | extra |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for offer in installed().of_kind("validator"):
        component, kind = offer.component, offer.component.load_impl()
        looks_at = (
            "pool"
            if issubclass(kind, PoolValidator)
            else "batch"
            if issubclass(kind, BatchValidator)
            else "row"
        )
        needs, extra = ", ".join(component.needs) or "–", component.extra or "–"
        names = ", ".join(
            [_linked(offer), *(f"`{offer.name}-{preset.name}`" for preset in component.presets)]
        )
        rows.append(
            f"| {names} | {_cell(component.summary)} | {looks_at} | {component.cost} | {needs} | {extra} |"
        )
    return "\n".join(rows)


def _listed(kind: str) -> str:
    rows = [f"| {kind} | what it does | needs | extra |", "| --- | --- | --- | --- |"]
    for offer in installed().of_kind(kind):
        needs, extra = ", ".join(offer.component.needs) or "–", offer.component.extra or "–"
        rows.append(f"| {_linked(offer)} | {_cell(offer.component.summary)} | {needs} | {extra} |")
    return "\n".join(rows)


def _linked(offer: Offer) -> str:
    """Its name, linked with its package's page among the validators where there is one."""
    plugin = offer.package.removeprefix("datagen-plugin-")
    has_page = (ROOT / "docs" / "validators" / f"{plugin}.md").exists()
    return f"[`{offer.name}`]({plugin}.md)" if has_page else f"`{offer.name}`"


def _cost(offer: Offer, plugin: str) -> str:
    """What the plugin's README says that its recipe costs on the rehearsal."""
    if "model" not in offer.component.needs:
        return "none"
    readme = ROOT / "plugins" / plugin / "README.md"
    found = re.search(r"Cost on the rehearsal \([^)]*\): ([\d.]+) calls", readme.read_text(encoding="utf-8"))
    return found[1] if found else "–"


def _component(offer: Offer) -> list[str]:
    component = offer.component
    lines = [f"### `{offer.name}`", "", f"{_cell(component.summary)}. Package: `{offer.package}`."]
    if component.needs:
        lines[-1] += f" Needs: {', '.join(component.needs)}."
    if component.extra:
        lines[-1] += f" Extra: `pip install '{offer.package}[{component.extra}]'`."
    lines.append("")
    options = component.load_config().model_json_schema(by_alias=True).get("properties", {})
    if options:
        lines += ["| option | type | default | what it does |", "| --- | --- | --- | --- |"]
        for name, field in options.items():
            lines.append(
                f"| `{name}` | {_type(field)} | {_default(field)} | {_cell(field.get('description', ''))} |"
            )
        lines.append("")
    if component.presets:
        lines += ["| preset | what it is |", "| --- | --- |"]
        lines += [f"| `{component.name}-{p.name}` | {_cell(p.summary)} |" for p in component.presets] + [""]
    return lines


def _interfaces() -> str:
    from datagen_core import (
        embedder,
        evaluator,
        exporter,
        generator,
        model,
        retriever,
        reward,
        router,
        selector,
        validator,
    )

    lines = []
    for module in (
        generator,
        validator,
        reward,
        router,
        evaluator,
        exporter,
        selector,
        embedder,
        retriever,
        model,
    ):
        for cls in vars(module).values():
            if inspect.isclass(cls) and inspect.isabstract(cls) and cls.__module__ == module.__name__:
                lines += [f"### `{cls.__name__}`", "", inspect.getdoc(cls) or "", ""]
                for name, method in vars(cls).items():
                    if inspect.isfunction(method) and not name.startswith("__"):
                        mark = "abstract" if name in cls.__abstractmethods__ else "optional"
                        signature = _plain(str(inspect.signature(method)))
                        is_async = inspect.iscoroutinefunction(method)
                        summary = (inspect.getdoc(method) or "").splitlines()[0]
                        lines.append(
                            f"- `{'async ' if is_async else ''}{name}{signature}` ({mark}): {summary}"
                        )
                lines.append("")
    return "\n".join(lines).rstrip()


def _type(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " \\| ".join(f"`{value}`" for value in field["enum"])
    options = field.get("anyOf")
    if options:
        return " \\| ".join(dict.fromkeys(_type(o) for o in options if o.get("type") != "null"))
    if "$ref" in field:
        return "mapping" if not field["$ref"].endswith("RowsSource") else "rows"
    name = {"object": "mapping", "array": "list"}.get(field.get("type", "any"), field.get("type", "any"))
    low, high = (
        field.get(a, field.get(b))
        for a, b in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
    )
    return (
        name
        if low is None and high is None
        else f"{name} {low if low is not None else ''}…{high if high is not None else ''}"
    )


def _default(field: dict[str, Any]) -> str:
    if "default" not in field or field["default"] is None:
        return ""
    text = json.dumps(field["default"], ensure_ascii=False)
    return f"`{_cell(text)}`" if len(text) <= 40 else "…"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").rstrip(".")


def main() -> int:
    """See the module's text."""
    stale = []
    for page in documents():
        before = page.read_text(encoding="utf-8")
        after = filled(before)
        if before != after:
            stale.append(page)
            if "--check" not in sys.argv:
                page.write_text(after, encoding="utf-8")
    for page in stale:
        print(f"{'out of date' if '--check' in sys.argv else 'rewritten'}: {page.relative_to(ROOT)}")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
