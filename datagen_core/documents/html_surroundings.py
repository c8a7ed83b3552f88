"""What stands around the text of a page: told by attributes, by links, and by where the main part is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from datagen_core.documents.document import Block

MENU_ITEMS = 4
"""So many links in a row that nothing introduces are a menu."""
MAIN_SHARE = 2 / 3
"""Of a page's text; a `main` or `article` that holds less isn't all there is to read."""

_ROLES = frozenset(
    ["navigation", "doc-toc", "banner", "contentinfo", "search", "menu", "menubar", "dialog", "alertdialog"]
)
_PART_OF_CLASS = re.compile(
    r"(?:^|[\s_-])(?:toc(?!-backref)|toctree|headerlink|breadcrumbs?|sidebar|navbar)(?:$|[\s_-])"
)
_CLASSES = frozenset(
    [
        "footer",
        "site-footer",
        "page-footer",
        "menu",
        "main-menu",
        "nav-menu",
        "navigation",
        "site-nav",
        "pagination",
        "skip-link",
        "skip-nav",
        "skiplink",
        "social-share",
        "share-buttons",
    ]
)
_COOKIES = re.compile(
    r"cookie[s_-]*(?:banner|bar|consent|law|message|modal|notice|notification|overlay|popup|warning)"
    r"|(?:gdpr|consent)[_-]?(?:banner|bar|modal|notice|popup)|onetrust"
)
_HIDDEN_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SKIP = re.compile(
    r"(?:skip|jump) (?:directly )?to (?:the )?(?:main )?(?:content|navigation|menu|search)", re.IGNORECASE
)


def hides(attrs: Mapping[str, str | None]) -> bool:
    """Whether an element's attributes say that it isn't shown, or is no part of the text."""
    if (
        "hidden" in attrs
        or attrs.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(attrs.get("style") or "")
    ):
        return True
    classes = (attrs.get("class") or "").lower()
    if _ROLES & {*(attrs.get("role") or "").lower().split()} or _CLASSES & {*classes.split()}:
        return True
    return bool(
        _PART_OF_CLASS.search(classes) or _COOKIES.search(f"{classes} {(attrs.get('id') or '').lower()}")
    )


def is_skip_link(text: str) -> bool:
    """Whether it leads past a page's head, and says nothing else."""
    return bool(_SKIP.fullmatch(text.strip()))


def without_surroundings(
    text: str, blocks: Sequence[Block], links: Mapping[int, int], regions: Sequence[range]
) -> tuple[str, tuple[Block, ...]]:
    """The text and its blocks without menus, and without what is outside the one main part.

    Args:
        text: The page's text.
        blocks: Its blocks.
        links: The blocks that consist of links → of how many.
        regions: Which blocks lie in each `main` element, or in each `article` where there is no `main`.
    """
    menus = {number for menu in _menus(text, blocks, links) for number in menu}
    kept = [number for number in range(len(blocks)) if number not in menus]
    if len(regions) == 1:
        inside = [number for number in kept if number in regions[0]]
        if _chars(blocks, inside) >= MAIN_SHARE * _chars(blocks, kept):
            kept = inside
    if len(kept) == len(blocks):
        return text, tuple(blocks)
    return _only(text, blocks, kept)


def _menus(text: str, blocks: Sequence[Block], links: Mapping[int, int]) -> list[range]:
    """Runs of links that no heading and no sentence introduces."""
    out, start = [], 0
    for number in range(len(blocks) + 1):
        if number in links:
            continue
        many = sum(links[i] for i in range(start, number)) >= MENU_ITEMS
        if many and not (start and _introduces(text, blocks[start - 1], at_end=number == len(blocks))):
            out.append(range(start, number))
        start = number + 1
    return out


def _introduces(text: str, block: Block, *, at_end: bool) -> bool:
    """Whether links belong to the block before them; at the end of a page a mere sentence isn't one."""
    said = text[block.start : block.end]
    return block.kind == "heading" or said.endswith(":" if at_end else (":", "."))


def _chars(blocks: Sequence[Block], numbers: Sequence[int]) -> int:
    return sum(blocks[number].end - blocks[number].start for number in numbers)


def _only(text: str, blocks: Sequence[Block], kept: Sequence[int]) -> tuple[str, tuple[Block, ...]]:
    """The text of some blocks with what stands before each, and these blocks where they are then."""
    parts: list[str] = []
    out: list[Block] = []
    length = 0
    for number in kept:
        block = blocks[number]
        before = text[blocks[number - 1].end if number else 0 : block.start]
        before = before if out else before.lstrip("\n")
        parts += (before, text[block.start : block.end])
        moved = length + len(before) - block.start
        body = None if block.body is None else block.body + moved
        out.append(replace(block, start=block.start + moved, end=block.end + moved, body=body))
        length += len(before) + block.end - block.start
    return "".join(parts), tuple(out)
