"""Smaller embedded fonts: hinting and layout tables say nothing once the glyphs are placed."""

from __future__ import annotations

import io

import pikepdf
from fontTools.ttLib import TTFont

DROP = ("GSUB", "GPOS", "GDEF", "vmtx", "vhea", "fpgm", "prep", "cvt ", "gasp", "name", "OS/2")


def slim_fonts(pdf: pikepdf.Pdf) -> None:
    for stream in pdf.objects:
        if not (isinstance(stream, pikepdf.Stream) and "/Length1" in stream):
            continue
        font = TTFont(io.BytesIO(stream.read_bytes()), recalcTimestamp=False, recalcBBoxes=False)
        for glyph in font["glyf"].glyphs.values():
            glyph.expand(font["glyf"])
            glyph.removeHinting()
        for tag in DROP:
            if tag in font:
                del font[tag]
        out = io.BytesIO()
        font.save(out, reorderTables=None)
        data = out.getvalue()
        stream.write(data)
        stream["/Length1"] = len(data)
