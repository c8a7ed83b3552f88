"""A new plugin package, written from templates: it installs and passes its tests as it stands."""

from __future__ import annotations

import importlib.util
import keyword
import re
import shlex
from importlib import resources
from pathlib import Path
from string import Template

import datagen_core
from datagen_core.errors import UsageError
from datagen_core.plugins.first_party import BRINGS, bringer
from datagen_core.plugins.host import Host, installed
from datagen_core.plugins.spec import KIND_HOOKS

SUMMARIES = {
    "generator": "New rows from seeds by moving their last words to the front",
    "validator": "Rejects rows of too few or too many words",
    "reward": "New rows over those asked for, weighted by the validators' scores",
    "router": "Draws an arm by the softmax of its mean reward",
    "evaluator": "How evenly the labels are spread, and how much the rows repeat themselves",
    "exporter": "A Markdown table, one line per row",
    "selector": "Keeps rows whose lengths are far apart",
    "embedder": "Texts as the shares of their characters",
    "retriever": "Passages by the words that they share with a question",
    "model": "Answers with one of a few replies: a stand-in to put a real model into",
}
"""Kind → what its template does, in one line."""

_EXAMPLE_ARM = {"generator": None, "model": "naive"}
"""Kind → the arm that its example needs; `augment` where nothing is said."""
_NEEDS_AND_COST = (
    "`needs` (what must be there for it to work) and `cost` (`free`, `cheap` or `dear`: a model call)"
)

_DEPENDENCIES = {"embedder": ("numpy>=1.26",)}
"""Kind → what its template imports beside the core."""

MAX_NAME_CHARS = 30
"""Longer names would break the lines of the templates differently."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def scaffold(name: str, kind: str, folder: Path | None = None, host: Host | None = None) -> Path:
    """Writes a package with one working component of a kind, and returns its folder.

    Args:
        name: The component's, in kebab-case; the package becomes `datagen-plugin-<name>`.
        kind: generator, validator, reward, router, evaluator, exporter, selector, embedder, retriever or model.
        folder: Where; by default `datagen-plugin-<name>` in the working folder. It may exist if it is empty.
        host: What is installed, whose names are taken; by default this environment.

    Raises:
        UsageError: a name that can't be used or is taken, an unknown kind, a folder that holds something.
    """
    _check_kind(kind)
    _check_name(name, kind, host or installed())
    folder = Path(f"datagen-plugin-{name}") if folder is None else folder
    words = placeholders(name, kind)
    texts = {file: _filled(template, words) for file, template in _files(kind, words["module"]).items()}
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise UsageError(
                "the folder is not empty",
                where=str(folder),
                expected="a new or empty one",
                hint="choose another: -o",
            )
        for file, text in texts.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(
            f"can't be written: {error.strerror}", where=str(folder), hint="choose another: -o"
        ) from None
    return folder


def next_steps(name: str, folder: Path, host: Host | None = None) -> list[str]:
    """The commands that install, test and try a package that `scaffold` wrote."""
    kind = next(kind for kind in SUMMARIES if list(folder.glob(f"datagen_plugin_*/{kind}.py")))
    arm = _EXAMPLE_ARM.get(kind, "augment")
    needs_arm = arm is not None and arm not in (host or installed()).names("generator")
    return [
        f"cd {shlex.quote(str(folder))}",
        "python -m pip install -e '.[test]'",
        "python -m pytest",
        f"datagen plugins check {name}",
        *([f"datagen plugins install {arm}"] if needs_arm else []),
        "datagen run example/recipe.yaml",
    ]


def placeholders(name: str, kind: str) -> dict[str, str]:
    """What stands for each `$word` of the templates."""
    camel = "".join(part.capitalize() for part in name.split("-"))
    release = datagen_core.__version__.split(".")
    words = {
        "name": name,
        "kind": kind,
        "package": f"datagen-plugin-{name}",
        "module": f"datagen_plugin_{name.replace('-', '_')}",
        "class_name": f"{camel}{kind.capitalize()}",
        "config_name": f"{camel}Config",
        "hook": KIND_HOOKS[kind],
        "suite": f"{kind.capitalize()}Conformance",
        "summary": SUMMARIES[kind],
        **_facts(name, kind),
        "more_dependencies": "".join(f', "{line}"' for line in _DEPENDENCIES.get(kind, ())),
        "core_range": f">={release[0]}.{release[1]},<{release[0]}.{int(release[1]) + 1}",
    }
    about, recipe = _filled(f"{kind}/about.md", words), _filled(f"{kind}/recipe.yaml", words)
    return {**words, "about": about, "recipe": recipe}


def _facts(name: str, kind: str) -> dict[str, str]:
    """What its component declares beside name, options and implementation, and what the README says of it."""
    if kind == "model":
        return {
            "facts": f'serves=("{name}",),\n            cost="dear"',
            "facts_meaning": "and `serves`: what stands before the slash of its models' names",
            "options_place": "beside the `name:` of a model",
        }
    needs = '("seeds",)' if kind == "generator" else "()"
    return {
        "facts": f'needs={needs},\n            cost="free"',
        "facts_meaning": _NEEDS_AND_COST,
        "options_place": "under `with:`",
    }


def _files(kind: str, module: str) -> dict[str, str]:
    """File of the package → its template."""
    return {
        "pyproject.toml": "package/pyproject.toml",
        "README.md": "package/README.md",
        f"{module}/__init__.py": "package/hooks.py",
        f"{module}/config.py": f"{kind}/config.py",
        f"{module}/{kind}.py": f"{kind}/{kind}.py",
        f"{module}/py.typed": "package/py.typed",
        "tests/test_conformance.py": "package/test_conformance.py",
        f"tests/test_{kind}.py": f"{kind}/test_{kind}.py",
        "example/recipe.yaml": f"{kind}/recipe.yaml",
        "example/seeds.jsonl": "package/seeds.jsonl",
    }


def _filled(template: str, words: dict[str, str]) -> str:
    file = resources.files(__package__) / "templates" / f"{template}.template"
    return Template(file.read_text(encoding="utf-8")).substitute(words)


def _check_kind(kind: str) -> None:
    if kind not in SUMMARIES:
        raise UsageError(f"there is no kind {kind!r}", expected=f"one of {', '.join(SUMMARIES)}")


def _check_name(name: str, kind: str, host: Host) -> None:
    if name.startswith("datagen-plugin-"):
        raise UsageError(
            f"{name!r} is a package's name",
            expected="the component's",
            hint=name.removeprefix("datagen-plugin-"),
        )
    is_plain = _NAME.fullmatch(name) and len(name) <= MAX_NAME_CHARS
    if not is_plain or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} can't be the name of a component",
            expected=f"at most {MAX_NAME_CHARS} lower-case letters and digits in words joined by hyphens, "
            "and no Python keyword: slow-paint",
        )
    module = f"datagen_plugin_{name.replace('-', '_')}"
    plugins = {plugin.name for plugin in host.plugins}
    is_ours = name in BRINGS or bringer(name) is not None
    if is_ours or name in {*host.names(kind), *plugins} or importlib.util.find_spec(module):
        raise UsageError(
            f"the name {name!r} is taken", expected="a name of your own", hint="datagen plugins list"
        )
