"""Reading a grammar from the mapping that a recipe or file holds, with errors that name the place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.errors import InputError
from datagen_plugin_templater.grammar import Alternative, Condition, Grammar, nearest
from datagen_plugin_templater.template import NAME, check_characters, parse_template

MAX_ALTERNATIVES = 10_000
MAX_CONDITION_VALUES = 100_000
MAX_BOUND = 100
_GRAMMAR_KEYS = ("start", "label", "bind", "words", "rules")
_ALTERNATIVE_KEYS = ("template", "llm_fill", "weight", "when")


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
    check_characters(prompt, where)
    return Alternative((), weight, when, prompt)


def _parse_weight(data: Any, where: str) -> float:
    is_number = isinstance(data, int | float) and not isinstance(data, bool)
    try:
        weight = float(data) if is_number else math.nan
    except OverflowError:
        weight = math.inf
    if not (weight > 0 and math.isfinite(weight)):
        shown = weight if is_number else _kind(data)
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
