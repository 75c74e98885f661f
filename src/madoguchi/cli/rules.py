"""`madoguchi rules show|profile NAME|accept ID|refuse ID|withdraw ID`: what may go where, and changes that wait."""

import argparse
from typing import TYPE_CHECKING

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office

if TYPE_CHECKING:
    from madoguchi.llm.models import RuleChange
    from madoguchi.people.models import Tenant

OPERATOR = "operator"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="show|profile|accept|refuse|withdraw")
    show = actions.add_parser("show", help="いまの規則と、承認を待つ変更を見る")
    show.add_argument("--json", action="store_true")
    profile = actions.add_parser("profile", help="ネットワーク構成を変える（緩める変更は管理者の承認を待つ）")
    profile.add_argument("name", metavar="none|alpha|alpha-prime|beta|beta-prime|closed")
    profile.add_argument("--reason", default="", metavar="TEXT", help="緩めるときは必須")
    profile.add_argument("--dry-run", action="store_true", help="変わることを見るだけで、変えない")
    for name, said in (("accept", "承認する"), ("refuse", "却下する"), ("withdraw", "取り下げる")):
        one = actions.add_parser(name, help=f"承認を待つ変更を{said}")
        one.add_argument("id", type=int, metavar="ID")


def run(options: argparse.Namespace) -> int:
    """Show or change the rules; the operator is one of the two who let a loosening in."""
    verbs = {"show": _show, "profile": _profile}
    return verbs.get(options.action, _decide)(office(), options)


def _show(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm import rules
    from madoguchi.llm.models import Cell, RequestZone, Rules
    from madoguchi.llm.profiles import zones_from
    from madoguchi.people.models import Classification

    walls, waiting = rules.walls_of(tenant.pk), rules.waiting_of(tenant.pk)
    needs = {zone: {one.label: walls.need(zone, one) for one in Classification} for zone in RequestZone.values}
    if options.json:
        reached = {zone: zones_from(walls.profile, zone) for zone in RequestZone.values}
        rows = [{"id": one.pk, "asked_by": one.asked_by, "reason": one.reason, "change": one.change} for one in waiting]
        print_json({"profile": walls.profile or "none", "zones": reached, "needs": needs, "waiting": rows})
        return 0
    print(f"ネットワーク構成: {Rules.Profile(walls.profile).label}")
    for zone in RequestZone:
        reached_by = "、".join(str(RequestZone(one).label) for one in zones_from(walls.profile, zone))
        print(f"{zone.label}から使える接続先: {reached_by}")
        print("  " + "  ".join(f"{label}: {Cell.Need(need).label}" for label, need in needs[zone].items()))
    for one in waiting:
        print(_said(one))
    return 0


def _said(waiting: "RuleChange") -> str:
    from madoguchi.llm import rules

    before = rules.walls_of(waiting.tenant_id)
    lines = [f"承認待ち {waiting.pk}  申請: {waiting.asked_by}  理由: {waiting.reason}"]
    lines += [f"  {one.what}: {one.before} → {one.after}" for one in rules.differences_of(waiting, before)]
    return "\n".join(lines)


def _profile(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm import rules

    change = {"profile": "" if options.name == "none" else options.name}
    try:
        before = rules.walls_of(tenant.pk)
        for one in rules.differences(before, rules.with_change(before, rules.checked(change))):
            print(f"{one.what}: {one.before} → {one.after}{'（緩む）' if one.opens else ''}")
        if options.dry_run:
            return 0
        waiting = rules.ask(tenant, change, OPERATOR, options.reason)
    except rules.Refused as refused:
        raise Failure(str(refused)) from None
    if waiting is None:
        print("変えました。次の呼び出しから、この規則に従います。")
    else:
        print(f"緩める変更のため、申請 {waiting.pk} として管理者の承認を待っています。承認までは変わりません。")
    return 0


def _decide(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm import rules
    from madoguchi.llm.models import RuleChange

    waiting = RuleChange.objects.filter(tenant=tenant, pk=options.id).first()
    if waiting is None:
        raise Failure(f"申請 {options.id} はありません。「madoguchi rules show」で番号を確認してください。")
    verb, said = {
        "accept": (rules.accept, "承認しました。次の呼び出しから、この規則に従います。"),
        "refuse": (rules.refuse, "却下しました。規則は変わっていません。"),
        "withdraw": (rules.withdraw, "取り下げました。規則は変わっていません。"),
    }[options.action]
    try:
        verb(waiting, OPERATOR)
    except rules.Refused as refused:
        raise Failure(str(refused)) from None
    print(said)
    return 0
