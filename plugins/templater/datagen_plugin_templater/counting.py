"""How many distinct samples a grammar can make, exactly where its automaton stays small.

The grammar, unrolled to the depth limit, is read as a non-deterministic automaton over characters, with
whitespace collapsed as samples have it. Determinised by the subset construction, each distinct string is one
path, and paths are counted without listing them. Ambiguity (two derivations of one string) is counted once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from datagen_plugin_templater.bindings import TooManyError, World, in_order, worlds
from datagen_plugin_templater.consistency import recursive
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.plans import Plan
from datagen_plugin_templater.records import Absent, Array, Bare, Const, Node, Object, Scalar, Shapes
from datagen_plugin_templater.tables import Specialiser, Tables
from datagen_plugin_templater.template import Part, Reference
