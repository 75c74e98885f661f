"""What is put into the library: once, in its place, by who may."""

import io
import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from madoguchi.library import blobs, events, folders, ingest, store
from madoguchi.library.models import Blob, Document, Folder, Passage, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people.access import scope_of
from madoguchi.people.keys import parse
from madoguchi.people.models import Classification

pytestmark = pytest.mark.django_db
TEXT = "# 手数料\n\n住民票の写しは300円です。\n\n# 窓口\n\n平日の9時から17時まで。\n".encode()


@pytest.fixture
def shelf(office) -> Folder:
    """A folder of 高齢福祉課 below one of all staff."""
    folders.folder_of_path(office, "庁内", create=True, readers=["staff"])
    return folders.folder_of_path(office, "庁内/高齢", create=True, readers=[parse(office, "dept:福祉部/高齢福祉課")])


@pytest.fixture
def sender(make_user):
    return make_user("tanaka")


def add(office, shelf, sender, content=TEXT, name="手引き.md", **fields) -> Version:
    return store.add_file(office, shelf, io.BytesIO(content), name, sender, **fields)


def test_a_file_becomes_a_document_with_passages(office, shelf, sender):
    version = add(office, shelf, sender)
    assert ingest.ingest(str(version.pk)) == "ready"
    version.refresh_from_db()
    assert version.document.current == version
    assert version.indexed_at
    assert list(version.passages.values_list("heading", "text")) == [
        (["手数料"], "住民票の写しは300円です。"),
        (["窓口"], "平日の9時から17時まで。"),
    ]
    assert blobs.path_of(version.blob).read_bytes() == TEXT


def test_reading_again_repeats_nothing(office, shelf, sender):
    version = add(office, shelf, sender)
    ingest.ingest(str(version.pk))
    before = list(Passage.objects.values_list("id", "text"))
    ingest.ingest(str(version.pk))
    assert list(Passage.objects.values_list("id", "text")) == before


def test_the_same_bytes_are_kept_once(office, shelf, sender):
    add(office, shelf, sender)
    add(office, shelf, sender, name="別の名前.md")
    assert Blob.objects.count() == 1
    assert Document.objects.count() == 2


def test_a_taken_name_is_refused_until_one_says_what_to_do(office, shelf, sender):
    first = add(office, shelf, sender)
    ingest.ingest(str(first.pk))
    with pytest.raises(store.NameTaken):
        add(office, shelf, sender, b"other")
    with pytest.raises(store.SameContent):
        add(office, shelf, sender, replace=True)
    second = add(office, shelf, sender, b"# other\n\ntext", replace=True)
    assert (second.document, second.number) == (first.document, 2)
    beside = add(office, shelf, sender, b"third", rename=True)
    assert beside.document.file_name == "手引き (2).md"


def test_the_old_version_stays_readable_and_the_index_is_told_of_the_new_one(office, shelf, sender):
    told = []

    def listen(version, **_):
        told.append(version.number)

    events.passages_ready.connect(listen)
    first = add(office, shelf, sender)
    ingest.ingest(str(first.pk))
    second = add(office, shelf, sender, "# 手数料\n\n350円です。".encode(), replace=True)
    ingest.ingest(str(second.pk))
    # The first, continued late: the index must end with the second.
    ingest.ingest(str(first.pk))
    events.passages_ready.disconnect(listen)
    assert told == [1, 2, 2]
    assert Document.objects.get().current == second
    assert first.passages.count() == 2


@pytest.mark.req("C15")
@pytest.mark.parametrize("login", ["人事課の人", "課外の人"])
def test_who_may_not_write_here_changes_nothing(office, shelf, sender, make_user, login):
    version = add(office, shelf, sender)
    other = make_user("other", "総務部/人事課" if login == "人事課の人" else None)
    scope = scope_of(other, "internal")
    before = (Document.objects.values().get(), Version.objects.count(), Blob.objects.count())
    for act in (
        lambda: add(office, shelf, other, b"mine", name="mine.md"),
        lambda: add(office, shelf, other, b"mine", replace=True),
        lambda: store.delete(scope, other, version.document),
        lambda: store.move(scope, other, version.document, shelf.parent),
        lambda: store.restrict(scope, other, version.document, [], 2),
        lambda: store.change(scope, other, version.document, title="x", readers=[], classification=2),
        lambda: folders.rename(scope, other, shelf, "x"),
        lambda: folders.open_to(scope, other, shelf, ["staff"], [], 1),
        lambda: folders.make(scope, other, shelf, "x"),
    ):
        with pytest.raises(NotFound):
            act()
    assert (Document.objects.values().get(), Version.objects.count(), Blob.objects.count()) == before


@pytest.mark.req("A4")
def test_unsaid_classification_is_the_default_and_never_under_the_folders(office, shelf, sender, settings):
    assert add(office, shelf, sender).document.classification == Classification.C2
    settings.DEFAULT_CLASSIFICATION = "1"
    assert add(office, shelf, sender, b"a", name="a.md").document.classification == Classification.C2
    Folder.objects.filter(pk=shelf.pk).update(classification=Classification.C3B)
    assert add(office, shelf, sender, b"b", name="b.md", classification=1).document.classification == Classification.C3B
    with pytest.raises(Refused):
        add(office, shelf, sender, b"c", name="c.md", classification=Classification.C3A)


def test_closing_a_folder_raises_what_lies_in_it(office, shelf, sender, django_capture_on_commit_callbacks):
    document = add(office, shelf, sender).document
    told: list[object] = []

    def listen(documents, **_):
        told.extend(document.pk for document in documents)

    events.access_changed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        folders.open_to(scope_of(sender, "internal"), sender, shelf, shelf.readers, [], Classification.C3C)
    events.access_changed.disconnect(listen)
    document.refresh_from_db()
    assert document.classification == Classification.C3C
    assert told == [document.pk]


@pytest.mark.req("E5")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\x\\手順.md", "手順.md"),
        ("..", "名称未設定"),
        ("", "名称未設定"),
        ("a\x00b.md", "ab.md"),
        ("C:手順.md", "手順.md"),
        (unicodedata.normalize("NFD", "がくぶ.md"), "がくぶ.md"),
        ("evil\u202egpj.md", "evilgpj.md"),
        ("あ" * 400 + ".md", "あ" * 252 + ".md"),
    ],
)
def test_names_are_data_and_write_nothing_outside(office, shelf, sender, home, given, shown):
    before = set(home.glob("*"))
    version = add(office, shelf, sender, given.encode("utf-8", "ignore") + b"x", name=given)
    assert version.document.file_name == shown
    assert set(home.glob("*")) - before <= {home / "files", home / "uploads"}
    assert not [path for path in home.rglob("*") if path.name in (given, shown)]
    stored = blobs.path_of(version.blob)
    assert stored.is_relative_to(home / "files")
    assert stored.name == version.blob.sha256


def test_too_large_and_empty_files_are_refused_in_words(office, shelf, sender, settings, home):
    settings.UPLOAD_MAX_MB = 1
    with pytest.raises(Refused, match="1MBまで"):
        add(office, shelf, sender, b"x" * (1 << 20) + b"y")
    with pytest.raises(Refused, match="空"):
        add(office, shelf, sender, b"")
    assert Document.objects.count() == 0
    assert not list((home / "uploads").iterdir())


def test_a_deleted_document_is_out_of_sight_at_once_and_its_bytes_go_later(
    office, shelf, sender, settings, django_capture_on_commit_callbacks
):
    version = add(office, shelf, sender)
    ingest.ingest(str(version.pk))
    scope, told = scope_of(sender, "internal"), []

    def listen(document, **_):
        told.append(document.pk)

    events.document_removed.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        store.delete(scope, sender, version.document)
    events.document_removed.disconnect(listen)
    assert told == [version.document_id]
    assert not Document.objects.within(scope).exists()
    assert not Passage.objects.within(scope).exists()
    assert store.purge(office) == 0
    assert blobs.path_of(version.blob).exists()
    settings.DOCUMENT_RETENTION_DAYS = -1
    Blob.objects.update(created_at="2020-01-01T00:00:00Z")
    assert store.purge(office) == 1
    assert not blobs.path_of(version.blob).exists()
    assert Blob.objects.count() == Version.objects.count() == 0


def test_what_cannot_be_read_says_so_and_can_be_tried_again(office, shelf, sender):
    version = add(office, shelf, sender, b"PK\x03\x04 no archive", name="表.xlsx")
    ingest.ingest(str(version.pk))
    version.refresh_from_db()
    assert version.status == "failed"
    assert version.reason
    store.retry(scope_of(sender, "internal"), sender, version)
    version.refresh_from_db()
    assert (version.status, version.reason) == ("queued", "")


def test_a_kind_that_no_reader_takes_is_kept_as_a_file(office, shelf, sender):
    version = add(office, shelf, sender, b"\x89PNG\r\n\x1a\n" + b"\0" * 50, name="地図.png")
    assert ingest.ingest(str(version.pk)) in ("unsupported", "failed")


def test_an_upload_from_a_form_is_the_same(office, shelf, sender):
    version = store.add_file(office, shelf, SimpleUploadedFile("a.md", TEXT), "a.md", sender)
    assert version.blob.size == len(TEXT)
