"""Figures described by a model: when a picture leaves, what becomes of what comes back, and what goes again."""

import io

import pytest
from django.urls import reverse
from PIL import Image

from madoguchi.audit.models import Event
from madoguchi.library import correcting, describing, ingest, readings, store
from madoguchi.library.models import Description, Document, Folder, Passage, Version
from madoguchi.llm.vision import set_limit
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.models import Classification, Tenant
from madoguchi.search.lance import the_index
from madoguchi.search.query import find
from tests.library.figures import SAID, TEXT, describer, with_figures
from tests.llm.scripted import Script, serving

from .conftest import AddDocument

pytestmark = pytest.mark.django_db
C1, C2, C3C, C3B, C3A = Classification


@pytest.fixture(autouse=True)
def an_empty_index(office):
    the_index().drop(office.pk)
    yield
    the_index().drop(office.pk)


@pytest.fixture
def server():
    with serving(Script(answer=lambda prompt: [SAID])) as script:
        yield script


@pytest.fixture
def allowed(office, server):
    """Figures are described up to class 2."""
    set_limit(office, C2, "operator")
    return describer(office, server)


@pytest.fixture
def add(shelf: Folder, add_document: AddDocument):
    """Put a PDF with figures in, and do the work that is written down for it."""

    def put(count: int = 1, name: str = "橋.pdf", folder: Folder = shelf, text: str = TEXT, **fields) -> Version:
        version = add_document(folder, with_figures(count, text), name, **fields)
        assert version.status == "ready"
        describing.describe(str(version.pk))
        version.refresh_from_db()
        assert version.status == "ready"
        return version

    return put


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


def described(version: Version) -> list[str]:
    rows = Passage.objects.filter(version=version, kind="described")
    return list(rows.order_by("ordinal").values_list("text", flat=True))


def page_of(client, version: Version, page: int = 1) -> str:
    return client.get(reverse("document", args=[version.document_id]), {"page": page}).content.decode()


def test_a_figure_is_found_by_its_description_and_shown_with_the_models_name(client, add, office, allowed, server):
    version = add()
    [(media, picture)] = server.pictures
    assert media == "image/png"
    # The figure with its caption and labels, not its page, and nothing else of the file.
    image = Image.open(io.BytesIO(picture))
    assert max(image.size) <= 1400 and 1.1 < image.width / image.height < 1.6
    assert not image.info.get("Comment") and "橋" not in str(server.requests[0][2]["messages"])
    assert described(version) == [SAID]
    passage = Passage.objects.get(version=version, kind="described")
    assert passage.locator["page"] == 1 and len(passage.locator["boxes"]) == 1
    assert (passage.heading, passage.dates, passage.is_citable) == (["1 橋の工事"], [], False)
    page = page_of(client, version)
    assert "モデルによる説明（原文ではありません）" in page and SAID in page and "scripted" in page
    scope = scope_of_operator(office)
    assert SAID in [hit.passage.text for hit in find(scope, "鳴禽橋の工事費", described=True).hits]
    assert SAID not in [hit.passage.text for hit in find(scope, "鳴禽橋の工事費").hits]


def test_the_passages_of_the_file_are_the_same_with_and_without_descriptions(add, office, server, shelf, settings):
    bare = add(2)
    assert not server.requests and not Description.objects.exists()
    before = list(bare.passages.values("id", "kind", "heading", "text", "locator", "dates"))
    set_limit(office, C2, "operator")
    describer(office, server)
    describing.describe(str(bare.pk))
    own = bare.passages.exclude(kind="described")
    assert list(own.values("id", "kind", "heading", "text", "locator", "dates")) == before
    assert len(described(bare)) == 2


@pytest.mark.req("H9")
def test_what_was_cited_never_becomes_a_models_words_when_the_text_grows_shorter(
    add, office, allowed, client, django_capture_on_commit_callbacks
):
    version = add(2)
    cited = set(version.passages.exclude(kind="described").values_list("pk", flat=True))
    blocks = readings.blocks_as_read(version)
    for number, block in enumerate(blocks):
        if block.locator["page"] == 2:
            place = correcting.place_of(version, number)
            correcting.save(scope_of_operator(office), None, version, number, place.seen, "")
    ingest.recut(str(version.pk))
    now = version.passages.exclude(kind="described")
    assert now.count() < len(cited) and len(described(version)) == 2
    assert not cited & set(version.passages.filter(kind="described").values_list("pk", flat=True))


@pytest.mark.req("A4")
def test_a_picture_of_a_class_above_the_rule_does_not_leave_even_if_it_rises_meanwhile(
    add, add_document, allowed, server
):
    version = add(classification=C3C)
    assert not server.requests and not Description.objects.exists()
    Document.objects.filter(pk=version.document_id).update(classification=C2)
    waiting = describing.plan(str(version.pk))
    Document.objects.filter(pk=version.document_id).update(classification=C3C)
    assert [describing.describe_one(str(version.pk), number) for number in waiting] == [False]
    assert not server.requests


@pytest.mark.req("A4")
def test_a_description_demands_what_its_document_demands(add, office, allowed, server, make_user, staff_folder):
    add(classification=C2)
    question = "鳴禽橋の工事費"

    def found_by(login: str, department: str, **fields) -> list[str]:
        scope = scope_of(make_user(login, department, **fields), "internal")
        return [hit.passage.text for hit in find(scope, question, described=True).hits]

    assert SAID in found_by("tanaka", "福祉部/高齢福祉課")
    assert SAID not in found_by("suzuki", "総務部/人事課")
    assert SAID not in found_by("sato", "福祉部/高齢福祉課", clearance=C1)


def test_without_a_rule_or_an_endpoint_nothing_changes(add, office, server, client):
    version = add()
    assert "モデル" not in page_of(client, version)
    set_limit(office, C2, "operator")
    describing.describe(str(version.pk))
    assert not described(version) and not server.requests


def test_the_same_picture_is_sent_once_in_an_office(add, office, allowed, server, shelf):
    first = add(name="一.pdf")
    again = add(name="二.pdf", text="別の本文の中に、同じ図がある。")
    assert first.blob_id != again.blob_id
    assert described(again) == [SAID] and len(server.requests) == 1


def test_the_same_bytes_read_again_keep_their_description(add, office, allowed, server):
    version = add()
    ingest.ingest(str(version.pk))
    describing.describe(str(version.pk))
    assert described(version) == [SAID] and len(server.requests) == 1


@pytest.mark.req("N1")
def test_another_office_has_its_own_pictures_described(office, add, allowed, server):
    add()
    other = Tenant.objects.create(slug="other", name="隣市", hosts=["other.example"])
    folder = Folder.objects.create(tenant=other, name="庁内", readers=["staff"])
    version = store.add_file(other, folder, io.BytesIO(with_figures()), "橋.pdf", classification=C1)
    ingest.ingest(str(version.pk))
    describing.describe(str(version.pk))
    assert not described(version) and len(server.requests) == 1
    set_limit(other, C2, "operator")
    with serving(Script(answer=lambda prompt: ["円グラフです。隣市だけの説明です。"])) as theirs:
        describer(other, theirs)
        describing.describe(str(version.pk))
    assert described(version) == ["円グラフです。隣市だけの説明です。"]
    the_index().drop(other.pk)


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"garbage": b"data: {nonsense\n\n"}, {"answer": lambda prompt: []}, {"cut_after": 1}],
)
def test_a_fault_of_the_endpoint_leaves_the_document_ready_and_is_tried_again(
    add, office, client, fault, django_capture_on_commit_callbacks
):
    set_limit(office, C2, "operator")
    with serving(Script(**fault)) as broken:
        endpoint = describer(office, broken)
        version = add()
    assert (version.status, described(version)) == ("ready", [])
    page = page_of(client, version)
    said = "図1点のうち1点には、モデルによる説明がありません。モデルから説明が返りませんでした。"
    assert said in page and TEXT in page
    assert endpoint.name not in page
    with serving(Script(answer=lambda prompt: [SAID])) as mended:
        endpoint.base_url = f"{mended.url}/v1"
        endpoint.save()
        address = reverse("document-figures", args=[version.document_id, version.number])
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(address).status_code == 302
        assert "説明をモデルに作らせています" in page_of(client, version)
        describing.describe(str(version.pk))
    assert described(version) == [SAID]
    assert "説明がありません" not in page_of(client, version)


def test_an_endpoint_that_is_down_is_left_after_two_figures_and_the_rest_is_said(add, office, client):
    set_limit(office, C2, "operator")
    with serving(Script(status=503)) as down:
        describer(office, down)
        version = add(4)
        assert len(down.requests) == 2
    assert Description.objects.exclude(failure="").count() == 4
    assert "図4点のうち4点" in page_of(client, version)


def test_figures_beyond_the_limit_are_left_without_and_that_is_said(add, allowed, server, client, settings):
    settings.FIGURES_MAX = 2
    version = add(3)
    assert len(described(version)) == 2 and len(server.requests) == 2
    assert "はじめの2点まで" in page_of(client, version)


def test_a_picture_over_its_size_is_drawn_smaller(add, allowed, server, settings):
    settings.FIGURE_MAX_PIXELS, settings.FIGURE_MAX_KB = 600, 4
    add()
    [(_, picture)] = server.pictures
    assert len(picture) <= 4000 and max(Image.open(io.BytesIO(picture)).size) <= 400


def test_only_who_may_write_has_figures_described(add, allowed, signed_in, make_user):
    version = add()
    address = reverse("document-figures", args=[version.document_id, version.number])
    stranger = signed_in(make_user("suzuki", "総務部/人事課"))
    assert stranger.post(address).status_code == 404


def test_what_is_withdrawn_is_found_no_more_at_once_and_comes_back_without_a_call(
    add, office, allowed, server, client, django_capture_on_commit_callbacks
):
    version = add()
    scope = scope_of_operator(office)
    question = "鳴禽橋の工事費"

    def found() -> bool:
        return SAID in [hit.passage.text for hit in find(scope, question, described=True).hits]

    assert found()
    with django_capture_on_commit_callbacks(execute=True):
        set_limit(office, None, "operator")
    # Before any work is done: the text is gone from the database that every hit is read from.
    assert not found() and not described(version)
    ingest.tell(str(version.document_id))
    kept = the_index().documents(office.pk)[str(version.document_id)]
    assert kept == {str(pk) for pk in version.passages.values_list("pk", flat=True)}
    assert SAID not in page_of(client, version)
    with django_capture_on_commit_callbacks(execute=True):
        set_limit(office, C2, "operator")
    ingest.recut(str(version.pk))
    assert found() and len(server.requests) == 1


def test_raising_a_documents_class_above_the_rule_takes_its_descriptions_away(
    add, office, allowed, django_capture_on_commit_callbacks
):
    version = add()
    with django_capture_on_commit_callbacks(execute=True):
        store.restrict(scope_of_operator(office), None, version.document, [], C3B)
    ingest.tell(str(version.document_id))
    assert not described(version)


def test_a_hidden_or_deleted_document_is_not_described(add, office, allowed, server, add_document, shelf):
    version = add_document(shelf, with_figures(), "橋.pdf")
    store.delete(scope_of_operator(office), None, version.document)
    describing.describe(str(version.pk))
    assert not server.requests


def test_a_description_is_on_the_record_without_its_text(add, allowed):
    version = add()
    event = Event.objects.get(action="figure.described")
    assert (event.actor, event.target) == ("system", f"document:{version.document_id}")
    assert len(event.detail["picture"]) == 64
    assert "鳴禽橋" not in str(list(Event.objects.values()))


def test_a_half_done_description_goes_on_where_it_was(add_document, allowed, server, shelf):
    version = add_document(shelf, with_figures(3), "橋.pdf")
    first, *_ = describing.plan(str(version.pk))
    describing.describe_one(str(version.pk), first)
    assert len(server.requests) == 1
    describing.describe(str(version.pk))
    assert len(described(version)) == 3 and len(server.requests) == 3


def test_figures_that_wait_though_nobody_wrote_it_down_are_taken_up(add_document, allowed, shelf):
    version = add_document(shelf, with_figures(), "橋.pdf")
    describing.plan(str(version.pk))
    assert describing.continue_unfinished() == 1
    describing.describe(str(version.pk))
    assert describing.continue_unfinished() == 0
