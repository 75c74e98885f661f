"""A person corrects what was read: it is found, it stays when the same bytes are read again, and it leaks nowhere."""

import json
import shutil

import pytest
from django.urls import reverse

from madoguchi.audit.models import Event
from madoguchi.library import correcting, corrections, ingest, readings
from madoguchi.library.correcting import place_of
from madoguchi.library.models import Correction, Passage, Version
from madoguchi.library.refused import NotFound
from madoguchi.people.access import scope_of
from madoguchi.people.models import User
from madoguchi.readers.blocks import Block, Page, Reading

from .conftest import CANARY

pytestmark = pytest.mark.django_db
TABLE = "種別,金額（円）\n住民票,300\n戸籍,450\n"


@pytest.fixture(autouse=True)
def nothing_kept(home):
    """The offices of two tests have the same number, so what one puts in the place of a reading another would find."""
    shutil.rmtree(home / "derived", ignore_errors=True)
    yield
    shutil.rmtree(home / "derived", ignore_errors=True)


@pytest.fixture
def user(make_user):
    return make_user("tanaka", name="田中")


@pytest.fixture
def client(user, signed_in):
    return signed_in(user)


def address(version: Version, block: int) -> str:
    return reverse("block", args=[version.document_id, version.number, block])


def number_of(version: Version, text: str) -> int:
    """Return the place of the block that reads as a text now."""
    return next(at for at, block in enumerate(readings.blocks_of(version)) if text in (block.text, block.kind))


def correct(client, version: Version, block: int, text: str, **cells: str):
    fields = {"seen": place_of(version, block).seen, "text": text, "act": "save"}
    return client.post(address(version, block), fields | {name.replace("_", "-"): cell for name, cell in cells.items()})


def recut(version: Version) -> None:
    """Do the work that a correction has written down."""
    for each in Version.objects.filter(blob=version.blob, status="cutting"):
        assert ingest.recut(str(each.pk)) == "ready"


def texts(version: Version) -> str:
    return "\n".join(version.passages.values_list("text", flat=True))


def keep(version: Version, reading: Reading) -> None:
    """Put a reading in the place of what was read, as newer readers would."""
    readings._keep(readings._place(version), reading)


def scanned(*blocks: tuple[str, float]) -> Reading:
    """A page as OCR reads it, with how sure it is of each paragraph."""
    places = [[0.1, number / 20, 0.9, (number + 1) / 20] for number in range(len(blocks))]
    return Reading(
        [
            Block("paragraph", text, {"page": 1, "boxes": [place]}, origin="ocr", confidence=sure)
            for (text, sure), place in zip(blocks, places, strict=True)
        ],
        [Page(1, 595, 842, [])],
    )


def test_a_correction_is_shown_and_found_and_stays_when_the_same_bytes_are_read_again(client, shelf, add_document):
    version = add_document(shelf)
    ids = list(version.passages.values_list("pk", flat=True))
    answer = correct(client, version, number_of(version, "住民票の写しは300円です。"), "住民票の写しは350円です。")
    assert answer.status_code == 302
    version.refresh_from_db()
    assert version.status == "cutting"
    recut(version)
    page = client.get(answer["Location"]).content.decode()
    assert "住民票の写しは350円です。" in page
    assert "人が確認・訂正" in page
    assert "350円" in texts(version)
    assert list(version.passages.values_list("pk", flat=True)) == ids
    # Read anew from the bytes.
    readings.forget(version)
    assert ingest.ingest(str(version.pk)) == "ready"
    assert "350円" in texts(version)
    assert "300円" not in texts(version)
    found = client.get(reverse("search"), {"q": "350円"}).content.decode()
    assert "<mark>350" in found


def test_the_same_bytes_elsewhere_show_it_to_those_who_see_them_there_and_to_nobody_else(
    client, make_user, signed_in, office, shelf, staff_folder, add_document
):
    mine, other = add_document(shelf), add_document(staff_folder, name="別名.md")
    assert mine.blob_id == other.blob_id
    correct(client, mine, number_of(mine, "平日の9時から17時まで。"), f"平日の9時から{CANARY}まで。")
    recut(mine)
    assert CANARY in texts(mine)
    assert CANARY in texts(other)
    stranger = signed_in(make_user("suzuki", "総務部/人事課"))
    for place in ("block", "corrections"):
        arguments = [mine.document_id, 1, 0] if place == "block" else [mine.document_id, 1]
        assert stranger.get(reverse(place, args=arguments)).status_code == 404
    assert CANARY in stranger.get(reverse("document", args=[other.document_id])).content.decode()
    # Where no version of these bytes is in sight, nothing tells of it.
    other.document.readers = [f"user:{User.objects.get(login='tanaka').pk}"]
    other.document.save()
    for page in (
        reverse("library"),
        reverse("search") + "?q=" + CANARY,
        reverse("document", args=[other.document_id]),
        reverse("corrections", args=[other.document_id, 1]),
    ):
        body = stranger.get(page).content.decode()
        # What was asked stands in the box, the title and what may be kept.
        for asked in (f'value="{CANARY}"', f"<title>{CANARY}", f"「{CANARY}」の新着"):
            body = body.replace(asked, "")
        assert CANARY not in body


@pytest.mark.req("C6")
def test_who_may_only_read_corrects_nothing(client, make_user, signed_in, office, staff_folder, add_document):
    from madoguchi.library.models import Folder

    version = add_document(staff_folder)
    Folder.objects.filter(pk=staff_folder.pk).update(writers=["rank:3"])
    assert client.get(reverse("document", args=[version.document_id])).status_code == 200
    assert client.get(address(version, 1)).status_code == 404
    assert correct(client, version, 1, "x").status_code == 404
    assert client.post(reverse("corrections", args=[version.document_id, 1]), {"drop": 1}).status_code == 404
    assert "correct=1" not in client.get(reverse("document", args=[version.document_id])).content.decode()
    user = User.objects.get(login="tanaka")
    with pytest.raises(NotFound):
        correcting.save(scope_of(user, "internal"), user, version, 1, place_of(version, 1).seen, "x")
    assert not Correction.objects.exists()


@pytest.mark.req("C11")
def test_a_body_sets_no_owner_bytes_or_office_of_a_correction(client, office, shelf, add_document, make_user, user):
    version, other = add_document(shelf), add_document(shelf, "# 別\n\n別の本文", name="別.md")
    fields = {
        "seen": place_of(version, 1).seen,
        "text": "新しい本文",
        "act": "save",
        "tenant": "9",
        "tenant_id": "9",
        "blob": other.blob_id,
        "blob_id": other.blob_id,
        "saved_by": make_user("other").pk,
        "read": "x",
        "block": "0",
        "undone": "1",
        "cell-0-0": "x",
    }
    assert client.post(address(version, 1), fields).status_code == 302
    made = Correction.objects.get()
    assert (made.tenant, made.blob, made.saved_by, made.block) == (office, version.blob, user, 1)
    assert (made.read, made.cells, made.undone) == ("住民票の写しは300円です。", [], False)


def test_somebody_elses_correction_meanwhile_is_shown_beside_what_was_typed(
    client, signed_in, make_user, shelf, add_document
):
    version = add_document(shelf)
    seen = place_of(version, 1).seen
    correct(signed_in(make_user("suzuki", name="鈴木")), version, 1, "住民票の写しは400円です。")
    late = {"seen": seen, "text": "住民票の写しは350円です。", "act": "save"}
    answer = client.post(address(version, 1), late)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "ほかの人がこの箇所を訂正しました" in page
    assert "鈴木さんの訂正" in page
    assert "住民票の写しは350円です。</textarea>" in page
    assert "住民票の写しは400円です。" in page
    assert Correction.objects.count() == 1
    again = page.split('name="seen" value="')[1].split('"')[0]
    assert client.post(address(version, 1), late | {"seen": again}).status_code == 302
    assert Correction.objects.count() == 2


def test_of_a_table_two_persons_correct_different_cells_and_none_is_lost(
    client, signed_in, make_user, shelf, add_document
):
    version = add_document(shelf, TABLE, "料金.csv")
    table = number_of(version, "table")
    seen = place_of(version, table).seen
    correct(signed_in(make_user("suzuki")), version, table, "", cell_1_1="310")
    fields = {f"cell-{row}-{column}": cell for row, column, cell in [(1, 1, "300"), (2, 1, "460")]}
    page = client.post(address(version, table), fields | {"seen": seen, "text": ""}).content.decode()
    assert 'name="cell-1-1" id="cell-1-1" value="310"' in page
    assert 'name="cell-2-1" id="cell-2-1" value="460"' in page
    assert "いまは「450」" in page
    correct(client, version, table, "", cell_1_1="310", cell_2_1="460")
    assert readings.blocks_of(version)[table].cells == [["種別", "金額（円）"], ["住民票", "310"], ["戸籍", "460"]]
    recut(version)
    assert "金額（円）：460" in texts(version)


def test_history_says_who_and_when_and_each_state_comes_back(client, shelf, add_document):
    version = add_document(shelf)
    correct(client, version, 1, "一度目")
    correct(client, version, 1, "二度目")
    page = client.get(address(version, 1)).content.decode()
    assert page.count("田中") >= 2
    first = Correction.objects.order_by("pk")[0].pk
    back = {"act": "take-back", "text": ""}
    client.post(address(version, 1), back | {"seen": place_of(version, 1).seen, "to": first})
    assert readings.blocks_of(version)[1].text == "一度目"
    client.post(address(version, 1), back | {"seen": place_of(version, 1).seen, "to": 0})
    block = readings.blocks_of(version)[1]
    assert (block.text, block.origin) == ("住民票の写しは300円です。", "file")
    recut(version)
    assert "300円" in texts(version)
    listed = client.get(reverse("corrections", args=[version.document_id, 1])).content.decode()
    assert "読み取ったままに戻しました" in listed
    strange = {"seen": place_of(version, 1).seen, "to": 999_999} | back
    assert client.post(address(version, 1), strange).status_code == 404


def test_a_newer_reading_that_moves_a_block_takes_its_correction_along(shelf, add_document, client):
    version = add_document(shelf)
    correct(client, version, 1, "訂正した本文")
    blocks = readings.blocks_as_read(version)
    keep(version, Reading([Block("paragraph", "新しく見つけた行", {}), *blocks]))
    assert readings.blocks_of(version)[2].text == "訂正した本文"


def test_a_correction_that_fits_nowhere_any_more_is_shown_to_who_may_correct_until_it_is_let_go_of(
    shelf, add_document, client
):
    version = add_document(shelf)
    correct(client, version, 1, "訂正した本文")
    recut(version)
    keep(version, Reading([Block("paragraph", "まったく別に読んだ", {})]))
    assert [block.text for block in readings.blocks_of(version)] == ["まったく別に読んだ"]
    page = client.get(reverse("document", args=[version.document_id])).content.decode()
    assert "当てはまる箇所が見つからない訂正が1件" in page
    listed = reverse("corrections", args=[version.document_id, 1])
    shown = client.get(listed).content.decode()
    assert "訂正した本文" in shown
    assert "住民票の写しは300円です。" in shown
    client.post(listed, {"drop": Correction.objects.get().pk})
    assert "訂正した本文" not in client.get(listed).content.decode().replace("新しい", "")
    assert corrections.placed(version.blob, readings.blocks_as_read(version)).lost == []


def test_two_blocks_that_read_alike_keep_their_own_corrections(shelf, add_document, client):
    version = add_document(shelf, "# 一\n\n同じ行\n\n# 二\n\n同じ行\n")
    correct(client, version, 3, "二つ目だけ直す")
    assert [block.text for block in readings.blocks_of(version)] == ["一", "同じ行", "二", "二つ目だけ直す"]
    # Moved, it could be either: it is put on neither.
    keep(version, Reading([Block("paragraph", "前", {}), *readings.blocks_as_read(version)]))
    assert "二つ目だけ直す" not in [block.text for block in readings.blocks_of(version)]


@pytest.mark.req("L1")
def test_the_record_names_who_corrected_what_by_digests_alone(client, shelf, add_document, user):
    version = add_document(shelf)
    correct(client, version, 1, CANARY)
    event = Event.objects.get(action="reading.corrected")
    assert event.actor == f"user:{user.pk}"
    assert event.target == f"document:{version.document_id}"
    assert event.detail["before"] != event.detail["after"]
    written = json.dumps(list(Event.objects.values("detail")), ensure_ascii=False)
    assert CANARY not in written
    assert "住民票" not in written


def test_what_is_read_with_little_confidence_says_so_until_a_person_confirms_it(client, shelf, add_document, pdf):
    version = add_document(shelf, pdf, "手数料条例.pdf")
    keep(version, scanned(("住民票の写しは３００円", 0.62), ("戸籍の写しは４５０円", 0.95)))
    Version.objects.filter(pk=version.pk).update(pages=1, status="cutting")
    recut(version)
    assert [each.confidence for each in version.passages.all()] == [0.62]
    shown = reverse("document", args=[version.document_id])
    assert client.get(shown).content.decode().count("読み取りに自信がありません（62％）") == 1
    found = client.get(reverse("search"), {"q": "住民票の写し"}).content.decode()
    assert "OCR" in found
    assert "読み取りに自信がありません（62％）" in found
    correct(client, version, 0, "住民票の写しは３００円")
    recut(version)
    assert "自信がありません" not in client.get(shown).content.decode()
    assert [each.confidence for each in version.passages.all()] == [0.95]


def test_a_large_table_is_corrected_row_by_row(client, shelf, add_document):
    rows = "".join(f"区分{number},{number}00\n" for number in range(1, 400))
    version = add_document(shelf, "種別,金額（円）\n" + rows, "料金.csv")
    table = number_of(version, "table")
    listed = client.get(address(version, table) + "?part=4").content.decode()
    assert "351行目を直す" in listed
    one = client.get(address(version, table) + "?row=351").content.decode()
    assert 'value="区分350"' in one
    assert "351行2列 金額（円）" in one
    assert 'value="区分349"' not in one
    fields = {"seen": place_of(version, table).seen, "cell-350-0": "区分三百五十", "cell-350-1": "35000"}
    assert client.post(address(version, table) + "?row=351", fields).status_code == 302
    assert readings.blocks_of(version)[table].cells[350] == ["区分三百五十", "35000"]
    assert Correction.objects.get().cells == [[350, 0, "区分350", "区分三百五十"]]
    assert client.get(address(version, table) + "?row=9999").status_code == 404


def test_a_merged_cell_is_one_cell_on_the_page_and_one_input(client, shelf, add_document):
    version = add_document(shelf, TABLE, "料金.csv")
    cells = [["区分", "歳入", "歳入"], ["区分", "市税", "国庫"], ["一般", "100", "200"], ["一般", "300", "400"]]
    spans = [[0, 0, 2, 1], [0, 1, 1, 2], [2, 0, 2, 1]]
    block = Block("table", "予算", {}, cells=cells, header_rows=2, unit="単位：千円", spans=spans)
    keep(version, Reading([block]))
    page = client.get(reverse("document", args=[version.document_id])).content.decode()
    assert '<th scope="col" rowspan="2">区分</th><th scope="colgroup" colspan="2">歳入</th>' in page
    assert '<th scope="col">市税</th><th scope="col">国庫</th>' in page
    assert '<td rowspan="2">一般</td><td class="number">100</td>' in page
    assert page.count("一般</td>") == 1
    assert "単位：千円" in page
    form = client.get(address(version, 0)).content.decode()
    assert form.count('name="cell-2-0"') == 1
    assert 'name="cell-3-0"' not in form
    assert 'aria-label="4行2列 歳入／市税"' in form
    correct(client, version, 0, "予算", cell_2_0="特別")
    assert [row[0] for row in readings.blocks_of(version)[0].cells] == ["区分", "区分", "特別", "特別"]


def test_a_correction_while_the_passages_are_cut_is_cut_in_too(shelf, add_document, user, monkeypatch):
    """Whoever stores passages last has made them of what stands: the correction comes between reading and storing."""
    version = add_document(shelf)
    cut, again = ingest._passages, list[bool]()

    def slow(of: Version) -> list[Passage]:
        rows = cut(of)
        if not again:
            again.append(True)
            scope = scope_of(user, "internal")
            correcting.save(scope, user, version, 1, place_of(version, 1).seen, "間に合った訂正")
        return rows

    monkeypatch.setattr(ingest, "_passages", slow)
    ingest.cut(str(version.pk))
    assert "間に合った訂正" in texts(version)


def test_what_a_file_hides_is_left_out_until_its_folder_says_otherwise(client, shelf, add_document):
    version = add_document(shelf)
    keep(version, Reading([Block("paragraph", "見える行", {}), Block("paragraph", CANARY, {}, hidden="非表示の行")]))
    settings = reverse("folder-settings", args=[shelf.pk])
    fields = {"name": shelf.name, "classification": "1", "readers-keys": shelf.readers, "act": "save"}
    shown = reverse("document", args=[version.document_id])

    def seen() -> tuple[bool, bool]:
        for each in Version.objects.filter(status="cutting"):
            ingest.recut(str(each.pk))
        return CANARY in texts(version), CANARY in client.get(shown).content.decode()

    Version.objects.filter(pk=version.pk).update(status="cutting")
    assert seen() == (False, False)
    assert client.get(address(version, 1)).status_code == 404
    assert client.post(settings, fields | {"reads_hidden": "on"}).status_code == 302
    assert seen() == (True, True)
    assert "非表示の行" in client.get(shown).content.decode()
    assert client.get(address(version, 1)).status_code == 200
    assert client.post(settings, fields).status_code == 302
    assert seen() == (False, False)


def test_a_figure_is_shown_as_its_part_of_the_page_with_its_words(client, shelf, add_document, pdf):
    version = add_document(shelf, pdf, "手数料条例.pdf")
    figure = Block("figure", "図1 窓口の流れ\n受付 交付", {"page": 1, "boxes": [[0.1, 0.2, 0.5, 0.4]]})
    keep(version, Reading([figure], [Page(1, 500, 1000, [])]))
    page = client.get(reverse("document", args=[version.document_id])).content.decode()
    assert '<svg viewBox="50.00 200.00 200.00 200.00"' in page
    assert "図1 窓口の流れ" in page
