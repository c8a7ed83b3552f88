"""The docs hold: generated blocks are up to date, code blocks run, all recipes run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(
    r"^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
PAGES = sorted(p.relative_to(ROOT) for p in (ROOT / "docs").rglob("*.md"))
FIRST_RUN = ROOT / "docs" / "tutorial" / "first-run.md"


def blocks(page: Path) -> list[tuple[str, str | None, str]]:
    text = page.read_text(encoding="utf-8")
    return [(m["language"], m["title"], m["code"]) for m in FENCE.finditer(text)]


def run(command: list[str] | str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=folder,
        shell=isinstance(command, str),
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        timeout=300,
    )


def test_generated_blocks_are_what_the_code_says():
    done = run([sys.executable, str(ROOT / "tools" / "docs.py"), "--check"], ROOT)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nnext: python tools/docs.py"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_the_code_blocks_of_a_page_run(page: Path, tmp_path: Path):
    found = blocks(ROOT / page)
    runnable = [b for b in found if b[0] in ("sh", "python") or b[1]]
    if ROOT / page != FIRST_RUN and runnable:
        found = [b for b in blocks(FIRST_RUN) if b[1]] + found
    for language, title, code in found:
        if title:
            target = tmp_path / title
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(code, encoding="utf-8")
        elif language == "sh":
            for line in code.splitlines():
                done = run(line, tmp_path)
                assert done.returncode == 0, f"{page}: {line}\n{done.stdout}{done.stderr}"
        elif language == "python":
            done = run([sys.executable, "-c", code], tmp_path)
            assert done.returncode == 0, f"{page}:\n{code}\n{done.stderr}"
        elif language in ("yaml", "json"):
            yaml.safe_load(code) if language == "yaml" else [json.loads(line) for line in code.splitlines()]


def test_every_page_is_in_the_navigation():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    missing = [page for page in PAGES if page.relative_to("docs").as_posix() not in text]
    assert not missing


def test_links_of_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", text) if not t.startswith("http")]
    assert targets
    assert not [t for t in targets if not (ROOT / t).exists()]


@pytest.mark.parametrize("recipe", sorted((ROOT / "recipes").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_recipe_runs(recipe: Path, tmp_path: Path):
    has_models = "models" in yaml.safe_load(recipe.read_text(encoding="utf-8"))
    done = run(
        [
            *(sys.executable, "-m", "datagen_core", "run", str(recipe)),
            *("-n", "20", "-o", str(tmp_path / "run"), "-q"),
            *(("--model", "rehearsal") if has_models else ()),
        ],
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    rows = (tmp_path / "run" / "data.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 20
    assert len({json.loads(row)["id"] for row in rows}) == 20


def test_every_recipe_names_the_schema_for_editors():
    for recipe in sorted((ROOT / "recipes").glob("*.yaml")):
        first = recipe.read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=recipe.schema.json", recipe.name


def test_the_shipped_schema_is_that_of_all_first_party_components():
    done = run([sys.executable, "-m", "datagen_core", "schema"], ROOT)
    shipped = json.loads((ROOT / "recipes" / "recipe.schema.json").read_text(encoding="utf-8"))
    assert json.loads(done.stdout) == shipped, "next: datagen schema -o recipes/recipe.schema.json"


def test_the_schema_accepts_every_recipe_and_rejects_a_misspelt_key():
    import jsonschema_rs

    schema = json.loads((ROOT / "recipes" / "recipe.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    recipes = [*(ROOT / "recipes").glob("*.yaml"), *(ROOT / "tests" / "data" / "recipes").glob("*.yaml")]
    assert len(recipes) >= 2
    for recipe in recipes:
        data = yaml.safe_load(recipe.read_text(encoding="utf-8"))
        errors = [f"{e.instance_path}: {e.message[:200]}" for e in validator.iter_errors(data)]
        assert not errors, f"{recipe.name}: {errors}"
        assert not validator.is_valid({**data, "num_sample": 3}), recipe.name


def test_every_model_in_the_docs_is_one_that_a_recipe_can_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAGEN_KEY_HOSTS", "mine.openai.azure.com")  # as the page says
    pages = (ROOT / "docs").rglob("*.md")
    snippets = [
        yaml.safe_load(code) for page in pages for language, _, code in blocks(page) if language == "yaml"
    ]
    models = [model for found in snippets for model in (found or {}).get("models", {}).values()]
    assert len(models) >= 12
    aliases = {f"m{i}": model for i, model in enumerate(models)}
    arms = [{"name": alias, "use": "naive", "with": {"model": alias}} for alias in aliases]
    recipe = {"task_input": {"description": "x"}, "models": aliases, "arms": arms}
    (tmp_path / "all.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    done = run([sys.executable, "-m", "datagen_core", "check", "all.yaml", "--json"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert [found["alias"] for found in json.loads(done.stdout)["models"]] == list(aliases)


MODELS_THAT_FIT = (
    "openai/gpt-4o-mini",
    "rehearsal",
    {"name": "gpt-4o-mini", "rpm": 500, "organization": "acme"},
    {"name": "vllm/x", "base_url": "http://localhost:8000/v1", "max_in_flight": 8},
    {"name": "rehearsal", "mean_score": 0.9},
    {"name": "bedrock/anthropic.claude", "region": "eu-central-1"},
    {"name": "openai/gpt-4o", "use": "litellm", "api_version": "2024-10-21"},
)
MODELS_THAT_DO_NOT_FIT = (
    "",
    {"rpm": 500},
    {"name": "openai/gpt-4o", "max_in_flight": 0},
    {"name": "openai/gpt-4o", "base_urll": "http://localhost:8000/v1"},
    {"name": "openai/gpt-4o", "region": "eu-central-1"},  # an option of litellm, which doesn't serve it
    {"name": "gpt-4o-mini", "api_version": "2024-10-21"},
    {"name": "anthropic/claude-sonnet-4-5", "organization": "acme"},
    {"name": "openai/gpt-4o", "use": "none-of-ours"},
)


@pytest.mark.parametrize("model", [*MODELS_THAT_FIT, *MODELS_THAT_DO_NOT_FIT], ids=str)
def test_the_schema_knows_a_models_limits_and_the_options_of_what_reaches_it(model: object):
    import jsonschema_rs

    schema = json.loads((ROOT / "recipes" / "recipe.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    assert validator.is_valid({"models": {"generator": model}}) is (model in MODELS_THAT_FIT)


def test_the_schema_knows_an_arms_own_budget():
    import jsonschema_rs

    schema = json.loads((ROOT / "recipes" / "recipe.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema_rs.validator_for(schema)
    assert validator.is_valid({"arms": [{"use": "naive", "budget": {"max_calls": 10}}]})
    assert not validator.is_valid({"arms": [{"use": "naive", "budget": {"max_batches": 10}}]})
