"""What strangers write must not steer the terminal, write where it may not, or end a run unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from datagen_core.cli.tables import short, visible
from datagen_core.coverage import Coverage
from datagen_core.errors import PluginError, RecipeError, blaming
from datagen_core.exporting import check_export_path
from datagen_core.generator import Cell
from datagen_core.sample import Sample
from datagen_core.settling import _as_asked
from datagen_core.store.run_store import StoredRow


def test_control_characters_are_shown_as_codes_and_plain_text_is_left_alone() -> None:
    assert visible("\x1b]0;pwn\x07 a\u202eb") == "\\x1b]0;pwn\\x07 a\\x202eb"
    assert visible("Grüße, 世界 👍") == "Grüße, 世界 👍"
    assert short("a\x1b[2J", 40) == "a\\x1b[2J"


@pytest.mark.parametrize(
    "path", [".git/hooks/post-commit", "out/.hidden.jsonl", "runs/mine/run.db", "folder"]
)
def test_a_recipe_may_not_write_hidden_files_runs_or_folders(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(RecipeError, match="may not write"):
        check_export_path(path)
    assert check_export_path("folder/rows.jsonl") == (tmp_path / "folder" / "rows.jsonl").resolve()


def test_a_part_that_asks_the_process_to_exit_is_named_like_any_that_fails() -> None:
    with pytest.raises(PluginError, match="router 'x' failed: SystemExit"), blaming("router 'x'"):
        raise SystemExit(0)


def test_rows_beyond_what_a_cell_asked_for_earn_nothing() -> None:
    rows = [
        StoredRow(sample=Sample(id=f"{i}", response=str(i), label=label), status="surplus")
        for i, label in enumerate(["a", "a", "a", "b", "c"])
    ]
    asked = _as_asked(rows, [Cell("a", 2), Cell("b", 2)], Coverage({"a": 1, "b": 1}))
    assert [row.sample.id for row in asked] == ["0", "1", "3"]
    assert len(_as_asked(rows, [Cell(None, 4)], Coverage())) == 4
