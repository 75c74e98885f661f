"""The people CSV as rows: `login,name,department,position,rank,concurrent,groups`."""

import csv
import io
from dataclasses import dataclass, replace

from django.conf import settings

from madoguchi.people import names
from madoguchi.people.models import HIGHEST_RANK

# Column -> what Japanese headings it may have too.
COLUMNS = {
    "login": "ログイン名",
    "name": "氏名",
    "department": "所属",
    "position": "職位",
    "rank": "順位",
    "concurrent": "兼務",
    "groups": "グループ",
}
# Without these two columns, concurrent posts and groups stay as they are.
OPTIONAL = ("concurrent", "groups")
# A cell that begins with one of these is a formula to a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Place = tuple[names.Path, str]


@dataclass(frozen=True)
class Row:
    """One line of the file, its cells as text. `problem` says in Japanese why it cannot be read."""

    line: int
    login: str = ""
    name: str = ""
    department: str = ""
    position: str = ""
    rank: str = ""
    concurrent: str | None = None
    groups: str | None = None
    problem: str = ""


@dataclass(frozen=True)
class Wanted:
    """How a person shall stand: the main post (a path and a position), concurrent ones, groups; None: as before."""

    line: int
    login: str
    name: str
    main: Place | None
    rank: int | None
    concurrent: tuple[Place, ...] | None
    groups: tuple[str, ...] | None


def as_text_cell(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `from_text_cell` is the way back."""
    return f"'{value}" if value.startswith((*FORMULA_STARTS, "'")) else value


def from_text_cell(value: str) -> str:
    """Return the cell that `as_text_cell` was given."""
    return value[1:] if value.startswith("'") and value[1:].startswith((*FORMULA_STARTS, "'")) else value


def decode(data: bytes) -> str:
    """Return the text of a CSV in UTF-8 (with or without BOM) or CP932; raises ValueError in Japanese."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise ValueError("文字コードが読み取れません。Excelで「CSV UTF-8（コンマ区切り）」として保存し直してください。")


def read_rows(data: bytes) -> list[Row]:
    """Return the rows of a people CSV, empty lines left out.

    Raises ValueError with a Japanese message when the file as a whole is none: encoding, headings, size.
    """
    if len(data) > settings.PEOPLE_IMPORT_MAX_MB * 1_000_000:
        raise ValueError(f"ファイルが大きすぎます（{settings.PEOPLE_IMPORT_MAX_MB}MBまで）。分けて取り込んでください。")
    reader = csv.reader(io.StringIO(decode(data), newline=""), strict=True)
    try:
        columns = _columns(next(reader, []))
        rows: list[Row] = []
        begin = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(begin, columns, cells))
            begin = reader.line_num + 1
            if len(rows) > settings.PEOPLE_IMPORT_MAX_ROWS:
                raise ValueError(
                    f"行が多すぎます（{settings.PEOPLE_IMPORT_MAX_ROWS}行まで）。分けて取り込んでください。"
                )
    except csv.Error:
        raise ValueError(
            f'{reader.line_num}行目付近がCSVとして読み取れません。引用符 " の閉じ忘れがないか確かめてください。'
        ) from None
    if not rows:
        raise ValueError("見出しの下に行がありません。")
    return rows


def _columns(cells: list[str]) -> list[str]:
    japanese = {heading: column for column, heading in COLUMNS.items()}
    columns = [japanese.get(cell.strip(), cell.strip().lower()) for cell in cells]
    missing = [column for column in COLUMNS if column not in columns and column not in OPTIONAL]
    unknown = [column for column in columns if column not in COLUMNS]
    if missing or unknown or len(set(columns)) != len(columns):
        raise ValueError(
            f"1行目の見出しは {','.join(COLUMNS)} にしてください。"
            + (f" 足りない列: {','.join(missing)}。" if missing else "")
            + (f" 分からない列: {','.join(unknown)[:100]}。" if unknown else "")
        )
    return columns


def _row(line: int, columns: list[str], cells: list[str]) -> Row:
    if len(cells) != len(columns):
        return Row(line, problem=f"列の数が{len(cells)}です（見出しは{len(columns)}列）。")
    values = {column: from_text_cell(cell.strip()) for column, cell in zip(columns, cells, strict=True)}
    return replace(Row(line), **values)  # type: ignore[arg-type]


def wanted(row: Row) -> Wanted:
    """Return what a row asks for; raises ValueError in Japanese."""
    if row.problem:
        raise ValueError(row.problem)
    login = names.checked_login(row.login)
    name = row.name.strip()
    if not name or len(name) > 100:
        raise ValueError("氏名は1文字以上100文字以内です。")
    if bool(row.department) != bool(row.position):
        raise ValueError("所属と職位は両方書くか、両方空にしてください。")
    main = None
    if row.department:
        main = (names.path_of(row.department), names.checked_name(row.position, "職位", 50))
    concurrent = None if row.concurrent is None else _places(row.concurrent)
    if main and concurrent and main in concurrent:
        raise ValueError("兼務に主務と同じ所属・職位があります。")
    groups = None if row.groups is None else _names(row.groups)
    return Wanted(row.line, login, name, main, _rank(row), concurrent, groups)


def _rank(row: Row) -> int | None:
    if not row.rank:
        return None
    if not row.rank.isdecimal() or not 1 <= int(row.rank) <= HIGHEST_RANK:
        raise ValueError(f"順位は1から{HIGHEST_RANK}の整数です: {row.rank}")
    if not row.position:
        raise ValueError("職位が空なのに順位があります。")
    return int(row.rank)


def _places(text: str) -> tuple[Place, ...]:
    places: list[Place] = []
    for part in names.with_plain_marks(text).split(";"):
        if not part.strip():
            continue
        department, mark, position = part.partition(":")
        if not mark:
            raise ValueError(f"兼務は「部/課:職位」の形で、複数は ; で区切ります: {part.strip()}")
        places.append((names.path_of(department), names.checked_name(position, "職位", 50)))
    if len(set(places)) != len(places):
        raise ValueError("同じ兼務が2度あります。")
    return tuple(places)


def _names(text: str) -> tuple[str, ...]:
    parts = [part for part in names.with_plain_marks(text).split(";") if part.strip()]
    return tuple(dict.fromkeys(names.checked_name(part, "グループ名") for part in parts))
