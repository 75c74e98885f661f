"""Keeping a long-lived process small: what big work took goes back to the machine."""

import ctypes
import ctypes.util

# Of glibc's mallopt: how many arenas its threads may spread over. The default, eight a core, keeps what each once held.
_M_ARENA_MAX = -8
ARENAS = 2


def _libc() -> ctypes.CDLL | None:
    name = ctypes.util.find_library("c")
    return ctypes.CDLL(name) if name else None


def keep_small() -> None:
    """Let the threads of this process share few arenas; call before they begin. Without glibc nothing happens."""
    libc = _libc()
    if libc is not None and hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Return freed memory to the machine, after work that took much. Without glibc nothing happens."""
    libc = _libc()
    if libc is not None and hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
