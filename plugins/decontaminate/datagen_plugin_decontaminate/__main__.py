"""`python -m datagen_plugin_decontaminate`: builds an index of benchmarks, and says what of a file they hold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from datagen_core.errors import DatagenError
from datagen_core.inputs import Inputs
from datagen_core.row_forms import as_sample
from datagen_core.rows import RowsSource
from datagen_plugin_decontaminate.benchmarks import index_of
from datagen_plugin_decontaminate.config import CHAR_NGRAM, NGRAM, AgainstBenchmarks, DecontaminateConfig
from datagen_plugin_decontaminate.decontaminate import Decontaminate, told_of


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; 0 done, 1 contaminated rows were found, 2 something can't be read."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except DatagenError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _index(given: argparse.Namespace) -> int:
    config = AgainstBenchmarks.model_validate(_against(given))
    index = index_of(config)
    index.save(given.output)
    print("\n".join(told_of(index, config)))
    return 0


def _report(given: argparse.Namespace) -> int:
    validator = Decontaminate(DecontaminateConfig.model_validate(_against(given)), Inputs())
    rows = [as_sample(row) for row in RowsSource(path=given.data).read()]
    verdicts = validator.validate(rows)
    for number, verdict in enumerate(verdicts, start=1):
        if not verdict.passed:
            print(f"row {number}: {verdict.reason} {verdict.evidence}")
    n = sum(not verdict.passed for verdict in verdicts)
    print(f"{n:,} of {len(rows):,} rows share text with a benchmark")
    return int(n > 0)


def _against(given: argparse.Namespace) -> dict[str, object]:
    fields = given.fields.split(",") if given.fields else []
    files = [{"path": path, "fields": fields, "id": given.id} for path in given.benchmarks]
    index = {"index": given.index} if getattr(given, "index", None) else {}
    return {"benchmarks": files, "ngram": given.ngram, "char_ngram": given.char_ngram, **index}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m datagen_plugin_decontaminate", description=__doc__)
    commands = parser.add_subparsers(required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--fields", help="columns that an item consists of, with commas between")
    common.add_argument("--id", help="column that items go by")
    common.add_argument("--ngram", type=int, default=NGRAM)
    common.add_argument("--char-ngram", type=int, default=CHAR_NGRAM)
    index = commands.add_parser("index", parents=[common], help="build an index of benchmarks")
    index.add_argument("benchmarks", nargs="+", metavar="BENCHMARK")
    index.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    index.set_defaults(run=_index)
    report = commands.add_parser("report", parents=[common], help="say which rows benchmarks hold")
    report.add_argument("data", metavar="DATA")
    report.add_argument("--benchmarks", nargs="*", default=[], metavar="BENCHMARK")
    report.add_argument("--index", metavar="FILE")
    report.set_defaults(run=_report)
    return parser


if __name__ == "__main__":
    sys.exit(main())
