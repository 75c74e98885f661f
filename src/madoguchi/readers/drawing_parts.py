"""What charts and SmartArt of an office file say: the figures a chart keeps of its sheet, the texts of a diagram."""

import datetime
import re
from typing import Any

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_MAX_POINTS = 20_000


def chart_tables(root: Any) -> list[tuple[str, list[list[str]]]]:
    """Return (title, cells) of a chart's figures: a row a category, a column a series; several when their categories
    differ. Only what the chart itself keeps: the sheet it came from is not asked."""
    title = texts(root.find(f"{C}chart/{C}title"))
    groups: list[tuple[dict[int, str], list[tuple[str, dict[int, str]]]]] = []
    for number, series in enumerate(root.iter(f"{C}ser"), 1):
        name = " ".join(_points(series.find(f"{C}tx")).values()) or texts(series.find(f"{C}tx")) or f"系列{number}"
        categories = _first(series, "cat", "xVal")
        values = _first(series, "val", "yVal")
        if not values:
            continue
        if groups and (groups[-1][0] == categories or not categories):
            groups[-1][1].append((name, values))
        else:
            groups.append((categories, [(name, values)]))
    tables = []
    for categories, series_of in groups:
        rows = sorted(set(categories).union(*(values for _, values in series_of)))
        cells = [["", *(name for name, _ in series_of)]]
        cells += [[categories.get(at, str(at + 1)), *(values.get(at, "") for _, values in series_of)] for at in rows]
        tables.append((title, cells))
    return tables


def diagram_items(root: Any) -> list[tuple[str, int]]:
    """Return (text, depth from 1) of a SmartArt's nodes in their order."""
    said: dict[str, str] = {}
    top = ""
    for point in root.iter(f"{D}pt"):
        kind = point.get("type", "node")
        if kind == "doc":
            top = point.get("modelId", "")
        elif kind in ("node", "asst"):
            said[point.get("modelId", "")] = texts(point.find(f"{D}t"))
    below: dict[str, list[tuple[int, str]]] = {}
    for link in root.iter(f"{D}cxn"):
        order = link.get("srcOrd", "0")
        if link.get("type", "parOf") == "parOf":
            below.setdefault(link.get("srcId", ""), []).append(
                (int(order) if order.isdigit() else 0, link.get("destId", ""))
            )
    found: list[tuple[str, int]] = []
    waiting, seen = [(top, 0)], set()
    while waiting:
        node, depth = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if said.get(node):
            found.append((said[node], max(1, depth)))
        waiting += [(child, depth + 1) for _, child in sorted(below.get(node, []), reverse=True)]
    return found or [(text, 1) for text in said.values() if text]


def texts(element: Any | None) -> str:
    """Return the text of a DrawingML text body, a line a paragraph."""
    if element is None:
        return ""
    lines = ["".join(each.text or "" for each in line.iter(f"{A}t")).strip() for line in element.iter(f"{A}p")]
    return "\n".join(line for line in lines if line)


def number(text: str | None) -> float:
    """Return a measure of an attribute; 0 when it is none."""
    try:
        return float(text or 0)
    except ValueError:
        return 0


def _first(series: Any, *names: str) -> dict[int, str]:
    for name in names:
        found = _points(series.find(f"{C}{name}"))
        if found:
            return found
    return {}


def _points(element: Any | None) -> dict[int, str]:
    """Position -> text as the chart shows it; categories of several levels are joined, the outermost first."""
    if element is None:
        return {}
    levels = list(element.iter(f"{C}lvl")) or list(
        element.iter(f"{C}strCache", f"{C}numCache", f"{C}strLit", f"{C}numLit")
    )
    found: dict[int, str] = {}
    for number, level in enumerate(levels):
        style = level.find(f"{C}formatCode")
        own: dict[int, str] = {}
        for point in level.iterfind(f"{C}pt"):
            value, at = point.find(f"{C}v"), point.get("idx", "")
            if value is not None and at.isdigit() and int(at) < _MAX_POINTS:
                own[int(at)] = _shown(
                    value.text or "", point.get("formatCode") or (style.text if style is not None else "")
                )
        if not number:
            found = own
            continue
        # An outer level names only where it begins.
        last = ""
        for at in sorted(found):
            last = own.get(at, last)
            found[at] = f"{last} {found[at]}".strip()
    return found


def _shown(value: str, style: str | None) -> str:
    style = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", style or "General")
    try:
        number = float(value)
    except ValueError:
        return " ".join(value.split())
    if "%" in style:
        return f"{number * 100:.{len((re.findall(r'[.](0+)', style) or [''])[0])}f}%"
    if re.search(r"[ymdg]", style.lower()) and not re.search(r"[0#]|general", style.lower()) and 0 < number < 2_958_466:
        return (datetime.date(1899, 12, 30) + datetime.timedelta(int(number))).isoformat()
    return f"{number:.12g}" if abs(number) < 1e15 else value
