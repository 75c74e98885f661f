"""`madoguchi secrets status|rotate`: the keys under which secrets are kept. It never shows a secret or a key."""

import argparse
from typing import TYPE_CHECKING, Any

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import start

if TYPE_CHECKING:
    from madoguchi.people.models import Tenant


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="status|rotate")
    status = actions.add_parser("status", help="鍵の版と、その鍵で暗号化した値の数を示す")
    status.add_argument("--json", action="store_true")
    rotate = actions.add_parser("rotate", help="新しい鍵で暗号化し直す（動作中でも、途中で止まっても続けられる）")
    rotate.add_argument("--master", action="store_true", help="データの鍵ではなく、主鍵を替える")
    rotate.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Show or rotate; exit 1 when something does not open."""
    start()
    from madoguchi.people.models import Tenant
    from madoguchi.sealing import NoMasterKey

    tenants = list(Tenant.objects.order_by("pk"))
    try:
        if options.action == "status":
            return _status(tenants, options)
        return _rotate_master(options) if options.master else _rotate(tenants, options)
    except NoMasterKey as reason:
        raise Failure(str(reason)) from None


def _status(tenants: "list[Tenant]", options: argparse.Namespace) -> int:
    from madoguchi import sealing
    from madoguchi.people.rotation import standing

    offices = [(tenant, standing(tenant.pk)) for tenant in tenants]
    keys = sealing.masters()
    place = "環境変数 MADOGUCHI_MASTER_KEY" if sealing.is_in_environment() else str(sealing.master_file())
    closed = any(found.closed_keys or found.closed_secrets for _, found in offices)
    if options.json:
        rows = [
            {
                "office": tenant.slug,
                "versions": [{"version": version, "secrets": count} for version, count in found.secrets.items()],
                "closed_data_keys": found.closed_keys,
                "closed_secrets": found.closed_secrets,
            }
            for tenant, found in offices
        ]
        print_json({"master": {"place": place, "there": bool(keys), "changing": len(keys) > 1}, "offices": rows})
        return 1 if closed else 0
    changing = "（替えている途中です。rotate --master で続けます）" if len(keys) > 1 else ""
    print(f"主鍵: {place}{'' if keys else '（ありません）'}{changing}")
    for tenant, found in offices:
        for version, count in found.secrets.items():
            print(f"{tenant.name}: データの鍵 第{version}版、暗号化した値 {count}件")
        if not found.secrets:
            print(f"{tenant.name}: 暗号化した値はまだありません。")
        if found.closed_keys or found.closed_secrets:
            print(f"{tenant.name}: 開けないデータの鍵 {found.closed_keys}個、開けない値 {found.closed_secrets}件。")
    if closed:
        print("主鍵を控えから戻すか、接続先の編集でキーを入力し直してください。")
    return 1 if closed else 0


def _rotate(tenants: "list[Tenant]", options: argparse.Namespace) -> int:
    from madoguchi.people.rotation import rotate

    done = [(tenant, rotate(tenant.pk, "operator")) for tenant in tenants]
    unreadable = sum(found.unreadable for _, found in done if found)
    if options.json:
        rows: list[dict[str, Any]] = [
            {"office": tenant.slug, "rotated": found is not None} | (vars(found) if found else {})
            for tenant, found in done
        ]
        print_json({"offices": rows})
        return 1 if unreadable else 0
    for tenant, found in done:
        if found is None:
            print(f"{tenant.name}: 暗号化した値はまだありません。")
            continue
        went_on = "途中で止まっていたものを続け、" if found.continued else ""
        print(f"{tenant.name}: {went_on}{found.resealed}件を暗号化し直しました。データの鍵は第{found.version}版です。")
    if unreadable:
        print(
            f"{unreadable}件は開けないため、そのまま残しました。主鍵を控えから戻すか、キーを入力し直してから、もう一度実行してください。"
        )
    return 1 if unreadable else 0


def _rotate_master(options: argparse.Namespace) -> int:
    from madoguchi import sealing
    from madoguchi.people.rotation import rotate_master

    count = rotate_master("operator")
    if options.json:
        print_json({"data_keys": count})
        return 0
    print(f"主鍵を替えました。データの鍵 {count}個を新しい主鍵で包み直し、古い主鍵では開けなくなりました。")
    if sealing.is_in_environment():
        print("MADOGUCHI_MASTER_KEY_NEXT の値を MADOGUCHI_MASTER_KEY に移して、起動し直してください。")
    else:
        print(f"新しい主鍵 {sealing.master_file()} の控えを、バックアップとは別の場所に取ってください。")
    return 0
