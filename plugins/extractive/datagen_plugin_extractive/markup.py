"""Markup in Markdown and RST text: what an answer must be free of, and questions without it."""

from __future__ import annotations

import re

_CODE = re.compile(r"(?<![:`\w])``[^`\n]+``(?!`)|(?<![:`\w])`[^`\n]+`(?![`_])")
_UNCLEAN = re.compile(
    r"""[\[\]]              # links, footnotes, references
      | \{\{ | \}\} | \{%   # shortcodes
      | </?[A-Za-z][^>\n]*> # tags
      | (?:^|[\s(]):[\w+.:-]+`  # RST roles
      | `_ | \w_(?=[\s.,;:)]|$) | \|\w[^|\n]*\|_?  # RST links and substitutions
      | ::[ \t]*$ | ^\.\.[ ] | https?://
      | \n[ \t]*>           # a quotation that goes on
      | [\uE000-\uF8FF\uFFFD]
    """,
    re.VERBOSE | re.MULTILINE,
)
_ELSEWHERE = re.compile(
    r"\b(?:above|below|following"
    r"|(?:previous|next|this|these|preceding) (?:sections?|pages?|examples?|documents?|tables?)"
    r"|(?:fig(?:ure|\.)|table) \d+)\b",
    re.IGNORECASE,
)
_OBJECTS = "meth|func|class|attr|mod|data|exc|obj|const|file|option|envvar|program"
_OBJECT_ROLE = re.compile(rf":(?:\w+:)?(?:{_OBJECTS}):`~?([^`<]+?)`")
_BARE_ROLE = re.compile(
    rf":(?!(?:\w+:)?(?:{_OBJECTS}|term|abbr|kbd|dfn|guilabel|sub|sup):)[\w+.:-]+:`[^`<]*`"
)
_ROLE = re.compile(r":[\w+.:-]+:`~?([^`<]+?)(?:\s*<[^`>]*>)?`")
_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (_OBJECT_ROLE, r"`\1`"),
    (_ROLE, r"\1"),
    (re.compile(r"(?<!`)`([^`<]+?)\s*(?:<[^`>]*>)?`__?"), r"\1"),
    (re.compile(r"[ \t]*\[[#*]?\w*\]_"), ""),
    (re.compile(r"``([^`\n]+)``"), r"`\1`"),
    (re.compile(r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])"), ""),
    (re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r"(?<=\w)[ ]?\[\d{1,3}\]"), ""),
    (re.compile(r"(?<![\w\]`])\[([^\]\[`]*[^\W\d][^\]\[`]+)\](?![(\[_:])"), r"\1"),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"\1"),
    (re.compile(r"(?<![*\w])\*([^*\s](?:[^*\n]*[^*\s])?)\*(?![*\w])"), r"\1"),
    (re.compile(r"(?<=\w)_(?=[\s.,;:)]|$)"), ""),
    (re.compile(r"\\([^\sA-Za-z0-9])"), r"\1"),
    (re.compile(r"\s+"), " "),
)


def is_clean(text: str) -> bool:
    """Whether a literal span reads well outside its page: no links, roles, tags, shortcodes; code is fine."""
    return not _UNCLEAN.search(_CODE.sub("x", text)) and text.count("`") % 2 == 0


def points_elsewhere(text: str) -> bool:
    """Whether a text leans on what stands around it on the page: "the table below", "this section"."""
    return bool(_ELSEWHERE.search(text))


def has_bare_role(text: str) -> bool:
    """Whether it holds a reference that says nothing without the page: `` :ref:`label` ``, `` :issue:`12` ``."""
    return bool(_BARE_ROLE.search(text))


def plain(text: str) -> str:
    """The text on one line without markup; inline code keeps its mark."""
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    return text.strip()
