"""Passages keep all that was read, in order, and cross no heading, article, table or page."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.library.passages import Cut, cut
from madoguchi.readers.blocks import Block, Locator, Reading
from tests.soak import size

WORDS = st.text("あいうえおアイウ漢字条例、。 123", min_size=1, max_size=200).filter(str.strip)


def plain(text: str) -> str:
    """Return a text without spaces, as which a passage and what it was cut from are compared."""
    return re.sub(r"\s", "", text)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Make readings whose every text begins with a number of its own, so that it can be found again."""
    blocks: list[Block] = []
    page = 1
    for number in range(draw(st.integers(1, 25))):
        page += draw(st.integers(0, 1))
        locator: Locator = {"page": page, "boxes": [[0.1, number / 30, 0.9, (number + 1) / 30]]}
        kind = draw(st.sampled_from(["heading", "paragraph", "paragraph", "list_item", "table", "article", "title"]))
        mark = f"〔{number}〕"
        if kind == "article":
            blocks.append(Block("paragraph", f"第{number + 1}条　{mark}{draw(WORDS)}", locator))
        elif kind == "title":
            blocks.append(Block("paragraph", f"（{mark}）", locator))
        elif kind == "heading":
            text = draw(st.sampled_from([f"{mark}見出し", f"第{number + 1}条（{mark}）", f"第{number + 1}章　{mark}"]))
            blocks.append(Block("heading", text, locator, level=draw(st.integers(1, 4))))
        elif kind == "table":
            rows = draw(st.lists(st.lists(st.text("数値0123", max_size=90), min_size=2, max_size=4), max_size=6))
            cells = [
                [f"{mark}{row}-{column}{cell}" if cell else "" for column, cell in enumerate(line)]
                for row, line in enumerate(rows)
            ]
            header = draw(st.integers(0, 2))
            blocks.append(Block("table", f"表{mark}", locator, cells=cells, header_rows=header, unit="単位：千円"))
        else:
            blocks.append(Block(kind, mark + draw(WORDS), locator))  # type: ignore[arg-type]
    return Reading(blocks=blocks)


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"〔(\d+)〕", text)]


@given(readings(), st.sampled_from([60, 120, 600]))
@settings(max_examples=size(150, 3000), deadline=None)
def test_nothing_is_lost_and_nothing_is_longer_than_allowed(reading: Reading, most: int) -> None:
    cuts = cut(reading, most)
    assert all(0 < len(piece.text) <= most for piece in cuts)
    running = plain("".join(piece.text for piece in cuts))
    everywhere = running + plain("".join("".join(piece.heading) for piece in cuts))
    for block in reading.blocks:
        if block.kind == "heading":
            assert plain(block.text) in everywhere
        elif block.kind != "table":
            assert plain(block.text) in running
        # A long cell is cut between passages that each say the caption again: look for its beginning there.
        for cell in (cell for row in block.cells for cell in row if cell):
            assert numbers(cell)[0] in numbers(running)


@given(readings())
@settings(max_examples=size(150, 3000), deadline=None)
def test_every_cell_is_said_whole_where_there_is_room(reading: Reading) -> None:
    running = plain("".join(piece.text for piece in cut(reading, 3000)))
    for block in reading.blocks:
        for cell in (cell for row in block.cells for cell in row if cell):
            assert plain(cell) in running


@given(readings(), st.sampled_from([60, 200, 600]))
@settings(max_examples=size(150, 3000), deadline=None)
def test_order_is_kept(reading: Reading, most: int) -> None:
    first = [min(found) for piece in cut(reading, most) if (found := numbers(piece.text))]
    assert first == sorted(first)


@given(readings(), st.sampled_from([60, 200, 600]))
@settings(max_examples=size(150, 3000), deadline=None)
def test_no_passage_crosses_an_article_a_table_or_a_page(reading: Reading, most: int) -> None:
    page_of = {number: block.locator["page"] for number, block in enumerate(reading.blocks)}
    tables = {number for number, block in enumerate(reading.blocks) if block.kind == "table"}
    for piece in cut(reading, most):
        inside = set(numbers(piece.text))
        assert len({page_of[number] for number in inside}) <= 1
        if inside:
            assert piece.locator["page"] == page_of[min(inside)]
        if inside & tables:
            assert inside <= tables
            assert len(inside) == 1
        assert len(re.findall(r"(?m)^第\d+条", piece.text)) <= 1


def texts(cuts: list[Cut]) -> list[tuple[str, list[str], str]]:
    return [(piece.kind, piece.heading, piece.text) for piece in cuts]


def paragraphs(*lines: str) -> Reading:
    return Reading(blocks=[Block("paragraph", line, {}) for line in lines])


def test_an_article_takes_the_title_above_it_and_ends_where_the_next_begins() -> None:
    reading = paragraphs(
        "第1章　総則",
        "（目的）",
        "第1条　手数料を定める。",
        "2　前項の規定による。",
        "（定義）",
        "第2条　次による。",
        "第3条の規定により定める。",
        "附　則",
        "公布の日から施行する。",
    )
    assert texts(cut(reading, 600)) == [
        ("article", ["第1章　総則", "第1条（目的）"], "（目的）\n第1条　手数料を定める。\n2　前項の規定による。"),
        ("article", ["第1章　総則", "第2条（定義）"], "（定義）\n第2条　次による。\n第3条の規定により定める。"),
        ("text", ["第1章　総則"], "附　則\n公布の日から施行する。"),
    ]


def test_a_long_article_becomes_parts_of_the_same_article() -> None:
    reading = paragraphs("第1条　" + "手数料は、次のとおりとする。" * 20, "第2条　別に定める。")
    cuts = cut(reading, 100)
    assert {piece.heading[0] for piece in cuts[:-1]} == {"第1条"}
    assert all(piece.text.endswith("。") for piece in cuts)
    assert cuts[-1].text == "第2条　別に定める。"


def test_a_table_says_its_headers_caption_and_unit_in_every_part() -> None:
    cells = [["款", "予算額", "予算額"], ["款", "本年度", "前年度"]]
    cells += [[f"{number}款", f"{number}00", f"{number}50"] for number in range(1, 30)]
    block = Block("table", "歳出", {"sheet": "歳出", "range": "B2:D32"}, cells=cells, header_rows=2, unit="単位：千円")
    cuts = cut(Reading(blocks=[block]), 200)
    assert len(cuts) > 3
    assert cuts[0].text.startswith("歳出\n単位：千円\n款：1款　予算額／本年度：100　予算額／前年度：150\n")
    assert all(piece.text.startswith("歳出\n単位：千円\n款：") for piece in cuts)
    assert cuts[0].locator["range"].startswith("B4:D")
    assert cuts[-1].locator["range"].endswith(":D32")


def test_short_paragraphs_under_one_heading_are_one_passage() -> None:
    blocks = [
        Block("heading", "窓口", {"heading": []}, level=1),
        Block("paragraph", "平日の9時から17時。", {"heading": ["窓口"]}),
        Block("list_item", "印鑑", {"heading": ["窓口"]}),
        Block("heading", "手数料", {"heading": []}, level=1),
        Block("paragraph", "300円です。", {"heading": ["手数料"]}),
    ]
    cuts = cut(Reading(blocks=blocks), 600)
    assert texts(cuts) == [("text", ["窓口"], "平日の9時から17時。\n印鑑"), ("text", ["手数料"], "300円です。")]
    assert cuts[0].locator == {"heading": ["窓口"]}


@pytest.mark.parametrize("level", [1, 2])
def test_a_heading_with_nothing_below_is_a_passage_itself(level: int) -> None:
    cover = Block("heading", "表紙", {"page": 1, "boxes": []}, level=level)
    blocks = [cover, Block("heading", "目次", {"page": 2, "boxes": []}, level=1)]
    assert [piece.text for piece in cut(Reading(blocks=blocks), 600)] == ["表紙", "目次"]


def test_a_passage_is_as_sure_as_its_least_sure_block():
    scanned: Locator = {"page": 1, "boxes": [[0.1, 0.1, 0.9, 0.2]]}
    reading = Reading(
        [
            Block("heading", "手数料", scanned, level=1, origin="ocr", confidence=0.5),
            Block("paragraph", "写しは300円", scanned, origin="ocr", confidence=0.9),
            Block("paragraph", "証明は200円", scanned, origin="ocr", confidence=0.62),
            Block("table", "料金", scanned, cells=[["写し", "300円"]], origin="ocr", confidence=0.8),
            Block("heading", "むすび", scanned, level=1, origin="ocr", confidence=0.4),
        ]
    )
    assert [(piece.kind, piece.confidence) for piece in cut(reading, 600)] == [
        ("text", 0.62),
        ("table", 0.8),
        ("text", 0.4),
    ]
    assert cut(Reading([Block("paragraph", "本文", {"page": 1})]), 600)[0].confidence is None
