"""`madoguchi embeddings status|use|cancel`: the model by which search compares meanings."""

import argparse
from typing import TYPE_CHECKING, Any

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import end, office

if TYPE_CHECKING:
    from madoguchi.people.models import Tenant
    from madoguchi.search.models import Space

EMBEDDED = "embedded"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="status|use|cancel")
    status = actions.add_parser("status", help="使っているモデルと、準備の進み具合を見る")
    use = actions.add_parser("use", help="モデルを準備し、終わったら切り替える")
    use.add_argument("name", metavar="NAME", help="接続先の名前（embedded: 内蔵のモデル）")
    use.add_argument("--wait", action="store_true", help="切り替わるまで待つ（動作中の窓口がなければ、ここで準備する）")
    cancel = actions.add_parser("cancel", help="準備を取りやめる")
    for action in (status, use, cancel):
        action.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Do what was asked for and say how it stands."""
    tenant = office()
    if options.action == "use":
        _use(tenant, options.name, wait=options.wait)
    elif options.action == "cancel":
        _cancel(tenant)
    state = standing(tenant)
    if options.json:
        print_json(state)
    else:
        print("\n".join(_said(state)))
    return end()


def standing(tenant: "Tenant") -> dict[str, Any]:
    """Return {in_use: {model, by_meaning, reason}, preparing: {model, done, total, stopped} or null}."""
    from madoguchi.search import spaces

    model, building = spaces.model_in_use(tenant.pk), spaces.preparing(tenant.pk)
    name = model.endpoint.name if model.endpoint else EMBEDDED
    return {
        "in_use": {"model": name, "by_meaning": not model.why_not, "reason": model.why_not},
        "preparing": building
        and {
            "model": building.endpoint.name if building.endpoint else EMBEDDED,
            "done": building.done,
            "total": building.total,
            "stopped": spaces.model_of(building).why_not or building.failure,
        },
    }


def _use(tenant: "Tenant", name: str, *, wait: bool) -> None:
    from madoguchi.llm.embeddings import EmbeddingUnavailable
    from madoguchi.llm.endpoints import named
    from madoguchi.search import switching

    endpoint = None if name == EMBEDDED else named(tenant, name)
    if name != EMBEDDED and endpoint is None:
        raise Failure(f"接続先「{name}」がありません。「madoguchi endpoints list」で名前を確認してください。")
    try:
        row = switching.begin(tenant, endpoint, "operator")
    except (switching.NotSuitable, EmbeddingUnavailable) as reason:
        raise Failure(str(reason)) from None
    if wait:
        _wait(row)


def _wait(row: "Space") -> None:
    from madoguchi import durable

    durable.wait(queue="switch")
    row.refresh_from_db()
    if row.state == row.State.BUILDING:
        reason = row.failure or "理由は監査記録と記録ファイルを確かめてください。"
        raise Failure(
            f"準備が止まりました。できたところまでは残っています。動作中なら10分以内に自動で続けます。{reason}"
        )
    if row.state == row.State.LEFT:
        raise Failure("準備は取りやめられました。検索はいままでのモデルで続きます。")


def _cancel(tenant: "Tenant") -> None:
    from madoguchi.search import spaces, switching

    building = spaces.preparing(tenant.pk)
    if building is None or not switching.give_up(building, "operator"):
        raise Failure("準備しているモデルはありません。")


def _said(state: dict[str, Any]) -> list[str]:
    in_use, preparing = state["in_use"], state["preparing"]
    lines = [f"使っているモデル: {_name(in_use['model'])}"]
    if in_use["reason"]:
        lines.append(f"いまは言葉の一致だけで探しています。{in_use['reason']}")
    if preparing:
        lines.append(f"準備中のモデル: {_name(preparing['model'])}  {preparing['done']}/{preparing['total']}件")
        if preparing["stopped"]:
            lines.append(f"準備が止まっています。10分以内に自動で続けます。{preparing['stopped']}")
        else:
            lines.append("終わると自動で切り替わります。動作中の窓口がなければ、起動してください。")
    return lines


def _name(model: str) -> str:
    return "内蔵のモデル" if model == EMBEDDED else model
