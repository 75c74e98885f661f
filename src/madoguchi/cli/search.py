"""`madoguchi search QUESTION`: passages that answer a question, as a person or as the operator of the machine."""

import argparse

from madoguchi.cli.main import print_json
from madoguchi.cli.start import end, office, scope_named


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("question", metavar="QUESTION", help="探したいこと")
    parser.add_argument(
        "--as", dest="login", metavar="LOGIN", help="この職員の参照範囲で探す（既定は運用者として全文書）"
    )
    parser.add_argument("-k", type=int, default=10, metavar="N", help="件数")
    parser.add_argument("--json", action="store_true")


def run(options: argparse.Namespace) -> int:
    """Find, print, and put it on the record."""
    tenant = office()
    from madoguchi.audit.record import digest, record
    from madoguchi.search.folding import differs
    from madoguchi.search.query import find
    from madoguchi.search.spaces import load_clients

    load_clients()
    scope, actor = scope_named(tenant, options.login)
    results = find(scope, options.question, options.k, described=True, folding=True)
    record(tenant.pk, actor, "question", question=digest(options.question), found=len(results.hits))
    record(tenant.pk, actor, "passages.given", passages=[str(pk) for hit in results.hits for pk in hit.given])
    if options.json:
        print_json({"results": [hit.to_json() for hit in results.hits], "took_ms": results.took_ms})
        return end(0)
    if results.note:
        print(results.note)
    for number, hit in enumerate(results.hits, start=1):
        page = hit.passage.locator.get("page")
        print(f"{number}. {hit.path}" + (f" {page}ページ" if page else ""))
        print("   " + " ".join(hit.text.split())[:160])
        for other in hit.others:
            said = "年度違い" if differs(hit.passage, other.passage) else "同じ文"
            print(f"   ほぼ同じ内容（{said}）: {other.path}")
    if not results.hits:
        print("見つかりませんでした。")
    return end(0)
