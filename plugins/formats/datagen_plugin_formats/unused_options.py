"""Options that were given and that no row needed."""

from __future__ import annotations

from collections.abc import Mapping, Set

from datagen_plugin_formats.config import FormatConfig

WHY: Mapping[str, str] = {
    "system": "each row has a system message of its own",
    "instruction": "no row is a text with a label",
    "passage": "each row shows its passage already",
    "reasoning": "no row has reasoning",
}
"""Options that rows may not need → why they don't."""


def unused_options(config: FormatConfig, used: Set[str], *, has_turns: bool) -> list[str]:
    """A sentence for each of them that was given and not used; a form without turns has no place for any."""
    given = [name for name in WHY if getattr(config, name) not in (None, "none") and name not in used]
    why = WHY if has_turns else dict.fromkeys(WHY, "the form has no place for it")
    return [f"the option {name} changed nothing: {why[name]}" for name in given]
