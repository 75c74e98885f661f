"""A file that carries a 個人番号 is not kept: where it stands is told, the digits are nowhere (D4)."""

import io
import logging
import secrets
import zipfile
from collections.abc import Callable
from functools import partial

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from madoguchi import paths
from madoguchi.audit.models import Event
from madoguchi.library import blobs, ingest, quarantine, store
from madoguchi.library.models import Document, Folder, Passage, Version
from madoguchi.library.refused import NotFound, Refused
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.people.models import User
from madoguchi.readers.blocks import EDITION
from madoguchi.search.lance import the_index
from tests.readers import files
from tests.soak import size

from .conftest import AddDocument

pytestmark = [pytest.mark.django_db, pytest.mark.req("D4")]
CHINESE = str.maketrans("0123456789", "〇一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Run a piece of work and what it left for after its commit."""

    def run(work: Callable[[], object]) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            work()

    return run


@pytest.fixture
def number() -> str:
    """A 個人番号 that no other test has: the home is one for all tests of a process."""
    first = f"{secrets.randbelow(10**11):011}"
    rest = sum(int(digit) * weight for digit, weight in zip(first, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return f"{first}{0 if rest <= 1 else 11 - rest}"


def in_fours(number: str, between: str) -> str:
    return between.join((number[:4], number[4:8], number[8:]))


@pytest.fixture
def tanaka(make_user) -> User:
    return make_user("tanaka")


def stored() -> bytes:
    """Every byte that is stored: files of the home, and all rows of the database, which has no file in tests."""
    kept = b"".join(path.read_bytes() for path in paths.root().rglob("*") if path.is_file())
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            kept += "\n".join(map(str, cursor.fetchall())).encode()
    return kept


def is_nowhere(number: str, kept: bytes) -> bool:
    written = number, in_fours(number, "-"), in_fours(number, " "), number.translate(WIDE), number.translate(CHINESE)
    return not any(text.encode(code) in kept for text in written for code in ("utf-8", "utf-16-le", "cp932"))


def carriers(number: str) -> dict[str, bytes]:
    """A file of each kind that carries a number, in another place of it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("案内.txt", "粗大ごみの手数料について。")
        archive.writestr("申請書.txt", f"個人番号　{number}\n")
    return {
        "申請書.txt": f"個人番号：{in_fours(number, '-')}\n".encode(),
        "名簿.csv": f"氏名,個人番号\n風見 太郎,{number}\n".encode("cp932"),
        "控え.md": f"# 控え\n\nマイナンバーは{number.translate(CHINESE)}です。\n".encode(),
        "お知らせ.html": f"<html><body><p>個人番号は{number.translate(WIDE)}です。</p></body></html>".encode(),
        "一式.zip": packed.getvalue(),
    }


@pytest.fixture
def take(office, staff_folder, committed) -> Callable[[str, bytes], Version]:
    """Take a file in, with what is inside it, as the worker does."""

    def take_in(name: str, content: bytes) -> Version:
        added: list[Version] = []
        committed(lambda: added.append(store.add_file(office, staff_folder, io.BytesIO(content), name, rename=True)))
        committed(lambda: ingest.ingest(str(added[0].pk)))
        for pk in Version.objects.filter(document__parent=added[0].document_id).values_list("pk", flat=True):
            committed(partial(ingest.ingest, str(pk)))
        added[0].refresh_from_db()
        return added[0]

    return take_in


def test_of_files_that_carry_a_number_nothing_is_stored_logged_or_found(take, caplog, capfd, number):
    caplog.set_level(logging.DEBUG)
    kinds = carriers(number)
    for count in range(size(5, 100)):
        name = list(kinds)[count % len(kinds)]
        # The same bytes would be one file: spaces at the end of a line make them others.
        content = kinds[name] if name.endswith(".zip") else kinds[name].replace(b"\n", b" " * count + b"\n", 1)
        version = take(name, content)
        assert version.status == "held", name
        assert version.document.current is None
        assert not blobs.place_of(version.blob).exists()
    assert not Passage.objects.filter(text__contains=number).exists()
    assert is_nowhere(number, stored() + caplog.text.encode() + "".join(capfd.readouterr()).encode())
    assert Event.objects.filter(action="number.numbered").exists()


def test_the_page_says_where_it_stands_and_what_to_do(office, staff_folder, add_document, tanaka, client, number):
    version = add_document(staff_folder, carriers(number)["名簿.csv"], "名簿.csv")
    client.force_login(tanaka)
    page = client.get(reverse("document", args=[version.document_id])).content.decode()
    assert "登録をやめました" in page and "表の2行目" in page and "番号を消して" in page
    assert number not in page
    assert client.get(reverse("download", args=[version.document_id, 1])).status_code == 302


def test_a_number_in_the_text_of_a_pdf_or_a_cell_is_found(staff_folder, add_document, tmp_path, number):
    page = files.paragraph_page(f"個人番号は{in_fours(number, ' ')}です。" + "この用紙は窓口で受け付けます。" * 3)
    pdf = add_document(staff_folder, files.pdf(tmp_path / "用紙.pdf", [page]).read_bytes(), "用紙.pdf")
    assert pdf.status == "held" and "1ページ" in pdf.reason
    book, content = openpyxl.Workbook(), io.BytesIO()
    sheet = book.create_sheet("名簿", 0)
    for row in (["氏名", "個人番号"], ["風見 太郎", number]):
        sheet.append(row)
    book.save(content)
    listed = add_document(staff_folder, content.getvalue(), "名簿.xlsx")
    assert listed.status == "held" and "シート「名簿」" in listed.reason


def test_a_column_of_serial_numbers_is_asked_of_and_not_taken_for_individual_ones(staff_folder, add_document, number):
    others = "".join(f"{800000000000 + 7 * count},水道メーター\n" for count in range(30))
    listed = add_document(staff_folder, f"機器,名前\n{others}{number},水道メーター\n".encode(), "機器.csv")
    assert listed.status == "held" and "かもしれない" in listed.reason
    named = add_document(staff_folder, f"個人番号,名前\n{others}{number},風見 太郎\n".encode(), "名簿.csv")
    assert "登録をやめ" in named.reason


def test_a_file_without_a_number_goes_on(office, staff_folder, add_document):
    version = add_document(staff_folder, "# 法人\n\n法人番号は1234567890128です。電話 0999-00-1234。\n")
    assert version.status == "ready"


def doubtful(add_document: AddDocument, folder: Folder, number: str) -> Version:
    return add_document(folder, f"受付番号,用件\n{number},照会\n".encode(), "受付.csv")


def test_what_may_be_one_is_asked_once_and_then_read(
    office, staff_folder, add_document, tanaka, client, committed, number
):
    version = doubtful(add_document, staff_folder, number)
    assert version.status == "held" and "かもしれない" in version.reason
    assert number not in version.reason
    client.force_login(tanaka)
    assert client.get(reverse("download", args=[version.document_id, 1])).status_code == 302
    committed(
        lambda: quarantine.answer_number(scope_of_operator(office), None, version, is_number=False),
    )
    assert ingest.ingest(str(version.pk)) == "ready"
    assert Event.objects.filter(action="number.answered", detail__is_number=False).count() == 1
    # The same bytes are asked of once.
    again = add_document(staff_folder, f"受付番号,用件\n{number},照会\n".encode(), "受付の写し.csv")
    assert again.status == "ready"


def test_what_is_one_after_all_is_deleted(office, staff_folder, add_document, committed, number):
    version = doubtful(add_document, staff_folder, number)
    committed(lambda: quarantine.answer_number(scope_of_operator(office), None, version, is_number=True))
    version.refresh_from_db()
    assert version.status == "held" and "削除しました" in version.reason
    assert not blobs.place_of(version.blob).exists()
    assert is_nowhere(number, stored())
    with pytest.raises(Refused):
        quarantine.answer_number(scope_of_operator(office), None, version, is_number=False)


def test_what_is_one_after_all_goes_with_the_archive_it_came_in(office, take, committed, number):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("受付.csv", f"受付番号,用件\n{number},照会\n")
    outer = take("一式.zip", packed.getvalue())
    assert outer.status == "ready"
    inner = Version.objects.get(document__parent=outer.document_id)
    assert inner.status == "held" and blobs.place_of(outer.blob).exists()
    committed(lambda: quarantine.answer_number(scope_of_operator(office), None, inner, is_number=True))
    outer.refresh_from_db()
    assert outer.status == "held" and not blobs.place_of(outer.blob).exists()
    assert is_nowhere(number, stored())


def test_who_may_not_write_does_not_answer(office, shelf, add_document, make_user, number):
    version = doubtful(add_document, shelf, number)
    other = make_user("other", "総務部/人事課")
    with pytest.raises(NotFound):
        quarantine.answer_number(scope_of(other, "internal"), other, version, is_number=False)


def test_an_administrators_word_lets_the_same_file_in_the_next_time(
    office, staff_folder, add_document, make_user, committed, number
):
    content = carriers(number)["申請書.txt"]
    version = add_document(staff_folder, content, "例.txt")
    administrator = make_user("kanri", "総務部/人事課", is_administrator=True)
    scope = scope_of(administrator, "internal")
    with pytest.raises(Refused):
        quarantine.deny_number(administrator, scope, version, f"見本の番号 {number}")
    committed(lambda: quarantine.deny_number(administrator, scope, version, "様式の記入例の番号"))
    assert add_document(staff_folder, content, "例（確認済み）.txt").status == "ready"


def test_the_same_file_again_is_looked_at_again(office, staff_folder, add_document, number):
    content = carriers(number)["申請書.txt"]
    first = add_document(staff_folder, content, "一.txt")
    second = add_document(staff_folder, content, "二.txt")
    assert second.status == "held"
    assert not blobs.place_of(first.blob).exists()
    assert ingest.ingest(str(first.pk)) == "held"


def test_what_older_readers_took_in_goes_with_its_rows_and_its_index(
    office, staff_folder, add_document, committed, monkeypatch, number
):
    content = carriers(number)["申請書.txt"]
    monkeypatch.setattr("madoguchi.library.numbers.check", lambda reading, name: None)
    version = add_document(staff_folder, content, "古い文書.txt")
    assert version.status == "ready"
    monkeypatch.undo()
    monkeypatch.setattr("madoguchi.library.readings.EDITION", EDITION + 1)
    committed(lambda: ingest.ingest(str(version.pk)))
    version.refresh_from_db()
    assert version.status == "held"
    assert not version.passages.exists()
    assert Document.objects.get(pk=version.document_id).current is None
    assert str(version.document_id) not in the_index().documents(office.pk)


def test_a_name_with_a_number_is_refused_before_anything_is_stored(office, staff_folder, number):
    with pytest.raises(Refused, match="個人番号"):
        store.add_file(office, staff_folder, io.BytesIO(b"x"), f"{number}.txt")
    assert is_nowhere(number, stored())


def test_a_page_takes_the_answer(office, staff_folder, add_document, tanaka, client: Client, number):
    version = doubtful(add_document, staff_folder, number)
    client.force_login(tanaka)
    address = reverse("document-number", args=[version.document_id, 1])
    page = client.get(reverse("document", args=[version.document_id])).content.decode()
    assert "個人番号ではない" in page and address in page
    assert client.post(address, {"act": "something"}).status_code == 404
    assert client.post(address, {"act": "no"}).status_code == 302
    version.blob.refresh_from_db()
    assert version.blob.holds_no_number and not version.blob.is_held
