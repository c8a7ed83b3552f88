"""The tree of errors a user can meet.

    DatagenError                 exit code 1
    ├── UsageError               exit code 2: what was typed or written must change
    │   ├── RecipeError          the recipe: a key, a value, a component that isn't installed
    │   └── InputError           a file or a row that the recipe names
    ├── PluginError              a plugin that can't be loaded or breaks its interface
    ├── RunError                 a run that can't go on (locked, changed, nothing accepted)
    └── RunPaused                nothing more can be sent now; the same command goes on from there
        └── BudgetReached        exit code 3: a wall was reached; a bigger budget goes on from there

Every error says what was found, where, what was expected and what to do next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class DatagenError(Exception):
    """A failure with a place, an expectation and a next step, each optional but the message.

    Args:
        message: What was found, in one sentence.
        where: The place: a file with its line, a recipe path, a sample id.
        expected: What would have been right.
        hint: The next command to type or the setting to change.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        parts = [self.message if self.where is None else f"{self.where}: {self.message}"]
        if self.expected:
            parts.append(f"  expected: {self.expected}")
        if self.hint:
            parts.append(f"  next: {self.hint}")
        return "\n".join(parts)


class UsageError(DatagenError):
    """Something the user wrote must change before work can begin."""

    exit_code = 2


class RecipeError(UsageError):
    """The recipe is malformed, unknown or asks for what isn't installed."""


class InputError(UsageError):
    """A file or row that the recipe names can't be used."""


class PluginError(DatagenError):
    """A plugin failed to load or broke the rules of its interface."""


class RunError(DatagenError):
    """A run can't be started, continued or finished."""


class RunPaused(DatagenError):
    """No call can be sent any more: the batch it stops stays uncommitted and is completed by the next sitting.

    Generators and validators let it pass.
    """


class BudgetReached(RunPaused):
    """A budget was reached; all accepted rows are kept."""

    exit_code = 3


@contextmanager
def blaming(part: str, *, where: str | None = None, hint: str | None = None) -> Iterator[None]:
    """Turns whatever a plugin's part raises into a PluginError that names it; our own errors pass.

    Args:
        part: Whose code runs, as `router 'uniform'`.
        where, hint: As in `DatagenError`.
    """
    try:
        yield
    except DatagenError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"{part} failed: {type(error).__name__}: {error}", where=where, hint=hint
        ) from error
