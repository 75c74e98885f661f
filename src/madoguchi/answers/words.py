"""The words of a text that carry its sense, in the form in which they are compared, and the names in it."""

import unicodedata
from functools import lru_cache

from madoguchi.dictionary import CHUNK_CHARACTERS, tokenizer
from madoguchi.search.tokens import normalised

# Words that ask and words that any office text has: they tell nothing apart.
_EMPTY_WORDS = """
    教える つく 付く 就く 知る 下さい 願う 何 何時 幾ら 何処 誰 如何 どう どの どれ 為る 有る 居る 成る 出来る 無い 良い
    事 物 為 場合 時 方 方法 内容 関する 於く 依る 対する 於ける 及び 又は 並びに 若しくは 等 様 其の 此の 此れ 其れ
    因る 聞く 言う 必要 人 的 上 中 所 取る 一 又 且つ 但し 他 其の他
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_KINDS_OF_PLACE = frozenset("市区町村都道府県")
_TOPIC = ("の", "は", "では")
_KEPT = ("名詞", "動詞", "形容詞", "形状詞")


def _morphemes(text: str, whole: bool) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return (surface, normalised form, part of speech) of each morpheme, short units or whole compounds."""
    from sudachipy import SplitMode

    found: list[tuple[str, str, tuple[str, ...]]] = []
    for start in range(0, len(text), CHUNK_CHARACTERS):
        chunk = text[start : start + CHUNK_CHARACTERS]
        for one in tokenizer().tokenize(chunk, SplitMode.C if whole else SplitMode.A):
            found.append((one.surface(), one.normalized_form(), tuple(one.part_of_speech())))
    return found


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """Return the normalised content words of a text: nouns, verbs, adjectives; no numbers, no words of asking."""
    kept: set[str] = set()
    for _surface, form, part in _morphemes(normalised(text), whole=False):
        if part[0] not in _KEPT or part[1] in ("数詞", "非自立可能") or (part[2] == "助数詞可能" and len(form) < 2):
            continue
        if form not in _EMPTY and not form.isdigit():
            kept.add(form)
    return frozenset(kept)


def names(text: str) -> list[str]:
    """Return the proper names in a text, each once, in its order."""
    found = [
        surface
        for surface, _form, part in _morphemes(unicodedata.normalize("NFKC", text), whole=True)
        if part[1] == "固有名詞" and len(surface) > 1 and not surface.isascii()
    ]
    return list(dict.fromkeys(found))


def places(text: str) -> list[str]:
    """Return the places of which a text speaks: 札幌市 in 「札幌市の手数料」, none in 「札幌市から転入する」."""
    found: list[str] = []
    morphemes = _morphemes(unicodedata.normalize("NFKC", text), whole=True)
    for at, (surface, _form, part) in enumerate(morphemes):
        if part[1:3] != ("固有名詞", "地名"):
            continue
        following = "".join(one[0] for one in morphemes[at + 1 : at + 4])
        if following[:1] in _KINDS_OF_PLACE:
            surface, following = surface + following[0], following[1:]
        if following.startswith(_TOPIC):
            found.append(surface)
    return found
