"""The prompts of this package, and what a recipe's own texts in their place are tried with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PACKAGE = "datagen_plugin_cot"
JUDGES = ("support", "reanswer", "same")
TRIED_WITH: Mapping[str, Any] = {
    **dict.fromkeys(("question", "answer", "given", "passage", "title", "kind", "mark", "complaint"), "x"),
    **dict.fromkeys(("domain", "task", "description"), "x"),
    **dict.fromkeys(("steps", "classes", "avoid", "headings"), ("x",)),
    **{"least": 2, "most": 5, "facts": 2, "earlier": "x"},
    "examples": [{"question": "x", "steps": ["x"], "answer": "x"}],
}
"""A value for each variable of each prompt."""
