"""`python -m datagen_core` is the `datagen` command."""

from datagen_core.cli import main

main()
