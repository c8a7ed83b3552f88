"""Checking files by the rules of what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datagen_core.errors import InputError, UsageError
from datagen_core.exporter import Exporter, Problem
from datagen_core.exporting import exporter_of
from datagen_core.plugins.host import Host


def check_file(
    file: str | Path, format: str, options: Mapping[str, Any] | None = None, host: Host | None = None
) -> list[Problem]:
    """What the reader of a format would stumble over in a file, whoever wrote it; empty where nothing is wrong.

    Raises:
        UsageError: the format has no rules to check by.
        InputError: the file can't be read.
    """
    file = Path(file)
    if not file.is_file():
        raise InputError(f"no file {file}", expected="the file to check")
    try:
        found = exporter_of(format, options, host).check(file)
        if found is None:
            raise _no_rules(format)
        return list(found)
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(file)) from None


def require_rules(format: str, options: Mapping[str, Any] | None = None, host: Host | None = None) -> None:
    """Raises UsageError for a format that has no rules to check by, before there is a file."""
    if type(exporter_of(format, options, host)).check is Exporter.check:
        raise _no_rules(format)


def _no_rules(format: str) -> UsageError:
    return UsageError(
        f"the format {format!r} has no rules to check by",
        expected="the format of a consumer, or no check",
        hint="datagen plugins list --kind exporter",
    )
