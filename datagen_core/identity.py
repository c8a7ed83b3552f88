"""What makes a run that run: everything that decides its rows, as JSON. Its hash is the fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from datagen_core import yaml_source
from datagen_core.config import InputPath, missing_file
from datagen_core.documents import ChunkSizes
from datagen_core.errors import InputError
from datagen_core.job import Job
from datagen_core.jsontext import dumps


def identity_of(job: Job) -> dict[str, Any]:
    """Seed, context, arms, validators, reward, router and pace; files count by content.

    Not in it, because they may change between sittings: the target, budgets, workers, exports, selection, evaluation.
    """
    recipe = job.loaded.recipe
    offer, config = job.router_use
    models = {alias: model.identity() for alias, model in sorted(job.deciding_models().items())}
    return {
        **({"models": models} if models else {}),
        **({"downstream": job.downstream.identity()} if job.downstream else {}),
        **({"audit": job.audit.identity()} if job.audit else {}),
        **({"embedder": job.embedder.identity()} if job.embedder else {}),
        **({"retriever": job.retriever.identity()} if job.retriever else {}),
        "seed": recipe.seed,
        "context": _context(job),
        "arms": [
            {
                "name": arm.arm.name,
                "attributes": dict(arm.arm.attributes),
                "chain": [link.identity() for link in arm.links],
                "gate": list(arm.gate),
            }
            for arm in job.arms
        ],
        "validators": [{"name": v.name, **v.identity()} for v in job.validators],
        "reward": {**job.reward.identity(), "version": job.reward.part.version},
        "router": {"use": offer.name, "with": config.fingerprint()},
        "order": job.order,
        "window": job.window,
        "batch_size": job.batch_size,
    }


def _context(job: Job) -> dict[str, Any]:
    recipe = job.loaded.recipe
    named = zip(job.inputs.document_names, job.inputs.documents, strict=True)
    documents = [[name, InputPath(str(path)).digest()] for name, path in named]
    return {
        "domain": recipe.domain,
        "task": recipe.task,
        "complexity": recipe.complexity,
        "languages": list(recipe.languages),
        "labels": recipe.labels or list(job.inputs.labels),
        "balance": recipe.balance,
        **({"coverage": recipe.coverage.model_dump()} if recipe.coverage.by else {}),
        "seeds": recipe.seeds and recipe.seeds.fingerprint(),
        **({"each_seed_once": True} if recipe.each_seed_once else {}),
        "unlabelled": recipe.unlabelled and recipe.unlabelled.fingerprint(),
        "documents": documents,
        **({"chunks": recipe.chunks.model_dump()} if recipe.chunks != ChunkSizes() else {}),
        "grammar": recipe.grammar.digest() if isinstance(recipe.grammar, InputPath) else recipe.grammar,
        "json_schema": read_mapping(recipe.json_schema),
        "task_input": recipe.task_input,
        "constraints": recipe.constraints,
    }


def hash_of(identity: Mapping[str, Any]) -> str:
    """32 hex characters over an identity: the fingerprint that row ids and random numbers derive from."""
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def versions_of(job: Job) -> dict[str, str]:
    """Package → version of every component the run is made of."""
    built = [link for arm in job.arms for link in arm.links]
    built += [*job.validators, job.reward]
    built += [one for one in (job.evaluator, job.embedder, job.retriever) if one]
    built += [extra.built for extra in (job.audit, job.downstream) if extra]
    offers = [part.offer for part in built] + [job.router_use[0]]
    offers += [model.offer for model in job.deciding_models().values()]
    return dict(sorted({offer.package: offer.version for offer in offers}.items()))


def read_mapping(value: Mapping[str, Any] | InputPath | None) -> Mapping[str, Any] | None:
    """A mapping given inline or by its YAML or JSON file; raises InputError where the file holds none."""
    if not isinstance(value, InputPath):
        return value
    if not value.path.is_file():
        raise missing_file(value)
    data = yaml_source.load(value.path).data
    if not isinstance(data, dict):
        raise InputError("the file holds no keys and values", where=str(value.path))
    return data


def differences(old: Any, new: Any, path: str = "") -> list[str]:
    """Where two JSON values differ, as `path: old → new`."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(k for k in new if k not in old)]
        return [
            line
            for key in keys
            for line in differences(old.get(key), new.get(key), f"{path}.{key}" if path else str(key))
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [
            line
            for i, (a, b) in enumerate(zip(old, new, strict=True))
            for line in differences(a, b, f"{path}.{i}")
        ]
    return [] if old == new or dumps(old) == dumps(new) else [f"{path}: {_short(old)} → {_short(new)}"]


def _short(value: Any) -> str:
    text = dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"
