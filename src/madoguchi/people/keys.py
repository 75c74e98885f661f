"""Access keys as people write and read them: `dept:福祉部/高齢福祉課+rank:3`, 「福祉部 高齢福祉課の課長以上」."""

from collections.abc import Iterable

from madoguchi.people import names
from madoguchi.people.access import Scope, department_key
from madoguchi.people.models import HIGHEST_RANK, Group, Position, Tenant, User

SYNTAX = "public, staff, rank:3, dept:福祉部/高齢福祉課, dept:福祉部+rank:3, user:tanaka, group:グループ名"


def parse(tenant: Tenant, text: str) -> str:
    """Return the access key that a written one names, e.g. `dept:福祉部+rank:3` -> `dept:12+rank:3`.

    Raises ValueError with a Japanese message when it is no key or names nothing in this office.
    """
    written = names.with_plain_marks(text.strip())
    if written in ("public", "staff"):
        return written
    kind, mark, name = written.partition(":")
    name = name.strip()
    if not mark or not name:
        raise ValueError(f"閲覧者の指定が読み取れません: {text}（書き方: {SYNTAX}）")
    if kind == "rank":
        return f"rank:{_rank(name)}"
    if kind == "dept":
        path, plus, rank = name.partition("+rank:")
        return department_key(_department(tenant, path), _rank(rank) if plus else None)
    if kind == "user":
        return f"user:{_user(tenant, name)}"
    if kind == "group":
        return f"group:{_group(tenant, name)}"
    raise ValueError(f"閲覧者の指定が読み取れません: {text}（書き方: {SYNTAX}）")


def parse_all(tenant: Tenant, texts: Iterable[str]) -> list[str]:
    """Return the keys of several written ones, each once, in their order; raises ValueError as `parse`."""
    return list(dict.fromkeys(parse(tenant, text) for text in texts))


def written(tenant: Tenant, keys: Iterable[str]) -> list[str]:
    """Return keys as `parse` reads them, the way back; a key of something that is gone stays as it is."""
    register = _Register(tenant.pk, keys)
    return [register.written(key) for key in keys]


def describe(tenant: Tenant | int, keys: Iterable[str]) -> list[str]:
    """Return who holds each key, in Japanese and in their order; keys of folders and documents are left out."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    keys = [key for key in keys if not key.startswith(("folder:", "document:"))]
    register = _Register(tenant_id, keys)
    return [register.described(key) for key in keys]


def why(scope: Scope, keys: Iterable[str]) -> list[str]:
    """Return by which of the demanded keys this scope may see a thing, in Japanese; empty when by none."""
    if scope.everything:
        return ["この機械の運用者"]
    return describe(scope.tenant_id, [key for key in keys if key in scope.keys])


def _rank(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= HIGHEST_RANK):
        raise ValueError(f"職位の順位は1から{HIGHEST_RANK}の整数です: {text}")
    return int(text)


def _department(tenant: Tenant, text: str) -> int:
    path = names.path_of(text)
    for pk, existing in names.paths(tenant).items():
        if existing == path:
            return pk
    raise ValueError(f"所属がありません: {text}（部から順に / で区切って書いてください）")


def _user(tenant: Tenant, login: str) -> int:
    user = User.objects.filter(tenant=tenant, login=names.login_of(login)).first()
    if user is None:
        raise ValueError(f"職員がありません: {login}（ログイン名で指定してください）")
    return user.pk


def _group(tenant: Tenant, name: str) -> int:
    group = Group.objects.filter(tenant=tenant, name=name).first()
    if group is None:
        raise ValueError(f"グループがありません: {name}")
    return group.pk


class _Register:
    """The names behind some keys of an office, each kind fetched once."""

    def __init__(self, tenant_id: int, keys: Iterable[str]) -> None:
        keys = list(keys)
        self.departments = names.paths(tenant_id) if any(key.startswith("dept:") for key in keys) else {}
        ranks: dict[int, list[str]] = {}
        for name, rank in Position.objects.filter(tenant_id=tenant_id).values_list("name", "rank"):
            ranks.setdefault(rank, []).append(name)
        self.ranks = ranks
        self.users = {
            user.pk: user for user in User.objects.filter(tenant_id=tenant_id, pk__in=self._ids(keys, "user:"))
        }
        self.groups = dict(
            Group.objects.filter(tenant_id=tenant_id, pk__in=self._ids(keys, "group:")).values_list("id", "name")
        )

    @staticmethod
    def _ids(keys: list[str], kind: str) -> list[int]:
        return [int(key[len(kind) :]) for key in keys if key.startswith(kind) and key[len(kind) :].isdecimal()]

    def _rank(self, text: str) -> str:
        positions = self.ranks.get(int(text), []) if text.isdecimal() else []
        return f"{'・'.join(positions)}以上" if positions else f"職位の順位{text}以上"

    def described(self, key: str) -> str:
        """Return who holds a key, in Japanese."""
        kind, _, name = key.partition(":")
        if key == "public":
            return "どなたでも（住民を含む）"
        if key == "staff":
            return "職員全員"
        if kind == "rank":
            return self._rank(name)
        if kind == "dept":
            number, _, rank = name.partition("+rank:")
            path = self.departments.get(int(number)) if number.isdecimal() else None
            place = " ".join(path) if path else "（廃止された所属）"
            return f"{place}の{self._rank(rank) if rank else '職員'}"
        if kind == "user":
            user = self.users.get(int(name)) if name.isdecimal() else None
            return f"{user.name}さん" if user else "（削除された職員）"
        if kind == "group":
            group = self.groups.get(int(name)) if name.isdecimal() else None
            return f"グループ「{group}」の人" if group else "（削除されたグループ）の人"
        return "（不明な指定）"

    def written(self, key: str) -> str:
        """Return a key as a person writes it."""
        kind, _, name = key.partition(":")
        number, plus, rank = name.partition("+rank:")
        if not number.isdecimal():
            return key
        if kind == "dept" and int(number) in self.departments:
            return f"dept:{'/'.join(self.departments[int(number)])}" + (f"+rank:{rank}" if plus else "")
        if kind == "user" and int(number) in self.users:
            return f"user:{self.users[int(number)].login}"
        if kind == "group" and int(number) in self.groups:
            return f"group:{self.groups[int(number)]}"
        return key
