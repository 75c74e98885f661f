"""試行: one text on several endpoints at once, the answers beside each other; each person sees their own alone."""

import uuid

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.prompts import trying
from madoguchi.prompts.forms import classifications, usual_class
from madoguchi.prompts.models import TITLE_MAX_CHARACTERS, Trial
from madoguchi.prompts.pages import named
from madoguchi.prompts.starter import starter
from madoguchi.prompts.trying import Asked, NotTried
from madoguchi.web.numbers import key_in
from madoguchi.web.sanitise import html_of_markdown

ON_A_PAGE = 20


@open_to("staff")
@require_GET
def trials(request: Request) -> HttpResponse:
    """List one's own trials."""
    page = Paginator(Trial.objects.within(request.scope), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "prompts/trials.html", {"page": page, "days": settings.PROMPT_TRIAL_DAYS})


@open_to("staff")
@require_http_methods(["GET", "POST"])
def begin(request: Request) -> HttpResponse:
    """Show the box with a text that another page brings; `act` run: give it to the chosen endpoints."""
    asked = _asked(request)
    if request.POST.get("act") != "run":
        return _form(request, asked)
    try:
        return redirect("prompt-trial", pk=trying.run(request.scope, asked).pk)
    except NotTried as problem:
        return _form(request, asked, problem)


@open_to("staff")
@require_GET
def trial(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show what came of a trial of one's own."""
    found = get_object_or_404(Trial.objects.within(request.scope), pk=pk)
    results = [(one, html_of_markdown(one.text, below=2)) for one in found.results.all()]
    chosen = [one.endpoint_id for one, _html in results if one.endpoint_id]
    return render(request, "prompts/trial.html", {"trial": found, "results": results, "chosen": chosen})


def _asked(request: Request) -> Asked:
    """Return what stands in a form; what it names and the person may not use is left out."""
    allowed = {int(value) for value, _label in classifications(request.scope)}
    classification = key_in(request.POST.get("classification"))
    found, key = named(request.scope, request.POST.get("prompt")), request.POST.get("standard", "")
    return Asked(
        text=request.POST.get("text", ""),
        classification=classification if classification in allowed else usual_class(request.scope),
        endpoints=[*filter(None, map(key_in, request.POST.getlist("endpoints")))],
        title=request.POST.get("title", "").replace("\x00", "").strip()[:TITLE_MAX_CHARACTERS],
        prompt=found,
        number=found.number if found else 0,
        standard=key if starter(key) else "",
    )


def _form(request: Request, asked: Asked, problem: NotTried | None = None) -> HttpResponse:
    text = asked.text
    marks = [text[start:end] for start, end in problem.places] if problem else []
    context = {
        "asked": asked,
        "offered": trying.offered(request.scope, asked.classification),
        "classifications": classifications(request.scope),
        "problem": problem,
        "marks": marks,
        "most": settings.PROMPT_TRIAL_ENDPOINTS,
        "seconds": settings.PROMPT_TRIAL_SECONDS,
    }
    return render(request, "prompts/try.html", context, status=422 if problem else 200)
