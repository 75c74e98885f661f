"""`madoguchi endpoints add|list|test|pictures`: the models this office may use."""

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office

if TYPE_CHECKING:
    from madoguchi.llm.models import Endpoint
    from madoguchi.llm.trial import Trial
    from madoguchi.people.models import Tenant


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="add|list|test|pictures")
    add = actions.add_parser("add", help="接続先を登録する（同じ名前があれば更新する）")
    add.add_argument("name", metavar="NAME")
    providers = ("openai", "openai-compatible", "azure", "anthropic", "google")
    add.add_argument(
        "--use",
        choices=("chat", "embedding", "rerank", "rerank-chat"),
        help="用途: 文章、埋め込み、並べ替えのAPI、文章のモデルによる並べ替え（既定 chat）",
    )
    add.add_argument("--provider", required=True, choices=providers)
    add.add_argument("--model", required=True, metavar="M")
    add.add_argument("--base-url", default="", metavar="URL")
    key = add.add_mutually_exclusive_group()
    key.add_argument("--key-env", metavar="VAR", help="キーの入った環境変数の名前（今の値を暗号化して保存）")
    key.add_argument("--key-file", metavar="FILE", help="キーの入ったファイル（- は標準入力。暗号化して保存）")
    add.add_argument("--zone", choices=("internal", "lgwan", "internet"), help="接続先がある区分（省略時はURLから）")
    add.add_argument(
        "--max-classification",
        metavar="C",
        help="渡してよい機密性区分の上限: 1, 2, 3C, 3B, 3A（省略時は庁内 3A、ほかは 1）",
    )
    add.add_argument("--order", type=int, metavar="N", help="小さいものから使う（既定 100）")
    add.add_argument("--vision", action=argparse.BooleanOptionalAction, help="画像を渡せるモデルか（既定は渡さない）")
    add.add_argument(
        "--query-prefix", metavar="TEXT", help="埋め込みで質問の前に置く文字（知られたモデルは省略できる）"
    )
    add.add_argument("--passage-prefix", metavar="TEXT", help="埋め込みで文書の前に置く文字")
    add.add_argument("--dimensions", type=int, metavar="N", help="埋め込みの次元数（0でモデルのまま）")
    add.add_argument("--json", action="store_true")
    show = actions.add_parser("list", help="登録した接続先を一覧する")
    show.add_argument("--json", action="store_true")
    test = actions.add_parser("test", help="接続先に決まった文を送り、何が動くかを確かめる")
    test.add_argument("name", metavar="NAME")
    test.add_argument("--json", action="store_true")
    pictures = actions.add_parser("pictures", help="文書の図をモデルに説明させる機密性区分の上限（省略時は表示）")
    pictures.add_argument("limit", nargs="?", metavar="off|1|2|3C|3B|3A")
    pictures.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    tenant = office()
    if options.action == "add":
        return _add(tenant, options)
    if options.action == "list":
        return _list(tenant, options)
    if options.action == "pictures":
        return _pictures(tenant, options)
    return _test(tenant, options)


def _add(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.endpoints import Invalid, named, save, standing_zone
    from madoguchi.llm.models import Endpoint
    from madoguchi.people.models import Classification

    endpoint = named(tenant, options.name) or Endpoint(tenant=tenant, name=options.name)
    endpoint.provider, endpoint.model = options.provider, options.model
    endpoint.base_url = options.base_url
    endpoint.is_enabled = True
    if options.use:
        endpoint.use = options.use
    if options.vision is not None:
        endpoint.sees_pictures = options.vision
    if options.query_prefix is not None:
        endpoint.query_prefix = options.query_prefix
    if options.passage_prefix is not None:
        endpoint.passage_prefix = options.passage_prefix
    if options.dimensions is not None:
        endpoint.dimensions = options.dimensions or None
    if options.zone or endpoint.pk is None:
        endpoint.zone = options.zone or standing_zone(endpoint.base_url)
    if options.order is not None:
        if options.order < 0:
            raise Failure("--order は0以上の整数で指定してください。")
        endpoint.order = options.order
    if options.max_classification:
        try:
            endpoint.max_classification = Classification.named(options.max_classification)
        except ValueError as error:
            raise Failure(str(error)) from None
    elif endpoint.pk is None and endpoint.zone == Endpoint.Zone.INTERNAL:
        # What stays in the office may take what is the office's; anything further out says so explicitly.
        endpoint.max_classification = Classification.C3A
    try:
        save(endpoint, "operator", _key(options))
    except Invalid as invalid:
        raise Failure("\n".join(invalid.errors.values())) from None
    if options.json:
        print_json(_row(endpoint))
        return 0
    label = Classification(endpoint.max_classification).label
    print(f"接続先「{endpoint.name}」を登録しました（機密性{label}まで）。")
    print(f"「madoguchi endpoints test {endpoint.name}」で確かめられます。")
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
            key = sys.stdin.read() if options.key_file == "-" else Path(options.key_file).read_text()
        except (OSError, UnicodeDecodeError):
            raise Failure("--key-file で指定したファイルを読み取れません。場所と権限を確認してください。") from None
        absent = "--key-file で指定したファイルが空です。キーを入れてから、もう一度実行してください。"
    else:
        return None
    if not key.strip():
        raise Failure(f"{absent}登録は変わっていません。")
    return key.strip()


def _list(tenant: "Tenant", options: argparse.Namespace) -> int:
    from madoguchi.llm.models import Endpoint

    rows = [_row(endpoint) for endpoint in Endpoint.objects.filter(tenant=tenant)]
    if options.json:
        print_json({"endpoints": rows})
        return 0
    if not rows:
        print("接続先はまだありません。接続先がなくても、回答は資料の引用で作られます。")
    for row in rows:
        state = "使用中" if row["enabled"] else "停止中"
        print(
            f"{row['order']:>4}  {row['name']}  {row['use']}  {row['provider']}  {row['model']}  {row['zone']}  "
            f"機密性{row['max_classification']}まで  {state}"
        )
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
    from madoguchi.llm.endpoints import named
    from madoguchi.llm.trial import try_out
    from madoguchi.people.access import scope_of_operator

    endpoint = named(tenant, options.name)
    if endpoint is None:
        raise Failure(f"接続先「{options.name}」がありません。「madoguchi endpoints list」で名前を確認してください。")
    trial = try_out(endpoint, scope_of_operator(tenant))
    if options.json:
        print_json(trial.to_json())
    else:
        print("\n".join(_said(trial)))
    return 0 if trial.works else 1


def _said(trial: "Trial") -> list[str]:
    """The lines that tell a person what a trial showed."""
    lines = list[str]()
    if trial.embedding is not None:
        lines.append(f"ベクトル: {'○' if trial.embedding else '×'}")
        if trial.embedding:
            lines.append(f"{trial.dimensions}次元、質問1件に {trial.total_ms} ミリ秒")
        if trial.right:
            lines.append("関係する文を近くと判定しました。")
    elif trial.rerank is not None:
        lines.append(f"並べ替え: {'○' if trial.rerank else '×'}")
        if trial.rerank:
            lines.append(f"3件に {trial.total_ms} ミリ秒")
        if trial.right:
            lines.append("質問の答えになる文を先頭にしました。")
    else:
        lines += [f"応答: {'○' if trial.chat else '×'}", f"逐次表示: {'○' if trial.stream else '×'}"]
        if trial.vision is not None:
            lines.append(f"画像: {'○' if trial.vision else '×'}")
        if trial.chat:
            lines.append(
                f"最初の文字まで {trial.first_ms} ミリ秒、終わりまで {trial.total_ms} ミリ秒（{trial.characters}文字）"
            )
    return [*lines, trial.reason] if trial.reason else lines


def _row(endpoint: "Endpoint") -> dict[str, Any]:
    from madoguchi.people.models import Classification

    return {
        "name": endpoint.name,
        "use": endpoint.use,
        "provider": endpoint.provider,
        "model": endpoint.model,
        "base_url": endpoint.base_url,
        "has_key": bool(endpoint.sealed_key),
        "key_changed_at": endpoint.key_changed_at,
        "zone": endpoint.zone,
        "max_classification": Classification(endpoint.max_classification).label,
        "order": endpoint.order,
        "enabled": endpoint.is_enabled,
        "vision": endpoint.sees_pictures,
        "query_prefix": endpoint.query_prefix,
        "passage_prefix": endpoint.passage_prefix,
        "dimensions": endpoint.dimensions,
    }
