"""The endpoint, in a process of its own, and what one piece of work asked of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_load.endpoint import Endpoint

REPLIES = Path(__file__).with_name("replies.py")


@dataclass(slots=True)
class Asked:
    """Calls, and tokens in and out, by the server's own counters."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Server(Endpoint):
    """The server while the block lasts; options are those of `ModelServer`."""

    def __init__(self, **options: Any) -> None:
        self._command = [sys.executable, str(REPLIES), json.dumps(options)]

    @contextmanager
    def counting(self) -> Iterator[Asked]:
        """What was asked within the block, known at its end."""
        asked, before = Asked(), self.stats()
        yield asked
        after = self.stats()
        asked.calls = after["requests"] - before["requests"]
        asked.prompt_tokens = after["prompt_tokens"] - before["prompt_tokens"]
        asked.completion_tokens = after["completion_tokens"] - before["completion_tokens"]
