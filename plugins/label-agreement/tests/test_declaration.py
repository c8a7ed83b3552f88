from __future__ import annotations

import subprocess
import sys

import datagen_plugin_label_agreement

from datagen_core.validator import Validator

HEAVY = ("numpy", "pydantic", "sklearn", "rensa", "rapidfuzz", "jsonschema_rs")


def test_the_hook_declares_the_component_and_its_parts_load() -> None:
    (component,) = datagen_plugin_label_agreement.datagen_validators()
    assert (component.name, component.cost, component.needs) == (
        "label-agreement",
        "cheap",
        ("labelled-seeds",),
    )
    assert component.load_config().__name__ == "LabelAgreementConfig"
    assert issubclass(component.load_impl(), Validator)


def test_declaring_imports_nothing_heavy() -> None:
    code = (
        "import sys, datagen_plugin_label_agreement as plugin; plugin.datagen_validators();"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
