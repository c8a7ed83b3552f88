"""What the address of an endpoint may look like, and whether it is this machine's or its own network's."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LOCAL_NAME = re.compile(r"[a-z][a-z0-9-]*(\.local)?", re.IGNORECASE | re.ASCII)
"""A name without a dot, or under .local; a number in any notation is no name."""


def is_address(url: str) -> bool:
    """Whether it is http(s) with a host and holds no user, password, query or fragment."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        is_whole = is_whole and (parts.hostname or "").isascii()  # what else would be read as another host
    except ValueError:
        return False
    return is_whole and not (parts.username or parts.password or parts.query or parts.fragment)


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's."""
    host = host_of(url)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def is_private(url: str) -> bool:
    """Whether an address is this machine's or its own network's: a name without a dot, .local, a private number."""
    host = host_of(url)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return _LOCAL_NAME.fullmatch(host) is not None


def host_of(url: str) -> str:
    """The host of an address, which may lack its scheme; nothing where there is none."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
