"""Keys of endpoints: read from the environment at each call, kept nowhere, blotted out of what is said."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace

from datagen_core.llm.addresses import host_of, is_loopback, is_private
from datagen_core.model import Reply

MIN_SECRET_CHARS = 8
"""Shorter keys are words that servers without keys are given (EMPTY, none): texts may hold them."""
TRUSTED_HOSTS = "DATAGEN_KEY_HOSTS"
"""The environment variable that lists hosts, separated by commas."""


def value_of(*variables: str) -> str | None:
    """The first of these environment variables that is set and not blank, without space around it."""
    found = (os.environ.get(variable, "").strip() for variable in variables)
    return next((value for value in found if value), None)


def may_get_keys(url: str) -> bool:
    """Whether an address that a recipe names may be sent a key that the recipe names too.

    This machine and its own network may; any other host only if its user lists it in DATAGEN_KEY_HOSTS: a
    recipe is somebody's text, and must not carry the user's keys to a place of its author's choosing.
    """
    trusted = {host.strip().lower() for host in os.environ.get(TRUSTED_HOSTS, "").split(",")}
    return is_private(url) or is_loopback(url) or host_of(url).lower() in trusted


def can_be_sent(key: str) -> bool:
    """Whether a key fits into a header: printable ASCII without a space."""
    return key.isascii() and key.isprintable() and " " not in key


def without_keys(reply: Reply, secrets: Iterable[str]) -> Reply:
    """A reply whose texts hold no key, should an endpoint repeat it: replies are kept."""
    found = [secret for secret in secrets if len(secret) >= MIN_SECRET_CHARS]
    if not any(secret in choice.text for secret in found for choice in reply.choices):
        return reply
    choices = tuple(replace(choice, text=blotted(choice.text, found)) for choice in reply.choices)
    return replace(reply, choices=choices)


def blotted(text: str, secrets: Iterable[str]) -> str:
    """A text with *** for each secret, the longest first: one may hold another."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
