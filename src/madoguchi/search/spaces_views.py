"""意味での検索: which model search compares meanings by, and changing over to another. Administrators only."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.llm.embeddings import NAME, EmbeddingUnavailable
from madoguchi.llm.models import Endpoint
from madoguchi.llm.routing import highest_for
from madoguchi.people.guard import open_to
from madoguchi.people.models import Classification
from madoguchi.people.request import Request
from madoguchi.search import spaces, switching
from madoguchi.search.models import Space
from madoguchi.search.switching import Amount
from madoguchi.web.numbers import key_in

# As a form names the model that every office has.
EMBEDDED = "embedded"


@dataclass(frozen=True)
class Choice:
    """A model that can be prepared, and what that takes. `endpoint` None: the embedded model."""

    endpoint: Endpoint | None
    amount: Amount
    limit: str

    @property
    def passages(self) -> str:
        """Return how many passages become vectors, as it is written."""
        return f"{self.amount.passages:,}"

    @property
    def left_out(self) -> str:
        """Return how many passages do not."""
        return f"{self.amount.left_out:,}"

    @property
    def answers(self) -> str:
        """Return how many verified answers become vectors."""
        return f"{self.amount.answers:,}"

    @property
    def value(self) -> str:
        """Return what a form names it by."""
        return str(self.endpoint.pk) if self.endpoint else EMBEDDED

    @property
    def length(self) -> str:
        """Return about how many characters, in words."""
        if self.amount.characters < 10_000:
            return _("%(number)s字") % {"number": f"{self.amount.characters:,}"}
        return _("約%(number)s万字") % {"number": f"{round(self.amount.characters / 10_000):,}"}


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """Show the model in use, what is prepared and what could be; a POST begins, goes on or gives up."""
    if request.method != "POST":
        return _page(request)
    act, actor = request.POST.get("act"), f"user:{request.user.pk}"
    if act == "begin":
        return _begin(request, actor)
    row = Space.objects.filter(tenant=request.tenant, pk=key_in(request.POST.get("space")) or 0).first()
    if row is None or act not in ("go-on", "give-up"):
        raise Http404
    if act == "go-on":
        if row.state != Space.State.LEFT:
            switching.go_on(row)
            messages.success(request, _("準備を続けます。"))
    elif switching.give_up(row, actor):
        messages.success(request, _("準備を取りやめました。検索はいままでのモデルで続きます。"))
    else:
        messages.info(request, _("その準備は、もう終わっています。"))
    return redirect("search-meaning")


def _begin(request: Request, actor: str) -> HttpResponse:
    chosen = request.POST.get("model", "")
    endpoint = None
    if chosen != EMBEDDED:
        mine = Endpoint.objects.filter(tenant=request.tenant, use=Endpoint.Use.EMBEDDING, is_enabled=True)
        endpoint = mine.filter(pk=key_in(chosen) or 0).first()
        if endpoint is None:
            return _page(request, chosen, _("その接続先は、いまは使えません。接続先の画面で確かめてください。"))
    try:
        switching.begin(request.tenant, endpoint, actor)
    except (switching.NotSuitable, EmbeddingUnavailable) as reason:
        return _page(request, chosen, str(reason))
    messages.success(request, _("準備を始めました。終わると自動で切り替わります。"))
    return redirect("search-meaning")


def _page(request: Request, tried: str = "", error: str = "") -> HttpResponse:
    tenant = request.tenant
    model, building = spaces.model_in_use(tenant.pk), spaces.preparing(tenant.pk)
    in_use = Space.objects.filter(tenant=tenant, state=Space.State.IN_USE).first()
    context = {
        "model": model,
        "in_use": in_use,
        "limit": Classification(model.max_classification).label if model.endpoint else "",
        "building": building,
        "done": f"{building.done:,}" if building else "",
        "total": f"{building.total:,}" if building else "",
        "stopped": (spaces.model_of(building).why_not or building.failure) if building else "",
        # Counting reads every text: not at each look at the progress.
        "choices": [] if building else [_choice(request, endpoint) for endpoint in spaces.candidates(tenant.pk)],
        "embedded_name": NAME,
        "tried": tried,
        "error": error,
    }
    return render(request, "search/spaces.html", context, status=422 if error else 200)


def _choice(request: Request, endpoint: Endpoint | None) -> Choice:
    limit = Classification(highest_for(endpoint)).label if endpoint else ""
    return Choice(endpoint, switching.amount_for(request.tenant, endpoint), limit)
