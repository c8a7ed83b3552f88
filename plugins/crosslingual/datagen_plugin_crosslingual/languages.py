"""Which languages are wanted, and which one a row is in."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs, Seed
from datagen_core.languages import base, identify
from datagen_core.originals import Original
from datagen_core.row_forms import as_sample
from datagen_core.sample import Sample
from datagen_plugin_crosslingual.config import CrosslingualConfig, LanguageConfig
from datagen_plugin_crosslingual.parts import parts_of

KEY = "language"
CODE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
MOST_READ = 50
"""Seeds that the language of all is identified by."""


def targets(config: LanguageConfig, inputs: Inputs) -> tuple[str, ...]:
    """The languages that rows are made in where a cell doesn't say: `to`, else the coverage's, else the recipe's.

    Raises:
        InputError: none, or what is no code.
    """
    given = (config.to,) if isinstance(config.to, str) else config.to
    found = tuple(dict.fromkeys(given or inputs.coverage.get(KEY, ()) or inputs.languages))
    for code in (*found, *inputs.coverage.get(KEY, ())):
        if not CODE.fullmatch(code):
            raise InputError(
                f"{code!r} is no code of a language",
                where="coverage.language" if code in inputs.coverage.get(KEY, ()) else "languages",
                expected="a code such as de, zh or pt-BR",
            )
    return found


def targets_but(source: str | None, config: CrosslingualConfig, inputs: Inputs) -> tuple[str, ...]:
    """The targets without the originals' language.

    Raises:
        InputError: none is left, or `to` names the originals' own.
    """
    found = targets(config, inputs)
    left = tuple(code for code in found if source is None or base(code) != base(source))
    if not left or (config.to and len(left) < len(found)):
        raise InputError(
            f"the originals' language is a target: {', '.join(found)}",
            where="with.to" if config.to else "languages",
            expected="another language than the originals'",
            hint="add to: CODE (or coverage: {by: {language: [CODE, …]}}) to the recipe",
        )
    return left


def language_of_all(seeds: Sequence[Seed]) -> str | None:
    """The language of the seeds taken together; None where there are none or it isn't sure."""
    texts = [text for seed in seeds[:MOST_READ] for text in parts_of(as_sample(seed)).values()]
    return identify("\n".join(texts)).language if texts else None


def language_of(original: Original, text: str, usual: str | None) -> str | None:
    """An original's language: as a column or its method tells it, else as it is identified, else the usual one."""
    parent = original.parent
    told = parent.value_of(KEY) if isinstance(parent, Sample) else parent and parent.row.get(KEY)
    if isinstance(told, str) and CODE.fullmatch(told):
        return told
    return identify(text).language or usual
