"""PDFium's calls that are made for each character and each line, with plain integers as arguments.

The bindings check a pointer's type at each call, which takes longer than the call itself. Handles go in as addresses
(`address`), places to write to as addresses too.
"""

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2_raw as pdfium

_pointer, _int = ctypes.c_void_p, ctypes.c_int


def address(handle: Any) -> int:
    """Return a handle of the bindings as a number."""
    return ctypes.cast(handle, _pointer).value or 0


def _plain(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    at = ctypes.cast(function, _pointer).value
    assert at
    return ctypes.PYFUNCTYPE(result, *arguments)(at)


char_code = _plain(pdfium.FPDFText_GetUnicode, ctypes.c_uint, _pointer, _int)
char_box = _plain(pdfium.FPDFText_GetLooseCharBox, _int, _pointer, _int, _pointer)
char_is_generated = _plain(pdfium.FPDFText_IsGenerated, _int, _pointer, _int)
page_object = _plain(pdfium.FPDFPage_GetObject, _pointer, _pointer, _int)
form_object = _plain(pdfium.FPDFFormObj_GetObject, _pointer, _pointer, ctypes.c_ulong)
object_type = _plain(pdfium.FPDFPageObj_GetType, _int, _pointer)
object_bounds = _plain(pdfium.FPDFPageObj_GetBounds, _int, _pointer, _pointer, _pointer, _pointer, _pointer)
object_matrix = _plain(pdfium.FPDFPageObj_GetMatrix, _int, _pointer, _pointer)
image_pixels = _plain(pdfium.FPDFImageObj_GetImagePixelSize, _int, _pointer, _pointer, _pointer)
has_transparency = _plain(pdfium.FPDFPageObj_HasTransparency, _int, _pointer)
draw_mode = _plain(pdfium.FPDFPath_GetDrawMode, _int, _pointer, _pointer, _pointer)
count_segments = _plain(pdfium.FPDFPath_CountSegments, _int, _pointer)
path_segment = _plain(pdfium.FPDFPath_GetPathSegment, _pointer, _pointer, _int)
segment_point = _plain(pdfium.FPDFPathSegment_GetPoint, _int, _pointer, _pointer, _pointer)
segment_type = _plain(pdfium.FPDFPathSegment_GetType, _int, _pointer)
count_page_objects = _plain(pdfium.FPDFPage_CountObjects, _int, _pointer)
count_form_objects = _plain(pdfium.FPDFFormObj_CountObjects, _int, _pointer)
text_object = _plain(pdfium.FPDFText_GetTextObject, _pointer, _pointer, _int)
render_mode = _plain(pdfium.FPDFTextObj_GetTextRenderMode, _int, _pointer)
fill_colour = _plain(pdfium.FPDFPageObj_GetFillColor, _int, _pointer, _pointer, _pointer, _pointer, _pointer)
count_marks = _plain(pdfium.FPDFPageObj_CountMarks, _int, _pointer)
mark_of = _plain(pdfium.FPDFPageObj_GetMark, _pointer, _pointer, ctypes.c_ulong)
clip_of = _plain(pdfium.FPDFPageObj_GetClipPath, _pointer, _pointer)
count_clips = _plain(pdfium.FPDFClipPath_CountPaths, _int, _pointer)
count_clip_segments = _plain(pdfium.FPDFClipPath_CountPathSegments, _int, _pointer, _int)
clip_segment = _plain(pdfium.FPDFClipPath_GetPathSegment, _pointer, _pointer, _int, _int)
has_map_error = _plain(pdfium.FPDFText_HasUnicodeMapError, _int, _pointer, _int)
mark_name = _plain(pdfium.FPDFPageObjMark_GetName, _int, _pointer, _pointer, ctypes.c_ulong, _pointer)
char_angle = _plain(pdfium.FPDFText_GetCharAngle, ctypes.c_float, _pointer, _int)
font_size = _plain(pdfium.FPDFText_GetFontSize, ctypes.c_double, _pointer, _int)
char_matrix = _plain(pdfium.FPDFText_GetMatrix, _int, _pointer, _int, _pointer)
font_info = _plain(pdfium.FPDFText_GetFontInfo, ctypes.c_ulong, _pointer, _int, _pointer, ctypes.c_ulong, _pointer)
