"""Addresses of people, machines and purses on networks: e-mail, IP, MAC, URL, host, wallet."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from stdnum import bitcoin

from datagen_plugin_pii.finding import Finding

_LETTERS = "A-Za-z\u00c0-\u024f\u0370-\u052f\u0590-\u05ff\u0620-\u064a"
"""Of scripts with spaces between words: in others an address can't be told from the words before it."""
_LOCAL = rf"[{_LETTERS}0-9_%+'-]{{1,64}}"
_AT = r"(?:@|[ ]?[\[({<][ ]?at[ ]?[\])}>][ ]?)"
_DOT = r"(?:\.|[ ]?[\[({<][ ]?(?:dot|\.)[ ]?[\])}>][ ]?)"
_HOST = rf"[{_LETTERS}0-9](?:[{_LETTERS}0-9-]{{0,61}}[{_LETTERS}0-9])?"
_TOP = rf"(?:xn--[a-z0-9-]{{2,59}}|[{_LETTERS}]{{2,24}})"
_EMAIL = re.compile(
    rf"(?<![{_LETTERS}0-9_%+'-]){_LOCAL}(?:{_DOT}{_LOCAL}){{0,8}}{_AT}(?:{_HOST}{_DOT}){{1,8}}{_TOP}(?![{_LETTERS}0-9])",
    re.IGNORECASE,
)
_MAY_BE_EMAIL = re.compile(r"@|[\[({<][ ]?at[ ]?[\])}>]", re.IGNORECASE)
_IPV4 = re.compile(
    r"(?<![0-9A-Za-z_.])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![0-9A-Za-z_]|[.-][0-9]{1,3}(?!\.)|-[A-Za-z])"
)
_IPV6 = re.compile(
    r"(?<![0-9A-Za-z_:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|[0-9.]{7,15})?(?![0-9A-Za-z_:])"
)
_SAYS_VERSION = re.compile(r"(?:\bv|\bver\.?|version|release|section|chapter|clause)\W{0,3}$", re.IGNORECASE)
_MAC = re.compile(
    r"(?<![0-9A-Za-z_:-])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})"
    r"(?![0-9A-Za-z_:-])"
)
_URL = re.compile(
    r"(?<![A-Za-z0-9])(?:https?|ftp)://[^\s<>\"'`]{3,2000}|(?<![A-Za-z0-9.@/-])www\.[^\s<>\"'`]{3,2000}",
    re.IGNORECASE,
)
_AFTER_URL = ".,;:!?)]}'\"»”。，、）"
_DOMAIN = re.compile(
    r"(?<![A-Za-z0-9@_.-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}"
    r"(?:com|org|net|edu|gov|mil|int|info|biz|name|pro|io|ai|app|dev|cloud|shop|online|site|tech|store|blog|me|tv|co|eu"
    r"|us|uk|de|fr|it|es|nl|be|ch|at|se|no|fi|dk|pt|gr|cz|hu|ro|ie|ru|ua|tr|il|in|cn|jp|kr|tw|hk|sg|au|nz|ca|br|mx|ar"
    r"|cl|za|xyz)(?![A-Za-z0-9_-]|\.[a-z0-9])",
    re.IGNORECASE,
)
_BASE58 = re.compile(
    r"(?<![0-9A-Za-z])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{11,71})(?![0-9A-Za-z])"
)
_ETHEREUM = re.compile(r"(?<![0-9A-Za-z])0x[0-9A-Fa-f]{40}(?![0-9A-Za-z])")


def emails(text: str) -> Iterator[Finding]:
    """Addresses, also as `name [at] host [dot] org`."""
    if not _MAY_BE_EMAIL.search(text):
        return
    for match in _EMAIL.finditer(text):
        value = match[0].lstrip("'%-")
        yield Finding("EMAIL", match.end() - len(value), match.end(), value)


def ip_addresses(text: str) -> Iterator[Finding]:
    """Of either version; neither the own machine's nor none's (127.0.0.1, 0.0.0.0, ::1), and no version numbers.

    What could be a slice (`::2`, `1::2`) isn't one of version 6.
    """
    for match in _IPV4.finditer(text):
        if not _SAYS_VERSION.search(text, max(0, match.start() - 12), match.start()) and _is_host(match[0]):
            yield Finding("IP", *match.span(), match[0])
    if "::" not in text and text.count(":") < 7:
        return
    for match in _IPV6.finditer(text):
        groups = [group for group in match[0].split(":") if group]
        is_slice = len(groups) < 2 or (len(groups) == 2 and len(groups[0]) < 4)
        if not is_slice and any(map(str.isdigit, match[0])) and _is_host(match[0]):
            yield Finding("IP", *match.span(), match[0])


def mac_addresses(text: str) -> Iterator[Finding]:
    """With colons, hyphens, or in Cisco's groups of four; not all zeros or all ones."""
    for match in _MAC.finditer(text):
        if len(set(re.sub("[^0-9a-f]", "", match[0].lower()))) > 1:
            yield Finding("MAC", *match.span(), match[0])


def wallets(text: str) -> Iterator[Finding]:
    """Bitcoin addresses with a right checksum, and Ethereum's."""
    for match in _BASE58.finditer(text):
        if bitcoin.is_valid(match[0]):
            yield Finding("CRYPTO", *match.span(), match[0])
    if "0x" in text:
        yield from (Finding("CRYPTO", *match.span(), match[0]) for match in _ETHEREUM.finditer(text))


def urls(text: str) -> Iterator[Finding]:
    """Web addresses, without the punctuation behind them."""
    for match in _URL.finditer(text):
        value = match[0].rstrip(_AFTER_URL)
        yield Finding("URL", match.start(), match.start() + len(value), value)


def domains(text: str) -> Iterator[Finding]:
    """Names of hosts under common top-level domains."""
    return (Finding("DOMAIN", *match.span(), match[0]) for match in _DOMAIN.finditer(text))


def _is_host(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_unspecified or address == "255.255.255.255")
