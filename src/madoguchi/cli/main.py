"""The command `madoguchi`: one module a command, loaded when it is called."""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any, Protocol

COMMANDS = {
    "demo": "見本の市を用意して起動する",
    "serve": "画面と作業係を起動する",
    "worker": "作業係だけを起動する",
    "people": "職員・所属のCSVを取り込む・書き出す",
    "ingest": "ファイルを書庫に取り込む",
    "read": "ファイルの読み取り結果を見る",
    "search": "書庫を探す",
    "ask": "質問に根拠つきで答える",
    "guard": "文の中の個人番号・個人情報を見つける",
    "endpoints": "接続先モデルを登録・確認する",
    "usage": "モデルの利用量と費用を月ごとに見る",
    "budgets": "モデルの予算を確認する・決める",
    "rules": "ネットワーク構成など、どこへ何を渡せるかの規則を見る・変える",
    "stop": "AIの利用を止める（すべて・接続先・アプリ・住民窓口）",
    "resume": "止めたAIの利用を再開する",
    "secrets": "接続先のキーなどを暗号化する鍵を確認する・替える",
    "embeddings": "意味での検索のモデルを確認する・変える",
    "bench": "評価データで測る",
    "audit": "監査記録を検証・書き出す",
    "doctor": "状態を点検する",
    "licences": "依存パッケージのライセンスを一覧する",
}


class Command(Protocol):
    """What a command's module holds."""

    def arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, options: argparse.Namespace) -> int: ...


class Failure(Exception):
    """A command cannot go on; the message says what happened and what to do. Exit status 1."""


def print_json(data: Any) -> None:
    """Print one JSON document on stdout."""
    json.dump(data, sys.stdout, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def main(argv: list[str] | None = None) -> int:
    """Run a command; exit 0 on success, 2 on a usage error, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="madoguchi", description="窓口: 自治体が自分で動かす生成AI基盤")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=", ".join(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "madoguchi.conf.settings")
    module: Any = importlib.import_module(f"madoguchi.cli.{chosen.command}")
    command_parser = argparse.ArgumentParser(prog=f"madoguchi {chosen.command}", description=COMMANDS[chosen.command])
    module.arguments(command_parser)
    options = command_parser.parse_args(chosen.arguments)
    run: Callable[[argparse.Namespace], int] = module.run
    try:
        return run(options)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
