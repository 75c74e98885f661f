"""A read-only view of the file system for a reading child: Python's own files and fonts, nothing else (Landlock)."""

import ctypes
import os
import sys
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# remove a folder or file, make a folder, file or socket, move between folders, truncate
_CHANGE_DIR, _REFER, _TRUNCATE = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9, 1 << 13, 1 << 14
# Libraries that are loaded late, and the fonts that PDF pages are drawn with when they bring none.
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/zoneinfo",
    # Tesseract's data.
    "/usr/share/tesseract-ocr",
    "/usr/share/tessdata",
    "/dev/null",
    "/dev/urandom",
)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version(libc: ctypes.CDLL) -> int:
    """Return the kernel's Landlock version; 0 when it has none."""
    return max(0, int(libc.syscall(_CREATE, None, ctypes.c_size_t(0), 1)))


def python_paths() -> list[str]:
    """Return where this interpreter, its packages and this product lie."""
    stdlib = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib costs the child a fifth of its start
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages", "lib-dynload"))]
    return [stdlib, package, f"{sys.base_prefix}/lib", *packages]


def restrict(
    libc: ctypes.CDLL, readable: Iterable[str] = (), writable: Iterable[str] = (), executable: Iterable[str] = ()
) -> bool:
    """Leave this process only reading of Python's own paths and `readable`; False when the kernel has no Landlock.

    A converter also gets one folder that is `writable` and the one program that is `executable`, with its loader.
    """
    found = version(libc)
    if not found:
        return False
    filesystem = (1 << 13) - 1
    filesystem |= (1 << 13 if found >= 2 else 0) | (1 << 14 if found >= 3 else 0) | (1 << 15 if found >= 5 else 0)
    rules = _Ruleset(filesystem, 3 if found >= 4 else 0, 3 if found >= 6 else 0)
    size = 8 if found < 4 else 16 if found < 6 else 24
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    change = filesystem & (_WRITE_FILE | _CHANGE_DIR | _REFER | _TRUNCATE)
    allowed = [(path, 0) for path in (*python_paths(), *_SYSTEM, *readable)]
    allowed += [(path, change) for path in writable] + [(path, _EXECUTE) for path in executable]
    for path, more in allowed:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        directory = os.path.isdir(path)  # noqa: PTH112
        beneath = _Beneath(_READ_FILE | more | (_READ_DIR if directory else 0), handle)
        libc.syscall(_ADD, ruleset, 1, ctypes.byref(beneath), 0)
        os.close(handle)
    restricted: int = libc.syscall(_RESTRICT, ruleset, 0)
    os.close(ruleset)
    return restricted == 0
