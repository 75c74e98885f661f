"""Putting documents into the library and changing what stands there. Whoever does it must hold the right to write."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import PurePath

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import durable
from madoguchi.audit.record import record
from madoguchi.library import access, blobs, family, ingest, numbers, readings, scanning
from madoguchi.library.folders import checked_keys
from madoguchi.library.models import Blob, Document, Folder, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people.access import Scope, Zone, scope_of, scope_of_operator
from madoguchi.people.models import Classification, Tenant, User
from madoguchi.readers.problems import wants_password
from madoguchi.web import fiscal_years

NAME_MAX_CHARACTERS = 255
RETRIED = (Version.Status.FAILED, Version.Status.UNSUPPORTED, Version.Status.SCANNING)
YEARS = range(1989, 2100)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class NameTaken(Refused):
    """A document of this name stands in the folder; say whether to replace it or to keep both."""

    def __init__(self, document: Document) -> None:
        super().__init__(
            _("同じ名前の文書があります。新しい版として置き換えるか、別名で登録するかを選んでください。"), "clash"
        )
        self.document = document


class SameContent(Refused):
    """The bytes are those of the current version; nothing was added."""

    def __init__(self, version: Version) -> None:
        super().__init__(_("登録済みの版と同じ内容です。新しい版は作りませんでした。"), "file")
        self.version = version


def file_name_of(text: str) -> str:
    """Return the name to show for a file: data only, never a path. NFC, last part, nothing invisible."""
    name = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).replace("\\", "/").rsplit("/", 1)[-1].strip()
    name = re.sub(r"^[A-Za-z]:", "", name).strip()
    if name.strip(".") == "":
        name = _("名称未設定")
    if len(name) > NAME_MAX_CHARACTERS:
        suffix = PurePath(name).suffix[:20]
        name = name[: NAME_MAX_CHARACTERS - len(suffix)] + suffix
    return name


def add_file(
    tenant: Tenant,
    folder: Folder,
    file: blobs.File,
    name: str,
    user: User | None = None,
    *,
    scope: Scope | None = None,
    zone: Zone | None = None,
    replace: bool = False,
    rename: bool = False,
    title: str = "",
    classification: int | None = None,
    readers: Iterable[str] = (),
    department_name: str = "",
    fiscal_year: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Version:
    """Keep a file as a document of a folder, or with `replace` as the next version of the one of that name,
    and start its ingestion once the caller's transaction has ended.

    `scope` is that of the request; without it that of the user in the office's network, and without a user that of
    the operator. `zone` is where the file came from; unsaid, where the request stands. The classification is never
    under the folder's, and unsaid it is the office's default (A4).
    Raises NotFound without the right to write here, Refused for what the file is, NameTaken, SameContent.
    """
    scope = scope or (scope_of(user, "internal") if user else scope_of_operator(tenant))
    if scope.tenant_id != tenant.pk or not access.may_write(scope, folder):
        raise NotFound
    name = file_name_of(name)
    check_names(name, title)
    keys = checked_keys(tenant, readers)
    checked_years(fiscal_year, valid_from, valid_to)
    lowest = access.effective_classification(folder.pk, access.places(tenant.pk))
    wanted = max(classification or default_classification(), lowest)
    _check_own_sight(scope, keys, wanted)
    with _kept(tenant, file) as blob:
        document = _standing(scope, folder, name)
        if document and rename:
            name, document = _free_name(scope, folder, name), None
        if document:
            _check_new(document, blob)
            if not replace:
                raise NameTaken(document)
        if document is None:
            document = Document.objects.create(
                tenant=tenant,
                folder=folder,
                title=(title.strip() or PurePath(name).stem)[:300],
                file_name=name,
                classification=wanted,
                readers=keys,
                department_name=department_name[:200],
                fiscal_year=fiscal_year,
                valid_from=valid_from,
                valid_to=valid_to,
            )
        return next_version(document, blob, user, zone or scope.zone)


def add_version(
    tenant: Tenant, document: Document, file: blobs.File, name: str, user: User | None, scope: Scope
) -> Version:
    """Keep a file as the next version of a document, under its new name when that is another."""
    with _kept(tenant, file) as blob:
        document = writable(scope, document)
        family.refuse_inner(document)
        document.file_name = file_name_of(name)
        check_names(document.file_name)
        other = _standing(scope, document.folder, document.file_name)
        if other and other != document:
            raise NameTaken(other)
        document.save(update_fields=["file_name"])
        return next_version(document, blob, user, scope.zone)


@contextmanager
def _kept(tenant: Tenant, file: blobs.File) -> Iterator[Blob]:
    """Receive a file and keep it, in a transaction with what the block makes of it."""
    try:
        with blobs.received(file) as arrived, transaction.atomic():
            if not arrived.size:
                raise Refused(_("ファイルが空です。中身のあるファイルを選んでください。"), "file")
            yield blobs.keep(tenant, arrived)
    except blobs.TooLarge:
        text = _("ファイルが大きすぎます（%sMBまで）。分割するか、管理者に上限の変更を相談してください。")
        raise Refused(text % settings.UPLOAD_MAX_MB, "file") from None


def check_names(*names: str, field: str = "file") -> None:
    """Raise Refused for a name, title or reason that holds a 個人番号: nothing of it is stored."""
    try:
        for name in names:
            numbers.check_name(name)
    except numbers.Carries:
        text = _("個人番号（マイナンバー）と思われる番号があります。番号を除いてください。何も保存していません。")
        raise Refused(text, field) from None


def _check_new(document: Document, blob: Blob) -> None:
    """Raise SameContent when the bytes are those of the document's last version."""
    last = document.versions.order_by("-number").first()
    if last and last.blob_id == blob.pk:
        raise SameContent(last)


def next_version(document: Document, blob: Blob, user: User | None, zone: str) -> Version:
    """Make kept bytes that came from a zone the next version of a document, locked, and have it read once the
    transaction has ended."""
    _check_new(document, blob)
    scanning.await_word(blob)
    last = document.versions.order_by("-number").values_list("number", flat=True).first()
    version = Version(
        tenant_id=document.tenant_id,
        document=document,
        number=(last or 0) + 1,
        blob=blob,
        uploaded_by=user,
        zone=zone,
    )
    version.media_type = readings.named_kind(version)
    version.save()
    record(
        document.tenant_id,
        _actor(user),
        "upload",
        f"document:{document.pk}",
        version=version.number,
        sha256=blob.sha256,
        size=blob.size,
        zone=zone,
    )
    transaction.on_commit(lambda: start_ingestion(version))
    return version


def start_ingestion(version: Version) -> str:
    """Write the ingestion of a version down and return the workflow's id; while one is unfinished, that one's."""
    return durable.start(ingest.ingest, str(version.pk), once=f"ingest:{version.pk}")


def retry(scope: Scope, user: User | None, version: Version) -> None:
    """Take a version up again that failed, is not yet supported, or waits for the scanner."""
    document = writable(scope, version.document)
    if version.status not in RETRIED:
        raise Refused(_("この版は処理中か、読み取り済みです。"))
    Version.objects.filter(pk=version.pk).update(status=Version.Status.QUEUED, reason="")
    record(scope.tenant_id, _actor(user), "ingest.retried", f"document:{document.pk}", version=version.number)
    transaction.on_commit(lambda: start_ingestion(version))


def unlock(scope: Scope, user: User | None, version: Version, password: str) -> None:
    """Read a version that is protected with its password, and let its ingestion go on from there.

    Raises NotFound without the right to write to it, Refused when it waits for none, and Unreadable as the readers do
    (a wrong password too). The password is kept nowhere: what it opened is.
    """
    document = writable(scope, version.document)
    if version.status != Version.Status.FAILED or not wants_password(version.reason):
        raise Refused(_("この版は処理中か、読み取り済みです。"))
    version.document = document
    try:
        readings.read(version, password)
    except numbers.Carries as carried:
        ingest.stop(version, carried.where, carried.certain)
        raise
    record(scope.tenant_id, _actor(user), "document.unlocked", f"document:{document.pk}", version=version.number)
    with transaction.atomic():
        retry(scope, user, version)


@transaction.atomic
def move(scope: Scope, user: User | None, document: Document, folder: Folder) -> None:
    """Put a document into another folder; needs the right to write to both."""
    document = writable(scope, document)
    family.refuse_inner(document)
    if not access.may_write(scope, folder):
        raise NotFound
    if _standing(scope, folder, document.file_name) not in (None, document):
        raise Refused(_("移動先に同じ名前の文書があります。"), "folder")
    if document.folder.reads_hidden != folder.reads_hidden:
        ingest.cut_again(Version.objects.filter(document__in=[document, *family.below(document)]))
    document.folder = folder
    lowest = access.effective_classification(folder.pk, access.places(scope.tenant_id))
    document.classification = max(document.classification, lowest)
    _changed(scope, user, document, "moved", folder=folder.pk)


@transaction.atomic
def change(
    scope: Scope,
    user: User | None,
    document: Document,
    *,
    title: str,
    readers: Iterable[str],
    classification: int,
    department_name: str = "",
    fiscal_year: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> None:
    """Set what is said of a document, who reads it, and the days on which it can be seen (both inclusive).

    Readers narrow the folder's (nobody named: as the folder). Raises Refused when its classification would be under
    the folder's, or the one who asks would lose sight of it.
    """
    document = writable(scope, document)
    checked_years(fiscal_year, valid_from, valid_to)
    if not title.strip():
        raise Refused(_("表題を入力してください。"), "title")
    check_names(title, field="title")
    if (document.title, document.fiscal_year) != (title.strip()[:300], fiscal_year):
        transaction.on_commit(lambda: durable.start(ingest.redate, str(document.pk)), robust=True)
    if document.title != title.strip()[:300]:
        # The title is found by too: its words stand with every passage.
        document.untold = Document.Untold.WORDS
    document.title, document.department_name = title.strip()[:300], department_name.strip()[:200]
    document.fiscal_year, document.valid_from, document.valid_to = fiscal_year, valid_from, valid_to
    _narrow(scope, document, readers, classification)
    family.checked_inner(document)
    _changed(scope, user, document, "described", readers=document.readers, classification=int(classification))


@transaction.atomic
def restrict(scope: Scope, user: User | None, document: Document, readers: Iterable[str], classification: int) -> None:
    """Narrow who reads a document within its folder and set its classification; raises Refused as `change` does."""
    document = writable(scope, document)
    _narrow(scope, document, readers, classification)
    family.checked_inner(document)
    _changed(scope, user, document, "restricted", readers=document.readers, classification=int(classification))


@transaction.atomic
def expire(scope: Scope, user: User | None, document: Document, last_day: date) -> None:
    """Let a document be seen for the last time on a day."""
    document = writable(scope, document)
    document.valid_to = last_day
    family.checked_inner(document)
    _changed(scope, user, document, "expired", last_day=last_day)


@transaction.atomic
def delete(scope: Scope, user: User | None, document: Document) -> None:
    """Take a document, with what is inside it, out of sight and out of the index at once; its bytes go after
    DOCUMENT_RETENTION_DAYS."""
    document = writable(scope, document)
    gone = [document, *family.below(document)]
    family.end(gone, timezone.now())
    for each in gone:
        record(scope.tenant_id, _actor(user), "document.deleted", f"document:{each.pk}")
    _announce(gone)


def purge(tenant: Tenant) -> int:
    """Remove documents deleted longer ago than DOCUMENT_RETENTION_DAYS, their passages and what is derived; then
    bytes that nothing needs. Return how many documents went."""
    before = timezone.now() - timedelta(days=settings.DOCUMENT_RETENTION_DAYS)
    gone = Document.objects.filter(tenant=tenant, deleted_at__lt=before)
    count = gone.count()
    for document in gone:
        with transaction.atomic():
            record(tenant.pk, "system", "document.purged", f"document:{document.pk}")
            Document.objects.filter(pk=document.pk).update(current=None)
            document.delete()
    blobs.purge(tenant)
    return count


def default_classification() -> int:
    """Return the class of what nobody classified: the office's default, never under 2."""
    return max(Classification.named(settings.DEFAULT_CLASSIFICATION), Classification.C2)


def checked_years(fiscal_year: int | None, valid_from: date | None, valid_to: date | None) -> None:
    """Raise Refused for a fiscal year or dates that cannot be."""
    if fiscal_year is not None and fiscal_year not in YEARS:
        span = {"first": fiscal_years.shown(YEARS[0]), "last": fiscal_years.shown(YEARS[-1])}
        raise Refused(_("年度は%(first)sから%(last)sまでの間で入力してください。") % span, "fiscal_year")
    if valid_from and valid_to and valid_to < valid_from:
        raise Refused(_("公開の終了日が開始日より前です。"), "valid_to")


def _narrow(scope: Scope, document: Document, readers: Iterable[str], classification: int) -> None:
    keys = checked_keys(scope.tenant_id, readers)
    lowest = access.effective_classification(document.folder_id, access.places(scope.tenant_id))
    if classification < lowest:
        label = Classification(lowest).label
        raise Refused(_("フォルダーの機密性区分（%s）より低くはできません。") % label, "classification")
    _check_own_sight(scope, keys, classification)
    document.readers, document.classification = keys, Classification(classification)


def _check_own_sight(scope: Scope, keys: list[str], classification: int) -> None:
    """Raise Refused when the one who asks would not see the document himself."""
    if scope.everything:
        return
    if classification > scope.classification:
        raise Refused(_("あなたが閲覧できる範囲より高い機密性区分は選べません。"), "classification")
    if keys and not scope.holds(keys):
        raise Refused(
            _("この設定では、あなた自身がこの文書を開けなくなります。自分を含む閲覧者を選んでください。"), "readers"
        )


def writable(scope: Scope, document: Document) -> Document:
    """Return the document, locked and fresh; raises NotFound when this scope may not see it or not change it."""
    found = Document.objects.within(scope).select_for_update(of=("self",)).filter(pk=document.pk).first()
    if found is None or not access.may_write(scope, found.folder):
        raise NotFound
    return found


def _standing(scope: Scope, folder: Folder, name: str) -> Document | None:
    """Return the document of a name in a folder, as far as the scope sees: a hidden one does not show by a clash."""
    # What is inside a mail or an archive has its name there, not in the folder.
    found = Document.objects.within(scope).filter(folder=folder, parent=None, file_name__iexact=name)
    return found.order_by("created_at").first()


def _free_name(scope: Scope, folder: Folder, name: str) -> str:
    path = PurePath(name)
    for number in range(2, 10_000):
        candidate = f"{path.stem[:230]} ({number}){path.suffix[:20]}"
        if _standing(scope, folder, candidate) is None:
            return candidate
    raise Refused(_("同じ名前の文書が多すぎます。名前を変えて登録してください。"), "file")


def _changed(scope: Scope, user: User | None, document: Document, what: str, **detail: object) -> None:
    before = Document.objects.values_list("classification", flat=True).get(pk=document.pk)
    document.untold = max(document.untold, Document.Untold.PLACE)
    document.save()
    inner = family.follow(document, before)
    record(scope.tenant_id, _actor(user), "document.changed", f"document:{document.pk}", what=what, **detail)
    _announce([document, *inner])


def _announce(documents: list[Document]) -> None:
    """Tell the index of changed documents once the transaction has ended."""
    transaction.on_commit(lambda: ingest.announce_changes(documents))


def _actor(user: User | None) -> str:
    return f"user:{user.pk}" if user else "operator"
