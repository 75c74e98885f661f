"""The words of a text that carry its sense, in the form in which they are compared."""

import unicodedata
from functools import lru_cache
from threading import Lock
from typing import Any

# Words that ask and words that any office text has: they tell nothing apart.
_EMPTY = frozenset(
    "教える つく 付く 知る 下さい 願う 何 何時 幾ら 何処 誰 如何 どう どの どれ 為る 有る 居る 成る 出来る 無い 良い 事 物 為 場合 時 方 方法 "
    "内容 関する 就く 於く 依る 因る 対する 於ける 及び 又は 並びに 若しくは 等 様 其の 此の 此れ 其れ 聞く 言う 必要 人 的 上 中".split()
)
_KEPT = ("名詞", "動詞", "形容詞", "形状詞")
_lock = Lock()


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from sudachipy import Dictionary

    return Dictionary(dict="core").create()


def _morphemes(text: str, mode: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (surface, normalised form, part of speech) of each morpheme."""
    from sudachipy import SplitMode

    plain = unicodedata.normalize("NFKC", text)[:4000]
    # One tokenizer for all threads: it is not safe to share without turns.
    with _lock:
        found = _tokenizer().tokenize(plain, SplitMode.A if mode == "A" else SplitMode.C)
        return [(one.surface(), one.normalized_form(), tuple(one.part_of_speech())) for one in found]


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Return the normalised content words of a text: nouns, verbs, adjectives; no numbers, no words of asking."""
    kept: set[str] = set()
    for _surface, form, part in _morphemes(text, "A"):
        if part[0] not in _KEPT or part[1] in ("数詞", "非自立可能") or part[2] == "助数詞可能" and len(form) < 2:
            continue
        if form not in _EMPTY and not form.isdigit():
            kept.add(form)
    return frozenset(kept)


def names(text: str) -> list[str]:
    """Return the proper names in a text, each once, in its order."""
    found = [
        surface
        for surface, _form, part in _morphemes(text, "C")
        if part[1] == "固有名詞" and len(surface) > 1 and not surface.isascii()
    ]
    return list(dict.fromkeys(found))
