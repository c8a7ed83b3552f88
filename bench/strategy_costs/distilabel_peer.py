"""Run by a Python in which distilabel is installed: some of its tasks over some seeds, on a server.

    PYTHON distilabel_peer.py '{"work": "evol-instruct", "options": {"num_evolutions": 1}, …}'

Takes `base_url`, `seeds`, `work` (the first task: `self-instruct` or `evol-instruct`) with its `options`, `is_answered`
(whether a `TextGeneration` answers what it made), `is_piped`, and `columns`, those that make a row. Prints one line of
JSON last: `version`, `wall_s`, and `rows`, the texts of each row that came whole. The tasks are called in turn on all
rows at once, or (`is_piped`) run in a `Pipeline` without its cache.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import ExpandColumns, LoadDataFromDicts
from distilabel.steps.tasks import EvolInstruct, SelfInstruct, TextGeneration

MAX_NEW_TOKENS = 2048
"""As `evol-instruct` has it: the 128 that distilabel has by default would cut texts."""


def llm(base_url: str) -> OpenAILLM:
    return OpenAILLM(
        model="test", base_url=base_url, api_key="x", generation_kwargs={"max_new_tokens": MAX_NEW_TOKENS}
    )


def steps(job: dict[str, Any]) -> list[Any]:
    """What a row passes, in order."""
    base_url, options, is_answered = job["base_url"], job["options"], job.get("is_answered", False)
    if job["work"] == "self-instruct":
        first = [
            SelfInstruct(llm=llm(base_url), input_mappings={"input": "instruction"}, **options),
            ExpandColumns(columns={"instructions": "made"}),
        ]
        made = "made"
    else:
        first = [EvolInstruct(llm=llm(base_url), **options)]
        made = "evolved_instruction"
    if is_answered:
        first.append(TextGeneration(llm=llm(base_url), input_mappings={"instruction": made}))
    return first


def called(job: dict[str, Any]) -> tuple[float, list[dict[str, Any]]]:
    """Wall seconds, and the rows."""
    rows, work = [{"instruction": seed} for seed in job["seeds"]], steps(job)
    for step in work:
        step.load()
    started = time.perf_counter()
    for step in work:
        rows = next(step.process_applying_mappings(rows))
    return time.perf_counter() - started, rows


def piped(job: dict[str, Any]) -> tuple[float, list[dict[str, Any]]]:
    """The same by a pipeline, with the start of its processes."""
    with Pipeline(name="peer") as pipeline:
        last = LoadDataFromDicts(data=[{"instruction": seed} for seed in job["seeds"]])
        for step in steps(job):
            last.connect(step)
            last = step
    started = time.perf_counter()
    found = pipeline.run(use_cache=False)
    return time.perf_counter() - started, found["default"]["train"].to_list()


def texts(row: dict[str, Any], wanted: Sequence[str]) -> list[list[str]]:
    """The rows that a row stands for: one, or one for each evolution that was kept."""
    values = [row.get(key) for key in wanted]
    several = (value if isinstance(value, list) else [value] for value in values)
    return [list(one) for one in zip(*several, strict=True)]


def main() -> None:
    job = json.loads(sys.argv[1])
    wall_s, rows = piped(job) if job["is_piped"] else called(job)
    found = [one for row in rows for one in texts(row, job["columns"]) if all(one)]
    print(json.dumps({"version": importlib.metadata.version("distilabel"), "wall_s": wall_s, "rows": found}))


if __name__ == "__main__":
    main()
