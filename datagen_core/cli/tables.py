"""Reports as tables in a terminal (rich), plain when piped."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def console(*, stderr: bool = False) -> Console:
    """A console on stdout (or stderr); piped output is plain and 160 columns wide, with NO_COLOR all is plain."""
    stream = sys.stderr if stderr else sys.stdout
    made = Console(
        file=stream,
        highlight=False,
        soft_wrap=False,
        emoji=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",  # rich alone would keep bold
    )
    if not made.is_terminal:
        made.width = 160
    return made


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table; numbers are set right, text is never read as markup."""
    listed = [list(row) for row in rows]
    made = Table(
        title=Text(title) if title else None, title_justify="left", title_style="bold", box=SIMPLE_HEAD
    )
    for i, name in enumerate(columns):
        numeric = bool(listed) and all(_is_number(row[i]) for row in listed)
        made.add_column(
            Text(name), justify="right" if numeric else "left", overflow="fold", no_wrap=i == 0 or numeric
        )
    for row in listed:
        made.add_row(*(Text(_cell(value)) for value in row))
    return made


def visible(text: str) -> str:
    """Text with its control characters (and those that turn the direction of writing) shown as codes.

    Rows, labels and names come from strangers: what they hold must not steer the terminal.
    """
    return _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


def percent(value: float | None) -> str:
    """`0.123` → `12 %`; a dash for None."""
    return "–" if value is None else f"{100 * value:.0f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A rounded number; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}"


def short(text: str, width: int = 60) -> str:
    """One line of at most so many characters."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1] + "…"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return number(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else visible(str(value))


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return value in ("–", "") or value.removesuffix(" %").replace(".", "").replace("-", "").isdigit()
    return value is None or isinstance(value, int | float)
