"""`madoguchi ask QUESTION`: an answer with its evidence, as a person of the office or as the operator."""

import argparse

from madoguchi.cli.main import Failure, print_json
from madoguchi.cli.start import office, scope_named


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", metavar="QUESTION", help="質問")
    parser.add_argument("--as", dest="login", metavar="LOGIN", help="この職員の参照範囲で答える")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    scope, _ = scope_named(office(), options.login)
    from madoguchi.answers.ask import BadQuestion, answer_of
    from madoguchi.search.spaces import load_clients

    load_clients()
    try:
        answer = answer_of(scope, options.question)
    except BadQuestion as bad:
        raise Failure(str(bad)) from None
    if options.json:
        print_json(answer)
        return 0
    labels = {
        "verified": "確認済み回答",
        "composed": "AIによる下書き",
        "quoted": "資料の引用",
        "none": "資料では確認できません",
    }
    print(f"【{labels[answer['mode']]}】")
    for sentence in answer["sentences"]:
        marks = "".join(f"[{n}]" for n in sentence["citations"])
        unfound = [check["text"] for check in sentence["checks"] if not check["found"]]
        print(f"{sentence['text']}{marks}" + (f"（未確認: {'、'.join(unfound)}）" if unfound else ""))
    for source in answer["sources"]:
        page = source["locator"].get("page")
        print(f"[{source['n']}] {source['title']}" + (f" {page}ページ" if page else "") + f"  {source['path']}")
    if answer["department"]:
        print(f"詳しい問い合わせ先: {answer['department']}")
    return 0
