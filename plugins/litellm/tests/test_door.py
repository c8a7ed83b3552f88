"""When LiteLLM is imported, what it is kept from doing, and that nothing of it stays open."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from datagen_plugin_litellm import door

from datagen_core.model import ModelError

HEAVY = "{'litellm', 'openai', 'httpx', 'aiohttp', 'boto3', 'tiktoken'}"
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("LITELLM_")}


def python(code: str, *options: str, cwd: Path | None = None) -> str:
    """What a fresh Python writes, on both streams."""
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=cwd,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_declaring_imports_no_options_and_no_library() -> None:
    code = (
        "import sys, datagen_plugin_litellm as p; p.datagen_models();"
        f"print(({HEAVY} | {{'pydantic'}}) & set(sys.modules))"
    )
    assert python(code) == "set()\n"


def test_listing_plugins_and_building_a_model_imports_no_library() -> None:
    code = (
        "import sys\n"
        "from datagen_core.cli import main\n"
        "for arguments in (['--help'], ['plugins', 'list']):\n"
        "    sys.argv = ['datagen', *arguments]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as ended:\n"
        "        assert not ended.code\n"
        "from datagen_plugin_litellm.chat import LiteLLMModel\n"
        "from datagen_plugin_litellm.config import LiteLLMConfig\n"
        "model = LiteLLMModel(LiteLLMConfig(provider='anthropic'), 'claude-sonnet-4-5')\n"
        "model.endpoint(), repr(model)\n"
        f"print({HEAVY} & set(sys.modules))"
    )
    assert python(code).splitlines()[-1] == "set()"


def test_the_library_is_opened_without_network_noise_and_the_next_env_file(tmp_path: Path) -> None:
    """It looks for .env beside its own code, then upwards; in a script also from the working folder."""
    (tmp_path / ".env").write_text("FOUND_IN_ENV_FILE=1\n", encoding="utf-8")
    code = (
        "import os\n"
        "from datagen_core.testing.network import offline\n"
        "from datagen_plugin_litellm import door, facts\n"
        "with offline() as tried:\n"
        "    litellm = door.library()\n"
        "    facts.entry('anthropic', 'claude-sonnet-4-5')\n"
        "    facts.capabilities('ollama', 'm'), facts.provider_of('', 'm')\n"
        "assert door.library() is litellm\n"
        "print(tried, 'FOUND_IN_ENV_FILE' in os.environ, litellm.num_retries, litellm.drop_params, litellm.cache)"
    )
    assert python(code, cwd=tmp_path) == "[] False 0 False None\n"


def test_nothing_else_imports_the_library() -> None:
    package = Path(door.__file__).parent
    for file in sorted(package.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        assert "import litellm" not in text, file
        assert ("import_module" in text) is (file.name == "door.py"), file


def test_a_library_that_cannot_be_imported_is_said_with_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door.library.cache_clear()
    try:
        monkeypatch.setitem(sys.modules, "litellm", None)
        with pytest.raises(ModelError, match="can't be imported") as caught:
            door.library()
    finally:
        door.library.cache_clear()
    assert caught.value.hint == "pip install 'litellm>=1.84.0'" and not caught.value.retryable


def test_after_close_nothing_is_open_and_nothing_complains() -> None:
    """In Python's development mode, in which each socket and session left open is told at the end."""
    code = (
        "import asyncio, gc, logging\n"
        "from datagen_core.model import CAPABILITIES, ChatRequest, CompletionRequest, EmbeddingRequest\n"
        "from datagen_core.sample import Message\n"
        "from datagen_core.testing.model_server import ModelServer\n"
        "from datagen_plugin_litellm.chat import LiteLLMModel\n"
        "from datagen_plugin_litellm.config import LiteLLMConfig\n"
        "logging.getLogger('asyncio').setLevel('ERROR')  # it tells how long the import took\n"
        "request = ChatRequest(messages=(Message(role='user', content='hi'),), max_tokens=5)\n"
        "async def main(server):\n"
        "    options = {'provider': 'openai', 'base_url': server.base_url, 'capabilities': CAPABILITIES}\n"
        "    model = LiteLLMModel(LiteLLMConfig(**options), 'm')\n"
        "    calls = [model.chat(request, timeout_s=t) for t in (60, 90, 120, 250) for _ in range(4)]\n"
        "    raw, texts = CompletionRequest(prompt='p', max_tokens=5), EmbeddingRequest(texts=('t',))\n"
        "    calls += [model.complete(raw, timeout_s=60) for _ in range(4)]\n"
        "    calls += [model.embed(texts, timeout_s=60) for _ in range(4)]\n"
        "    found = await asyncio.gather(*calls, return_exceptions=True)\n"
        "    await model.close()\n"
        "    return sorted({type(f).__name__ for f in found})\n"
        "for faults in ({}, {'reset': 0.5, 'cut_body': 0.5}):\n"
        "    with ModelServer(faults=faults) as server:\n"
        "        print(*asyncio.run(main(server)))\n"
        "gc.collect()"
    )
    options = ("-X", "dev", "-W", "ignore::UserWarning", "-W", "ignore::DeprecationWarning")
    assert python(code, *options) == "Embeddings Reply\nModelError\n"
