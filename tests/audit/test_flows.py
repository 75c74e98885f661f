"""Each thing that is done leaves its event, with digests and ids and no text of persons."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from madoguchi.audit.models import Event
from madoguchi.audit.record import digest
from madoguchi.audit.verify import verify
from madoguchi.library import ingest
from madoguchi.library.folders import folder_of_path
from madoguchi.library.models import Version
from tests.conftest import PASSWORD

QUESTION = "粗大ごみの手数料はいくらですか"
TEXT = "粗大ごみの手数料は1点500円です。申込みは電話で受け付けます。"


@pytest.fixture
def actions(office):
    """Return a function: the actions on the record since it was last called."""
    seen = [0]

    def since() -> list[str]:
        rows = Event.objects.filter(tenant=office, number__gt=seen[0])
        seen[0] += len(rows)
        return [row.action for row in rows]

    return since


@pytest.fixture
def shelf(office):
    return folder_of_path(office, "庁内", create=True, readers=["staff"], classification=2)


def upload(client: Client, folder: int) -> Version:
    file = SimpleUploadedFile("粗大ごみ.txt", TEXT.encode())
    client.post(f"/library/folder/{folder}/upload/", {"files": file, "classification": 2})
    version = Version.objects.get()
    ingest.ingest(str(version.pk))
    return version


@pytest.mark.req("L1")
def test_signing_in_and_out_and_failing_to(actions, make_user):
    make_user("sato", is_administrator=True)
    make_user("tanaka")
    client = Client()
    client.post("/sign-in/", {"login": "tanaka", "password": "wrong"})
    assert actions() == ["sign-in.failed"]
    client.post("/sign-in/", {"login": "tanaka", "password": PASSWORD})
    assert actions() == ["sign-in"]
    client.post("/sign-out/")
    assert "sign-out" in actions()


@pytest.mark.req("L1")
def test_uploading_opening_downloading_changing_and_deleting_a_document(actions, shelf, make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    actions()
    version = upload(client, shelf.pk)
    assert "upload" in actions()
    address = f"/library/document/{version.document_id}"
    client.get(f"{address}/")
    assert "document.opened" in actions()
    client.get(f"{address}/version/1/file/")
    assert "download" in actions()
    client.post(f"{address}/delete/")
    assert "document.deleted" in actions()


@pytest.mark.req("L1")
def test_a_question_with_the_passages_it_was_given(actions, shelf, office, make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    version = upload(client, shelf.pk)
    actions()
    client.post("/ask/", {"q": QUESTION})
    assert {"question", "passages.given"} <= set(actions())
    event = Event.objects.filter(tenant=office, action="question").latest("number")
    assert event.detail["question"] == digest(QUESTION)
    given = Event.objects.filter(tenant=office, action="passages.given").latest("number")
    assert str(version.passages.get().pk) in json.dumps(given.detail)


@pytest.mark.req("L1")
def test_the_record_holds_no_words_of_questions_or_documents_and_is_whole(shelf, office, make_user, signed_in):
    client = signed_in(make_user("tanaka"))
    upload(client, shelf.pk)
    client.post("/ask/", {"q": QUESTION})
    client.get("/search/", {"q": QUESTION})
    written = json.dumps(list(Event.objects.filter(tenant=office).values()), ensure_ascii=False, default=str)
    assert "手数料" not in written
    assert verify(office.pk).bad is None
