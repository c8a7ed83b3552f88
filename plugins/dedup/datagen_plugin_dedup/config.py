"""Options of the deduplication validator."""

from __future__ import annotations

from pydantic import Field

from datagen_core import Config


class DedupConfig(Config):
    """What counts as the same text, and how alike two texts may be."""

    field: str | tuple[str, ...] | None = Field(
        None,
        description="part of the row to compare (text, input, label, a field), or a list of parts joined by newlines; "
        "by default what is said: the text, with its input where it has one, or all turns",
    )
    nfkc: bool = Field(
        True, description="treat compatibility forms (full-width, ligatures) as equal: Unicode NFKC"
    )
    casefold: bool = Field(True, description="ignore upper and lower case")
    collapse_whitespace: bool = Field(True, description="treat any run of white space as one space")
    strip_punctuation: bool = Field(
        False, description="treat punctuation as white space (then `C` equals `C++` but for the symbols left)"
    )
    near_jaccard: float | None = Field(
        0.8,
        gt=0,
        le=1,
        description="reject at this Jaccard similarity of character shingles or above; null: exact duplicates only",
    )
    shingle_chars: int = Field(
        5, ge=1, le=32, description="characters per shingle; shorter texts: exact only"
    )
    permutations: int = Field(128, ge=16, le=1024, description="MinHash permutations, split into bands")
    against_seeds: bool = Field(
        True, description="compare with the seeds too, as if they had been accepted first"
    )
