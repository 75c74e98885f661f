"""An Office file that a password protects -> the same file without it: docx, xlsx, pptx, doc and xls.

Everything happens in memory, in the reading child; what comes out is a file from outside like any other, and is looked
at and read like one.
"""

import io
import mmap
import struct
import types
from typing import Any

import olefile
from msoffcrypto import OfficeFile, exceptions
from msoffcrypto.format import doc97, ppt97, xls97
from msoffcrypto.method.rc4 import DocumentRC4
from msoffcrypto.method.rc4_cryptoapi import DocumentRC4CryptoAPI

from madoguchi.readers import xmlparts
from madoguchi.readers.problems import Problem

# Excel locks with this what may only be read, and opens it without asking.
_EVERYBODYS = "VelvetSweatshop"
# How often a password is hashed: Office writes 100,000; more than these would only cost time.
_MAX_ROUNDS = 1_000_000
_MAX_INFO_BYTES = 1 << 16
_AGILE = b"\x04\x00\x04\x00"
# What the libraries raise of a file that is cut short or made up.
_BROKEN = (OSError, ValueError, LookupError, TypeError, AssertionError, OverflowError, struct.error)
# Records of a workbook that stay readable: beginnings, who has it open; of a sheet's, the four bytes of its place.
_FILE_PASS, _SHEET = 0x2F, 0x85
_OPEN = frozenset((0x809, _FILE_PASS, 0x194, 0x195, 0xE1, 0x138, 0x196))
# No file can be written in here; of a temporary one the library needs no more than this.
doc97.tempfile = types.SimpleNamespace(TemporaryFile=io.BytesIO)


def unlocked(data: bytes | mmap.mmap, password: str = "") -> bytes:
    """Return the bytes of a file without its lock; as they are when it has none.

    Problem `password` when it wants one and none is given, `wrong-password` when this one does not open it,
    `locked-otherwise` when it is locked in a way that no password opens here, `broken`.
    """
    if password:
        return _opened(bytes(data), password)
    try:
        return _opened(bytes(data), _EVERYBODYS)
    except Exception:
        # Whatever else may be wrong with it: first of all it is locked.
        raise Problem("password") from None


def _opened(content: bytes, password: str) -> bytes:
    out = io.BytesIO()
    try:
        _check(content)
        file = OfficeFile(io.BytesIO(content))
        if isinstance(file, ppt97.Ppt97File):
            # The library leaves parts of it locked.
            raise Problem("locked-otherwise", "PowerPoint 97-2003")
        if not file.is_encrypted():
            return content
        more = {"verify_password": True} if file.format == "ooxml" else {}
        file.load_key(password=password, **more)
        if isinstance(file, xls97.Xls97File):
            return _workbook(content, file)
        file.decrypt(out)
    except exceptions.InvalidKeyError:
        raise Problem("wrong-password") from None
    except (exceptions.FileFormatError, exceptions.DecryptionError):
        raise Problem("locked-otherwise", "対応していない暗号方式") from None
    except _BROKEN:
        raise Problem("broken") from None
    return out.getvalue()


def _workbook(content: bytes, file: Any) -> bytes:
    """An old workbook with its records readable. The library would take eight times its size, and stumbles over the
    zeros behind the last record that Excel pads a small one with."""
    out = io.BytesIO(content)
    with olefile.OleFileIO(out, write_mode=True) as storage:
        with storage.openstream("Workbook") as opened:
            stream = bytearray(opened.read())
        if file.type == "rc4":
            plain = DocumentRC4.decrypt(file.key, file.salt, io.BytesIO(stream), blocksize=1024).read()
        elif file.type == "rc4_cryptoapi":
            api = DocumentRC4CryptoAPI.decrypt
            plain = api(file.key, file.salt, file.keySize, io.BytesIO(stream), blocksize=1024).read()
        else:
            raise Problem("locked-otherwise", "Excel 95の方式")
        at = 0
        while at + 4 <= len(stream):
            kind, length = struct.unpack_from("<HH", stream, at)
            start, end = at + 4 + (4 if kind == _SHEET else 0), at + 4 + length
            if kind == _FILE_PASS:
                stream[at : at + 2] = bytes(2)
            elif kind not in _OPEN:
                stream[start:end] = plain[start:end]
            at = end
        storage.write_stream("Workbook", bytes(stream))
    return out.getvalue()


def _check(content: bytes) -> None:
    """Look at what says how a file is locked before the library believes it: it is XML, and numbers that cost time."""
    with olefile.OleFileIO(io.BytesIO(content)) as storage:
        if not storage.exists("EncryptionInfo"):
            return
        if storage.get_size("EncryptionInfo") > _MAX_INFO_BYTES:
            raise Problem("broken")
        with storage.openstream("EncryptionInfo") as stream:
            info = stream.read()
    if not info.startswith(_AGILE):
        return
    for each in xmlparts.parse(info[8:]).iter("{*}encryptedKey"):
        if not (each.get("spinCount") or "").isdecimal() or int(each.get("spinCount")) > _MAX_ROUNDS:
            raise Problem("locked-otherwise", f"計算が{_MAX_ROUNDS:,}回を超える暗号")
