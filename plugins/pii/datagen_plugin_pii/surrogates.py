"""Invented values of the shape of a real one: the same value and salt, the same surrogate; they belong to nobody."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Callable, Mapping, Sequence

from datagen_plugin_pii.config import SearchConfig
from datagen_plugin_pii.detector import Detector
from datagen_plugin_pii.finding import Finding
from datagen_plugin_pii.reserved import NETWORKS

MAX_DRAWS = 20
"""A draw holds a right checksum of some register by chance at most once in ten times."""
AREAS = (
    *("202", "212", "303", "312", "404", "415", "503", "512"),
    *("602", "612", "702", "713", "804", "808", "901", "907"),
)
_AT, _DOT = (re.compile(rf" ?[\[({{<] ?{word} ?[\])}}>] ?") for word in ("at", r"(?:dot|\.)"))
_EXTENSION = re.compile(r"[ ,;]{0,2}(?:x|ext|#).*$", re.IGNORECASE)


class Digits:
    """As many characters as are asked for, decided by a value, its kind, the salt and the draw (keyed BLAKE2b)."""

    def __init__(self, kind: str, value: str, salt: str, draw: int = 0) -> None:
        key = hashlib.blake2b(salt.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        text = f"{kind}|{draw}|{value}".encode("utf-8", "surrogatepass")
        self._key = hashlib.blake2b(text, key=key, digest_size=32).digest()
        self._block, self._left = 0, b""

    def below(self, n: int) -> int:
        """A number from 0 to n − 1; n is at most 65,536."""
        if len(self._left) < 4:
            self._left = hashlib.blake2b(self._block.to_bytes(8, "big"), key=self._key).digest()
            self._block += 1
        drawn, self._left = int.from_bytes(self._left[:4], "big"), self._left[4:]
        return drawn % n

    def of(self, alphabet: str, n: int) -> str:
        """n characters of an alphabet."""
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(n))

    def shaped(self, shape: str) -> str:
        """Each digit another digit, each letter another of its case; the rest as it is."""
        return "".join(map(self._other, shape))

    def _other(self, character: str) -> str:
        for alphabet in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
            if character in alphabet:
                return self.of(alphabet, 1)
        return self.of(string.ascii_lowercase, 1) if character.isalpha() else character


class Surrogates:
    """Invents values; a draw in which something is found by these options is drawn again."""

    def __init__(self, config: SearchConfig, languages: Sequence[str], salt: str) -> None:
        lenient = {"allow_reserved": True, "detector": "patterns", "allow": ()}
        self._detector, self._salt = Detector(config.model_copy(update=lenient), languages), salt

    def of(self, one: Finding) -> str:
        """What takes the place of a finding: letters' case, spaces and punctuation of the value don't decide it."""
        made = ""
        for draw in range(MAX_DRAWS):
            made = _MAKERS[one.kind](one.value, Digits(one.kind, identity(one), self._salt, draw))
            if not self._detector.find(made):
                break
        return made


def identity(one: Finding) -> str:
    """What makes two findings the same value."""
    if one.kind == "SECRET":
        return one.value
    if one.kind == "PHONE":
        return re.sub("[^0-9+]", "", _EXTENSION.sub("", one.value))
    if one.kind in ("CREDIT_CARD", "IBAN", "US_SSN", "MAC", "NATIONAL_ID", "PASSPORT"):
        return re.sub(r"[\W_]", "", one.value).upper()
    if one.kind == "EMAIL":
        return _DOT.sub(".", _AT.sub("@", one.value.casefold()))
    return one.value if one.kind == "CRYPTO" else " ".join(one.value.casefold().split())


def _email(value: str, digits: Digits) -> str:
    return f"user-{digits.of('0123456789abcdef', 10)}@example.org"


def _phone(value: str, digits: Digits) -> str:
    """555-0100 to 555-0199 in the North American form; +999, or 000 at the start, in any other."""
    number = _EXTENSION.sub("", value)
    plain = re.sub("[^0-9]", "", number)
    if re.fullmatch(r"(?:\+?1[^0-9]{0,2})?\(?[2-9][0-9]{2}\)?[^0-9]{0,2}[0-9]{3}[^0-9]?[0-9]{4}", number):
        made = f"{'1' * (len(plain) - 10)}{AREAS[digits.below(len(AREAS))]}55501{digits.of('0123456789', 2)}"
    else:
        made = ("999" if number.lstrip(" (").startswith("+") else "000") + digits.of(
            "0123456789", len(plain) - 3
        )
    return _filled(number, made)


def _card(value: str, digits: Digits) -> str:
    """As long, in the same groups, from 000 (no issuer), with a wrong Luhn digit."""
    from stdnum import luhn

    made = "000" + digits.of("0123456789", sum(map(str.isdigit, value)) - 4)
    wrong = (int(luhn.calc_check_digit(made)) + 1 + digits.below(9)) % 10
    return _filled(value, f"{made}{wrong}")


def _iban(value: str, digits: Digits) -> str:
    """The same country, then 00 or 01 (check digits are 02 to 98), whichever the remainder shows to be wrong."""
    from stdnum import iban

    account = _number(value[4:], digits)
    right = iban.calc_check_digits(re.sub(r"[\W_]", "", f"{value[:2]}00{account}"))
    return f"{value[:2]}{'01' if right == '97' else '00'}{account}"


def _ssn(value: str, digits: Digits) -> str:
    """Of area 9, which isn't given out, and of a group that no taxpayer number has."""
    numbers = "0123456789"
    made = f"9{digits.of(numbers, 2)}{digits.of('01234', 1)}{digits.of(numbers, 5)}"
    return _filled(value, made)


def _ip(value: str, digits: Digits) -> str:
    if ":" in value:
        return "2001:db8:" + ":".join(digits.of("0123456789abcdef", 4) for _ in range(6))
    network = NETWORKS[digits.below(3)]
    return str(network[1 + digits.below(254)])


def _mac(value: str, digits: Digits) -> str:
    return _filled(value, "00005E0053" + digits.of("0123456789ABCDEF", 2))


def _wallet(value: str, digits: Digits) -> str:
    if value.startswith("0x"):
        return "0x" + "0" * 24 + digits.of("0123456789abcdef", 16)
    return value[:3] + digits.of("0", 1) + digits.of("023456789acdefghjk", len(value) - 4)


def _secret(value: str, digits: Digits) -> str:
    return "EXAMPLE" + digits.of(string.ascii_lowercase + string.digits, max(8, min(len(value), 64) - 7))


def _url(value: str, digits: Digits) -> str:
    scheme = value.partition("://")[0] + "://" if "://" in value else "www."
    return f"{scheme}example.org/{digits.of('0123456789abcdef', 10)}"


def _domain(value: str, digits: Digits) -> str:
    return f"host-{digits.of('0123456789abcdef', 10)}.example.org"


def _number(value: str, digits: Digits) -> str:
    """As long, its first three digits 000, which no document and no register has."""
    made = digits.shaped("".join(filter(str.isalnum, value)))
    zeros = iter("000")
    return _filled(value, "".join(next(zeros, c) if c.isdigit() else c for c in made))


def _words(value: str, digits: Digits) -> str:
    return f"Name {digits.of(string.ascii_uppercase, 4)}"


def _place(value: str, digits: Digits) -> str:
    return f"Place {digits.of(string.ascii_uppercase, 4)}"


def _filled(shape: str, characters: str) -> str:
    """The letters and digits of a shape replaced in order; the rest as it is."""
    given = iter(characters)
    return "".join(next(given, "") if character.isalnum() else character for character in shape)


_MAKERS: Mapping[str, Callable[[str, Digits], str]] = {
    "EMAIL": _email,
    "PHONE": _phone,
    "CREDIT_CARD": _card,
    "IBAN": _iban,
    "US_SSN": _ssn,
    "IP": _ip,
    "MAC": _mac,
    "CRYPTO": _wallet,
    "SECRET": _secret,
    "URL": _url,
    "DOMAIN": _domain,
    "PASSPORT": _number,
    "NATIONAL_ID": _number,
    "PERSON": _words,
    "LOCATION": _place,
}
