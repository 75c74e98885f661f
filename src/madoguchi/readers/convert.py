"""Old and foreign office files (doc, rtf, odt, ppt, odp) -> docx and pptx, by LibreOffice where there is one.

It runs shut in (`confine.enter_converter`), in a folder of its own that goes away with it; what comes out is a file
from outside like any other, and is read by the reading child.
"""

import fcntl
import logging
import os
import shutil
import stat
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from madoguchi import paths
from madoguchi.readers import confine
from madoguchi.readers.convert_child import FILTERS
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

log = logging.getLogger(__name__)
# More at once would only wait for each other's memory.
_AT_ONCE = threading.BoundedSemaphore(2)
_PLACES = (
    "/usr/lib/libreoffice/program",
    "/usr/lib64/libreoffice/program",
    "/opt/libreoffice/program",
    "/usr/local/lib/libreoffice/program",
)
# With a new profile LibreOffice ends once so as to be started again.
_RESTART = 81


def available() -> bool:
    """Return whether this machine has a LibreOffice."""
    return bool(program())


def program() -> str:
    """Return the path of LibreOffice's program, not of the shell script that starts it; empty when there is none."""
    places = list(_PLACES)
    script = shutil.which("soffice") or shutil.which("libreoffice")
    if script:
        places.insert(0, str(Path(script).resolve().parent))
    places += [str(path / "program") for path in sorted(Path("/opt").glob("libreoffice*"), reverse=True)]
    for place in places:
        found = Path(place, "soffice.bin")
        if found.is_file() and os.access(found, os.X_OK):
            return str(found.resolve())
    return ""


def name_of_result(kind: str) -> str:
    """Return what LibreOffice calls its result: 「document.docx」."""
    return f"document.{FILTERS[kind][1]}"


@contextmanager
def converted(handle: int, kind: str, allowed: Limits) -> Iterator[BinaryIO]:
    """Yield the open file that a file of `kind` (a key of `FILTERS`) becomes.

    Problem `convert-missing` without LibreOffice, `convert` when it fails, `convert-limit` when it takes too long.
    """
    started = program()
    if not started:
        raise Problem("convert-missing")
    with _AT_ONCE, _folder() as folder:
        with (folder / f"document.{kind}").open("wb") as file, os.fdopen(os.dup(handle), "rb") as source:
            source.seek(0)
            shutil.copyfileobj(source, file)
        outcome = _run(started, folder, kind, allowed)
        if outcome.ending in ("wall", "cpu", "output"):
            raise Problem("convert-limit")
        with _result(folder / "out" / name_of_result(kind), allowed) as made:
            if made is None:
                log.warning("converter ended %s with status %s", outcome.ending, outcome.status)
                raise Problem("convert")
            yield made


def _run(started: str, folder: Path, kind: str, allowed: Limits) -> confine.Outcome:
    argv = _command(started, folder, kind, allowed)
    outcome = confine.run(argv, allowed)
    return confine.run(argv, allowed) if outcome.status == _RESTART else outcome


def _command(started: str, folder: Path, kind: str, allowed: Limits) -> list[str]:
    argv = [sys.executable, "-I", "-X", "utf8", "-m", "madoguchi.readers.convert_child"]
    return [*argv, allowed.to_text(), started, str(folder), kind]


@contextmanager
def _result(path: Path, allowed: Limits) -> Iterator[BinaryIO | None]:
    """Yield what lies at `path` when it is a plain file of ours within the limit."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        yield None
        return
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        plain = stat.S_ISREG(status.st_mode) and 0 < status.st_size <= allowed.output_mb * 1024 * 1024
        yield file if plain else None


@contextmanager
def _folder() -> Iterator[Path]:
    """Yield a new folder that only we enter, and take it away; those that a killed process left go first."""
    home = paths.folder("converting")
    with ExitStack() as held:
        with ExitStack() as door:
            # One at a time, so that nobody takes a folder away between its making and its locking.
            _lock(home, door, fcntl.LOCK_EX)
            for left in home.iterdir():
                with ExitStack() as briefly:
                    if _lock(left, briefly, fcntl.LOCK_EX | fcntl.LOCK_NB):
                        shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(dir=home))
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            _lock(folder, held, fcntl.LOCK_EX)
        yield folder


def _lock(folder: Path, until: ExitStack, how: int) -> bool:
    """Lock a folder until the stack closes; False when another process holds it."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    until.callback(os.close, handle)
    try:
        fcntl.flock(handle, how)
    except BlockingIOError:
        return False
    return True
