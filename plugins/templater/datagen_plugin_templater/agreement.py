"""Whether a row's label and its text can disagree because they are drawn without regard to each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.labels import LabelSource, label_leaf, root_objects
from datagen_plugin_templater.language import MAX_LEVELS, Language
from datagen_plugin_templater.records import Node, Shapes, Text, bares, texts
from datagen_plugin_templater.template import Part, references

TEXT_WORDS = 4
"""A record field counts as text when it can hold this many words: names of places and colours rarely do."""
MAX_LISTED = 5


def disagreements(grammar: Grammar, shapes: Shapes | None, source: LabelSource | None) -> list[str]:
    """A sentence for the text, or for each text field, that doesn't depend on the label; none without a label.

    A text depends on the label when an alternative it can use has a `when:` on the label, or on something
    that the label depends on or that depends on the label, or when it holds the bound label itself.
    """
    if source is None:
        return []
    if shapes is None:
        return _of_texts(grammar, source.name or "")
    return _of_records(grammar, shapes, source)


def influences(grammar: Grammar, names: Iterable[str]) -> frozenset[str]:
    """The bound non-terminals that the expansion of these names can depend on."""
    return grammar.closure(names) & frozenset(grammar.bind)


def _of_texts(grammar: Grammar, label: str) -> list[str]:
    if influences(grammar, [label]) & influences(grammar, [grammar.start]):
        return []
    hint = "" if label in grammar.bind else f" under bind: [{label}]"
    return [
        f"label and text are drawn independently: the label <{label}> can disagree with the text"
        f"{_despite_the_model(grammar, [grammar.start])}; "
        f"give alternatives of the text a when: {{{label}: VALUE}}{hint}"
    ]


def _of_records(grammar: Grammar, shapes: Shapes, source: LabelSource) -> list[str]:
    label = ".".join(source.path)
    conditional = _conditional_roots(grammar, shapes)
    free: list[tuple[str, list[str]]] = []
    words = _max_words(grammar)
    for node in root_objects(grammar, shapes):
        leaf = label_leaf(node, source.path)
        if not isinstance(leaf, str) or id(node) in conditional:
            continue  # this record goes with its label by construction
        own = influences(grammar, [leaf])
        fields = _text_fields(grammar, shapes, node, label, words)
        free += [(path, names) for path, names in fields if not own & influences(grammar, names)]
    if not free:
        return []
    shown = list(dict.fromkeys(path for path, _ in free))
    names = {name for _, some in free for name in some}
    listed = ", ".join(shown[:MAX_LISTED]) + (" and others" if len(shown) > MAX_LISTED else "")
    return [
        f"label and text are drawn independently: the label field {label} can disagree with {listed}"
        f"{_despite_the_model(grammar, names)}; bind the label's non-terminal and give alternatives of the text a when:"
    ]


def _despite_the_model(grammar: Grammar, names: Iterable[str]) -> str:
    if not grammar.holds_slots(names):
        return ""
    return (
        " (the model that fills llm_fill is shown the label, but its prompts are drawn without regard to it)"
    )


def _conditional_roots(grammar: Grammar, shapes: Shapes) -> set[int]:
    return {
        id(node)
        for name, nodes in shapes.items()
        for node, alternative in zip(nodes, grammar.rules[name], strict=True)
        if alternative.when
    }


def _text_fields(
    grammar: Grammar, shapes: Shapes, node: Node, label: str, words: Mapping[str, int]
) -> list[tuple[str, list[str]]]:
    """The text fields of a record, or without any its other string fields, with the names they refer to."""
    fields = [(path, text) for path, text in _all_texts(shapes, node) if path != label]
    language = Language(grammar, 2)
    varying = [(path, text) for path, text in fields if _varies(language, text)]
    long = [(path, text) for path, text in varying if _words(text.parts, words) >= TEXT_WORDS]
    return [(path, [r.name for r in references(text.parts)]) for path, text in long or varying]


def _all_texts(shapes: Shapes, node: Node) -> list[tuple[str, Text]]:
    found = list(texts(node))
    seen: set[str] = set()
    waiting = [bare.reference.name for bare in bares(node)]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for inner in shapes[name]:
            found += [(f"{name}.{path}" if path else name, text) for path, text in texts(inner)]
            waiting += [bare.reference.name for bare in bares(inner)]
    return found


def _varies(language: Language, text: Text) -> bool:
    strings = language.of(text.parts)
    return strings is None or len(strings) > 1


def _max_words(grammar: Grammar) -> Mapping[str, int]:
    """The most words of each non-terminal, counted no further than a text needs; a prompt makes a text."""
    most = dict.fromkeys(grammar.rules, 0)
    for _ in range(MAX_LEVELS):
        before = dict(most)
        for name, alternatives in grammar.rules.items():
            if most[name] < TEXT_WORDS:
                most[name] = max(TEXT_WORDS if a.prompt else _words(a.parts, most) for a in alternatives)
        if most == before:
            break
    return most


def _words(parts: Sequence[Part], most: Mapping[str, int]) -> int:
    total = sum(len(part.split()) if isinstance(part, str) else part.high * most[part.name] for part in parts)
    return min(total, TEXT_WORDS)
