"""一太郎: files built to the layout that others have observed, whole and damaged, plain and compressed."""

import io
import struct

import olefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.readers import ichitaro, ichitaro_lh5, ichitaro_text
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import media_type, read_file
from tests.readers import lh5_encoder
from tests.readers.ole_writer import ole

LIMITS = Limits()


def record(kind: int, *payload: int) -> list[int]:
    length = len(payload) + 7
    return [0x1C, kind, length, *payload, length, 0, kind, 0x1F]


def units(text: str) -> list[int]:
    raw = text.encode("utf-16-be")
    return list(struct.unpack(f">{len(raw) // 2}H", raw))


def paragraph(text: str) -> list[int]:
    return [*record(0x10, 1, 2, 3), *units(text), 0x0D]


def segment(kind: int, code: int, text: str) -> list[int]:
    return [0x1C, 1, 7, 0, kind, code, 0x1D, *units(text), 0x1E]


def row(*cells: tuple[int, int, str]) -> list[int]:
    said: list[int] = []
    for left, right, text in cells:
        said += [*record(0x30, 0, left, right, 0, 0), *units(text), 0x1C]
    return [*said, 0x0E]


def stream(*parts: list[int]) -> bytes:
    said = [unit for part in parts for unit in part]
    return b"SsmgV.01" + struct.pack(f">{len(said)}H", *said)


def table() -> list[int]:
    return [
        *row((0, 2, ""), (2, 40, "区分"), (40, 120, "手数料"), (120, 122, "")),
        *row((0, 2, ""), (2, 40, ""), (40, 80, "窓口"), (80, 120, "郵送"), (120, 122, "")),
        *row((0, 2, ""), (80, 120, "350円"), (2, 40, "住民票"), (40, 80, "300円"), (120, 122, "")),
    ]


def letter() -> bytes:
    return stream(
        [0x0101, 0x0041],
        paragraph("風見市手数料条例"),
        [*record(0x10, 1), *units("第１条　この条例は、"), *segment(0, 0, "戸籍"), *segment(1, 0x82, "こせき")],
        [*units("の手数料を定める。"), 0x0D],
        paragraph("（単位：円）"),
        table(),
        paragraph("別に定める。"),
        [0x0C],
        [*record(0x00, 9, 9), *units("二ページ目の文。"), 0x0005, 0x3042, 0x3042],
    )


def document(text: bytes | None = None, **more: bytes) -> bytes:
    return ole({"DocumentText": text or letter(), "Header": b"x" * 100, "DocumentMacro/Run": b"m" * 5000, **more})


def packed(content: bytes, level: int = 0) -> bytes:
    marker = b"JustCompressedDocument"
    head = (len(marker).to_bytes(4, "little") + marker).ljust(38, b"\0")
    return ole({"JSCompDocument": head + lh5_encoder.archive(content, level)})


def texts(content: bytes) -> list[str]:
    return [block.text or str(block.cells) for block in ichitaro.read(content, LIMITS).blocks]


def test_text_stands_in_order_without_ruby_hints_and_what_no_record_begins():
    blocks = ichitaro.read(document(), LIMITS).blocks
    assert [(block.kind, block.text) for block in blocks if block.kind != "table"] == [
        ("paragraph", "風見市手数料条例"),
        ("heading", "第１条"),
        ("paragraph", "この条例は、戸籍の手数料を定める。"),
        ("paragraph", "別に定める。"),
        ("paragraph", "二ページ目の文。"),
    ]


def test_a_table_has_its_cells_by_their_sides_without_its_borders():
    (block,) = [block for block in ichitaro.read(document(), LIMITS).blocks if block.kind == "table"]
    assert block.cells == [["区分", "手数料", "手数料"], ["", "窓口", "郵送"], ["住民票", "300円", "350円"]]
    assert block.header_rows >= 1
    assert block.unit == "円"


def test_cells_without_sides_are_parted_all_the_same():
    content = document(stream([*row((0, 0, "名称"), (0, 0, "電話")), *row((0, 0, "市民課"), (0, 0, "23-1111"))]))
    (block,) = ichitaro.read(content, LIMITS).blocks
    assert block.cells == [["名称", "電話"], ["市民課", "23-1111"]]


def test_the_screen_says_that_the_reading_is_on_trial(tmp_path):
    for suffix in ("jtd", "jtt"):
        path = tmp_path / f"条例.{suffix}"
        path.write_bytes(document())
        assert media_type(path, path.name) == media_type(path, "名前なし") == "application/x-js-taro"
        assert read_file(path, path.name).notice.startswith("一太郎：本文のみ・試験対応")


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_compressed_document_is_read_as_the_one_in_it(tmp_path, level):
    path = tmp_path / "様式.jttc"
    path.write_bytes(packed(document(), level))
    reading = read_file(path, path.name)
    assert [block.text for block in reading.blocks] == [
        block.text for block in ichitaro.read(document(), LIMITS).blocks
    ]
    assert "壊れて" not in reading.notice


def test_a_damaged_allocation_table_does_not_lose_the_text(tmp_path):
    long = stream(*[paragraph(f"第{number}項の定めるところにより、市長は手数料を減免する。") for number in range(200)])
    whole = document(long)
    at = olefile.OleFileIO(io.BytesIO(whole))
    fat = int.from_bytes(whole[76:80], "little")
    damaged = bytearray(whole)
    damaged[(fat + 1) * 512 : (fat + 2) * 512] = b"\xff" * 512
    assert at.get_size("DocumentText") == len(long)
    path = tmp_path / "破損.jtd"
    path.write_bytes(damaged)
    reading = read_file(path, path.name)
    assert [block.text for block in reading.blocks] == texts(whole)
    assert "管理情報が壊れている" in reading.notice


def test_a_damaged_directory_does_not_lose_the_text():
    whole = document()
    directory = int.from_bytes(whole[48:52], "little")
    damaged = bytearray(whole)
    damaged[(directory + 1) * 512 : (directory + 2) * 512] = bytes(512)
    assert texts(bytes(damaged))[:4] == texts(whole)[:4]


def test_a_file_cut_short_gives_what_is_there():
    long = stream(*[paragraph(f"第{number}項　市長は手数料を減免する。") for number in range(300)])
    whole = document(long)
    said = texts(whole[: len(whole) // 2])
    assert 50 < len(said) < 300
    assert said[:50] == texts(whole)[:50]


def test_a_file_without_any_text_says_that_it_is_broken():
    with pytest.raises(Problem) as problem:
        ichitaro.read(ole({"DocumentText": b"nothing" * 1000}), LIMITS)
    assert problem.value.key == "broken"


def test_a_record_with_a_false_length_costs_no_text_after_it():
    broken = [0x1C, 0x10, 0xFFFF, 1, 2, 3, 0x1F]
    content = document(stream([*broken, *units("読める文。"), 0x0D], paragraph("次の文。")))
    assert texts(content) == ["読める文。", "次の文。"]


def test_a_compressed_document_that_claims_to_be_huge_is_refused(tmp_path, settings):
    settings.READER_MAX_INFLATED_MB = 1
    path = tmp_path / "巨大.jtdc"
    path.write_bytes(packed(bytes(3_000_000)))
    with pytest.raises(Unreadable, match="展開後1MBを超える"):
        read_file(path, path.name)


@given(st.lists(st.tuples(st.binary(max_size=20), st.integers(1, 40)), max_size=30), st.integers(5, 5000))
def test_what_lh5_packs_is_unpacked(parts, block):
    content = b"".join(part * times for part, times in parts)
    assert ichitaro_lh5.unpack(lh5_encoder.pack(content, block), len(content)) == content


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_taken_for_lh5_end_in_bytes_or_in_a_problem(data):
    try:
        assert len(ichitaro_lh5.unpack(data, 5000)) == 5000
    except Problem as problem:
        assert problem.key == "broken"


def test_a_member_that_is_not_what_its_sum_says_is_told():
    archive = bytearray(lh5_encoder.archive(b"kazami" * 50))
    assert ichitaro_lh5.member(bytes(archive), 10_000) == (b"kazami" * 50, True)
    archive[22 + 5] ^= 0xFF
    assert ichitaro_lh5.member(bytes(archive), 10_000) == (b"kazami" * 50, False)


@given(st.binary(max_size=400))
def test_any_stream_is_walked_to_its_end(data):
    for part in ichitaro_text.Parts(b"SsmgV.01" + data, scan=True).found:
        assert part.text or part.rows
