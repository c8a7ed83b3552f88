"""Which languages a row should be in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.languages import VARIETIES, base, scripts_of
from datagen_core.sample import Sample

KEY = "language"
CODE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
SAME: Mapping[str, str] = {**VARIETIES, "nb": "no", "fil": "tl", "cmn": "zh", "iw": "he", "in": "id"}
"""Codes → the one that identification gives."""
ALIKE = ({"no", "nn", "da"}, {"hr", "bs", "sr", "sh"}, {"id", "ms"})
"""Languages that identification doesn't tell apart in a few sentences."""
_CODES = """
ace af am an ar as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu ext fa fi fo fr fuv fy ga gcf
gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is it ja jv ka kab kik kk km kn ko ku ky la lb lg lij ln
lo lt ltg lv mg mk ml mn mr ms mt my ne nl nn no nso oc om or pa pl ps pt qu ro ru rw sa sdh se si sk sl sn so sq sr
st sv sw ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa xh yo zh zu
"""
IDENTIFIED = frozenset(_CODES.split())
"""The codes that identification knows (py3langid 0.4, varieties joined); a test compares them with its model."""


def normal(code: str) -> str:
    """A code as identification gives it: without region, and of its synonyms the usual one."""
    plain = base(code)
    return SAME.get(plain, plain)


class Wanted:
    """The languages wanted of each row: its own where the recipe's coverage steers them, else those allowed.

    Raises:
        InputError: what is named is no code of a language.
    """

    def __init__(self, languages: Sequence[str], inputs: Inputs) -> None:
        self.allowed = tuple(dict.fromkeys(languages or inputs.languages))
        covered = inputs.coverage.get(KEY, ())
        self._is_steered = bool(covered) and all(map(CODE.fullmatch, covered))
        self.all = tuple(dict.fromkeys((*self.allowed, *(covered if self._is_steered else ()))))
        for code in self.allowed:
            if not CODE.fullmatch(code):
                raise InputError(
                    f"{code!r} is no code of a language",
                    where="with.languages" if languages else "languages",
                    expected="a code such as de, zh or pt-BR",
                )

    def of(self, sample: Sample) -> tuple[str, ...]:
        """The codes wanted of a row, as identification gives them."""
        own = sample.value_of(KEY) if self._is_steered else None
        codes = (own,) if own is not None and CODE.fullmatch(own) else self.allowed
        return tuple(dict.fromkeys(map(normal, codes)))

    def unknown(self) -> tuple[str, ...]:
        """The codes that can't be identified; of their rows only the script is judged."""
        return tuple(code for code in self.all if normal(code) not in IDENTIFIED)


def may_be(language: str, script: str, wanted: Sequence[str]) -> bool:
    """Whether a text identified as another language may be in one wanted: a close relative, or one unknown."""
    return any(
        any({language, code} <= alike for alike in ALIKE)
        or (code not in IDENTIFIED and script in scripts_of(code))
        for code in wanted
    )
