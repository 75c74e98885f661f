"""`madoguchi budgets list|set|remove`: what may be spent on models in a month."""

import argparse
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office

if TYPE_CHECKING:
    from madoguchi.llm.models import Budget
    from madoguchi.people.models import Tenant

KINDS = ("office", "department", "user", "app", "desk")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|set|remove")
    listed = verbs.add_parser("list", help="予算と、今月使った分・押さえている分")
    listed.add_argument("--json", action="store_true")
    for verb, words in (("set", "予算を決める（あれば変える）"), ("remove", "予算をなくす")):
        one = verbs.add_parser(verb, help=words)
        one.add_argument("kind", choices=KINDS, metavar="|".join(KINDS))
        one.add_argument(
            "name",
            nargs="?",
            default="",
            help="所属の名前、職員のログイン名、アプリの名前（省略: 個別の予算がないものそれぞれ）",
        )
        if verb == "set":
            one.add_argument("--yen", metavar="円")
            one.add_argument("--tokens", type=int)
            one.add_argument("--calls", type=int)
            one.add_argument("--at-limit", choices=("stop", "cheaper"), default="stop")
            one.add_argument("--warn", type=int, default=80, metavar="％")


def run(options: argparse.Namespace) -> int:
    """List, set or remove."""
    tenant = office()
    if options.verb == "list":
        return _list(tenant, options)
    from madoguchi.llm import budget_settings

    key = _key(tenant, options.kind, options.name)
    if options.verb == "remove":
        if not budget_settings.remove(tenant, options.kind, key, "operator"):
            raise Failure("その予算はありません。何も変えていません。")
        print("予算をなくしました。")
        return 0
    limits = {"yen": _yen(options.yen), "tokens": options.tokens, "calls": options.calls}
    try:
        budget_settings.decide(tenant, options.kind, key, limits, options.at_limit, options.warn, "operator")
    except budget_settings.Unsound as problem:
        raise Failure(f"{problem} 何も変えていません。") from None
    print("予算を決めました。次の呼び出しから効きます。")
    return 0


def _list(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm import budget_settings

    rows = [_row(one, budget_settings.now_of(one)) for one in budget_settings.all_of(tenant)]
    if options.json:
        print_json({"budgets": rows})
        return 0
    for row in rows:
        units = ", ".join(
            f"{name} {row['used'][unit]}（＋押さえ {row['held'][unit]}）/ {row['limits'][unit]}"
            for unit, name in (("yen", "円"), ("tokens", "トークン"), ("calls", "回"))
            if row["limits"][unit] is not None
        )
        print(f"{row['name']}  {units}  上限で: {row['at_limit']}")
    if not rows:
        print("予算は決めていません。呼び出しは、予算では止まりません。")
    return 0


def _row(one: "Budget", now: dict[str, dict[str, Any]]) -> dict[str, Any]:
    from madoguchi.llm.budget import name_of

    limits = {"yen": one.yen, "tokens": one.tokens, "calls": one.calls}
    return {"kind": one.kind, "key": one.key, "name": name_of(one), "limits": limits, "at_limit": one.at_limit, **now}


def _yen(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Failure("円は数で指定してください。何も変えていません。") from None


def _key(tenant: "Tenant", kind: str, name: str) -> str:
    """Return the key of a budget for the name that a person types; raises Failure for what is not there."""
    from madoguchi.people.models import Department, User

    if kind == "office" and name:
        raise Failure("office には名前を付けません。何も変えていません。")
    if not name or kind in ("app", "desk"):
        return name
    found: list[Department] | list[User]
    if kind == "department":
        found = list(Department.objects.filter(tenant=tenant, name=name)[:2])
    else:
        found = list(User.objects.filter(tenant=tenant, login=name)[:2])
    if len(found) != 1:
        raise Failure(
            f"「{name}」が{'二つ以上あるため決められません' if found else '見つかりません'}。何も変えていません。"
        )
    return str(found[0].pk)
