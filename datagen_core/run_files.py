"""The files a run leaves beside its database, each put in place whole."""

from __future__ import annotations

from pathlib import Path

import yaml

from datagen_core.cited_passages import CitedPassages
from datagen_core.job import Job
from datagen_core.jsontext import dumps, plain, replacing
from datagen_core.selecting import KEY, chosen
from datagen_core.store.reading import RunReader


def write_lock(job: Job, folder: Path) -> None:
    """recipe.lock.yaml: the recipe as resolved, with versions and fingerprint."""
    with replacing(folder / "recipe.lock.yaml") as draft:
        text = yaml.safe_dump(plain(job.lock()), sort_keys=False, allow_unicode=True, width=100)
        draft.write_text(text, encoding="utf-8")


def write_files(store: RunReader, folder: Path) -> None:
    """data.jsonl, rejected.jsonl, log.jsonl and, with a selection, selected.jsonl, each put in place whole."""
    files = (("data.jsonl", CitedPassages(store).lines()), ("rejected.jsonl", store.lines("rejected")))
    for name, lines in files:
        with replacing(folder / name) as draft, draft.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(lines)
    if store.get(KEY) is None:
        (folder / "selected.jsonl").unlink(missing_ok=True)
    else:
        with (
            replacing(folder / "selected.jsonl") as draft,
            draft.open("w", encoding="utf-8", newline="\n") as out,
        ):
            out.writelines(f"{dumps(sample.to_json())}\n" for sample in chosen(store))
    batches = {row["idx"]: row for row in store.batch_rows()}
    with replacing(folder / "log.jsonl") as draft, draft.open("w", encoding="utf-8", newline="\n") as out:
        for event in store.event_rows():
            batch = batches.get(event["batch"], {})
            out.write(
                dumps({**event, **{k: v for k, v in batch.items() if k not in ("idx", "state")}}) + "\n"
            )
