"""`madoguchi usage`: what models were used for in a month, and what it cost."""

import argparse
import csv
import sys
from datetime import date

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office

BY = ("endpoint", "model", "purpose", "department", "app", "user")
HEADS = ("対象", "回数", "失敗", "入力トークン", "出力トークン", "円", "最初の文字まで（中央値ミリ秒）")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--month", metavar="YYYY-MM", help="暦の月（省略すると今月）")
    parser.add_argument("--by", choices=BY, default="endpoint", help="何ごとにまとめるか")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true")
    form.add_argument("--csv", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Print one line each, the dearest first."""
    tenant = office()
    from madoguchi.llm import usage
    from madoguchi.people.csv_rows import as_text_cell

    month = _month(options.month)
    rows = usage.by(tenant.pk, month, options.by)
    if options.json:
        print_json({"month": f"{month:%Y-%m}", "by": options.by, "rows": [row.to_json() for row in rows]})
        return 0
    lines = [[row.name, row.calls, row.failed, row.tokens_in, row.tokens_out, row.yen, row.first_ms] for row in rows]
    if options.csv:
        writer = csv.writer(sys.stdout)
        writer.writerows(
            [HEADS, *([as_text_cell(value) if isinstance(value, str) else value for value in line] for line in lines)]
        )
        return 0
    print(f"{month:%Y年%-m月}　" + "  ".join(HEADS))
    for line in lines:
        print("  ".join("—" if value is None else str(value) for value in line))
    if not lines:
        print("この月の利用はありません。")
    return 0


def _month(text: str | None) -> date:
    from django.utils import timezone

    if text is None:
        return timezone.localdate().replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Failure("月は 2026-04 の形で指定してください。") from None
