"""`madoguchi audit verify|export`: prove the record, or write it out."""

import argparse
import json
import sys
from dataclasses import asdict

from madoguchi.cli.main import print_json
from madoguchi.cli.start import start


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("verb", choices=["verify", "export"])
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Verify every office's chain (exit 1 when one is broken), or print all events as JSON lines."""
    start()
    from madoguchi.audit.record import canonical, record
    from madoguchi.audit.verify import events, verify
    from madoguchi.people.models import Tenant

    if options.verb == "export":
        for tenant in Tenant.objects.all():
            record(tenant.pk, "operator", "audit.exported")
            for event in events(tenant.pk):
                line = json.loads(canonical(event)) | {"previous": event.previous, "hash": event.hash}
                sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        return 0
    verdicts = [verify(tenant.pk) for tenant in Tenant.objects.all()]
    if options.json:
        print_json({"chains": [asdict(verdict) for verdict in verdicts]})
    for verdict in verdicts:
        if verdict.bad is not None:
            print(f"番号{verdict.bad}から先を確かめられません。{verdict.reason}。", file=sys.stderr)
        elif not options.json:
            print(f"{verdict.events}件の記録に欠けも書き換えもありません。最後の記録のハッシュ値 {verdict.head}")
    return 1 if any(verdict.bad is not None for verdict in verdicts) else 0
