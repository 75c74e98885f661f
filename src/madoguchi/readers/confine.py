"""A process that may do nothing but read what it was handed: `run` starts and watches it, `enter` shuts it in.

The child shuts itself in before it touches the input, because code between fork and exec is not safe in a
process with threads. No Django here: the child starts in a fraction of a second.
"""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Literal

from madoguchi.readers import landlock, seccomp
from madoguchi.readers.limits import Limits

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38

Ending = Literal["done", "wall", "output", "cpu", "killed", "failed"]


@dataclass
class Outcome:
    """How a child ended and what it wrote. `cpu`, `wall` and `output` name the limit it met; `killed` is any other
    signal (a crash, the kernel's memory killer), `failed` an exit status other than 0."""

    ending: Ending
    output: bytes
    status: int


def available() -> dict[str, bool]:
    """Return which walls this kernel has, for `doctor`: `{"seccomp": …, "landlock": …}`."""
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "seccomp": seccomp.known() and libc.prctl(21, 0, 0, 0, 0) >= 0,
        "landlock": landlock.version(libc) > 0,
    }


def enter(limits: Limits, threads: bool = False) -> dict[str, bool]:
    """Shut this process in for good; return which walls stand. What the kernel lacks is left out, never an error.

    With `threads` it may start threads, as some decoders must, and no process all the same.
    """
    # This limit counts threads as processes.
    libc = _own(limits, file_mb=0, files=64, more=() if threads else ((resource.RLIMIT_NPROC, 0),))
    return {"landlock": landlock.restrict(libc), "seccomp": seccomp.install(libc, threads=threads)}


def enter_converter(limits: Limits, folder: str, program: str, readable: tuple[str, ...]) -> dict[str, bool]:
    """Shut this process in as `enter` does, but for what a converter needs.

    It may write files of up to `output_mb` each in `folder`, start threads and become `program`, and reaches nobody.
    """
    libc = _own(limits, file_mb=limits.output_mb, files=512)
    loaders = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-x86_64.so.1")
    return {
        "landlock": landlock.restrict(libc, readable, (folder,), (program, *loaders)),
        "seccomp": seccomp.install(libc, converter=True),
    }


def _own(limits: Limits, file_mb: int, files: int, more: tuple[tuple[int, int], ...] = ()) -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    memory, size = limits.memory_mb * 1024 * 1024, file_mb * 1024 * 1024
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        # The soft limit ends it with SIGXCPU, which the parent tells apart from a crash.
        (resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 5),
        (resource.RLIMIT_FSIZE, size, size),
        (resource.RLIMIT_NOFILE, files, files),
        (resource.RLIMIT_CORE, 0, 0),
        *((kind, value, value) for kind, value in more),
    ):
        try:
            ceiling = resource.getrlimit(kind)[1]
            if ceiling != resource.RLIM_INFINITY:
                soft, hard = min(soft, ceiling), min(hard, ceiling)
            resource.setrlimit(kind, (soft, hard))
        except (OSError, ValueError):
            continue
    return libc


def python(code: str, limits: Limits, threads: bool = False) -> list[str]:
    """Return the command line that runs Python `code` shut in: a probe."""
    start = (
        "from madoguchi.readers import confine; from madoguchi.readers.limits import Limits; "
        f"confine.enter(Limits.from_text({limits.to_text()!r}), {threads})\n"
    )
    return [sys.executable, "-I", "-X", "utf8", "-c", start + code]


def run(argv: list[str], limits: Limits, pass_fds: tuple[int, ...] = ()) -> Outcome:
    """Run a command in a session of its own with an empty environment and collect what it writes on stdout.

    Whatever it does, this returns: after `wall_seconds` or `output_mb` its whole group is killed.
    """
    process = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        # Its diagnostics may quote the document; what is of use comes back in its answer.
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        ending, output = _collect(process, limits)
    finally:
        _kill_group(process.pid)
        status = process.wait()
        if process.stdout:
            process.stdout.close()
    if ending == "done" and status:
        # SIGKILL from the hard CPU limit or the memory killer, too, is `killed`.
        ending = "cpu" if status == -signal.SIGXCPU else "killed" if status < 0 else "failed"
    return Outcome(ending, output, status)


def _collect(process: subprocess.Popen[bytes], limits: Limits) -> tuple[Ending, bytes]:
    assert process.stdout
    pipe = process.stdout.fileno()
    poll = select.poll()
    poll.register(pipe, select.POLLIN | select.POLLHUP)
    deadline = time.monotonic() + limits.wall_seconds
    chunks: list[bytes] = []
    room = limits.output_mb * 1024 * 1024
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return "wall", b"".join(chunks)
        chunk = os.read(pipe, 1 << 20)
        if not chunk:
            break
        room -= len(chunk)
        if room < 0:
            return "output", b""
        chunks.append(chunk)
    # A child may close its end and stay. It is not reaped here: until then its group's number cannot be another's.
    while not os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if time.monotonic() > deadline:
            return "wall", b"".join(chunks)
        time.sleep(0.001)
    return "done", b"".join(chunks)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
