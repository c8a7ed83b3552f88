"""What the benchmarks of the pool validators share: real texts, CPU time, memory per row, a table."""

from __future__ import annotations

import gc
import gzip
import json
import random
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched as _batched  # type: ignore[attr-defined,unused-ignore]
from pathlib import Path
from typing import Any

from datagen_core import PoolValidator, Sample

DEFAULT = Path(__file__).parent.parent / "recipes" / "data" / "snips7" / "train.jsonl.gz"
