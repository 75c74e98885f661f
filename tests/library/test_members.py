"""Files inside a mail or an archive are documents of their own, never open to more people than what they came in."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse

from madoguchi.library import folders, ingest, members, store
from madoguchi.library.models import Blob, Document, Passage, Version
from madoguchi.library.refused import Refused
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.keys import parse
from madoguchi.people.models import Classification
from madoguchi.readers.read import member as bytes_of

pytestmark = pytest.mark.django_db
CANARY = "なかみのかなりあ"


def zipped(files: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def mail(body: str = "本文です。", **attached: bytes) -> bytes:
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "通知", "a@city.kazami.example", "b@city.kazami.example"
    made.set_content(body)
    for name, content in attached.items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{name}.txt")
    return made.as_bytes()


def read_all() -> None:
    """Read whatever waits, and what comes out of it."""
    while waiting := [str(pk) for pk in queued()]:
        for pk in waiting:
            ingest.ingest(pk)


def queued() -> list[UUID]:
    from madoguchi.library.models import Version

    return list(Version.objects.filter(status="queued", document__deleted_at=None).values_list("pk", flat=True))


def inside(document: Document) -> list[str]:
    rows = Document.objects.filter(parent=document, deleted_at=None)
    return sorted(rows.values_list("file_name", flat=True))


def child_of(document: Document, name: str) -> Document:
    return Document.objects.get(parent=document, file_name=name, deleted_at=None)


def current(document: Document) -> Version:
    """The version that is found, as it stands in the database."""
    assert document.current_id
    return Version.objects.get(pk=document.current_id)


@pytest.fixture
def operator(office):
    return scope_of_operator(office)


def test_attachments_are_documents_of_their_own(add_document, shelf):
    version = add_document(shelf, mail(様式=f"{CANARY}の様式".encode()), "通知.eml", department_name="福祉部")
    read_all()
    child = child_of(version.document, "様式.txt")
    assert (child.folder, child.classification, child.department_name) == (shelf, 2, "福祉部")
    assert child.current is not None and child.current.status == "ready"
    assert [passage.text for passage in Passage.objects.filter(version=child.current)] == [f"{CANARY}の様式"]
    assert "様式.txt" in Passage.objects.filter(version=version)[0].text


def test_an_archive_is_found_by_the_names_in_it_and_its_files_by_their_place(add_document, shelf):
    content = zipped({"要綱/第1号様式.txt": "一", "要綱/別表/第1号様式.txt": "二", "様式.TXT": "三", "様式.txt": "四"})
    version = add_document(shelf, content, "様式集.zip")
    read_all()
    assert inside(version.document) == ["様式 (2).txt", "様式.TXT", "第1号様式 (2).txt", "第1号様式.txt"]
    assert child_of(version.document, "第1号様式 (2).txt").title == "要綱 › 別表 › 第1号様式 (2)"
    assert "要綱/別表/第1号様式.txt" in "".join(row.text for row in Passage.objects.filter(version=version))


def test_reading_again_makes_no_second_document(add_document, shelf):
    version = add_document(shelf, zipped({"a.txt": "一", "b.txt": "二"}), "a.zip")
    read_all()
    before = sorted(Document.objects.values_list("pk", "current"))
    ingest.ingest(str(version.pk))
    read_all()
    assert sorted(Document.objects.values_list("pk", "current")) == before


def test_a_kill_after_some_were_taken_out_makes_none_twice(add_document, shelf, monkeypatch):
    version = add_document(shelf, zipped({"a.txt": "一", "b.txt": "二", "c.txt": "三"}), "a.zip")
    Document.objects.filter(parent=version.document, file_name="c.txt").delete()
    assert members.take_out(version) == ""
    assert inside(version.document) == ["a.txt", "b.txt", "c.txt"]
    assert Document.objects.filter(parent=version.document).count() == 3


def test_a_new_version_brings_takes_away_and_replaces_what_is_inside(office, add_document, shelf):
    first = add_document(shelf, zipped({"同じ.txt": "一", "別.txt": "二", "消.txt": "三"}), "a.zip")
    read_all()
    gone = child_of(first.document, "消.txt")
    second = add_document(shelf, zipped({"同じ.txt": "一", "別.txt": "二の二", "新.txt": "四"}), "a.zip", replace=True)
    read_all()
    assert second.document == first.document
    assert inside(first.document) == ["別.txt", "同じ.txt", "新.txt"]
    assert child_of(first.document, "同じ.txt").versions.count() == 1
    assert current(child_of(first.document, "別.txt")).number == 2
    gone.refresh_from_db()
    assert gone.deleted_at is not None
    # The older version, read again, changes nothing of what the newer one holds.
    ingest.ingest(str(first.pk))
    assert inside(first.document) == ["別.txt", "同じ.txt", "新.txt"]
    add_document(shelf, zipped({"消.txt": "三"}), "a.zip", replace=True)
    assert inside(first.document) == ["消.txt"]


def test_a_version_without_anything_inside_takes_all_away(add_document, shelf):
    first = add_document(shelf, mail(様式="一".encode()), "通知.eml")
    assert inside(first.document) == ["様式.txt"]
    add_document(shelf, mail("本文だけです。"), "通知.eml", replace=True)
    assert inside(first.document) == []


def test_what_somebody_deleted_does_not_come_back_by_reading_again(add_document, shelf, operator):
    version = add_document(shelf, zipped({"a.txt": "一", "b.txt": "二"}), "a.zip")
    store.delete(operator, None, child_of(version.document, "a.txt"))
    ingest.ingest(str(version.pk))
    assert inside(version.document) == ["b.txt"]


def test_archives_in_archives_are_opened_to_the_limit_and_no_deeper(add_document, shelf, settings):
    settings.MEMBERS_MAX_DEPTH = 2
    content = zipped({"底.txt": "底"})
    for name in ("三.zip", "二.zip", "一.zip"):
        content = zipped({name: content})
    top = add_document(shelf, content, "上.zip").document
    read_all()
    first = child_of(top, "一.zip")
    second = child_of(first, "二.zip")
    assert inside(second) == []
    assert "2段を超える" in current(second).reason
    assert current(second).status == "ready"


@pytest.mark.req("E2")
def test_more_files_than_the_limit_are_not_taken_out_and_it_says_so(add_document, shelf, settings):
    settings.MEMBERS_MAX = 3
    inner = zipped({f"{number}.txt": "x" for number in range(5)})
    version = add_document(shelf, zipped({"a.zip": inner, "b.txt": "b"}), "多.zip")
    read_all()
    held = Document.objects.filter(parent__isnull=False).count()
    assert held == 3
    inner_version = current(child_of(version.document, "a.zip"))
    assert "4件は取り出していません" in inner_version.reason
    # Read again, those that stand are none too many.
    ingest.ingest(str(version.pk))
    version.refresh_from_db()
    assert version.reason == ""


@pytest.mark.req("E2")
@pytest.mark.django_db(transaction=True)
def test_two_archives_unpacked_at_the_same_time_hold_no_more_than_the_limit(add_document, shelf, settings, monkeypatch):
    settings.MEMBERS_MAX = 3
    top = add_document(shelf, zipped({f"{name}.zip": zipped({f"{name}.txt": name}) for name in "ab"}), "a.zip")
    together = Barrier(2, timeout=20)

    def once_both_have_found_room(*asked: Any) -> bytes:
        together.wait()
        return bytes_of(*asked)

    def take_out(name: str) -> str:
        try:
            return members.take_out(Version.objects.get(document=child_of(top.document, name)))
        finally:
            connection.close()

    for name in ("a.zip", "b.zip"):
        ingest.read(str(Version.objects.get(document=child_of(top.document, name)).pk))
    monkeypatch.setattr(members, "bytes_of", once_both_have_found_room)
    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(take_out, ["a.zip", "b.zip"]))
    assert Document.objects.filter(parent__isnull=False, deleted_at=None).count() == 3
    assert said[0] == "" and "1件は取り出していません" in said[1]


@pytest.mark.req("E2")
def test_more_bytes_than_the_limit_are_not_taken_out(add_document, shelf, settings):
    settings.MEMBERS_MAX_MB = 1
    version = add_document(shelf, zipped({"a.txt": "x" * 700_000, "b.txt": "y" * 700_000}), "大.zip")
    assert inside(version.document) == ["a.txt"]
    assert "合計1MB" in version.reason


def test_a_file_larger_than_an_upload_may_be_is_not_taken_out(add_document, shelf, settings):
    content = zipped({"a.txt": "x" * 1_100_000, "b.txt": "y"})
    settings.UPLOAD_MAX_MB = 1
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
            for name in archive.namelist():
                again.writestr(name, archive.read(name))
    version = add_document(shelf, packed.getvalue(), "大.zip")
    assert inside(version.document) == ["b.txt"]
    assert "取り出せないファイルが1件あります（a.txt）" in version.reason


@pytest.mark.req("E5")
def test_names_inside_are_never_paths_of_the_store(add_document, shelf, tmp_path):
    names = ["../../x.txt", "/etc/passwd", "C:\\a\\b.txt", "a\0b.txt", "..", "か\u3099.txt", "が.txt", "-o x", "$(id)"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, f"content {name}")
    version = add_document(shelf, out.getvalue(), "悪.zip")
    kept = Document.objects.filter(parent=version.document)
    assert kept.count() >= 7
    for document in kept:
        assert not set(document.file_name) & {"/", "\\", "\0"} and document.file_name not in ("..", ".")
    assert all(len(blob.sha256) == 64 for blob in Blob.objects.all())
    assert len({name.casefold() for name in kept.values_list("file_name", flat=True)}) == kept.count()


@pytest.mark.req("C1")
def test_restricting_moving_and_deleting_do_the_same_to_what_is_inside(
    office, add_document, shelf, operator, make_user
):
    inner = mail(様式=CANARY.encode())
    top = add_document(shelf, zipped({"通知.eml": inner}), "a.zip").document
    read_all()
    letter = child_of(top, "通知.eml")
    form = child_of(letter, "様式.txt")
    reader = make_user("tanaka")
    seen = Document.objects.within(scope_of(reader, "internal"))
    assert set(seen) == {top, letter, form}
    key = parse(office, "dept:総務部/人事課")
    store.restrict(operator, None, top, [key], Classification.C2)
    assert not Document.objects.within(scope_of(reader, "internal")).exists()
    form.refresh_from_db()
    assert (form.readers, form.access_key, form.untold) == ([key], f"document:{form.pk}", Document.Untold.PLACE)
    store.restrict(operator, None, top, [], Classification.C3A)
    form.refresh_from_db()
    assert form.classification == Classification.C3A
    store.restrict(operator, None, top, [], Classification.C2)
    form.refresh_from_db()
    assert form.classification == Classification.C2
    elsewhere = folders.folder_of_path(office, "庁内/別", create=True)
    store.move(operator, None, top, elsewhere)
    form.refresh_from_db()
    assert (form.folder, form.access_key) == (elsewhere, f"folder:{elsewhere.pk}")
    store.delete(operator, None, top)
    form.refresh_from_db()
    letter.refresh_from_db()
    assert form.deleted_at and letter.deleted_at
    ingest.ingest(str(form.versions.get().pk))
    assert not Document.objects.within(operator).exists()


@pytest.mark.req("C1")
def test_what_is_inside_cannot_be_opened_wider_than_what_it_came_in(office, add_document, shelf, operator):
    key = parse(office, "dept:福祉部/高齢福祉課")
    top = add_document(shelf, zipped({"a.txt": "一"}), "a.zip", readers=[key], classification=3).document
    child = child_of(top, "a.txt")
    assert (child.readers, child.classification) == ([key], 3)
    same: dict[str, Any] = {"readers": [key], "classification": Classification(3)}
    store.change(operator, None, child, title="別の題", **same)
    for wider in (same | {"readers": []}, same | {"classification": Classification.C2}):
        with pytest.raises(Refused):
            store.change(operator, None, child, title="別の題", **wider)
        with pytest.raises(Refused):
            store.restrict(operator, None, child, wider["readers"], wider["classification"])
    with pytest.raises(Refused):
        store.move(operator, None, child, folders.folder_of_path(office, "庁内"))
    with pytest.raises(Refused):
        store.add_version(office, child, io.BytesIO(b"x"), "a.txt", None, operator)
    child.refresh_from_db()
    assert (child.title, child.readers, child.classification) == ("別の題", [key], 3)


def test_what_is_inside_takes_no_name_of_the_folder(add_document, shelf):
    add_document(shelf, zipped({"a.txt": "一"}), "a.zip")
    assert add_document(shelf, "別の文書", "a.txt").document.parent is None


def test_the_pages_lead_from_one_to_the_other_and_nowhere_else(add_document, shelf, make_user, signed_in):
    top = add_document(shelf, zipped({"要綱/a.txt": "一", "b.txt": "二"}), "a.zip").document
    read_all()
    child = child_of(top, "a.txt")
    client = signed_in(make_user("tanaka"))
    page = client.get(reverse("document", args=[top.pk])).content.decode()
    assert "要綱 › a" in page and reverse("document", args=[child.pk]) in page and "利用できます" in page
    page = client.get(reverse("document", args=[child.pk])).content.decode()
    assert "差し替えと移動は、元の文書で行います" in page
    for name in ("document-replace", "document-move"):
        assert reverse(name, args=[child.pk]) not in page
    assert reverse("document-delete", args=[child.pk]) in page
    assert "の中のファイルです" in page and reverse("document", args=[top.pk]) in page
    listed = client.get(reverse("folder", args=[shelf.pk])).content.decode()
    assert reverse("document", args=[top.pk]) in listed and reverse("document", args=[child.pk]) not in listed
    stranger = signed_in(make_user("other", "総務部/人事課"))
    assert stranger.get(reverse("document", args=[child.pk])).status_code == 404
