"""Texts of made-up residents with the places of their personal data, and texts that hold none.

Sets that share nothing: `tune` and `tried` to work by, `held` to report (templates, surnames, given names, places).
Nobody here lives; places are real towns or the sample city, numbers are random, half of all names are rare ones.
The words of the sets are in made_residents.json. A template is a text with fields in braces; a digit behind a field is
the person it belongs to.
"""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WORDS = Path(__file__).with_suffix(".json")
_FIELD = re.compile(r"\{(\w+?)(\d?)\}")
_WIDE = str.maketrans("0123456789-()", "０１２３４５６７８９－（）")
_KANJI = str.maketrans("0123456789", "〇一二三四五六七八九")
_DASHES = ["-"] * 8 + list("－−‐–ー―")
_SMALL = "0123456789"
_KANA = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ"
)
_ROMAN = """
    a i u e o ka ki ku ke ko sa shi su se so ta chi tsu te to na ni nu ne no ha hi fu he ho ma mi mu me mo ya yu yo
    ra ri ru re ro wa o n ga gi gu ge go za ji zu ze zo da ji zu de do ba bi bu be bo pa pi pu pe po
"""
_ROMAJI = dict(zip(_KANA, _ROMAN.split(), strict=True))
_HALF = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝ"
_HALVES = [*_HALF, *(f"{letter}ﾞ" for letter in "ｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ"), *(f"{letter}ﾟ" for letter in "ﾊﾋﾌﾍﾎ")]
_HALF_KANA = str.maketrans(dict(zip(_KANA, _HALVES, strict=True)) | dict(zip("ャュョッー", "ｬｭｮｯｰ", strict=True)))


@dataclass(frozen=True)
class Label:
    """A piece of personal data in a made text, in characters; `end` is exclusive."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Made:
    """A made text with its personal data."""

    text: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Person:
    """A made-up resident."""

    surname: str
    given: str
    surname_kana: str
    given_kana: str
    address: str


@dataclass(frozen=True)
class _Words:
    """What a set is made of; names with their readings, cities with their towns."""

    common_surnames: list[tuple[str, str]]
    rare_surnames: list[tuple[str, str]]
    given_names: list[tuple[str, str]]
    places: list[tuple[str, str]]
    buildings: list[str]
    templates: list[str]
    negatives: list[str]


@lru_cache
def _words_of(which: str) -> _Words:
    held = json.loads(WORDS.read_text())[which]

    def pairs(name: str) -> list[tuple[str, str]]:
        return [(first, second) for first, _, second in (pair.partition("/") for pair in held[name].split(" "))]

    named = {name: pairs(name) for name in ("common_surnames", "rare_surnames", "given_names", "places")}
    buildings = held["buildings"].split(" ")
    return _Words(**named, buildings=buildings, templates=held["templates"], negatives=held["negatives"])


def texts(which: str, count: int, seed: int) -> list[Made]:
    """Return so many texts of residents of a set; the same for the same seed."""
    chance = random.Random(f"{which} {seed}")
    templates = _words_of(which).templates
    return [_filled(templates[at % len(templates)], which, chance) for at in range(count)]


def nobodys(which: str, count: int, seed: int) -> list[Made]:
    """Return so many texts of a set without personal data: rules, tables of fees, lists of departments, numbers."""
    chance = random.Random(f"nobody {which} {seed}")
    templates = _words_of(which).negatives
    return [_filled(templates[at % len(templates)], which, chance) for at in range(count)]


def _filled(template: str, which: str, chance: random.Random) -> Made:
    people = dict[str, Person]()
    pieces, labels, length, at = list[str](), list[Label](), 0, 0
    # One hand writes a text: one width, one dash, one space.
    hand = _Hand(chance)
    for field in _FIELD.finditer(template):
        before = template[at : field.start()]
        pieces.append(before)
        length += len(before)
        at = field.end()
        person = people.setdefault(field[2], _person(which, chance))
        kind, value = _FIELDS[field[1]](person, hand, chance)
        if re.search(r"[\t|｜]|,.*,", template):
            # A line that breaks within a cell is no row of a table any more.
            value = value.replace("\n", "")
        if kind:
            labels.append(Label(kind, length, length + len(value)))
        pieces.append(value)
        length += len(value)
    pieces.append(template[at:])
    return Made("".join(pieces), tuple(labels))


class _Hand:
    def __init__(self, chance: random.Random) -> None:
        self.is_wide = chance.random() < 0.3
        self.dash = chance.choice(_DASHES)
        self.space = chance.choice([" ", "　", "　", ""])

    def number(self, written: str) -> str:
        """Return a number as this hand writes it."""
        written = written.replace("-", self.dash)
        return written.translate(_WIDE) if self.is_wide else written


def _person(which: str, chance: random.Random) -> Person:
    words = _words_of(which)
    surnames = words.common_surnames if chance.random() < 0.5 else words.rare_surnames
    surname, surname_kana = chance.choice(surnames)
    given, given_kana = chance.choice(words.given_names)
    return Person(surname, given, surname_kana, given_kana, _address(which, chance))


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice(_SMALL) for _ in range(count))


def _address(which: str, chance: random.Random) -> str:
    words = _words_of(which)
    city, town = chance.choice(words.places)
    if chance.random() < 0.35:
        city = re.sub(r"\A(?:北海道|東京都|(?:京都|大阪)府|.{2,3}県)", "", city)
    a, b, c = chance.randint(1, 9), chance.randint(1, 40), chance.randint(1, 30)
    lots = (
        f"{a}-{b}-{c}",
        f"{a}丁目{b}番{c}号",
        f"{a}丁目{b}番地{c}",
        f"{a}丁目{b}-{c}",
        f"{b * 37}番地{c}",
        f"{b * 31}番地",
        f"{b * 17}-{c}",
    )
    lot = chance.choice(lots)
    if chance.random() < 0.12:
        lot = "".join(
            _numeral(int(part)) if part.isdigit() else part for part in re.split(r"(\d+)", f"{a}丁目{b}番{c}号")
        )
    if chance.random() < 0.35:
        room = chance.choice(
            [
                f"{chance.randint(1, 12)}0{chance.randint(1, 9)}",
                f"{chance.choice('ABC')}-{chance.randint(1, 9)}0{a}",
                f"{a}0{a}号室",
            ]
        )
        lot += chance.choice([" ", "　", ""]) + chance.choice(words.buildings) + chance.choice(["", " "]) + room
    return f"{city}{town}{lot}"


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    digits = "〇一二三四五六七八九"
    return ("" if not tens else ("" if tens == 1 else digits[tens]) + "十") + (digits[ones] if ones else "")


def _romaji(kana: str) -> str:
    syllables = re.sub(r"[ャュョッー]", "", kana)
    return "".join(_ROMAJI.get(letter, "") for letter in syllables)


# Its kind ("" for what leads to nobody) and its text.
Field = tuple[str, str]
Filler = Callable[[Person, _Hand, random.Random], Field]


def _name(person: Person, hand: _Hand, _: random.Random) -> Field:
    return "name", f"{person.surname}{hand.space}{person.given}"


def _kana(person: Person, hand: _Hand, _: random.Random) -> Field:
    return "name", f"{person.surname_kana}{hand.space or ' '}{person.given_kana}"


def _half_kana(person: Person, _: _Hand, __: random.Random) -> Field:
    return "name", f"{person.surname_kana} {person.given_kana}".translate(_HALF_KANA)


def _hiragana(person: Person, hand: _Hand, _: random.Random) -> Field:
    both = f"{person.surname_kana}{hand.space or ' '}{person.given_kana}"
    return "name", "".join(chr(ord(letter) - 0x60) if "ァ" <= letter <= "ヶ" else letter for letter in both)


def _roma(person: Person, _: _Hand, __: random.Random) -> Field:
    return "name", f"{_romaji(person.surname_kana).upper()} {_romaji(person.given_kana).upper()}"


def _phone(_: Person, hand: _Hand, chance: random.Random) -> Field:
    area, rest = chance.choice(
        [("03", 4), ("06", 4), ("045", 3), ("052", 3), ("011", 3), ("0467", 2), ("0238", 2), ("09969", 1), ("0852", 2)]
    )
    a, b = _digits(chance, rest), _digits(chance, 4)
    return "phone", hand.number(
        chance.choice([f"{area}-{a}-{b}", f"{area}-{a}-{b}", f"{area}({a}){b}", f"({area}){a}-{b}"])
    )


def _mobile(_: Person, hand: _Hand, chance: random.Random) -> Field:
    area, a, b = chance.choice(["090", "080", "070"]), _digits(chance, 4), _digits(chance, 4)
    shapes = [
        f"{area}-{a}-{b}",
        f"{area}-{a}-{b}",
        f"{area}{a}{b}",
        f"{area} {a} {b}",
        f"+81-{area[1:]}-{a}-{b}",
        f"{area}-{a}-\n{b}",
    ]
    return "phone", hand.number(chance.choice(shapes))


def _kanji_phone(_: Person, __: _Hand, chance: random.Random) -> Field:
    return "phone", f"〇九〇―{_digits(chance, 4).translate(_KANJI)}―{_digits(chance, 4).translate(_KANJI)}"


def _mail(person: Person, hand: _Hand, chance: random.Random) -> Field:
    host = chance.choice(["example.jp", "example.ne.jp", "mail.example.com", "example.co.jp"])
    written = (
        f"{_romaji(person.given_kana)}{chance.choice('._-')}{_romaji(person.surname_kana)}"
        f"{chance.choice(['', _digits(chance, 2)])}@{host}"
    )
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    return "mail", written.translate(wide) if hand.is_wide and chance.random() < 0.4 else written


def _birth(_: Person, hand: _Hand, chance: random.Random) -> Field:
    era, letter, first, most = chance.choice(
        [
            ("昭和", "S", 1925, 63),
            ("昭和", "S", 1925, 63),
            ("平成", "H", 1988, 30),
            ("大正", "T", 1911, 14),
            ("令和", "R", 2018, 7),
        ]
    )
    year, month, day = chance.randint(2, most), chance.randint(1, 12), chance.randint(1, 28)
    shapes = [
        f"{era}{year}年{month}月{day}日",
        f"{era}{year}年{month}月{day}日",
        f"{letter}{year}.{month}.{day}",
        f"{era[0]}{year}.{month}.{day}",
        f"{first + year}年{month}月{day}日",
        f"{first + year}/{month:02}/{day:02}",
        f"{first + year}-{month:02}-{day:02}",
    ]
    if chance.random() < 0.1:
        return "birth_date", f"{era}{_numeral(year)}年{_numeral(month)}月{_numeral(day)}日"
    return "birth_date", hand.number(chance.choice(shapes))


def _number(kind: str, shapes: Callable[[random.Random], list[str]]) -> Filler:
    return lambda _, hand, chance: (kind, hand.number(chance.choice(shapes(chance))))


def _code(digits: str) -> str:
    """Return a 住民票コード: ten digits and their check digit."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3), strict=True)) % 11
    return f"{digits}{0 if rest < 2 else 11 - rest}"


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("ABCDEFGHKLMNPRSTUVWXYZ") for _ in range(count))


_FIELDS: dict[str, Filler] = {
    "name": _name,
    "kana": _kana,
    "half_kana": _half_kana,
    "hiragana": _hiragana,
    "roma": _roma,
    "surname": lambda person, _, __: ("name", person.surname),
    "given": lambda person, _, __: ("name", person.given),
    "address": lambda person, hand, _: ("address", hand.number(person.address)),
    "postal": lambda _, hand, chance: ("address", hand.number(f"{_digits(chance, 3)}-{_digits(chance, 4)}")),
    "phone": _phone,
    "mobile": _mobile,
    "kanji_phone": _kanji_phone,
    "mail": _mail,
    "birth": _birth,
    "account": _number("account", lambda chance: [_digits(chance, 7)]),
    "yucho": _number("account", lambda chance: [f"1{_digits(chance, 3)}0-{_digits(chance, 7)}1"]),
    "pension": _number(
        "pension", lambda chance: [f"{_digits(chance, 4)}-{_digits(chance, 6)}"] * 2 + [_digits(chance, 10)]
    ),
    "insured": _number("insured", lambda chance: [f"000{_digits(chance, 7)}"]),
    "insured8": _number("insured", lambda chance: [_digits(chance, 8)]),
    "insured_pair": _number(
        "insured", lambda chance: [f"{_digits(chance, 2)}-{_digits(chance, 5)}", _digits(chance, 7)]
    ),
    "licence": _number("licence", lambda chance: [_digits(chance, 12)]),
    "passport": lambda _, hand, chance: (
        "passport",
        f"{_letters(chance, 2)}{_digits(chance, 7)}".translate(_WIDE if hand.is_wide else {}),
    ),
    "residence": lambda _, __, chance: (
        "residence_card",
        f"{_letters(chance, 2)}{_digits(chance, 8)}{_letters(chance, 2)}",
    ),
    "code": _number("resident_code", lambda chance: [_code(_digits(chance, 10))]),
    "plate": lambda _, hand, chance: (
        "plate",
        f"{chance.choice(['品川', '横浜', '習志野', '久留米', '尾張小牧', 'つくば'])}{hand.space}"
        f"{chance.choice([300, 501, 583, 330])}{hand.space}"
        f"{chance.choice('あさつなもる')}{hand.space}{hand.number(f'{_digits(chance, 2)}-{_digits(chance, 2)}')}",
    ),
    # What leads to nobody.
    "n": lambda _, hand, chance: ("", hand.number(str(chance.randint(2, 99)))),
    "amount": lambda _, hand, chance: ("", hand.number(f"{chance.randint(1, 999)},{chance.randint(0, 999):03}")),
    "digits": lambda _, hand, chance: ("", hand.number(_digits(chance, 4))),
    "long": lambda _, hand, chance: ("", hand.number("1" + _digits(chance, chance.randint(6, 12)))),
    "date": lambda _, hand, chance: (
        "",
        hand.number(f"令和{chance.randint(2, 8)}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日"),
    ),
}
