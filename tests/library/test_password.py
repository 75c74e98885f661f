"""A protected file is opened with its password once, and the password is nowhere afterwards."""

import io

import pikepdf
import pytest
from django.db import connection
from django.urls import reverse

from madoguchi.library import ingest, readings
from madoguchi.library.models import Folder, Version
from madoguchi.readers.blocks import EDITION

from .conftest import AddDocument

pytestmark = pytest.mark.django_db
PASSWORD = "かざみ-kazami-7Q"


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


@pytest.fixture
def locked(shelf: Folder, add_document: AddDocument, pdf: bytes) -> Version:
    """A PDF that waits for its password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.save(out, encryption=pikepdf.Encryption(owner="owner-9Z", user=PASSWORD, R=6))
    version = add_document(shelf, out.getvalue(), "予算.pdf")
    assert (version.status, version.passages.count()) == ("failed", 0)
    return version


def unlock(client, version: Version, password: str):
    return client.post(reverse("document-password", args=[version.document_id, version.number]), {"password": password})


def everything_under(folder) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.req("M3")
def test_the_password_is_asked_for_on_the_page_and_kept_nowhere(client, locked, home, caplog, capfd):
    page = client.get(reverse("document", args=[locked.document_id])).content.decode()
    assert "パスワードを入れて読み取る" in page
    assert 'type="password"' in page
    assert 'autocomplete="off"' in page.split('type="password"')[1].split(">")[0]
    assert unlock(client, locked, PASSWORD).status_code == 302
    locked.refresh_from_db()
    assert locked.status == "queued"
    assert ingest.ingest(str(locked.pk)) == "ready"
    assert "手数料" in "".join(locked.passages.values_list("text", flat=True))
    shown = client.get(reverse("document", args=[locked.document_id])).content.decode()
    assert "手数料" in shown
    assert "ページの画像は表示しません" in shown
    assert reverse("page-image", args=[locked.document_id, 1, 1]) not in shown
    assert client.get(reverse("page-image", args=[locked.document_id, 1, 1])).status_code == 404
    kept = everything_under(home) + caplog.text.encode() + "".join(capfd.readouterr()).encode()
    kept += repr(client.session.items()).encode()
    kept += "".join(rows_of_all_tables()).encode()
    for form in (PASSWORD.encode(), PASSWORD.encode("utf-16-le"), repr(PASSWORD).encode("ascii", "backslashreplace")):
        assert form not in kept


def rows_of_all_tables() -> list[str]:
    """Every row of the test's database as text: it has no file to be searched."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [repr(row) for row in cursor.fetchall()]
    return rows


def test_a_wrong_password_is_said_at_its_field_and_nothing_is_kept(client, locked):
    answer = unlock(client, locked, "違うもの")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "パスワードが違います" in page.split('id="id_password_error"')[1].split("</ul>")[0]
    assert "違うもの" not in page
    locked.refresh_from_db()
    assert locked.status == "failed"
    assert not readings.stands(locked)
    assert unlock(client, locked, "").status_code == 400


@pytest.mark.req("C6")
def test_who_may_not_write_or_see_gives_no_password(client, locked, shelf, make_user, signed_in):
    stranger = signed_in(make_user("suzuki", "総務部/人事課"))
    assert unlock(stranger, locked, PASSWORD).status_code == 404
    Folder.objects.filter(pk=shelf.pk).update(writers=["rank:3"])
    assert unlock(client, locked, PASSWORD).status_code == 404
    page = client.get(reverse("document", args=[locked.document_id])).content.decode()
    assert "パスワードを入れて読み取る" not in page
    assert not readings.stands(locked)


def test_what_was_opened_once_stays_when_newer_readers_cannot_open_it(client, locked, monkeypatch):
    unlock(client, locked, PASSWORD)
    ingest.ingest(str(locked.pk))
    monkeypatch.setattr(readings, "EDITION", EDITION + 1)
    assert ingest.ingest(str(locked.pk)) == "ready"
    assert locked.passages.exists()


def test_a_version_that_waits_for_no_password_takes_none(client, shelf, add_document):
    version = add_document(shelf)
    assert unlock(client, version, PASSWORD).status_code == 302
    version.refresh_from_db()
    assert version.status == "ready"
