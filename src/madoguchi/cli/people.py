"""`madoguchi people import|export`: the organisation as a CSV."""

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import start

if TYPE_CHECKING:
    from madoguchi.people.csv_import import Plan


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two verbs."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="import|export")
    loading = verbs.add_parser("import", help="CSVを取り込む（エラーが1行でもあれば何も変えない）")
    loading.add_argument("file", type=Path, metavar="FILE.csv")
    loading.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="適用日（省略すると今日）")
    loading.add_argument("--dry-run", action="store_true", help="変わる内容を見るだけ")
    loading.add_argument("--json", action="store_true")
    saving = verbs.add_parser("export", help="CSVを標準出力に書き出す")
    saving.add_argument("--on", type=date.fromisoformat, metavar="YYYY-MM-DD", help="この日の体制（省略すると今日）")
    saving.add_argument("--out", type=Path, metavar="FILE.csv", help="ファイルに書き出す")


def run(options: argparse.Namespace) -> int:
    """Run one of them."""
    start()
    return _import(options) if options.verb == "import" else _export(options)


def _import(options: argparse.Namespace) -> int:
    from django.db import transaction
    from django.utils import timezone

    from madoguchi.people import csv_import
    from madoguchi.people.events import tell
    from madoguchi.people.models import Tenant

    try:
        rows = csv_import.read_rows(options.file.read_bytes())
    except OSError as problem:
        raise Failure(f"{options.file} を開けません: {problem.strerror}") from None
    except ValueError as problem:
        raise Failure(f"{options.file}: {problem}") from None
    on = options.on or timezone.localdate()
    with transaction.atomic():
        tenant = Tenant.objects.order_by("pk").first() or Tenant.objects.create(slug="office", name="窓口")
        planned = csv_import.plan(tenant, rows, on)
        applied = not planned.errors and not options.dry_run
        if applied:
            csv_import.apply(tenant, planned)
            tell(tenant.pk, "operator", "people.imported", rows=len(rows), changes=len(planned.changes), on=str(on))
        else:
            transaction.set_rollback(True)
    _print(planned, applied, options.json)
    return 1 if planned.errors else 0


def _print(planned: "Plan", applied: bool, as_json: bool) -> None:
    for error in planned.errors:
        print(f"{error.line}行目: {error.message}", file=sys.stderr)
    if planned.errors:
        print(f"エラーが{len(planned.errors)}件あるため、何も取り込んでいません。", file=sys.stderr)
    if as_json:
        print_json(
            {
                "on": planned.on,
                "applied": applied,
                "changes": [
                    {"line": change.line, "kind": change.kind, "text": change.text} for change in planned.changes
                ],
                "errors": [{"line": error.line, "message": error.message} for error in planned.errors],
                "untouched": planned.untouched,
            }
        )
        return
    if not planned.errors:
        for change in planned.changes:
            print(f"{change.line}行目: {change.label}: {change.text}")
        print(
            f"適用日 {planned.on}: {len(planned.changes)}件を{'反映しました' if applied else '反映できます（試行）'}。"
        )


def _export(options: argparse.Namespace) -> int:
    from django.utils import timezone

    from madoguchi.people import csv_export
    from madoguchi.people.models import Tenant

    tenant = Tenant.objects.order_by("pk").first()
    if tenant is None:
        raise Failure("まだ団体がありません。先に madoguchi serve の初期設定か people import を行ってください。")
    data = csv_export.export(tenant, options.on or timezone.localdate())
    if options.out:
        options.out.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
    return 0
