from __future__ import annotations

import pytest

from datagen_core.testing import ComponentConformance, ExporterConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_exporters():
    return [Component(name="toy", summary="JSON lines", impl="$module.part:Toy")]
"""
PART = """
import json, random
from datagen_core import Config, Exporter, UsageError
from datagen_core.exporter import Fit
from datagen_core.json_lines import problems
from datagen_core.jsontext import dumps
from datagen_core.refusal import Refusal

class Toy(Exporter[Config]):
    suffix = ".jsonl"

    def fit(self, sample):
        return Fit()

    def companions(self, file):
        return {file.stem + ".info.json": {"rows": file.name}}

    def check(self, file):
        return problems(file)

    def export(self, samples, file):
        count = 0
        with file.open("w", encoding="utf-8", newline="\\n") as out:
            for sample in samples:
                row = {"text": sample.response, "label": sample.label}
                out.write(dumps(row) + "\\n")
                count += 1
        return count
"""
ROW = 'row = {"text": sample.response, "label": sample.label}'

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_its_suffix_is_a_files_ending": [('".jsonl"', '"jsonl"'), ('".jsonl"', '""'), ('".jsonl"', '"."')],
    "test_the_count_is_that_of_the_rows": [
        ("return count", "return count + 1"),
        ("return count", "return None"),
    ],
    "test_no_rows_make_a_file": [("count = 0", "count = 0\n        if not list(samples): return 0")],
    "test_rows_may_come_from_a_stream": [("count = 0", "count = 0\n        total = sum(1 for _ in samples)")],
    "test_the_same_rows_give_the_same_bytes": [(ROW, f"{ROW}; row['key'] = random.SystemRandom().random()")],
    "test_text_has_plain_line_ends_and_no_byte_order_mark": [
        ('newline="\\n"', 'newline="\\r\\n"'),
        ('encoding="utf-8"', 'encoding="utf-8-sig"'),
        ('encoding="utf-8"', 'encoding="utf-16"'),
        ('dumps(row) + "\\n"', '("\\n" if count else "") + dumps(row)'),
    ],
    "test_awkward_text_is_written": [
        ("dumps(row)", "json.dumps(row, ensure_ascii=False)"),
        (ROW, f"{ROW}; sample.response[0]"),
    ],
    "test_rows_read_back_as_they_were": [
        ("sample.response,", "sample.response.replace('\\n', ' '),"),
        ('"label": sample.label', '"class": 1'),
        ("for sample in samples:", "for sample in list(samples)[:9]:"),
    ],
    "test_fit_knows_what_export_refuses": [
        ("return Fit()", "return Fit(Refusal('no', 'a row'))"),
        ("return Fit()", "return Fit(lost=('',))"),
        (ROW, f"{ROW}\n                if sample.fields: raise UsageError('no', hint='jsonl')"),
    ],
    "test_its_check_lets_its_own_files_pass_and_finds_fault_with_others": [
        ("return problems(file)", "return problems(file, lambda row: ['wrong'])"),
        ("return problems(file)", "return []"),
    ],
    "test_companions_are_files_beside_it": [
        ('file.stem + ".info.json"', '"../info.json"'),
        ('file.stem + ".info.json"', "file.name"),
        ('{"rows": file.name}', "{1: 2}"),
    ],
    "test_other_shapes_are_written_or_refused_clearly": [
        (ROW, f"{ROW}\n                if sample.fields: raise KeyError('text')"),
        (ROW, f"{ROW}\n                if sample.messages: raise UsageError('chat')"),
    ],
}
RULES = sorted(name for name in dir(ExporterConformance) if name.startswith("test_"))


@pytest.mark.parametrize("rule", RULES)
def test_an_exporter_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(ExporterConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_an_exporter_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(ExporterConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(set(RULES) - set(dir(ComponentConformance)))


def test_a_refusal_that_says_what_to_do_is_fine(check) -> None:
    change = (ROW, f"{ROW}\n                if sample.messages: raise UsageError('chat', hint='use jsonl')")
    check(ExporterConformance, "test_other_shapes_are_written_or_refused_clearly", HOOKS, PART, change)


@pytest.mark.parametrize("rule", RULES)
def test_files_that_are_not_text_are_not_read(check, rule: str) -> None:
    changes = [('".jsonl"', '".bin"'), ('"w", encoding="utf-8", newline="\\n"', '"wb"')]
    changes += [
        ('dumps(row) + "\\n"', 'dumps(row).encode("utf-16")'),
        ("return problems(file)", "return None"),
    ]
    check(ExporterConformance, rule, HOOKS, PART, *changes)
