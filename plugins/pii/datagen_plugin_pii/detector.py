"""The detector: all that looks for something in a text, and what of it counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from datagen_plugin_pii.addresses import domains, emails, ip_addresses, mac_addresses, urls, wallets
from datagen_plugin_pii.config import SearchConfig
from datagen_plugin_pii.finding import Claims, Finding
from datagen_plugin_pii.keys import named_secret, secrets
from datagen_plugin_pii.numbers_with_checksums import (
    NationalNumbers,
    cards,
    ibans,
    passports,
    social_security_numbers,
)
from datagen_plugin_pii.phones import Phones, regions_for
from datagen_plugin_pii.plain_text import PlainText
from datagen_plugin_pii.presidio import Presidio
from datagen_plugin_pii.reserved import is_reserved

_SEARCHES: Mapping[str, Callable[[str], Iterable[Finding]]] = {
    "EMAIL": emails,
    "IP": ip_addresses,
    "MAC": mac_addresses,
    "CRYPTO": wallets,
    "SECRET": secrets,
    "URL": urls,
    "DOMAIN": domains,
}
_OF_DIGITS: Mapping[str, Callable[[str], Iterable[Finding]]] = {
    "CREDIT_CARD": cards,
    "IBAN": ibans,
    "US_SSN": social_security_numbers,
    "PASSPORT": passports,
}
_SOME_DIGITS = re.compile(r"[0-9](?:[^0-9]{0,4}[0-9]){5}")
"""Six digits that are near one another: no number that is looked for has fewer."""


class Detector:
    """Finds what the options name. Linear in the length of a text; equal texts, equal findings.

    Raises:
        InputError: a region that has no phone numbers.
        PluginError: presidio is asked for and isn't installed, or its model isn't.
    """

    def __init__(self, config: SearchConfig, languages: Sequence[str]) -> None:
        self._config, self._languages = config, tuple(languages)
        by_patterns = config.detector != "presidio"
        self._searches = [_SEARCHES[kind] for kind in config.types if by_patterns and kind in _SEARCHES]
        self._of_digits = [_OF_DIGITS[kind] for kind in config.types if by_patterns and kind in _OF_DIGITS]
        if config.national_ids and by_patterns:
            self._of_digits.append(NationalNumbers(config.national_ids))
        self._phones = None
        if "PHONE" in config.types and by_patterns:
            self._phones = Phones(config.phone_leniency, config.regions or regions_for(languages))
        self._presidio = Presidio(config) if config.detector != "patterns" else None
        self._allowed = frozenset(value.casefold() for value in config.allow)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is compiled is compiled anew."""
        return type(self), (self._config, self._languages)

    def find(self, text: str, named: str = "") -> list[Finding]:
        """The findings in a text, in order, none touching another.

        Args:
            named: What the text is called, such as `fields.phone`: a word that tells what numbers are.
        """
        plain = PlainText.of(text)
        found = (
            Finding(one.kind, *plain.span(one.start, one.end), one.value)
            for one in self._claims(plain.text, named)
        )
        return [one for one in found if not self._may_stay(one)]

    def _claims(self, text: str, named: str) -> Sequence[Finding]:
        claims = Claims(chain(self._searched(text), self._called(text, named)))
        if self._phones is not None and _SOME_DIGITS.search(text):
            for phone in self._phones(text, claims.is_free, named):
                claims.take(phone)
        return claims.found

    def _searched(self, text: str) -> Iterator[Finding]:
        for search in self._searches:
            yield from search(text)
        if self._of_digits and _SOME_DIGITS.search(text):
            for search in self._of_digits:
                yield from search(text)
        if self._presidio is not None:
            yield from self._presidio(text)

    def _called(self, text: str, named: str) -> Iterable[Finding]:
        return named_secret(text, named) if secrets in self._searches else ()

    def _may_stay(self, one: Finding) -> bool:
        value = one.value.casefold()
        if self._config.allow_reserved and is_reserved(one):
            return True
        if not self._allowed:
            return False
        return value in self._allowed or any(part in self._allowed for part in _hosts(one))


def _hosts(one: Finding) -> Iterator[str]:
    """The host of an address and the domains above it."""
    if one.kind not in ("EMAIL", "URL", "DOMAIN"):
        return
    value = one.value.casefold()
    host = (
        value.rpartition("@")[2] if one.kind == "EMAIL" else re.split("[/?#:]", value.rpartition("://")[2])[0]
    )
    labels = host.split(".")
    yield from (".".join(labels[at:]) for at in range(len(labels)))
