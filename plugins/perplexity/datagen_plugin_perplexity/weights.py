"""A model's files on this machine: where they are, and whether they are the same."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

from datagen_core.local_model import missing_weights

SAMPLE_BYTES = 1 << 20


def folder_of(name: str, base: Path | None = None) -> str:
    """The absolute path, where the name is a folder that is there, relative to `base`; else the name."""
    folder = ((base or Path()) / Path(name).expanduser()).resolve()
    return str(folder) if folder.is_dir() else name


def has_files(name: str, revision: str | None) -> None:
    """Looks for a model's `config.json`; loads no weights and no torch.

    Raises:
        PluginError: it isn't on this machine.
    """
    try:
        if Path(name).is_dir():
            Path(name, "config.json").stat()
        else:
            hub = importlib.import_module("huggingface_hub")
            hub.hf_hub_download(name, "config.json", revision=revision, local_files_only=True)
    except Exception as error:  # the hub's library has a dozen kinds, all of which mean: not here
        raise missing_weights(name, error) from error


def digest(folder: Path) -> str:
    """A hash of the folder's files: their names and sizes, and the first and last MiB of each."""
    whole = hashlib.blake2b(digest_size=16)
    for file in sorted(file for file in folder.iterdir() if file.is_file()):
        size = file.stat().st_size
        whole.update(f"{file.name}\0{size}\0".encode("utf-8", "surrogateescape"))
        with file.open("rb") as stream:
            whole.update(stream.read(SAMPLE_BYTES))
            stream.seek(max(0, size - SAMPLE_BYTES))
            whole.update(stream.read(SAMPLE_BYTES))
    return f"weights:{whole.hexdigest()}"
