"""A kept answer as it may be shown now: what it was made from is read again in the scope of who looks."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from madoguchi.answers.models import Answer
from madoguchi.faq.models import Entry, Revision, readable_in
from madoguchi.library.models import Passage
from madoguchi.library.showing import doubt_in_words
from madoguchi.people.access import Scope


@dataclass(frozen=True)
class Source:
    """One source beside an answer; when it is no longer visible it has its number only."""

    n: int
    passage: Passage | None
    is_cited: bool

    @property
    def links(self) -> dict[str, str]:
        return links(self.passage) if self.passage else {}

    @property
    def place(self) -> str:
        return place_of(self.passage.locator) if self.passage else ""

    @property
    def doubt(self) -> str:
        return doubt_in_words(self.passage.confidence) if self.passage else ""


@dataclass(frozen=True)
class Shown:
    """What of an answer may be shown. A hidden sentence has no text."""

    answer: Answer
    sentences: list[dict[str, Any]]
    sources: list[Source]
    confirmed: int
    total: int
    hidden: bool
    # The verified answer as it stands now, when it was given and is still there; whether it was changed since.
    entry: Entry | None
    entry_changed: bool


def shown(answer: Answer, scope: Scope) -> Shown:
    """Return what of an answer may be shown in a scope.

    A quote needs its own passage. What a model wrote needs every passage it was given: it may have used any of them. A
    verified answer needs the entry, and the revision that was given, to be readable now.
    """
    citations = list(answer.citations.all())
    passages = {
        passage.pk: passage
        for passage in Passage.objects.within(scope)
        .select_related("version__document__folder")
        .filter(pk__in=[citation.passage_id for citation in citations])
    }
    visible = {citation.n for citation in citations if citation.passage_id in passages}
    entry = Entry.objects.within(scope).filter(pk=answer.faq_entry_id).first() if answer.faq_entry_id else None
    given = Revision.objects.filter(readable_in(scope), tenant_id=scope.tenant_id, entry=entry)
    given = given.filter(number=answer.faq_number or 0) if entry else given.none()
    may_show_verified = given.exists()
    sentences: list[dict[str, Any]] = []
    for sentence in answer.sentences:
        kind = sentence["kind"]
        if kind == "quoted":
            may = set(sentence["citations"]) <= visible
        elif kind == "composed":
            may = len(visible) == len(citations)
        else:
            may = kind != "verified" or may_show_verified
        sentences.append(with_marks(sentence) if may else {"kind": kind, "hidden": True})
    cited = {n for sentence in answer.sentences for n in sentence["citations"]}
    sources = [
        Source(citation.n, passages.get(citation.passage_id), citation.n in cited)  # type: ignore[arg-type]
        for citation in citations
    ]
    return Shown(
        answer=answer,
        sentences=sentences,
        sources=sources,
        confirmed=sum(bool(sentence.get("confirmed")) for sentence in sentences),
        total=len(sentences),
        hidden=any(sentence.get("hidden") for sentence in sentences) or len(visible) < len(citations),
        entry=entry,
        entry_changed=bool(entry and entry.released_number != answer.faq_number),
    )


def with_marks(sentence: dict[str, Any]) -> dict[str, Any]:
    """Return a sentence with its text in stretches: `[{text, unfound}]`, and a word of what was not confirmed."""
    text = sentence["text"]
    unfound = [check["text"] for check in sentence["checks"] if not check["found"] and check["text"]]
    stretches: list[dict[str, Any]] = []
    rest = text
    while rest:
        places = [(rest.find(one), one) for one in unfound if one and one in rest]
        if not places:
            stretches.append({"text": rest, "unfound": False})
            break
        place, one = min(places)
        if place:
            stretches.append({"text": rest[:place], "unfound": False})
        stretches.append({"text": one, "unfound": True})
        rest = rest[place + len(one) :]
    return {**sentence, "stretches": stretches, "doubt": doubt_of(sentence)}


def doubt_of(sentence: dict[str, Any]) -> str:
    """Return what a person must know of an unconfirmed sentence, in a word; empty when nothing."""
    if sentence["kind"] not in ("composed", "quoted"):
        return ""
    if not sentence["citations"]:
        return _("根拠なし")
    return "" if sentence["confirmed"] else _("未確認")


def summary(kind_counts: tuple[int, int], mode: str) -> str:
    """Return the line under an answer: 「6文中6文を原文で確認」; empty where nothing is to be confirmed."""
    confirmed, total = kind_counts
    if mode not in (Answer.Mode.COMPOSED, Answer.Mode.QUOTED) or not total:
        return ""
    return _("%(total)s文中%(confirmed)s文を原文で確認") % {"total": total, "confirmed": confirmed}


def place_of(locator: dict[str, Any]) -> str:
    """Return where a passage stands, for a person: 「12ページ」, 「シート「歳出」 B3:D9」, 「第1章 ＞ 第2条」."""
    if locator.get("page"):
        return _("%(page)sページ") % {"page": locator["page"]}
    if locator.get("sheet"):
        return _("シート「%(sheet)s」 %(range)s") % {"sheet": locator["sheet"], "range": locator.get("range", "")}
    return " ＞ ".join(locator.get("heading") or [])


def links(passage: Passage) -> dict[str, str]:
    """Return the addresses of a passage: `page` in its document, `data` and `image` of its page when it has one."""
    version = passage.version
    number = passage.locator.get("page")
    query = f"?version={version.number}" + (f"&page={number}" if number else "") + f"&passage={passage.pk}"
    found = {"page": reverse("document", args=[version.document_id]) + query}
    if number and version.pages:
        where = [version.document_id, version.number, number]
        found["data"] = reverse("page-data", args=where) + f"?passage={passage.pk}"
        found["image"] = reverse("page-image", args=where)
    return found


def event_for_page(event: dict[str, Any], passages: dict[str, Passage]) -> dict[str, Any]:
    """Return an event as the page's script takes it: with addresses, and the marks of doubt."""
    if event["event"] == "sentence":
        return {**with_marks(event), "event": "sentence"}
    if event["event"] == "sources":
        sources = [
            {
                **source,
                "place": place_of(source["locator"]),
                "doubt": doubt_in_words(source["confidence"]),
                "links": links(passages[source["passage"]]) if source["passage"] in passages else {},
            }
            for source in event["sources"]
        ]
        return {**event, "sources": sources}
    if event["event"] == "suggestions":
        entries = [{**entry, "page": reverse("faq-entry", args=[entry["id"]])} for entry in event["entries"]]
        return {**event, "entries": entries}
    if event["event"] == "done":
        page = reverse("answer", args=[event["answer"]]) if event["answer"] else ""
        return {**event, "page": page, "summary": summary((event["confirmed"], event["total"]), event["mode"])}
    return event
