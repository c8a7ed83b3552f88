"""Controlled generation without a recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import datagen_core
from datagen_core import Results
from datagen_core.jsontext import dumps


def generate_with_constraints(
    prompt_or_topic: str,
    constraints: Mapping[str, Any],
    *,
    model: str,
    n: int = 10,
    judge_model: str | None = None,
    repairs: int = 2,
    budget: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    **options: Any,
) -> Results:
    """Texts that satisfy constraints; the accepted ones are the rows of what is returned.

    Args:
        prompt_or_topic: What the texts are about, or the task that they carry out.
        constraints: As in a recipe: domain, keywords, style, tone, complexity, length, language.
        model: Who writes, such as `openai/gpt-4o-mini`; `rehearsal` for none at all.
        n: Texts wanted.
        judge_model: Who judges; by default who writes.
        repairs: The most repairs of one text.
        budget: As in a recipe; 20 calls a text by default.
        out: The run folder; by default `runs/controlled-` and a hash of what was asked for.
        **options: Further options of `controlled`, such as `margin` or `alternatives`.

    Raises:
        UsageError: constraints that can't be read, or that no text satisfies.
        RunError: no text satisfied them.

    Example:
        rows = generate_with_constraints(
            "a note to customers about a late parcel",
            {"tone": "apologetic", "keywords": ["delivery"], "length": {"max_words": 60}},
            model="openai/gpt-4o-mini",
        )
        print(rows[0].response, satisfaction(rows).joint.share)
    """
    models = {"generator": model, **({"judge": judge_model} if judge_model else {})}
    given = {"constraints": dict(constraints), "repairs": repairs, **options}
    if judge_model:
        given["judge_model"] = "judge"
    asked = dumps([prompt_or_topic, given, models])
    recipe = {
        "name": f"controlled-{hashlib.blake2b(asked.encode(), digest_size=4).hexdigest()}",
        "num_samples": n,
        "models": models,
        "task_input": {"description": prompt_or_topic},
        "arms": [{"use": "controlled", "with": given}],
        "budget": dict(budget or {"max_calls": 20 * n}),
    }
    return datagen_core.run(recipe, out=out)
