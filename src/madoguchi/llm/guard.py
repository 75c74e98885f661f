"""What stands between a text and any model: 個人番号 and forbidden words stop it, personal data is masked, signs that
models take for commands are made plain, and what is too long is refused, never cut.

Texts are looked at once a call, before an endpoint is chosen: what is found may raise the classification. What follows
from it (`Looked.for_endpoint`) depends on where the endpoint stands.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _

from madoguchi.letters import folded, folded_with_places, in_one_kana
from madoguchi.llm.masks import Masks
from madoguchi.llm.models import Endpoint, Rules
from madoguchi.llm.my_number import found_in
from madoguchi.llm.personal import KINDS, Personal, find, is_sensitive
from madoguchi.people.models import Classification

# Said to the model where something was masked.
ABOUT_MASKS = (
    "文中の［氏名1-AB3C］のような記号は、伏せた語を表します。書くときは、記号を一字も変えずにそのまま使ってください。"
)
# What says whose a number is, when it stands within so many characters.
_BESIDE = 60
_WHOSE = ("name", "address", "birth_date")
# Marks by which chat templates part the roles: <|im_start|>, [INST], <<SYS>>, <start_of_turn>, <s>.
_TEMPLATE_MARKS = re.compile(
    r"<(?=\|[^|\n]{1,40}\|>)|<(?=｜[^｜\n]{1,40}｜>)|<(?=<?/?SYS>)|<(?=/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn)>)"
    r"|\[(?=/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\])"
)
_PLAIN = {"<": "＜", "[": "［"}
# What is not seen and carries messages: tags, directions, what has no width, controls but tab and line ends. Joiners of
# emoji and scripts, and selectors of kanji and emoji, stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)


@dataclass(frozen=True)
class Place:
    """Where something stands: in which text (by its name), and from which character to which (exclusive)."""

    text: str
    start: int
    end: int
    kind: Literal["my_number", "forbidden"]


class Stopped(Exception):
    """A text that goes to no model: the message says why and what to do, in Japanese; `places` are to be marked."""

    def __init__(self, message: str, places: Sequence[Place] = ()) -> None:
        super().__init__(message)
        self.places = list(places)


@dataclass(frozen=True)
class Text:
    """One text of a call, with a name by which places in it are told. Instructions of ours are not `written`."""

    name: str
    text: str
    written: bool = True


@dataclass(frozen=True)
class Ready:
    """Texts as an endpoint gets them, by name, and the masks that restore its answer."""

    texts: Mapping[str, str]
    masks: Masks


@dataclass
class Looked:
    """What was found in the texts of a call."""

    texts: Sequence[Text]
    classification: int
    numbers: list[Place] = field(default_factory=list)
    personal: dict[str, list[Personal]] = field(default_factory=dict)
    # What may be a 個人番号 and is none for sure: masked, not stopped.
    doubtful: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)
    # Words that a person wants masked besides.
    words: Sequence[str] = ()

    def may_go_to(self, endpoint: Endpoint) -> bool:
        """Whether an endpoint may have the texts: with a 個人番号 in them only one inside."""
        return not self.numbers or endpoint.zone == Endpoint.Zone.INTERNAL

    def for_endpoint(self, endpoint: Endpoint) -> Ready:
        """Return the texts as an endpoint may have them; raises Stopped when it may not."""
        inside = endpoint.zone == Endpoint.Zone.INTERNAL
        if not self.may_go_to(endpoint):
            raise Stopped(
                _(
                    "個人番号（マイナンバー）と思われる番号があるため、モデルには渡していません。入力した内容はそのまま残っています。"
                    "番号を消してから、もう一度お試しください。"
                ),
                self.numbers,
            )
        masks, texts = Masks(), dict[str, str]()
        for one in self.texts:
            if not one.written or (inside and not endpoint.masks_always):
                texts[one.name] = one.text
                continue
            extra = [*self.doubtful.get(one.name, ()), *_words_in(one.text, self.words)]
            texts[one.name] = masks.mask(one.text, self.personal.get(one.name, ()), extra)
        if inside and not endpoint.masks_always and self.words:
            texts = {one.name: masks.mask(one.text, (), _words_in(one.text, self.words)) for one in self.texts}
        return Ready(texts, masks)


def look(tenant_id: int, texts: Sequence[Text], classification: int, words: Sequence[str] = ()) -> Looked:
    """Return what stands in the texts of a call; raises Stopped for what goes to no model at all.

    `classification` is what the caller knows; words of 要配慮個人情報 beside a person raise it to 3B.
    """
    plain = [Text(one.name, neutral(one.text), one.written) for one in texts]
    length, most = sum(len(one.text) for one in plain), settings.MODEL_INPUT_MAX_CHARACTERS
    if length > most:
        raise Stopped(
            _(
                "一度に渡せるのは%(most)s文字までです（いまは%(now)s文字）。途中で切らずに止めました。分けてお試しください。"
            )
            % {"most": f"{most:,}", "now": f"{length:,}"}
        )
    looked = Looked(plain, classification, words=words)
    forbidden = _forbidden(tenant_id)
    stopped = list[Place]()
    for given, one in zip(texts, plain, strict=True):
        if not one.written:
            continue
        stopped += [_placed(given, start, end, "forbidden") for start, end in _places_of(forbidden, one.text)]
        personal = looked.personal[one.name] = find(one.text)
        for number in found_in(one.text):
            if number.certain or _says_whose(personal, number.start, number.end):
                looked.numbers.append(_placed(given, number.start, number.end, "my_number"))
            else:
                looked.doubtful.setdefault(one.name, []).append((number.start, number.end, "number"))
        if classification >= Classification.C2 and is_sensitive(one.text):
            looked.classification = max(looked.classification, Classification.C3B)
    if stopped:
        raise Stopped(
            _(
                "この団体で使わないと決めた語が含まれているため、モデルには渡していません。入力した内容はそのまま残っています。"
                "語を直してから、もう一度お試しください。"
            ),
            stopped,
        )
    return looked


def as_it_may_go(text: str, endpoint: Endpoint) -> str:
    """Return a text for vectors or marks as an endpoint may have it: nothing comes back, so kinds stand for values."""
    if endpoint.zone == Endpoint.Zone.INTERNAL and not endpoint.masks_always:
        return text
    spans = [(one.start, one.end, KINDS[one.kind]) for one in find(text)]
    plain = text
    for start, end, kind in reversed(spans):
        plain = f"{plain[:start]}［{kind}］{plain[end:]}"
    return plain


def neutral(text: str) -> str:
    """Return a text without what is not seen, and with marks of chat templates as plain letters."""
    return _TEMPLATE_MARKS.sub(lambda match: _PLAIN[match[0]], _INVISIBLE.sub("", text))


def _placed(given: Text, start: int, end: int, kind: Literal["my_number", "forbidden"]) -> Place:
    """Return a place of the plain text as it stands in the text that was given."""
    seen = [at for at, letter in enumerate(given.text) if not _INVISIBLE.match(letter)]
    return Place(given.name, seen[start], seen[end - 1] + 1, kind)


def numbers_in(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return where 個人番号 stand in a text, and where what may be one does: (start, end) in characters."""
    personal = find(text)
    certain, doubtful = list[tuple[int, int]](), list[tuple[int, int]]()
    for number in found_in(text):
        sure = number.certain or _says_whose(personal, number.start, number.end)
        (certain if sure else doubtful).append((number.start, number.end))
    return certain, doubtful


def _says_whose(personal: Sequence[Personal], start: int, end: int) -> bool:
    """Whether a person's name, address or day of birth stands beside a number."""
    return any(one.kind in _WHOSE and one.start < end + _BESIDE and start - _BESIDE < one.end for one in personal)


def _forbidden(tenant_id: int) -> list[str]:
    words = Rules.objects.filter(tenant_id=tenant_id).values_list("forbidden_words", flat=True).first() or []
    return [word for word in words if isinstance(word, str) and word.strip()]


def _places_of(words: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return where words stand in a text, whatever their width, kana or case."""
    if not words:
        return []
    plain, at = folded_with_places(text)
    plain = in_one_kana(plain)
    places = list[tuple[int, int]]()
    for word in {in_one_kana(folded(word.strip())) for word in words}:
        places += [(at[match.start()], at[match.end() - 1] + 1) for match in re.finditer(re.escape(word), plain)]
    return sorted(places)


def _words_in(text: str, words: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return where words that a person wants masked stand, as `Masks.mask` takes them."""
    return [
        (match.start(), match.end(), "word")
        for word in words
        if word.strip()
        for match in re.finditer(re.escape(unicodedata.normalize("NFC", word.strip())), text)
    ]
