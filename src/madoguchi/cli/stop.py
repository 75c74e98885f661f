"""`madoguchi stop all|endpoint NAME|app NAME|desk NAME|list`: stop buttons, at the command line."""

import argparse
from typing import TYPE_CHECKING

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office

if TYPE_CHECKING:
    from madoguchi.people.models import Tenant

WHATS = ("all", "endpoint", "app", "desk")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    which(parser, (*WHATS, "list"))
    parser.add_argument("--reason", default="", metavar="TEXT", help="止める理由（監査記録と画面に残る）")
    parser.add_argument("--json", action="store_true")


def which(parser: argparse.ArgumentParser, whats: tuple[str, ...]) -> None:
    """Add what is stopped, and which one."""
    parser.add_argument("what", choices=whats, metavar="|".join(whats))
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="接続先・アプリ・住民窓口の名前")


def run(options: argparse.Namespace) -> int:
    """Press a button; what is being written ends within seconds, in every process."""
    from madoguchi.llm import stops

    tenant = office()
    if options.what == "list":
        return _list(tenant, options)
    reason = options.reason.strip()
    if len(reason) > stops.LONGEST_REASON or not reason.isprintable():
        raise Failure(f"理由は{stops.LONGEST_REASON}文字以内で、改行せずに指定してください。止めていません。")
    what, key = named(tenant, options)
    stop = stops.press(tenant, what, key, "operator", reason)
    if options.json:
        print_json(stops.row_of(stop))
    else:
        print(f"{stops.title_of(stop)}を止めました。「madoguchi resume」で再開できます。")
    return 0


def named(tenant: "Tenant", options: argparse.Namespace) -> tuple[str, str]:
    """Return what is meant and its key; raises Failure for what has no name or is not there."""
    from madoguchi.llm.endpoints import named as endpoint_named

    if (options.what == "all") == bool(options.name):
        raise Failure("all には名前を付けず、endpoint・app・desk には名前を指定してください。何も変えていません。")
    if options.what != "endpoint":
        return options.what, options.name
    endpoint = endpoint_named(tenant, options.name)
    if endpoint is None:
        raise Failure(f"接続先「{options.name}」がありません。「madoguchi endpoints list」で名前を確認してください。")
    return options.what, str(endpoint.pk)


def _list(tenant: "Tenant", options: argparse.Namespace) -> int:
    from django.utils import timezone

    from madoguchi.llm import stops

    pressed = list(stops.open_stops(tenant.pk))
    if options.json:
        print_json({"stops": [stops.row_of(stop) for stop in pressed]})
        return 0
    if not pressed:
        print("止めているものはありません。")
    for stop in pressed:
        at = timezone.localtime(stop.stopped_at)
        print(f"{at:%Y-%m-%d %H:%M}  {stops.title_of(stop)}  {stop.reason or '理由の記載なし'}")
    return 0
