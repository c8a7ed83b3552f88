"""Fills in, or checks, what plugins' READMEs say their recipe costs on the rehearsal.

    python tools/costs.py [RECIPE …]     measure and rewrite the lines
    python tools/costs.py --check        exit 1 and name the lines that are out of date

A line reads `Cost on the rehearsal (recipes/NAME.yaml): 1.2 calls and 345 tokens per accepted row.` It is measured in
strict order and without memory, so that the same recipe costs the same wherever it is run.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from datagen_core.runs import run

ROOT = Path(__file__).resolve().parent.parent
LINE = re.compile(r"Cost on the rehearsal \(recipes/(\w+)\.yaml\): [^\n]* per accepted row\.")


def lines() -> Iterator[tuple[Path, str, str]]:
    """README, line and the name of its recipe."""
    for readme in sorted(ROOT.glob("plugins/*/README.md")):
        for found in LINE.finditer(readme.read_text(encoding="utf-8")):
            yield readme, found[0], found[1]


def measured(recipe: str) -> str:
    """The line of a recipe, as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        results = run(
            ROOT / "recipes" / f"{recipe}.yaml",
            out=Path(folder) / "run",
            cache=Path(folder) / "cache",
            model="rehearsal",
            overrides=["memory=off", "order=strict"],
        )
        spent, rows = results.store.get("spent"), len(results)
    calls, tokens = spent["calls"] / rows, round(spent["tokens"] / rows)
    return f"Cost on the rehearsal (recipes/{recipe}.yaml): {calls:.1f} calls and {tokens} tokens per accepted row."


def main() -> int:
    """The command."""
    check, chosen = "--check" in sys.argv, {name for name in sys.argv[1:] if name != "--check"}
    stale = 0
    for readme, line, recipe in lines():
        if chosen and recipe not in chosen:
            continue
        now = measured(recipe)
        if now == line:
            continue
        stale += 1
        print(f"{readme.relative_to(ROOT)}: {now}")
        if not check:
            readme.write_text(readme.read_text(encoding="utf-8").replace(line, now), encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
