"""Pages of the people of an office; for administrators."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.people import accounts, names, organisation
from madoguchi.people.forms import AccountForm, NewPersonForm, PostForm
from madoguchi.people.guard import open_to
from madoguchi.people.models import Membership, Post, User, in_force
from madoguchi.people.request import Request

PAGE_ROWS = 50


@open_to("administrator")
@require_safe
def people(request: Request) -> HttpResponse:
    """List the people, of a department and all below it, or by a word of name or login."""
    today = timezone.localdate()
    nodes = organisation.tree(request.tenant, today)
    rows = User.objects.filter(tenant=request.tenant).prefetch_related(
        Prefetch("posts", Post.objects.filter(in_force(today)).select_related("department", "position"))
    )
    department = request.GET.get("department", "")
    chosen = next((node for node in nodes if str(node.department.pk) == department), None)
    if chosen:
        below = organisation.with_all_below(chosen.department.pk, nodes)
        posts = Post.objects.filter(in_force(today), tenant=request.tenant, department__in=below)
        rows = rows.filter(pk__in=posts.values("user"))
    words = request.GET.get("q", "").strip()[:100]
    for word in words.split():
        rows = rows.filter(Q(name__icontains=word) | Q(login__icontains=names.login_of(word)))
    page = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    standing = {user.pk for user in page if user.may_sign_in(today)}
    context = {"page": page, "standing": standing, "nodes": nodes, "chosen": chosen, "q": words}
    return render(request, "people/people.html", context)


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: Request) -> HttpResponse:
    """Add a person."""
    form = NewPersonForm(request.tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = accounts.add(request.user, form.cleaned_data["login"], form.cleaned_data["name"])
        messages.success(
            request, _("%(name)sさんを登録しました。所属と仮パスワードを続けて設定してください。") % {"name": user.name}
        )
        return redirect("person", user.public_id)
    return render(request, "people/new_person.html", {"form": form})


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: Request, public_id: str) -> HttpResponse:
    """Show a person: account, posts, groups, sessions; and change the account."""
    user = _person(request, public_id)
    form = AccountForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.change(request.user, user, form.changed_data)
        except ValueError as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, _("%(name)sさんの登録を変更しました。") % {"name": user.name})
            return redirect("person", public_id)
    return _person_page(request, user, form)


def _person_page(
    request: Request, user: User, form: AccountForm | None = None, password: str = "", status: int = 200
) -> HttpResponse:
    today = timezone.localdate()
    stored = User.objects.get(pk=user.pk)
    paths = names.paths(request.tenant)
    rows = user.posts.select_related("position").order_by("-is_main", "valid_from", "id")
    posts = [
        {"post": post, "path": " ".join(paths[post.department_id]), "time": organisation.time_of(post, today)}
        for post in rows
    ]
    context = {
        "person": stored,
        "stands": stored.may_sign_in(today),
        "form": form or AccountForm(instance=stored),
        "posts": posts,
        "memberships": stored.memberships.filter(in_force(today)).select_related("group"),
        "sessions": stored.open_sessions.count(),
        "temporary_password": password,
    }
    return render(request, "people/person.html", context, status=status)


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def person_post(request: Request, public_id: str, post_id: int | None = None) -> HttpResponse:
    """Add a post to a person, or change one and its days."""
    user = _person(request, public_id)
    post = get_object_or_404(Post, tenant=request.tenant, user=user, pk=post_id) if post_id else None
    form = PostForm(user, request.POST or None, instance=post)
    if request.method == "POST" and form.is_valid():
        organisation.store(request.user, form.save(commit=False))
        messages.success(request, _("%(name)sさんの所属を保存しました。") % {"name": user.name})
        return redirect("person", public_id)
    return render(request, "people/post.html", {"form": form, "person": user, "post": post})


@open_to("administrator")
@require_POST
def person_post_delete(request: Request, public_id: str, post_id: int) -> HttpResponse:
    """Take back a post that was entered by mistake."""
    user = _person(request, public_id)
    organisation.delete(request.user, get_object_or_404(Post, tenant=request.tenant, user=user, pk=post_id))
    messages.success(request, _("所属を取り消しました。"))
    return redirect("person", public_id)


@open_to("administrator")
@require_POST
def person_leave(request: Request, public_id: str, membership_id: int) -> HttpResponse:
    """Take a person out of a group from today on."""
    user = _person(request, public_id)
    organisation.leave(request.user, get_object_or_404(Membership, tenant=request.tenant, user=user, pk=membership_id))
    messages.success(request, _("グループから外しました。"))
    return redirect("person", public_id)


@open_to("administrator")
@require_POST
def person_state(request: Request, public_id: str) -> HttpResponse:
    """Stop an account at once, or let it stand again."""
    user = _person(request, public_id)
    try:
        if request.POST.get("state") == "active":
            accounts.resume(request.user, user)
            messages.success(request, _("%(name)sさんの利用を再開しました。") % {"name": user.name})
        else:
            accounts.suspend(request.user, user)
            messages.success(
                request, _("%(name)sさんの利用を停止し、サインインをすべて終了しました。") % {"name": user.name}
            )
    except ValueError as problem:
        messages.error(request, str(problem))
    return redirect("person", public_id)


@open_to("administrator")
@never_cache
@require_POST
def person_password(request: Request, public_id: str) -> HttpResponse:
    """Issue a password for once, shown here and never again."""
    user = _person(request, public_id)
    if user.pk == request.user.pk:
        return redirect("password")
    return _person_page(request, user, password=accounts.issue_password(request.user, user))


@open_to("administrator")
@require_POST
def person_sessions(request: Request, public_id: str) -> HttpResponse:
    """End all sessions of a person."""
    user = _person(request, public_id)
    accounts.end_sessions(request.user, user)
    messages.success(request, _("%(name)sさんのサインインをすべて終了しました。") % {"name": user.name})
    return redirect("person", public_id)


def _person(request: Request, public_id: str) -> User:
    return get_object_or_404(User, tenant=request.tenant, public_id=public_id)
