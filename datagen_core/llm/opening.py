"""Opening the door for a run: its ledger in the run's folder, its cache in the user's, its walls from the recipe."""

from __future__ import annotations

from pathlib import Path

from datagen_core.job import Job
from datagen_core.llm.accounting import Account
from datagen_core.llm.budget import Budget, Wall
from datagen_core.llm.cache import ReplyCache
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import FILE_NAME, Ledger
from datagen_core.llm.limiter import Limits
from datagen_core.model import ModelError
from datagen_core.recipe import CallBudget


def open_door(
    job: Job, folder: Path, *, cache: Path | None = None, account: Account | None = None
) -> ModelDoor | None:
    """The door of a job's model calls, or None where no part of it asks a model.

    Args:
        job: Whose models and budgets.
        folder: The run's folder, where the ledger lies.
        cache: The folder of the replies that runs share; the user's cache folder by default.
        account: Where calls are added up.

    Raises:
        RecipeError: A model without a known price under `max_cost`.
    """
    if not job.models:
        return None
    recipe = job.loaded.recipe
    ledger = Ledger(folder / FILE_NAME, durability=recipe.durability)
    arms = {arm.arm.name: _budget(arm.budget) for arm in job.arms if arm.budget != CallBudget()}
    wall = Wall(ledger, _budget(recipe.budget), arms)
    models = {alias: model.part for alias, model in job.models.items()}
    try:
        for model in models.values():
            for arm in ("", *arms):
                wall.check(model, arm)
        replies = None if job.is_rehearsal else ReplyCache(cache)
    except BaseException:
        ledger.close()
        raise
    limits = {
        alias: Limits(max_in_flight=model.use.max_in_flight, rpm=model.use.rpm, tpm=model.use.tpm)
        for alias, model in job.models.items()
    }
    timeouts = {alias: model.use.timeout_s for alias, model in job.models.items()}
    return ModelDoor(models, wall, cache=replies, limits=limits, timeouts_s=timeouts, account=account)


def missing_keys(job: Job) -> list[ModelError]:
    """Why models can't be called, as far as that shows without a call; one error for each."""
    found = []
    for model in job.models.values():
        try:
            model.part.check()
        except ModelError as error:
            found.append(error)
    return found


def _budget(given: CallBudget) -> Budget:
    return Budget(max_cost=given.max_cost, max_tokens=given.max_tokens, max_calls=given.max_calls)
