"""What plugin tests need, loaded on first use: conformance suites, toy data, and a block on the network.

Subclass the suite of your component's kind and set one attribute:

    from datagen_core.testing import GeneratorConformance

    class TestMyArm(GeneratorConformance):
        component = "my-arm"

The suites need pytest, that of rewards hypothesis too: `pip install 'datagen-core[testing]'`; that of endpoints
aiohttp: `datagen-core[model-server]`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "model_bindings": ("bound_models",),
    "components": ("ComponentConformance",),
    "embedders": ("EmbedderConformance",),
    "endpoints": ("EndpointConformance",),
    "evaluators": ("EvaluatorConformance",),
    "exporters": ("ExporterConformance",),
    "generators": ("GeneratorConformance",),
    "models": ("ModelConformance",),
    "network": ("offline",),
    "pool_validators": ("PoolValidatorConformance",),
    "reply_shapes": ("ReplyShapesConformance",),
    "retrievers": ("RetrieverConformance",),
    "rewards": ("RewardConformance",),
    "routers": ("RouterConformance",),
    "toy_data": (
        "awkward_samples",
        "generate",
        "make_inputs",
        "make_request",
        "make_samples",
        "make_seeds",
        "toy_inputs",
        "toy_samples",
    ),
    "scripted_model": ("ScriptedModel",),
    "selectors": ("SelectorConformance",),
    "validators": ("BatchValidatorConformance", "ModelValidatorConformance", "ValidatorConformance"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'datagen_core.testing' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"datagen_core.testing.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from datagen_core.testing.components import ComponentConformance as ComponentConformance
    from datagen_core.testing.embedders import EmbedderConformance as EmbedderConformance
    from datagen_core.testing.endpoints import EndpointConformance as EndpointConformance
    from datagen_core.testing.evaluators import EvaluatorConformance as EvaluatorConformance
    from datagen_core.testing.exporters import ExporterConformance as ExporterConformance
    from datagen_core.testing.generators import GeneratorConformance as GeneratorConformance
    from datagen_core.testing.model_bindings import bound_models as bound_models
    from datagen_core.testing.models import ModelConformance as ModelConformance
    from datagen_core.testing.network import offline as offline
    from datagen_core.testing.pool_validators import PoolValidatorConformance as PoolValidatorConformance
    from datagen_core.testing.reply_shapes import ReplyShapesConformance as ReplyShapesConformance
    from datagen_core.testing.retrievers import RetrieverConformance as RetrieverConformance
    from datagen_core.testing.rewards import RewardConformance as RewardConformance
    from datagen_core.testing.routers import RouterConformance as RouterConformance
    from datagen_core.testing.scripted_model import ScriptedModel as ScriptedModel
    from datagen_core.testing.selectors import SelectorConformance as SelectorConformance
    from datagen_core.testing.toy_data import awkward_samples as awkward_samples
    from datagen_core.testing.toy_data import generate as generate
    from datagen_core.testing.toy_data import make_inputs as make_inputs
    from datagen_core.testing.toy_data import make_request as make_request
    from datagen_core.testing.toy_data import make_samples as make_samples
    from datagen_core.testing.toy_data import make_seeds as make_seeds
    from datagen_core.testing.toy_data import toy_inputs as toy_inputs
    from datagen_core.testing.toy_data import toy_samples as toy_samples
    from datagen_core.testing.validators import BatchValidatorConformance as BatchValidatorConformance
    from datagen_core.testing.validators import ModelValidatorConformance as ModelValidatorConformance
    from datagen_core.testing.validators import ValidatorConformance as ValidatorConformance
