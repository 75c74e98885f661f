"""The options of `madoguchi endpoints add|set`, and what they put into an endpoint."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from madoguchi.cli.main import Failure

if TYPE_CHECKING:
    from madoguchi.llm.models import Endpoint

_PROVIDERS = ("openai", "openai-compatible", "azure", "azure-entra", "anthropic", "bedrock", "google", "vertex")
_USES = ("chat", "embedding", "rerank", "rerank-chat", "transcription")
# Options that say yes or no to a field, and those that give it a value; `none` empties it.
_FLAGS: Mapping[str, tuple[str, str]] = {
    "vision": ("sees_pictures", "画像を渡せるモデルか（既定は渡さない）"),
    "schema": ("keeps_schema", "決まった形（JSON）で答えられるか"),
    "tools": ("calls_tools", "道具を呼び出せるか"),
    "mask-inside": ("masks_always", "庁内でも個人情報を伏せて渡すか"),
}
_VALUES: Mapping[str, tuple[str, str, str]] = {
    "query-prefix": ("query_prefix", "TEXT", "埋め込みで質問の前に置く文字（知られたモデルは省略できる）"),
    "passage-prefix": ("passage_prefix", "TEXT", "埋め込みで文書の前に置く文字"),
    "grade": ("grade", "G", "モデルの区分: fast, standard, precise"),
    "context-tokens": ("context_tokens", "N", "一度に扱える長さ（トークン）"),
    "max-output-tokens": ("max_output_tokens", "N", "一度に書ける長さ（トークン）"),
    "price-in": ("price_in", "N", "入力100万トークンあたりの単価"),
    "price-out": ("price_out", "N", "出力100万トークンあたりの単価"),
    "price-cached": ("price_cached", "N", "再利用された入力100万トークンあたりの単価"),
    "currency": ("currency", "C", "単価の通貨: JPY, USD"),
    "contract": ("contract", "C", "契約の種類: terms（約款）, individual（個別契約）, ismap"),
    "region": ("region", "R", "データの保存先: japan, abroad"),
    "trains-on-input": ("trains_on_input", "yes|no", "入力が学習に使われるか"),
    "retention-days": ("retention_days", "N", "提供元が入力を保存する日数（0で保存しない）"),
    "sub-processors": ("sub_processors", "TEXT", "再委託先（ないときは「なし」）"),
    "checked-on": ("checked_on", "YYYY-MM-DD", "契約を確認した日"),
    "valid-from": ("valid_from", "YYYY-MM-DD", "使い始める日"),
    "valid-to": ("valid_to", "YYYY-MM-DD", "使い終わる日"),
}
# What the database can hold.
_MOST_ORDER = 2_147_483_647


def arguments(parser: argparse.ArgumentParser) -> Any:
    """Declare the options; return the group of the ways to give a key."""
    parser.add_argument(
        "--use",
        choices=_USES,
        help="用途: 文章、埋め込み、並べ替えのAPI、文章のモデルによる並べ替え、文字起こし（既定 chat）",
    )
    parser.add_argument("--provider", choices=_PROVIDERS)
    parser.add_argument("--model", metavar="M")
    parser.add_argument("--base-url", metavar="URL")
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--key-env", metavar="VAR", help="キーの入った環境変数の名前（今の値を暗号化して保存）")
    key.add_argument("--key-file", metavar="FILE", help="キーの入ったファイル（- は標準入力。暗号化して保存）")
    parser.add_argument("--tenant-id", metavar="ID", help="Azure（Entra ID）のテナントID")
    parser.add_argument("--client-id", metavar="ID", help="Azure（Entra ID）のクライアントID")
    parser.add_argument("--access-key-id", metavar="ID", help="AWSのアクセスキーID（BedrockのAPIキーでは不要）")
    parser.add_argument("--zone", choices=("internal", "lgwan", "internet"), help="接続先がある区分（省略時はURLから）")
    parser.add_argument(
        "--max-classification",
        metavar="C",
        help="渡してよい機密性区分の上限: 1, 2, 3C, 3B, 3A（省略時は庁内 3A、ほかは 1）",
    )
    parser.add_argument("--order", type=int, metavar="N", help="小さいものから使う（既定 100）")
    parser.add_argument("--dimensions", type=int, metavar="N", help="埋め込みの次元数（0でモデルのまま）")
    for option, (name, words) in _FLAGS.items():
        parser.add_argument(f"--{option}", dest=name, action=argparse.BooleanOptionalAction, help=words)
    for option, (name, metavar, words) in _VALUES.items():
        parser.add_argument(f"--{option}", dest=name, metavar=metavar, help=words)
    parser.add_argument("--json", action="store_true")
    return key


def put(endpoint: "Endpoint", options: argparse.Namespace) -> None:
    """Give an endpoint the settings that the options name; what they leave out stays. Raises Failure."""
    from madoguchi.people.models import Classification

    for name in ("use", "provider", "model", "base_url", *(name for name, _words in _FLAGS.values())):
        if getattr(options, name) is not None:
            setattr(endpoint, name, getattr(options, name))
    for option, (name, _metavar, _words) in _VALUES.items():
        if getattr(options, name) is not None:
            setattr(endpoint, name, _value(endpoint, option, name, getattr(options, name)))
    if options.dimensions is not None:
        endpoint.dimensions = options.dimensions or None
    if options.order is not None:
        if not 0 <= options.order <= _MOST_ORDER:
            raise Failure("--order は0以上の整数で指定してください。")
        endpoint.order = options.order
    if options.max_classification:
        try:
            endpoint.max_classification = Classification.named(options.max_classification)
        except ValueError as error:
            raise Failure(str(error)) from None


def _value(endpoint: "Endpoint", option: str, name: str, text: str) -> Any:
    """Return what a text says for a field."""
    from django.core.exceptions import ValidationError

    field: Any = endpoint._meta.get_field(name)
    if text in ("none", "") and (field.null or field.blank):
        return None if field.null else ""
    if name == "trains_on_input":
        if text not in ("yes", "no"):
            raise Failure("--trains-on-input は yes、no、none のどれかで指定してください。")
        return text == "yes"
    try:
        return field.clean(text, endpoint)
    except ValidationError:
        raise Failure(
            f"--{option} の値を読み取れません。「madoguchi endpoints set --help」で確認してください。"
        ) from None
