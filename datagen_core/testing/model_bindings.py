"""The models that a component asks for, in a test: one that the test scripts, else the rehearsal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from datagen_core.config import Config
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.budget import Wall
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.site import CallSite
from datagen_core.model import Model

IN_MEMORY = Path(":memory:")


def bound_models(
    part: Any, model: Model[Any] | None = None, *, site: CallSite | None = None
) -> dict[str, BoundModel]:
    """By each alias that `part.models()` names, the same model behind a door without cache or budget.

    Args:
        part: A generator or validator.
        model: Such as a `ScriptedModel`; the rehearsal where none is given.
        site: Who calls.
    """
    aliases = list(part.models())
    if not aliases:
        return {}
    one = model or _rehearsal()
    door = ModelDoor(dict.fromkeys(aliases, one), Wall(Ledger(IN_MEMORY)))
    return {
        alias: door.bound(alias, site or CallSite(component="test", batch=0, link=0)) for alias in aliases
    }


def _rehearsal() -> Model[Config]:
    from datagen_core.plugins.host import installed

    component = installed().find("model", "rehearsal")[0].component
    made: Model[Config] = component.load_impl()(component.load_config()(), "rehearsal")
    return made
