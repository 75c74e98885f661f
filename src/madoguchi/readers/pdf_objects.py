"""What a PDF page draws beside its characters' codes: images, shapes, and the texts among them that nobody sees.

A text is judged by what is drawn before and after it; where that is not enough (a layer, an image below, a shape
above), the page is drawn small and the text's place looked at.
"""

import ctypes
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

import pypdfium2_raw as pdfium

from madoguchi.readers import pdfium_calls
from madoguchi.readers.pdf_text import Frame

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]

INVISIBLE = "見えない文字"
WHITE = "白い文字"
SAME_COLOUR = "背景と同じ色の文字"
COVERED = "塗りつぶされた文字"
LAYER = "表示しないレイヤー"
OUTSIDE = "ページの外の文字"

MAX_OBJECTS = 30_000
_MAX_DEPTH = 5
# Of a shape that may stand behind or before text, in points.
_COVER_WIDTH, _COVER_HEIGHT = 8.0, 4.0
_BOX_SEGMENTS = 6
_WHITE = 245
# How far apart (0-255) a text and its ground must be to be seen by anybody.
_CONTRAST = 24
_DOTS = 1.5
# Of a page that is drawn: an A3 sheet of 300 dots an inch has 17.4 million.
MAX_DOTS = 20_000_000


@dataclass(slots=True)
class Text:
    """A text object: its number among what is drawn, its box in shown points, its colour; `layer` when in one, `inside`
    when in a form: content of its own that the page puts there."""

    at: int
    handle: int
    box: Box
    colour: Colour
    layer: bool
    inside: bool


@dataclass(slots=True)
class Shape:
    """A path, image or shading. `colour` is None where it is no single one; `solid` when it is filled, `plain` when
    it is a box."""

    at: int
    box: Box
    colour: Colour | None
    solid: bool
    plain: bool = False


@dataclass(slots=True)
class Path:
    """A path that is filled or drawn along: its address, its box in shown points, and the matrix around it."""

    handle: int
    box: Box
    stroke: bool
    matrix: Matrix


@dataclass
class Drawn:
    """What a page draws. `unseen` holds the reason of each text object that nobody sees, by its address."""

    images: list[Box] = field(default_factory=list)
    # Of each image, in the same order: how many pixels it has across and down.
    pixels: list[tuple[int, int]] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    unseen: dict[int, str] = field(default_factory=dict)
    invisible: int = 0
    objects: int = 0


def drawn(page: object, frame: Frame) -> Drawn:
    """Return what a page draws; beyond 30,000 objects the rest is not looked at."""
    found = Drawn()
    base: Matrix = (frame.a, frame.b, frame.c, frame.d, frame.e, frame.f)
    _objects(pdfium_calls.address(page), base, found, 0, {})
    _judge(page, frame, found)
    return found


_red, _green, _blue, _alpha = (ctypes.c_uint() for _ in range(4))
_COLOUR = tuple(ctypes.addressof(place) for place in (_red, _green, _blue, _alpha))
_x0, _y0, _x1, _y1 = (ctypes.c_float() for _ in range(4))
_BOUNDS = tuple(ctypes.addressof(place) for place in (_x0, _y0, _x1, _y1))
_wide, _high = ctypes.c_uint(), ctypes.c_uint()
_WIDE, _HIGH = ctypes.addressof(_wide), ctypes.addressof(_high)
_fill, _stroke = ctypes.c_int(), ctypes.c_int()
_MODE = (ctypes.addressof(_fill), ctypes.addressof(_stroke))


def _objects(holder: int, matrix: Matrix, found: Drawn, depth: int, clips: dict[int, Box]) -> None:
    inside = depth > 0
    count = (pdfium_calls.count_form_objects if inside else pdfium_calls.count_page_objects)(holder)
    get = pdfium_calls.form_object if inside else pdfium_calls.page_object
    kind_of, bounds_of = pdfium_calls.object_type, pdfium_calls.object_bounds
    text, path, form = pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_FORM
    a, b, c, d, e, f = matrix
    for index in range(count):
        found.objects += 1
        if found.objects > MAX_OBJECTS:
            return
        item = get(holder, index)
        kind = kind_of(item)
        if kind == form:
            if depth < _MAX_DEPTH:
                _objects(item, times(matrix_of(item), matrix), found, depth + 1, clips)
            continue
        if not bounds_of(item, *_BOUNDS):
            continue
        own = (_x0.value, _y0.value, _x1.value, _y1.value)
        xa, ya = a * own[0] + c * own[1] + e, b * own[0] + d * own[1] + f
        xb, yb = a * own[2] + c * own[3] + e, b * own[2] + d * own[3] + f
        box = (xa if xa < xb else xb, ya if ya < yb else yb, xb if xa < xb else xa, yb if ya < yb else ya)
        if kind == text:
            _text(item, own, box, found, clips, inside)
        elif kind == path:
            _path(item, box, matrix, found)
        else:
            found.shapes.append(Shape(found.objects, box, None, True))
            if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                found.images.append(box)
                found.pixels.append(_pixels(item))


def _pixels(item: int) -> tuple[int, int]:
    """The pixels of an image across and down; 0 when it says none, or has a mask of a size of its own."""
    if pdfium_calls.has_transparency(item) or not pdfium_calls.image_pixels(item, _WIDE, _HIGH):
        return 0, 0
    return _wide.value, _high.value


def _text(item: int, own: Box, box: Box, found: Drawn, clips: dict[int, Box], inside: bool) -> None:
    mode = pdfium_calls.render_mode(item)
    colour: Colour = (0, 0, 0)
    if mode in (0, 4) and pdfium_calls.fill_colour(item, *_COLOUR):
        if not _alpha.value:
            mode = 3
        colour = (_red.value, _green.value, _blue.value)
    marks = pdfium_calls.count_marks(item)
    layer = marks > 0 and _in_layer(item, marks)
    found.texts.append(Text(found.objects, item, box, colour, layer, inside))
    if mode in (3, 7):
        found.invisible += 1
        found.unseen[item] = INVISIBLE
    elif _is_clipped(item, own, clips):
        found.unseen[item] = OUTSIDE


def _path(item: int, box: Box, matrix: Matrix, found: Drawn) -> None:
    if not pdfium_calls.draw_mode(item, *_MODE) or not (_fill.value or _stroke.value):
        return
    solid = bool(_fill.value)
    found.paths.append(Path(item, box, bool(_stroke.value), matrix))
    colour: Colour | None = None
    plain = False
    if solid and box[2] - box[0] >= _COVER_WIDTH and box[3] - box[1] >= _COVER_HEIGHT:
        # A pattern has no colour to tell.
        if pdfium_calls.fill_colour(item, *_COLOUR):
            solid = _alpha.value > 0
            colour = (_red.value, _green.value, _blue.value) if _alpha.value == 255 else None
        plain = pdfium_calls.count_segments(item) <= _BOX_SEGMENTS
    found.shapes.append(Shape(found.objects, box, colour, solid, plain))


_name = (ctypes.c_char * 16)()
_size = ctypes.c_ulong()
_NAME = (ctypes.addressof(_name), 16, ctypes.addressof(_size))
_OC = "OC\0".encode("utf-16-le")


def _in_layer(item: int, count: int) -> bool:
    """Whether a text stands in an optional layer: it is marked `/OC`."""
    for index in range(min(8, count)):
        named = pdfium_calls.mark_name(pdfium_calls.mark_of(item, index), *_NAME)
        if named and _size.value == len(_OC) and _name.raw[: len(_OC)] == _OC:
            return True
    return False


def _is_clipped(item: int, own: Box, clips: dict[int, Box]) -> bool:
    """Whether nothing of a text lies within what the page is clipped to there."""
    clip = pdfium_calls.clip_of(item)
    if not clip:
        return False
    for number in range(min(4, pdfium_calls.count_clips(clip))):
        # Texts that share a clip share its points in memory: their address tells it again.
        first = pdfium_calls.clip_segment(clip, number, 0)
        if not first:
            continue
        if first not in clips:
            clips[first] = _clip_box(clip, number)
        x0, y0, x1, y1 = clips[first]
        if own[2] < x0 or own[0] > x1 or own[3] < y0 or own[1] > y1:
            return True
    return False


def _clip_box(clip: int, number: int) -> Box:
    xs: list[float] = []
    ys: list[float] = []
    for at in range(min(2000, pdfium_calls.count_clip_segments(clip, number))):
        if pdfium_calls.segment_point(pdfium_calls.clip_segment(clip, number, at), _BOUNDS[0], _BOUNDS[1]):
            xs.append(_x0.value)
            ys.append(_y0.value)
    return (min(xs), min(ys), max(xs), max(ys)) if xs else (-1e9, -1e9, 1e9, 1e9)


def matrix_of(item: int) -> Matrix:
    """Return the matrix of an object; that of no change when it has none."""
    own = pdfium.FS_MATRIX()
    if not pdfium_calls.object_matrix(item, ctypes.addressof(own)):
        return (1, 0, 0, 1, 0, 0)
    return (own.a, own.b, own.c, own.d, own.e, own.f)


def times(first: Matrix, then: Matrix) -> Matrix:
    """Return the matrix of one change after the other."""
    a, b, c, d, e, f = first
    ta, tb, tc, td, te, tf = then
    return (
        a * ta + b * tc,
        a * tb + b * td,
        c * ta + d * tc,
        c * tb + d * td,
        e * ta + f * tc + te,
        e * tb + f * td + tf,
    )


def _judge(page: object, frame: Frame, found: Drawn) -> None:
    """Add to `unseen` the texts in the colour of their ground, under a shape, or in a layer that is off."""
    doubted = _covered(found)
    of_colour: dict[Colour, list[Shape]] = {}
    for shape in found.shapes:
        if shape.colour and shape.solid and shape.plain:
            of_colour.setdefault(_rough(shape.colour), []).append(shape)
    for text in found.texts:
        if text.handle in found.unseen or text.box[2] - text.box[0] < 0.5 or text.box[3] - text.box[1] < 0.5:
            continue
        if text.layer:
            doubted[text.handle] = (LAYER, text)
        elif min(text.colour) >= _WHITE:
            if not _is_on_colour(text, found.shapes):
                doubted[text.handle] = (WHITE, text)
        elif of_colour and any(
            shape.at < text.at and _holds(shape.box, text.box) for shape in of_colour.get(_rough(text.colour), ())
        ):
            doubted[text.handle] = (SAME_COLOUR, text)
    if doubted:
        _look(page, frame, found, doubted)


def judge_forms(document: object, page: object, frame: Frame, found: Drawn) -> None:
    """Add to `unseen` the texts of forms that do not show: whether a form is of a layer nobody can ask. Those of which
    a font draws nothing on any layer are let be."""
    doubted = {text.handle: (LAYER, text) for text in found.texts if text.inside and text.handle not in found.unseen}
    if doubted:
        _look(page, frame, found, doubted)
    for handle in doubted:
        if handle in found.unseen and not _has_ink(document, page, handle):
            del found.unseen[handle]


def _rough(colour: Colour) -> Colour:
    return colour[0] >> 4, colour[1] >> 4, colour[2] >> 4


def _holds(outer: Box, inner: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _is_on_colour(text: Text, shapes: list[Shape]) -> bool:
    """Whether what lies right below a text is a shape of one colour that is not white."""
    above: Shape | None = None
    for shape in shapes:
        if shape.at > text.at:
            break
        if shape.solid and _holds(shape.box, text.box):
            above = shape
    return above is not None and above.colour is not None and min(above.colour) < _WHITE - 30


def _covered(found: Drawn) -> dict[int, tuple[str, Text]]:
    """The texts whose middle lies under a shape that is drawn after them."""
    if not found.texts:
        return {}
    first = found.texts[0].at
    later = [shape for shape in found.shapes if shape.at > first and shape.plain and shape.colour]
    if not later:
        return {}
    by_height = sorted(((text.box[1] + text.box[3]) / 2, number) for number, text in enumerate(found.texts))
    covered: dict[int, tuple[str, Text]] = {}
    for shape in later[:2000]:
        x0, top, x1, bottom = shape.box
        for place in range(bisect_left(by_height, (top, -1)), len(by_height)):
            middle, number = by_height[place]
            if middle > bottom:
                break
            text = found.texts[number]
            wide = text.box[2] - text.box[0] > 0.5 < text.box[3] - text.box[1]
            if wide and text.at < shape.at and x0 <= (text.box[0] + text.box[2]) / 2 <= x1:
                covered[text.handle] = (COVERED, text)
    return covered


def _look(page: object, frame: Frame, found: Drawn, doubted: dict[int, tuple[str, Text]]) -> None:
    """Draw the page and keep as unseen the doubted texts at whose place all is of one colour."""
    places = [text.box for _, text in doubted.values()]
    left_edge, top_edge = max(0.0, min(box[0] for box in places)), max(0.0, min(box[1] for box in places))
    right_edge, bottom_edge = max(box[2] for box in places), max(box[3] for box in places)
    area = (left_edge, top_edge, min(frame.width, right_edge + 1), min(frame.height, bottom_edge + 1))
    picture = grey(page, frame, _DOTS, area) if area[2] > area[0] and area[3] > area[1] else None
    if picture is None:
        return
    pixels, width, height = picture
    for handle, (reason, text) in doubted.items():
        x0, x1 = text.box[0] - left_edge, text.box[2] - left_edge
        top, bottom = text.box[1] - top_edge, text.box[3] - top_edge
        slack = (bottom - top) * 0.15
        left, right = max(0, int(x0 * _DOTS)), min(width, int(x1 * _DOTS) + 1)
        upper, lower = max(0, int((top + slack) * _DOTS)), min(height, int((bottom - slack) * _DOTS) + 1)
        if right <= left or lower <= upper:
            continue
        rows = [pixels[row * width + left : row * width + right] for row in range(upper, lower)]
        darkest, lightest = min(map(min, rows)), max(map(max, rows))
        own = 0.3 * text.colour[0] + 0.59 * text.colour[1] + 0.11 * text.colour[2]
        flat = lightest - darkest < _CONTRAST
        # 「■」 fills its place.
        filled = flat and reason == LAYER and darkest - _CONTRAST < own < lightest + _CONTRAST
        if not filled and (flat or _is_overwritten(text, found, doubted)):
            found.unseen[handle] = reason


def _has_ink(document: object, page: object, handle: int) -> bool:
    """Whether a text object draws anything, wherever it stands; one too large to be drawn is taken to."""
    pdfium_calls.object_bounds(handle, *_BOUNDS)
    if (_x1.value - _x0.value) * (_y1.value - _y0.value) * _DOTS**2 > MAX_DOTS:
        return True
    bitmap = pdfium.FPDFTextObj_GetRenderedBitmap(document, page, ctypes.cast(handle, pdfium.FPDF_PAGEOBJECT), _DOTS)
    if not bitmap:
        return False
    try:
        size = pdfium.FPDFBitmap_GetStride(bitmap) * pdfium.FPDFBitmap_GetHeight(bitmap)
        return any(ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), size))
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def _is_overwritten(text: Text, found: Drawn, doubted: Mapping[int, object]) -> bool:
    """Whether what can be seen at the place of a text is another text."""
    x0, top, x1, bottom = text.box
    for other in found.texts:
        if other.handle in doubted or other.handle in found.unseen:
            continue
        wide = min(x1, other.box[2]) - max(x0, other.box[0])
        high = min(bottom, other.box[3]) - max(top, other.box[1])
        if wide > 0.5 * (x1 - x0) and high > 0.5 * (bottom - top):
            return True
    return False


def grey(page: object, frame: Frame, dots: float, box: Box | None = None) -> tuple[bytes, int, int] | None:
    """Draw a page, or the part of it in `box` (shown points), with `dots` dots a point. Return its rows of 8-bit grey,
    its width and height in dots; None when that is too large to draw."""
    x0, top, x1, bottom = box or (0.0, 0.0, frame.width, frame.height)
    width, height = max(1, round((x1 - x0) * dots)), max(1, round((bottom - top) * dots))
    whole = (round(frame.width * dots), round(frame.height * dots))
    if width * height > MAX_DOTS or max(whole) > 30_000:
        return None
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    if not bitmap:
        return None
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, -round(x0 * dots), -round(top * dots), *whole, 0, 0)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        raw = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    if stride != width:
        raw = b"".join(raw[row * stride : row * stride + width] for row in range(height))
    return raw, width, height
