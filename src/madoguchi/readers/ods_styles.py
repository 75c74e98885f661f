"""The styles of an OpenDocument sheet, as far as they hide something."""

from typing import Any

from madoguchi.readers.xlsx_styles import hidden_by

_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_MOST_PARENTS = 20


class Styles:
    """Styles by name: colours, sizes, and whether a sheet is shown."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        # Style -> its own (colour, ground, size).
        self._own: dict[str, tuple[str, str, str]] = {}
        self._hidden_sheets: set[str] = set()

    def add(self, root: Any) -> None:
        """Take the styles below an element."""
        for style in root.iter(f"{_STYLE}style"):
            name, family = style.get(f"{_STYLE}name", ""), style.get(f"{_STYLE}family")
            if family == "table":
                properties = style.find(f"{_STYLE}table-properties")
                if properties is not None and properties.get(f"{_TABLE}display") == "false":
                    self._hidden_sheets.add(name)
            elif family == "table-cell":
                self._parents[name] = style.get(f"{_STYLE}parent-style-name", "")
                text = style.find(f"{_STYLE}text-properties")
                cell = style.find(f"{_STYLE}table-cell-properties")
                colour = "" if text is None else text.get(f"{_FO}color", "")
                size = "" if text is None else text.get(f"{_FO}font-size", "")
                self._own[name] = (colour, "" if cell is None else cell.get(f"{_FO}background-color", ""), size)

    def hides_sheet(self, name: str) -> bool:
        """Return whether a sheet of this style is hidden."""
        return name in self._hidden_sheets

    def hides_cell(self, name: str) -> str:
        """Return why nobody sees a cell of this style; empty for what one sees."""
        found = ["", "", ""]
        for _ in range(_MOST_PARENTS):
            for at, value in enumerate(self._own.get(name, ("", "", ""))):
                found[at] = found[at] or value
            name = self._parents.get(name, "")
            if not name:
                break
        colour = found[0].lstrip("#").upper() or "000000"
        ground = "FFFFFF" if found[1] in ("", "transparent") else found[1].lstrip("#").upper()
        return hidden_by(colour, ground, _points(found[2]))


def _points(text: str) -> float:
    try:
        return float(text.removesuffix("pt")) if text.endswith("pt") else 11.0
    except ValueError:
        return 11.0
