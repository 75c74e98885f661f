"""Programs of the office that are handed a file: its virus scanner, its 無害化 tool. Fixed arguments, no shell."""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Literal

from madoguchi import paths

Ending = Literal["done", "absent", "time", "output"]
# The argument in whose place a copy of the file is named, for a program that does not read its standard input.
FILE = "{file}"
# What such a program is told of this process: secrets stay here.
ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR")


@dataclass
class Ended:
    """How a program ended, and what it said on its standard output, from the beginning."""

    ending: Ending
    # Its exit status; negative: the signal that ended it.
    status: int
    output: BinaryIO


@contextmanager
def run(command: list[str], path: Path, seconds: int, most_bytes: int) -> Iterator[Ended]:
    """Hand the file at `path` to a program and yield how it ended.

    It gets the bytes on its standard input, or the path of a copy that is only its own in place of `{file}`. After
    `seconds`, or `most_bytes` of output, it is killed with all it started.
    """
    with tempfile.TemporaryDirectory(dir=paths.folder("uploads")) as room, tempfile.TemporaryFile(dir=room) as output:
        copy = Path(room, "file")
        if any(FILE in argument for argument in command):
            shutil.copyfile(path, copy)
        argv = [argument.replace(FILE, str(copy)) for argument in command]
        with (Path(os.devnull) if copy.exists() else path).open("rb") as given:
            ending, status = _run(argv, given, output, seconds, most_bytes)
        output.seek(0)
        yield Ended(ending, status, output)


def _run(argv: list[str], given: BinaryIO, output: BinaryIO, seconds: int, most_bytes: int) -> tuple[Ending, int]:
    end = time.monotonic() + seconds
    try:
        process = subprocess.Popen(
            argv,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
    except OSError:
        return "absent", -1
    assert process.stdout
    ending: Ending = "time"
    with process.stdout as said, suppress(subprocess.TimeoutExpired):
        if _take(said, output, end, most_bytes):
            return "done", process.wait(max(0.0, end - time.monotonic()))
        ending = "time" if time.monotonic() >= end else "output"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return ending, -1


def _take(source: IO[bytes], output: BinaryIO, end: float, most_bytes: int) -> bool:
    """Write what a program says to `output`; return whether it came to its end in time and within `most_bytes`."""
    taken = 0
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while selector.select(max(0.0, end - time.monotonic())):
            part = os.read(source.fileno(), 1 << 16)
            if not part:
                return True
            taken += len(part)
            if taken > most_bytes:
                return False
            output.write(part)
    return False
