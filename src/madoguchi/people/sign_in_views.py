"""Pages of signing in and out, of one's own password and sessions, and of the first start."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.people import kept, passwords, sessions, set_up
from madoguchi.people.events import tell
from madoguchi.people.guard import open_to
from madoguchi.people.models import OpenSession, User
from madoguchi.people.request import Request
from madoguchi.people.sign_in import Attempt, attempt
from madoguchi.people.sign_in_forms import PasswordForm, SetUpForm, SignInForm


def safe_next(request: Request) -> str:
    """Return the local address to go on to after sign-in, home when what was asked for is none."""
    target = request.POST.get("next") or request.GET.get("next", "")
    local = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return target if local else resolve_url(settings.LOGIN_REDIRECT_URL)


def refusal(tried: Attempt) -> str:
    """Return what a person reads who was not let in: the same for every cause but being locked out."""
    if tried.locked_until is None:
        return _(
            "ログイン名かパスワードが違うか、このアカウントは利用できません。"
            "続けて間違えると、この端末からはしばらくサインインできなくなります。"
        )
    until = timezone.localtime(tried.locked_until)
    return _(
        "サインインの失敗が続いたため、この端末からの受付を止めています。%(time)s以降にもう一度お試しください。"
        "パスワードが分からないときは、情報政策の担当に仮パスワードの発行を依頼してください。"
    ) % {"time": f"{until:%H:%M}"}


def sign_in_page(request: Request, token: str = "", form: SignInForm | None = None, status: int = 401) -> HttpResponse:
    """Return the sign-in page; `token` is what was typed elsewhere and is kept over the sign-in."""
    context = {
        "form": form or SignInForm(),
        "next": safe_next(request),
        "kept": token,
        "ended": request.ended or request.GET.get("ended", ""),
    }
    return render(request, "people/sign_in.html", context, status=status)


@open_to("anybody")
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Sign in with login and password, and go on to where one was going."""
    if set_up.is_open(request.tenant):
        return redirect("set-up")
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(safe_next(request))
        return sign_in_page(request, status=200)
    token = request.POST.get("kept", "")
    form = SignInForm(request.POST)
    if not form.is_valid():
        return sign_in_page(request, token, form, status=200)
    tried = attempt(request, form.cleaned_data["login"], form.cleaned_data["password"])
    if tried.user is None:
        form.add_error(None, refusal(tried))
        return sign_in_page(request, token, form, status=429 if tried.locked_until else 200)
    login(request, tried.user)
    tell(request.tenant.pk, f"user:{tried.user.pk}", "sign-in", zone=request.zone)
    back = kept.give_back(token, tried.user.pk) if token else None
    if back and not tried.user.must_change_password:
        return render(request, "people/go_on.html", {"kept": back})
    return redirect(safe_next(request))


@open_to("anybody")
@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End this session."""
    if isinstance(request.user, User):
        tell(request.user.tenant_id, f"user:{request.user.pk}", "sign-out")
        sessions.forget(request.session.session_key)
        logout(request)
        messages.success(request, _("サインアウトしました。"))
    return redirect("sign-in")


@open_to("staff")
@never_cache
@sensitive_post_parameters("old_password", "new_password", "new_password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: Request) -> HttpResponse:
    """Change one's own password; all other sessions end."""
    user = User.objects.get(pk=request.user.pk)
    form = PasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        tried = attempt(request, user.login, form.cleaned_data["old_password"])
        if tried.user is None and tried.locked_until:
            form.add_error(None, refusal(tried))
        elif tried.user is None:
            form.add_error("old_password", _("今のパスワードが違います。"))
        else:
            old_key = request.session.session_key
            passwords.change(user, form.cleaned_data["new_password"], keep_session=old_key)
            update_session_auth_hash(request, user)
            sessions.follow(old_key, request)
            tell(user.tenant_id, f"user:{user.pk}", "password.changed")
            messages.success(request, _("パスワードを変更しました。ほかの端末のサインインは終わりました。"))
            return redirect(settings.LOGIN_REDIRECT_URL)
    context = {"form": form, "must_change": user.must_change_password}
    return render(request, "people/password.html", context)


@open_to("staff")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own_sessions(request: Request) -> HttpResponse:
    """List one's own sessions, and end one or all others."""
    user = request.user
    here = request.session.session_key
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        if chosen == "others":
            others = user.open_sessions.exclude(session_key=here)
        else:
            others = OpenSession.objects.filter(pk=get_object_or_404(user.open_sessions, public_id=_uuid(chosen)).pk)
        ended_here = False
        for row in others:
            ended_here = ended_here or row.session_key == here
            sessions.forget(row.session_key)
        tell(user.tenant_id, f"user:{user.pk}", "session.ended", reason="own")
        if ended_here:
            logout(request)
            return redirect("sign-in")
        messages.success(request, _("サインインを終了しました。"))
        return redirect("sessions")
    return render(request, "people/sessions.html", {"sessions": sessions.of(user), "here": here})


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise Http404 from None


@open_to("anybody")
@never_cache
@sensitive_post_parameters("new_password", "new_password_again", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def first_start(request: Request) -> HttpResponse:
    """Make the office and its first administrator with the code of the console; afterwards there is no such page."""
    if not set_up.is_open(request.tenant):
        raise Http404
    form = SetUpForm(request.tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        if set_up.is_code(entered["code"]):
            person = User(login=entered["login"], name=entered["name"])
            try:
                made = set_up.make_first_administrator(
                    request.tenant, entered["office"], person, entered["new_password"]
                )
            except PermissionError:
                raise Http404 from None
            login(request, made)
            messages.success(request, _("初期設定が終わりました。続けて職員を登録できます。"))
            return redirect("people")
        form.add_error(
            "code",
            _(
                "初期設定コードが違います。端末の表示を確かめてください。"
                "見当たらないときは madoguchi serve を始め直すと新しく出ます。"
            ),
        )
    return render(request, "people/set_up.html", {"form": form})
