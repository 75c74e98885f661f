"""The folder tree: made, renamed, moved, and opened or closed to people."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from madoguchi.audit.record import record
from madoguchi.library import access, ingest
from madoguchi.library.access import Place
from madoguchi.library.models import Document, Folder, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification, Department, Group, Tenant, User

NAME_MAX_CHARACTERS = 200
DEPTH_MAX = 20
_KEY = re.compile(r"public|staff|rank:\d{1,3}|(dept|user|group):\d{1,18}|dept:\d{1,18}\+rank:\d{1,3}")


@dataclass(frozen=True)
class Node:
    """A folder as a scope sees it: how many documents it sees there, and the folders below."""

    folder: Folder
    documents: int
    children: "list[Node]"


def tree(scope: Scope) -> list[Node]:
    """Return the top folders that a scope passes, each with those below that it passes too."""
    folders = list(Folder.objects.within(scope))
    counts: dict[int, int] = {}
    for folder_id in Document.objects.within(scope).filter(parent=None).values_list("folder_id", flat=True):
        counts[folder_id] = counts.get(folder_id, 0) + 1
    below: dict[int | None, list[Folder]] = {}
    for folder in folders:
        below.setdefault(folder.parent_id, []).append(folder)

    def nodes(parent: int | None) -> list[Node]:
        return [Node(folder, counts.get(folder.pk, 0), nodes(folder.pk)) for folder in below.get(parent, [])]

    return nodes(None)


def may_manage(scope: Scope, actor: User, folder: Folder) -> bool:
    """Return whether a person may arrange a folder: who writes to it, and an administrator who can see it.

    Arranging is not reading: an administrator gains no sight by it that he did not have.
    """
    seen = folder.tenant_id == scope.tenant_id and (scope.everything or folder.key in scope.keys)
    return seen and (actor.is_administrator or access.may_write(scope, folder))


def path_of(folder: Folder) -> list[Folder]:
    """Return a folder and all above it, the top first."""
    line = [folder]
    while line[0].parent is not None:
        line.insert(0, line[0].parent)
    return line


def folder_of_path(
    tenant: Tenant,
    path: str,
    create: bool = False,
    readers: Sequence[str] = (),
    classification: int = Classification.C1,
) -> Folder:
    """Return the folder at a path such as `公開/例規`; for the operator, who may all.

    With `create`, missing folders are made; the last of them gets the readers and the classification, and so does
    a new top folder (which would open to nobody without). Raises Refused when it is missing or a name cannot be.
    """
    names = [_name(part) for part in path.replace("／", "/").split("/") if part.strip()]
    if not names:
        raise Refused(_("フォルダー名を指定してください。"), "folder")
    folder: Folder | None = None
    for place, name in enumerate(names):
        found = Folder.objects.filter(tenant=tenant, parent=folder, name=name).first()
        if found is None:
            if not create:
                raise Refused(_("フォルダーがありません: %s") % path, "folder")
            mine = place == len(names) - 1 or folder is None
            found = Folder.objects.create(
                tenant=tenant,
                parent=folder,
                name=name,
                readers=checked_keys(tenant, readers) if mine else [],
                classification=classification if place == len(names) - 1 else Classification.C1,
            )
            record(tenant.pk, "operator", "folder.made", f"folder:{found.pk}")
        folder = found
    assert folder is not None
    return folder


def checked_keys(tenant: Tenant | int, keys: Iterable[str]) -> list[str]:
    """Return access keys, each once; raises Refused for one that people cannot hold here."""
    tenant_id = tenant if isinstance(tenant, int) else tenant.pk
    wanted = list(dict.fromkeys(keys))
    for key in wanted:
        if not _KEY.fullmatch(key):
            raise Refused(_("閲覧者の指定が正しくありません。"), "readers")
        kind, _mark, rest = key.partition(":")
        number = int(rest.partition("+")[0]) if rest else 0
        known: dict[str, QuerySet[Any]] = {
            "dept": Department.objects.all(),
            "group": Group.objects.all(),
            "user": User.objects.all(),
        }
        if kind in known and not known[kind].filter(tenant_id=tenant_id, pk=number).exists():
            raise Refused(_("閲覧者に指定した所属・グループ・職員が見つかりません。"), "readers")
    return wanted


@transaction.atomic
def make(
    scope: Scope,
    actor: User,
    parent: Folder | None,
    name: str,
    readers: Iterable[str] = (),
    classification: int = Classification.C1,
) -> Folder:
    """Make a folder: under one that this scope may write to, or, for an administrator, at the top.

    A new top folder needs readers; its maker need not be among them (administration is not reading).
    """
    keys = checked_keys(scope.tenant_id, readers)
    if parent is None:
        if not actor.is_administrator:
            raise NotFound
        if not keys:
            raise Refused(_("最上位のフォルダーには、閲覧できる人を1つ以上選んでください。"), "readers")
    else:
        if not may_manage(scope, actor, parent):
            raise NotFound
        if len(path_of(parent)) >= DEPTH_MAX:
            raise Refused(_("フォルダーの階層が深すぎます（%s階層まで）。") % DEPTH_MAX, "name")
    name = _free_name(scope.tenant_id, parent, name)
    folder = Folder.objects.create(
        tenant_id=scope.tenant_id, parent=parent, name=name, readers=keys, classification=classification
    )
    record(scope.tenant_id, f"user:{actor.pk}", "folder.made", f"folder:{folder.pk}", readers=keys)
    return folder


@transaction.atomic
def rename(scope: Scope, actor: User, folder: Folder, name: str) -> None:
    """Give a folder another name; raises NotFound without the right, Refused when the name is taken."""
    if not may_manage(scope, actor, folder):
        raise NotFound
    folder.name = _free_name(scope.tenant_id, folder.parent, name, folder)
    folder.save(update_fields=["name"])
    record(scope.tenant_id, f"user:{actor.pk}", "folder.renamed", f"folder:{folder.pk}")


@transaction.atomic
def move(scope: Scope, actor: User, folder: Folder, parent: Folder) -> None:
    """Put a folder under another; needs the right to write to both, and to where it comes from."""
    if not (may_manage(scope, actor, folder) and may_manage(scope, actor, parent)):
        raise NotFound
    if folder in path_of(parent):
        raise Refused(_("フォルダーを、その中のフォルダーへは移せません。"), "parent")
    if len(path_of(parent)) >= DEPTH_MAX:
        raise Refused(_("フォルダーの階層が深すぎます（%s階層まで）。") % DEPTH_MAX, "parent")
    _free_name(scope.tenant_id, parent, folder.name, folder)
    folder.parent = parent
    folder.save(update_fields=["parent"])
    record(scope.tenant_id, f"user:{actor.pk}", "folder.moved", f"folder:{folder.pk}", to=parent.pk)
    _raise_documents(scope.tenant_id, folder.pk)


@transaction.atomic
def open_to(
    scope: Scope, actor: User, folder: Folder, readers: Iterable[str], writers: Iterable[str], classification: int
) -> None:
    """Set who reads and writes a folder and its classification.

    Documents below are raised to the folder's classification, never lowered. Raises Refused when the one who
    changes it would shut himself out of writing here: nobody could then undo it.
    """
    if not may_manage(scope, actor, folder):
        raise NotFound
    before = access.places(scope.tenant_id)
    folder.readers = checked_keys(scope.tenant_id, readers)
    folder.writers = checked_keys(scope.tenant_id, writers)
    folder.classification = Classification(classification)
    if folder.parent_id is None and not folder.readers:
        raise Refused(_("最上位のフォルダーには、閲覧できる人を1つ以上選んでください。"), "readers")
    after = before | {folder.pk: _place(folder)}
    if not scope.everything and not _still_manages(scope, actor, folder.pk, after):
        raise Refused(
            _(
                "この設定では、あなた自身がこのフォルダーを管理できなくなります。自分を含む閲覧者・登録者を選んでください。"
            ),
            "readers",
        )
    folder.save(update_fields=["readers", "writers", "classification"])
    record(
        scope.tenant_id,
        f"user:{actor.pk}",
        "folder.changed",
        f"folder:{folder.pk}",
        readers=folder.readers,
        writers=folder.writers,
        classification=int(classification),
    )
    _raise_documents(scope.tenant_id, folder.pk)


@transaction.atomic
def change(
    scope: Scope,
    actor: User,
    folder: Folder,
    name: str,
    readers: Iterable[str],
    writers: Iterable[str],
    classification: int,
    reads_hidden: bool | None = None,
) -> None:
    """Rename a folder, set who reads and writes it and whether hidden parts of its files are read, all or nothing."""
    if name != folder.name:
        rename(scope, actor, folder, name)
    open_to(scope, actor, folder, readers, writers, classification)
    if reads_hidden is not None and reads_hidden != folder.reads_hidden:
        folder.reads_hidden = reads_hidden
        folder.save(update_fields=["reads_hidden"])
        record(scope.tenant_id, f"user:{actor.pk}", "folder.changed", f"folder:{folder.pk}", reads_hidden=reads_hidden)
        ingest.cut_again(Version.objects.filter(document__folder=folder))


@transaction.atomic
def remove(scope: Scope, actor: User, folder: Folder) -> None:
    """Remove a folder with nothing in it; raises Refused while something is, deleted documents in retention too."""
    if not may_manage(scope, actor, folder):
        raise NotFound
    if Folder.objects.filter(tenant_id=scope.tenant_id, parent=folder).exists():
        raise Refused(_("中にフォルダーがあるため削除できません。先に中のフォルダーを移すか削除してください。"))
    if Document.objects.filter(tenant_id=scope.tenant_id, folder=folder).exists():
        raise Refused(_("文書（保存期間中の削除済み文書を含む）があるため削除できません。"))
    record(scope.tenant_id, f"user:{actor.pk}", "folder.removed", f"folder:{folder.pk}")
    folder.delete()


def preview(scope: Scope, folder: Folder, readers: Iterable[str], classification: int) -> tuple[int, int]:
    """Return how many persons would lose and gain sight of a folder by new readers and classification."""
    before = access.places(scope.tenant_id)
    changed = replace(before[folder.pk], readers=tuple(readers), classification=classification)
    people = User.objects.filter(tenant_id=scope.tenant_id, is_active=True)
    return access.sight([folder.pk], before, before | {folder.pk: changed}, people)


def below(tenant_id: int, folder_id: int) -> set[int]:
    """Return the ids of a folder and of all below it."""
    tree_of_all = access.places(tenant_id)
    return {pk for pk in tree_of_all if any(place.pk == folder_id for place in access.line_of(pk, tree_of_all))}


def _place(folder: Folder) -> Place:
    return Place(folder.pk, folder.parent_id, tuple(folder.readers), tuple(folder.writers), folder.classification)


def _still_manages(scope: Scope, actor: User, folder_id: int, tree_after: dict[int, Place]) -> bool:
    passes = folder_id in access.passed(tree_after, scope.keys, scope.classification)
    writes = not scope.keys.isdisjoint(access.writers_of(folder_id, tree_after))
    return passes and (writes or actor.is_administrator)


def _raise_documents(tenant_id: int, folder_id: int) -> None:
    """Bring the classification of documents up to that of the folders they lie in: unsaid is never lower (A4)."""
    tree_of_all = access.places(tenant_id)
    changed: list[Document] = []
    for pk in below(tenant_id, folder_id):
        lowest = access.effective_classification(pk, tree_of_all)
        for document in Document.objects.filter(tenant_id=tenant_id, folder_id=pk, classification__lt=lowest):
            document.classification = Classification(lowest)
            document.untold = max(document.untold, Document.Untold.PLACE)
            document.save(update_fields=["classification", "untold"])
            changed.append(document)

    transaction.on_commit(lambda: ingest.announce_changes(changed))


def _name(text: str) -> str:
    name = unicodedata.normalize("NFC", text).strip()
    if not name or name in (".", "..") or any(ord(character) < 32 or character in "/\\" for character in name):
        raise Refused(_("フォルダー名を入力してください（/ と \\ は使えません）。"), "name")
    if len(name) > NAME_MAX_CHARACTERS:
        raise Refused(_("フォルダー名が長すぎます（%s文字まで）。") % NAME_MAX_CHARACTERS, "name")
    return name


def _free_name(tenant_id: int, parent: Folder | None, text: str, itself: Folder | None = None) -> str:
    name = _name(text)
    same = Folder.objects.filter(tenant_id=tenant_id, parent=parent, name=name)
    if any(other != itself for other in same):
        raise Refused(_("同じ名前のフォルダーがあります。別の名前にしてください。"), "name")
    return name
