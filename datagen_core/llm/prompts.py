"""Prompts kept as files, rendered in a sandbox that can't run away.

A template is a file of its plugin (`prompts/NAME.j2`) that a recipe may replace. It may use a part of Jinja2:
values, attributes that aren't callable, `if`, `for`, `set x = …`, comparisons, `+` and `-` of numbers, and the
filters in FILTERS. It can't call anything, multiply, import or define macros, and what it writes is bounded.
What users and models wrote comes in as values, never as template: braces in it are just text.

    {# variables: domain, examples #}
    --- system
    You write rows for {{ domain }}.
    --- user
    {% for example in examples %}- {{ example }}
    {% endfor %}
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from datagen_core.errors import DatagenError, InputError
from datagen_core.sample import Message

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_SOURCE_CHARS = 64_000
MAX_CHARS = 2_000_000
MAX_STEPS = 100_000
MAX_SECONDS = 2.0
ROLE = re.compile(r"^--- (system|user|assistant)[ \t]*\n", re.MULTILINE)
VARIABLES = re.compile(r"\{#-?\s*variables:(.*?)-?#\}", re.DOTALL)
FILTERS = frozenset(
    {"capitalize", "count", "default", "first", "float", "indent", "int", "items", "join", "last", "length"}
    | {"list", "lower", "round", "sort", "string", "title", "tojson", "trim", "truncate", "unique", "upper"}
)
FORBIDDEN = frozenset(
    {
        "AssignBlock",
        "Block",
        "Call",
        "CallBlock",
        "Concat",
        "Dict",
        "Div",
        "EvalContextModifier",
        "Extends",
        "Extension",
        "List",
    }
    | {"FilterBlock", "FloorDiv", "FromImport", "Import", "Include", "Macro", "Mod", "Mul", "Pow", "Scope"}
    | {"ScopedEvalContextModifier"}
)
"""What could run code, read other files, or make much out of little."""


class Prompt:
    """A template checked once and rendered often.

    Args:
        source: The template.
        where: Its file or recipe path, for errors.
        variables: What it may use; by default what its first comment `{# variables: a, b #}` lists.
        clock: Seconds, monotonic; rendering that takes longer than MAX_SECONDS stops.
    """

    def __init__(
        self,
        source: str,
        *,
        where: str,
        variables: Iterable[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.where = where
        documented = VARIABLES.search(source)
        if variables is None and documented:
            variables = [name.strip() for name in documented[1].split(",") if name.strip()]
        self.variables = None if variables is None else frozenset(variables)
        self._clock = clock
        before, *parts = ROLE.split(source)
        if parts and VARIABLES.sub("", before).strip():
            raise self._wrong("text before the first '--- ROLE' line", "each text under its role")
        turns = list(zip(parts[::2], parts[1::2], strict=True)) if parts else [("user", source)]
        self._turns: list[_Turn] = [_Turn(role, *self._compiled(text)) for role, text in turns]
        self._given: dict[str, Any] = {}

    @classmethod
    def from_package(cls, package: str, name: str, *, override: str | None = None, where: str = "") -> Prompt:
        """The template `prompts/NAME.j2` of a package, or the recipe's own with the same variables.

        Compiled once per process.

        Args:
            override: The recipe's template text, if it has one.
            where: Its recipe path.
        """
        own = _packaged(package, name)
        if override is None:
            return own
        return cls(override, where=where or f"the prompt {name!r}", variables=own.variables)

    def text(self, **values: Any) -> str:
        """All turns as one text, for models without a chat template."""
        return "\n\n".join(message.content for message in self.messages(**values))

    def messages(self, **values: Any) -> tuple[Message, ...]:
        """The turns, rendered; a template without roles is one user message.

        Raises:
            InputError: A value is missing, or the result is too long or takes too long.
        """
        limits = _Limits(self._clock, self._wrong)
        values = {**self._given, **values, "_limits": limits}
        return tuple(
            Message(role=turn.role, content=self._content(turn, values, limits)) for turn in self._turns
        )

    def given(self, **values: Any) -> Prompt:
        """The prompt with these values set; turns that use no others are rendered now, once. Errors as above."""
        limits = _Limits(self._clock, self._wrong)
        known = {**self._given, **values}
        out = copy.copy(self)
        out._given = known
        out._turns = [
            replace(turn, text=self._content(turn, {**known, "_limits": limits}, limits))
            if turn.variables <= known.keys()
            else turn
            for turn in self._turns
        ]
        return out

    def _content(self, turn: _Turn, values: Mapping[str, Any], limits: _Limits) -> str:
        return self._rendered(turn.template, values, limits).strip() if turn.text is None else turn.text

    def _rendered(self, template: Template, values: Mapping[str, Any], limits: _Limits) -> str:
        from jinja2 import TemplateError

        out = []
        try:
            for piece in template.generate(values):
                limits.wrote(len(piece))
                out.append(piece)
        except DatagenError:
            raise
        except (TemplateError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise self._wrong(str(error), self._known()) from error
        return "".join(out)

    def _compiled(self, source: str) -> tuple[Template, frozenset[str]]:
        from jinja2 import TemplateError, meta, nodes

        if len(source) > MAX_SOURCE_CHARS:
            raise self._wrong(f"a template of {len(source)} characters", f"at most {MAX_SOURCE_CHARS}")
        environment = _environment()
        try:
            tree = environment.parse(source)
            self._check(tree)
            used = frozenset(meta.find_undeclared_variables(tree))
            unknown = used - (self.variables or frozenset())
            if self.variables is not None and unknown:
                raise self._wrong(f"unknown variables {', '.join(sorted(unknown))}", self._known())
            for loop in tree.find_all(nodes.For):
                limits = nodes.Name("_limits", "load")
                loop.iter = nodes.Filter(loop.iter, "_stepped", [limits], [], None, None)
            tree.set_environment(environment)
            return environment.from_string(tree), used
        except (TemplateError, RecursionError) as error:
            raise self._wrong(str(error), "a Jinja2 template") from error

    def _check(self, tree: Any) -> None:
        from jinja2 import nodes

        for node in tree.find_all(nodes.Node):
            kind = type(node).__name__
            is_list = isinstance(node, nodes.Tuple) and node.ctx == "load"
            if kind in FORBIDDEN or is_list or (kind == "For" and node.recursive):
                raise self._wrong(f"{kind} in line {node.lineno}", "values, if, for, set and filters")
            if isinstance(node, nodes.Filter) and node.name not in FILTERS:
                expected = f"one of {', '.join(sorted(FILTERS))}"
                raise self._wrong(f"the filter {node.name!r} in line {node.lineno}", expected)

    def _known(self) -> str:
        if self.variables is None:
            return "values for all variables"
        return f"variables out of: {', '.join(sorted(self.variables)) or 'none'}"

    def _wrong(self, what: str, expected: str) -> InputError:
        return InputError(f"a prompt can't be used: {what}", where=self.where, expected=expected)


def digest_of(package: str, names: Iterable[str], *more: bytes) -> str:
    """A hash of a package's prompts, and of what else decides its rows: for `Generator.digest`."""
    folder = resources.files(package) / "prompts"
    texts = [(folder / f"{name}.j2").read_bytes() for name in names]
    return hashlib.blake2b(b"\0".join([*texts, *more]), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Turn:
    """One message of a prompt; `text` where it is rendered already."""

    role: str
    template: Template
    variables: frozenset[str]
    text: str | None = None


@cache
def _packaged(package: str, name: str) -> Prompt:
    file = resources.files(package) / "prompts" / f"{name}.j2"
    return Prompt(file.read_text("utf-8"), where=f"{package}/prompts/{name}.j2")


class _Limits:
    """What one rendering has used up."""

    def __init__(self, clock: Callable[[], float], wrong: Callable[[str, str], InputError]) -> None:
        self._clock, self._wrong = clock, wrong
        self._until = clock() + MAX_SECONDS
        self._chars = self._steps = 0

    def wrote(self, chars: int) -> None:
        self._chars += chars
        if self._chars > MAX_CHARS:
            raise self._wrong(f"more than {MAX_CHARS} characters", "a shorter prompt")
        self._in_time()

    def stepped(self, items: Iterable[Any]) -> list[Any]:
        """A loop's items, counted before it runs."""
        listed = list(items)
        self._steps += len(listed)
        if self._steps > MAX_STEPS:
            raise self._wrong(f"loops of more than {MAX_STEPS} steps", "fewer nested loops")
        self._in_time()
        return listed

    def _in_time(self) -> None:
        if self._clock() > self._until:
            raise self._wrong(f"rendering takes longer than {MAX_SECONDS:g} s", "a simpler template")


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    try:
        from jinja2 import StrictUndefined
        from jinja2.exceptions import SecurityError
        from jinja2.sandbox import ImmutableSandboxedEnvironment
    except ImportError as error:
        raise DatagenError(
            "prompts need jinja2, which isn't installed", hint="pip install 'datagen-core[llm]'"
        ) from error

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+", "-"})

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not all(isinstance(side, int | float) and abs(side) < 1e15 for side in (left, right)):
                raise SecurityError(f"{operator} is for numbers; write texts one after the other")
            return left + right if operator == "+" else left - right

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            return super().is_safe_attribute(obj, attr, value) and not callable(value)

    environment = Sandbox(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, autoescape=False
    )
    allowed = {name: environment.filters[name] for name in FILTERS}
    environment.filters.clear()
    environment.filters.update(
        {**allowed, **_BOUNDED, "_stepped": lambda items, limits: limits.stepped(items)}
    )
    environment.globals.clear()
    return environment


def _join(items: Iterable[Any], separator: str = "") -> str:
    """Items one after the other, unless that would be too long."""
    texts = [str(item) for item in items]
    _fits(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _indent(text: str, width: int = 4, first: bool = False) -> str:
    """Lines after the first (or all) moved right."""
    lines = str(text).splitlines(keepends=True)
    _fits(len(str(text)) + len(lines) * width)
    return "".join(" " * width * (at > 0 or first) + line for at, line in enumerate(lines))


def _tojson(value: Any) -> str:
    """Readable JSON on one line; not escaped for HTML."""
    text = json.dumps(value, ensure_ascii=False)
    _fits(len(text))
    return text


def _fits(chars: int) -> None:
    if chars > MAX_CHARS:
        raise ValueError(f"a filter would write more than {MAX_CHARS} characters")


_BOUNDED: Mapping[str, Callable[..., Any]] = {"join": _join, "indent": _indent, "tojson": _tojson}
