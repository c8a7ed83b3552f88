"""Secrets: keys of well-known services, private keys, passwords in addresses, and whatever is assigned to a key's name.

Forms of the services' keys as their documentation and public secret scanners (gitleaks, detect-secrets) have them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from datagen_plugin_pii.finding import Finding

_SERVICES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),  # AWS
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,255}"),  # GitHub
    (("github_pat_",), r"github_pat_[A-Za-z0-9_]{22,255}"),
    (("glpat-",), r"glpat-[A-Za-z0-9_-]{20,255}"),  # GitLab
    (("sk-",), r"sk-(?=[A-Za-z_-]{0,80}[0-9])[A-Za-z0-9_-]{20,300}"),  # OpenAI, Anthropic and the like
    (("AIza",), r"AIza[A-Za-z0-9_-]{35}"),  # Google
    (("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_-]{28}"),
    (("ya29.",), r"ya29\.[A-Za-z0-9_-]{20,500}"),
    (("xox",), r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),  # Slack
    (("xapp-",), r"xapp-[0-9]-[A-Za-z0-9-]{10,250}"),
    (("hooks.slack.com",), r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9+/]{20,100}"),
    (("_live_", "_test_"), r"[srp]k_(?:live|test)_[A-Za-z0-9]{10,250}"),  # Stripe
    (("whsec_",), r"whsec_[A-Za-z0-9+/=]{24,100}"),
    (("SG.",), r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),  # SendGrid
    (("hf_",), r"hf_[A-Za-z0-9]{34}"),  # Hugging Face
    (("npm_",), r"npm_[A-Za-z0-9]{36}"),
    (("pypi-",), r"pypi-[A-Za-z0-9_-]{50,500}"),
    (("dop_v1_",), r"dop_v1_[a-f0-9]{64}"),  # DigitalOcean
    (("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),  # Shopify
    ((":AA",), r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}"),  # Telegram
    (
        ("eyJ",),
        r"eyJ[A-Za-z0-9_-]{8,5000}\.eyJ[A-Za-z0-9_-]{8,5000}\.[A-Za-z0-9_-]{8,2000}",
    ),  # JSON Web Token
)
"""What a text must hold for a form to be looked for → the form."""
_FORMS = tuple((hints, re.compile(rf"(?<![A-Za-z0-9_]){form}(?![A-Za-z0-9_])")) for hints, form in _SERVICES)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[^-]{0,20000}-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----|[A-Za-z0-9+/=\s\\]{0,20000})"
)
_IN_ADDRESS = re.compile(r"(?<=://)[^\s/:@?#]{1,100}:([^\s/@?#]{1,200})(?=@[A-Za-z0-9.\[-])")
_ASSIGNED = re.compile(
    r"(?:(?P<password>passw(?:or)?d|passphrase|pwd|contraseña|passwort|mot de passe|密码|密碼|パスワード|пароль)"
    r"|api[ _-]?key|secret|token|credential|private[ _-]?key|access[ _-]?key"
    r"|account[ _-]?key|auth[ _-]?key)"
    r"[A-Za-z0-9_]{0,20}[\"'\]`]{0,2}[ \t]{0,3}(?:=>|:=|==?|:|：|is[ ]|->)[ \t]{0,3}(?:[Bb]earer )?[\"'`]?"
    r"(?P<value>[^\s\"'`,;<>(){}\[\]]{8,500})",
    re.IGNORECASE,
)
_NAMED = re.compile(
    "(?P<password>passw|passphrase|pwd)|(?:api|private|access|account|auth)[ _-]?key|secret|token|credential"
)
_NAMES = (
    *("key", "secret", "token", "passw", "passphrase", "pwd", "credential", "contraseña", "mot de passe"),
    *("密码", "密碼", "パスワード", "пароль"),
)
_STANDS_IN = re.compile(
    r"example|your|change.?me|placeholder|dummy|sample|redacted|xxx|\*\*\*|\.\.\.|^\$|\$[{(]|^%|environ|getenv"
    r"|process\.env|^(?:none|null|undefined|true|false)\b",
    re.IGNORECASE,
)
_CLASSES = tuple(map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9]")))
MIN_PASSWORD_CHARS, MIN_KEY_CHARS = 8, 16
MIN_BITS = 2.5
"""Per character: `hunter2hunter2` has 2.8, `aaaa1111` 1.0."""


def secrets(text: str) -> Iterator[Finding]:
    """Keys, private keys, passwords."""
    for hints, form in _FORMS:
        if any(hint in text for hint in hints):
            yield from (Finding("SECRET", *match.span(), match[0]) for match in form.finditer(text))
    if "PRIVATE KEY" in text:
        yield from (Finding("SECRET", *match.span(), match[0]) for match in _PRIVATE_KEY.finditer(text))
    if "://" in text:
        yield from _in_addresses(text)
    lowered = text.lower()
    if not any(name in lowered for name in _NAMES):
        return
    for match in _ASSIGNED.finditer(text):
        value, start = match["value"].rstrip(".!?:"), match.start("value")
        if _is_secret(value, MIN_PASSWORD_CHARS if match["password"] else MIN_KEY_CHARS):
            yield Finding("SECRET", start, start + len(value), value)


def named_secret(text: str, named: str) -> Iterator[Finding]:
    """A text that is a secret by its characters and by what it is called, such as `fields.api_key`."""
    match = _NAMED.search(named.rpartition(".")[2].lower())
    if match is None or any(map(str.isspace, text)):
        return
    if _is_secret(text, MIN_PASSWORD_CHARS if match["password"] else MIN_KEY_CHARS):
        yield Finding("SECRET", 0, len(text), text)


def _in_addresses(text: str) -> Iterator[Finding]:
    """Passwords of `scheme://user:password@host`."""
    for match in _IN_ADDRESS.finditer(text):
        if not _STANDS_IN.search(match[1]) and match[1] not in ("password", "pass", "secret"):
            yield Finding("SECRET", *match.span(1), match[1])


def _is_secret(value: str, min_chars: int) -> bool:
    """Whether it is of mixed characters, a digit among them, and doesn't stand in for a secret."""
    if len(value) < min_chars or _STANDS_IN.search(value) or not _CLASSES[2].search(value):
        return False
    kinds = sum(bool(pattern.search(value)) for pattern in _CLASSES)
    return kinds >= 2 and bits_per_character(value) >= MIN_BITS


def bits_per_character(text: str) -> float:
    """Shannon entropy of its characters, 0 for one that repeats."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
