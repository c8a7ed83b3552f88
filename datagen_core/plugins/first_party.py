"""Which first-party package brings which components and verbs, so that a missing one can be named."""

from __future__ import annotations

from collections.abc import Mapping

BRINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "answerability": {"validator": ("answerability",)},
    "augment": {"generator": ("augment", "paraphrase", "style", "domain-transfer")},
    "backtranslation": {"generator": ("backtranslation", "instruction-backtranslation", "enrich")},
    "bandits": {
        "router": (
            "epsilon-first",
            "epsilon-decreasing",
            "ucb1",
            "ucb-tuned",
            "thompson",
            "lin-ucb",
            "lin-ts",
            "exp3s",
            "boltzmann",
            "sliding-window-ucb",
            "discounted-ucb",
            "round-robin",
            "fixed",
        )
    },
    "classify": {"generator": ("classify",)},
    "consistency": {
        "validator": ("consistency", "self-agreement"),
        "evaluator": ("consistency",),
    },
    "controlled": {"generator": ("controlled",)},
    "conversation": {"generator": ("conversation",)},
    "cot": {
        "generator": ("cot", "cot-enhance"),
        "exporter": ("cot",),
    },
    "crosslingual": {"generator": ("crosslingual", "native-language")},
    "decontaminate": {"generator": ("excise",), "validator": ("decontaminate",)},
    "dedup": {"validator": ("dedup",)},
    "dev-gain": {"reward": ("dev-gain",)},
    "diversity": {"validator": ("diversity",), "evaluator": ("diversity",)},
    "entailment": {"validator": ("entailment", "entailment-judge")},
    "evol-instruct": {"generator": ("evol-instruct", "evol-response")},
    "extractive": {"generator": ("extractive",)},
    "formats": {
        "exporter": (
            "trl",
            "axolotl",
            "llama-factory",
            "unsloth",
            "openai",
            "chatml",
            "alpaca",
            "sharegpt",
            "prompt-completion",
            "preference",
        )
    },
    "grounding": {"validator": ("grounding",)},
    "judge": {"validator": ("judge", "judge-pairwise")},
    "label-agreement": {"validator": ("label-agreement",)},
    "language": {"validator": ("language",)},
    "litellm": {"model": ("litellm",)},
    "naive": {"generator": ("naive",)},
    "novelty": {"validator": ("novelty",)},
    "openai": {"model": ("openai",)},
    "perplexity": {"validator": ("perplexity",)},
    "persona": {"generator": ("persona",)},
    "pii": {
        "generator": ("redact",),
        "validator": ("pii", "pii-judge"),
    },
    "preference": {"generator": ("preference",)},
    "probe": {"evaluator": ("probe",)},
    "rag": {"generator": ("rag",), "retriever": ("hybrid",), "evaluator": ("grounded-qa",)},
    "readability": {"validator": ("readability",)},
    "router-adaptive": {"router": ("adaptive",)},
    "rules": {"validator": ("rules",)},
    "schema": {"validator": ("schema",)},
    "selection": {"selector": ("lima", "deita", "k-center", "coverage", "stratified", "top")},
    "self-instruct": {"generator": ("self-instruct",)},
    "sentence-transformers": {"embedder": ("sentence-transformers",)},
    "similarity": {"validator": ("similarity",)},
    "templater": {"generator": ("templater",)},
    "toxicity": {"validator": ("toxicity", "toxicity-model", "toxicity-judge")},
    "unlabelled": {"generator": ("unlabelled",)},
}
"""Suffix of a package → component kind → the components that it brings."""

VERBS: Mapping[str, str] = {"ingest": "rag", "kb": "rag"}
"""Verb of the command line → suffix of the package that adds it."""


def bringer(name: str, kind: str | None = None) -> str | None:
    """The suffix of the package that brings a component, of a kind where one is told; None where none does.

    Example:
        >>> bringer("paraphrase",), bringer("openai", "exporter"), bringer("no-such",)
        ('augment', 'formats', None)
    """
    for package, kinds in BRINGS.items():
        if any(name in names for of, names in kinds.items() if kind in (None, of)):
            return package
    return None
