"""Which language a text is in, and in which script: judged on its prose, unsure rather than wrong where it is short.

Needs `datagen-core[languages]` (py3langid: 140 languages, offline); scripts need nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from datagen_core.errors import DatagenError
from datagen_core.nothing import EMPTY
from datagen_core.protected_spans import Protection

LEAST_LETTERS = 12
"""Of prose in an alphabet; a shorter text is `unsure`."""
LEAST_SIGNS = 5
"""Of prose in a script without an alphabet (Han, kana, Hangul)."""
LEAST_CONFIDENCE = 0.5

VARIETIES: Mapping[str, str] = {"wuu": "zh", "yue": "zh", "lzh": "zh", "arz": "ar", "ary": "ar", "pcm": "en"}
"""Codes that count for the language that a recipe would name."""

NO_LANGUAGE = "zxx"
_SIGNS = frozenset({"HAN", "HIRAGANA", "KATAKANA", "HANGUL"})
_SCRIPT_OF: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("ru", "uk", "bg", "mk", "be", "kk", "ky", "mn", "tg", "tt", "ba"), ("CYRILLIC",)),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "ckb", "ug", "sd"), ("ARABIC",)),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), ("DEVANAGARI",)),
    **dict.fromkeys(("bn", "as"), ("BENGALI",)),
    "sr": ("CYRILLIC", "LATIN"),
    "zh": ("HAN",),
    "ja": ("HAN", "HIRAGANA", "KATAKANA"),
    "ko": ("HANGUL", "HAN"),
    "th": ("THAI",),
    "lo": ("LAO",),
    "km": ("KHMER",),
    "my": ("MYANMAR",),
    "el": ("GREEK",),
    "he": ("HEBREW",),
    "yi": ("HEBREW",),
    "hy": ("ARMENIAN",),
    "ka": ("GEORGIAN",),
    "am": ("ETHIOPIC",),
    "ta": ("TAMIL",),
    "te": ("TELUGU",),
    "kn": ("KANNADA",),
    "ml": ("MALAYALAM",),
    "gu": ("GUJARATI",),
    "pa": ("GURMUKHI",),
    "si": ("SINHALA",),
}
_TAG = re.compile(r"</?[^\W\d][^<>\n]*>")
_PROTECTION = Protection()


@dataclass(frozen=True, slots=True)
class Identified:
    """A text's language.

    Attributes:
        language: Its code (ISO 639-1 where there is one); None where it can't be told.
        confidence: The probability of the likeliest language, in [0, 1].
        reason: `short` or `unsure` where `language` is None, else "".
        likeliest: The likeliest language whatever its confidence; "" where there is no prose.
    """

    language: str | None
    confidence: float = 0.0
    reason: str = ""
    likeliest: str = ""


def identify(text: str) -> Identified:
    """The language of a text's prose: code, URLs, placeholders, tags and numbers are left out.

    Raises:
        DatagenError: py3langid isn't installed.
    """
    plain = prose(text)
    scripts = _counted(plain)
    letters, signs = scripts.total(), sum(n for script, n in scripts.items() if script in _SIGNS)
    is_short = letters < LEAST_LETTERS and signs < LEAST_SIGNS
    if not letters:
        return Identified(None, reason="short")
    shares: dict[str, float] = defaultdict(float)
    for language, share in _identifier().rank(plain):
        shares[VARIETIES.get(language, language)] += float(share)
    (likeliest, confidence), *_ = [max(shares.items(), key=lambda item: item[1])]
    confidence = min(1.0, confidence)
    if is_short or confidence < LEAST_CONFIDENCE or likeliest == NO_LANGUAGE:
        return Identified(None, confidence, "short" if is_short else "unsure", likeliest)
    return Identified(likeliest, confidence, likeliest=likeliest)


def prose(text: str) -> str:
    """The text without code, URLs, placeholders, tags and numbers."""
    out, end = [], 0
    text = _TAG.sub(" ", text)
    for span in _PROTECTION.spans(text):
        out += [text[end : span.start], " "]
        end = span.end
    return " ".join("".join([*out, text[end:]]).split())


def scripts(text: str) -> Mapping[str, float]:
    """The scripts of a text's letters with their shares, the most frequent first; nothing without letters.

    Names are Unicode's, such as `LATIN`, `CYRILLIC`, `HAN`.
    """
    counted = _counted(text)
    return {script: n / counted.total() for script, n in counted.most_common()}


def scripts_of(language: str) -> tuple[str, ...]:
    """The scripts that a language is written in; Latin where nothing else is known. Region codes are cut off."""
    return _SCRIPT_OF.get(base(language), ("LATIN",))


def base(language: str) -> str:
    """The language of a code with a region or a script: `pt-BR` → `pt`."""
    return re.split(r"[-_]", language, maxsplit=1)[0].lower()


def share_in_script(text: str, language: str) -> float | None:
    """The share of a text's letters that are in a script of the language; None without prose."""
    found = scripts(prose(text)) or EMPTY
    return sum(found.get(script, 0.0) for script in scripts_of(language)) if found else None


def _counted(text: str) -> Counter[str]:
    return Counter(script for script in map(_script, text) if script)


@cache
def _script(character: str) -> str:
    """Of a letter or of a sign that goes with letters; "" for all else."""
    if unicodedata.category(character)[0] not in "LM":
        return ""
    name = unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
    return {"CJK": "HAN", "IDEOGRAPHIC": "HAN", "COMBINING": "", "VARIATION": ""}.get(name, name)


@cache
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise DatagenError(
            "telling languages apart needs py3langid, which isn't installed",
            hint="pip install 'datagen-core[languages]'",
        ) from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
