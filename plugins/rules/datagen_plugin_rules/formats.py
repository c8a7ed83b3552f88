"""What a whole text can be asked to be: one predicate per format. None trims white space first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from urllib.parse import urlsplit

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")
_EMAIL_MAX_CHARS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f]")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def is_json(text: str) -> bool:
    """One JSON value (RFC 8259): `NaN` and `Infinity` are none. White space around it is part of JSON."""
    try:
        json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def is_number(text: str) -> bool:
    """A decimal number in ASCII digits: `-3`, `0.5`, `.5`, `1e-3`."""
    return _NUMBER.fullmatch(text) is not None


def is_integer(text: str) -> bool:
    """An integer in ASCII digits, with or without a sign."""
    return _INTEGER.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """An address as HTML's `<input type=email>` takes it, with at least one dot in the domain."""
    return len(text) <= _EMAIL_MAX_CHARS and _EMAIL.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """An absolute http, https or ftp address with a host, without white space."""
    if _SPACE_OR_CONTROL.search(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port  # reading the port checks it
    except ValueError:
        return False
    return parts.scheme in ("http", "https", "ftp") and all(host.removesuffix(".").split("."))


def is_date(text: str) -> bool:
    """A calendar day as `YYYY-MM-DD` that exists."""
    if _DATE.fullmatch(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_one_line(text: str) -> bool:
    """No line break, also not at the end."""
    return _LINE_BREAK.search(text) is None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


PREDICATES: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "json": is_json,
        "number": is_number,
        "integer": is_integer,
        "email": is_email,
        "url": is_url,
        "date": is_date,
        "identifier": str.isidentifier,
        "one-line": is_one_line,
    }
)
"""Format name → predicate; `identifier` is letters, digits and underscores, the first not a digit."""
