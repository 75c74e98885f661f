"""Names as people write them: logins, department paths, and the tree they name."""

import re
import unicodedata

from madoguchi.people.models import PLAIN_NAME, Department, Tenant

Path = tuple[str, ...]
# What clerks type for our marks when the input method is on.
_MARKS = str.maketrans({"／": "/", "：": ":", "；": ";", "＋": "+"})
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}")


def login_of(text: str) -> str:
    """Return a login as it is kept: half-width, small, without spaces around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def checked_login(text: str) -> str:
    """Return a login as it is kept; raises ValueError (Japanese) when it cannot be one."""
    login = login_of(text)
    if not _LOGIN.fullmatch(login):
        raise ValueError(f"ログイン名は英数字と . _ @ - の100文字以内です: {text}")
    return login


def with_plain_marks(text: str) -> str:
    """Return a text whose full-width `／：；＋` are the half-width marks."""
    return text.translate(_MARKS)


def checked_name(text: str, what: str, longest: int = 100) -> str:
    """Return a name without spaces around it; raises ValueError (Japanese) when it cannot be one."""
    name = text.strip()
    if not name:
        raise ValueError(f"{what}が空です。")
    if len(name) > longest:
        raise ValueError(f"{what}が長すぎます（{longest}文字まで）: {name[:20]}…")
    if not PLAIN_NAME.regex.search(name):  # type: ignore[union-attr]
        raise ValueError(f"{what}に / : ; + や改行は使えません: {name}")
    return name


def path_of(text: str) -> Path:
    """Return the names of a department path such as `福祉部/高齢福祉課`; raises ValueError (Japanese)."""
    return tuple(checked_name(part, "所属名") for part in with_plain_marks(text).split("/"))


def paths(tenant: Tenant | int) -> dict[int, Path]:
    """Return the path of every department of an office, by id."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    rows = {pk: (name, parent) for pk, name, parent in _rows(tenant_id)}

    def path(pk: int) -> Path:
        name, parent = rows[pk]
        return (name,) if parent is None else (*path(parent), name)

    return {pk: path(pk) for pk in rows}


def in_words(tenant: Tenant | int, department_id: int) -> str:
    """Return a department as documents name it, from the top: 「福祉部 高齢福祉課」; empty when it is gone."""
    return " ".join(paths(tenant).get(department_id, ()))


def _rows(tenant_id: int) -> list[tuple[int, str, int | None]]:
    return list(Department.objects.filter(tenant_id=tenant_id).values_list("id", "name", "parent_id"))
