"""`madoguchi endpoints add|set|list|test|remove|pictures`: the models this office may use."""

import argparse
import os
import re
import sys
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from madoguchi.cli import endpoint_settings
from madoguchi.cli.endpoint_rows import missing_from, row_of, said
from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office

if TYPE_CHECKING:
    from madoguchi.llm.models import Endpoint
    from madoguchi.people.models import Tenant


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="add|set|list|test|remove|pictures")
    add = actions.add_parser("add", help="接続先を登録する（同じ名前があれば更新する）")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--preset", metavar="P", help="ひな形から始める（list --presets で一覧）")
    endpoint_settings.arguments(add)
    change = actions.add_parser("set", help="登録した接続先の設定を変える")
    change.add_argument("name", metavar="NAME")
    endpoint_settings.arguments(change).add_argument("--no-key", action="store_true", help="登録したキーを消す")
    change.add_argument("--enabled", action=argparse.BooleanOptionalAction, help="使う・止める")
    show = actions.add_parser("list", help="登録した接続先を一覧する")
    show.add_argument("--presets", action="store_true", help="ひな形を一覧する")
    show.add_argument("--json", action="store_true")
    test = actions.add_parser("test", help="接続先に決まった文を送り、何が動くかを確かめる")
    test.add_argument("name", metavar="NAME")
    test.add_argument("--adopt", action="store_true", help="分かったことを設定に反映する")
    test.add_argument("--json", action="store_true")
    remove = actions.add_parser("remove", help="接続先をキーとともに削除する")
    remove.add_argument("name", metavar="NAME")
    pictures = actions.add_parser("pictures", help="文書の図をモデルに説明させる機密性区分の上限（省略時は表示）")
    pictures.add_argument("limit", nargs="?", metavar="off|1|2|3C|3B|3A")
    pictures.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    verbs = {"add": _add, "set": _set, "list": _list, "test": _test, "remove": _remove, "pictures": _pictures}
    return verbs[options.action](office(), options)


def _add(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.endpoints import named, standing_zone
    from madoguchi.llm.models import Endpoint
    from madoguchi.llm.presets import preset_named
    from madoguchi.people.models import Classification

    endpoint = named(tenant, options.name) or Endpoint(tenant=tenant, name=options.name)
    is_new, zone = endpoint.pk is None, options.zone
    if options.preset:
        preset = preset_named(options.preset)
        if preset is None:
            raise Failure("そのひな形はありません。「madoguchi endpoints list --presets」で確認してください。")
        for name, value in preset.settings().items():
            if name != "name":
                setattr(endpoint, name, value)
        zone = zone or ("" if options.base_url else preset.zone)
    elif not options.provider or not options.model:
        raise Failure("--preset か、--provider と --model を指定してください。登録は変わっていません。")
    else:
        endpoint.base_url = ""
    endpoint.is_enabled = True
    endpoint_settings.put(endpoint, options)
    if zone or is_new:
        endpoint.zone = zone or standing_zone(endpoint.base_url)
    if is_new and not options.max_classification and endpoint.zone == Endpoint.Zone.INTERNAL:
        # What stays in the office may take what is the office's; anything further out says so explicitly.
        endpoint.max_classification = Classification.C3A
    _save(endpoint, options)
    if options.json:
        print_json(row_of(endpoint))
        return 0
    label = Classification(endpoint.max_classification).label
    print(f"接続先「{endpoint.name}」を登録しました（機密性{label}まで）。")
    if missing := missing_from(endpoint):
        print(f"契約の記録が足りないため、機密性1だけに使います: {'、'.join(missing)}")
    print(f"「madoguchi endpoints test {endpoint.name}」で確かめられます。")
    return 0


def _set(tenant: "Tenant", options: argparse.Namespace) -> int:
    endpoint = _named(tenant, options.name)
    if options.enabled is not None:
        endpoint.is_enabled = options.enabled
    if options.zone:
        endpoint.zone = options.zone
    endpoint_settings.put(endpoint, options)
    _save(endpoint, options)
    if options.json:
        print_json(row_of(endpoint))
    else:
        print(f"接続先「{endpoint.name}」の設定を変えました。")
    return 0


def _save(endpoint: "Endpoint", options: argparse.Namespace) -> None:
    from madoguchi.llm.credentials import joined
    from madoguchi.llm.endpoints import Invalid, save

    key = _key(options)
    beside = {name: getattr(options, name) or "" for name in ("tenant_id", "client_id", "access_key_id")}
    if key is not None:
        key = joined(endpoint.provider, key, beside)
    elif any(beside.values()):
        raise Failure("IDを登録するときは、--key-file か --key-env でキーもあわせて指定してください。")
    try:
        save(endpoint, "operator", "" if getattr(options, "no_key", False) else key)
    except Invalid as invalid:
        raise Failure("\n".join(invalid.errors.values())) from None


def _named(tenant: "Tenant", name: str) -> "Endpoint":
    from madoguchi.llm.endpoints import named

    endpoint = named(tenant, name)
    if endpoint is None:
        raise Failure(f"接続先「{name}」がありません。「madoguchi endpoints list」で名前を確認してください。")
    return endpoint


def _remove(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.endpoints import Invalid
    from madoguchi.llm.removal import remove

    try:
        remove(_named(tenant, options.name), "operator")
    except Invalid as invalid:
        raise Failure(str(invalid)) from None
    print(f"接続先「{options.name}」をキーとともに削除しました。")
    return 0


def _key(options: argparse.Namespace) -> str | None:
    """Return the key that the arguments lead to, None when they name none. No error repeats what was typed: it may be
    the key itself."""
    if options.key_env is not None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", options.key_env):
            raise Failure("--key-env には、キーそのものではなく、キーの入った環境変数の名前を指定してください。")
        key = os.environ.get(options.key_env, "")
        absent = "--key-env で指定した環境変数が設定されていません。キーを入れてから、もう一度実行してください。"
    elif options.key_file is not None:
        try:
            key = _typed() if options.key_file == "-" else Path(options.key_file).read_text()
        except (OSError, UnicodeDecodeError):
            raise Failure("--key-file で指定したファイルを読み取れません。場所と権限を確認してください。") from None
        absent = "--key-file で指定したファイルが空です。キーを入れてから、もう一度実行してください。"
    else:
        return None
    if not key.strip():
        raise Failure(f"{absent}登録は変わっていません。")
    return key.strip()


def _typed() -> str:
    """Return the key that comes on standard input; typed at a terminal it is not shown."""
    return getpass("キー（表示されません）: ") if sys.stdin.isatty() else sys.stdin.read()


def _list(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.models import Endpoint

    if options.presets:
        return _presets(options)
    rows = [row_of(endpoint) for endpoint in Endpoint.objects.filter(tenant=tenant)]
    if options.json:
        print_json({"endpoints": rows})
        return 0
    if not rows:
        print("接続先はまだありません。接続先がなくても、回答は資料の引用で作られます。")
    for row in rows:
        state = "使用中" if row["enabled"] else "停止中"
        if row["missing"]:
            state += f"  契約の記録が足りません（{'、'.join(row['missing'])}）"
        print(
            f"{row['order']:>4}  {row['name']}  {row['use']}  {row['provider']}  {row['model']}  {row['zone']}  "
            f"機密性{row['max_classification']}まで  {state}"
        )
    return 0


def _presets(options: argparse.Namespace) -> int:
    from madoguchi.llm.presets import presets

    found = [{"key": preset.key, "title": str(preset.title), **preset.settings()} for preset in presets()]
    if options.json:
        print_json({"presets": found})
    else:
        print("\n".join(f"{preset['key']}  {preset['title']}  {preset['use']}" for preset in found))
    return 0


def _pictures(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.vision import limit_of, set_limit
    from madoguchi.people.models import Classification

    if options.limit:
        try:
            limit = None if options.limit == "off" else Classification.named(options.limit)
        except ValueError as error:
            raise Failure(str(error)) from None
        set_limit(tenant, limit, "operator")
    now = limit_of(tenant.pk)
    label = Classification(now).label if now else None
    if options.json:
        print_json({"max_classification": label})
    elif label:
        print(f"機密性{label}までの文書の図を、画像を渡せる接続先に説明させます。")
    else:
        print("文書の図はモデルに渡しません。")
    return 0


def _test(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.endpoints import Invalid
    from madoguchi.llm.trial import adopt, found_out, try_out
    from madoguchi.people.access import scope_of_operator

    endpoint = _named(tenant, options.name)
    trial = try_out(endpoint, scope_of_operator(tenant))
    found = found_out(trial, endpoint)
    if found and options.adopt:
        try:
            adopt(endpoint, found, "operator")
        except Invalid as invalid:
            raise Failure(str(invalid)) from None
    if options.json:
        print_json(trial.to_json() | {"differs": found, "adopted": bool(found and options.adopt)})
    else:
        print("\n".join(said(trial)))
        if found:
            print("結果を設定に反映しました。" if options.adopt else "設定と違います。--adopt で反映します。")
    return 0 if trial.works else 1
