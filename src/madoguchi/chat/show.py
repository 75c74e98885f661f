"""A conversation as it may be shown: what was made from passages only while who looks may see all of them."""

import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import lxml.html
from django.conf import settings
from django.template.defaultfilters import date as formatted
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.answers.ask import source_of
from madoguchi.answers.show import Source, event_for_page
from madoguchi.chat.models import Citation, Conversation, Turn
from madoguchi.chat.tree import Step, branch
from madoguchi.library.models import Passage
from madoguchi.people.access import Scope
from madoguchi.search.query import Hit
from madoguchi.web.sanitise import clean_html, html_of_markdown

_NUMBER = re.compile(r"\[(\d{1,6})\]")
_TAG = re.compile(r"(<[^>]*>)")
# A page's title, and over each turn who says it.
UNDER_A_TURN, UNDER_A_TITLE = 2, 1


@dataclass(frozen=True)
class Shown:
    """One turn as it may be shown; `html` is None when it may not."""

    step: Step
    html: str | None
    sources: list[Source] = field(default_factory=list)

    @property
    def turn(self) -> Turn:
        return self.step.turn

    @property
    def is_hidden(self) -> bool:
        return self.html is None

    @property
    def mark(self) -> str:
        return mark_of(self.turn)

    @property
    def masked(self) -> str:
        return masked_in_words(self.turn.masked)


def shown(
    conversation: Conversation, scope: Scope, at: uuid.UUID | None = None, whole: bool = True
) -> tuple[list[Shown], int]:
    """Return the branch through a turn (see `tree.branch`) as far as a scope may see it, and how many turns of its
    beginning are left out: none when it is wanted `whole`."""
    steps = branch(conversation, at)
    line = [step.turn for step in steps]
    left_out = 0 if whole else _left_out(line, at)
    may, sources = open_answers(line, scope), sources_of(line, scope)
    numbers = {source.n for found in sources.values() for source in found}
    rows = []
    for step in steps[left_out:]:
        turn = step.turn
        if not turn.is_answer:
            rows.append(Shown(step, ""))
        elif turn.pk not in may:
            rows.append(Shown(step, None, sources.get(turn.pk, [])))
        else:
            rows.append(Shown(step, html_of(turn.text, numbers), sources.get(turn.pk, [])))
    return rows, left_out


def _left_out(line: Sequence[Turn], at: uuid.UUID | None) -> int:
    """Return how many turns a page leaves out: all but the last CHAT_TURNS_SHOWN, and never the one asked for."""
    first = max(0, len(line) - settings.CHAT_TURNS_SHOWN)
    wanted = next((number for number, turn in enumerate(line) if turn.pk == at), first)
    return min(first, max(0, wanted - 1))


def open_answers(line: Sequence[Turn], scope: Scope) -> set[uuid.UUID]:
    """Return the ids of the answers of a branch that a scope may see.

    A model may have used any passage it was given, and in later answers any of those before: all must be visible.
    """
    given = list(Citation.objects.filter(turn__in=line).values_list("turn_id", "passage_id"))
    visible = set(
        Passage.objects.within(scope)
        .filter(pk__in=[passage for _turn, passage in given if passage])
        .order_by()
        .values_list("pk", flat=True)
    )
    lost = {turn for turn, passage in given if passage not in visible}
    may: set[uuid.UUID] = set()
    for turn in line:
        if turn.pk in lost:
            break
        if turn.is_answer:
            may.add(turn.pk)
    return may


def sources_of(line: Sequence[Turn], scope: Scope) -> dict[uuid.UUID, list[Source]]:
    """Return the sources of each answer of a branch; one that a scope may not see has its number only."""
    citations = list(Citation.objects.filter(turn__in=line).order_by("n"))
    readable = Passage.objects.within(scope).select_related("version__document__folder")
    passages = readable.in_bulk([citation.passage_id for citation in citations if citation.passage_id])
    said = {n for turn in line if turn.is_answer for n in cited_in(turn.text)}
    found: dict[uuid.UUID, list[Source]] = {}
    for citation in citations:
        passage = passages.get(citation.passage_id) if citation.passage_id else None
        found.setdefault(citation.turn_id, []).append(Source(citation.n, passage, citation.n in said))
    return found


def cited_in(text: str) -> set[int]:
    """Return the numbers of sources that a text names: [1], [3]."""
    return {int(n) for n in _NUMBER.findall(text)}


def html_of(text: str, numbers: Collection[int], below: int = UNDER_A_TURN) -> str:
    """Return Markdown of a model as clean HTML, its [n] leading to the sources beside it.

    Its headings stand `below` so many levels of the page's own.
    """
    inside, parts = 0, list[str]()
    for part in _TAG.split(html_of_markdown(text, below)):
        if part.startswith("<"):
            if re.match(r"</?(?:code|pre|a)\b", part):
                inside += -1 if part.startswith("</") else 1
        elif not inside:
            part = _NUMBER.sub(lambda match: _link(match, numbers), part)
        parts.append(part)
    return clean_html("".join(parts))


def _link(match: re.Match[str], numbers: Collection[int]) -> str:
    n = int(match[1])
    return f'<a href="#source-{n}">[{n}]</a>' if n in numbers else match[0]


Node = str | list[Any]


def blocks_of(html: str) -> list[Node]:
    """Return clean HTML as the page's script builds it: texts, and [name, {attributes}, children …]."""
    return [each if isinstance(each, str) else _node(each) for each in lxml.html.fragments_fromstring(html)]


def _node(element: Any) -> list[Any]:
    children: list[Node] = [element.text] if element.text else []
    for child in element:
        children.append(_node(child))
        if child.tail:
            children.append(child.tail)
    return [element.tag, dict(element.attrib), *children]


def mark_of(turn: Turn) -> str:
    """Return what an answer is marked with: that a model wrote it, which and when, until a person confirmed it."""
    if turn.confirmed_at:
        name = turn.confirmed_by.name if turn.confirmed_by else _("退職した職員")
        return _("確認済み（%(name)s・%(at)s）") % {"name": name, "at": moment(turn.confirmed_at)}
    made = "・".join(part for part in (turn.model, moment(turn.at)) if part)
    return _("AIによる下書き（%(made)s）") % {"made": made}


def moment(at: Any) -> str:
    """Return a time as it is read: 「2026年11月30日 23:18」."""
    return str(formatted(timezone.localtime(at), _("Y年n月j日 H:i")))


def masked_in_words(counts: dict[str, int]) -> str:
    """Return what was masked, in words: 「氏名2件・住所1件」; empty when nothing was."""
    return "・".join(_("%(what)s%(count)s件") % {"what": what, "count": count} for what, count in counts.items())


def blocks_changed(before: Sequence[Node], now: Sequence[Node]) -> int:
    """Return from which block on two states of an answer differ."""
    same = 0
    while same < min(len(before), len(now)) and before[same] == now[same]:
        same += 1
    return same


def source_events(turn: Turn, scope: Scope) -> Iterator[dict[str, Any]]:
    """Yield the sources of an answer as the page's script takes them."""
    sources = sources_of([turn], scope).get(turn.pk, [])
    found = [source_of(source.n, Hit(source.passage, 0.0)) for source in sources if source.passage]
    if found:
        passages = {str(source.passage.pk): source.passage for source in sources if source.passage}
        yield event_for_page({"event": "sources", "sources": found}, passages)
