"""The reading child: `python -I -m madoguchi.readers.child LIMITS JOB FD`. It shuts itself in, does one job, answers.

A job is `{"do": "read", "reader": "pdf"}`, `{"do": "member", "reader": "mail", "number": 0}`, `{"do": "unlock"}` or
`{"do": "image", "page": 3, "dpi": 120}`, where a `"box"` draws a part of the page of a PDF; the input is the open file
descriptor FD, so that no name ever matters. A password comes through a descriptor too, `"password_from": 5`, and only
to a reader that takes one. The answer on stdout is one byte (`J` JSON, `B` bytes) and its content: `{"reading": …}`, or
`{"problem": …}` with a key of `problems.MESSAGES`, or `{"fault": "TypeError pdf.py:12"}`.
"""

import gc
import importlib
import json
import mmap
import os
import sys
import traceback
from typing import Any

from madoguchi.readers import confine, kinds, signs
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem

READERS = frozenset(kinds.READERS.values())


def main() -> int:
    """Do the job of the command line; exit 0 whenever there is an answer."""
    limits, job, handle = Limits.from_text(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
    # No thread is to be started in here: numpy's and Tesseract's libraries read these when they are loaded.
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_THREAD_LIMIT="1", OMP_NUM_THREADS="1")
    confine.enter(limits, threads=job.get("reader") in kinds.THREADED)
    # One job and the end: looking for rings costs more than the memory it would free.
    gc.disable()
    try:
        kind, content = _do(job, _content(handle), limits)
    except Problem as problem:
        kind, content = b"J", json.dumps({"problem": problem.key, "detail": problem.detail}).encode()
    except (MemoryError, RecursionError) as error:
        kind, content = b"J", json.dumps({"problem": "memory" if isinstance(error, MemoryError) else "nested"}).encode()
    except Exception as error:
        # Only where it happened: what a library says may quote the document.
        last = traceback.extract_tb(error.__traceback__)[-1]
        fault = f"{type(error).__name__} {os.path.basename(last.filename)}:{last.lineno}"  # noqa: PTH119
        kind, content = b"J", json.dumps({"fault": fault}).encode()
    _write(kind)
    _write(content)
    # Libraries' clean-up of a broken document may crash after the answer is out.
    os._exit(0)


def _content(handle: int) -> mmap.mmap | bytes:
    """The input's bytes, mapped rather than copied."""
    return mmap.mmap(handle, 0, access=mmap.ACCESS_COPY) if os.fstat(handle).st_size else b""


def _do(job: dict[str, Any], content: mmap.mmap | bytes, limits: Limits) -> tuple[bytes, bytes]:
    if job["do"] == "image":
        by = job["reader"] if job.get("reader") in kinds.IMAGE_READERS else "draw"
        drawer: Any = importlib.import_module(f"madoguchi.readers.{by}")
        part = (job["box"],) if "box" in job else ()
        return b"B", drawer.png(content, job["page"], job["dpi"], limits, *part)
    password = os.read(job["password_from"], 1 << 16).decode("utf-8", "replace") if "password_from" in job else ""
    if job["do"] == "unlock":
        unlock: Any = importlib.import_module("madoguchi.readers.unlock")
        return b"B", unlock.unlocked(content, password)
    if job["reader"] not in READERS:
        raise ValueError(job["reader"])
    reader: Any = importlib.import_module(f"madoguchi.readers.{job['reader']}")
    if job["do"] == "member":
        return b"B", reader.member(content, job["number"], limits)
    reading = reader.read(content, limits, password) if password else reader.read(content, limits)
    signs.clean(reading)
    return b"J", json.dumps({"reading": reading.to_json()}, ensure_ascii=False).encode("utf-8", "replace")


def _write(content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    sys.exit(main())
