"""How many distinct samples a grammar can make, in all and of each label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datagen_plugin_templater.analysis import cycles
from datagen_plugin_templater.automaton import MAX_STEPS, Automaton, TooLargeError
from datagen_plugin_templater.plans import Plan
from datagen_plugin_templater.records import Shapes
from datagen_plugin_templater.sampling import names_of
from datagen_plugin_templater.tables import Tables
from datagen_plugin_templater.template import Part, references

CAP = 10**100
MAX_LABELS = 100
