"""What nobody sees of a page goes before it is read: what its own styles hide, push off the screen, or write in the
colour of the ground.

Known are inline styles and the page's `<style>` with simple selectors (`p`, `.note`, `#x`, `p.note.x`). A sheet in
another file is not fetched: where there is one, text is only called white on white when the page itself says both.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.S)
_SIMPLE = re.compile(r"([a-z][a-z0-9]*|\*)?((?:[.#][\w\-]+)*)", re.I)
_MARK = re.compile(r"([.#])([\w\-]+)")
_LENGTH = re.compile(r"(-?[0-9]*\.?[0-9]+)\s*(px|pt|em|rem|%|mm|cm|vw|vh)?")
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)\s*(?:[,/]\s*([0-9.]+)(%?)\s*)?\)")
_HEX = re.compile(r"#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b")
_NAMED = {"white": "ffffff", "black": "000000", "snow": "fffafa", "ivory": "fffff0", "red": "ff0000", "navy": "000080"}
_NO_COLOUR = "transparent"
# A ground that a picture or a gradient makes: text of any colour may be seen on it.
_PICTURE = "picture"
_MAX_RULES = 5_000
# Pixels of a letter that nobody reads, and how far off the screen nobody looks: a hanging indent is no such thing, nor
# is the half of a page's width by which it is put in the middle.
_TINY = 3.0
_FAR = {"left": 99.0, "top": 99.0, "text-indent": 300.0, "margin-left": 2000.0}
_PIXELS = {"px": 1.0, "": 1.0, "pt": 1.333, "em": 16.0, "rem": 16.0, "%": 0.16, "mm": 3.78, "cm": 37.8}

Styles = dict[str, str]


@dataclass(frozen=True)
class _Look:
    """What text inherits: its colour and size, and what lies behind it; empty where the page does not say."""

    colour: str = ""
    ground: str = ""
    tiny: bool = False
    unseen: bool = False


class _Sheet:
    """The rules of a page, found by what their selector names."""

    def __init__(self, css: str) -> None:
        # Tag, class (`.x`) or id (`#x`) -> (weight, order, all marks, styles).
        self._rules: dict[str, list[tuple[int, int, frozenset[str], Styles]]] = {}
        for order, (selector, body) in enumerate(_rules(_COMMENT.sub("", css))[:_MAX_RULES]):
            styles = _declared(body)
            for each in selector.split(","):
                found = _SIMPLE.fullmatch(each.strip())
                if not found or not each.strip() or not styles:
                    continue
                tag = (found[1] or "*").lower()
                marks = frozenset(kind + name for kind, name in _MARK.findall(found[2]))
                weight = sum(100 if mark.startswith("#") else 10 for mark in marks) + (tag != "*")
                rule = (weight, order, marks | ({tag} if tag != "*" else frozenset()), styles)
                self._rules.setdefault(min(marks, default=tag), []).append(rule)

    def of(self, element: Any) -> Styles:
        """The styles of an element: its attributes', then those of rules, then its own."""
        found: Styles = {}
        if element.get("bgcolor"):
            found["background-color"] = element.get("bgcolor").lower()
        if element.tag == "font" and element.get("color"):
            found["color"] = element.get("color").lower()
        if self._rules:
            named = {f".{name}" for name in element.get("class", "").split()} | {element.tag}
            named |= {f"#{element.get('id')}"} if element.get("id") else set()
            rules = [rule for name in (*named, "*") for rule in self._rules.get(name, ()) if rule[2] <= named]
            for _, _, _, styles in sorted(rules, key=lambda rule: rule[:2]):
                found |= styles
        return found | _declared(element.get("style", ""))


def strip(root: Any) -> None:
    """Take out of a page what nobody sees of it."""
    sheets = [each for each in root.iter("style") if each.get("media", "all").lower().strip() in ("all", "screen", "")]
    sheet = _Sheet("\n".join(each.text or "" for each in sheets))
    outside = any("stylesheet" in each.get("rel", "").lower() for each in root.iter("link"))
    start = _Look(ground="" if outside else "ffffff")
    waiting = [(root, start)]
    gone = []
    while waiting:
        element, above = waiting.pop()
        styles = sheet.of(element)
        if _is_gone(styles):
            gone.append(element)
            continue
        look = _inherited(styles, above)
        if _is_unseen(look):
            element.text = None
            for child in element:
                child.tail = None
        waiting += [(child, look) for child in element if isinstance(child.tag, str)]
    for element in gone:
        if element.getparent() is not None:
            element.drop_tree()


def _rules(css: str) -> list[tuple[str, str]]:
    """(selector, declarations) outside of conditions: of `@media` only what counts on every screen."""
    found: list[tuple[str, str]] = []
    depth, skipped, at, selector = 0, 0, 0, ""
    for mark in re.finditer(r"[{}]", css):
        said = css[at : mark.start()].strip()
        at = mark.end()
        if mark[0] == "{":
            depth += 1
            is_open = re.fullmatch(r"@media\s+(?:only\s+)?(?:all|screen)", said, re.I)
            if said.startswith("@") and not is_open and not skipped:
                skipped = depth
            selector = said.rpartition(";")[2]
        else:
            if selector and not selector.startswith("@") and not skipped:
                found.append((selector.strip(), said))
            selector = ""
            depth = max(0, depth - 1)
            if depth < skipped:
                skipped = 0
    return found


def _declared(body: str) -> Styles:
    found: Styles = {}
    for each in body.split(";"):
        name, _, value = each.partition(":")
        name, value = name.strip().lower(), value.lower().replace("!important", "").strip()
        if name == "background" and value:
            found["background-color"] = value
        elif name and value:
            found[name] = value
    return found


def _is_gone(styles: Styles) -> bool:
    """Whether nothing of an element shows, whatever stands in it."""
    if not styles:
        return False
    clipped = re.match(r"(?:rect\(\s*[01](?:px)?[\s,]+[01](?:px)?|inset\(\s*(?:50|100)%)", _clip(styles))
    far = any(_length(styles.get(name, ""), 0.0) < -much for name, much in _FAR.items())
    opacity = styles.get("opacity", "1")
    clear = bool(_LENGTH.fullmatch(opacity)) and float(_LENGTH.fullmatch(opacity)[1]) <= 0.01  # type: ignore[index]
    return styles.get("display") == "none" or bool(clipped) or far or clear


def _clip(styles: Styles) -> str:
    return styles.get("clip-path", "") or styles.get("clip", "")


def _inherited(styles: Styles, above: _Look) -> _Look:
    look = above
    if not styles:
        return look
    ground = _ground(styles.get("background-color", ""))
    if "background-image" in styles and styles["background-image"] != "none":
        ground = _PICTURE
    if "text" in styles.get("background-clip", styles.get("-webkit-background-clip", "")):
        ground = _PICTURE
    look = replace(look, ground=ground or look.ground)
    colour = _colour(styles.get("color", ""))
    look = replace(look, colour=colour or look.colour)
    if "font-size" in styles:
        size = styles["font-size"]
        # A share of what is tiny already stays so.
        relative = size.endswith(("em", "%")) and not size.endswith("rem")
        look = replace(look, tiny=_length(size, 16.0) < _TINY or (look.tiny and relative))
    if "visibility" in styles:
        look = replace(look, unseen=styles["visibility"] in ("hidden", "collapse"))
    return look


def _is_unseen(look: _Look) -> bool:
    if look.unseen or look.tiny:
        return True
    if look.colour == _NO_COLOUR:
        return look.ground != _PICTURE
    return bool(look.colour) and look.colour == look.ground


def _length(value: str, otherwise: float) -> float:
    found = _LENGTH.match(value)
    if not found or found[2] in ("vw", "vh"):
        return otherwise
    return float(found[1]) * _PIXELS[found[2] or ""]


def _colour(value: str) -> str:
    """A colour as six digits; what cannot be told is another colour than any ground."""
    value = value.strip()
    if value in ("", "inherit", "initial", "unset", "currentcolor"):
        return ""
    if value == _NO_COLOUR:
        return _NO_COLOUR
    digits = _HEX.match(value)
    if digits:
        plain = digits[1] if len(digits[1]) > 4 else "".join(digit * 2 for digit in digits[1])
        return _NO_COLOUR if plain[6:] == "00" else plain[:6]
    parts = _RGB.match(value)
    if parts:
        if parts[4] is not None and float(parts[4]) == 0:
            return _NO_COLOUR
        return "".join(f"{min(255, int(part)):02x}" for part in parts.groups()[:3])
    return _NAMED.get(value, f"?{value}")


def _ground(value: str) -> str:
    """The colour in a background; empty when it lets through what lies behind."""
    if "url(" in value or "gradient(" in value:
        return _PICTURE
    for each in (value, *value.split()):
        found = _colour(each)
        if found and found != _NO_COLOUR and not found.startswith("?"):
            return found
    return "" if value in ("", "none", _NO_COLOUR, "inherit", "initial", "unset") else _PICTURE
