"""DataGen: adaptive synthetic-data generation. What plugin and program authors import, loaded on first use."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "datagen_core.applying": ("apply",),
    "datagen_core.config": ("Config", "InputPath"),
    "datagen_core.context": ("Context",),
    "datagen_core.curating": ("curate", "select"),
    "datagen_core.dataset_export": ("export",),
    "datagen_core.dataset_split": ("split_dataset",),
    "datagen_core.embedder": ("Embedder",),
    "datagen_core.errors": (
        "BudgetReached",
        "DatagenError",
        "InputError",
        "PluginError",
        "RecipeError",
        "RunError",
        "RunPaused",
        "UsageError",
    ),
    "datagen_core.evaluating": ("evaluate",),
    "datagen_core.evaluator": ("Evaluation", "Evaluator", "Table"),
    "datagen_core.exporter": ("Exporter", "Fit", "Problem"),
    "datagen_core.file_checking": ("check_file",),
    "datagen_core.generator": ("Cell", "GenerateRequest", "Generator"),
    "datagen_core.inputs": ("Inputs", "Seed"),
    "datagen_core.measuring": ("measure",),
    "datagen_core.plugins.in_code": ("use",),
    "datagen_core.plugins.spec": ("Component", "Preset", "hookimpl"),
    "datagen_core.recipe": ("Recipe",),
    "datagen_core.refusal": ("Refusal",),
    "datagen_core.results": ("Results",),
    "datagen_core.retriever": ("Hit", "Retriever"),
    "datagen_core.reward": ("Outcome", "Reward", "RewardValue"),
    "datagen_core.router": ("Arm", "Decision", "Feedback", "Router"),
    "datagen_core.rows": ("RowsSource",),
    "datagen_core.runs": ("run",),
    "datagen_core.sample": ("Message", "Metadata", "Rejection", "Sample", "Step", "Tool", "Trace", "Verdict"),
    "datagen_core.selector": ("Selection", "Selector"),
    "datagen_core.suggestion": ("Suggestion",),
    "datagen_core.validator": (
        "BatchValidator",
        "BatchVerdict",
        "ModelValidator",
        "PoolValidator",
        "Validator",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'datagen_core' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if TYPE_CHECKING:
    from datagen_core.applying import apply as apply
    from datagen_core.config import Config as Config
    from datagen_core.config import InputPath as InputPath
    from datagen_core.context import Context as Context
    from datagen_core.curating import curate as curate
    from datagen_core.curating import select as select
    from datagen_core.dataset_export import export as export
    from datagen_core.dataset_split import split_dataset as split_dataset
    from datagen_core.embedder import Embedder as Embedder
    from datagen_core.errors import BudgetReached as BudgetReached
    from datagen_core.errors import DatagenError as DatagenError
    from datagen_core.errors import InputError as InputError
    from datagen_core.errors import PluginError as PluginError
    from datagen_core.errors import RecipeError as RecipeError
    from datagen_core.errors import RunError as RunError
    from datagen_core.errors import RunPaused as RunPaused
    from datagen_core.errors import UsageError as UsageError
    from datagen_core.evaluating import evaluate as evaluate
    from datagen_core.evaluator import Evaluation as Evaluation
    from datagen_core.evaluator import Evaluator as Evaluator
    from datagen_core.evaluator import Table as Table
    from datagen_core.exporter import Exporter as Exporter
    from datagen_core.exporter import Fit as Fit
    from datagen_core.exporter import Problem as Problem
    from datagen_core.file_checking import check_file as check_file
    from datagen_core.generator import Cell as Cell
    from datagen_core.generator import GenerateRequest as GenerateRequest
    from datagen_core.generator import Generator as Generator
    from datagen_core.inputs import Inputs as Inputs
    from datagen_core.inputs import Seed as Seed
    from datagen_core.measuring import measure as measure
    from datagen_core.plugins.in_code import use as use
    from datagen_core.plugins.spec import Component as Component
    from datagen_core.plugins.spec import Preset as Preset
    from datagen_core.plugins.spec import hookimpl as hookimpl
    from datagen_core.recipe import Recipe as Recipe
    from datagen_core.refusal import Refusal as Refusal
    from datagen_core.results import Results as Results
    from datagen_core.retriever import Hit as Hit
    from datagen_core.retriever import Retriever as Retriever
    from datagen_core.reward import Outcome as Outcome
    from datagen_core.reward import Reward as Reward
    from datagen_core.reward import RewardValue as RewardValue
    from datagen_core.router import Arm as Arm
    from datagen_core.router import Decision as Decision
    from datagen_core.router import Feedback as Feedback
    from datagen_core.router import Router as Router
    from datagen_core.rows import RowsSource as RowsSource
    from datagen_core.runs import run as run
    from datagen_core.sample import Message as Message
    from datagen_core.sample import Metadata as Metadata
    from datagen_core.sample import Rejection as Rejection
    from datagen_core.sample import Sample as Sample
    from datagen_core.sample import Step as Step
    from datagen_core.sample import Tool as Tool
    from datagen_core.sample import Trace as Trace
    from datagen_core.sample import Verdict as Verdict
    from datagen_core.selector import Selection as Selection
    from datagen_core.selector import Selector as Selector
    from datagen_core.suggestion import Suggestion as Suggestion
    from datagen_core.validator import BatchValidator as BatchValidator
    from datagen_core.validator import BatchVerdict as BatchVerdict
    from datagen_core.validator import ModelValidator as ModelValidator
    from datagen_core.validator import PoolValidator as PoolValidator
    from datagen_core.validator import Validator as Validator
