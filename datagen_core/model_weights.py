"""A model's files on this machine: where they are, what they say of themselves, whether they are the same; loading.

`transformers` and `huggingface_hub` are imported when they are needed: plugins that use this have them as an extra.
No code that comes with weights is run.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path
from typing import Any

from datagen_core.errors import PluginError
from datagen_core.local_model import missing_weights

SAMPLE_BYTES = 1 << 20


def folder_of(name: str, base: Path | None = None) -> str:
    """The absolute path, where the name is a folder that is there, relative to `base`; else the name."""
    folder = ((base or Path()) / Path(name).expanduser()).resolve()
    return str(folder) if folder.is_dir() else name


def description(name: str, revision: str | None = None, *, download: bool = False) -> dict[str, Any]:
    """What `config.json` of a model says; loads no weights and no torch.

    Raises:
        PluginError: it isn't on this machine, and `download` is false or can't get it.
    """
    try:
        file = Path(name, "config.json")
        if not Path(name).is_dir():
            hub = importlib.import_module("huggingface_hub")
            file = Path(
                hub.hf_hub_download(name, "config.json", revision=revision, local_files_only=not download)
            )
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return found
    except Exception as error:  # the hub's library has a dozen kinds, all of which mean: not here
        raise missing_weights(name, error) from error


def digest(folder: Path) -> str:
    """A hash of all files in a folder: their names and sizes, and the first and last MiB of each."""
    whole = hashlib.blake2b(digest_size=16)
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        size = file.stat().st_size
        whole.update(f"{file.relative_to(folder)}\0{size}\0".encode("utf-8", "surrogateescape"))
        with file.open("rb") as stream:
            whole.update(stream.read(SAMPLE_BYTES))
            stream.seek(max(0, size - SAMPLE_BYTES))
            whole.update(stream.read(SAMPLE_BYTES))
    return f"weights:{whole.hexdigest()}"


def load_pretrained(
    auto_class: str, name: str, *, revision: str | None = None, download: bool = False, device: str = "cpu"
) -> tuple[Any, Any]:
    """(tokenizer, model) of a folder or a name on the hub, in single precision, for inference.

    Args:
        auto_class: Of transformers: `AutoModelForCausalLM` …
        name: A folder, or a model of the hub that was downloaded before.
        download: Whether the hub may be asked for it.

    Raises:
        PluginError: the weights aren't here, or lack a part that such a model has.
    """
    transformers = importlib.import_module("transformers")
    transformers.utils.logging.disable_progress_bar()
    options = {"revision": revision or "main", "local_files_only": not download, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(name, **options)
        model, told = getattr(transformers, auto_class).from_pretrained(
            name, output_loading_info=True, **options
        )
    except Exception as error:  # those of the hub, of parsers, of the system: all mean, not usable
        raise missing_weights(name, error) from error
    if told["missing_keys"]:
        raise PluginError(
            f"the weights of {name} lack {', '.join(sorted(told['missing_keys'])[:3])}",
            expected=f"a model for {auto_class}: without its last layer its answers would be random",
        )
    return tokenizer, model.float().eval().to(device)
