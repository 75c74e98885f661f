"""PowerPoint files made for the tests, part by part."""

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

NAMES = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/ppt/presentation.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/></Types>'
)
WIDTH, HEIGHT = 9_144_000, 6_858_000


def frame(x: float, y: float, width: float, height: float, tag: str = "a:xfrm", inner: str = "") -> str:
    """Where a shape stands, in per cent of the slide."""
    across, down = WIDTH // 100, HEIGHT // 100
    return (
        f'<{tag}><a:off x="{int(x * across)}" y="{int(y * down)}"/>'
        f'<a:ext cx="{int(width * across)}" cy="{int(height * down)}"/>{inner}</{tag}>'
    )


def lines(*texts: str, properties: str = "", run: str = "") -> str:
    """Paragraphs of plain text."""
    return "".join(f"<a:p>{properties}<a:r>{run}<a:t>{escape(text)}</a:t></a:r></a:p>" for text in texts)


def shape(body: str, at: str = "", place: str = "", about: str = "", fill: str = "") -> str:
    """A shape with text."""
    held = f"<p:ph {place}/>" if place else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="x" {about}/><p:cNvSpPr/><p:nvPr>{held}</p:nvPr></p:nvSpPr>'
        f"<p:spPr>{at}{fill}</p:spPr><p:txBody><a:bodyPr/><a:lstStyle/>{body}</p:txBody></p:sp>"
    )


def title(text: str) -> str:
    """The title of a slide."""
    return shape(lines(text), frame(5, 5, 90, 10), 'type="title"')


def group(at: str, *members: str) -> str:
    """Shapes together, with a measure of their own in `at`."""
    about = '<p:nvGrpSpPr><p:cNvPr id="9" name="g"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
    return f"<p:grpSp>{about}<p:grpSpPr>{at}</p:grpSpPr>{''.join(members)}</p:grpSp>"


def graphic(content: str, at: str) -> str:
    """A table, chart or diagram."""
    about = '<p:nvGraphicFramePr><p:cNvPr id="4" name="t"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
    return (
        f"<p:graphicFrame>{about}{at}<a:graphic><a:graphicData>{content}</a:graphicData></a:graphic></p:graphicFrame>"
    )


def table(rows: list[list[tuple[str, str]]]) -> str:
    """A table; a cell is (attributes, text)."""
    body = "".join(
        "<a:tr>"
        + "".join(f"<a:tc {how}><a:txBody><a:bodyPr/>{lines(text)}</a:txBody></a:tc>" for how, text in row)
        + "</a:tr>"
        for row in rows
    )
    return f'<a:tbl><a:tblPr firstRow="1"/>{body}</a:tbl>'


def slide(*shapes: str, attributes: str = "", background: str = "") -> str:
    """The XML of a slide, a layout, a master or a page of notes."""
    return (
        f"<p:sld {NAMES} {attributes}><p:cSld>{background}<p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{''.join(shapes)}"
        "</p:spTree></p:cSld></p:sld>"
    )


def relations(each: dict[str, tuple[str, str]]) -> str:
    """The XML of a part's relations: id -> (kind, target); an address outside is marked as such."""
    found = "".join(
        f'<Relationship Id="{key}" Type="{_KIND}{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if "://" in target else "/>")
        for key, (kind, target) in each.items()
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{found}</Relationships>'
    )


def deck(
    path: Path, *slides: str, more: dict[str, str] | None = None, of_first: dict[str, tuple[str, str]] | None = None
) -> Path:
    """Write a pptx; `of_first` are the relations of the first slide, `more` are further parts."""
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="s{n}"/>' for n in range(1, len(slides) + 1))
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": relations({"m": ("officeDocument", "ppt/presentation.xml")}),
        "ppt/presentation.xml": f'<p:presentation {NAMES}><p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx="{WIDTH}" '
        f'cy="{HEIGHT}"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            {f"s{n}": ("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)}
        ),
        **{f"ppt/slides/slide{n}.xml": xml for n, xml in enumerate(slides, 1)},
        "ppt/slides/_rels/slide1.xml.rels": relations(of_first or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (parts | (more or {})).items():
            archive.writestr(name, text)
    return path
