"""The dictionary of Japanese words (Sudachi): one a process, and a tokenizer a thread."""

import threading
from typing import Any

# Sudachi takes 49,149 bytes at once; a character is at most 4.
CHUNK_CHARACTERS = 8_000

_local = threading.local()
_dictionary: Any = None
_loading = threading.Lock()


def tokenizer() -> Any:
    """Return this thread's tokenizer, of mode A unless a call says otherwise; the first call takes half a second."""
    if not hasattr(_local, "tokenizer"):
        from sudachipy import SplitMode

        _local.tokenizer = _loaded().tokenizer(SplitMode.A)
    return _local.tokenizer


def looked_up(word: str) -> Any:
    """Return what the dictionary has under exactly this word."""
    return _loaded().lookup(word)


def _loaded() -> Any:
    global _dictionary
    with _loading:
        if _dictionary is None:
            from sudachipy import Dictionary

            _dictionary = Dictionary()
    return _dictionary
