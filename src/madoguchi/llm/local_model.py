"""A model on this machine, for trying out: a llama.cpp server as a child, on loopback alone. Nothing is downloaded.

It runs where LOCAL_MODEL names a GGUF file and the package `llama_cpp` with its server is installed.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

log = structlog.get_logger(__name__)

NAME = "local"
_HOST = "127.0.0.1"
_MAGIC = b"GGUF"
# What a child gets of our environment: none of our secrets.
_PASSED = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES")
# It ends (SIGTERM) with the thread that began it: no child outlives us, whatever ends us.
_BEGIN = (
    "import ctypes, os, runpy, sys; ctypes.CDLL(None).prctl(1, 15, 0, 0, 0); "
    "os.getppid() == int(sys.argv.pop(1)) or sys.exit(1); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def is_set() -> bool:
    """Whether an administrator of the machine named a model."""
    return bool(settings.LOCAL_MODEL)


def address() -> str:
    """Return the address of the model, as an endpoint has it."""
    return f"http://{_HOST}:{settings.LOCAL_MODEL_PORT}/v1"


def why_not() -> str:
    """Return why the model cannot run, in Japanese; "" when nothing stands against it."""
    path = Path(settings.LOCAL_MODEL)
    try:
        with path.open("rb") as file:
            is_gguf = file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return _("MADOGUCHI_LOCAL_MODEL のファイルを読み取れません。場所と権限を確認してください。")
    if not is_gguf:
        return _("MADOGUCHI_LOCAL_MODEL のファイルはGGUF形式ではありません。ファイルが壊れていないか確認してください。")
    if not _is_installed():
        return _(
            "llama.cppのサーバーが入っていません。このサーバーの環境に「llama-cpp-python[server]」を入れ、起動し直してください。"
        )
    return ""


def _is_installed() -> bool:
    try:
        return find_spec(settings.LOCAL_MODEL_MODULE) is not None
    except (ImportError, ValueError):
        return False


def is_port_taken() -> bool:
    """Whether something listens where the model would."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((_HOST, settings.LOCAL_MODEL_PORT)) == 0


class Child:
    """The server of the model: begun, begun again after longer and longer waits when it dies, and ended with us.

    `state`: waiting, running, ended. `reason` says, in Japanese, why it does not run.
    """

    def __init__(self) -> None:
        self.state, self.reason, self.begun = "waiting", "", 0
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="local-model", daemon=True)

    def start(self) -> "Child":
        """Begin, beside whatever else goes on."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the server and wait for its end."""
        self._over.set()
        with self._lock:
            process = self._process
        if process:
            process.terminate()
            self._thread.join(settings.LOCAL_MODEL_STOP_SECONDS)
            # It is waited for by its thread; one that has ended is not there to be killed.
            process.kill()
        self._thread.join()

    def _watch(self) -> None:
        wait, deaths = settings.LOCAL_MODEL_WAIT_SECONDS, 0
        while not self._over.is_set():
            self.reason = why_not() or (_port_is_taken() if is_port_taken() else "")
            if not self.reason and deaths >= settings.LOCAL_MODEL_TRIES:
                self.reason = _("モデルのサーバーが続けて終わりました。メモリの空きとGGUFファイルを確認してください。")
            if self.reason:
                log.warning("local_model.not_started", reason=self.reason)
                break
            begun = time.monotonic()
            status = self._run()
            if self._over.is_set():
                break
            if time.monotonic() - begun > settings.LOCAL_MODEL_MOST_WAIT_SECONDS:
                # It had worked: what comes is no death in a row.
                wait, deaths = settings.LOCAL_MODEL_WAIT_SECONDS, 0
            deaths += 1
            log.warning("local_model.died", status=status, deaths=deaths)
            self._over.wait(wait)
            wait = min(wait * 2, settings.LOCAL_MODEL_MOST_WAIT_SECONDS)
        self.state = "ended"

    def _run(self) -> int:
        """Run the server once and return its exit status."""
        with self._lock:
            if self._over.is_set():
                return 0
            nothing = subprocess.DEVNULL
            self._process = subprocess.Popen(
                _command(), env=_environment(os.environ), stdin=nothing, stdout=nothing, stderr=nothing
            )
        self.begun, self.state = self.begun + 1, "running"
        status = self._process.wait()
        self.state = "waiting"
        return status


def _port_is_taken() -> str:
    return _("ポート%(port)sがほかで使われています。MADOGUCHI_LOCAL_MODEL_PORT で変えてください。") % {
        "port": settings.LOCAL_MODEL_PORT
    }


def _command() -> list[str]:
    return [
        *(sys.executable, "-c", _BEGIN, str(os.getpid()), settings.LOCAL_MODEL_MODULE),
        *("--model", str(Path(settings.LOCAL_MODEL).resolve()), "--model_alias", NAME),
        *("--host", _HOST, "--port", str(settings.LOCAL_MODEL_PORT), "--n_ctx", str(settings.LOCAL_MODEL_TOKENS)),
    ]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: ours[name] for name in _PASSED if name in ours}


def started() -> Child | None:
    """Start the model of this machine where one is set; return its child."""
    return Child().start() if is_set() else None
