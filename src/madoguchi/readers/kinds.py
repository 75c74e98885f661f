"""Which kinds of files there are, which module reads each, and what a clerk calls it."""

from madoguchi.readers.problems import Problem

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
UNKNOWN = "application/octet-stream"
TNEF = "application/ms-tnef"

# Suffix -> media type. A suffix that is not here says nothing, and the content alone decides.
SUFFIXES = {
    "pdf": PDF,
    "docx": DOCX,
    "xlsx": XLSX,
    "pptx": PPTX,
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "xltx": XLSX,
    "xltm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "xlt": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
    "jtd": "application/x-js-taro",
    "jtt": "application/x-js-taro",
    "jtdc": "application/x-js-taro",
    "jttc": "application/x-js-taro",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "heic": "image/heic",
    "heif": "image/heic",
    "hif": "image/heic",
    "avif": "image/avif",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "rtf": "application/rtf",
    "dotx": DOCX,
    "ppsx": PPTX,
    "potx": PPTX,
    "dot": "application/msword",
    "pps": "application/vnd.ms-powerpoint",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "tab": "text/tab-separated-values",
    "html": "text/html",
    "htm": "text/html",
    "xhtml": "text/html",
    "md": "text/markdown",
    "markdown": "text/markdown",
    "txt": "text/plain",
    "eml": "message/rfc822",
    "ics": "text/calendar",
}
_IMAGES = ("png", "jpeg", "tiff", "webp", "bmp", "gif", "avif")
# Media type -> the module in this folder that reads it.
READERS = {
    PDF: "pdf",
    DOCX: "docx",
    SUFFIXES["docm"]: "docx",
    PPTX: "pptx",
    SUFFIXES["pptm"]: "pptx",
    XLSX: "xlsx",
    SUFFIXES["xlsm"]: "xlsx",
    SUFFIXES["xlsb"]: "xlsb",
    SUFFIXES["xls"]: "xls",
    SUFFIXES["ods"]: "ods",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "text/html": "html",
    "text/markdown": "markdown",
    "text/plain": "text",
    **dict.fromkeys((f"image/{kind}" for kind in _IMAGES), "image"),
    SUFFIXES["heic"]: "heic",
    SUFFIXES["eml"]: "mail",
    SUFFIXES["msg"]: "msg",
    TNEF: "msg",
    "text/calendar": "mail_calendar",
    SUFFIXES["zip"]: "zip",
    SUFFIXES["jtd"]: "ichitaro",
}
# Readers of one picture a page, which also draw it; and those whose decoder starts a thread of its own.
IMAGE_READERS = frozenset({"image", "heic"})
THREADED = frozenset({"heic"})
# Media type -> what `convert_child.FILTERS` calls it: read after LibreOffice has made a docx or pptx of it.
CONVERTED = {SUFFIXES[kind]: kind for kind in ("doc", "rtf", "odt", "ppt", "odp")}
OLE = "application/x-ole-storage"
LOCKED = "application/x-ole-encrypted-package"
# Media type of what holds other files -> what a clerk calls it. Only ZIP is opened.
ARCHIVES = {
    "application/zip": "ZIP",
    "application/x-7z-compressed": "7z",
    "application/vnd.rar": "RAR",
    "application/x-lzh": "LZH",
    "application/vnd.ms-cab-compressed": "CAB",
    "application/x-tar": "tar",
    "application/gzip": "圧縮ファイル gz",
    "application/x-bzip2": "圧縮ファイル bz2",
    "application/x-xz": "圧縮ファイル xz",
}
_LABELS = ARCHIVES | {
    PDF: "PDF",
    DOCX: "Word文書",
    XLSX: "Excelブック",
    PPTX: "PowerPoint",
    OLE: "旧形式のOffice文書",
    "application/x-msdownload": "実行ファイル",
    "application/x-executable": "実行ファイル",
    "text/html": "HTML",
    "text/csv": "CSV",
    "text/plain": "テキスト",
    "message/rfc822": "メール",
    SUFFIXES["msg"]: "メール",
    SUFFIXES["jtd"]: "一太郎文書",
    "text/calendar": "予定表",
    TNEF: "Outlookの添付 winmail.dat",
    SUFFIXES["doc"]: "Word 97-2003文書",
    SUFFIXES["ppt"]: "PowerPoint 97-2003",
    SUFFIXES["xls"]: "Excel 97-2003ブック",
    SUFFIXES["xlsm"]: "Excelマクロ有効ブック",
    SUFFIXES["xlsb"]: "Excelバイナリブック",
    SUFFIXES["ods"]: "OpenDocument表計算",
    SUFFIXES["rtf"]: "リッチテキスト",
    SUFFIXES["odt"]: "OpenDocument文書",
    SUFFIXES["odp"]: "OpenDocumentプレゼンテーション",
    UNKNOWN: "不明な形式",
}


def label(media_type: str) -> str:
    """Return what a clerk calls a kind."""
    if media_type in _LABELS:
        return _LABELS[media_type]
    for suffix, media in SUFFIXES.items():
        if media == media_type:
            return suffix
    return media_type


def unread(media_type: str) -> Problem:
    """Return why a kind that no reader takes is not read."""
    called = label(media_type)
    if media_type.startswith(("audio/", "video/")):
        return Problem("unsupported-sound", f"{'音声' if media_type.startswith('audio/') else '動画'} {called}")
    return Problem("unsupported-archive" if media_type in ARCHIVES else "unsupported", called)
