"""Sealing at rest: AES-256-GCM bound to a place, and the master key, which lies outside the database and its backup.

A master key is 256 bits, written as 64 hex digits. It wraps the data keys of offices (`people.sealed`), nothing else.
It comes from a file (MADOGUCHI_MASTER_KEY_FILE, by default `secrets/master` in the home, made at its first use), or,
where a platform offers nothing else, from the variable MADOGUCHI_MASTER_KEY. While it is being changed there are two:
the next one lies beside the file as `<name>.new`, or in MADOGUCHI_MASTER_KEY_NEXT.
"""

import ctypes
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi import paths

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
_WRITTEN = re.compile(r"[0-9a-fA-F]{64}")


class CannotOpen(Exception):
    """A sealed value does not open: another key, another place, or bytes that were changed."""


class NoMasterKey(Exception):
    """There is no usable master key; the message says why and what to do, in Japanese."""


def seal(key: bytes, place: tuple[str | int, ...], plaintext: bytes) -> bytes:
    """Return nonce (12 bytes), ciphertext and tag (16 bytes) of a text that opens at this place alone."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, _associated(place))


def unseal(key: bytes, place: tuple[str | int, ...], sealed: bytes) -> bytes:
    """Return what was sealed at a place; raises CannotOpen."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise CannotOpen
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _associated(place))
    except InvalidTag:
        raise CannotOpen from None


def _associated(place: tuple[str | int, ...]) -> bytes:
    """Return a place in bytes that no other place has: as JSON, where parts end and numbers are no texts."""
    return json.dumps(place).encode()


def new_key() -> bytes:
    """Return a fresh key of 256 bits."""
    return os.urandom(KEY_BYTES)


@dataclass(frozen=True)
class MasterKey:
    """A master key. `mark` tells which one it is and nothing of the key: it stands with what the key wraps."""

    key: bytes = field(repr=False)

    @property
    def mark(self) -> str:
        return hashlib.sha256(b"madoguchi master key " + self.key).hexdigest()[:16]


def _taken(variable: str) -> str:
    """Return a variable and take it away: from what children inherit, and from what /proc shows of this process."""
    value = os.environ.get(variable, "")
    if value:
        getenv = ctypes.CDLL(None).getenv
        getenv.restype = ctypes.c_void_p
        # The block a process starts with stays readable at /proc/<pid>/environ after the variable is gone.
        if address := getenv(variable.encode()):
            ctypes.memset(address, ord("x"), len(os.fsencode(value)))
        del os.environ[variable]
    return value


# Read as soon as anything of the product is loaded, before a child process is started.
_given = {name: _taken(name) for name in ("MADOGUCHI_MASTER_KEY", "MADOGUCHI_MASTER_KEY_NEXT")}


def is_in_environment() -> bool:
    """Return whether the master key was given as a variable."""
    return bool(_given["MADOGUCHI_MASTER_KEY"])


def master_file() -> Path:
    """Return where the master key lies when no variable gives it."""
    named = os.environ.get("MADOGUCHI_MASTER_KEY_FILE", "")
    return Path(named).expanduser().resolve() if named else paths.root() / "secrets" / "master"


def is_file_named() -> bool:
    """Return whether the office has named a file for the master key: that one is never made here."""
    return bool(os.environ.get("MADOGUCHI_MASTER_KEY_FILE"))


def next_file() -> Path:
    """Return where the next master key lies while the master key is being changed."""
    return master_file().with_name(master_file().name + ".new")


def masters() -> list[MasterKey]:
    """Return the master keys there are, the one to wrap with last: the present one, and the next one while it changes.

    Raises NoMasterKey when one is there and cannot be read.
    """
    if is_in_environment():
        given = {name: value for name, value in _given.items() if value}
        return [_read(value, f"環境変数 {name}") for name, value in given.items()]
    found = []
    for path in (master_file(), next_file()):
        try:
            found.append(_read(path.read_text(), str(path)))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError):
            raise NoMasterKey(f"主鍵のファイル {path} を読み取れません。所有者と権限を確認してください。") from None
    return found


def master_to_wrap_with() -> MasterKey:
    """Return the master key that wraps what is made now. Made when there is none and the office has named no file."""
    if not masters():
        if is_file_named():
            raise NoMasterKey(
                f"主鍵のファイル {master_file()} がありません。控えから戻すか、はじめてなら"
                "「openssl rand -hex 32」の出力をこのファイルに書いてください（権限 600）。"
            )
        _write(master_file())
    return masters()[-1]


@contextmanager
def one_change_at_a_time() -> Iterator[None]:
    """Wait until no other command of this machine changes the master key: a third one's next key could go in the place
    of one that is in use."""
    if is_in_environment():
        yield
        return
    _make_folder(master_file().parent)
    handle = os.open(master_file().parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def begin_next() -> MasterKey:
    """Return the next master key, made when the change has not begun yet; raises NoMasterKey when it cannot be."""
    if is_in_environment():
        if not _given["MADOGUCHI_MASTER_KEY_NEXT"]:
            raise NoMasterKey(
                "主鍵を環境変数で渡しているときは、新しい主鍵（openssl rand -hex 32 の出力）を "
                "MADOGUCHI_MASTER_KEY_NEXT に入れて、すべてのプロセスを起動し直してから実行してください。"
            )
    else:
        _write(next_file())
    return masters()[-1]


def finish_next() -> None:
    """Put the next master key in the place of the present one, at once. Variables are the office's to change."""
    if is_in_environment():
        return
    try:
        next_file().replace(master_file())
    except FileNotFoundError:
        # Another command has finished the same change.
        return
    _settle(master_file().parent)


def readable_by_others() -> bool:
    """Return whether more than its owner may read the file of the master key."""
    return any(path.exists() and path.stat().st_mode & 0o077 for path in (master_file(), next_file()))


def _read(written: str, where: str) -> MasterKey:
    if not _WRITTEN.fullmatch(written.strip()):
        raise NoMasterKey(f"{where} の主鍵が正しい形（16進数64桁）ではありません。控えから戻してください。")
    return MasterKey(bytes.fromhex(written.strip()))


def _write(path: Path) -> None:
    """Make a key at a path, whole and on the disk, readable by its owner only; what lies there already stays."""
    _make_folder(path.parent)
    try:
        part = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(new_key().hex())
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(part)
        except FileExistsError:
            pass
        finally:
            part.unlink()
        _settle(path.parent)
    except OSError:
        raise NoMasterKey(f"主鍵のファイル {path} を書けません。置き場所の所有者と権限を確認してください。") from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        raise NoMasterKey(f"主鍵の置き場所 {folder} を作れません。所有者と権限を確認してください。") from None


def _settle(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
