"""An office's own list of synonyms, beside the one that ships: read, kept with its history, given to every search.

A line is one group, as a person types it: `さくら号=コミュニティバス` (all mean the same),
`引っ越し>転入届、転出届` (the first asks for the others), or the form of `synonyms.tsv`. A line that begins with `-`
switches off the groups that ship and hold all its words: `-引っ越し`. Lines that begin with `#` are remarks.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from madoguchi.audit.record import digest, record
from madoguchi.people.models import Tenant, User
from madoguchi.search import synonyms, tokens
from madoguchi.search.models import SynonymList
from madoguchi.search.synonyms import Group

# An input method makes them full-width.
_OFF = ("-", "－", "−")
_BETWEEN = re.compile(r"\s*[=＝、]\s*")
_WIDER = re.compile(r"\s*[>＞]\s*")


class Changed(Exception):
    """Somebody saved another list since this one was opened. The text says so."""


@dataclass(frozen=True)
class Read:
    """What a list says: its own groups, the groups that ship and stay, and by line (from 1) what is wrong."""

    own: tuple[Group, ...]
    kept: tuple[Group, ...]
    problems: dict[int, str]

    @property
    def groups(self) -> tuple[Group, ...]:
        """Return all that a question is widened by."""
        return self.own + self.kept


def read(text: str) -> Read:
    """Return what a list says; a line with a problem is left out. At most as long as the settings allow."""
    lines = text.splitlines()
    problems = _too_long(text, lines)
    if problems:
        return Read((), synonyms.shipped(), problems)
    off: list[frozenset[tuple[str, ...]]] = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith(_OFF):
            continue
        words = _cut_all(member for member in _BETWEEN.split(line[1:].partition("\t")[0]) if member)
        if words and any(words <= group for group in _shipped_cuts()):
            off.append(words)
        else:
            problems[number] = _(
                "標準の一覧に、この語をすべて含む組はありません。下の「標準の一覧」で確かめてください。"
            )
    own, wrong = synonyms.parse("\n".join("" if line.startswith(_OFF) else _listed(line) for line in lines))
    kept = synonyms.shipped()
    if off:
        pairs = zip(kept, _shipped_cuts(), strict=True)
        kept = tuple(group for group, members in pairs if not any(words <= members for words in off))
    return Read(own, kept, dict(sorted((problems | wrong).items())))


def _too_long(text: str, lines: list[str]) -> dict[int, str]:
    if len(lines) > settings.SYNONYMS_MAX_LINES:
        message = _("一覧は%(limit)d行までです。この行からあとを減らしてください。")
        return {settings.SYNONYMS_MAX_LINES + 1: message % {"limit": settings.SYNONYMS_MAX_LINES}}
    if len(text) > settings.SYNONYMS_MAX_CHARACTERS:
        message = _("一覧は%(limit)d文字までです。いまは%(length)d文字あります。減らしてください。")
        return {max(1, len(lines)): message % {"limit": settings.SYNONYMS_MAX_CHARACTERS, "length": len(text)}}
    return {}


def _listed(line: str) -> str:
    """Return a line as `synonyms.parse` takes it: a browser's text field has no way to type a tab."""
    if not line.strip() or line.startswith("#") or "\t" in line:
        return line
    wider = len(parts := _WIDER.split(line.strip())) > 1
    members = "、".join("、".join(_BETWEEN.split(part)) for part in parts)
    return f"{members}\t{'>' if wider else '='}"


@lru_cache(maxsize=20_000)
def cut(member: str) -> tuple[str, ...]:
    """Return a member's words as the index holds them."""
    return tuple(tokens.words(member))


def _cut_all(members: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(cut(member) for member in members)


@lru_cache(maxsize=1)
def _shipped_cuts() -> tuple[frozenset[tuple[str, ...]], ...]:
    return tuple(_cut_all(group.members) for group in synonyms.shipped())


def newest(tenant_id: int) -> SynonymList | None:
    """Return the list in force of an office; None before it has one."""
    return SynonymList.objects.filter(tenant_id=tenant_id).select_related("changed_by").first()


def groups_of(tenant_id: int) -> tuple[Group, ...]:
    """Return what an office's questions are widened by: the same tuple as long as the list stays. One small query."""
    text = SynonymList.objects.filter(tenant_id=tenant_id).values_list("text", flat=True).first()
    return _groups(text) if text else synonyms.shipped()


@lru_cache(maxsize=32)
def _groups(text: str) -> tuple[Group, ...]:
    return read(text).groups


def save(tenant: Tenant, text: str, by: User, after: int) -> SynonymList:
    """Keep a list as the office's next one; `after` is the number it was made from (0: none). Raises Changed."""
    changed = _(
        "開いているあいだに、ほかの人が一覧を保存しました。入力した内容は下に残っています。いまの一覧と見比べて、もう一度保存してください。"
    )
    last = newest(tenant.pk)
    if (last.number if last else 0) != after:
        raise Changed(changed)
    try:
        with transaction.atomic():
            kept = SynonymList.objects.create(tenant=tenant, number=after + 1, text=text, changed_by=by)
            target = f"synonyms:{kept.number}"
            record(
                tenant.pk, f"user:{by.pk}", "synonyms.changed", target, text=digest(text), groups=len(read(text).own)
            )
    except IntegrityError:
        raise Changed(changed) from None
    return kept
