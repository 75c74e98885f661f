"""The text of PDFs in other shapes: vertical lines, ruby, figures, bookmarks, labels, fields, pictures of text."""

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from madoguchi.readers import ocr, pdf, pdf_scan
from madoguchi.readers.blocks import Reading, Unreadable
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import read_file
from tests.readers import files, pdf_files
from tests.readers.pdf_files import Page

TEXT = "この条例は、市民の生活の安定と福祉の向上に寄与することを目的として、必要な事項を定めるものとする。"
needs_ocr = pytest.mark.skipif(not ocr.available(), reason="Tesseract with its Japanese data is not here")


def read(tmp_path, pages: list[Page], edit=None, limits: Limits | None = None) -> Reading:
    return pdf.read(pdf_files.pdf(tmp_path / "made.pdf", pages, edit).read_bytes(), limits or Limits())


def said(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks if not block.hidden]


def upright(page: Page, text: str, right: float, top: float, per_line: int = 20) -> Page:
    """Write vertical lines from `right` to the left."""
    for number, start in enumerate(range(0, len(text), per_line)):
        page.vertical(right - number * 18, top, text[start : start + per_line])
    return page


def test_vertical_lines_are_read_from_right_to_left(tmp_path):
    reading = read(tmp_path, [upright(Page().vertical(540, 80, "第一章　総則", 16), TEXT, 500, 80)])
    assert said(reading) == ["第一章　総則", TEXT]
    heading, text = reading.blocks
    assert heading.kind == "heading" and text.kind == "paragraph"
    boxes = text.locator["boxes"]
    assert len(boxes) == 3 and boxes[0][0] > boxes[1][0] > boxes[2][0]
    assert all(box[3] - box[1] > box[2] - box[0] for box in boxes)


def test_the_upper_row_of_vertical_columns_is_read_before_the_lower(tmp_path):
    page = upright(upright(Page(), "上の段。" + TEXT, 500, 80), "下の段。" + TEXT, 500, 420)
    assert said(read(tmp_path, [page])) == ["上の段。" + TEXT, "下の段。" + TEXT]


def test_figures_side_by_side_in_a_vertical_line_are_one_number(tmp_path):
    page = Page().vertical(280, 100, "令和", 20).text(270, 142, "1", 10).text(279, 142, "2", 10)
    assert said(read(tmp_path, [page.vertical(280, 160, "年度の予算である。", 20)])) == ["令和12年度の予算である。"]


def test_a_vertical_box_on_a_horizontal_page_is_read_in_its_own_order(tmp_path):
    page = files.paragraph_page(TEXT * 3, per_line=30)
    made = Page()
    made._content = page._content
    upright(made, "縦の囲みは右から読む。左の行はあとに続く文である。", 500, 90, 13)
    assert "縦の囲みは右から読む。左の行はあとに続く文である。" in said(read(tmp_path, [made]))


def test_three_columns_are_read_one_after_the_other(tmp_path):
    page, columns = Page(), [f"{name}の段の文章は順に読まれなければならないものだ。" * 6 for name in "左中右"]
    for column, text in enumerate(columns):
        for number in range(11):
            page.text(50 + column * 175, 100 + number * 16, text[number * 14 : number * 14 + 14])
    assert said(read(tmp_path, [page])) == [text[: 14 * 11] for text in columns]


def test_ruby_is_no_text(tmp_path):
    page = Page().text(70, 92, "じょうれい", 8).text(70, 100, "条例の", 20).text(130, 92, "もくてき", 8)
    page.text(130, 100, "目的", 20).text(170, 100, "を定める。", 20)
    page.vertical(315, 300, "よさん", 8).vertical(300, 300, "予算の議決を要する。", 20)
    reading = read(tmp_path, [page])
    assert said(reading) == ["条例の目的を定める。", "予算の議決を要する。"]
    # The text layer over the image keeps it.
    assert any(line[4] == "じょうれい" for line in reading.pages[0].lines)


def test_small_kana_apart_from_any_character_stay(tmp_path):
    page = Page().text(70, 100, "申請書の様式", 20).text(70, 300, "ふりがな", 8).text(70, 360, "氏名を書く欄", 12)
    assert "ふりがな" in said(read(tmp_path, [page]))


def test_bookmarks_give_their_headings_their_levels(tmp_path):
    page = Page().text(70, 60, "予算の概要", 14).text(70, 90, TEXT[:40]).text(70, 120, "歳入", 14)
    page.text(70, 150, TEXT[:40]).text(70, 200, "市税の見込み").text(70, 250, TEXT[:40])
    entries = [(1, "予算の概要", 1), (2, "歳入", 1), (3, "市税の 見込み", 1)]
    before = {block.text: block.level for block in read(tmp_path, [page]).blocks if block.kind == "heading"}
    assert before["予算の概要"] == before["歳入"] and "市税の見込み" not in before
    reading = read(tmp_path, [page], lambda document: pdf_files.bookmarks(document, entries))
    assert {block.text: block.level for block in reading.blocks if block.kind == "heading"} == {
        "予算の概要": 1,
        "歳入": 2,
        "市税の見込み": 3,
    }


def test_bookmarks_that_name_no_heading_change_nothing(tmp_path):
    page = Page().text(70, 60, "予算の概要", 14).text(70, 90, TEXT[:40])
    entries = [(1, "01_本文.docx", 1), (2, "02_別紙.xlsx", 1), (3, "予算の概要", 1)]
    reading = read(tmp_path, [page], lambda document: pdf_files.bookmarks(document, entries))
    assert [block.level for block in reading.blocks if block.kind == "heading"] == [1]


def test_a_page_is_called_what_the_file_calls_it(tmp_path):
    def edit(document: pikepdf.Pdf) -> None:
        numbers = [0, Dictionary(S=Name.r), 2, Dictionary(S=Name.D), 3, Dictionary(S=Name.D, P="資-")]
        document.Root.PageLabels = Dictionary(Nums=Array(numbers))

    reading = read(tmp_path, [Page().text(70, 80, f"{name}の頁") for name in "甲乙丙丁"], edit)
    assert [page.label for page in reading.pages] == ["i", "ii", "1", "資-1"]
    plain = read(tmp_path, [Page().text(70, 80, "本文の頁")])
    assert plain.pages[0].label == ""


def test_what_is_filled_into_a_form_is_read_with_its_label(tmp_path):
    def edit(document: pikepdf.Pdf) -> None:
        pdf_files.field(document, "name", "山田太郎", "申請者の氏名")
        pdf_files.field(document, "agree", "Yes", "同意する", kind="Btn")
        pdf_files.field(document, "refuse", "Off", "同意しない", kind="Btn")
        pdf_files.field(document, "empty", "")

    reading = read(tmp_path, [Page().text(70, 80, "交付申請書")], edit)
    assert said(reading) == ["交付申請書", "申請者の氏名：山田太郎", "同意する：はい"]
    assert all(block.locator["page"] == 1 and block.locator["boxes"] for block in reading.blocks)


def test_what_is_written_on_a_page_is_a_note_and_a_mark_without_words_is_nothing(tmp_path):
    def edit(document: pikepdf.Pdf) -> None:
        pdf_files.note(document, "FreeText", "朱書き：訂正済み")
        pdf_files.note(document, "Highlight", "")
        pdf_files.note(document, "Link", "どこかへ")

    notes = [block for block in read(tmp_path, [Page().text(70, 80, "本文です")], edit).blocks if block.kind == "note"]
    assert [(block.text, block.hidden) for block in notes] == [("朱書き：訂正済み", "")]


def chart(page: Page) -> Page:
    """Bars and a curve with a few words between x 100 and 400, top 200 and 400."""
    for number in range(8):
        page.box(110 + number * 35, 390 - number * 20, 135 + number * 35, 395, "0.3 0.5 0.8 rg")
        page.raw(
            f"q {110 + number * 35} 500 m {120 + number * 35} 600 {130 + number * 35} 480 {140 + number * 35} 560 c S Q"
        )
    return page.text(110, 240, "人口", 8).text(330, 240, "世帯数", 8)


def test_a_chart_is_a_figure_with_its_caption_and_its_words(tmp_path):
    page = chart(Page().text(70, 80, TEXT[:40]).text(70, 96, TEXT[40:])).text(150, 415, "図１　人口と世帯数の推移")
    reading = read(tmp_path, [page.text(70, 480, TEXT[:40]).text(70, 496, TEXT[40:])])
    assert [block.kind for block in reading.blocks] == ["paragraph", "figure", "paragraph"]
    figure = reading.blocks[1]
    assert figure.text == "図１　人口と世帯数の推移\n人口 世帯数"
    ((x0, top, x1, bottom),) = figure.locator["boxes"]
    assert x0 < 120 / 595 and x1 > 370 / 595 and top < 300 / 842 and bottom > 390 / 842
    # The text layer over the image keeps its words.
    assert {"人口", "世帯数"} <= {line[4] for line in reading.pages[0].lines}


def test_an_image_is_a_figure_where_it_stands(tmp_path):
    page = Page().text(70, 80, TEXT).text(100, 120, "写真１　新庁舎").image(100, 140, 350, 300).text(70, 400, TEXT)
    reading = read(tmp_path, [page], limits=Limits(cpu_seconds=0))
    assert [(block.kind, block.text) for block in reading.blocks] == [
        ("paragraph", TEXT),
        ("figure", "写真１　新庁舎"),
        ("paragraph", TEXT),
    ]


def test_a_box_full_of_sentences_is_no_figure(tmp_path):
    page = Page()
    for number in range(12):
        page.box(60, 90 + number * 20, 540, 108 + number * 20, "0.9 g")
        page.text(70, 94 + number * 20, TEXT[:40])
    assert all(block.kind != "figure" for block in read(tmp_path, [page]).blocks)


# What 「公開する文書」 is called by a font whose map leads into nowhere.
def broken(document: pikepdf.Pdf) -> None:
    font = document.pages[0].Resources.Font.F0
    font.Encoding = Name("/Identity-H")
    font.ToUnicode = document.make_stream(
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange "
        b"1 beginbfrange <0000> <1800> <e000> endbfrange endcmap end"
    )


def test_a_broken_text_layer_is_not_taken_for_text(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_scan.Eye, "is_open", lambda eye: False)
    pages = [files.paragraph_page(TEXT * 3), files.paragraph_page(TEXT * 3)]
    path = pdf_files.pdf(tmp_path / "made.pdf", pages)
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        resources = document.pages[0].Resources
        font = document.make_indirect(Dictionary({**dict(resources.Font.F0.items())}))
        document.pages[0].Resources = Dictionary(Font=Dictionary(F0=font))
        broken(document)
        document.save(path)
    reading = pdf.read(path.read_bytes(), Limits())
    assert said(reading) == [TEXT * 3]
    assert "文字の情報が壊れているページ（1）" in reading.notice
    with pytest.raises(Problem) as problem:
        pdf.read(pdf_files.pdf(path, pages[:1], broken).read_bytes(), Limits())
    assert problem.value.key == "broken-text"


def picture(tmp_path, text: str, dpi: int = 200) -> bytes:
    """Grey JPEG-less pixels of a page of text: (width, height, rows)."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (1654, 600), 255)
    font = ImageFont.truetype("/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf", 42)
    ImageDraw.Draw(image).text((100, 100), text, 0, font)
    return image.tobytes()


def scanned(pixels: bytes):
    def edit(document: pikepdf.Pdf) -> None:
        image = document.make_stream(pixels)
        image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 1654, 600
        image.ColorSpace, image.BitsPerComponent = Name.DeviceGray, 8
        document.pages[-1].Resources.XObject = Dictionary(I0=image)

    return edit


@needs_ocr
def test_a_page_that_is_a_picture_is_read_by_eye(tmp_path):
    pixels = picture(tmp_path, "市役所の窓口は午前九時に開きます。")
    pages = [Page().text(70, 80, "文字のあるページ"), Page().image(0, 0, 595, 216)]
    path = pdf_files.pdf(tmp_path / "scan.pdf", pages, scanned(pixels))
    reading = read_file(path, "scan.pdf")
    seen = [block for block in reading.blocks if block.locator["page"] == 2]
    assert "窓口は午前九時" in "".join(block.text for block in seen).replace(" ", "")
    assert all(block.origin == "ocr" and block.confidence is not None for block in seen)
    assert reading.blocks[0].origin == "file" and "画像のページ（2）は文字認識で" in reading.notice
    assert any("午前九時" in line[4].replace(" ", "") for line in reading.pages[1].lines)


@needs_ocr
def test_words_in_an_image_beside_text_belong_to_its_figure(tmp_path):
    pixels = picture(tmp_path, "市役所の窓口は午前九時に開きます。")
    page = Page().text(70, 80, TEXT).image(0, 200, 595, 416).text(70, 600, TEXT)
    reading = read(tmp_path, [page], scanned(pixels))
    (figure,) = [block for block in reading.blocks if block.kind == "figure"]
    assert "午前九時" in figure.text.replace(" ", "") and figure.origin == "ocr" and figure.confidence


def test_pictures_for_which_there_is_no_time_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_scan.Eye, "is_open", lambda eye: True)
    pages = [Page().text(70, 80, "文字のあるページ"), Page().image(0, 0, 595, 842)]
    reading = read(tmp_path, pages, limits=Limits(cpu_seconds=0))
    assert "画像のページ（2）は、時間の上限のため" in reading.notice and "文字のないページ" not in reading.notice


def test_text_that_an_earlier_ocr_laid_under_a_scan_is_its_text(tmp_path):
    page = Page().image(0, 0, 595, 842)
    for number in range(3):
        page.written(70, 100 + number * 17, TEXT[:40], before="3 Tr")
    (block, *_) = read(tmp_path, [page]).blocks
    assert block.text.startswith(TEXT[:40]) and not block.hidden and block.origin == "ocr"


@pytest.mark.parametrize("password", ["himitsu-1", "秘密の言葉"])
def test_a_password_opens_an_encrypted_file_and_a_wrong_one_says_so(tmp_path, password):
    lock = pikepdf.Encryption(owner="owner", user=password)
    path = files.pdf(tmp_path / "locked.pdf", [Page().text(70, 80, "人事評価の結果")], encryption=lock)
    assert [block.text for block in read_file(path, "locked.pdf", password).blocks] == ["人事評価の結果"]
    with pytest.raises(Unreadable, match="パスワードで保護"):
        read_file(path, "locked.pdf")
    with pytest.raises(Unreadable, match="パスワードが違います"):
        read_file(path, "locked.pdf", "wrong")
