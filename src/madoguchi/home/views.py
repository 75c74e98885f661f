"""Home, and things to try."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from madoguchi.home import today, tours
from madoguchi.people.guard import open_to
from madoguchi.people.request import Request
from madoguchi.search import saved


@open_to("staff")
@require_safe
def home(request: Request) -> HttpResponse:
    """Show what the person may want to do now; in an empty office, the first steps."""
    scope = request.scope
    context = {
        "answers": today.last_answers(scope),
        "news": saved.news(scope),
        "documents": today.new_documents(scope),
        "entries": today.department_answers(scope),
        "uploads": today.own_uploads(scope),
        "drafts": today.drafts(scope, request.user),
        "has_documents": today.has_documents(scope),
        "writable": today.writable_folder(scope),
        "rows": f":{today.ROWS}",
        "question_max_characters": settings.QUESTION_MAX_CHARACTERS,
    }
    return render(request, "home/home.html", context)


@open_to("anybody")
@require_safe
def tour(request: Request) -> HttpResponse:
    """Show things to try, each a link that does it. Who is not signed in may read it: it says as whom to sign in."""
    return render(request, "home/tour.html", {"things": tours.things(request.tenant)})
