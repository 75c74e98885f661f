"""A row of a table, as the library writes it down, as a person reads it."""

import re

GAP = "　"
UNIT = re.compile(
    r"(?:単位\s*[:：]?\s*([^\s）)]{1,6})|(?:^|[（(])(円|千円|万円|百万円|億円|人|件|世帯|％|%)(?:[）)]|$))"
)
_NUMBER = re.compile(r"[△▲\-−]?\s?\d[\d,，]*(?:\.\d+)?")
# What stands in columns of these is no amount, whatever the unit over the table; nor are counts, under a unit of money.
_NO_MEASURE = re.compile(r"率$|比$|番号$|^年度?$|[％%]|[（(][^（()）一-龥]{1,3}[)）]$")
_COUNT = re.compile(r"[数人件回台点]$")


def unit_of(text: str) -> str:
    """Return the unit that a caption or a label declares, or nothing: 「単位：千円」, 「金額（円）」."""
    declared = UNIT.search(text)
    return (declared[1] or declared[2]) if declared else ""


def readable(row: str, unit: str) -> str:
    """Return a row 「区分：民生費　補正額：123,000」 as a person reads it: 「民生費　補正額：123,000千円」."""
    cells: list[str] = []
    for number, cell in enumerate(row.split(GAP)):
        label, mark, value = cell.partition("：")
        if not mark:
            cells.append(cell)
        elif _NUMBER.fullmatch(value.strip()):
            cells.append(f"{label}：{value.strip()}{_measure(label, unit)}")
        else:
            cells.append(value if number == 0 else cell)
    return GAP.join(cells)


def _measure(label: str, unit: str) -> str:
    if own := unit_of(label):
        return own
    if _NO_MEASURE.search(label) or ("円" in unit and _COUNT.search(label)):
        return ""
    return unit
