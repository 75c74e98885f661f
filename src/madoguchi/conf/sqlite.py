"""Which SQLite this process uses. Up to 3.51.2 its WAL may lose or tear a commit that meets two checkpoints
(sqlite.org/wal.html, "The WAL-reset bug"); a Debian of 2023 has 3.40."""

import sys

# Releases with the mend: from 3.51.3, and those into which it was brought back.
_MENDED, _MENDED_EARLIER = (3, 51, 3), {(3, 44): 6, (3, 50): 7}


def take_bundled() -> None:
    """Put the SQLite that comes as a package in the place of Python's own, for everything imported from now on.

    Two copies of SQLite on one file in one process would release each other's locks: call it before any file is
    opened. Where there is no package for the machine, Python's own stays.
    """
    try:
        import pysqlite3
        import pysqlite3.dbapi2
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def is_mended(version: tuple[int, ...]) -> bool:
    """Return whether this release of SQLite may have several writers in WAL."""
    major, minor, patch = version[:3]
    return version >= _MENDED or patch >= _MENDED_EARLIER.get((major, minor), sys.maxsize)


def journal_pragmas() -> tuple[str, str]:
    """Return how commits are written: WAL where it is sound, else the older journal; readers wait for writers then."""
    import sqlite3

    if is_mended(sqlite3.sqlite_version_info):
        return "journal_mode=WAL", "synchronous=NORMAL"
    return "journal_mode=TRUNCATE", "synchronous=FULL"
