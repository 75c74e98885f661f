"""faq.csv, tour.csv and questions.csv: what a person may ask, with the page that answers."""

# ruff: noqa: E501 - full-width text counts twice; a table row stays one line

from urllib.parse import quote

from common import CITY, FILES, HERE, write_csv
from organisation import department_paths
from pdf import flat, page_texts, pages_with

SHORT = {
    "T": "公開/手続き案内/",
    "R": "公開/例規/",
    "B": "公開/予算・決算/",
    "Y": "庁内共通/要綱・要領/",
    "N": "庁内共通/通知/",
    "G": "公開/ごみ分別/",
}


def page_of(path: str, needle: str) -> str:
    """Return the first page with the text; nothing where the file has no pages or is not there yet."""
    if not path.endswith(".pdf") or not needle or not (FILES / path).exists():
        return ""
    pages = pages_with(path, [part for part in needle.split("、") if part])
    if not pages:
        print(f"  頁が見つかりません: {path} {needle}")
    return str(pages[0]) if pages else ""


def faq(values: dict[str, str]) -> int:
    departments = set(department_paths())
    rows: list[list[str]] = []
    entry: dict[str, str] = {}

    def close() -> None:
        if not entry:
            return
        audience, department, source, needle, status = (
            [*entry.get("属", "public;市民部/市民課").split(";"), "", "", "", ""]
        )[:5]
        if source and source[0] in SHORT and source[0].isascii():
            source = SHORT[source[0]] + source[1:]
        assert department in departments, department
        assert audience in {"public", "staff"} or audience.removeprefix("dept:") in departments, audience
        variants = entry["別"].split("|")
        assert 2 <= len(variants) <= 4, entry["問"]
        answer = entry["答"]
        for key, value in values.items():
            answer = answer.replace(f"{{{key}}}", value)
        if source and not (FILES / source).exists():
            print(f"  出典がまだありません: {source}")
        page = "1" if source.endswith("臨時休館のお知らせ.pdf") else page_of(source, needle)
        rows.append([entry["問"], entry["別"], answer, audience, department, source, page, status or "released"])
        entry.clear()

    for line in (HERE / "data" / "faq.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        kind, _, text = line.partition(" ")
        if kind == "問":
            close()
        entry[kind] = text
    close()
    counts = {a: sum(1 for r in rows if r[3] == a) for a in ("public", "staff")}
    drafts = sum(1 for r in rows if r[7] == "draft")
    assert len(rows) >= 80 and counts["public"] >= 60 and counts["staff"] >= 15 and drafts == 4, (
        len(rows),
        counts,
        drafts,
    )
    assert len({r[0] for r in rows}) == len(rows)
    header = ["question", "variants", "answer", "audience", "department", "source_path", "source_page", "status"]
    write_csv(CITY / "faq.csv", header, rows)
    print("FAQ", len(rows), counts, "draft", drafts)
    return len(rows)


def tour() -> None:
    ask, search = "/ask/?q=", "/search/?q="
    rows = [
        ("昨年の補正予算を根拠つきで聞く", "補正予算書（第3号）のページを開き、回答の金額と引用箇所が一致することを確かめます。", ask + quote("昨年の福祉関連の予算変更について"), "tanaka"),
        ("手数料を聞く（確認済み回答）", "職員が確認した回答がそのまま表示され、担当課と出典が分かります。", ask + quote("住民票の写しの手数料はいくらですか"), "watanabe"),
        ("文書を探す", "言葉が一致しなくても、近い内容のページが見つかります。", search + quote("避難所 トイレ 整備"), "yamamoto"),
        ("自分の課の文書について聞く", "高齢福祉課の職員には、課内限りのマニュアルから回答します。生成AIをつながない状態では、原文の引用で答えます。", ask + quote("配食の配達時に応答がないときの対応"), "tanaka"),
        ("同じ質問を別の課の職員で聞く", "ほかの課の職員には、課内限りの文書は検索にも回答にも現れません。", ask + quote("配食の配達時に応答がないときの対応"), "watanabe"),
        ("予算書の表を開く", "書庫で令和8年度一般会計予算書を開き、款・項・目の表を原文のページで見ます。", "/library/", "takahashi"),
        ("文書を登録する", "書庫にファイルを入れると、数秒後に検索の対象になります。", "/library/", "kato"),
        ("FAQを直して公開する", "下書きの回答を直し、課長が確認して公開します。", "/faq/", "yoshida"),
        ("職員と所属、履歴を見る", "所属と兼務が参照範囲を決めることと、聞いた内容が記録に残ることを確かめます。", "/people/", "sato"),
        ("自分の履歴を見る", "前に聞いた質問と、その時の根拠を開き直せます。", "/ask/history/", "tanaka"),
    ]  # fmt: skip
    assert len(rows) == 10
    write_csv(CITY / "tour.csv", ["title", "what", "link", "login"], rows)


def questions(items: list[tuple[str, str, list[str], str]]) -> None:
    """Write the bench: each answer must stand on exactly one page of its document."""
    rows = []
    for question, path, needles, answer in items:
        assert (FILES / path).exists(), path
        pages = pages_with(path, needles)
        if len(pages) != 1:
            near = {n: pages_with(path, [n]) for n in needles}
            raise AssertionError(f"{question}: {pages} {near}")
        text = page_texts(FILES / path)[pages[0] - 1]
        assert all(flat(n) in text for n in needles)
        rows.append([question, path, pages[0], answer])
    assert len(rows) >= 40, len(rows)
    write_csv(HERE / "questions.csv", ["question", "path", "page", "answer"], rows)
    print("questions", len(rows))
