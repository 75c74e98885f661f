"""Loading people from a CSV: read, planned, applied or refused as a whole, and written back the same."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.people import csv_export, csv_import, csv_rows
from madoguchi.people.access import held_keys
from madoguchi.people.models import Department, Group, Membership, Position, Post, Tenant, User
from tests.conftest import department
from tests.soak import size

pytestmark = pytest.mark.django_db
HEADINGS = "login,name,department,position,rank,concurrent,groups"
TODAY = date(2026, 3, 10)
APRIL = date(2026, 4, 1)


@pytest.fixture(autouse=True)
def march(monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


def file(*lines: str, headings: str = HEADINGS) -> bytes:
    return "\r\n".join([headings, *lines]).encode()


def plan(tenant: Tenant, *lines: str, on: date = TODAY) -> csv_import.Plan:
    return csv_import.plan(tenant, csv_import.read_rows(file(*lines)), on)


def load(tenant: Tenant, *lines: str, on: date = TODAY) -> csv_import.Plan:
    planned = plan(tenant, *lines, on=on)
    assert not planned.errors, planned.errors
    csv_import.apply(tenant, planned)
    return planned


def messages(planned: csv_import.Plan) -> list[tuple[int, str]]:
    return [(error.line, error.message) for error in planned.errors]


def places(login: str, on: date) -> set[tuple[str, str, bool]]:
    posts = Post.objects.filter(user__login=login).select_related("department", "position")
    return {
        (post.department.name, post.position.name, post.is_main)
        for post in posts
        if (post.valid_from or date.min) <= on <= (post.valid_to or date.max)
    }


def test_a_file_makes_people_and_all_they_need(db):
    tenant = Tenant.objects.create(slug="office", name="市")
    planned = load(
        tenant,
        "tanaka,田中 太郎,福祉部/高齢福祉課,課長,3,総務部/人事課:主査,DX推進員;防災",
        "suzuki,鈴木 花子,総務部/人事課,主査,2,,DX推進員",
    )
    kinds = [change.kind for change in planned.changes]
    assert kinds.count("department") == 4
    assert kinds.count("position") == 2
    assert kinds.count("group") == 2
    assert kinds.count("person") == 2
    tanaka = User.objects.get(login="tanaka")
    assert places("tanaka", TODAY) == {("高齢福祉課", "課長", True), ("人事課", "主査", False)}
    assert not tanaka.has_usable_password()
    keys = held_keys(tanaka, TODAY)
    assert f"dept:{Department.objects.get(name='人事課').pk}+rank:2" in keys
    assert f"group:{Group.objects.get(name='防災').pk}" in keys


def test_the_preview_changes_nothing(office):
    planned = plan(office, "tanaka,田中,福祉部/新しい課,主任,2,,新しい組")
    assert planned.changes
    assert not User.objects.exists()
    assert not Group.objects.exists()
    assert not Department.objects.filter(name="新しい課").exists()


def test_errors_name_their_lines_and_nothing_is_applied(office):
    planned = plan(
        office,
        "good,良い人,福祉部/高齢福祉課,主事,1,,",
        "bad login!,名,福祉部,主事,1,,",
        "noname,,福祉部,主事,1,,",
        "half,半分,福祉部,,,,",
        "rank,順位,福祉部,主事,たかい,,",
        "clash,衝突,福祉部,新職,5,,",
        "clash2,衝突,福祉部,新職,6,,",
        "unknown,未登録,福祉部,謎職,,,",
        "other,兼務,福祉部,主事,1,総務部-主事,",
        "good,二度目,福祉部,主事,1,,",
        "short,足りない,福祉部",
        "same,同じ,福祉部,主事,1,福祉部:主事,",
        "path,経路,福祉部//課,主事,1,,",
        ",名なし,福祉部,主事,1,,",
    )
    assert [line for line, _ in messages(planned)] == [3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15]
    texts = dict(messages(planned))
    assert "ログイン名は英数字" in texts[3]
    assert "氏名" in texts[4]
    assert "両方" in texts[5]
    assert "整数" in texts[6]
    assert "7行目では5" in texts[8]
    assert "未登録" in texts[9]
    assert "2行目にもあります" in texts[11]
    assert "列の数が3" in texts[12]
    with pytest.raises(ValueError, match="反映できません"):
        csv_import.apply(office, planned)
    assert not User.objects.exists()


def test_a_failure_half_way_leaves_nothing(office, monkeypatch):
    planned = plan(office, "tanaka,田中,福祉部/新課,主事,1,,", "suzuki,鈴木,福祉部/新課,主事,1,,")
    create = Post.objects.create
    made: list[object] = []

    def once_then_fail(**fields):
        if made:
            raise OSError("disk full")
        made.append(fields)
        return create(**fields)

    monkeypatch.setattr(Post.objects, "create", once_then_fail)
    with pytest.raises(OSError, match="disk"):
        csv_import.apply(office, planned)
    assert not User.objects.exists()
    assert not Department.objects.filter(name="新課").exists()


def test_a_transfer_of_april_is_loaded_in_march(office):
    load(office, "tanaka,田中,福祉部/高齢福祉課,主事,1,,組", on=TODAY)
    planned = load(office, "tanaka,田中,総務部/人事課,係長,2,福祉部:主事,", on=APRIL)
    assert {change.kind for change in planned.changes} == {"end", "post", "leave"}
    eve = APRIL - timedelta(days=1)
    assert places("tanaka", TODAY) == places("tanaka", eve) == {("高齢福祉課", "主事", True)}
    assert places("tanaka", APRIL) == {("人事課", "係長", True), ("福祉部", "主事", False)}
    user = User.objects.get(login="tanaka")
    group = f"group:{Group.objects.get().pk}"
    assert group in held_keys(user, eve)
    assert group not in held_keys(user, APRIL)
    personnel = f"dept:{department(office, '総務部/人事課').pk}"
    assert personnel not in held_keys(user, eve)
    assert personnel in held_keys(user, APRIL)
    assert not plan(office, "tanaka,田中,総務部/人事課,係長,2,福祉部:主事,", on=APRIL).changes


def test_a_planned_transfer_can_be_changed_and_called_off(office):
    load(office, "tanaka,田中,福祉部/高齢福祉課,主事,1,,")
    load(office, "tanaka,田中,総務部/人事課,係長,2,,", on=APRIL)
    load(office, "tanaka,田中,福祉部/こども家庭課,係長,2,,", on=APRIL)
    assert places("tanaka", APRIL) == {("こども家庭課", "係長", True)}
    assert Post.objects.count() == 2, "the post that never began is gone"
    load(office, "tanaka,田中,福祉部/高齢福祉課,主事,1,,", on=APRIL)
    assert places("tanaka", APRIL) == places("tanaka", TODAY) == {("高齢福祉課", "主事", True)}


def test_a_change_today_lasts_until_the_transfer_that_is_planned(office):
    load(office, "tanaka,田中,福祉部/高齢福祉課,主事,1,,")
    load(office, "tanaka,田中,総務部/人事課,係長,2,,", on=APRIL)
    load(office, "tanaka,田中,福祉部/こども家庭課,主事,1,,")
    assert places("tanaka", TODAY) == {("こども家庭課", "主事", True)}
    assert places("tanaka", APRIL) == {("人事課", "係長", True)}


def test_a_person_who_comes_in_april_cannot_sign_in_in_march(office):
    load(office, "tanaka,田中,福祉部/四月課,主事,1,,", on=APRIL)
    user = User.objects.get(login="tanaka")
    assert not user.may_sign_in(APRIL - timedelta(days=1))
    assert user.may_sign_in(APRIL)
    assert Department.objects.get(name="四月課").valid_from == APRIL


def test_who_is_not_in_the_file_stays(office, make_user):
    make_user("suzuki")
    assert load(office, "tanaka,田中,福祉部,主事,1,,").untouched == 1
    assert places("suzuki", TODAY) == {("高齢福祉課", "主事", True)}


def test_columns_left_out_leave_posts_and_groups_alone(office):
    load(office, "tanaka,田中,福祉部/高齢福祉課,主事,1,総務部:主事,組")
    rows = csv_import.read_rows(
        file("tanaka,田中,総務部/人事課,主事,1", headings="login,name,department,position,rank")
    )
    csv_import.apply(office, csv_import.plan(office, rows, APRIL))
    assert places("tanaka", APRIL) == {("人事課", "主事", True), ("総務部", "主事", False)}
    assert Membership.objects.get().valid_to is None


def test_a_department_that_ended_takes_nobody(office):
    Department.objects.filter(name="人事課").update(valid_to=date(2026, 3, 31))
    planned = plan(office, "tanaka,田中,総務部/人事課,主事,1,,", on=APRIL)
    assert messages(planned) == [(2, "所属「総務部/人事課」は 2026-03-31 で終わっています。")]


def test_a_rank_changes_today_with_notice_but_not_in_the_future(office):
    line = "tanaka,田中,福祉部,課長,4,,"
    assert "将来の日付ではできません" in messages(plan(office, line, on=APRIL))[0][1]
    planned = load(office, line)
    assert "職位「課長」の順位: 3 → 4" in [change.text for change in planned.changes]
    assert Position.objects.get(name="課長").rank == 4


def test_a_plan_is_stale_when_the_office_has_changed_since(office, make_user):
    planned = plan(office, "tanaka,田中,福祉部,主事,1,,")
    make_user("tanaka")
    with pytest.raises(csv_import.StaleError):
        csv_import.apply(office, planned)


def test_another_office_is_not_touched(office):
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])
    load(elsewhere, "tanaka,隣の田中,市長室,市長,9,,組")
    planned = load(office, "tanaka,田中,福祉部,主事,1,,組")
    assert planned.untouched == 0
    assert User.objects.get(tenant=elsewhere).name == "隣の田中"
    assert User.objects.filter(login="tanaka").count() == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_files_of_excel_are_read_in_their_encodings(encoding):
    text = f"{HEADINGS}\r\ntanaka,髙﨑 太郎,福祉部／高齢福祉課,課長,３,,\r\n"
    (row,) = csv_import.read_rows(text.encode(encoding))
    assert row.name == "髙﨑 太郎"
    assert csv_rows.wanted(row).main == (("福祉部", "高齢福祉課"), "課長")
    assert csv_rows.wanted(row).rank == 3


def test_lines_are_counted_as_an_editor_counts_them():
    data = file('tanaka,"田中\n太郎",福祉部,主事,1,,', "", "suzuki,鈴木,福祉部,主事,1,,")
    assert [row.line for row in csv_import.read_rows(data)] == [2, 5]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "見出し"),
        (b"\xff\xfe\x00\x41", "文字コード"),
        (b"login\x00,name", "文字コード"),
        (file(), "行がありません"),
        (file("a,b", headings="login,name"), "足りない列: department,position,rank"),
        (file("a", headings=HEADINGS + ",password"), "分からない列: password"),
        (file("a", headings=HEADINGS + ",login"), "見出し"),
        (file('tanaka,"田中'), "CSVとして読み取れません"),
        (file('tanaka,"田"中",福祉部,主事,1,,'), "CSVとして読み取れません"),
    ],
)
def test_what_is_no_such_file_says_so(data, message):
    with pytest.raises(ValueError, match=message):
        csv_import.read_rows(data)


def test_limits_say_so(settings):
    settings.PEOPLE_IMPORT_MAX_ROWS = 2
    with pytest.raises(ValueError, match="2行まで"):
        csv_import.read_rows(file(*["a,b,,,,,"] * 3))
    settings.PEOPLE_IMPORT_MAX_MB = 0
    with pytest.raises(ValueError, match="大きすぎます"):
        csv_import.read_rows(file("a,b,,,,,"))


@pytest.mark.parametrize("evil", ["=1+1", "+81", "-2", "@SUM(A1)", "'=1", "\t=1"])
def test_no_cell_of_an_export_is_a_formula(office, make_user, evil):
    make_user("tanaka", name=evil)
    data = csv_export.export(office, TODAY).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(data)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(csv_rows.FORMULA_STARTS)]
    (row,) = csv_import.read_rows(data.encode())
    assert row.name == evil


NAMES = st.text(
    st.characters(exclude_characters="/:;+／：；＋", categories=["L", "N", "P", "S"]), min_size=1, max_size=5
)
PLACES = st.tuples(st.lists(NAMES, min_size=1, max_size=3).map(tuple), st.sampled_from(["甲", "乙", "=丙"]))


@settings(max_examples=size(60, 1800), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    people=st.lists(
        st.tuples(st.none() | PLACES, st.lists(PLACES, max_size=2, unique=True), st.lists(NAMES, max_size=2)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_exported_loads_back_without_a_change(people):
    from django.db import transaction

    ranks = {"甲": "1", "乙": "2", "=丙": "3"}
    with transaction.atomic():
        tenant = Tenant.objects.create(slug="trip", name="往復", hosts=["trip.example"])
        for name, rank in ranks.items():
            Position.objects.create(tenant=tenant, name=name, rank=rank)
        rows = [
            csv_import.Row(
                line=number + 2,
                login=f"p{number}",
                name=f"職員{number}",
                department="/".join(main[0]) if main else "",
                position=main[1] if main else "",
                rank=ranks[main[1]] if main else "",
                concurrent=";".join(
                    f"{'/'.join(path)}:{position}" for path, position in others if (path, position) != main
                ),
                groups=";".join(groups),
            )
            for number, (main, others, groups) in enumerate(people)
        ]
        planned = csv_import.plan(tenant, rows, TODAY)
        assert not planned.errors
        csv_import.apply(tenant, planned)
        data = csv_export.export(tenant, TODAY)
        again = csv_import.plan(tenant, csv_import.read_rows(data), TODAY)
        assert (again.changes, again.errors, again.untouched) == ((), (), 0)
        assert csv_export.export(tenant, TODAY) == data
        transaction.set_rollback(True)
