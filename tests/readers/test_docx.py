"""Of a Word file comes out what one sees: notes, boxes, inner tables, numbers; what one does not see is marked."""

import re
import subprocess
from pathlib import Path

import pytest

from madoguchi.readers import convert, docx
from madoguchi.readers.blocks import Block
from madoguchi.readers.docx_numbering import Numbering
from madoguchi.readers.limits import Limits
from madoguchi.readers.number_formats import custom, shown, slide_number
from madoguchi.readers.read import read_file
from madoguchi.readers.xmlparts import parse
from tests.readers import files
from tests.readers.decks import relations

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "digital_agency_gif" / "docx"
REAL = sorted(DATA.glob("*.docx"))
NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def p(content: str, properties: str = "") -> str:
    """A paragraph; bare text becomes a run."""
    body = content if content.startswith("<") or not content else r(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{body}</w:p>"


def r(text: str, properties: str = "") -> str:
    """A run."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def tc(*content: str, properties: str = "") -> str:
    """A cell of paragraphs, inner tables or bare text."""
    inner = "".join(each if each.startswith("<") else p(each) for each in content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def tr(*cells: str, properties: str = "") -> str:
    """A row of cells or bare texts."""
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(c if c.startswith('<') else tc(c) for c in cells)}</w:tr>"


def tbl(*rows: str) -> str:
    """A table."""
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def made(path: Path, body: str, **parts: str) -> Path:
    """A docx of this body; `parts` are further parts with their relations: `numbering`, `styles`, `footnotes` …"""
    links, more = {}, {}
    for name, content in parts.items():
        kind = "header" if name.startswith("header") else "footer" if name.startswith("footer") else name
        links[name] = (kind, f"{name}.xml")
        more[f"word__{name}"] = (
            f"<w:{name.rstrip('0123456789')} {NAMES}>{content}</w:{name.rstrip('0123456789')}>".encode()
        )
    document = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>".encode()
    files.docx_of(path, document, **more)
    return files.edited(path, path, "word/_rels/document.xml.rels", relations(links).encode())


def read(tmp_path, body: str, **parts: str) -> list[Block]:
    return docx.read(made(tmp_path / "made.docx", body, **parts).read_bytes(), Limits()).blocks


def seen(blocks: list[Block]) -> list[str]:
    return [block.text for block in blocks if not block.hidden]


def lvl(at: int, style: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'
    )


def lists(*levels: str, nums: str = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>') -> str:
    return f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>{nums}'


def item(text: str, level: int = 0, number: int = 1) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def test_articles_items_and_sub_items_are_numbered_as_displayed(tmp_path):
    numbering = lists(
        lvl(0, "decimalFullWidth", "第%1条"),
        lvl(1, "decimalFullWidth", "（%2）"),
        lvl(2, "aiueoFullWidth", "%3"),
        lvl(3, "aiueoFullWidth", "（%4）"),
    )
    body = "".join(
        item(*each)
        for each in (
            *(("（目的）　定める。", 0), ("登録", 1), ("証明", 1), ("氏名", 2), ("住所", 2), ("番地", 3)),
            *(("（定義）　いう。", 0), ("印鑑", 1)),
        )
    )
    assert [(block.kind, block.text) for block in read(tmp_path, body, numbering=numbering)] == [
        ("heading", "第１条（目的）"),
        ("paragraph", "定める。"),
        ("list_item", "（１）　登録"),
        ("list_item", "（２）　証明"),
        ("list_item", "ア　氏名"),
        ("list_item", "イ　住所"),
        ("list_item", "（ア）　番地"),
        ("heading", "第２条（定義）"),
        ("paragraph", "いう。"),
        ("list_item", "（１）　印鑑"),
    ]


def labels(numbering: str, *calls: tuple[str, int]) -> list[str]:
    found = Numbering(parse(f"<w:numbering {NAMES}>{numbering}</w:numbering>".encode()))
    return [found.next(number, level) for number, level in calls]


def test_numbers_restart_where_word_restarts_them():
    two = lvl(0, "decimal", "%1.") + lvl(1, "decimal", "%1.%2")
    nums = (
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    calls = [("1", 0), ("1", 1), ("1", 1), ("1", 0), ("1", 1), ("2", 0), ("2", 0), ("1", 0)]
    assert labels(lists(two, nums=nums), *calls) == ["1.", "1.1", "1.2", "2.", "2.1", "5.", "6.", "7."]
    never = lvl(0, "decimal", "%1.") + lvl(1, "decimal", "(%2)", '<w:lvlRestart w:val="0"/>')
    assert labels(lists(never), ("1", 0), ("1", 1), ("1", 0), ("1", 1)) == ["1.", "(1)", "2.", "(2)"]


def test_outer_numbers_in_a_legal_level_are_plain_figures():
    mixed = lvl(0, "japaneseCounting", "第%1章") + lvl(1, "decimal", "%1.%2", "<w:isLgl/>")
    assert labels(lists(mixed), ("1", 0), ("1", 1)) == ["第一章", "1.1"]


def test_a_level_that_a_list_sets_anew_and_one_that_begins_inside():
    nums = (
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        f"{lvl(0, 'ideographTraditional', '%1')}</w:lvlOverride></w:num>"
    )
    both = lvl(0, "decimal", "%1") + lvl(1, "decimal", "%1-%2")
    assert labels(lists(both, nums=nums), ("3", 1), ("3", 0)) == ["甲-1", "乙"]


@pytest.mark.parametrize(
    ("style", "first", "tenth"),
    [
        ("decimalFullWidth", "１", "１０"),
        ("aiueo", "ｱ", "ｺ"),
        ("aiueoFullWidth", "ア", "コ"),
        ("iroha", "ｲ", "ﾇ"),
        ("irohaFullWidth", "イ", "ヌ"),
        ("ideographDigital", "一", "一〇"),
        ("japaneseCounting", "一", "十"),
        ("japaneseLegal", "壱", "拾"),
        ("decimalEnclosedCircle", "①", "⑩"),
        ("decimalEnclosedParen", "⑴", "⑽"),
        ("decimalZero", "01", "10"),
        ("ideographZodiac", "子", "酉"),
        ("upperRoman", "I", "X"),
        ("ordinal", "1st", "10th"),
    ],
)
def test_number_formats(style, first, tenth):
    assert (shown(1, style), shown(10, style)) == (first, tenth)


def test_formats_beyond_their_signs_and_of_powerpoint():
    assert [shown(number, "decimalEnclosedCircle") for number in (20, 21, 36, 51)] == ["⑳", "㉑", "㊱", "51"]
    assert [custom(number, "001, 002, 003, ...") for number in (1, 12)] == ["001", "012"]
    assert [slide_number(2, style) for style in ("arabicParenR", "ea1JpnKorPlain", "alphaUcPeriod")] == [
        "2)",
        "二",
        "B.",
    ]


def test_an_empty_numbered_paragraph_counts_and_a_deleted_one_does_not(tmp_path):
    deleted = '<w:del w:id="1"><w:r><w:delText>消した</w:delText></w:r></w:del>'
    number = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    gone = p(deleted, f'{number}<w:rPr><w:del w:id="2"/></w:rPr>')
    body = item("一") + item("") + gone + item("三")
    assert seen(read(tmp_path, body, numbering=lists(lvl(0, "decimal", "%1)")))) == ["1)　一", "3)　三"]


def test_a_style_gives_the_level_and_a_paragraph_may_have_no_number(tmp_path):
    styles = (
        '<w:style w:type="paragraph" w:styleId="K"><w:name w:val="項目"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'
        '</w:pPr></w:style><w:style w:type="paragraph" w:styleId="L"><w:basedOn w:val="K"/></w:style>'
    )
    numbering = lists(lvl(0, "decimal", "%1"), lvl(1, "decimal", "(%2)", '<w:pStyle w:val="L"/>'))
    none = '<w:pStyle w:val="K"/><w:numPr><w:numId w:val="0"/></w:numPr>'
    body = p("上", '<w:pStyle w:val="K"/>') + p("下", '<w:pStyle w:val="L"/>') + p("番号なし", none)
    assert seen(read(tmp_path, body, numbering=numbering, styles=styles)) == ["1　上", "(1)　下", "番号なし"]


def test_footnotes_and_endnotes_stand_right_after_what_refers_to_them(tmp_path):
    def note(kind: str, key: int, text: str) -> str:
        return f'<w:{kind} w:id="{key}">{p(text)}</w:{kind}>'

    separator = f'<w:footnote w:type="separator" w:id="-1">{p("線")}</w:footnote>'
    body = (
        p(r("市税") + '<w:r><w:footnoteReference w:id="7"/></w:r>' + r("と交付税"))
        + p("次の段落")
        + tbl(tr(tc(p(r("額") + '<w:r><w:footnoteReference w:id="8"/></w:r>')), "乙"), tr("1", "2"))
        + p(r("終わり") + '<w:r><w:endnoteReference w:id="2"/></w:r>')
    )
    blocks = read(
        tmp_path,
        body,
        footnotes=separator + note("footnote", 7, "個人と法人の計") + note("footnote", 8, "千円未満を四捨五入"),
        endnotes=note("endnote", 2, "資料：総務省"),
    )
    assert [(block.kind, block.text) for block in blocks] == [
        ("paragraph", "市税（注1）と交付税"),
        ("note", "（注1）個人と法人の計"),
        ("paragraph", "次の段落"),
        ("table", ""),
        ("note", "（注2）千円未満を四捨五入"),
        ("paragraph", "終わり（文末注1）"),
        ("note", "（文末注1）資料：総務省"),
    ]
    assert blocks[3].cells[0] == ["額（注2）", "乙"]


def test_text_boxes_are_read_once_whichever_way_they_are_written(tmp_path):
    inner = f"<w:txbxContent>{p('箱の中')}</w:txbxContent>"
    both = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{inner}</wps:txbx></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{inner}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    old = f"<w:r><w:pict><v:textbox><w:txbxContent>{p('古い箱')}</w:txbxContent></v:textbox></w:pict></w:r>"
    body = p(r("外") + both) + tbl(tr(tc(p(r("升") + old)), "乙"), tr("1", "2")) + p("後")
    assert seen(read(tmp_path, body)) == ["外", "箱の中", "", "古い箱", "後"]


def test_a_table_in_a_cell_follows_as_a_table_of_its_own(tmp_path):
    inner = tbl(tr("国", "50"), tr("県", "25"))
    body = tbl(tr("項目", "内容"), tr("事業名", "見守り"), tr("負担割合", tc(inner, "")))
    outer, own = read(tmp_path, body)
    assert outer.cells == [["項目", "内容"], ["事業名", "見守り"], ["負担割合", "（次の表）"]]
    assert (own.text, own.cells) == ("負担割合", [["国", "50"], ["県", "25"]])


def test_merged_cells_say_where_they_reach_and_repeated_rows_are_headers(tmp_path):
    head, on, go_on = "<w:tblHeader/>", '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    body = tbl(
        tr(tc("款", properties=on), tc("予算", properties='<w:gridSpan w:val="2"/>'), properties=head),
        tr(tc("", properties=go_on), "前年", "本年", properties=head),
        tr("市税", "11", "12"),
        tr("7", "8", properties='<w:gridBefore w:val="1"/>'),
    )
    (block,) = read(tmp_path, body)
    assert block.cells == [["款", "予算", "予算"], ["款", "前年", "本年"], ["市税", "11", "12"], ["", "7", "8"]]
    assert block.spans == [[0, 0, 2, 1], [0, 1, 1, 2]] and block.header_rows == 2


@pytest.mark.req("E7")
def test_deleted_text_is_nowhere_not_even_among_what_is_hidden(tmp_path):
    gone = '<w:del w:id="1"><w:r><w:delText>削除した文</w:delText><w:t>削除した文</w:t></w:r></w:del>'
    moved = '<w:moveFrom w:id="2"><w:r><w:t>移した元</w:t></w:r></w:moveFrom>'
    kept = f'<w:moveTo w:id="3">{r("移した先")}</w:moveTo><w:ins w:id="4">{r("足した")}</w:ins>'
    body = (
        p(r("前") + gone + moved + kept)
        + p("つな", '<w:rPr><w:del w:id="5"/></w:rPr>')
        + p("がる")
        + tbl(tr("残る", "行"), tr("消えた", "削除した行", properties='<w:del w:id="6"/>'), tr("次", "行"))
    )
    blocks = read(tmp_path, body)
    said = str([vars(block) for block in blocks])
    assert seen(blocks)[:2] == ["前移した先足した", "つながる"]
    assert blocks[2].cells == [["残る", "行"], ["次", "行"]]
    assert "削除した" not in said and "移した元" not in said and "消えた" not in said


@pytest.mark.req("E7")
def test_what_nobody_sees_in_word_is_marked_with_why(tmp_path):
    dark = '<w:shd w:val="clear" w:fill="003366"/>'
    white = '<w:color w:val="FFFFFF"/>'
    picture = '<w:r><w:drawing><wp:inline><wp:docPr id="1" name="x" descr="庁舎の写真"/></wp:inline></w:drawing></w:r>'
    styles = '<w:style w:type="character" w:styleId="H"><w:name w:val="h"/><w:rPr><w:vanish/></w:rPr></w:style>'
    body = (
        p(r("見える") + r("隠した", "<w:vanish/>") + r("白い", white) + r("豆", '<w:sz w:val="2"/>'))
        + p(r("様式で隠した", '<w:rStyle w:val="H"/>') + r("戻した", '<w:rStyle w:val="H"/><w:vanish w:val="0"/>'))
        + p(r("紺に白", white), dark)
        + p(r("市税", "") + '<w:r><w:commentReference w:id="3"/></w:r>' + picture)
        + tbl(
            tr(tc(p(r("見出し", white)), properties=dark), "乙"),
            tr(tc(p(r("升に白", white))), "2"),
            tr("隠れた行", "x", properties="<w:hidden/>"),
        )
    )
    blocks = read(tmp_path, body, styles=styles, comments=f'<w:comment w:id="3">{p("要確認")}</w:comment>')
    assert seen(blocks) == ["見える", "戻した", "紺に白", "市税", ""]
    assert next(block for block in blocks if block.kind == "table").cells == [["見出し", "乙"], ["", "2"]]
    assert [(block.text, block.hidden) for block in blocks if block.hidden] == [
        ("隠した", "隠し文字"),
        ("白い", "白い文字"),
        ("豆", "小さすぎる文字"),
        ("様式で隠した", "隠し文字"),
        ("要確認", "コメント"),
        ("庁舎の写真", "代替テキスト"),
        ("升に白", "白い文字"),
        ("隠れた行 x", "非表示の行"),
    ]


def test_headers_and_footers_are_said_once_and_only_what_is_their_own(tmp_path):
    page = field("PAGE", "3")
    sections = "".join(
        f'<w:sectPr><w:headerReference r:id="header1"/><w:footerReference r:id="{foot}"/></w:sectPr>'
        for foot in ("footer1", "footer2")
    )
    watermark = '<w:r><w:pict><v:shape><v:textpath string="案"/></v:shape></w:pict></w:r>'
    blocks = read(
        tmp_path,
        p("要綱") + p("本文") + sections,
        header1=p("要綱") + p(r("取扱注意") + watermark),
        footer1=p(r("- ") + page + r(" -")) + p("総務課"),
        footer2=p(
            r("総務課　") + page + r(" / ") + '<w:fldSimple w:instr=" NUMPAGES "><w:r><w:t>9</w:t></w:r></w:fldSimple>'
        ),
    )
    assert [(block.kind, block.text) for block in blocks] == [
        ("note", "取扱注意"),
        ("note", "案"),
        ("paragraph", "要綱"),
        ("paragraph", "本文"),
        ("note", "総務課"),
    ]


def field(code: str, result: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText>{code}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{r(result)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


@pytest.mark.req("E4")
@pytest.mark.req("E6")
def test_fields_show_what_was_kept_and_are_never_followed_or_worked_out(tmp_path):
    body = (
        p(r("合計") + field("= 1 + 1", "5"))
        + p(r("図") + field('INCLUDEPICTURE "http://127.0.0.1:9/x.png"', "絵"))
        + p(r("値") + field("DDEAUTO cmd /c calc", "古い値"))
        + p(
            r("条件")
            + field("IF </w:instrText></w:r>" + field("MERGEFIELD 氏名", "山田") + '<w:r><w:instrText> = "x"', "該当")
        )
    )
    assert seen(read(tmp_path, body)) == ["合計5", "図絵", "値古い値", "条件該当"]


def test_a_field_that_never_ends_swallows_nothing(tmp_path):
    body = p('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + r("残る")) + p("これも")
    assert seen(read(tmp_path, body)) == ["残る", "これも"]


def test_the_table_of_contents_is_left_out_and_a_prompt_nobody_answered_too(tmp_path):
    styles = '<w:style w:type="paragraph" w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    body = (
        f"<w:sdt>{gallery}<w:sdtContent>{p('目次')}{p('総則……1')}</w:sdtContent></w:sdt>"
        + p("補則　9", '<w:pStyle w:val="T1"/>')
        + p(field("TOC \\o", "雑則　12"))
        + p(
            "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>クリックして入力</w:t></w:r></w:sdtContent></w:sdt>"
        )
        + p(r("氏名：") + "<w:sdt><w:sdtContent><w:r><w:t>風見花子</w:t></w:r></w:sdtContent></w:sdt>")
    )
    assert seen(read(tmp_path, body, styles=styles)) == ["氏名：風見花子"]


def test_a_ruby_is_left_out_and_signs_are_shown(tmp_path):
    ruby = f"<w:r><w:ruby><w:rt>{r('かざみ')}</w:rt><w:rubyBase>{r('風見')}</w:rubyBase></w:ruby></w:r>"
    sign = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    assert seen(read(tmp_path, p(ruby + r("市") + sign + r("はい")))) == ["風見市☑はい"]


@pytest.mark.req("E6")
def test_a_file_with_macros_is_read_and_they_do_not_run(tmp_path):
    path = made(tmp_path / "made.docx", p("様式"))
    types = files._TYPES.replace(
        b"vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        b"vnd.ms-word.document.macroEnabled.main+xml",
    )
    path = files.edited(path, tmp_path / "made.docm", "[Content_Types].xml", types)
    marker = tmp_path / "marker"
    path = files.edited(path, path, "word/vbaProject.bin", f'Sub AutoOpen()\nShell "touch {marker}"'.encode())
    assert [block.text for block in read_file(path, "様式.docm").blocks] == ["様式"]
    assert not marker.exists()


@pytest.mark.req("E4")
def test_a_template_or_a_part_outside_is_not_fetched(tmp_path):
    path = made(tmp_path / "made.docx", p("本文") + '<w:sectPr><w:headerReference r:id="h"/></w:sectPr>')
    links = relations(
        {"t": ("attachedTemplate", "http://127.0.0.1:9/t.dotm"), "h": ("header", "http://127.0.0.1:9/h.xml")}
    )
    path = files.edited(path, path, "word/_rels/document.xml.rels", links.encode())
    assert [block.text for block in read_file(path, "a.docx").blocks] == ["本文"]


@pytest.mark.skipif(
    not REAL or not convert.available(), reason="no real files beside the repository, or no LibreOffice"
)
def test_every_line_of_a_real_file_is_read_with_the_numbers_that_libreoffice_shows(tmp_path):
    argv = [convert.program(), f"-env:UserInstallation=file://{tmp_path}/p", "--headless", "--norestore"]
    argv += ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path / "out"), *map(str, REAL)]
    for _ in range(2):  # with a new profile it ends once so as to be started again
        subprocess.run(argv, check=False, env={"HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}, capture_output=True)

    def plain(text: str) -> str:
        # Of notes in the text it shows the bare number, and units are kept with their table.
        return re.sub(r"[\s　・•●（）()]|注(?=[0-9])", "", text)

    for path in REAL:
        blocks = docx.read(path.read_bytes(), Limits()).blocks
        ours = plain("".join(block.text + "".join(cell for row in block.cells for cell in row) for block in blocks))
        lines = (tmp_path / "out" / f"{path.stem}.txt").read_text("utf-8-sig").splitlines()
        # The table of contents says the headings again.
        said = [line for line in lines if not re.search(r"\t\d+$", line) and plain(line) != "目次"]
        assert [line for line in said if plain(line) not in ours] == [], path.name
        shown = {plain(line) for line in lines}
        headings = [block.text for block in blocks if block.kind == "heading"]
        # A title of two lines is one heading.
        assert [text for text in headings[1:] if plain(text) not in shown] == [], path.name


def test_the_strict_variant_is_read_too(tmp_path):
    path = made(tmp_path / "made.docx", p("厳格"))
    strict = f"<w:document {NAMES}><w:body>{p('厳格')}</w:body></w:document>".replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    )
    path = files.edited(path, path, "word/document.xml", strict.encode())
    assert [block.text for block in docx.read(path.read_bytes(), Limits()).blocks] == ["厳格"]
