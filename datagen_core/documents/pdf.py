"""PDF into paragraphs, by pypdf; how its lines become text is in `printed_pages`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datagen_core.documents.document import Content
from datagen_core.documents.printed_pages import Bookmarks, read_pages
from datagen_core.errors import InputError

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 5000
MAX_OPERATIONS = 2_000_000
"""Drawing operations of all pages; a dense page has seven hundred, and a million take most of a minute."""

_NO_TITLE = ("untitled", "microsoft word", "microsoft powerpoint", "powerpoint presentation")


def read(path: Path) -> Content:
    """The text of a PDF, with the pages' beginnings; running heads, feet and page numbers are left out.

    Pages that are broken give nothing, which the note says.

    Raises:
        InputError: it needs a password, is broken, has no text (scanned pages), or has more than 5,000 pages.
    """
    try:
        import pypdf
    except ImportError as error:
        raise InputError(
            "reading PDF needs pypdf, which isn't installed",
            where=str(path),
            hint="pip install 'datagen-core[pdf]'",
        ) from error
    with _quiet():
        try:
            reader = pypdf.PdfReader(path)
            locked = reader.is_encrypted and not reader.decrypt("")
            number = 0 if locked else len(reader.pages)
        except pypdf.errors.DependencyError as error:
            raise InputError(
                f"the PDF is encrypted: {error}", where=str(path), hint="pip install 'pypdf[crypto]'"
            ) from error
        except Exception as error:  # pypdf raises whatever a broken file leads to
            raise _broken(path, error) from error
        if locked:
            raise InputError(
                "the PDF is encrypted and needs a password",
                where=str(path),
                expected="a PDF that opens without one",
                hint=f"save it without: qpdf --password=… --decrypt {path.name} open-{path.name}",
            )
        if number > MAX_PAGES:
            raise InputError(
                f"the PDF has {number:,} pages",
                where=str(path),
                expected=f"at most {MAX_PAGES:,}",
                hint="split it, or leave it out",
            )
        texts, broken = _texts(reader, path)
        bookmarks, title = _bookmarks(reader), _title(reader)
    if broken and len(broken) == len(texts):
        raise _broken(path, broken[0])
    if not any(letter.isalnum() for text in texts for letter in text):
        raise InputError(
            "the PDF has no text: its pages are images, as it seems",
            where=str(path),
            expected="pages with text",
            hint=f"recognise the text first: ocrmypdf {path.name} text-{path.name}",
        )
    printed = read_pages(texts, bookmarks)
    note = f"gives nothing of {len(broken)} of its {len(texts)} pages, which are broken" if broken else ""
    return Content(title or printed.title, printed.text, printed.blocks, pages=printed.pages, note=note)


class _TooMuch(Exception):
    """More operations than any document has."""


def _texts(reader: PdfReader, path: Path) -> tuple[list[str], list[Exception]]:
    """Each page's text, "" of a broken one; and what broke those."""
    left = MAX_OPERATIONS

    def count(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooMuch

    texts, broken = [], []
    for page in reader.pages:
        try:
            texts.append(page.extract_text(visitor_operand_before=count))
        except _TooMuch:
            raise InputError(
                f"the PDF draws more than {MAX_OPERATIONS:,} things",
                where=str(path),
                expected="pages of print",
                hint="print it to a new PDF, or leave it out",
            ) from None
        except Exception as error:  # pypdf raises whatever a broken page leads to
            texts.append("")
            broken.append(error)
    return texts, broken


def _bookmarks(reader: PdfReader) -> Bookmarks:
    """Page → title of a bookmark → its level; none where they are broken."""
    found: Bookmarks = {}

    def gather(entries: list[Any], level: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                gather(entry, level + 1)
            elif entry.title and (number := reader.get_destination_page_number(entry)) is not None:
                found.setdefault(number, {})[str(entry.title)] = level

    try:
        gather(reader.outline, 1)
    except Exception:  # headings are told from the lines then
        return {}
    return found


def _title(reader: PdfReader) -> str:
    try:
        title = " ".join(str(reader.metadata.title or "").split()) if reader.metadata else ""
    except Exception:  # the first line serves
        return ""
    return "" if title.lower().startswith(_NO_TITLE) else title[:200]


def _broken(path: Path, error: Exception) -> InputError:
    return InputError(
        f"not a whole PDF: {str(error)[:200] or type(error).__name__}",
        where=str(path),
        expected="a PDF that viewers open",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """pypdf tells of each oddity of a file on the log: thousands of lines."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
