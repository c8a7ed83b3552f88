"""Phone numbers: what is written like one, and is one by the numbering plans (the library phonenumbers)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata

from datagen_core.errors import InputError
from datagen_plugin_pii.config import Leniency
from datagen_plugin_pii.finding import Finding

USUAL_REGIONS = ("US", "GB", "DE", "FR", "IN", "BR")
REGIONS_OF: Mapping[str, tuple[str, ...]] = {
    "ar": ("EG", "SA", "AE", "MA"),
    "cs": ("CZ",),
    "da": ("DK",),
    "de": ("DE", "AT", "CH"),
    "el": ("GR", "CY"),
    "en": ("US", "GB", "AU", "IN"),
    "es": ("ES", "MX", "AR", "CO"),
    "fi": ("FI",),
    "fr": ("FR", "BE", "CH"),
    "he": ("IL",),
    "hi": ("IN",),
    "hu": ("HU",),
    "id": ("ID",),
    "it": ("IT", "CH"),
    "ja": ("JP",),
    "ko": ("KR",),
    "nl": ("NL", "BE"),
    "no": ("NO",),
    "pl": ("PL",),
    "pt": ("BR", "PT"),
    "ro": ("RO",),
    "ru": ("RU",),
    "sv": ("SE",),
    "th": ("TH",),
    "tr": ("TR",),
    "uk": ("UA",),
    "vi": ("VN",),
    "zh": ("CN", "HK", "TW"),
}
"""Language → countries whose numbers are likely in it; of a language that isn't here, none."""
MIN_DIGITS, MAX_DIGITS, MIN_MOBILE_DIGITS = 7, 15, 11
_CANDIDATE = re.compile(
    r"(?<![0-9A-Za-z_+@#$€£¥%./])(?<![0-9][-(:,])(?<!<<)"
    r"\(?(?:\+ ?)?\(?[0-9](?:[ ()./-]{0,3}[0-9]){6,19}(?:[ ,;]{0,2}(?:x|ext\.?|extension|#)[ ]?[0-9]{1,6})?"
    r"(?![0-9A-Za-z_%€£$]| ?[=*×÷])",
    re.IGNORECASE,
)
_BEFORE, _AFTER = re.compile("[0-9] "), re.compile(" [0-9]")
_GROUP = re.compile("[0-9]+")
_TOKEN = re.compile(r"[^ ]+")
_ABROAD = re.compile(r"\(?(?:\+|00|011[ -])[ (]{0,2}(?=[1-9])")
_EXTENSION = re.compile(r"[ ,;]{0,2}(?:x|ext\.?|extension|#)[ ]?[0-9]{1,6}$", re.IGNORECASE)
_NO_PHONE = re.compile(
    r"[0-9]{4}[-/. ](?:0?[1-9]|1[0-2])[-/. ](?:0?[1-9]|[12][0-9]|3[01])(?: .*)?"  # 2023-10-05
    r"|(?:0?[1-9]|[12][0-9]|3[01])[-/. ](?:0?[1-9]|[12][0-9]|3[01])[-/. ][0-9]{4}(?: .*)?"  # 05/10/2023
    r"|(?:19|20)[0-9]{2} ?[-/ ] ?(?:19|20)[0-9]{2}"  # 1990-1999
    r"|[0-9]+\.[0-9]+|(?:[0-9]{1,3}\.){3}[0-9]{1,3}"  # 3.1415926, an address
    r"|97[89][- ].*"  # an ISBN
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?: [0-9]{3}){2,}")
_FORM = re.compile(
    r"(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-.])[2-9][0-9]{2}[-.][0-9]{4}"  # (415) 555-2671
    r"|0?[0-9]{1,2}([-.])[0-9]{2}(?:\1[0-9]{2}){2,3}"  # 01.23.45.67.89, 71-33-52-22
    r"|\(?0[1-9][0-9]{1,3}\)?(?:[ /.-]{1,3}[0-9]{2,8}){1,4}"  # 0494 92 82 32
)
"""How numbers without a country are written, and little else is."""
_PAIRS = re.compile(r"[0-9]{2}([-. ])[0-9]{2}(?:\1[0-9]{2}){2}")
MIN_DIGITS_ALONE = 9
"""Fewer, other than in pairs, may be a range or a sum, and are a number only beside a word for one."""
_WORD = re.compile(
    r"phone|\btel\b|mobile|\bcell|\bcall(?:s|ed|ing)?\b|\bdial|\bfax|\bring\b|reach me|\bsms\b"
    r"|\btext(?:ed)? (?:me|us)\b"
    r"|whatsapp|hotline|landline|voicemail|answering|messages? (?:to|at)\b|my number|contact"
    r"|telefon|handy|mobil|anruf|téléphone|appele|portable|teléfono|móvil|llám|llama|cellulare|celular|ligue|puhelin"
    r"|телефон|\bтел\b|звон|手机|手機|电话|電話|携帯|전화|휴대|هاتف|جوال|اتصل|טלפון|फ़ोन|फोन|मोबाइल|โทร|điện thoại"
)
"""In lower case."""
NEAR_CHARS = 30


def regions_for(languages: Sequence[str]) -> tuple[str, ...]:
    """The countries that numbers without one are tried for: those of the languages first."""
    own = [region for code in languages for region in REGIONS_OF.get(code.split("-")[0].lower(), ())]
    return tuple(dict.fromkeys([*own, *USUAL_REGIONS]))


class Phones:
    """The phone numbers of texts.

    A number with its country counts where it is valid. One without counts where it is valid in one of the regions and
    either a word for phones stands near it, or it is in a form that numbers have (or grouped as the region groups it),
    or it is a mobile number of 11 digits or more. With leniency `possible` those count as well that are only of a right
    length and with their country, in such a form, or near such a word.

    Args:
        regions: ISO codes of countries.

    Raises:
        InputError: a region without phone numbers.
    """

    def __init__(self, leniency: Leniency, regions: Sequence[str]) -> None:
        self._is_lenient = leniency == "possible"
        self._plans = tuple(NumberingPlan(code) for code in regions)

    def __call__(self, text: str, is_free: Callable[[int, int], bool], named: str = "") -> Iterator[Finding]:
        """Those at places that are free; `named` is what the text is called, such as `fields.phone`."""
        words = Words(text, named)
        for match in _CANDIDATE.finditer(text):
            begin, end = match.span()
            in_row = (begin >= 2 and _BEFORE.match(text, begin - 2)) or _AFTER.match(text, end)
            if in_row and not words.are_near(begin, end):
                continue
            for start, stop in _readings(match):
                if is_free(start, stop) and self._is_phone(text[start:stop], start, stop, words):
                    yield Finding("PHONE", start, stop, text[start:stop])
                    break

    def _is_phone(self, found: str, start: int, end: int, words: Words) -> bool:
        number = _EXTENSION.sub("", found)
        digits = "".join(filter(str.isdigit, number))
        if not MIN_DIGITS <= len(digits) <= MAX_DIGITS + 3:
            return False
        abroad = _ABROAD.match(number)
        if abroad:
            return self._is_abroad("+" + number[abroad.end() :])
        if len(digits) > MAX_DIGITS or _NO_PHONE.fullmatch(number):
            return False
        if words.are_near(start, end):
            return self._is_lenient or any(plan.has(digits) for plan in self._plans)
        if number == digits:
            return len(digits) >= MIN_MOBILE_DIGITS and any(plan.has_mobile(digits) for plan in self._plans)
        if len(digits) < MIN_DIGITS_ALONE and not _PAIRS.fullmatch(number):
            return False
        if _FORM.fullmatch(number):
            return self._is_lenient or any(plan.has(digits) for plan in self._plans)
        if _THOUSANDS.fullmatch(number):
            return False
        return any(plan.has(digits) and plan.groups(digits, number) for plan in self._plans)

    def _is_abroad(self, number: str) -> bool:
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return False
        fits = phonenumbers.is_possible_number if self._is_lenient else phonenumbers.is_valid_number
        return fits(parsed)


class Words:
    """Where words for phones stand in a text."""

    def __init__(self, text: str, named: str) -> None:
        self._text, self._named = text, named

    def are_near(self, start: int, end: int) -> bool:
        """Whether one is at most 30 characters from `[start:end]`, or the text is called by one."""
        if self._is_named:
            return True
        at = bisect_left(self._ends, start - NEAR_CHARS)
        return at < len(self._ends) and self._starts[at] <= end + NEAR_CHARS

    @cached_property
    def _is_named(self) -> bool:
        return _WORD.search(self._named.lower()) is not None

    @cached_property
    def _spans(self) -> list[tuple[int, int]]:
        return [match.span() for match in _WORD.finditer(self._text.lower())]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self._spans]

    @cached_property
    def _ends(self) -> list[int]:
        return [end for _, end in self._spans]


class NumberingPlan:
    """What numbers a country has, from the library's metadata, compiled: parsing each candidate is 50 times slower."""

    def __init__(self, code: str) -> None:
        plan: Any = PhoneMetadata.metadata_for_region(code)
        if plan is None:
            raise InputError(
                f"{code!r} is no country with phone numbers",
                where="regions",
                expected="ISO 3166 codes such as US, GB, DE",
            )
        self.code = code
        prefix = plan.national_prefix_for_parsing or plan.national_prefix or ""
        self._before = f"(?:{plan.country_code})?(?:{prefix})?"
        kinds = [plan.fixed_line, plan.mobile, plan.toll_free, plan.premium_rate, plan.shared_cost]
        kinds += [plan.personal_number, plan.voip, plan.pager, plan.uan, plan.voicemail]
        self._any, self._mobile = self._compiled(kinds), self._compiled([plan.mobile])
        self._fixed = self._compiled([plan.fixed_line])

    def has(self, digits: str) -> bool:
        """Whether these are a valid number, with the national prefix or without."""
        return self._any.fullmatch(digits) is not None

    def has_mobile(self, digits: str) -> bool:
        """Whether they are that of a mobile phone and of nothing else."""
        return self._mobile.fullmatch(digits) is not None and not self._fixed.fullmatch(digits)

    def groups(self, digits: str, number: str) -> bool:
        """Whether a valid number is written in the groups that are usual."""
        try:
            parsed = phonenumbers.parse(digits, self.code)
        except phonenumbers.NumberParseException:
            return False
        usual = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return _GROUP.findall(usual) == _GROUP.findall(number)

    def _compiled(self, kinds: Sequence[Any]) -> re.Pattern[str]:
        forms = {kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern}
        return re.compile(f"{self._before}(?:{'|'.join(sorted(forms)) or '(?!)'})")


def _readings(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """The candidate as a whole, then without words at its end, then without a number of something else before it.

    What begins with `+` or 0 begins there: without its country a number is another one's.
    """
    begin, end = match.span()
    begin += match[0].startswith("(") and match[0].count("(") > match[0].count(")")
    yield begin, end
    tokens = [token.span() for token in _TOKEN.finditer(match.string, begin, end)]
    yield from ((begin, stop) for _, stop in tokens[-2::-1])
    if match.string[begin] in "123456789":
        yield from ((start, end) for start, _ in tokens[1:])
