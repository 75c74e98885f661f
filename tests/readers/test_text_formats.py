"""CSV, HTML, Markdown and plain text."""

import pytest

from madoguchi.readers import csv, html, markdown, text
from madoguchi.readers.encoding import decode
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

TABLE = "番号,名称,備考\n0010,高松市民防災センター,①髙橋\n0020,塩江支所,火・水\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_is_read_in_every_usual_encoding(encoding):
    (table,) = csv.read(TABLE.encode(encoding), Limits()).blocks
    assert table.cells == [
        ["番号", "名称", "備考"],
        ["0010", "高松市民防災センター", "①髙橋"],
        ["0020", "塩江支所", "火・水"],
    ]
    assert table.header_rows == 1 and table.locator == {"range": "A1:C3"}


@pytest.mark.parametrize("encoding", ["euc_jp", "iso2022_jp", "cp932", "utf-8"])
def test_japanese_encodings_are_told_apart(encoding):
    said = "広報かざみ　七月号　市民税の納期限は六月三十日です。ハーフ＆ハーフ、カタカナも交じる。"
    assert decode(said.encode(encoding)) == said


def test_a_file_cut_inside_a_character_is_still_read():
    assert decode("途中で切れた文章".encode()[:-1]).startswith("途中で切れた文")


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_found_and_title_lines_stand_apart(delimiter):
    rows = [
        ["令和7年度 施設一覧"],
        ["（単位：人）"],
        ["番号", "名称", "定員", "所管"],
        ["01", '"改,行\n入り"', "70", "福祉"],
        ["02", "乙", "80", "福祉"],
    ]
    data = "\n".join(delimiter.join(row) for row in rows).encode("cp932")
    title, unit, table = csv.read(data, Limits()).blocks
    assert (title.kind, title.text, unit.text, table.unit) == ("paragraph", "令和7年度 施設一覧", "（単位：人）", "人")
    assert table.cells[1] == ["01", "改,行\n入り", "70", "福祉"]


def test_a_csv_beyond_the_limit_of_cells_is_cut_and_says_so():
    reading = csv.read(("a,b\n" * 100).encode(), Limits(max_cells=20))
    assert len(reading.blocks[0].cells) == 10 and "20セルで打ち切りました" in reading.notice


PAGE = """<!DOCTYPE html><html><head><meta charset="Shift_JIS"><title>転入届 | 風見市</title><style>x{}</style></head>
<body>
<header>市の名</header><nav><a href="/">道しるべ</a></nav><div class="breadcrumb">トップ &gt; 手続き</div>
<main id="main"><h1>転入届</h1><p>引っ越した日から
14日以内に届け出てください。<br>電話では受け付けません。</p><script>alert("動く")</script><p hidden>隠れた</p>
<h2>持ち物</h2><ul><li>本人確認書類<ul><li>運転免許証</li></ul></li><li>転出証明書</li></ul>
<table><caption>手数料</caption><tr><th rowspan="2">区分</th><th colspan="2">金額</th></tr>
<tr><th>窓口</th><th>コンビニ</th></tr>
<tr><td>住民票</td><td>300円</td><td>200円</td></tr></table>
<table><tr><td>枠だけの表</td></tr></table></main><footer>住所</footer></body></html>"""


def test_a_web_page_gives_its_main_content_with_structure():
    blocks = html.read(PAGE.encode("cp932"), Limits()).blocks
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        ("heading", 1, "転入届"),
        ("paragraph", 0, "引っ越した日から14日以内に届け出てください。"),
        ("paragraph", 0, "電話では受け付けません。"),
        ("heading", 2, "持ち物"),
        ("list_item", 1, "本人確認書類"),
        ("list_item", 2, "運転免許証"),
        ("list_item", 1, "転出証明書"),
        ("table", 0, "手数料"),
        ("paragraph", 0, "枠だけの表"),
    ]
    table = blocks[7]
    assert table.cells == [["区分", "金額", "金額"], ["区分", "窓口", "コンビニ"], ["住民票", "300円", "200円"]]
    assert table.header_rows == 2
    assert table.locator == {"heading": ["転入届", "持ち物"]}


def test_a_page_without_a_main_element_is_read_from_its_body():
    blocks = html.read("<title>お知らせ｜市</title><body><p>本文です。</p>".encode(), Limits()).blocks
    assert [(block.kind, block.text) for block in blocks] == [("heading", "お知らせ"), ("paragraph", "本文です。")]


@pytest.mark.req("E1")
def test_spans_that_claim_millions_of_cells_stay_within_the_limit():
    rows = "<tr>" + '<td colspan="100000" rowspan="100000">x</td>' * 50 + "</tr>"
    reading = html.read(f"<table><tr><td>a</td><td>b</td></tr>{rows * 50}</table>".encode(), Limits(max_cells=10_000))
    assert "打ち切りました" in reading.notice


@pytest.mark.req("E1")
def test_nothing_outside_a_page_is_fetched_or_expanded():
    page = b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><html><body><p>a&x;b</p></body></html>'
    assert "root:" not in str(html.read(page, Limits()).to_json())


def test_an_empty_page_has_no_text():
    with pytest.raises(Problem) as problem:
        html.read(b"  \n ", Limits())
    assert problem.value.key == "no-text"


def test_markdown_gives_headings_items_and_tables():
    source = "# 規程\n\n本文の\n続き。\n\n- 一つ\n  - 二つ\n\n| 名 | 数 |\n| --- | --- |\n| 紙 | 3 |\n\n<script>x</script>\n\n![外](http://x/y.png)\n"
    blocks = markdown.read(source.encode(), Limits()).blocks
    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "規程"),
        ("paragraph", "本文の\n続き。"),
        ("list_item", "一つ"),
        ("list_item", "二つ"),
        ("table", ""),
    ]
    assert blocks[4].cells == [["名", "数"], ["紙", "3"]]


def test_text_wrapped_at_a_fixed_width_is_joined_again():
    line = "あ" * 36
    source = "\n".join([*[line] * 4, "終わり。", "", *[line] * 3, "次の終わり。"])
    assert text.paragraphs(source) == [line * 4 + "終わり。", line * 3 + "次の終わり。"]


def test_lines_of_a_plain_list_stay_lines():
    assert text.paragraphs("一行目\n二行目\n\n三行目") == ["一行目", "二行目", "三行目"]


def test_a_law_in_plain_text_has_its_articles():
    blocks = text.read(
        "○風見市条例\n（目的）\n第1条　この条例は、定める。\n2　前項のほか。\n".encode(), Limits()
    ).blocks
    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "○風見市条例"),
        ("heading", "第1条（目的）"),
        ("paragraph", "この条例は、定める。"),
        ("list_item", "2　前項のほか。"),
    ]


def test_the_contents_of_a_law_are_no_headings():
    source = "目次\n第１章　総則（第１条―第３条）\n第２章　雑則（第４条）\n附則\n"
    source += "第１章　総則\n第１条　定める。\n附則\n別表（第２条関係）\n"
    headings = [block.text for block in text.read(source.encode(), Limits()).blocks if block.kind == "heading"]
    assert headings == ["第１章　総則", "第１条", "附則", "別表（第２条関係）"]
