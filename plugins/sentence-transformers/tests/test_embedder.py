"""What holds where sentence-transformers isn't installed too."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import datagen_plugin_sentence_transformers
import pytest
from datagen_plugin_sentence_transformers.config import SentenceTransformersConfig
from datagen_plugin_sentence_transformers.embedder import SentenceTransformers
from datagen_plugin_sentence_transformers.weights import WHEEL, WHEEL_MODULE, check_wheel, located
from pydantic import ValidationError

from datagen_core import PluginError, RecipeError
from datagen_core.model_weights import digest
from datagen_core.plugins.host import installed

IS_INSTALLED = importlib.util.find_spec("sentence_transformers") is not None
NEEDS = "pip install 'datagen-plugin-sentence-transformers[st]'"


def test_without_its_extra_it_is_listed_with_the_command_that_adds_it() -> None:
    (offer,) = [one for one in installed().of_kind("embedder") if one.name == "sentence-transformers"]
    assert offer.state == ("ok" if IS_INSTALLED else f"needs {NEEDS}")


@pytest.mark.skipif(IS_INSTALLED, reason="sentence-transformers is installed")
def test_without_its_extra_a_recipe_that_names_it_is_told_the_command() -> None:
    with pytest.raises(RecipeError, match="can't be used") as caught:
        installed().find("embedder", "sentence-transformers")
    assert caught.value.hint == NEEDS


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "~/no-such-folder-here"])
def test_a_folder_that_is_not_there_is_an_error_before_any_work(name: str) -> None:
    with pytest.raises(PluginError, match="can't be loaded") as caught:
        SentenceTransformers(SentenceTransformersConfig(model=name))
    assert caught.value.hint == "correct the path"


def test_a_folder_without_a_model_is_an_error_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"config\.json"):
        SentenceTransformers(SentenceTransformersConfig(model=str(tmp_path)))


@pytest.mark.skipif(importlib.util.find_spec(WHEEL_MODULE) is not None, reason="the wheel is installed")
def test_the_default_model_names_the_command_that_installs_it() -> None:
    with pytest.raises(PluginError, match="isn't installed") as caught:
        SentenceTransformers(SentenceTransformersConfig())
    assert caught.value.hint == f"pip install {WHEEL}==0.1.0"


def test_other_weights_in_the_wheel_are_refused_and_none_of_its_code_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / WHEEL_MODULE / "model"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").write_text("raise SystemExit('was run')\n", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    assert located(WHEEL) == str(folder)
    with pytest.raises(PluginError, match="sha256") as caught:
        check_wheel(str(folder))
    assert caught.value.hint is not None and WHEEL in caught.value.hint


def test_a_folder_counts_by_its_content_not_by_its_path(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "1_Pooling").mkdir(parents=True)
        (folder / "1_Pooling" / "config.json").write_text("{}", encoding="utf-8")
    prints = [SentenceTransformersConfig(model=str(folder)).fingerprint() for folder in (one, other)]
    assert prints[0] == prints[1] and prints[0]["model"] == digest(one)
    (other / "1_Pooling" / "config.json").write_text('{"a": 1}', encoding="utf-8")
    assert SentenceTransformersConfig(model=str(other)).fingerprint() != prints[0]


def test_a_folder_is_found_beside_the_recipe(tmp_path: Path) -> None:
    (tmp_path / "encoder").mkdir()
    found = SentenceTransformersConfig.model_validate({"model": "encoder"}, context={"base": tmp_path})
    assert found.model == str(tmp_path / "encoder")
    assert SentenceTransformersConfig(model="some-one/encoder").model == "some-one/encoder"


@pytest.mark.parametrize("option", [{"device": "tpu"}, {"batch_size": 0}, {"trust_remote_code": True}])
def test_options_out_of_range_and_foreign_code_are_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SentenceTransformersConfig.model_validate(option)


def test_the_hook_declares_a_heavy_component() -> None:
    (component,) = datagen_plugin_sentence_transformers.datagen_embedders()
    assert (component.name, component.extra) == ("sentence-transformers", "st")
    assert component.imports == ("sentence_transformers",)
    assert component.load_config() is SentenceTransformersConfig
    assert component.load_impl() is SentenceTransformers
    assert SentenceTransformers.is_heavy


def test_neither_discovery_nor_building_loads_anything_heavy(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    code = (
        "import sys, datagen_plugin_sentence_transformers as p\n"
        "c, = p.datagen_embedders()\n"
        "print(sorted({'numpy', 'pydantic', 'torch', 'sentence_transformers'} & set(sys.modules)))\n"
        "c.load_impl()(c.load_config()(model=sys.argv[1]))\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
