"""Words that a question writes in kana where texts write kanji, and words with one letter wrong, missing or too many.

What may be meant is looked for among the members of synonyms alone, never among the words of documents: a hint at a
spelling must not tell that a hidden document has the word.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.utils.translation import gettext as _

from madoguchi.letters import alike, in_one_kana
from madoguchi.search import tokens
from madoguchi.search.synonyms import Group
from madoguchi.search.tokens import Piece

# Letters of a word that may be mistyped, and of a reading: こくほ is one, ほけん of any length is in the dictionary.
SHORTEST_WORD = 4
SHORTEST_READING = 3
# Pieces that one word can be cut to.
MOST_PIECES = 12
# What may follow a word that is written in kana, in kana.
_FOLLOWING = (*"のをがはにでともへやか", "って", "など", "だけ", "まで", "から")


@dataclass(frozen=True)
class Meant:
    """A word that is meant at a stretch (start, end exclusive) of the normalised question, and the index words of both.

    `is_reading`: the stretch is only another way to write it; else it is a guess.
    """

    start: int
    end: int
    written: str
    word: str
    own: tuple[str, ...]
    words: tuple[str, ...]
    is_reading: bool

    @property
    def note(self) -> str:
        """Return what to tell the person of it."""
        text = _("%(word)s＝%(said)sとして") if self.is_reading else _("%(word)s＝%(said)sとしても")
        return text % {"word": self.written, "said": self.word}


@dataclass
class _Words:
    """Members that are names of things, by their folded letters, by reading, and by what is left without a letter."""

    known: set[str] = field(default_factory=set)
    by_reading: dict[str, str] = field(default_factory=dict)
    by_gap: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    longest: int = 0


def meant(question: str, groups: tuple[Group, ...]) -> list[Meant]:
    """Return the words that a question means and writes otherwise, in its order, none overlapping.

    The first call for a list reads its members, under a second for one as long as that which ships.
    """
    table, pieces = _table(groups), tokens.pieces(question)
    found: list[Meant] = []
    at = place = 0
    while at < len(pieces):
        one = _reading(pieces, at, place, table) or _typo(pieces, at, place, table)
        if one is not None:
            found.append(one)
        after = one.end if one is not None else place + 1
        while at < len(pieces) and place < after:
            place += len(pieces[at].written)
            at += 1
    return found


def _reading(pieces: Sequence[Piece], at: int, place: int, table: _Words) -> Meant | None:
    """Return the word whose reading stands from a piece to the end of a run of kana, or to a particle in it."""
    # After a kanji stand endings of verbs (引っ越しかた), and 「が」 at the beginning of a piece is a particle.
    if at and (pieces[at].dropped or not pieces[at - 1].dropped):
        return None
    ahead = _joined(pieces[at : at + MOST_PIECES])
    run = next((end for end, letter in enumerate(ahead) if not _is_kana(letter)), len(ahead))
    # What the dictionary knows as one word is that word.
    shortest = max(SHORTEST_READING, len(pieces[at].written) + 1 if pieces[at].known else 0)
    for end in range(run, shortest - 1, -1):
        word = table.by_reading.get(alike(in_one_kana(ahead[:end])))
        if word is not None and (end == run or ahead.startswith(_FOLLOWING, end)):
            return _meant(pieces, at, place, ahead[:end], word, is_reading=True)
    return None


def _typo(pieces: Sequence[Piece], at: int, place: int, table: _Words) -> Meant | None:
    """Return the one word that some pieces are but for a letter, from as many as can be."""
    for end in range(min(len(pieces), at + MOST_PIECES), at, -1):
        stretch = pieces[at:end]
        written = _joined(stretch)
        if not SHORTEST_WORD <= len(written) <= table.longest + 1 or stretch[0].dropped or stretch[-1].dropped:
            continue
        if written in table.known or (len(stretch) == 1 and stretch[0].known):
            continue
        gaps = {written, *_gaps(written)}
        near = {word for gap in gaps for word in table.by_gap.get(gap, ()) if _mistyped(written, word)}
        if len(near) == 1:
            return _meant(pieces, at, place, written, near.pop(), is_reading=False)
    return None


def _meant(pieces: Sequence[Piece], at: int, place: int, written: str, word: str, *, is_reading: bool) -> Meant | None:
    own: dict[str, None] = {}
    covered = 0
    for piece in pieces[at:]:
        if covered >= len(written):
            break
        covered += len(piece.written)
        if piece.form:
            own[piece.form] = None
    words = tuple(dict.fromkeys(tokens.words(word)))
    if not own or set(words) <= set(own):
        return None
    return Meant(place, place + len(written), written, word, tuple(own), words, is_reading)


def _mistyped(written: str, word: str) -> bool:
    """Return whether a word was meant: one letter of it is another, is missing or comes twice.

    Official words differ by one letter too (課税証明書 and 非課税証明書, 個人市民税 and 個人住民税): the letter is none
    at the beginning or end that may be missing, and a kanji stands only for one that reads alike.
    """
    if written == word:
        return False
    if len(written) == len(word):
        wrong = [(one, other) for one, other in zip(written, word, strict=True) if one != other]
        return len(wrong) == 1 and _alike(*wrong[0])
    if len(written) + 1 == len(word):
        return any(written == word[:at] + word[at + 1 :] for at in range(1, len(word) - 1))
    if len(written) == len(word) + 1:
        return any(
            written[:at] + written[at + 1 :] == word and (written[at] == written[at - 1] or _is_kana(written[at]))
            for at in range(1, len(written))
            if written[at] == written[at - 1] or at < len(written) - 1
        )
    return False


def _alike(one: str, other: str) -> bool:
    if _is_kana(one) or _is_kana(other):
        return _is_kana(one) and _is_kana(other)
    return _sound(one) == _sound(other)


@lru_cache(maxsize=4_000)
def _sound(letter: str) -> str:
    return "".join(piece.reading for piece in tokens.pieces(letter))


def _is_kana(text: str) -> bool:
    return bool(text) and all("ぁ" <= letter <= "ヺ" or letter == "ー" for letter in text)


def _joined(stretch: Iterable[Piece]) -> str:
    return "".join(piece.written for piece in stretch)


def _gaps(word: str) -> Iterator[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))


@lru_cache(maxsize=8)
def _table(groups: tuple[Group, ...]) -> _Words:
    table = _Words()
    for member in dict.fromkeys(member for group in groups for member in group.members):
        pieces = tokens.pieces(member)
        # 引っ越してきた and マイナンバーカードを作りたい are no names.
        if not pieces or any(piece.dropped for piece in pieces) or not pieces[-1].is_noun:
            continue
        word = _joined(pieces)
        table.known.add(word)
        table.longest = max(table.longest, len(word))
        reading = alike(in_one_kana("".join(piece.reading for piece in pieces)))
        if _is_kana(reading) and len(reading) >= SHORTEST_READING and reading != alike(in_one_kana(word)):
            # Of several that are read alike the list names the commonest first: 国保 before 国補.
            table.by_reading.setdefault(reading, word)
        if len(word) >= SHORTEST_WORD:
            for gap in {word, *_gaps(word)}:
                table.by_gap[gap].add(word)
    return table
