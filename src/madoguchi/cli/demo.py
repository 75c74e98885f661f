"""`madoguchi demo`: the sample city 風見市, then the server. A second run keeps what is there."""

import argparse
import os
import sys
import webbrowser

from madoguchi.cli import serve
from madoguchi.cli.main import Failure
from madoguchi.cli.start import start

ACCOUNTS = [
    ("tanaka", "高齢福祉課の主事。公開文書、庁内共通、自分の課の文書が見えます。"),
    ("suzuki", "高齢福祉課長。さらに管理職向けの文書が見えます。"),
    ("takahashi", "財政課の主査。福祉部の文書は見えません。"),
    ("sato", "情報政策課の管理者。職員・接続先を管理します。"),
]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    serve.arguments(parser)
    parser.add_argument("--no-browser", action="store_true", help="ブラウザーを開かない")


def run(options: argparse.Namespace) -> int:
    """Load the city when the home is empty, wait until its documents are read, and serve."""
    # The console is for the person who tries it, not for a line a request.
    os.environ.setdefault("MADOGUCHI_LOG_LEVEL", "WARNING")
    start()
    from madoguchi.people.models import Tenant
    from madoguchi.sample_city.load import SLUG, is_complete

    if Tenant.objects.exclude(slug=SLUG).exists():
        raise Failure("このデータの置き場所には、すでに別の団体があります。MADOGUCHI_HOME を別の場所にしてください。")
    if not is_complete():
        load()
    say("")
    say("風見市（架空の市）のデモです。終わるときは Ctrl+C を押してください。")
    return serve.serve(options, when_ready=lambda address: welcome(address, not options.no_browser))


def load() -> None:
    """Load people, folders, documents and verified answers, saying what happens."""
    from madoguchi import durable, memory
    from madoguchi.sample_city import load as city

    memory.keep_small()

    say("風見市のデータを作っています（初回のみ、1〜2分）。")
    tenant = city.load_people()
    city.load_folders(tenant)
    durable.launch(worker=True)
    total = city.load_documents(tenant)
    say(f"文書{total}件を読み取り、索引を作っています。")
    durable.wait(queue="ingest")
    count = city.load_answers(tenant)
    say(f"確認済み回答{count}件を登録しました。")


def welcome(address: str, open_browser: bool) -> None:
    """Say where to go, as whom, and what to try."""
    from madoguchi.sample_city.load import PASSWORD

    say(f"\nログイン名（パスワードはすべて {PASSWORD}）:")
    for login, what in ACCOUNTS:
        say(f"  {login:<10} {what}")
    say(f"\n試すこと: {address}tour/ に10項目あります。まず「昨年の福祉関連の予算変更について」と聞いてみてください。")
    say("意味による検索は裏で準備が進みます。ことばによる検索はすぐに使えます。\n")
    if open_browser:
        webbrowser.open(address)


def say(text: str) -> None:
    """Tell the person at the console; stdout stays for the one line of `serve`."""
    print(text, file=sys.stderr, flush=True)
