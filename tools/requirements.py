"""Write docs/security.md: which test proves which line of the security requirements.

Usage: requirements.py [--check]; with --check exits 1 when the page is not what the tests say.
"""

import ast
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
# What each line asks, in a few words; the letters are the chapters of the requirements.
LINES = {
    "A1": "loopback だけで全試験が動く / runs with loopback only",
    "A2": "外へ1パケットも出さない / no packet leaves",
    "A4": "機密性区分は必ずあり、派生物は最も高いものを受け継ぐ / a class on everything, derived takes the highest",
    "A9": "インターネットから内側へは無害化した写しだけが渡る / only harmless copies cross from the internet",
    "B4": "他人を締め出せない / nobody can lock another out",
    "B7": "セッションの規則 / session rules",
    "B10": "初期パスワードなし、最初の管理者は1回限りの番号で / no default password, one-time code",
    "B12": "CSRF、ホスト名、GETで変更しない / CSRF, hosts, no change by GET",
    "C1": "参照範囲なしに読む道がない / no read without a scope",
    "C2": "絞り込みは索引の問合せの中 / filter inside the index query",
    "C3": "合言葉が見える人にだけ見える / canaries show exactly where allowed",
    "C4": "素朴な実装と一致 / equals the slow oracle",
    "C5": "漏れうる面をすべて通る / every surface is walked",
    "C6": "経路×方法×人×番号の表 / route × method × persona × id",
    "C7": "子は親を通して取る / children through their parent",
    "C8": "キャッシュは範囲ごと、ページは保存させない / caches by scope, no-store",
    "C10": "見えない文書が結果に影響しない / hidden documents change nothing visible",
    "C11": "本文から所有者・区分・鍵を決められない / a body sets no owner, class, key",
    "C15": "書き込み先の権限を確かめる / right to write is checked",
    "D1": "個人番号の検査用数字 / the check digit of My Number",
    "D2": "どう書かれた個人番号も見つけ、似たものは見つけない / found however written, and nothing alike",
    "D3": "まわりの語で、止めるか一度確かめるかが決まる / the words around decide: stop or ask once",
    "D8": "学習に使う接続先には個人の情報を渡さない / nothing of persons to endpoints that learn from it",
    "D11": "ログと記録に人の文を残さない / no person's text in logs or the record",
    "E1": "読み取りは閉じた子プロセスで / readers in a confined child",
    "E3": "名前・先頭・中身の一致 / name, magic and inner type agree",
    "E4": "外のものを取りに行かない / nothing outside is followed",
    "E5": "ファイル名はデータ / names are data",
    "E6": "マクロ・スクリプトは動かない / macros and scripts never run",
    "E7": "見えない文字は印を付けて除く / hidden text is marked and kept out",
    "E8": "変換器は固定の引数、空の環境 / converters by fixed arguments",
    "E9": "データから物を生き返らせない / no objects revived from data",
    "E10": "検査が済むまで隔離し、検査がなければ管理者に示す / quarantine until the scanner says yes",
    "G1": "1つの無害化、どこで切れても安全 / one sanitiser, safe at every prefix",
    "G2": "文書やモデルの文は何も読み込まない / text loads nothing",
    "G4": "CSPほかのヘッダー / CSP and headers",
    "G8": "エラーに内部を出さない / errors show nothing inner",
    "B5": "有無の分からないサインイン / known and unknown accounts look alike",
    "B6": "接続区分は申告でなく経路から / zones from the listener, never from a header",
    "C9": "権限を失えば次の問合せから / a lost right counts at once",
    "E2": "爆弾と輪 / bombs and loops",
    "G3": "外へのリンクは文字だけ / links to other hosts are words",
    "G6": "1件は1行 / one event, one line",
    "G9": "AIが書いたものには、人が確認するまで印が付く / AI-made text is marked until confirmed",
    "H7": "予算と上限は呼ぶ前に確かめる / budgets and limits before the call",
    "H9": "引用は原文のまま、数・日付・名称は根拠にある / quotes verbatim, figures and names stand in their passages",
    "H13": "隔離・期限切れは見つからず、未確認は確認済みの下 / held or expired never found, unverified below",
    "J1": "kill -9 で失わず重複しない / nothing lost or doubled by kill -9",
    "J5": "モデルも埋め込みもなくても動く / works without model and embedding",
    "J7": "索引は文書から作り直せる / the index is rebuilt",
    "L1": "記録される出来事 / events recorded",
    "L2": "1本の連鎖、最初の不一致を示す / one chain, first bad number",
    "L3": "追記のみ / append-only",
    "D6": "個人情報を見つけて伏せる / personal data found and masked",
    "D7": "伏せた印は呼び出しごと、その答えでだけ戻る / masks are of one call and restored in its answer alone",
    "M1": "鍵は置き場所に結びつけて封じる / secrets sealed to their place",
    "M2": "主鍵はデータベースの外、入れ替えは動きながら / master key outside the database, rotation while running",
    "M3": "鍵は書き込むだけ / secrets are write-only",
    "M11": "SQLを文字から作らない / no SQL from text",
    "N1": "すべての行に団体 / the tenant in every row",
    "A3": "外へつなぐのはllmだけ、許した宛先だけ / only llm connects, only where allowed",
    "A5": "区分×接続区分の表が接続先を決め、信頼の低い先へは替えない / a table decides, never to less trust",
    "A6": "契約の記録がない接続先は機密性1だけ / without a record class 1 only",
    "A7": "ネットワーク構成が宛先を決める / the network model sets what is reached",
    "A8": "番号利用事務系にはつながない / nothing connects to the number side",
    "D4": "止めた番号は送らず、残さず、記録しない / a stopped number is not sent, kept or logged",
    "D5": "どの入口にも同じ見張り / the same guard at every door",
    "F8": "部品が勝手に取りに行かない / fetchers of libraries are off",
    "H2": "指示文に秘密を置かない / no secret in a prompt",
    "H4": "道具は決めたものだけ / only the tools that are listed",
    "H8": "停止ボタンは流れている回答も止める / stop buttons end running answers",
    "H11": "長すぎる文は切らずに断り、出力は形を確かめる / too long is refused, output is checked",
    "H12": "経緯はサーバーにある / history lives on the server",
    "J3": "接続先の失敗に耐える / faults of providers",
    "M9": "知らない起動時の仕掛けがない / no unknown start-up hook",
    "G5": "CSVの式は文字として出す / formulas in CSV are words",
}
HEAD = """# Can it leak? / 漏れないか

Each line of the requirements with the tests that prove it. Made by `tools/requirements.py` from the tests' own marks
(`@pytest.mark.req("C3")`); a test holds this page to them.

| line | what it asks | proved by |
| --- | --- | --- |
"""


def proofs() -> dict[str, list[str]]:
    """Return {line: [file::test]} from the marks in tests/."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text())
        whole = [line for node in tree.body if isinstance(node, ast.Assign) for line in _marks([node.value])]
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                for line in [*whole, *_marks(node.decorator_list)]:
                    found[line].append(f"{path.relative_to(ROOT / 'tests')}::{node.name}")
    return found


def _marks(nodes: list[ast.expr]) -> list[str]:
    """Return the ids named by `req(...)` calls anywhere in some expressions."""
    return [
        str(argument.value)
        for node in nodes
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.req")
        for argument in call.args
        if isinstance(argument, ast.Constant)
    ]


def page() -> str:
    """Return the page as it should stand."""
    found = proofs()
    order = sorted(LINES.keys() | found.keys(), key=lambda line: (line[0], int(line[1:])))
    rows = []
    for line in order:
        tests = "<br>".join(f"`{test}`" for test in found.get(line, [])) or "**none yet**"
        rows.append(f"| {line} | {LINES.get(line, '')} | {tests} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        raise SystemExit(0 if PAGE.read_text() == page() else "docs/security.md is old: run tools/requirements.py")
    PAGE.write_text(page())
