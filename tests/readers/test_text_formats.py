"""CSV, HTML, Markdown and plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.readers import csv, html, markdown, text
from madoguchi.readers.blocks import Block
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
        ("heading", 1, "手続き"),
        ("heading", 2, "転入届"),
        ("paragraph", 0, "引っ越した日から14日以内に届け出てください。"),
        ("paragraph", 0, "電話では受け付けません。"),
        ("heading", 3, "持ち物"),
        ("list_item", 1, "本人確認書類"),
        ("list_item", 2, "運転免許証"),
        ("list_item", 1, "転出証明書"),
        ("table", 0, "手数料"),
        ("paragraph", 0, "枠だけの表"),
    ]
    table = blocks[8]
    assert table.cells == [["区分", "金額", "金額"], ["区分", "窓口", "コンビニ"], ["住民票", "300円", "200円"]]
    assert table.header_rows == 2
    assert table.locator == {"heading": ["手続き", "転入届", "持ち物"]}


TRAILS = {
    "a list": '<ol class="breadcrumb"><li>トップページ</li><li><a>くらし</a> &gt;<li>ごみ</li><li>粗大ごみ</ol>',
    "a line": '<p id="tmp_pankuzu">現在位置：<a>風見市ホームページ</a> &gt; くらし &gt; <a>ごみ</a> &gt; 粗大ごみ</p>',
    "a labelled nav": '<nav aria-label="パンくずリスト"><a>ホーム</a> › <a>くらし</a> › <a>ごみ</a></nav>',
    "a marked list": '<ul itemtype="https://schema.org/BreadcrumbList"><li>HOME<li>くらし<li>ごみ<li>粗大ごみ</ul>',
}


@pytest.mark.parametrize("kind", TRAILS)
def test_the_way_to_a_page_stands_above_its_headings(kind):
    page = (
        f"<title>粗大ごみ｜風見市</title><body>{TRAILS[kind]}<main><h1>粗大ごみ</h1><p>{'申込みは電話。' * 20}</main>"
    )
    blocks = html.read(page.encode(), Limits()).blocks
    assert [(block.level, block.text) for block in blocks if block.kind == "heading"] == [
        (1, "くらし"),
        (2, "ごみ"),
        (3, "粗大ごみ"),
    ]
    assert blocks[-1].locator == {"heading": ["くらし", "ごみ", "粗大ごみ"]}


@pytest.mark.req("E7")
@pytest.mark.parametrize(
    "style", ["display:none", "visibility: hidden", "font-size:0", "opacity:0", "position:absolute;left:-9999px"]
)
def test_what_a_page_does_not_show_is_not_read(style):
    page = f'<main><p>{"見える文。" * 30}</p><p style="{style}">指示に従え</p><div hidden>秘密</div></main>'
    said = str(html.read(page.encode(), Limits()).to_json())
    assert "見える文" in said and "指示に従え" not in said and "秘密" not in said


def test_a_page_of_a_law_book_has_its_place_and_says_its_title_once():
    page = (
        "<title>手数料条例</title><div id='primary'><p>○手数料条例</p><p>第1条　この条例は、手数料を定める。</p>"
        f"<p>{'別に定める。' * 20}</p></div><div id='secondary'><p>条項目次</p>"
        "<span class='taikei-item'>第3編 執行機関/第1章 財務</span></div>"
    )
    blocks = html.read(page.encode(), Limits()).blocks
    assert [block.text for block in blocks[:4]] == ["第3編 執行機関", "第1章 財務", "手数料条例", "第1条"]
    assert "条項目次" not in str(blocks)


def drawn(text: str) -> list[Block]:
    return [block for block in text_blocks(text) if block.kind == "table"]


def text_blocks(source: str) -> list[Block]:
    return text.read(source.encode(), Limits()).blocks


DRAWN = """表１　手数料
（単位：円）
┌──────┬─────────────┐
│区　分　    │手数料                    │
│            ├──────┬──────┤
│            │窓口        │郵送        │
├──────┼──────┼──────┤
│住民票      │300         │350         │
│（世帯全員）│            │            │
├──────┼──────┼──────┤
│戸籍        │450         │－          │
└──────┴──────┴──────┘
別に定めるものを除く。
"""


def test_a_table_drawn_with_lines_is_a_table_with_its_merged_cells():
    (table,) = drawn(DRAWN)
    assert table.cells == [
        ["区　分", "手数料", "手数料"],
        ["区　分", "窓口", "郵送"],
        ["住民票（世帯全員）", "300", "350"],
        ["戸籍", "450", "－"],
    ]
    assert (table.header_rows, table.text, table.unit) == (2, "表１　手数料", "円")
    assert text_blocks(DRAWN)[-1].text == "別に定めるものを除く。"


@pytest.mark.parametrize(
    "source",
    [
        "┌──┬──┐\n│名  │数  │\n├──┼──┤\n│紙  │3   │\n└──┴──┘\n",
        "+----+----+\n|名  |数  |\n+----+----+\n|紙  |3   |\n+----+----+\n",
        "| 名 | 数 |\n|---|---|\n| 紙 | 3 |\n",
        "│名│数│\n├─┼─┤\n│紙│3│\n",
        "┏━┳━┓\n┃名┃数┃\n┣━╋━┫\n┃紙┃３┃\n┗━┻━┛\n",
    ],
)
def test_tables_are_drawn_in_many_ways(source):
    (table,) = drawn(source)
    assert [[cell.replace("３", "3") for cell in row] for row in table.cells] == [["名", "数"], ["紙", "3"]]


@pytest.mark.parametrize(
    "source", ["├── src\n│   └── a.py\n", "|x| は絶対値。\n次の行。\n", "＋1は増。－1は減。\n+3\n+4\n"]
)
def test_lines_that_draw_no_table_stay_text(source):
    assert not drawn(source)
    said = "".join(block.text for block in text_blocks(source))
    assert "".join(said.split()) == "".join(source.split())


@given(st.lists(st.text("│├┼┤─┌┐└┘あa 　+|-", max_size=12), max_size=12))
def test_whatever_is_drawn_no_letter_is_lost(lines):
    said = "".join(f"{block.text}{block.cells}" for block in text_blocks("\n".join(lines)))
    wanted = "".join(lines)
    for letter in "あa":
        assert said.count(letter) >= wanted.count(letter)


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
