"""What an administrator does to accounts. Each change ends sessions where it must, and is told."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.people import passwords, sessions
from madoguchi.people.events import tell
from madoguchi.people.models import Tenant, User

# When one of these changes, what a session was opened under is no more.
ROLES = ("is_administrator", "is_auditor", "clearance", "valid_from", "valid_to")


def add(actor: User, login: str, name: str) -> User:
    """Store a new person of the actor's office; who cannot sign in before a temporary password is issued."""
    user = User(tenant_id=actor.tenant_id, login=login, name=name)
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        _tell(actor, user, "added")
    return user


def change(actor: User, user: User, changed: Iterable[str]) -> None:
    """Store changed fields of an account; raises ValueError in Japanese when nobody would be left to administrate."""
    changed = list(changed)
    with transaction.atomic():
        if user.pk == actor.pk and "is_administrator" in changed:
            raise ValueError(_("自分の管理者の役割は変えられません。ほかの管理者に依頼してください。"))
        if {"is_administrator", "valid_from", "valid_to"} & set(changed):
            _keep_one_administrator(user)
        user.save(update_fields=changed)
        if set(ROLES) & set(changed):
            sessions.end_all(user)
        _tell(actor, user, "changed", fields=sorted(changed))


def suspend(actor: User, user: User) -> None:
    """Stop an account at once; its sessions end. Raises ValueError in Japanese for oneself and the last one."""
    if user.pk == actor.pk:
        raise ValueError(_("自分のアカウントは停止できません。ほかの管理者に依頼してください。"))
    with transaction.atomic():
        user.is_active = False
        _keep_one_administrator(user)
        user.save(update_fields=["is_active"])
        sessions.end_all(user)
        _tell(actor, user, "suspended")


def resume(actor: User, user: User) -> None:
    """Let a stopped account stand again."""
    with transaction.atomic():
        user.is_active = True
        user.save(update_fields=["is_active"])
        _tell(actor, user, "resumed")


def issue_password(actor: User, user: User) -> str:
    """Return a new password for once; it is shown to the administrator and kept nowhere."""
    with transaction.atomic():
        password = passwords.issue_temporary(user)
        _tell(actor, user, "password")
    return password


def end_sessions(actor: User, user: User) -> int:
    """End all sessions of a person; return how many."""
    with transaction.atomic():
        ended = sessions.end_all(user)
        _tell(actor, user, "sessions", ended=ended)
    return ended


def _keep_one_administrator(user: User) -> None:
    """Raise ValueError when, with `user` as it is about to be stored, the office has no administrator today."""
    today = timezone.localdate()
    if user.is_administrator and user.may_sign_in(today):
        return
    Tenant.objects.select_for_update().get(pk=user.tenant_id)
    others = User.objects.filter(tenant_id=user.tenant_id, is_administrator=True).exclude(pk=user.pk)
    was = User.objects.get(pk=user.pk)
    if was.is_administrator and not any(other.may_sign_in(today) for other in others):
        raise ValueError(_("管理者がいなくなります。先にほかの職員を管理者にしてください。"))


def _tell(actor: User, user: User, what: str, **detail: object) -> None:
    tell(user.tenant_id, f"user:{actor.pk}", f"people.{what}", f"user:{user.pk}", **detail)
