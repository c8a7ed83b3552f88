"""Grammars and word lists from files that untrusted people wrote: bounded, safe types only, no aliases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from datagen_core.config import InputPath, missing_file
from datagen_core.errors import InputError
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.parsing import parse_grammar

MAX_FILE_BYTES = 1024 * 1024
MAX_WORDS = 100_000


def load_grammar(source: InputPath | Mapping[str, Any], base: Path | None = None) -> Grammar:
    """The grammar of a YAML file or of a mapping, word lists read.

    Args:
        source: A file, or a grammar as parsed.
        base: The folder that word-list paths of a mapping start from (a file's start from its own folder).

    Raises:
        InputError: a missing, too large (over 1 MiB) or malformed file, a bad grammar, an empty word list,
            more than 100,000 words in all.
    """
    if isinstance(source, InputPath):
        where, folder = source.given, source.path.parent
        data = _read_yaml(source)
    else:
        where, folder, data = "grammar", base or Path(), source
    lists = data.get("words") or {}
    if not isinstance(lists, Mapping):
        raise InputError("words: is no mapping", where=where, expected="name: a file or a list of words")
    words = {name: _words(entry, folder, f"{where}.words.{name!s:.60}") for name, entry in lists.items()}
    if sum(len(entries) for entries in words.values()) > MAX_WORDS:
        raise InputError(f"more than {MAX_WORDS:,} words", where=f"{where}.words", expected="fewer")
    return parse_grammar(data, words, where)


def _words(entry: Any, folder: Path, where: str) -> Sequence[str]:
    if isinstance(entry, str | InputPath):
        source = entry if isinstance(entry, InputPath) else InputPath(entry, folder)
        lines = (line.strip() for line in _read_text(source).splitlines())
        found = [line for line in lines if line and not line.startswith("#")]
    elif isinstance(entry, list) and all(isinstance(word, str) for word in entry):
        found = [word.strip() for word in entry if word.strip()]
    else:
        raise InputError(
            "neither a file nor a list of words", where=where, expected="text", hint="put numbers in quotes"
        )
    if not found:
        raise InputError("no words", where=where, expected="at least one")
    bad = next((word for word in found if "\0" in word or not _is_encodable(word)), None)
    if bad is not None:
        raise InputError(f"{bad!r:.60} isn't plain text", where=where, expected="Unicode text without U+0000")
    return list(dict.fromkeys(found))


def _is_encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _read_text(source: InputPath) -> str:
    if not source.path.is_file():
        raise missing_file(source)
    try:
        with source.path.open("rb") as stream:
            raw = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(source.path)) from None
    if len(raw) > MAX_FILE_BYTES:
        raise InputError("larger than 1 MiB", where=str(source.path), expected="at most 1 MiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start} isn't UTF-8", where=str(source.path), expected="UTF-8"
        ) from None


def _read_yaml(source: InputPath) -> Mapping[str, Any]:
    text, where = _read_text(source), str(source.path)
    try:
        data = yaml.load(text, Loader=_GrammarLoader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"not valid YAML: {error.problem}", where=where + line, expected="YAML") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"not valid YAML: {str(error)[:200]}", where=where, expected="YAML") from None
    if not isinstance(data, Mapping):
        raise InputError("the file holds no mapping", where=where, expected="start: and rules:")
    return data


class _GrammarLoader(yaml.SafeLoader):
    """Safe types; aliases (which can blow a small file up) and repeated keys are errors."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "aliases (*name) aren't supported here", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.MarkedYAMLError(None, None, f"the key {key.value!r} stands twice", key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)
