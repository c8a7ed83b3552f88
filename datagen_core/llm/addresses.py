"""What the address of an endpoint may look like, and whether it is this machine's or its own network's."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_address(url: str) -> bool:
    """Whether it is http(s) with a host and holds no user, password, query or fragment."""
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return is_whole and not (parts.username or parts.password or parts.query or parts.fragment)


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's."""
    host = host_of(url)
    return host in ("localhost", "::1", "0.0.0.0") or host.startswith("127.")  # noqa: S104 (compared)


def is_private(url: str) -> bool:
    """Whether an address is this machine's or its own network's: a name without a dot, .local, a private number."""
    host = host_of(url)
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(".local"))


def host_of(url: str) -> str:
    """The host of an address, which may lack its scheme; nothing where there is none."""
    try:
        return urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
