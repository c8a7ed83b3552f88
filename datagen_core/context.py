"""The routing features of a job: what an arm's worth may depend on, by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.nothing import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Features of the recipe and its inputs, as values and as a vector.

    Attributes:
        domain, task: The recipe's words; "" where it is silent.
        format: What rows are to be: one of `datagen_core.plugins.spec.FORMATS`.
        complexity: `low`, `medium`, `high` or "".
        languages: Language codes.
        labels, seeds, unlabelled, documents: How many there are.
        seeds_labelled, seeds_slotted, grammar, model: What is there.
        parents: Whether the first link of an arm is given rows, as the later ones always are.
        num_samples: The target.
        more: Further features a recipe declares, by name.
    """

    domain: str = ""
    task: str = ""
    format: str = "text"
    complexity: str = ""
    languages: tuple[str, ...] = ("en",)
    labels: int = 0
    seeds: int = 0
    seeds_labelled: bool = False
    seeds_slotted: bool = False
    parents: bool = False
    unlabelled: int = 0
    documents: int = 0
    grammar: bool = False
    model: bool = False
    num_samples: int = 0
    more: Mapping[str, Any] = EMPTY

    def features(self) -> dict[str, Any]:
        """Name → value, in a fixed order, JSON-able."""
        return {
            "domain": self.domain,
            "task": self.task,
            "format": self.format,
            "complexity": self.complexity,
            "languages": list(self.languages),
            "labels": self.labels,
            "seeds": self.seeds,
            "seeds_labelled": self.seeds_labelled,
            "seeds_slotted": self.seeds_slotted,
            "unlabelled": self.unlabelled,
            "documents": self.documents,
            "grammar": self.grammar,
            "model": self.model,
            "num_samples": self.num_samples,
            **dict(sorted(self.more.items())),
        }

    def vector(self) -> dict[str, float]:
        """Feature name → number: words one-hot as `name=value`, counts as log10(1 + n), flags as 0 or 1.

        Keyed by name, so that learned weights outlive a change of the feature set.
        """
        out: dict[str, float] = {}
        for name, value in self.features().items():
            if isinstance(value, bool):
                out[name] = float(value)
            elif isinstance(value, int | float):
                out[name] = math.log10(1 + max(0.0, value))
            elif isinstance(value, list):
                out.update({f"{name}={item}": 1.0 for item in value})
            elif value:
                out[f"{name}={value}"] = 1.0
        return out

    def available(self) -> frozenset[str]:
        """What arms may need and this job has: `seeds`, `labels`, `slots`, `grammar`, `documents` …"""
        facts = {
            "seeds": self.seeds > 0,
            "labels": self.labels > 0,
            "labelled-seeds": self.seeds_labelled,
            "slots": self.seeds_slotted,
            "unlabelled": self.unlabelled > 0,
            "documents": self.documents > 0,
            "grammar": self.grammar,
            "model": self.model,
            "parents": self.parents,
            "originals": self.seeds > 0 or self.parents,
        }
        return frozenset(name for name, there in facts.items() if there)
