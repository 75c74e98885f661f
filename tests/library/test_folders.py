"""The tree, its settings, and files put in by its pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from madoguchi.library.models import Document, Folder, Version

pytestmark = pytest.mark.django_db
JSON = {"headers": {"Accept": "application/json"}}


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


@pytest.fixture
def administrator(make_user, signed_in):
    return signed_in(make_user("admin", "総務部/人事課", is_administrator=True))


def file(name: str = "手引き.md", content: str = "# a\n\n本文です。") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode())


def test_an_empty_library_says_what_to_do(client, administrator, office):
    assert "情報政策の担当に相談" in client.get(reverse("library")).content.decode()
    assert "最上位のフォルダーを作る" in administrator.get(reverse("library")).content.decode()


def test_the_tree_shows_what_one_passes(client, administrator, shelf, staff_folder):
    assert "高齢<" in client.get(reverse("library")).content.decode()
    assert "高齢<" not in administrator.get(reverse("library")).content.decode()


def test_a_plain_form_sends_many_files(client, shelf):
    address = reverse("upload", args=[shelf.pk])
    answer = client.post(
        address, {"files": [file(), file("b.md", "# b\n\nb")], "classification": "2", "fiscal_year": "2026"}
    )
    assert answer.status_code == 302
    assert set(Document.objects.values_list("file_name", "fiscal_year")) == {("手引き.md", 2026), ("b.md", 2026)}
    body = client.get(reverse("folder", args=[shelf.pk])).content.decode()
    assert "手引き" in body
    assert "待機中" in body


def test_a_script_sends_one_file_and_is_asked_when_the_name_is_taken(client, shelf):
    address = reverse("upload", args=[shelf.pk])
    first = client.post(address, {"files": file(), "classification": "2"}, **JSON)
    assert (first.status_code, first.json()["status"], first.json()["finished"]) == (201, "queued", False)
    taken = client.post(address, {"files": file(content="# a\n\n別の本文"), "classification": "2"}, **JSON)
    assert (taken.status_code, taken.json()["clash"]) == (409, True)
    replaced = client.post(
        address, {"files": file(content="# a\n\n別"), "classification": "2", "clash": "replace"}, **JSON
    )
    assert (replaced.status_code, replaced.json()["version"]) == (201, 2)
    beside = client.post(
        address, {"files": file(content="# a\n\n外"), "classification": "2", "clash": "rename"}, **JSON
    )
    assert beside.json()["name"] == "手引き (2).md"
    assert client.post(address, {"classification": "2"}, **JSON).status_code == 400
    assert client.post(address, {"files": file(), "classification": "5"}, **JSON).status_code == 400


def test_a_refused_file_keeps_what_was_typed(client, shelf):
    answer = client.post(
        reverse("upload", args=[shelf.pk]), {"files": [file("空.md", "")], "classification": "3", "fiscal_year": "2026"}
    )
    body = answer.content.decode()
    assert answer.status_code == 400
    assert "空.md: ファイルが空です。" in body
    assert 'value="2026"' in body


@pytest.mark.req("C11")
def test_an_upload_sets_no_owner_tenant_or_keys(client, shelf, make_user, office):
    other = make_user("other")
    client.post(
        reverse("upload", args=[shelf.pk]),
        {
            "files": file(),
            "classification": "2",
            "tenant": "9",
            "uploaded_by": other.pk,
            "user": other.pk,
            "readers": "public",
            "readers-keys": "public",
            "access_key": "public",
            "number": "7",
            "status": "ready",
            "folder": "1",
        },
    )
    version = Version.objects.select_related("document").get()
    assert version.uploaded_by is not None
    assert version.uploaded_by.login == "tanaka"
    assert (version.tenant, version.number, version.status) == (office, 1, "queued")
    assert (version.document.readers, version.document.access_key) == ([], shelf.key)


def test_status_answers_for_ones_own_documents(client, shelf, add_document):
    version = add_document(shelf)
    found = client.get(reverse("library-status"), {"id": str(version.document_id)}).json()["documents"]
    assert [(each["id"], each["status"], bool(each["found"])) for each in found] == [
        (str(version.document_id), "ready", True)
    ]
    assert client.get(reverse("library-status"), {"id": "x"}).status_code == 404


def test_an_administrator_makes_a_top_folder_for_others(administrator, client, office):
    address = reverse("folder-new")
    assert client.get(address).status_code == 404
    assert administrator.post(address, {"name": "福祉", "classification": "2", "act": "save"}).status_code == 400
    from ..conftest import department as department_of

    fields = {
        "name": "福祉",
        "classification": "2",
        "readers-department": department_of(office, "福祉部").pk,
        "readers-rank": "1",
    }
    looked = administrator.post(address, fields | {"act": "look"}).content.decode()
    assert "福祉部の主事以上" in looked
    assert administrator.post(address, fields | {"act": "save"}).status_code == 302
    made = Folder.objects.get()
    assert made.readers == [f"dept:{department_of(office, '福祉部').pk}+rank:1"]
    assert client.get(reverse("folder", args=[made.pk])).status_code == 200
    assert administrator.get(reverse("folder", args=[made.pk])).status_code == 404


def test_settings_say_what_a_change_would_do_before_it_is_made(client, administrator, make_user, shelf):
    make_user("yamada")
    make_user("kacho", position="課長")
    address = reverse("folder-settings", args=[shelf.pk])
    fields = {"name": "高齢", "classification": "1"}
    manager = make_user("kacho2", position="課長")
    body = client.post(address, fields | {"act": "look", "readers-keys": [f"user:{manager.pk}"]}).content.decode()
    assert "見えなくなる人 3人" in body
    assert Folder.objects.get(pk=shelf.pk).readers == shelf.readers
    shut = client.post(address, fields | {"act": "save", "readers-keys": [f"user:{manager.pk}"]})
    assert shut.status_code == 400
    assert "管理できなくなります" in shut.content.decode()
    assert (
        client.post(address, fields | {"name": "高齢者", "act": "save", "readers-keys": shelf.readers}).status_code
        == 302
    )
    assert Folder.objects.get(pk=shelf.pk).name == "高齢者"


def test_folders_are_made_moved_and_removed_by_who_writes_there(client, shelf, staff_folder):
    client.post(reverse("folder-new") + f"?parent={shelf.pk}", {"name": "要綱", "classification": "1", "act": "save"})
    made = Folder.objects.get(name="要綱")
    assert made.parent == shelf
    assert (
        client.post(
            reverse("folder-new") + f"?parent={shelf.pk}", {"name": "要綱", "classification": "1", "act": "save"}
        ).status_code
        == 400
    )
    client.post(reverse("folder-move", args=[made.pk]), {"folder": staff_folder.pk})
    made.refresh_from_db()
    assert made.parent == staff_folder
    client.post(reverse("folder-move", args=[staff_folder.pk]), {"folder": made.pk})
    staff_folder.refresh_from_db()
    assert staff_folder.parent is None
    client.post(reverse("folder-remove", args=[made.pk]))
    assert not Folder.objects.filter(name="要綱").exists()
    client.post(reverse("upload", args=[shelf.pk]), {"files": file(), "classification": "2"})
    client.post(reverse("folder-remove", args=[shelf.pk]))
    assert Folder.objects.filter(pk=shelf.pk).exists()
