"""What a text is indexed by: its words, in any script."""

from __future__ import annotations

import unicodedata

from datagen_core.segmentation import segmented
from datagen_core.words import words

MAX_CHARS = 20_000
"""Read of a query: what comes after would only be slow."""


def terms(text: str) -> list[str]:
    """The terms in order, folded for case and compatibility forms; none where there are only signs.

    Words of scripts with spaces; of scripts without (Chinese, Japanese, Thai, Lao, Khmer, Burmese) each two letters
    that stand together. No stemming and no stop words, so that all languages are treated alike: what is everywhere
    weighs next to nothing in BM25.

    Example:
        >>> terms("The Etcd-Server 集群成员")
        ['the', 'etcd', 'server', '集群', '群成', '成员']
    """
    if text.isascii():
        return list(words(text))
    out: list[str] = []
    for piece in segmented(unicodedata.normalize("NFKC", text).casefold()).split():
        found = words(piece)
        out += [piece] if len(piece) == 2 == len(found) else found
    return out
