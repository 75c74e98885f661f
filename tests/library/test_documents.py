"""The page of a document, and what is reached through it."""

import re
import uuid

import pytest
from django.urls import reverse

from madoguchi.audit.models import Event
from madoguchi.library import store
from madoguchi.library.models import Document, Passage, Version
from madoguchi.people.keys import parse

from .conftest import CANARY

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


def page(shown: Version, **query: object) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{reverse('document', args=[shown.document_id])}?{asked}"


def test_a_document_opens_with_its_text_and_says_who_sees_it_and_why(client, shelf, add_document):
    body = client.get(page(add_document(shelf))).content.decode()
    assert "住民票の写しは300円です。" in body
    assert "フォルダー「庁内」: 職員全員" in body
    assert "福祉部 高齢福祉課の職員（あなたは「福祉部 高齢福祉課の職員」として閲覧できます）" in body
    assert Event.objects.filter(action="document.opened").count() == 1


def test_the_cited_part_is_marked_in_text(client, shelf, add_document):
    version = add_document(shelf)
    passage = version.passages.get(heading=["窓口"])
    body = client.get(page(version, passage=passage.pk)).content.decode()
    assert re.findall(r"<mark>(.*?)</mark>", body) == ["平日の9時から17時まで。"]


def test_a_page_of_a_pdf_has_its_image_its_words_and_the_cited_lines_marked(client, shelf, add_document, pdf):
    version = add_document(shelf, pdf, "手数料条例.pdf")
    assert version.status == "ready", version.reason
    passage = next(each for each in version.passages.all() if each.locator["page"] == 2 and each.locator["boxes"])
    body = client.get(page(version, passage=passage.pk)).content.decode()
    assert reverse("page-image", args=[version.document_id, 1, 2]) in body
    assert body.count('<rect class="mark"') == len(passage.locator["boxes"])
    assert body.count('<text class="layer"') > 5
    image = client.get(reverse("page-image", args=[version.document_id, 1, 2]))
    assert image["Content-Type"] == "image/png"
    assert image.content.startswith(b"\x89PNG")
    assert image["Cache-Control"] == "no-store, private"
    data = client.get(reverse("page-data", args=[version.document_id, 1, 2]) + f"?passage={passage.pk}").json()
    assert data["marks"] == passage.locator["boxes"]
    assert data["lines"]
    assert data["width"] > 100


def test_a_table_is_a_table_and_its_cited_rows_are_marked(client, shelf, add_document):
    rows = "".join(f"区分{number},{number}00\n" for number in range(1, 400))
    version = add_document(shelf, "種別,金額（円）\n" + rows, "料金.csv")
    assert version.status == "ready", version.reason
    passage = version.passages.get(text__contains="区分350　")
    body = client.get(page(version, passage=passage.pk)).content.decode()
    marked = re.findall(r'<tr class="marked"><td>(.*?)</td>', body)
    assert "区分350" in marked
    assert "区分1" not in marked


def test_old_versions_open_and_their_citations_too(client, shelf, add_document):
    first = add_document(shelf)
    add_document(shelf, "# 手数料\n\n350円に変わりました。", replace=True)
    assert "350円に変わりました。" in client.get(page(first)).content.decode()
    old = client.get(page(first, version=1)).content.decode()
    assert "住民票の写しは300円です。" in old
    assert "これは古い版（第1版）です。" in old
    cited = client.get(page(first, passage=first.passages.first().pk)).content.decode()
    assert "これは古い版（第1版）です。" in cited


@pytest.mark.req("C7")
def test_a_child_of_another_document_is_not_found_under_ones_own(client, shelf, add_document, pdf):
    mine, other = add_document(shelf), add_document(shelf, pdf, "手数料条例.pdf")
    add_document(shelf, "# a\n\nb", name="c.md")
    strange = other.passages.first()
    for address in (
        page(mine, passage=strange.pk),
        page(mine, version=2),
        page(mine, version=1, passage=strange.pk),
        reverse("page-image", args=[mine.document_id, 1, 1]),
        reverse("page-data", args=[mine.document_id, 1, 1]),
        reverse("page-data", args=[other.document_id, 1, 1]) + f"?passage={mine.passages.first().pk}",
        reverse("page-image", args=[other.document_id, 2, 1]),
        reverse("page-image", args=[other.document_id, 1, 999]),
        reverse("download", args=[mine.document_id, 2]),
        page(mine, passage="x"),
        page(other, page="-1"),
    ):
        assert client.get(address).status_code == 404, address
    assert client.post(reverse("document-retry", args=[mine.document_id, 2])).status_code == 404


@pytest.mark.req("C3")
def test_a_forbidden_document_is_as_a_missing_one_everywhere(
    signed_in, make_user, office, shelf, staff_folder, add_document, pdf
):
    version = add_document(shelf, f"# {CANARY}\n\n{CANARY}", name=f"{CANARY}.md", title=CANARY)
    paper = add_document(shelf, pdf, "手数料条例.pdf", title=CANARY)
    closed = add_document(
        staff_folder, CANARY, name="x.md", title=CANARY, readers=[parse(office, "dept:福祉部/高齢福祉課")]
    )
    stranger = signed_in(make_user("suzuki", "総務部/人事課"))
    missing = stranger.get(reverse("document", args=[uuid.uuid4()]))
    assert missing.status_code == 404
    passage = version.passages.first()
    gets = [
        reverse("document", args=[version.document_id]),
        page(version, passage=passage.pk),
        reverse("document", args=[closed.document_id]),
        reverse("document-settings", args=[version.document_id]),
        reverse("download", args=[version.document_id, 1]),
        reverse("page-image", args=[paper.document_id, 1, 1]),
        reverse("page-data", args=[paper.document_id, 1, 1]),
        reverse("folder", args=[shelf.pk]),
        reverse("folder-settings", args=[shelf.pk]),
        reverse("folder-new") + f"?parent={shelf.pk}",
    ]
    for address in gets:
        answer = stranger.get(address)
        assert answer.status_code == 404, address
        assert answer.content == missing.content, address
    for name in ("document-delete", "document-move", "document-replace", "document-settings"):
        answer = stranger.post(reverse(name, args=[version.document_id]), {"folder": staff_folder.pk, "title": "x"})
        assert answer.status_code == 404, name
    for name in ("upload", "folder-move", "folder-remove", "folder-settings"):
        answer = stranger.post(reverse(name, args=[shelf.pk]), {"folder": staff_folder.pk, "name": "x"})
        assert answer.status_code == 404, name
    for address in (
        reverse("library"),
        reverse("folder", args=[staff_folder.pk]),
        reverse("library-status") + f"?id={version.document_id}",
    ):
        answer = stranger.get(address)
        assert answer.status_code == 200
        assert CANARY not in answer.content.decode()
        assert "高齢" not in answer.content.decode().replace("高齢福祉課", "")
    assert Document.objects.filter(deleted_at=None).count() == 3


@pytest.mark.req("E3")
def test_a_download_is_an_attachment_that_no_browser_runs(client, shelf, add_document):
    version = add_document(shelf, "<html><script>alert(1)</script><p>本文です。</p></html>", "案内.html")
    answer = client.get(reverse("download", args=[version.document_id, 1]))
    assert b"".join(answer.streaming_content).startswith(b"<html>")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Event.objects.filter(action="download").count() == 1


def test_settings_are_saved_and_people_are_chosen_in_words(client, office, shelf, add_document):
    version = add_document(shelf)
    address = reverse("document-settings", args=[version.document_id])
    assert "高齢福祉課" in client.get(address).content.decode()
    fields = {"title": "新しい表題", "classification": "3", "fiscal_year": "2026", "valid_to": "2099-03-31"}
    looked = client.post(address, fields | {"act": "look", "readers-rank": "1"}).content.decode()
    assert "主事以上" in looked
    assert Document.objects.get().title == "手引き"
    answer = client.post(address, fields | {"act": "save", "readers-keys": ["rank:1"]})
    assert answer.status_code == 302
    document = Document.objects.get()
    assert (document.title, document.classification, document.readers) == ("新しい表題", 3, ["rank:1"])
    assert document.access_key == f"document:{document.pk}"


@pytest.mark.parametrize("typed", ["令和7年度", "R7", "２０２５", "令和7"])
def test_a_fiscal_year_is_typed_and_shown_as_the_office_writes_it(client, office, shelf, add_document, typed):
    version = add_document(shelf)
    address = reverse("document-settings", args=[version.document_id])
    fields = {"title": "手引き", "classification": "2", "act": "save"}
    assert client.post(address, fields | {"fiscal_year": typed}).status_code == 302
    assert Document.objects.get().fiscal_year == 2025
    assert 'value="令和7年度"' in client.get(address).content.decode()
    for page in (reverse("document", args=[version.document_id]), reverse("folder", args=[shelf.pk])):
        said = client.get(page).content.decode()
        assert "令和7年度" in said
        assert "2025年度" not in said


def test_what_is_not_said_of_a_document_leaves_its_cell_empty(client, shelf, add_document):
    # A card on a phone leaves out an empty cell; in a table the style sheet says that it is empty.
    add_document(shelf)
    assert '<td role="cell"></td>' in client.get(reverse("folder", args=[shelf.pk])).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"), [("らいねん", "年度を読み取れません"), ("明治5年度", "年度は平成元年度から令和81年度まで")]
)
def test_a_fiscal_year_that_is_none_is_said_at_its_field_and_kept(client, shelf, add_document, typed, said):
    version = add_document(shelf)
    address = reverse("document-settings", args=[version.document_id])
    fields = {"title": "手引き", "classification": "2", "act": "save", "fiscal_year": typed}
    answer = client.post(address, fields)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page.split('id="id_fiscal_year_error"')[1].split("</ul>")[0]
    assert f'value="{typed}"' in page
    assert Document.objects.get().fiscal_year is None


@pytest.mark.req("C11")
def test_a_body_sets_no_owner_tenant_keys_or_class_beyond_right(client, office, shelf, add_document, make_user):
    version = add_document(shelf)
    before = Document.objects.values().get()
    address = reverse("document-settings", args=[version.document_id])
    for extra in (
        {"classification": "5"},
        {"classification": "1", "readers-keys": ["folder:1"]},
        {"readers-keys": ["user:999999"]},
        {"readers-keys": ["dept:999999"]},
    ):
        fields = {
            "title": "x",
            "classification": "2",
            "act": "save",
            "tenant": "9",
            "tenant_id": "9",
            "access_key": "public",
        }
        answer = client.post(address, fields | {"deleted_at": "2020-01-01", "current": "", "folder": "1"} | extra)
        assert answer.status_code == 400, extra
    assert Document.objects.values().get() == before


def test_who_narrows_a_document_keeps_sight_of_it(client, shelf, add_document, make_user):
    other = make_user("other")
    version = add_document(shelf)
    fields = {"title": "x", "classification": "2", "act": "save", "readers-keys": [f"user:{other.pk}"]}
    answer = client.post(reverse("document-settings", args=[version.document_id]), fields)
    assert answer.status_code == 400
    assert "開けなくなります" in answer.content.decode()


def test_delete_move_replace_and_retry_from_the_page(client, office, shelf, staff_folder, add_document):
    version = add_document(shelf)
    pk = version.document_id
    client.post(reverse("document-move", args=[pk]), {"folder": staff_folder.pk})
    assert Document.objects.get().folder == staff_folder
    from django.core.files.uploadedfile import SimpleUploadedFile

    client.post(reverse("document-replace", args=[pk]), {"file": SimpleUploadedFile("手引き（改）.md", b"# a\n\nnew")})
    assert Version.objects.count() == 2
    assert Document.objects.get().file_name == "手引き（改）.md"
    Version.objects.filter(number=2).update(status="failed")
    client.post(reverse("document-retry", args=[pk, 2]))
    assert Version.objects.get(number=2).status == "queued"
    assert client.post(reverse("document-delete", args=[pk])).status_code == 302
    assert client.get(reverse("document", args=[pk])).status_code == 404
    assert Passage.objects.exists()


def test_an_expired_document_is_out_of_sight(client, shelf, add_document, make_user):
    from datetime import timedelta

    from django.utils import timezone

    from madoguchi.people.access import scope_of
    from madoguchi.people.models import User

    version = add_document(shelf)
    user = User.objects.get(login="tanaka")
    store.expire(scope_of(user, "internal"), user, version.document, timezone.localdate() - timedelta(days=1))
    assert client.get(page(version)).status_code == 404


def test_an_answer_that_cites_it_is_shown_to_its_asker_only(client, shelf, add_document, office, make_user):
    from madoguchi.answers.models import Answer, Citation
    from madoguchi.people.models import User

    version = add_document(shelf)
    for login in ("tanaka", "other"):
        user = User.objects.filter(login=login).first() or make_user(login)
        answer = Answer.objects.create(tenant=office, user=user, question=f"{login}の質問", mode="quoted")
        for n, passage in enumerate(version.passages.all(), 1):
            Citation.objects.create(tenant=office, answer=answer, n=n, passage=passage)
    body = client.get(page(version)).content.decode()
    assert body.count("tanakaの質問") == 1
    assert "otherの質問" not in body
