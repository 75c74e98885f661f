"""The office's own words: a list of synonyms, tried on a question before it is saved. Administrators only."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.audit.record import digest, record
from madoguchi.library.models import Passage
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search import own_words, synonyms
from madoguchi.search.models import SynonymList
from madoguchi.search.query import find
from madoguchi.search.question import question_of
from madoguchi.web.numbers import key_in

# Results of each side of a trial.
TRIED = 10
# Groups that a look into the list shows, and older lists that can be taken up again.
MOST_GROUPS = 30
MOST_LISTS = 10


@dataclass(frozen=True)
class Placed:
    """A result of a trial: its place in this order and in the other one, 0 when it is not among the first there."""

    place: int
    other: int
    passage: Passage


@dataclass(frozen=True)
class Trial:
    """The first results for a question as the list stands, and as they would be."""

    question: str
    before: list[Placed]
    after: list[Placed]

    @property
    def is_same(self) -> bool:
        """Whether nothing would change."""
        return [one.passage.pk for one in self.before] == [one.passage.pk for one in self.after]


@dataclass(frozen=True)
class Problem:
    """A line of a list that cannot be used."""

    line: int
    text: str
    why: str


@open_to("administrator")
@require_http_methods(["GET", "POST"])
def words(request: Request) -> HttpResponse:
    """Show the office's list; try it on a question; save it."""
    kept = own_words.newest(request.tenant.pk)
    if request.method == "GET":
        return _page(request, kept, _taken_up(request, kept))
    text = "\n".join(request.POST.get("text", "").splitlines())
    read = own_words.read(text)
    if "save" not in request.POST:
        return _page(request, kept, text, read, trial=_trial(request, read))
    if read.problems:
        return _page(request, kept, text, read, status=422)
    try:
        own_words.save(request.tenant, text, request.user, key_in(request.POST.get("number", "")) or 0)
    except own_words.Changed as changed:
        return _page(request, own_words.newest(request.tenant.pk), text, read, error=str(changed), status=409)
    messages.success(request, _("保存しました。次の検索から使います。"))
    return redirect("search-words")


def _taken_up(request: Request, kept: SynonymList | None) -> str:
    """Return the text to begin with: that of an older list when the address names one."""
    number = key_in(request.GET.get("number", ""))
    older = SynonymList.objects.filter(tenant=request.tenant, number=number).first() if number else None
    chosen = older or kept
    return chosen.text if chosen else ""


def _page(
    request: Request,
    kept: SynonymList | None,
    text: str,
    read: own_words.Read | None = None,
    *,
    trial: Trial | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    read = read or own_words.read(text)
    lines = text.splitlines()
    context = {
        "text": text,
        "kept": kept,
        "error": error,
        "problems": [
            Problem(number, lines[number - 1] if number <= len(lines) else "", why)
            for number, why in read.problems.items()
        ],
        "own": len(read.own),
        "off": len(synonyms.shipped()) - len(read.kept),
        "lists": SynonymList.objects.filter(tenant=request.tenant).select_related("changed_by")[:MOST_LISTS],
        "question": request.POST.get("question", request.GET.get("question", ""))[: settings.QUESTION_MAX_CHARACTERS],
        "trial": trial,
        "limits": {"lines": settings.SYNONYMS_MAX_LINES, "question": settings.QUESTION_MAX_CHARACTERS},
    } | _looked_up(request.GET.get("word", "").strip()[:100], read)
    return render(request, "search/words.html", context, status=status)


def _looked_up(word: str, read: own_words.Read) -> dict[str, object]:
    """Return how a word is widened, and the groups that ship and hold it; without a word nothing but the count."""
    if not word:
        return {"word": "", "shipped": len(synonyms.shipped())}
    asked = question_of(word, meaning=None, groups=read.groups)
    words_of_it = own_words.cut(word)
    found = [
        {"group": group, "is_off": group not in read.kept}
        for group in synonyms.shipped()
        if any(word in member or own_words.cut(member) == words_of_it for member in group.members)
    ]
    return {
        "word": word,
        "shipped": len(synonyms.shipped()),
        "brought": [brought for one in asked.brought for brought in one.words],
        "groups": found[:MOST_GROUPS],
        "more": max(0, len(found) - MOST_GROUPS),
    }


def _trial(request: Request, read: own_words.Read) -> Trial | None:
    """Return what a question finds with the list in force and with this one, within the person's own scope."""
    question = request.POST.get("question", "").strip()[: settings.QUESTION_MAX_CHARACTERS]
    if not question:
        return None
    before, after = (
        [hit.passage for hit in find(request.scope, question, TRIED, described=True, groups=groups).hits]
        for groups in (None, read.groups)
    )
    given = dict.fromkeys(str(passage.pk) for passage in before + after)
    actor = f"user:{request.user.pk}"
    record(request.tenant.pk, actor, "question", question=digest(question), found=len(given))
    record(request.tenant.pk, actor, "passages.given", passages=list(given))
    return Trial(question, _placed(before, after), _placed(after, before))


def _placed(passages: list[Passage], others: list[Passage]) -> list[Placed]:
    places = {passage.pk: place for place, passage in enumerate(others, start=1)}
    return [Placed(place, places.get(passage.pk, 0), passage) for place, passage in enumerate(passages, start=1)]
