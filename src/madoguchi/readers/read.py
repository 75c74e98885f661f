"""The door to reading: what kind a file is, and its blocks by a child that can do nothing else."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from django.conf import settings

from madoguchi.readers import confine, convert, detect, kinds
from madoguchi.readers.blocks import Kind, Origin, Reading, Unreadable, Unsupported
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import MESSAGES, Problem, message

log = logging.getLogger(__name__)
# Readers whose `read` takes a password as a third argument.
PASSWORD_READERS = frozenset({"pdf"})
PASSWORD_MAX_BYTES = 1024
# Kinds that `unlock` takes the password off before anything else looks at them.
_UNLOCKED = frozenset((kinds.LOCKED, kinds.SUFFIXES["doc"], kinds.SUFFIXES["xls"]))
_KINDS, _ORIGINS = frozenset(get_args(Kind)), frozenset(get_args(Origin))


def read_file(path: Path, name: str, password: str = "") -> Reading:
    """Return the blocks of the file at `path` that people call `name`, opened with a password when it needs one.

    Raises `Unsupported` for a kind that no reader takes and `Unreadable` for every other reason, both with a
    Japanese message that says what happened, what is kept and what to do.
    """
    with ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        plain = stack.enter_context(_unlocked(file.fileno(), name, password))
        handle, reader = stack.enter_context(_taken(plain, name))
        # What is unlocked already wants no password.
        asked = password if reader in PASSWORD_READERS else ""
        answer = ask_child(handle, {"do": "read", "reader": reader}, limits(), asked)
    try:
        reading = Reading.from_json(json.loads(answer)["reading"])
        _check(reading)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unreadable(message("crash")) from None
    if not reading.members and not any(block.text.strip() or block.cells for block in reading.blocks):
        raise Unsupported(message("no-text"))
    return reading


def member(path: Path, name: str, number: int) -> bytes:
    """Return the bytes of the file inside the file at `path` that stands at `number` in `Reading.members`.

    Raises as `read_file` does.
    """
    with (
        path.open("rb") as file,
        _unlocked(file.fileno(), name) as plain,
        _taken(plain, name) as (handle, reader),
    ):
        return ask_child(handle, {"do": "member", "reader": reader, "number": number}, limits())


@contextmanager
def _unlocked(handle: int, name: str, password: str = "") -> Iterator[int]:
    """Yield a file without the lock that a password opens, in memory only; itself when it has none."""
    if _locked_kind(handle, name) not in _UNLOCKED:
        yield handle
        return
    content = ask_child(handle, {"do": "unlock"}, limits(), password)
    with os.fdopen(os.memfd_create("unlocked"), "wb") as memory:
        memory.write(content)
        memory.flush()
        yield memory.fileno()


def _locked_kind(handle: int, name: str) -> str:
    """The media type of a file that a password protects; empty of another."""
    try:
        _found(handle, name)
    except Problem as problem:
        return problem.detail if problem.key == "password" else ""
    return ""


@contextmanager
def _taken(handle: int, name: str) -> Iterator[tuple[int, str]]:
    """Yield what is read and by which reader: the file itself, or what a converter makes of it."""
    media = _kind(handle, name)
    kind = kinds.CONVERTED.get(media)
    if not kind:
        yield handle, _reader_of(media)
        return
    allowed = replace(
        limits(),
        memory_mb=settings.CONVERTER_MEMORY_MB,
        cpu_seconds=settings.CONVERTER_CPU_SECONDS,
        wall_seconds=settings.CONVERTER_WALL_SECONDS,
    )
    with ExitStack() as stack:
        try:
            made = stack.enter_context(convert.converted(handle, kind, allowed))
        except Problem as problem:
            missing = Unsupported if problem.key == "convert-missing" else Unreadable
            raise missing(message(problem.key, kinds.label(media))) from None
        yield made.fileno(), _reader(made.fileno(), convert.name_of_result(kind))


def _reader(handle: int, name: str) -> str:
    return _reader_of(_kind(handle, name))


def _reader_of(media: str) -> str:
    reader = kinds.READERS.get(media)
    if not reader:
        problem = kinds.unread(media)
        raise Unsupported(message(problem.key, problem.detail))
    return reader


def media_type(path: Path, name: str) -> str:
    """Return the media type of a file: its content decides, and its name must agree.

    Raises `Unreadable` when name and content disagree, or when the file is of two kinds at once.
    """
    with path.open("rb") as file:
        return _kind(file.fileno(), name)


def limits() -> Limits:
    """Return the limits of the settings."""
    return Limits(
        memory_mb=settings.READER_MEMORY_MB,
        cpu_seconds=settings.READER_CPU_SECONDS,
        wall_seconds=settings.READER_WALL_SECONDS,
        output_mb=settings.READER_OUTPUT_MB,
        max_pages=settings.READER_MAX_PAGES,
        max_cells=settings.READER_MAX_CELLS,
        max_zip_ratio=settings.READER_MAX_ZIP_RATIO,
        max_zip_entries=settings.READER_MAX_ZIP_ENTRIES,
        max_inflated_mb=settings.READER_MAX_INFLATED_MB,
        max_image_megapixels=settings.READER_MAX_IMAGE_MEGAPIXELS,
    )


def takes_password(path: Path, name: str) -> bool:
    """Return whether a file is of a kind that is read with a password."""
    with path.open("rb") as file:
        if _locked_kind(file.fileno(), name) in _UNLOCKED:
            return True
    try:
        return kinds.READERS.get(media_type(path, name)) in PASSWORD_READERS
    except Unreadable:
        return False


def ask_child(handle: int, job: dict[str, Any], allowed: Limits, password: str = "") -> bytes:
    """Run one job of `child.py` on an open file and return its answer; Unreadable when there is none."""
    argv = [sys.executable, "-I", "-X", "utf8", "-m", "madoguchi.readers.child"]
    with _handed_over(password) as secret:
        if secret is not None:
            job = job | {"password_from": secret}
        handles = (handle,) if secret is None else (handle, secret)
        outcome = confine.run([*argv, allowed.to_text(), json.dumps(job), str(handle)], allowed, pass_fds=handles)
    return _answer(outcome, allowed)


@contextmanager
def _handed_over(password: str) -> Iterator[int | None]:
    """Yield a descriptor from which a child reads a password: every user of the machine sees a command line."""
    if not password:
        yield None
        return
    reading, writing = os.pipe()
    try:
        with os.fdopen(writing, "wb") as pipe:
            # Less than a pipe holds, so this cannot wait for a reader.
            pipe.write(password.encode()[:PASSWORD_MAX_BYTES])
        yield reading
    finally:
        os.close(reading)


def _answer(outcome: confine.Outcome, allowed: Limits) -> bytes:
    details = {"cpu": allowed.cpu_seconds, "wall": allowed.wall_seconds, "output": allowed.output_mb}
    if outcome.ending in details:
        raise Unreadable(message(outcome.ending, f"{details[outcome.ending]:,}"))
    kind, content = outcome.output[:1], outcome.output[1:]
    if outcome.ending != "done" or kind not in (b"J", b"B"):
        log.warning("reader ended %s with status %s", outcome.ending, outcome.status)
        raise Unreadable(message("crash"))
    if kind == b"B":
        return content
    if content.startswith(b'{"problem"'):
        raise _unreadable(content, allowed)
    if content.startswith(b'{"fault"'):
        log.warning("reader fault: %s", content[:200].decode("utf-8", "replace"))
        raise Unreadable(message("broken"))
    return content


def _unreadable(content: bytes, allowed: Limits) -> Unreadable:
    try:
        said = json.loads(content)
        key, detail = str(said["problem"]), str(said.get("detail", ""))[:100]
    except (ValueError, KeyError, TypeError):
        return Unreadable(message("crash"))
    if key == "memory":
        detail = f"{allowed.memory_mb:,}"
    # A scan is no broken file: its text waits for a reader of images.
    kind = Unsupported if key in ("no-text", "no-ocr", "unsupported-image") else Unreadable
    return kind(message(key if key in MESSAGES else "crash", detail))


def _kind(handle: int, name: str) -> str:
    try:
        return _found(handle, name)
    except Problem as problem:
        raise Unreadable(message(problem.key, problem.detail)) from None


def _found(handle: int, name: str) -> str:
    with os.fdopen(os.dup(handle), "rb") as file:
        return detect.kind_of(file, os.fstat(handle).st_size, name, settings.READER_MAX_ZIP_ENTRIES)


def _check(reading: Reading) -> None:
    """What a child says is data from outside: its shape is checked before anyone builds on it."""
    for block in reading.blocks:
        if (
            block.kind not in _KINDS
            or not isinstance(block.text, str)
            or not isinstance(block.level, int)
            or not isinstance(block.locator, dict)
            or not all(isinstance(cell, str) for row in block.cells for cell in row)
            or not all(len(span) == 4 and all(isinstance(value, int) for value in span) for span in block.spans)
            or not isinstance(block.hidden, str)
            or block.origin not in _ORIGINS
            or not (block.confidence is None or 0 <= block.confidence <= 1)
        ):
            raise TypeError("block")
    for page in reading.pages:
        if (
            not isinstance(page.number, int)
            or not isinstance(page.label, str)
            or not all(len(line) == 5 for line in page.lines)
        ):
            raise TypeError("page")
    for member in reading.members:
        if not isinstance(member.name, str) or not isinstance(member.size, int):
            raise TypeError("member")
    if not isinstance(reading.notice, str):
        raise TypeError("notice")
