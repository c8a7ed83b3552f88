"""Card numbers, IBANs, social security numbers and national numbers: a form, and a checksum that confirms it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import chain

from stdnum import iban, luhn
from stdnum.us import ssn

from datagen_plugin_pii.finding import Finding

_ALONE, _ENDS = r"(?<![0-9A-Za-z_.+])(?<![0-9]-)", r"(?![0-9A-Za-z_]|[-.][0-9])"
_CARDS = tuple(
    re.compile(rf"{_ALONE}(?=({form}){_ENDS})")
    for form in (
        "[1-6][0-9]{11,18}",
        "[1-6][0-9]{3}([ -])[0-9]{4}\\2[0-9]{4}\\2[0-9]{1,4}",
        "[1-6][0-9]{3}([ -])[0-9]{4}\\2[0-9]{4}\\2[0-9]{4}\\2[0-9]{1,3}",
        "[1-6][0-9]{3}([ -])[0-9]{6}\\2[0-9]{4,5}",
    )
)
"""Bare, or in the groups that cards show; tried at each place, for a number may stand before."""
_ISSUERS = re.compile(
    "4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    "|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    "|3[47][0-9]{13}"  # American Express
    "|3(?:0[0-59]|[689][0-9])[0-9]{11,16}"  # Diners Club
    "|6(?:011|4[4-9][0-9]|5[0-9]{2}|2[0-9]{2}|0[0-9]{2}|8[0-9]{2})[0-9]{12,15}"  # Discover, UnionPay, RuPay
    "|35[0-9]{14,17}|(?:1800|2131)[0-9]{11}"  # JCB, which begins with 3528 to 3589 in truth
    "|(?:5018|5020|5038|5893|6304|6759|676[1-3])[0-9]{8,15}"  # Maestro
)
_IBAN = re.compile(
    r"(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,4})?"
)
_MIN_IBAN, _MAX_IBAN = 15, 34
_APART, _SEPARATORS = re.compile("(?![A-Za-z0-9])"), re.compile("[ -]")
_SSN = re.compile(rf"{_ALONE}(?!000|666|9)[0-9]{{3}}([ -]?)(?!00)[0-9]{{2}}\1(?!0000)[0-9]{{4}}{_ENDS}")
_SAYS_SSN = re.compile(r"\bssns?\b|social.{0,2}security", re.IGNORECASE)
_BEFORE_CHARS = 40

_NATIONAL: Mapping[str, Sequence[tuple[str, str]]] = {
    "BR": (("stdnum.br.cpf", r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}-?[0-9]{2}"),),
    "CN": (("stdnum.cn.ric", r"[0-9]{17}[0-9Xx]"),),
    "ES": (("stdnum.es.dni", r"[0-9]{8}-?[A-Za-z]"), ("stdnum.es.nie", r"[XYZxyz]-?[0-9]{7}-?[A-Za-z]")),
    "FI": (("stdnum.fi.hetu", r"[0-9]{6}[-+A-FU-Ya-fu-y][0-9]{3}[0-9A-Za-z]"),),
    "FR": (
        (
            "stdnum.fr.nir",
            r"[1-478] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9ABab] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
        ),
    ),
    "IN": (("stdnum.in_.aadhaar", r"[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}"),),
    "IT": (
        (
            "stdnum.it.codicefiscale",
            r"[A-Za-z]{6}[0-9L-Vl-v]{2}[A-Za-z][0-9L-Vl-v]{2}[A-Za-z][0-9L-Vl-v]{3}[A-Za-z]",
        ),
    ),
    "PL": (("stdnum.pl.pesel", r"[0-9]{11}"),),
    "SE": (("stdnum.se.personnummer", r"(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}"),),
}
"""Country → the modules of python-stdnum that check its numbers, and the forms that they are written in."""


def cards(text: str) -> Iterator[Finding]:
    """Numbers of a length and start that an issuer gives out, with a right Luhn digit."""
    for match in chain.from_iterable(form.finditer(text) for form in _CARDS):
        digits = _SEPARATORS.sub("", match[1])
        if _ISSUERS.fullmatch(digits) and luhn.is_valid(digits):
            yield Finding("CREDIT_CARD", *match.span(1), match[1])


def ibans(text: str) -> Iterator[Finding]:
    """IBANs in either case, in groups or not; the checksum and the country's form are right."""
    for match in _IBAN.finditer(text):
        whole, start = match[0], match.start()
        for length in range(len(whole), _MIN_IBAN - 1, -1):
            apart = _APART.match(text, start + length)
            if apart and _is_iban(whole[:length]):
                yield Finding("IBAN", start, start + length, whole[:length])
                break


def _is_iban(value: str) -> bool:
    chars = _SEPARATORS.sub("", value)
    if not (_MIN_IBAN <= len(chars) <= _MAX_IBAN and value[-1].isalnum()):
        return False
    remainder = int("".join(str(int(c, 36)) for c in chars[4:] + chars[:4])) % 97
    return remainder == 1 and iban.is_valid(chars, check_country=False)


def social_security_numbers(text: str) -> Iterator[Finding]:
    """US numbers that can have been given out; without separators only behind words that say so."""
    for match in _SSN.finditer(text):
        said = match[1] or _SAYS_SSN.search(text, max(0, match.start() - _BEFORE_CHARS), match.start())
        if said and ssn.is_valid(re.sub(" ", "-", match[0])):
            yield Finding("US_SSN", *match.span(), match[0])


class NationalNumbers:
    """Numbers of some countries' registers."""

    def __init__(self, countries: Sequence[str]) -> None:
        forms = [form for country in dict.fromkeys(countries) for form in _NATIONAL[country]]
        self._forms: list[tuple[re.Pattern[str], Callable[[str], bool]]] = [
            (re.compile(_ALONE + pattern + _ENDS), import_module(name).is_valid) for name, pattern in forms
        ]

    def __call__(self, text: str) -> Iterator[Finding]:
        """Those of a right form and checksum."""
        for pattern, is_valid in self._forms:
            for match in pattern.finditer(text):
                if is_valid(match[0]):
                    yield Finding("NATIONAL_ID", *match.span(), match[0])


_PASSPORT = re.compile(
    r"(?:passport|reisepass|passeport|pasaporte|passaporto|護照|护照|paszport|паспорт)[^\n0-9]{0,30}?(?<![0-9A-Za-z])"
    r"([A-Za-z]{0,2}[0-9]{6,9}[A-Za-z]?)(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def passports(text: str) -> Iterator[Finding]:
    """What stands behind a word for a passport and is written as its numbers are; there is no checksum."""
    return (Finding("PASSPORT", *match.span(1), match[1]) for match in _PASSPORT.finditer(text))
