"""`python -m datagen_core`: the `datagen` command of this very Python, whatever is on the path."""

from __future__ import annotations

from datagen_core.cli import main

if __name__ == "__main__":
    main()
