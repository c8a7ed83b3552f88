"""Pseudo-localised texts, as tests of internationalisation use them, where a prompt asks for another language.

Each letter of ASCII becomes one of the target's script (`Ŧħɇ ȼⱥŧ`), mostly one that no language is known by, so that
identification is unsure rather than wrong; the way back undoes it. Code, URLs, placeholders, tags, numbers and letters
beyond ASCII stay. Lengths, scripts, protected spans and round trips are those of a good translation.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from datagen_core.languages import scripts, scripts_of
from datagen_core.protected_spans import Protection

ASKED = re.compile(r"^(Translate into|Write in) ([A-Za-z]{2,3}(?:[-_]\w+)*)[.:]?$", re.MULTILINE)
LATIN = "ȺɃȻĐɆƑǤĦƗɈꝀŁⱮƝØⱣꝖɌꞨŦɄƲⱲẊɎƵⱥƀȼđɇƒǥħɨɉꝁłɱɲøᵽꝗɍꞩŧʉʋⱳẋɏƶ"
VARIANTS = {"e": "ɇēĕėęěȅȇȩəɘɛɜɝɞʚ", "o": "øōŏőǒǫǭǿȍȏȫȭȯȱɵɔ"}  # by the language, so that no two are the same
GREEK = "ΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠΪΡΣΤΎΩΌΧΥΖαβψδεφγηιξκλμνοπϊρστύωόχυζ"
FIRST = {"CYRILLIC": 0x04EC, "DEVANAGARI": 0x0928}  # of the letters that tell no language
ASCII = ascii_uppercase + ascii_lowercase
_PROTECTION = Protection([r"</?[^\W\d][^<>\n]*>"])


def translation(prompt: str) -> Any:
    """The last line of JSON of a prompt with a line `Translate into CODE`, its texts translated; None without both."""
    asked = ASKED.search(prompt)
    lines = [line for line in prompt.split("\n") if line[:1] in ('"', "{")]
    if not asked or asked[1] != "Translate into" or not lines:
        return None
    try:
        found = json.loads(lines[-1])
    except ValueError:
        return None
    if isinstance(found, str):
        return translated(found, asked[2])
    return {key: translated(str(text), asked[2]) for key, text in found.items()}


def language_of(prompt: str) -> str:
    """The code of a line `Write in CODE`, or `en`."""
    asked = ASKED.search(prompt)
    return asked[2] if asked and asked[1] == "Write in" else "en"


def translated(text: str, language: str) -> str:
    """The text in letters of a language's script; read back where it is in such letters already."""
    spans = _PROTECTION.spans(text)
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    free = [text[start:end] for start, end in zip([0, *ends], [*starts, len(text)], strict=True)]
    table = _table("".join(free), language)
    kept = [span.text for span in spans] + [""]
    return "".join(piece.translate(table) + span for piece, span in zip(free, kept, strict=True))


def _table(text: str, language: str) -> dict[int, str]:
    back = {letter: plain for plain, letter in _letters(next(iter(scripts(text)), "LATIN")).items()}
    back |= {variant: plain for plain, variants in VARIANTS.items() for variant in variants}
    if 2 * sum(letter in back for letter in text) > sum(map(str.isalpha, text)):
        return str.maketrans(back)
    names = scripts_of(language)
    forth = dict(_letters("KATAKANA" if "KATAKANA" in names else names[0]))
    if names[0] == "LATIN":
        e, o = divmod((26 * ord(language[0]) + ord(language[1])) % 256, 16)
        forth |= {"e": VARIANTS["e"][e], "o": VARIANTS["o"][o]}
    return str.maketrans(forth)


@cache
def _letters(script: str) -> Mapping[str, str]:
    """ASCII letters → letters of a script, capitals first; where it has fewer than 52, capitals become small."""
    found = {"LATIN": LATIN, "GREEK": GREEK}.get(script) or [
        letter
        for letter in map(chr, range(FIRST.get(script, 0x80), 0x10000))
        if unicodedata.category(letter)[0] == "L"
        and script in scripts(letter)
        and unicodedata.normalize("NFKC", letter) == letter
    ]
    found = found[:52] if script in FIRST else found[-52:]
    return dict(zip(ASCII, found if len(found) == 52 else [*found[:26], *found[:26]], strict=True))
