"""A grammar as plain frozen data, and how it is read from the mapping that a recipe or file holds."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from datagen_core.errors import InputError
from datagen_plugin_templater.template import NAME, Part, Reference, parse_template, references

MAX_ALTERNATIVES = 10_000
MAX_CONDITION_VALUES = 100_000
MAX_BOUND = 100
Condition: TypeAlias = tuple[tuple[str, frozenset[str]], ...]
_GRAMMAR_KEYS = ("start", "label", "bind", "words", "rules")
_ALTERNATIVE_KEYS = ("template", "llm_fill", "weight", "when")


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to expand a non-terminal: a template's parts, or a prompt that a model fills.

    `when` lists bound non-terminals with the values under which the alternative applies; all must hold.
    """

    parts: tuple[Part, ...] = ()
    weight: float = 1.0
    when: Condition = ()
    prompt: str | None = None

    def applies(self, values: Mapping[str, str]) -> bool:
        """Whether the bound values satisfy every condition."""
        return all(values.get(name) in allowed for name, allowed in self.when)

    @property
    def references(self) -> list[Reference]:
        """The references of its template, in order."""
        return references(self.parts)


@dataclass(frozen=True)
class Grammar:
    """A parsed grammar; word lists are rules like any other. `where` names its place in errors.

    Whether it makes sense (nothing undefined, nothing endless) is `analysis.check`.
    """

    start: str
    rules: Mapping[str, tuple[Alternative, ...]]
    label: str | None = None
    bind: tuple[str, ...] = ()
    where: str = "grammar"

    def place(self, name: str, index: int | None = None) -> str:
        """Where a rule or one of its alternatives stands, for errors."""
        return f"{self.where}.rules.{name}" + ("" if index is None else f"[{index}]")

    @cached_property
    def digest(self) -> str:
        """sha256 of everything that decides what is drawn, contents of word lists included.

        The same for any order of keys; the order of alternatives counts, since derivations number them.
        """
        rules = {name: [_plain(a) for a in alternatives] for name, alternatives in self.rules.items()}
        whole = {"start": self.start, "label": self.label, "bind": sorted(self.bind), "rules": rules}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """The names and every defined non-terminal that their alternatives lead to, by reference or `when:`."""
        found: set[str] = set()
        waiting = [name for name in names if name in self.rules]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.add(name)
            for alternative in self.rules[name]:
                next_names = [r.name for r in alternative.references] + [key for key, _ in alternative.when]
                waiting += [n for n in next_names if n in self.rules and n not in found]
        return frozenset(found)

    @cached_property
    def reachable(self) -> frozenset[str]:
        """What the start and the label can lead to."""
        return self.closure([self.start] + ([self.label] if self.label else []))

    @cached_property
    def needs_model(self) -> bool:
        """Whether a reachable alternative is an `llm_fill`."""
        return any(a.prompt is not None for name in self.reachable for a in self.rules[name])


def parse_grammar(
    data: Mapping[str, Any], words: Mapping[str, Sequence[str]] | None = None, where: str = "grammar"
) -> Grammar:
    """The grammar that a mapping `{start, rules, label?, bind?}` describes.

    Args:
        data: As YAML or JSON gives it.
        words: The word lists by name, already read; each becomes a rule of equally likely literals.
        where: Its place, for errors.

    Raises:
        InputError: an unknown key, a wrong type or weight, a malformed template, more than 10,000 alternatives.
    """
    _known_keys(data, _GRAMMAR_KEYS, where)
    rules_data = data.get("rules")
    if not isinstance(rules_data, Mapping) or not rules_data:
        raise InputError(
            f"rules: is {_kind(rules_data)}", where=where, expected="non-terminal: [alternatives]"
        )
    rules: dict[str, tuple[Alternative, ...]] = {}
    counts = [0, 0]
    for name, alternatives in rules_data.items():
        _check_name(name, f"{where}.rules")
        rules[name] = _parse_rule(alternatives, f"{where}.rules.{name}", counts)
    for name, entries in (words or {}).items():
        _check_name(name, f"{where}.words")
        if name in rules:
            raise InputError(
                f"{name} stands under words: and under rules:", where=where, expected="one of them"
            )
        rules[name] = tuple(Alternative((entry,)) for entry in entries)
    start, label = data.get("start"), data.get("label")
    if not isinstance(start, str) or not start:
        raise InputError(f"start: is {_kind(start)}", where=where, expected="the non-terminal to begin with")
    if label is not None and not isinstance(label, str):
        raise InputError(
            f"label: is {_kind(label)}", where=where, expected="a non-terminal or a record field"
        )
    return Grammar(start, rules, label, _parse_bind(data.get("bind", []), where), where)


def nearest(name: object, known: Iterable[str]) -> str | None:
    """A hint with the most similar known name, or None."""
    close = difflib.get_close_matches(str(name)[:100], sorted(known), n=1)
    return f"did you mean {close[0]}?" if close else None


def _parse_rule(data: Any, where: str, counts: list[int]) -> tuple[Alternative, ...]:
    if not isinstance(data, list) or not data:
        raise InputError(
            f"a rule is {_kind(data)}", where=where, expected="a list of at least one alternative"
        )
    counts[0] += len(data)
    if counts[0] > MAX_ALTERNATIVES:
        raise InputError(
            f"more than {MAX_ALTERNATIVES:,} alternatives",
            where=where,
            expected=f"at most {MAX_ALTERNATIVES:,} in the whole grammar",
            hint="move long lists into files named under words:",
        )
    return tuple(_parse_alternative(item, f"{where}[{i}]", counts) for i, item in enumerate(data))


def _parse_alternative(data: Any, where: str, counts: list[int]) -> Alternative:
    if isinstance(data, str):
        return Alternative(parse_template(data, where))
    if not isinstance(data, Mapping):
        hint = "put it in quotes" if isinstance(data, bool | int | float) else None
        raise InputError(f"an alternative is {_kind(data)}", where=where, expected="a template", hint=hint)
    _known_keys(data, _ALTERNATIVE_KEYS, where)
    template, fill = data.get("template"), data.get("llm_fill")
    weight, when = (
        _parse_weight(data.get("weight", 1), where),
        _parse_when(data.get("when", {}), where, counts),
    )
    if (template is None) == (fill is None):
        raise InputError("needs one of template: and llm_fill:", where=where, expected="exactly one of them")
    if fill is None:
        if not isinstance(template, str):
            raise InputError(
                f"template: is {_kind(template)}", where=where, expected="text", hint="put it in quotes"
            )
        return Alternative(parse_template(template, where), weight, when)
    prompt = fill.get("prompt") if isinstance(fill, Mapping) and set(fill) == {"prompt"} else None
    if not isinstance(prompt, str) or not prompt.strip():
        raise InputError("llm_fill: has no prompt", where=where, expected="llm_fill: {prompt: TEXT}")
    return Alternative((), weight, when, prompt)


def _parse_weight(data: Any, where: str) -> float:
    is_number = isinstance(data, int | float) and not isinstance(data, bool)
    try:
        weight = float(data) if is_number else math.nan
    except OverflowError:
        weight = math.inf
    if not (weight > 0 and math.isfinite(weight)):
        shown = repr(data)[:40] if is_number else _kind(data)
        raise InputError(f"weight: is {shown}", where=where, expected="a finite number above 0")
    return weight


def _parse_when(data: Any, where: str, counts: list[int]) -> Condition:
    if not isinstance(data, Mapping):
        raise InputError(
            f"when: is {_kind(data)}", where=where, expected="bound non-terminal: value or [values]"
        )
    out: list[tuple[str, frozenset[str]]] = []
    for name, wanted in data.items():
        _check_name(name, where)
        values = wanted if isinstance(wanted, list) else [wanted]
        counts[1] += len(values)
        if not values or counts[1] > MAX_CONDITION_VALUES:
            raise InputError(f"when: {name} lists no value, or too many", where=where, expected="some values")
        if not all(isinstance(value, str | int | float) for value in values):
            raise InputError(f"when: {name} has a value that isn't plain", where=where, expected="texts")
        out.append((name, frozenset(v if isinstance(v, str) else json.dumps(v) for v in values)))
    return tuple(sorted(out, key=lambda pair: pair[0]))


def _parse_bind(data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
        raise InputError(f"bind: is {_kind(data)}", where=where, expected="a list of non-terminals")
    if len(data) > MAX_BOUND:
        raise InputError(f"bind: names more than {MAX_BOUND}", where=where, expected=f"at most {MAX_BOUND}")
    return tuple(dict.fromkeys(data))


def _plain(alternative: Alternative) -> list[Any]:
    parts = [p if isinstance(p, str) else [p.name, p.low, p.high, p.optional] for p in alternative.parts]
    when = [[name, sorted(values)] for name, values in alternative.when]
    return [parts, alternative.weight, when, alternative.prompt]


def _known_keys(data: Mapping[Any, Any], known: Sequence[str], where: str) -> None:
    for key in data:
        if key not in known:
            hint = nearest(key, known)
            raise InputError(f"unknown key {key!r:.60}", where=where, expected=", ".join(known), hint=hint)


def _check_name(name: Any, where: str) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise InputError(
            f"{name!r:.60} can't name a non-terminal",
            where=where,
            expected="letters, digits, _, - and .",
            hint="YAML reads bare yes, no, on, off and numbers as other than text: put the name in quotes",
        )


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "missing"}
    return names.get(type(value), f"a {type(value).__name__}")
