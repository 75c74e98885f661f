"""What was typed into a form whose session had ended: kept in the page itself, given back after sign-in."""

from dataclasses import dataclass
from typing import Any

from django.core import signing

# Beyond this the page would be heavier than what it saves.
MOST_CHARACTERS = 300_000
OLDEST_SECONDS = 24 * 3600
_SALT = "madoguchi.people.kept"
_SECRET_NAMES = ("password", "csrf", "code", "token", "secret")


@dataclass(frozen=True)
class Kept:
    """A form that was sent without a session: where to, and its fields in order."""

    path: str
    fields: list[tuple[str, str]]


def keep(request: Any) -> str | None:
    """Return a form's fields as a signed text for the sign-in page, or None when there is nothing to keep.

    Files and anything secret are left out. When the session that ended is known, only its person gets it back.
    """
    if request.method != "POST":
        return None
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not any(secret in name.lower() for secret in _SECRET_NAMES)
    ]
    if not any(value.strip() for _name, value in fields) or sum(len(value) for _, value in fields) > MOST_CHARACTERS:
        return None
    data = {"path": request.get_full_path(), "fields": fields, "user": getattr(request, "ended_user_id", None)}
    return signing.dumps(data, salt=_SALT, compress=True)


def give_back(token: str, user_id: int) -> Kept | None:
    """Return what `keep` signed, or None when it is not ours, too old, or another person's."""
    try:
        data = signing.loads(token, salt=_SALT, max_age=OLDEST_SECONDS)
    except signing.BadSignature:
        return None
    if data["user"] not in (None, user_id):
        return None
    return Kept(data["path"], [(name, value) for name, value in data["fields"]])
