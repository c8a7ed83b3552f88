"""What the arms work on: a hundred instructions with responses, and what each arm needs beside the domain."""

from __future__ import annotations

from typing import Any

PLANTS = (
    "ferns",
    "roses",
    "tomatoes",
    "orchids",
    "herbs",
    "lemons",
    "cacti",
    "beans",
    "tulips",
    "ivy",
)
WAYS = (
    "over winter",
    "in a pot",
    "on a balcony",
    "in a dry summer",
    "free of aphids",
    "without a garden",
    "on a north wall",
    "in poor soil",
    "while you travel",
    "at low cost",
)
SEEDS: list[dict[str, Any]] = [
    {
        "instruction": f"Tell how to keep {plant} {way}.",
        "response": f"Give {plant} light, and water once a week.",
        "is_classification": plant == "ivy",
    }
    for way in WAYS
    for plant in PLANTS
]
TEXTS = [{"text": f"My {row['instruction'][17:-1]} look pale since May.", "label": "plant"} for row in SEEDS]
WORDS = [
    f"{first}{last}" for first in ("amber", "basil", "cedar", "delta", "ember") for last in "bdfgklmnprst"
]
GRAMMAR = {
    "start": "row",
    "words": {"word": WORDS},
    "rules": {"row": ["a <word> <word>: <remark>"], "remark": [{"llm_fill": {"prompt": "one remark"}}]},
}
NEEDED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "classify": ({"labels": ["water", "light"]}, {}),
    "controlled": ({}, {"constraints": {"length": {"min_words": 1}}}),
    "conversation": ({"seeds": SEEDS}, {}),
    "conversation-magpie": ({}, {"model": "raw", "template": "chatml"}),
    "crosslingual": ({"seeds": SEEDS}, {"to": "de", "from": "en"}),
    "domain-transfer": ({"seeds": SEEDS}, {"target_domains": ["cooking"]}),
    "native-language": ({"languages": ["de"]}, {}),
    "persona": ({"seeds": TEXTS, "labels": {}, "balance": False}, {}),
    "style": ({"seeds": TEXTS}, {"styles": ["formal", "casual"]}),
}
"""By component or preset: parts of a recipe, and options."""


def needed(name: str, component: str, needs: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an arm works on: as listed above, else the instructions where its component needs seeds or originals."""
    usual = {"seeds": SEEDS} if {"seeds", "originals"} & {*needs} else {}
    return NEEDED.get(name) or NEEDED.get(component, (usual, {}))
