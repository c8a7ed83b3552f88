"""Options: what is looked for and where, what may stay, and what takes its place."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import Field, model_validator

from datagen_core.config import Config

Kind: TypeAlias = Literal[
    "EMAIL",
    "PHONE",
    "CREDIT_CARD",
    "IBAN",
    "US_SSN",
    "IP",
    "MAC",
    "CRYPTO",
    "SECRET",
    "URL",
    "DOMAIN",
    "PASSPORT",
    "NATIONAL_ID",
    "PERSON",
    "LOCATION",
]
"""What can be found. NATIONAL_ID goes by `national_ids`; PERSON and LOCATION take a model of presidio's."""
USUAL: tuple[Kind, ...] = get_args(Kind)[:9]
"""Those that are looked for where a recipe names none."""
BY_MODEL: frozenset[str] = frozenset({"PERSON", "LOCATION"})
Country: TypeAlias = Literal["BR", "CN", "ES", "FI", "FR", "IN", "IT", "PL", "SE"]
"""Countries whose national numbers have a checksum or a form that hardly anything else has."""
Leniency: TypeAlias = Literal["valid", "possible"]
NonEmpty: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"\S")]
Part: TypeAlias = Annotated[
    str, Field(pattern=r"^(?:input|response|messages|reasoning|tools|fields(?:\..+)?)$")
]
Region: TypeAlias = Annotated[str, Field(pattern="^[A-Z]{2}$")]


class SearchConfig(Config):
    """What is looked for, and where: the same for the validator and the transform."""

    types: tuple[Kind, ...] = Field(
        USUAL,
        min_length=1,
        description="what is looked for; URL, DOMAIN and PASSPORT aren't unless they are named here",
    )
    national_ids: tuple[Country, ...] = Field(
        (), description="countries whose national numbers are looked for, found as NATIONAL_ID"
    )
    phone_leniency: Leniency = Field(
        "valid",
        description="valid: numbers that can have been given out; possible: also those of a right length in the "
        "form of a phone number or beside a word for one",
    )
    regions: tuple[Region, ...] = Field(
        (),
        description="countries that numbers without +country are tried for; by default those of the recipe's "
        "languages and US, GB, DE, FR, IN, BR",
    )
    allow: tuple[NonEmpty, ...] = Field(
        (),
        description="values that may stay, whatever their case; one that is a domain covers its addresses and hosts",
    )
    allow_reserved: bool = Field(
        False,
        description="whether values set aside for examples may stay: example.org, 555-01xx, 192.0.2.x … and "
        "whatever redact invents",
    )
    parts: tuple[Part, ...] = Field(
        (),
        description="parts of a row that are searched: input, response, messages, reasoning, tools, fields, "
        "fields.NAME; by default all",
    )
    detector: Literal["patterns", "presidio", "both"] = Field(
        "patterns", description="the package's own patterns, those of presidio-analyzer, or both"
    )
    presidio_model: str = Field(
        "none",
        pattern="^[A-Za-z0-9_]+$",
        description="presidio's spaCy model, which finds PERSON and LOCATION; none: patterns only",
    )
    presidio_language: str = Field(
        "en", pattern="^[a-z]{2,3}$", description="the language code presidio works in"
    )
    presidio_min_score: float = Field(
        0.4,
        ge=0,
        le=1,
        description="presidio's findings count from this score on (score >= presidio_min_score)",
    )

    @model_validator(mode="after")
    def _agrees(self) -> SearchConfig:
        by_model = BY_MODEL & set(self.types)
        if by_model and (self.detector == "patterns" or self.presidio_model == "none"):
            raise ValueError(
                f"{', '.join(sorted(by_model))} has no pattern: set detector: presidio or both, and presidio_model to "
                "the name of a spaCy model; or use pii-judge"
            )
        if "NATIONAL_ID" in self.types and not self.national_ids:
            raise ValueError("NATIONAL_ID needs national_ids: the countries whose numbers are looked for")
        return self


class PiiConfig(SearchConfig):
    """What a row may hold."""

    max_found: int = Field(
        0, ge=0, le=1_000_000, description="a row with more findings than this is rejected"
    )


class RedactConfig(SearchConfig):
    """What takes the place of what is found."""

    mode: Literal["placeholder", "surrogate"] = Field(
        "placeholder",
        description="placeholder: <EMAIL_1>; surrogate: an invented value of the same shape",
    )
    salt: str = Field(
        "", max_length=1000, description="surrogate: the same value and salt give the same surrogate"
    )
    salt_env: str | None = Field(
        None,
        pattern="^[A-Za-z_][A-Za-z0-9_]*$",
        description="surrogate: the environment variable that holds the salt, so that no recipe tells it",
    )

    @model_validator(mode="after")
    def _one_salt(self) -> RedactConfig:
        if self.salt and self.salt_env:
            raise ValueError("salt and salt_env are both given; keep one")
        return self


class PiiJudgePrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    find: str | None = Field(None, min_length=1, description="Jinja2 text that asks for what identifies")


class PiiJudgeConfig(Config):
    """Who is asked, for what, and how much of it a row may hold."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    looks_for: tuple[NonEmpty, ...] = Field(
        (
            "names of private persons (not of public figures, authors, brands or invented characters)",
            "postal addresses and exact places where somebody lives or works",
            "account, customer, insurance, passport, licence and vehicle numbers of a person",
            "dates of birth, and health or other sensitive facts tied to a named person",
        ),
        min_length=1,
        description="what counts as identifying, in words",
    )
    allow: tuple[NonEmpty, ...] = Field((), description="texts that may stay, whatever their case")
    max_found: int = Field(
        0, ge=0, le=1_000_000, description="a row with more findings than this is rejected"
    )
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="the most tokens of one answer")
    prompts: PiiJudgePrompts = Field(PiiJudgePrompts(), description="a template of your own")

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged template where it is used: another prompt is another judge."""
        given = super().fingerprint()
        if self.prompts.find is not None:
            return given
        text = (resources.files("datagen_plugin_pii") / "prompts" / "find.j2").read_bytes()
        return given | {"prompt": hashlib.blake2b(text, digest_size=16).hexdigest()}
