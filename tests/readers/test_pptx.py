"""Slides come out as one reads them: titles, shapes in order, tables, figures of charts, notes."""

import pytest

from madoguchi.readers import pptx
from madoguchi.readers.blocks import Block
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import read_file
from tests.readers.decks import NAMES, WIDTH, deck, frame, graphic, group, lines, shape, slide, table, title


def read(tmp_path, *slides: str, **how) -> list[Block]:
    return pptx.read(deck(tmp_path / "made.pptx", *slides, **how).read_bytes(), Limits()).blocks


def said(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if not block.hidden]


def box(text: str, x: float, y: float, width: float = 20, height: float = 8) -> str:
    return shape(lines(text), frame(x, y, width, height))


def test_a_slide_has_its_title_as_heading_and_its_number_as_place(tmp_path):
    blocks = read(tmp_path, slide(box("本文", 10, 40), title("予算の概要")), slide(box("題のない面", 10, 40)))
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        ("heading", 1, "予算の概要"),
        ("paragraph", 0, "本文"),
        ("heading", 1, "スライド 2"),
        ("paragraph", 0, "題のない面"),
    ]
    assert [block.locator for block in blocks] == [
        {"heading": ["スライド 1", "予算の概要"]},
        {"heading": ["スライド 1", "予算の概要"]},
        {"heading": ["スライド 2"]},
        {"heading": ["スライド 2"]},
    ]


def test_shapes_are_read_from_the_top_and_column_by_column(tmp_path):
    shapes = [
        box("左下", 5, 60, 40),
        box("右上", 55, 30, 40),
        box("結び", 5, 85, 90),
        box("左上", 5, 30, 40),
        box("右下", 55, 60, 40),
    ]
    assert said(read(tmp_path, slide(*shapes, title("比較")))) == ["比較", "左上", "左下", "右上", "右下", "結び"]


def test_cards_in_rows_are_read_along_the_rows(tmp_path):
    cards = [box(f"{row}の{column}", 5 + 30 * column, 20 + 20 * row) for column in (0, 1, 2) for row in (1, 2, 3)]
    assert said(read(tmp_path, slide(*cards, title("一覧"))))[1:4] == ["1の0", "1の1", "1の2"]


def test_a_group_stays_together_where_it_stands_on_the_slide(tmp_path):
    # The group's own measure begins elsewhere and is twice as large.
    inner = f'<a:chOff x="{3 * WIDTH}" y="0"/><a:chExt cx="4572000" cy="3429000"/>'
    at = frame(50, 50, 25, 25, inner=inner)
    members = [shape(lines(text), frame(300, y, 25, 10)) for text, y in (("群の下", 30), ("群の上", 0))]
    blocks = read(tmp_path, slide(group(at, *members), box("先", 5, 20), box("後", 5, 90), title("図")))
    assert said(blocks) == ["図", "先", "群の上", "群の下", "後"]


def test_a_placeholder_stands_where_its_layout_says(tmp_path):
    layout = slide(
        shape("", frame(5, 70, 90, 10), 'type="body" idx="2"'), shape("", frame(5, 20, 90, 10), 'type="body" idx="1"')
    )
    blocks = read(
        tmp_path,
        slide(shape(lines("下"), "", 'type="body" idx="2"'), shape(lines("上"), "", 'idx="1"'), title("順")),
        more={"ppt/slideLayouts/l.xml": layout},
        of_first={"l": ("slideLayout", "../slideLayouts/l.xml")},
    )
    assert said(blocks) == ["順", "・上", "・下"]


def test_numbers_and_marks_are_shown_as_powerpoint_shows_them(tmp_path):
    def item(text: str, how: str, level: int = 0) -> str:
        return lines(text, properties=f'<a:pPr lvl="{level}">{how}</a:pPr>')

    paren, circle = '<a:buAutoNum type="arabicParenBoth"/>', '<a:buAutoNum type="circleNumDbPlain" startAt="3"/>'
    body = (
        item("甲", paren)
        + item("子", circle, 1)
        + item("丑", circle, 1)
        + item("乙", paren)
        + item("寅", circle, 1)
        + item("印", '<a:buFont typeface="Wingdings"/><a:buChar char="l"/>')
        + item("無", "<a:buNone/>")
        + item("丙", paren)
    )
    blocks = read(tmp_path, slide(shape(body, frame(5, 30, 90, 50), 'type="body" idx="1"'), title("手順")))
    assert [(block.text, block.level) for block in blocks[1:]] == [
        ("(1)　甲", 1),
        ("③　子", 2),
        ("④　丑", 2),
        ("(2)　乙", 1),
        ("③　寅", 2),
        ("・印", 1),
        ("無", 0),
        ("(1)　丙", 1),
    ]


def test_a_table_repeats_merged_cells_and_says_where_they_reach(tmp_path):
    rows = [
        [('rowSpan="2"', "区分"), ('gridSpan="2"', "予算"), ('hMerge="1"', "")],
        [('vMerge="1"', ""), ("", "前年"), ("", "本年")],
        [("", "市税"), ("", "11"), ("", "12")],
    ]
    made = graphic(table(rows), frame(5, 30, 90, 50, "p:xfrm"))
    (block,) = (each for each in read(tmp_path, slide(made, title("表"))) if each.kind == "table")
    assert block.cells == [["区分", "予算", "予算"], ["区分", "前年", "本年"], ["市税", "11", "12"]]
    assert block.spans == [[0, 0, 2, 1], [0, 1, 1, 2]]
    assert block.header_rows == 2


def test_the_figures_of_a_chart_are_a_table(tmp_path):
    def cache(kind: str, values: list[str], style: str = "General") -> str:
        points = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values))
        code = f"<c:formatCode>{style}</c:formatCode>" if kind == "num" else ""
        return f"<c:{kind}Ref><c:{kind}Cache>{code}{points}</c:{kind}Cache></c:{kind}Ref>"

    years = cache("str", ["令和6年度", "令和7年度"])
    chart = (
        f"<c:chartSpace {NAMES}><c:chart><c:title><c:tx><c:rich>{lines('人口の推移')}</c:rich></c:tx></c:title>"
        f"<c:plotArea><c:barChart><c:ser><c:tx>{cache('str', ['人口'])}</c:tx><c:cat>{years}</c:cat>"
        f"<c:val>{cache('num', ['84210', '83990.000000001'])}</c:val></c:ser></c:barChart>"
        f"<c:lineChart><c:ser><c:tx>{cache('str', ['割合'])}</c:tx><c:cat>{years}</c:cat>"
        f"<c:val>{cache('num', ['0.314', '0.32'], '0.0%')}</c:val></c:ser></c:lineChart></c:plotArea></c:chart>"
        '<c:externalData r:id="x"/></c:chartSpace>'
    )
    blocks = read(
        tmp_path,
        slide(graphic('<c:chart r:id="c"/>', frame(5, 30, 90, 50, "p:xfrm")), title("図")),
        more={"ppt/charts/chart1.xml": chart},
        of_first={"c": ("chart", "../charts/chart1.xml")},
    )
    assert blocks[1].text == "人口の推移" and blocks[1].header_rows == 1
    assert blocks[1].cells == [["", "人口", "割合"], ["令和6年度", "84210", "31.4%"], ["令和7年度", "83990", "32.0%"]]


def test_a_diagram_is_a_list_in_the_order_of_its_nodes(tmp_path):
    points = '<dgm:pt modelId="0" type="doc"/>' + "".join(
        f'<dgm:pt modelId="{key}"><dgm:t>{lines(text)}</dgm:t></dgm:pt>'
        for key, text in (("3", "審査"), ("1", "申請"), ("2", "窓口"))
    )
    links = "".join(
        f'<dgm:cxn srcId="{a}" destId="{b}" srcOrd="{n}"/>' for a, b, n in (("0", "3", 1), ("0", "1", 0), ("1", "2", 0))
    )
    model = f"<dgm:dataModel {NAMES}><dgm:ptLst>{points}</dgm:ptLst><dgm:cxnLst>{links}</dgm:cxnLst></dgm:dataModel>"
    blocks = read(
        tmp_path,
        slide(graphic('<dgm:relIds r:dm="d"/>', frame(5, 30, 90, 50, "p:xfrm")), title("流れ")),
        more={"ppt/diagrams/data1.xml": model},
        of_first={"d": ("diagramData", "../diagrams/data1.xml")},
    )
    assert [(block.text, block.level) for block in blocks[1:]] == [("申請", 1), ("窓口", 2), ("審査", 1)]


def test_notes_of_the_speaker_are_a_note_and_numbers_and_dates_of_slides_are_nothing(tmp_path):
    notes = slide(
        shape(lines("ここで質問を受ける。"), "", 'type="body" idx="1"'), shape(lines("1"), "", 'type="sldNum"')
    )
    extra = [shape(lines("令和8年4月"), "", 'type="dt"'), shape(lines("1"), "", 'type="sldNum"'), box("1", 90, 95, 5)]
    footer = shape(lines("風見市総務部"), frame(5, 95, 20, 4), 'type="ftr"')
    blocks = read(
        tmp_path,
        slide(*extra, footer, title("始めに")),
        slide(footer, title("次")),
        more={"ppt/notesSlides/n.xml": notes},
        of_first={"n": ("notesSlide", "../notesSlides/n.xml")},
    )
    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "始めに"),
        ("note", "風見市総務部"),
        ("note", "【発表者ノート】ここで質問を受ける。"),
        ("heading", "次"),
    ]


@pytest.mark.req("E7")
def test_what_nobody_sees_on_a_slide_is_marked(tmp_path):
    white = '<a:rPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></a:rPr>'
    dark = '<a:solidFill><a:srgbClr val="003366"/></a:solidFill>'
    shapes = [
        title("題"),
        shape(lines("白地に白", run=white), frame(5, 20, 90, 5)),
        shape(lines("紺地に白", run=white), frame(5, 30, 90, 5), fill=dark),
        shape(lines("一点", run='<a:rPr sz="100"/>'), frame(5, 40, 90, 5)),
        shape(lines("外"), frame(120, 40, 20, 5)),
        shape(lines("消した図形"), frame(5, 50, 20, 5), about='hidden="1"'),
        shape(lines("見える"), frame(5, 60, 20, 5), about='descr="絵の説明"'),
    ]
    comments = f'<p:cmLst {NAMES}><p:cm authorId="0"><p:text>ここを直す</p:text></p:cm></p:cmLst>'
    blocks = read(
        tmp_path,
        slide(*shapes),
        more={"ppt/comments/c.xml": comments},
        of_first={"c": ("comments", "../comments/c.xml")},
    )
    assert said(blocks) == ["題", "紺地に白", "見える"]
    assert {block.text: block.hidden for block in blocks if block.hidden} == {
        "白地に白": "白い文字",
        "一点": "小さすぎる文字",
        "外": "スライドの外",
        "消した図形": "非表示の図形",
        "絵の説明": "代替テキスト",
        "ここを直す": "コメント",
    }


@pytest.mark.req("E7")
def test_a_hidden_slide_is_marked_whole(tmp_path):
    blocks = read(tmp_path, slide(title("見せない"), box("裏の話", 5, 40), attributes='show="0"'), slide(title("表")))
    assert [(block.text, block.hidden) for block in blocks] == [
        ("見せない", "非表示のスライド"),
        ("裏の話", "非表示のスライド"),
        ("表", ""),
    ]


def test_white_on_a_dark_background_can_be_read(tmp_path):
    white = '<a:rPr><a:solidFill><a:schemeClr val="bg1"/></a:solidFill></a:rPr>'
    dark = '<p:bg><p:bgPr><a:solidFill><a:srgbClr val="112233"/></a:solidFill></p:bgPr></p:bg>'
    blocks = read(tmp_path, slide(shape(lines("夜", run=white), frame(5, 20, 90, 5)), background=dark))
    assert said(blocks) == ["スライド 1", "夜"]


@pytest.mark.req("E4")
def test_links_of_a_slide_are_not_followed(tmp_path):
    made = deck(
        tmp_path / "a.pptx",
        slide(graphic('<c:chart r:id="c"/>', frame(5, 30, 90, 50, "p:xfrm")), title("題")),
        of_first={"c": ("chart", "http://127.0.0.1:9/chart.xml"), "d": ("image", "../../../../../../etc/passwd")},
    )
    assert [block.text for block in read_file(made, "研修.pptx").blocks] == ["題"]


def test_a_broken_deck_says_so(tmp_path):
    made = deck(tmp_path / "a.pptx", slide(title("題")), more={"ppt/presentation.xml": "<p:presentation"})
    with pytest.raises(Problem) as problem:
        pptx.read(made.read_bytes(), Limits())
    assert problem.value.key == "broken"


def test_more_slides_than_the_limit_are_named(tmp_path):
    made = deck(tmp_path / "a.pptx", *(slide(title(f"面{n}")) for n in range(4)))
    reading = pptx.read(made.read_bytes(), Limits(max_pages=3))
    assert len(reading.blocks) == 3 and reading.notice == "3枚で打ち切りました（全4枚）。"
