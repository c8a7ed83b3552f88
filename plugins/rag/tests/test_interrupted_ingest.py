"""An ingest killed at any moment (SIGKILL), and the same command again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_rag.store.ingesting import ingest

from datagen_core.documents import ChunkSizes

SIZES = ChunkSizes(min_tokens=12, max_tokens=40)
Content = Callable[[Path], dict[str, Any]]

KILLED = """
import os, signal, sys
import lancedb, numpy, pyarrow, rank_bm25
from lancedb.table import LanceTable
from pathlib import Path
from datagen_core.builtin import hashing
from datagen_core.documents import ChunkSizes, markdown, source_code
from datagen_core.plugins.host import installed
from datagen_plugin_rag.store import ingesting, writing
from datagen_plugin_rag.store.known_files import KnownFiles

docs, sizes = Path(sys.argv[1]), ChunkSizes(min_tokens=12, max_tokens=40)
ingesting.BATCH_CHUNKS = 2  # several writes


def dies(steps):
    left = [steps]
    def counted(part, name):
        work = getattr(part, name)
        def step(*values, **options):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return work(*values, **options)
        setattr(part, name, step)
    for name in ("record", "forget", "set", "start_anew"):
        counted(KnownFiles, name)
    for name in ("add", "delete", "optimize"):
        counted(LanceTable, name)
    return left


installed()
for line in sys.stdin:
    folder, steps = line.strip().rsplit("@", 1)
    child = os.fork()  # one import of everything serves all
    if not child:
        left = dies(int(steps))
        ingesting.ingest([docs], Path(folder), sizes=sizes)
        os._exit(min(99, int(steps) - left[0]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def killer(own_docs: Path) -> Iterator[Callable[[Path, int], int]]:
    """Ingests the documents into a folder, killed before the next step after so many; the exit code."""
    command = [sys.executable, "-W", "ignore", "-c", KILLED, str(own_docs)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout

        def killed(folder: Path, steps: int) -> int:
            print(f"{folder}@{steps}", file=process.stdin, flush=True)
            return int(process.stdout.readline())

        yield killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_kill_the_same_command_gives_what_an_undisturbed_one_gives(
    own_docs: Path, tmp_path: Path, content: Content, killer: Callable[[Path, int], int]
) -> None:
    early, steps = [1, 6, 11], [1, 3, 5, 8, 11]
    first = [tmp_path / f"first{n}" for n in early]
    ingest([own_docs], tmp_path / "old", sizes=SIZES)
    before = content(tmp_path / "old")
    later = [Path(shutil.copytree(tmp_path / "old", tmp_path / f"later{n}")) for n in steps]

    for folder, n in zip(first, early, strict=True):
        assert killer(folder, n) == -signal.SIGKILL
        ingest([own_docs], folder, sizes=SIZES)
        assert content(folder) == before

    (own_docs / "bread.md").unlink()
    (own_docs / "code/heap.py").write_text("def sift_up():\n    return 1\n", encoding="utf-8")
    (own_docs / "deep/thai.md").write_bytes(b"\0")
    (own_docs / "new.md").write_text("# New\n\nSomething new.\n", encoding="utf-8")
    ingest([own_docs], tmp_path / "fresh", sizes=SIZES)
    after = content(tmp_path / "fresh")
    for folder, n in zip(later, steps, strict=True):
        assert killer(folder, n) == -signal.SIGKILL
        ingest([own_docs], folder, sizes=SIZES)
        assert content(folder) == after


def test_a_kill_and_a_removal_later_nothing_of_the_file_is_left(
    own_docs: Path, tmp_path: Path, content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its chunks were written, it was not yet noted, and then it was deleted."""
    from datagen_plugin_rag.store.known_files import KnownFiles

    record = KnownFiles.record

    def fails(self: KnownFiles, files: Any) -> None:
        listed = list(files)
        if any(file.sha256 for file in listed):
            raise KeyboardInterrupt
        record(self, listed)

    with monkeypatch.context() as patch:
        patch.setattr(KnownFiles, "record", fails)
        with pytest.raises(KeyboardInterrupt):
            ingest([own_docs], tmp_path / "kb", sizes=SIZES)
    assert content(tmp_path / "kb")["chunks"]
    (own_docs / "bread.md").unlink()
    ingest([own_docs], tmp_path / "kb", sizes=SIZES)
    assert "docs/bread.md" not in {row["document"] for row in content(tmp_path / "kb")["chunks"]}
