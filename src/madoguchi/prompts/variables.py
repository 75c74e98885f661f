"""Places in a prompt that are filled in: 〔名前〕, 〔名前: 例〕, 〔名前|選択肢1|選択肢2〕; 〔〔 is the bracket itself.

A text is read once, before anything is filled in: what stands in a value is data and never a place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

NAME_MAX_CHARACTERS = 30
CHOICES_MAX = 30
_MARK = re.compile(r"(?P<plain>〔〔)|〔(?P<inside>[^〔〕\n]*)〕|(?P<open>〔)")


class Unreadable(Exception):
    """Brackets that cannot be read; the message says where and what to do, in Japanese."""


@dataclass(frozen=True)
class Variable:
    """A place to fill in. `is_long`: it stands alone on its line, and so takes several lines."""

    name: str
    example: str = ""
    choices: tuple[str, ...] = ()
    is_long: bool = False


@dataclass(frozen=True)
class Place:
    """Where a variable stands in a text, and how it is written there."""

    name: str
    written: str


@dataclass(frozen=True)
class Form:
    """A text that was read: stretches and places in their order, and each variable once."""

    parts: Sequence[str | Place]
    variables: Sequence[Variable]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with a value for each variable, as it is. KeyError: one has no value."""
        return "".join(values[part.name] if isinstance(part, Place) else part for part in self.parts)


def read(text: str) -> Form:
    """Return a text as stretches and variables; raises Unreadable."""
    parts, variables, at = list[str | Place](), dict[str, Variable](), 0
    for match in _MARK.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        if match["plain"]:
            parts.append("〔")
            continue
        line = text.count("\n", 0, match.start()) + 1
        if match["open"]:
            raise Unreadable(
                _("%(line)s行目の「〔」が「〕」で閉じていません。文字として書くときは「〔〔」と書きます。")
                % {"line": line}
            )
        found = replace(_variable(match["inside"], line), is_long=_stands_alone(text, match))
        variables[found.name] = _joined(variables.get(found.name), found, line)
        parts.append(Place(found.name, match[0]))
    parts.append(text[at:])
    most = settings.PROMPT_VARIABLES_MAX
    if len(variables) > most:
        raise Unreadable(_("埋める項目（〔 〕）は%(most)s個までです。") % {"most": most})
    return Form([part for part in parts if part], list(variables.values()))


def _variable(inside: str, line: int) -> Variable:
    first, *choices = (part.strip() for part in re.split(r"[|｜]", inside))
    name, example = (part.strip() for part in (*re.split(r"[:：]", first, maxsplit=1), "")[:2])
    if not name or len(name) > NAME_MAX_CHARACTERS:
        raise Unreadable(
            _("%(line)s行目の〔 〕には、%(most)s文字までの名前を書いてください。")
            % {"line": line, "most": NAME_MAX_CHARACTERS}
        )
    choices = list(dict.fromkeys(filter(None, choices)))
    if ("|" in inside or "｜" in inside) and not 2 <= len(choices) <= CHOICES_MAX:
        raise Unreadable(
            _("%(line)s行目の〔%(name)s〕の選択肢は、「|」で区切って2個から%(most)s個までにしてください。")
            % {"line": line, "name": name, "most": CHOICES_MAX}
        )
    return Variable(name, example, tuple(choices))


def _stands_alone(text: str, match: re.Match[str]) -> bool:
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[start : len(text) if end < 0 else end].strip() == match[0]


def _joined(before: Variable | None, found: Variable, line: int) -> Variable:
    """Return a variable that stands at several places as one; raises Unreadable when its choices differ."""
    if before is None:
        return found
    if before.choices and found.choices and before.choices != found.choices:
        raise Unreadable(
            _("%(line)s行目の〔%(name)s〕の選択肢が、前に書いたものと違います。") % {"line": line, "name": found.name}
        )
    return Variable(
        found.name,
        before.example or found.example,
        before.choices or found.choices,
        before.is_long or found.is_long,
    )
