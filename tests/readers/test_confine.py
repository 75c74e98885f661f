"""The child can do nothing but read what it was handed, and the parent survives whatever it does."""

import os
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from madoguchi.readers import confine, landlock, seccomp
from madoguchi.readers.blocks import Unreadable
from madoguchi.readers.limits import Limits
from madoguchi.readers.read import _answer

LIMITS = Limits(memory_mb=512, cpu_seconds=30, wall_seconds=60, output_mb=4)


def probe(code: str, limits: Limits = LIMITS, pass_fds: tuple[int, ...] = ()) -> confine.Outcome:
    """Run Python code shut in; what it prints is the output."""
    return confine.run(confine.python(code, limits), limits, pass_fds)


def refused(code: str) -> str:
    """Run one statement that must fail and return the error's name."""
    outcome = probe(
        f"import os, socket\ntry:\n    {code}\n    print('done')\nexcept OSError as e: print(type(e).__name__)"
    )
    assert outcome.ending == "done", outcome
    return outcome.output.decode().strip()


def test_a_child_that_does_nothing_wrong_gives_its_output():
    assert probe("print('読めた')").output.decode() == "読めた\n"


@pytest.mark.req("E1")
def test_memory_beyond_the_limit_is_refused_to_the_child():
    outcome = probe("try: b = bytearray(900 * 1024 * 1024)\nexcept MemoryError: print('no')")
    assert outcome.output == b"no\n"


@pytest.mark.req("E1")
def test_computing_for_ever_ends_at_the_cpu_limit():
    assert probe("while True: pass", replace(LIMITS, cpu_seconds=1)).ending == "cpu"


@pytest.mark.req("E1")
def test_waiting_for_ever_ends_at_the_wall_clock_limit():
    outcome = probe("import time\nprint('x', flush=True)\ntime.sleep(1000)", replace(LIMITS, wall_seconds=1))
    assert outcome.ending == "wall"


@pytest.mark.req("E1")
def test_closing_stdout_and_staying_ends_at_the_wall_clock_limit():
    code = "import os, time\nos.close(1)\ntime.sleep(1000)"
    assert probe(code, replace(LIMITS, wall_seconds=1)).ending == "wall"


@pytest.mark.req("E1")
def test_endless_output_ends_at_the_output_limit():
    assert probe("import os\nwhile True: os.write(1, b'x' * 65536)").ending == "output"


@pytest.mark.req("E1")
def test_nothing_can_be_written_to_a_file_even_one_handed_over_open(tmp_path):
    with (tmp_path / "file").open("wb") as file:
        code = f"import os\ntry: os.write({file.fileno()}, b'x')\nexcept OSError as e: print(e.errno)"
        assert probe(code, pass_fds=(file.fileno(),)).output.strip() == b"27"
    assert (tmp_path / "file").read_bytes() == b""


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    "code",
    [
        "open('{0}/made', 'w')",
        "os.mkdir('{0}/made')",
        "os.unlink('{0}/there')",
        "os.rename('{0}/there', '{0}/made')",
        "os.symlink('/etc', '{0}/made')",
        "os.chmod('{0}/there', 0o777)",
        "os.truncate('{0}/there', 0)",
    ],
)
def test_the_file_system_cannot_be_changed(code, tmp_path):
    (tmp_path / "there").write_text("stays")
    assert refused(code.format(tmp_path)) == "PermissionError"
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
    assert (tmp_path / "there").read_text() == "stays"


@pytest.mark.req("E1")
@pytest.mark.skipif(not confine.available()["landlock"], reason="the kernel has no Landlock")
def test_a_secret_file_cannot_be_read(home):
    secret = home / "secrets" / "django"
    secret.parent.mkdir(exist_ok=True)
    if not secret.exists():
        secret.write_text("secret")
    assert refused(f"open('{secret}')") == "PermissionError"
    assert refused("open('/etc/passwd')") == "PermissionError"
    assert refused(f"os.listdir('{home}')") == "PermissionError"


@pytest.mark.req("E1")
@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"])
def test_no_socket_can_be_opened(family):
    assert refused(f"socket.socket(socket.{family})") == "PermissionError"


@pytest.mark.req("E1")
def test_a_socket_handed_over_open_cannot_be_used():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        code = (
            f"import socket\ntry: socket.socket(fileno={theirs.fileno()}).send(b'x')\nexcept OSError as e: print('no')"
        )
        assert probe(code, pass_fds=(theirs.fileno(),)).output == b"no\n"
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)


@pytest.mark.req("E1")
@pytest.mark.parametrize("code", ["os.fork()", "os.execv('/bin/sh', ['sh'])", "os.posix_spawn('/bin/sh', ['sh'], {})"])
def test_no_process_can_be_started(code):
    assert refused(code) == "PermissionError"


@pytest.mark.req("E1")
@pytest.mark.parametrize("code", ["os.fork()", "os.posix_spawn('/bin/sh', ['sh'], {})", "socket.socket()"])
def test_a_child_that_may_start_a_thread_may_start_nothing_else(code):
    said = (
        "import os, socket, threading\nt = threading.Thread(target=print, args=('thread',), kwargs={'flush': True})\n"
        f"t.start()\nt.join()\ntry:\n    {code}\nexcept OSError as e: print(type(e).__name__)"
    )
    assert confine.run(confine.python(said, LIMITS, threads=True), LIMITS).output == b"thread\nPermissionError\n"


@pytest.mark.req("E1")
def test_the_parent_cannot_be_killed():
    assert refused(f"os.kill({os.getpid()}, 9)") == "PermissionError"


@pytest.mark.req("E1")
def test_the_limits_cannot_be_raised_again():
    code = (
        "import resource\ntry: resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))\n"
        "except (OSError, ValueError): print('no')"
    )
    assert probe(code).output == b"no\n"


@pytest.mark.req("E1")
def test_the_environment_is_empty(monkeypatch):
    monkeypatch.setenv("MADOGUCHI_SECRET", "geheim")
    names = probe("import os\nprint(sorted(set(os.environ) - {'LC_CTYPE'}))").output
    assert names.strip() == b"[]"


@pytest.mark.req("E1")
def test_a_fork_bomb_outside_the_walls_dies_with_its_group():
    # A child that was never shut in stands for one whose kernel has no seccomp.
    code = (
        "import os, time\nfor _ in range(5):\n    if os.fork() == 0: time.sleep(1000)\n"
        "print(os.getpgrp(), flush=True)\ntime.sleep(1000)"
    )
    limits = replace(LIMITS, wall_seconds=1)
    outcome = confine.run([sys.executable, "-I", "-c", code], limits)
    assert outcome.ending == "wall"
    with pytest.raises(ProcessLookupError):
        while True:  # until init has buried the last
            os.killpg(int(outcome.output), 0)


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import ctypes\nctypes.string_at(0)", "異常終了"),
        ("import os\nos.abort()", "異常終了"),
        ("raise SystemExit(3)", "異常終了"),
        ("import os\nos.write(1, bytes(range(256)))", "異常終了"),
        ("pass", "異常終了"),
        ('import os\nos.write(1, b\'J{"problem": "<b>"}\')', "異常終了"),
        ('import os\nos.write(1, b\'J{"fault": "KeyError pdf.py:1"}\')', "壊れている"),
        ('import os\nos.write(1, b\'J{"problem": "memory"}\')', "512MB"),
    ],
)
def test_whatever_a_child_does_ends_in_a_message(code, message):
    with pytest.raises(Unreadable, match=message):
        _answer(probe(code), LIMITS)


def test_a_child_dies_with_its_parent(tmp_path):
    # The parent is a process of its own here, so that it can be killed.
    import subprocess

    inner = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(1000)"
    code = (
        "from madoguchi.readers import confine; from madoguchi.readers.limits import Limits; import subprocess\n"
        f"p = subprocess.Popen(confine.python({inner!r}, Limits()), stdout=subprocess.PIPE)\n"
        "print(p.stdout.readline().decode(), flush=True); p.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    stat = Path(f"/proc/{child}/stat")
    while stat.exists() and stat.read_text().split(") ")[1][0] not in "ZX":  # until the kernel has delivered the signal
        pass


def test_many_threads_read_at_once():
    outputs: list[bytes] = []
    threads = [threading.Thread(target=lambda n=n: outputs.append(probe(f"print({n})").output)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outputs) == [b"%d\n" % n for n in range(6)]


def test_the_walls_of_this_kernel_are_told():
    assert set(confine.available()) == {"seccomp", "landlock"}


def test_a_kernel_without_walls_still_reads(monkeypatch):
    monkeypatch.setattr(landlock, "version", lambda libc: 0)
    monkeypatch.setattr(seccomp, "known", lambda: False)
    assert confine.available() == {"seccomp": False, "landlock": False}
