"""CSV and TSV: encoding and delimiter are found, title lines kept apart, and every cell stays as it is written."""

import csv as writer
import io

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from madoguchi.readers import csv
from madoguchi.readers.encoding import decode
from madoguchi.readers.limits import Limits

ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be")
# Words of real tables: an encoding is told by what Japanese text looks like, not by any bytes.
WORDS = (
    *("風見市", "中央公民館", "ごみの収集", "燃えるごみ", "カレンダー", "月曜日", "福祉課", "令和７年度", "市民税"),
    *(
        "電話番号",
        "〒999-0001",
        "子育て支援センター",
        "○",
        "第１回",
        "（注）",
        "株式会社かざみ",
        "東町一丁目",
        "あり",
        "なし",
    ),
)
cell = st.one_of(st.sampled_from(WORDS), st.from_regex(r"0[0-9]{1,5}", fullmatch=True), st.integers(0, 99999).map(str))


def written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO(newline="")
    writer.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    rows=st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=2, max_size=8)
    ),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from([",", "\t", ";", "|"]),
)
def test_a_table_comes_back_from_every_encoding_and_delimiter(rows, encoding, delimiter):
    header = ["区分", "名称", "住所", "備考", "年度"][: len(rows[0])]
    content = written([header, *rows], delimiter).encode(encoding)
    (table,) = csv.read(content, Limits()).blocks
    assert table.cells == [header, *rows] and table.header_rows == 1


@settings(max_examples=150, deadline=None)
@given(
    text=st.lists(st.sampled_from(WORDS), min_size=3, max_size=30).map("、".join), encoding=st.sampled_from(ENCODINGS)
)
def test_a_text_comes_back_from_every_encoding(text, encoding):
    assert decode(f"{text}\n".encode(encoding)) == f"{text}\n"


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(data):
    assume(data)
    csv.read(data, Limits())


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_short_headers_in_cp932_and_euc_jp_are_told_apart(encoding):
    for text in ("名前,住所\n", "番号,備考\n1,無\n", "ア,イ\n", "施設名\t電話\n"):
        assert decode(text.encode(encoding)) == text


def test_half_width_kana_of_old_systems_is_cp932():
    text = "氏名,ﾌﾘｶﾞﾅ\n風見太郎,ｶｻﾞﾐ ﾀﾛｳ\n"
    assert decode(text.encode("cp932")) == text


def test_title_lines_unit_and_leading_zeros():
    text = '"令和7年度 施設一覧",,\n（単位：千円）,,\n団体コード,名称,"予算,額"\n'
    text += '012345,"中央\n公民館","1,200"\n002,分館,0\n'
    title, table = [block for block in csv.read(text.encode("cp932"), Limits()).blocks if "単位" not in block.text]
    assert title.text == "令和7年度 施設一覧" and table.unit == "千円"
    assert table.cells[0] == ["団体コード", "名称", "予算,額"]
    assert table.cells[1] == ["012345", "中央\n公民館", "1,200"] and table.cells[2][0] == "002"


def test_commas_inside_texts_do_not_win_over_tabs():
    text = "名称\t所在地\n甲,乙の会\t東町1,2\n丙\t西町3\n丁,戊\t南町4\n"
    (table,) = csv.read(text.encode(), Limits()).blocks
    assert table.cells[1] == ["甲,乙の会", "東町1,2"]


def test_a_quote_that_never_closes_loses_no_line():
    text = '名称,数\n"甲,1\n乙,2\n' + "丙,3\n" * 3
    reading = csv.read(text.encode(), Limits())
    assert "丙" in str(reading.to_json()) and "乙" in str(reading.to_json())


def test_lines_that_describe_the_file_stand_above_the_header():
    text = "#LINK,,,,\n#lang,ja,,,\n#license,CC BY,,,\n#property,name,address,note,tel\n1,甲,東町,,\n2,乙,西町,,\n"
    blocks = csv.read(text.encode(), Limits()).blocks
    assert [block.text for block in blocks[:3]] == ["#LINK", "#lang　ja", "#license　CC BY"]
    assert blocks[3].cells[0] == ["#property", "name", "address", "note", "tel"]


@pytest.mark.req("E2")
def test_a_csv_of_more_cells_than_the_limit_is_cut_and_says_so():
    reading = csv.read(b"a,b\n" * 1000, Limits(max_cells=100))
    assert "100セルで打ち切りました" in reading.notice and len(reading.blocks[0].cells) == 50
