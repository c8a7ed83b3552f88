"""Whether a recipe has a reason to look for personal data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from datagen_core.inputs import Inputs, Seed
from datagen_core.row_forms import as_sample
from datagen_plugin_pii.config import SearchConfig
from datagen_plugin_pii.detector import Detector
from datagen_plugin_pii.row_texts import changed

MAX_READ = 2_000
_SPEAKS = re.compile(
    r"(?<![a-z])(?:pii|gdpr|dsgvo|ccpa|hipaa|privacy|personal(?:ly)?.{0,3}(?:data|info|identif)|anonym|pseudonym"
    r"|de.?identif|redact|datenschutz)",
    re.IGNORECASE,
)
_PERSONAL = re.compile("(?<![a-z])personal(?![a-z])", re.IGNORECASE)
"""Of keys alone: a text may speak of personal finance."""
WORDS: Mapping[str, str] = {
    "EMAIL": "e-mail addresses",
    "PHONE": "phone numbers",
    "CREDIT_CARD": "card numbers",
    "IBAN": "IBANs",
    "US_SSN": "social security numbers",
    "IP": "IP addresses",
    "MAC": "MAC addresses",
    "CRYPTO": "wallet addresses",
    "SECRET": "keys or passwords",
}


def reason_for(inputs: Inputs) -> str | None:
    """Why, in one clause: the recipe's words come first, then what its seeds, texts and documents hold."""
    for section, given in (("constraints", inputs.constraints), ("task_input", inputs.task_input)):
        for path, text in _said(section, given):
            key = path.rpartition(".")[2]
            if _SPEAKS.search(text) or _SPEAKS.search(key) or _PERSONAL.search(key):
                return f"{path} speaks of personal data"
    sources = (("seeds", inputs.seeds), ("texts", inputs.unlabelled), ("chunks of documents", inputs.chunks))
    detector = Detector(SearchConfig(allow_reserved=True), inputs.languages)
    return next(filter(None, (_held(name, rows, detector) for name, rows in sources)), None)


def _held(name: str, rows: Sequence[Seed], detector: Detector) -> str | None:
    """`3 of 200 seeds hold e-mail addresses`, of the kind that most rows hold; None where none does."""
    counts: Counter[str] = Counter()
    read = list(islice(rows, MAX_READ))
    for row in read:
        counts.update(kinds_in(row, detector))
    if not counts:
        return None
    kind, n = min(counts.items(), key=lambda item: (-item[1], item[0]))
    also = " and more" if len(counts) > 1 else ""
    return f"{n} of {len(read)} {name} hold{'s' if n == 1 else ''} {WORDS[kind]}{also}"


def kinds_in(row: Seed, detector: Detector) -> set[str]:
    """What a seed's row holds."""
    found: set[str] = set()

    def look(part: str, text: str) -> str:
        found.update(one.kind for one in detector.find(text, part))
        return text

    changed(as_sample(row), look)
    return found


def _said(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """The texts of a section with their places; a key that is set counts as said."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if inner not in (False, None):
                yield f"{path}.{key}", ""
                yield from _said(f"{path}.{key}", inner)
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _said(path, inner)
