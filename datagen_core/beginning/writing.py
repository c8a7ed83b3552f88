"""A proposal as YAML with its reasons beside it; what is parsed back is the proposal's mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from datagen_core.beginning.offering import Aside
from datagen_core.beginning.proposal import Proposal

NOT_PRINTABLE = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u2030-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What a comment can't hold in YAML 1.1, and marks that turn the direction of a line."""
WIDE = 60
"""A mapping or list of more characters gets lines of its own."""
MOST_LISTED = 20
BLOCKS = frozenset(
    {"models", "seeds", "documents", "grammar", "json_schema", "arms", "validators", "evaluation", "budget"}
)
"""Keys before which a line is left blank."""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines stay on one, so that a comment can follow them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _text)


def written(proposal: Proposal) -> str:
    """The recipe's text, for a file."""
    lines = list(_head(proposal))
    for key, value in proposal.recipe.items():
        lines += [""] if key in BLOCKS else []
        lines += _key(proposal, key, value)
        lines += _addition(proposal, "models") if key == "seed" else []
        lines += _addition(proposal, "reward") if key == "validators" else []
    return "\n".join(lines) + "\n"


def _head(proposal: Proposal) -> Iterator[str]:
    place = proposal.found.place
    yield _comment(f"Proposed by datagen init for {place.name or place}; every line is yours to change.")
    yield from (_comment(f"Assumed: {line}") for line in proposal.assumptions)
    yield from (_comment(f"Not used: {line}") for line in proposal.not_used[:MOST_LISTED])


def _key(proposal: Proposal, key: str, value: Any) -> Iterator[str]:
    if key == "arms":
        yield "arms:"
        yield from _uses(value, proposal.arms)
        yield from _asides("Also:", proposal.also)
        yield from _asides("Not offered:", proposal.not_offered)
    elif key == "validators":
        yield "validators:" if value else "validators: []"
        yield from _uses(value, proposal.why)
        for one in proposal.validators_also:
            yield f"  {_comment('- ' + _flow(one.value) + _beside(one.why))}"
    else:
        yield from _plain(key, value, proposal.why.get(key, ""))


def _uses(uses: Sequence[Any], why: Mapping[str, str]) -> Iterator[str]:
    for use in uses:
        yield f"  - {_flow(use)}" + _beside(why.get(use if isinstance(use, str) else use["use"], ""))


def _asides(title: str, asides: Sequence[Aside]) -> Iterator[str]:
    if asides:
        yield f"  {_comment(title)}"
    for aside in asides[:MOST_LISTED]:
        yield f"  {_comment('- ' + aside.arm + _beside(aside.why))}"
    if len(asides) > MOST_LISTED:
        yield f"  # and {len(asides) - MOST_LISTED} more"


def _addition(proposal: Proposal, key: str) -> Iterator[str]:
    if key in proposal.further and key not in proposal.recipe:
        one = proposal.further[key]
        yield _comment(f"{key}: {_flow(one.value)}" + _beside(one.why))


def _plain(key: str, value: Any, why: str) -> Iterator[str]:
    line = f"{key}: {_flow(value)}"
    if len(line) <= WIDE or isinstance(value, str | int) or not value:
        yield line + _beside(why)
        return
    yield f"{key}:" + _beside(why)
    yield from (f"  {line}" for line in _dumped(value, flow=False).split("\n"))


def _flow(value: Any) -> str:
    return _dumped(value, flow=True)


def _dumped(value: Any, *, flow: bool) -> str:
    text: str = yaml.dump(
        value, Dumper=_Dumper, default_flow_style=flow, allow_unicode=True, sort_keys=False, width=10**9
    )
    return text.removesuffix("\n").removesuffix("\n...")  # its mark of a bare scalar's end


def _beside(why: str) -> str:
    return f"   {_comment(why)}" if why else ""


def _comment(text: str) -> str:
    return "# " + NOT_PRINTABLE.sub("?", re.sub(r"[\t\r\n]+", " ", text)).strip()
