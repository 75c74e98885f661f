"""A file is open to nobody until the office's scanner passes it; what the scanner finds stays shut in (E10)."""

import io
import os
import select
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madoguchi.audit.models import Event
from madoguchi.library import blobs, ingest, quarantine, scanning, store
from madoguchi.library.models import Blob, Document, Folder, Passage, Version
from madoguchi.library.refused import NotFound
from madoguchi.people.access import scope_of
from madoguchi.people.models import Tenant, User
from madoguchi.search.lance import the_index

from .conftest import AddDocument

pytestmark = [pytest.mark.django_db, pytest.mark.req("E10")]
CANARY = "ひみつのかなりあ"
# Told apart by what every scanner reports; put together at run time, so that none reports this file.
EICAR = f"{CANARY}\n{scanning.EICAR}\n"
FINDS = 'if grep -q "STANDARD-ANTIVIRUS-TEST"; then echo "stream: Eicar-Signature FOUND"; exit 1; fi'
Scanner = Callable[[str], None]


@pytest.fixture
def scanner(settings, tmp_path) -> Scanner:
    """Make a shell script the scanner, as a program that really runs."""

    def set_up(script: str, *arguments: str, name: str = "scanner") -> None:
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        settings.SCANNER = [str(program), *arguments]

    return set_up


@pytest.fixture
def tanaka(make_user) -> User:
    return make_user("tanaka")


@pytest.fixture
def administrator(make_user) -> User:
    return make_user("kanri", "総務部/人事課", is_administrator=True)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Run a piece of work and what it left for after its commit."""

    def run(work: Callable[[], object]) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            work()

    return run


def shown(client: Client, version: Version) -> str:
    """Everything of a version that a person can bring up, as one text."""
    version.refresh_from_db()
    inner = [version.document_id, version.number]
    addresses = [
        reverse("document", args=[version.document_id]),
        reverse("download", args=inner),
        reverse("page-image", args=[*inner, 1]),
        reverse("page-data", args=[*inner, 1]),
        reverse("block", args=[*inner, 0]),
        reverse("corrections", args=inner),
        reverse("folder", args=[version.document.folder_id]),
    ]
    text = []
    for address in addresses:
        response: Any = client.get(address)
        assert response.status_code < 500, address
        body = b"".join(response.streaming_content) if response.streaming else response.content
        text.append(body.decode(errors="replace"))
    return "\n".join(text)


def events(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action))


def decide(client: Client, act: str, version: Version, reason: str = ""):
    return client.post(reverse("quarantine"), {"act": act, "file": version.blob_id, "reason": reason})


def test_what_the_scanner_finds_is_held_from_everyone(scanner, shelf, add_document, tanaka, signed_in):
    scanner(FINDS)
    version = add_document(shelf, EICAR, "請求書.txt")
    assert (version.status, version.passages.count(), version.pages) == ("held", 0, 0)
    text = shown(signed_in(tanaka), version)
    assert CANARY not in text
    assert "隔離しています" in text
    assert "Eicar-Signature" in text
    assert reverse("download", args=[version.document_id, 1]) not in text
    assert [event.detail["finding"] for event in events("quarantine.held")] == ["Eicar-Signature"]
    assert events("download") == []


def test_what_the_scanner_passes_goes_on(scanner, shelf, add_document, tanaka, signed_in):
    scanner(FINDS)
    version = add_document(shelf, f"{CANARY}は元気です。", "手引き.txt")
    assert (version.status, version.media_type, version.blob.verdict) == ("ready", "text/plain", "clean")
    assert CANARY in shown(signed_in(tanaka), version)


DOWN = {
    "hangs": "sleep 600",
    "dies": "kill -9 $$",
    "fails": "echo 'ERROR: Could not connect to clamd'; exit 2",
    "floods": "echo clean; yes かさばる",
}


@pytest.mark.parametrize("how", [*DOWN, "absent"])
def test_while_the_scanner_is_down_a_file_waits_and_then_goes_on(
    how, scanner, settings, shelf, add_document, tanaka, signed_in, committed
):
    scanner(DOWN.get(how, ""))
    settings.SCANNER_SECONDS = 1 if how == "hangs" else 60
    if how == "absent":
        settings.SCANNER = ["/nonexistent/scanner"]
    version = add_document(shelf, f"{CANARY}は元気です。", "手引き.txt")
    assert (version.status, version.blob.verdict, version.passages.count()) == ("scanning", "waiting", 0)
    text = shown(signed_in(tanaka), version)
    assert CANARY not in text
    assert "ウイルス検査を待っています" in text
    assert quarantine.ask_again() == 0
    scanner(FINDS, name="mended")
    assert quarantine.ask_again() == 1
    committed(lambda: quarantine.examine(version.blob_id))
    version.refresh_from_db()
    assert version.status == "queued"
    assert ingest.ingest(str(version.pk)) == "ready"
    assert CANARY in shown(signed_in(tanaka), version)


def test_a_scanner_that_hangs_ends_with_all_it_started(scanner, settings, shelf, add_document, tmp_path):
    # Held open for writing by the scanner and all that it starts.
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    reading = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    scanner(f"exec 9> {alive}; echo began >&9; sleep 600 & wait")
    settings.SCANNER_SECONDS = 1
    assert add_document(shelf, "よい知らせです。", "手引き.txt").status == "scanning"
    assert os.read(reading, 100) == b"began\n"
    assert select.select([reading], [], [], 30)[0], "what the scanner started lives on"
    assert os.read(reading, 100) == b""
    os.close(reading)


def test_a_clerk_has_a_waiting_file_looked_at_again(scanner, shelf, add_document, tanaka, signed_in):
    scanner("exit 2")
    version = add_document(shelf, f"{CANARY}は元気です。", "手引き.txt")
    client = signed_in(tanaka)
    assert "今すぐ検査し直す" in client.get(reverse("document", args=[version.document_id])).content.decode()
    assert client.post(reverse("document-retry", args=[version.document_id, 1])).status_code == 302
    assert ingest.ingest(str(version.pk)) == "scanning"
    scanner(FINDS)
    assert ingest.ingest(str(version.pk)) == "ready"


def test_before_the_scanner_speaks_nothing_reads_the_bytes(scanner, shelf, office, home):
    scanner("exit 2")
    version = store.add_file(office, shelf, io.BytesIO(b"%PDF-1.7"), "予算.pdf")
    assert (version.blob.is_held, version.media_type) == (True, "application/octet-stream")
    with pytest.raises(blobs.Held):
        blobs.path_of(version.blob)
    ingest.ingest(str(version.pk))
    assert list((home / "derived").rglob(f"{version.blob.sha256}*")) == []


def test_files_inside_an_archive_are_looked_at_too(scanner, shelf, add_document):
    scanner(FINDS)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("安全.txt", "よい知らせです。")
        archive.writestr("危険.txt", EICAR)
    outer = add_document(shelf, packed.getvalue(), "一式.zip")
    came = {child.file_name: child.versions.get() for child in outer.document.children.all()}
    assert {name: ingest.ingest(str(version.pk)) for name, version in came.items()} == {
        "安全.txt": "ready",
        "危険.txt": "held",
    }


def test_what_is_found_later_leaves_the_index_and_every_page(
    scanner, shelf, add_document, tanaka, signed_in, committed, office
):
    version = add_document(shelf, EICAR, "請求書.txt")
    twin = add_document(shelf, EICAR, "請求書の写し.txt")
    scope, client = scope_of(tanaka, "internal"), signed_in(tanaka)
    assert (version.status, version.blob.verdict) == ("ready", "unasked")
    assert str(version.document_id) in the_index().documents(office.pk)
    assert CANARY in shown(client, version)
    scanner(FINDS)
    committed(lambda: quarantine.examine(version.blob_id))
    for each in (version, twin):
        each.refresh_from_db()
        assert (each.status, Document.objects.get(pk=each.document_id).current) == ("held", None)
        assert str(each.document_id) not in the_index().documents(office.pk)
        assert CANARY not in shown(client, each)
    assert not Passage.objects.within(scope).filter(version=version).exists()


def test_only_an_administrator_releases_and_writes_why(
    scanner, shelf, add_document, tanaka, administrator, signed_in, committed, make_user
):
    scanner(FINDS)
    version = add_document(shelf, EICAR, "誤検知.txt")
    address = reverse("quarantine")
    assert signed_in(tanaka).get(address).status_code == 404
    assert decide(signed_in(tanaka), "release", version, "だいじょうぶ").status_code == 404
    client = signed_in(administrator)
    refused = decide(client, "release", version, "   ")
    assert (refused.status_code, Blob.objects.get().verdict) == (400, "found")
    assert "理由を書いてください" in refused.content.decode()
    committed(lambda: decide(client, "release", version, "検査会社に誤検知と確かめた"))
    version.refresh_from_db()
    assert (version.status, Blob.objects.get().verdict) == ("queued", "released")
    assert ingest.ingest(str(version.pk)) == "ready"
    assert CANARY in shown(signed_in(tanaka), version)
    (event,) = events("quarantine.released")
    assert (event.actor, event.detail["finding"]) == (f"user:{administrator.pk}", "Eicar-Signature")
    assert event.detail["reason"] == "検査会社に誤検知と確かめた"
    committed(lambda: quarantine.examine(version.blob_id))
    assert Blob.objects.get().verdict == "released", "the same finding was decided already"
    committed(lambda: decide(client, "withdraw", version, "やはり危険"))
    assert CANARY not in shown(signed_in(tanaka), version)


def test_another_finding_undoes_a_release(scanner, shelf, add_document, administrator, committed):
    scanner(FINDS)
    version = add_document(shelf, EICAR, "誤検知.txt")
    quarantine.release(administrator, version.blob_id, "誤検知")
    scanner('echo "stream: Win.Trojan.Other FOUND"; exit 1')
    committed(lambda: quarantine.examine(version.blob_id))
    assert (Blob.objects.get().verdict, Blob.objects.get().finding) == ("found", "Win.Trojan.Other")


def test_removing_takes_the_bytes_and_the_same_bytes_are_asked_anew(
    scanner, settings, shelf, add_document, administrator, tanaka, signed_in, committed
):
    scanner(FINDS)
    version = add_document(shelf, EICAR, "請求書.txt")
    path = blobs.place_of(version.blob)
    assert path.exists()
    committed(lambda: decide(signed_in(administrator), "remove", version, "標的型メールの添付"))
    assert not path.exists()
    assert "管理者が削除しました" in shown(signed_in(tanaka), version)
    assert blobs.missing(version.tenant) == []
    settings.SCANNER = []
    again = add_document(shelf, EICAR, "また来た.txt")
    assert (again.status, path.exists()) == ("scanning", True)


def test_an_office_decides_on_its_own_files_only(scanner, shelf, add_document, signed_in, make_user):
    scanner(FINDS)
    version = add_document(shelf, EICAR, "請求書.txt")
    other = Tenant.objects.create(slug="other", name="隣の市", hosts=["other.example"])
    stranger = User.objects.create(tenant=other, login="kanri", name="kanri", is_administrator=True)
    with pytest.raises(NotFound):
        quarantine.release(stranger, version.blob_id, "よその市")
    assert quarantine.shown(other, scope_of(stranger, "internal"), ["found"]) == []


def test_an_administrator_sees_what_is_held_and_no_name_beyond_his_scope(
    scanner, shelf, staff_folder, add_document, administrator, signed_in
):
    scanner(FINDS)
    add_document(shelf, EICAR, "高齢福祉課の秘密.txt")
    add_document(staff_folder, EICAR + "もう一つ", "庁内の請求書.txt")
    page = signed_in(administrator).get(reverse("quarantine")).content.decode()
    assert page.count("Eicar-Signature") == 2
    assert "庁内の請求書.txt" in page
    assert "高齢福祉課の秘密" not in page
    assert "あなたに閲覧権限のない文書" in page


def test_without_a_scanner_files_go_on_and_the_administrator_is_told(
    scanner, shelf, add_document, administrator, signed_in, committed
):
    from madoguchi.cli.doctor import viruses

    version = add_document(shelf, EICAR, "請求書.txt")
    assert (version.status, version.blob.verdict) == ("ready", "unasked")
    client = signed_in(administrator)
    assert "ウイルス検査が設定されていません" in client.get(reverse("quarantine")).content.decode()
    assert "設定されていません" in viruses().detail
    scanner(FINDS)
    assert "未検査のファイルを検査する" in client.get(reverse("quarantine")).content.decode()
    client.post(reverse("quarantine"), {"act": "examine-unasked"})
    committed(lambda: quarantine.examine(version.blob_id))
    assert Blob.objects.get().verdict == "found"


def test_old_files_stay_open_while_the_scanner_is_down(scanner, shelf, add_document, committed):
    version = add_document(shelf, "よい知らせです。", "手引き.txt")
    scanner("exit 2")
    committed(lambda: quarantine.examine(version.blob_id))
    assert not Blob.objects.get().is_held


def test_taking_the_setting_away_opens_nothing(scanner, settings, shelf, add_document):
    scanner("exit 2")
    version = add_document(shelf, EICAR, "請求書.txt")
    settings.SCANNER = []
    assert ingest.ingest(str(version.pk)) == "scanning"
    assert Blob.objects.get().is_held


@pytest.mark.parametrize(
    ("script", "said"),
    [(FINDS, ""), ("exit 0", "EICAR"), ("exit 1", "無害なファイル"), ("exit 3", "終了コード 3")],
)
def test_the_trial_tells_a_scanner_from_a_program_that_is_none(scanner, script, said):
    scanner(script)
    assert (scanning.trial() == "") if not said else (said in scanning.trial())


def test_garbage_from_the_scanner_becomes_a_short_plain_name(scanner, shelf, add_document):
    scanner(r"printf '\033[31m\377\000\n<b>%0900d</b>' 7; exit 1")
    finding = add_document(shelf, EICAR, "請求書.txt").blob.finding
    assert finding.isprintable()
    assert 0 < len(finding) <= 200


def test_the_scanner_gets_a_copy_of_its_own_and_no_secret(scanner, monkeypatch, tmp_path, shelf: Folder, add_document):
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", "postgresql://user:secret@db/name")
    seen: Path = tmp_path / "seen"
    scanner(f'env > {seen}; echo "$1" >> {seen}; cat "$1" >> {seen}; rm -f "$1"; exit 0', "{file}")
    version = add_document(shelf, "よい知らせです。", "手引き; rm -rf $HOME.txt")
    assert version.status == "ready"
    told = seen.read_text()
    assert "よい知らせです。" in told
    assert "secret" not in told
    assert "手引き" not in told
    assert blobs.path_of(version.blob).exists()


def test_bytes_that_arrive_again_wait_with_all_that_stands_on_them(
    scanner, shelf: Folder, add_document: AddDocument, committed
):
    first = add_document(shelf, "よい知らせです。", "一つ.txt")
    scanner("exit 2")
    second = add_document(shelf, "よい知らせです。", "二つ.txt")
    first.refresh_from_db()
    assert (first.status, second.status) == ("scanning", "scanning")
    scanner(FINDS)
    committed(lambda: quarantine.examine(first.blob_id))
    assert {ingest.ingest(str(one.pk)) for one in (first, second)} == {"ready"}
