"""Values set aside for examples, by standards or by `redact`: they belong to nobody."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

from datagen_plugin_pii.finding import Finding

NETWORKS = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    )
)
"""RFC 5737, 3849, 9637."""
MAC_PREFIX = "00005e0053"
"""RFC 7042."""
_HOST = re.compile(
    r"(?:^|[@.])(?:example\.(?:com|net|org|edu)|(?:[^@.]+\.)?(?:example|test|invalid|localhost))$"
)
"""RFC 2606, 6761."""
FICTION = re.compile(r"(?:1?[0-9]{3})?55501[0-9]{2}")
"""555-0100 to 555-0199, which the North American plan keeps for fiction."""
NOBODYS_SSN = re.compile("9[0-9]{2}[ -]?[0-4][0-9][ -]?[0-9]{4}")
"""Neither given out nor a taxpayer's; it may look like a phone number to a lenient eye."""
NOBODY = re.compile(r"999|000")
"""No country has +999, and no national number begins with 000."""


def is_reserved(one: Finding) -> bool:
    """Whether a value belongs to nobody: where it isn't known, it belongs to somebody."""
    known = _KNOWN.get(one.kind)
    return known is not None and known(one.value)


def _in_network(value: str) -> bool:
    address = ipaddress.ip_address(value)
    return any(address in network for network in NETWORKS)


def _has_reserved_host(value: str) -> bool:
    host = re.split("[/?#:]", value.casefold().rpartition("://")[2])[0]
    return _HOST.search(host) is not None


def _is_fiction(value: str) -> bool:
    digits = re.sub("[^0-9]", "", re.split("[xXe#]", value)[0])
    if NOBODYS_SSN.fullmatch(value):
        return True
    return FICTION.fullmatch(digits) is not None or NOBODY.match(digits) is not None


_KNOWN: Mapping[str, Callable[[str], bool]] = {
    "EMAIL": _has_reserved_host,
    "URL": _has_reserved_host,
    "DOMAIN": _has_reserved_host,
    "IP": _in_network,
    "MAC": lambda value: re.sub("[^0-9a-f]", "", value.lower()).startswith(MAC_PREFIX),
    "PHONE": _is_fiction,
    "CRYPTO": lambda value: re.match("0x0{24}", value) is not None,
    "SECRET": lambda value: "EXAMPLE" in value,
    "PASSPORT": lambda value: re.match("[^0-9]*000", value) is not None,
    "NATIONAL_ID": lambda value: re.match("[^0-9]*0[^0-9]*0[^0-9]*0", value) is not None,
}
