"""Runs: opening a run folder, carrying the job on in it, and leaving its files behind."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import shlex
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from datagen_core import recipe as recipes
from datagen_core.errors import BudgetReached, DatagenError, RecipeError, RunError
from datagen_core.exporting import check_export_path, export_samples
from datagen_core.identity import differences
from datagen_core.job import Job
from datagen_core.jsontext import plain
from datagen_core.llm.opening import missing_keys, open_door
from datagen_core.nothing import EMPTY
from datagen_core.pipeline import Pipeline
from datagen_core.plugins.in_code import taken_out
from datagen_core.progress import Ending, Progress
from datagen_core.recipe import LoadedRecipe
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.run_files import write_files, write_lock
from datagen_core.run_folders import RUNS, alone, folder_for
from datagen_core.run_memory import recall_into, remember
from datagen_core.selecting import SELECTS, chosen, chosen_by, chosen_count, is_chosen
from datagen_core.store.run_store import RunStore
from datagen_core.yaml_source import Located


def run(
    recipe: str | Path | Mapping[str, Any],
    *,
    num_samples: int | None = None,
    out: str | Path | None = None,
    seed: int | None = None,
    overrides: Sequence[str] = (),
    model: str | None = None,
    cache: str | Path | None = None,
    fresh: bool = False,
    trust_local: bool = False,
    observe: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda step: None,
) -> Results:
    """Makes the data a recipe describes, or goes on where an earlier call stopped.

    Args:
        recipe: A recipe file, or the recipe itself as a mapping: paths are relative to the working folder, seeds may be
            a list of rows, and classes of your own may stand where components are named (see `datagen_core.use`).
        num_samples: Accepted rows wanted; overrides the recipe.
        out: The run folder; by default `runs/<recipe name>`.
        seed: Overrides the recipe's.
        overrides: `a.b=c` assignments.
        model: The name of a model that takes the place of every alias; `rehearsal` for none at all.
        cache: The folder of the replies that runs share; by default the user's cache folder.
        fresh: Start in a new folder beside the old one, which is kept.
        trust_local: Load the Python files that the recipe names under `plugins:`.
        observe: Told the progress after each batch and each model call.
        say: Told each step outside the loop, in a few words.

    Returns:
        The finished run: rows, reports, evaluation. Its `status` says whether the target was reached.

    Raises:
        UsageError: the recipe or an input must change first.
        RunError: another process works on the run, what decides its rows was changed, or nothing was accepted.
    """
    loaded = load(recipe, num_samples=num_samples, seed=seed, overrides=overrides, model=model)
    job = resolve(loaded, trust_local=trust_local)
    folder = folder_for(usual_name(job), out, fresh, job.fingerprint)
    options = {"-n": num_samples, "--seed": seed, "--model": model, "--cache": cache}
    given = {
        "again": _command(job, folder, options, overrides, trust_local),
        "num_samples": num_samples,
        "seed": seed,
        "overrides": list(overrides),
        "model": model,
    }
    return carry_on(job, folder, observe, say, given, None if cache is None else Path(cache))


def usual_name(job: Job) -> str:
    """The name of a job's run folder."""
    name = job.loaded.recipe.name
    return f"{name}-rehearsal" if job.is_rehearsal else name


def _command(
    job: Job, folder: Path, options: Mapping[str, Any], overrides: Sequence[str], trust_local: bool
) -> str:
    """The command line that does the same again."""
    words = ["datagen", "run", job.loaded.source.name]
    words += ["-o", str(folder)] if folder != RUNS / usual_name(job) else []
    words += [str(word) for pair in options.items() if pair[1] is not None for word in pair]
    words += [word for assignment in overrides for word in ("--set", assignment)]
    return shlex.join([*words, *(["--trust-local"] if trust_local else [])])


def load_of(
    source: Results,
    recipe: Path | None = None,
    *,
    changes: Sequence[str] = (),
    model: str | None = None,
) -> LoadedRecipe:
    """The recipe that a run was made by, with all that was asked for beside it, and changes on top.

    Args:
        source: The run.
        recipe: Another file in its place.
        changes: Further `a.b=c` assignments.
        model: Another model in place of all; by default that of the run.
    """
    given = source.store.get("given") or {}
    return load(
        recipe or source.store.get("recipe"),
        num_samples=given.get("num_samples"),
        seed=given.get("seed"),
        overrides=(*given.get("overrides", ()), *changes),
        model=model or given.get("model"),
    )


def load(
    recipe: str | Path | Mapping[str, Any],
    *,
    num_samples: int | None = None,
    seed: int | None = None,
    overrides: Sequence[str] = (),
    model: str | None = None,
) -> LoadedRecipe:
    """Reads a recipe with overrides applied; see `run`."""
    more = [f"num_samples={num_samples}"] if num_samples is not None else []
    more += [f"seed={seed}"] if seed is not None else []
    if isinstance(recipe, Mapping):
        data, entries = taken_out(recipe)
        source = Located(copy.deepcopy(data), {}, "recipe")
        found = recipes.from_source(source, Path.cwd(), [*overrides, *more], entries=entries)
        return found.with_model(model)
    return recipes.load(recipe, [*overrides, *more]).with_model(model)


def carry_on(
    job: Job,
    folder: Path,
    observe: Callable[[Progress], None] = lambda progress: None,
    say: Callable[[str], None] = lambda step: None,
    given: Mapping[str, Any] = EMPTY,
    cache: Path | None = None,
    *,
    may_be_empty: bool = False,
) -> Results:
    """Works on a job in its folder until it ends, and writes the run's files; see `run`.

    `given` is what was asked for beside the recipe, kept with the run: `again` (the command that goes on with
    it), `num_samples`, `seed`, `overrides`, `model`. Without `may_be_empty` a run that accepted nothing is an error.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"the run folder can't be made: {error.strerror}",
            where=str(folder),
            hint="choose another with -o",
        ) from None
    with alone(folder):
        store = RunStore(folder / "run.db", durability=job.loaded.recipe.durability)
        try:
            if _is_done(job, store):
                return Results(folder)
            check_keys(job)
            write_lock(job, folder)
            recall_into(job, store, say)
            selects = None if job.selector is None else job.selector.name
            store.put({"ending": None, "given": dict(given), SELECTS: selects})
            store.began()
            warnings = job.host.notify("datagen_run_started", run=_description(job, folder))
            ending = _work(job, store, observe, warnings, cache)
            store.ended(asdict(ending))
            remember(job, store)
            if ending.status == "complete":
                _deliver(job, store, say)
        finally:
            write_files(store, folder)
            store.close()
        results = Results(folder, warnings=warnings)
        results.warnings += job.host.notify("datagen_run_finished", results=results)
    if not len(results) and ending.status != "interrupted" and not may_be_empty:
        raise _nothing_accepted(results, ending)
    return results


def _deliver(job: Job, store: RunStore, say: Callable[[str], None]) -> None:
    """What a complete run owes: its evaluation and its exports; done again if a crash came between."""
    if not _is_evaluated(job, store):
        evaluate(job, store, say)
    for use in () if job.is_rehearsal else job.loaded.recipe.export:
        say(f"writing {use.path}")
        export_samples(chosen(store), use.format, check_export_path(use.path), use.with_, job.host, say=say)
    store.put({"exported": _exports(job)})


def _is_evaluated(job: Job, store: RunStore) -> bool:
    """Whether the rows there are now have been evaluated, if the recipe asks for it."""
    if job.evaluator is None:
        return True
    rows = store.evaluation_rows()
    is_of_these = bool(rows) and rows[-1]["rows"] == chosen_count(store)
    return is_of_these and store.get("evaluated") == _evaluated_by(job, store)


def _evaluated_by(job: Job, store: RunStore) -> dict[str, Any]:
    """What decided the evaluation that there is."""
    by = job.evaluator.identity() if job.evaluator else {}
    return {"evaluator": plain(by), "selection": chosen_by(store)}


def _exports(job: Job) -> list[dict[str, Any]]:
    return [use.model_dump(mode="json", by_alias=True) for use in job.loaded.recipe.export]


def evaluate(job: Job, store: RunStore, say: Callable[[str], None] = lambda step: None) -> None:
    """Runs the recipe's evaluator over the accepted rows and stores what it found."""
    if job.evaluator is None:
        raise RecipeError(
            "the recipe has no evaluation",
            where=job.loaded.source.name,
            expected="evaluation: {use: probe, with: {test: FILE}}",
        )
    samples = list(chosen(store))
    found = job.evaluator.part.evaluate(samples, say)
    store.evaluated(job.evaluator.name, len(samples), found.to_json())
    store.put({"evaluated": _evaluated_by(job, store)})


def evaluate_run(folder: Path, job: Job, say: Callable[[str], None] = lambda step: None) -> Results:
    """Evaluates a run that exists, whatever its state, and stores the result with it."""
    with alone(folder):
        store = RunStore(folder / "run.db")
        try:
            evaluate(job, store, say)
        finally:
            store.close()
    return Results(folder)


def describe(job: Job, store: RunStore) -> None:
    """Writes down which run a store holds."""
    store.put(
        {
            "identity": job.identity,
            "fingerprint": job.fingerprint,
            "versions": dict(job.versions),
            "name": job.loaded.recipe.name,
            "recipe": job.loaded.source.name,
            "arms": [arm.arm.name for arm in job.arms],
            "skipped": [list(pair) for pair in job.skipped],
            "router": job.router_use[0].name,
            "reward": job.reward.offer.name,
            "quotas": dict(job.coverage.labels),
            "coverage": {"by": plain(job.coverage.by), "least": job.coverage.least},
        }
    )


def _is_done(job: Job, store: RunStore) -> bool:
    """Checks that the folder holds this very run; True when nothing is left to do."""
    recipe = job.loaded.recipe
    known = store.get("identity")
    if known is None:
        describe(job, store)
        return False
    changes = differences(known, plain(job.identity)) + differences(
        store.get("versions"), plain(job.versions), "versions"
    )
    if changes and not store.batch_rows(state="done"):
        store.forget_plans()  # nothing was made yet: what was wrong with the recipe may be mended
        describe(job, store)
        return False
    if changes:
        raise RunError(
            "what decides this run's rows has changed since it began: " + "; ".join(changes[:5]),
            where=str(store.file.parent),
            expected="the same; only num_samples (upwards), budget, workers, select, export and evaluation may change",
            hint="undo the change, or start anew with --fresh; other runs: datagen runs list",
        )
    before = store.get("num_samples")
    if before is not None and recipe.num_samples < before:
        raise RunError(
            f"the run was asked for {before:,} rows, now for {recipe.num_samples:,}",
            where=str(store.file.parent),
            expected=f"num_samples of {before:,} or more",
            hint=f"go on with it: -n {before}; or start anew with --fresh",
        )
    ending = store.get("ending")
    complete = bool(ending) and ending["status"] == "complete" and before == recipe.num_samples
    is_chosen_now = complete and is_chosen(job, store)
    return is_chosen_now and _is_evaluated(job, store) and store.get("exported") == _exports(job)


def check_keys(job: Job) -> None:
    """Raises RecipeError where a model can't be called for want of a key."""
    for error in missing_keys(job):
        raise RecipeError(error.message, where=error.where, expected=error.expected, hint=error.hint)


def _work(
    job: Job,
    store: RunStore,
    observe: Callable[[Progress], None],
    warnings: list[str],
    cache: Path | None,
) -> Ending:
    door = open_door(job, store.file.parent, cache=cache)
    pipeline = Pipeline(job, store, observe, door)

    async def work() -> Ending:
        try:
            ending = await pipeline.run()
            return await pipeline.choose(ending) if ending.status == "complete" else ending
        finally:
            if door is not None:
                store.put({"spent": asdict(door.spent())})
                await door.close()

    with _asked_to_stop(pipeline.stop):
        ending = asyncio.run(work())
    store.put({"belief": pipeline.belief()})
    warnings += pipeline.warnings
    return ending


@contextlib.contextmanager
def _asked_to_stop(stop: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C and SIGTERM ask for an end; the commit in progress is finished. A second Ctrl-C breaks off."""

    def asked(number: int, frame: Any) -> None:
        stop("interrupted")
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    try:
        before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread: the caller's signals are the caller's business
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _description(job: Job, folder: Path) -> dict[str, Any]:
    return {
        "name": job.loaded.recipe.name,
        "folder": str(folder),
        "fingerprint": job.fingerprint,
        "order": job.order,
        "window": job.window,
        "arms": [arm.arm.name for arm in job.arms],
    }


def _nothing_accepted(results: Results, ending: Ending) -> DatagenError:
    reasons = results.rejections()[:3]
    lines = [
        f"{r['n']:,} × {r['validator']}: {r['reason']}, e.g. {r['text'][:60]!r}"
        + (f" (measured {r['measured']}, limit {r['threshold']})" if r.get("measured") is not None else "")
        for r in reasons
    ]
    failed = [row["error"] for row in results.store.batch_rows() if row["error"]]
    lines += [f"{len(failed):,} batches failed, the last by {failed[-1]}"] if failed else []
    by = reasons[0]["validator"] if reasons else ""
    validators = [v["name"] for v in results.store.get("identity")["validators"]]
    setting = f"validators.{by}" if by in validators else "labels" if by == "labels" else "arms"
    kind: type[DatagenError] = RunError
    advice = f"change {setting} in the recipe, then run it with --fresh"
    if ending.status == "budget" and not lines:
        advice, kind = "raise the budget, then run the same command again", BudgetReached
    if ending.status == "unreachable":
        advice = "see that the model can be reached, then run the same command again"
    return kind(
        f"nothing was accepted: {ending.why}" + "".join(f"\n    {line}" for line in lines),
        where=str(results.folder),
        expected="at least one row that passes",
        hint=f"{advice}; datagen report {results.folder}",
    )
