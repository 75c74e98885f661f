"""The pages of administrators: people, posts, departments, groups, and the CSV with its preview."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from madoguchi import paths
from madoguchi.people import pending
from madoguchi.people.events import acted
from madoguchi.people.models import Department, Group, Membership, Position, Post, Tenant, User
from tests.conftest import department
from tests.people.conftest import first

pytestmark = pytest.mark.django_db
CSV = "login,name,department,position,rank,concurrent,groups\r\n"


@pytest.fixture
def client(administrator, signed_in):
    return signed_in(administrator)


@pytest.fixture
def told():
    events: list[tuple[str, str]] = []

    def listen(**event):
        events.append((event["action"], event["target"]))

    acted.connect(listen)
    yield events
    acted.disconnect(listen)


def text(response) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def another_office() -> Tenant:
    """An office beside this one; from now on a host names which."""
    Tenant.objects.update(hosts=["testserver"])
    return Tenant.objects.create(slug="elsewhere", name="隣市", hosts=["elsewhere.example"])


def account(user: User, **changed: object) -> dict[str, object]:
    """What the account form sends as it stands, with changes."""
    user.refresh_from_db()
    fields = {"name": user.name, "mail": user.mail, "clearance": user.clearance, "valid_from": "", "valid_to": ""}
    return fields | ({"is_administrator": "on"} if user.is_administrator else {}) | changed


# --- the list


def test_the_list_shows_people_with_their_posts_and_the_tree(client, make_user, office):
    user = make_user("tanaka", name="田中 太郎")
    Post.objects.create(
        tenant=office,
        user=user,
        department=department(office, "総務部/人事課"),
        position=Position.objects.get(name="係長"),
        is_main=False,
    )
    page = text(client.get("/people/"))
    assert "田中 太郎" in page
    assert "高齢福祉課 主事、人事課 係長（兼務）" in re.sub(r"\s*<[^>]+>\s*", "", page)
    assert "こども家庭課" in page


def test_a_department_shows_all_below_it_and_words_narrow(client, make_user, office):
    make_user("tanaka", "福祉部/高齢福祉課", name="田中 太郎")
    make_user("suzuki", "総務部/人事課", name="鈴木 花子")
    page = text(client.get("/people/", {"department": department(office, "福祉部").pk}))
    assert "田中 太郎" in page
    assert "鈴木 花子" not in page
    for words in ("鈴木", "SUZU", "鈴木 suzuki"):
        page = text(client.get("/people/", {"q": words}))
        assert "鈴木 花子" in page
        assert "田中 太郎" not in page
    assert "当てはまる職員がいません" in text(client.get("/people/", {"q": "いない"}))
    assert "田中 太郎" in text(client.get("/people/", {"department": "nonsense"}))


def test_long_lists_come_in_pages(client, office):
    User.objects.bulk_create(User(tenant=office, login=f"p{n:03}", name=f"職員{n:03}") for n in range(60))
    assert "職員059" not in text(client.get("/people/"))
    assert "職員059" in text(client.get("/people/", {"page": 2}))


def test_names_are_text_on_every_page(client, make_user, office):
    evil = "<script>alert(1)</script>"
    user = make_user("tanaka", name=evil)
    group = Group.objects.create(tenant=office, name=evil.replace("/", "|"))
    Membership.objects.create(tenant=office, user=user, group=group)
    for where in ("/people/", f"/people/{user.public_id}/", f"/people/groups/{group.pk}/", "/people/groups/"):
        assert "<script>alert" not in text(client.get(where))


# --- one person


def test_a_person_is_added_and_cannot_sign_in_before_a_password_is_issued(client, type_in, told):
    response = client.post("/people/new/", {"login": "Tanaka", "name": "田中 太郎"})
    user = User.objects.get(login="tanaka")
    assert response["Location"] == f"/people/{user.public_id}/"
    assert not user.has_usable_password()
    page = text(client.post(f"/people/{user.public_id}/password/"))
    password = first(r"<code>([^<]+)</code>", page)
    assert type_in("tanaka", password).get("/")["Location"] == "/password/"
    assert password not in text(client.get(f"/people/{user.public_id}/"))
    assert [action for action, _ in told if action.startswith("people.")] == ["people.added", "people.password"]


@pytest.mark.parametrize(("login", "message"), [("kanri", "すでに使われています"), ("a b", "英数字"), ("", "必須")])
def test_a_login_that_cannot_be_is_refused_at_its_field(client, login, message):
    page = text(client.post("/people/new/", {"login": login, "name": "名"}))
    assert message in page
    assert User.objects.count() == 1


def test_an_account_is_changed_and_its_sessions_end_with_its_roles(client, make_user, type_in):
    user = make_user("tanaka")
    theirs = type_in("tanaka")
    client.post(f"/people/{user.public_id}/", account(user, name="田中 次郎"))
    assert theirs.get("/sessions/").status_code == 200, "a name is no role"
    client.post(f"/people/{user.public_id}/", account(user, clearance=2))
    assert theirs.get("/sessions/").status_code == 302
    user.refresh_from_db()
    assert (user.name, user.clearance) == ("田中 次郎", 2)


def test_suspending_ends_everything_at_once_and_resuming_does_not_bring_sessions_back(client, make_user, type_in):
    user = make_user("tanaka")
    theirs = type_in("tanaka")
    client.post(f"/people/{user.public_id}/state/", {"state": "suspended"})
    user.refresh_from_db()
    assert not user.is_active
    client.post(f"/people/{user.public_id}/state/", {"state": "active"})
    assert theirs.get("/sessions/").status_code == 302
    assert type_in("tanaka").get("/sessions/").status_code == 200


def test_an_administrator_ends_all_sessions_of_a_person(client, make_user, type_in):
    user = make_user("tanaka")
    theirs = type_in("tanaka")
    client.post(f"/people/{user.public_id}/sessions/")
    assert theirs.get("/sessions/").status_code == 302


def test_an_office_never_loses_its_last_administrator(client, administrator, make_user):
    other = make_user("second", is_administrator=True)
    client.post(f"/people/{administrator.public_id}/state/", {"state": "suspended"})
    page = text(client.post(f"/people/{administrator.public_id}/", account(administrator) | {"is_administrator": ""}))
    assert "自分の管理者の役割は変えられません" in page
    User.objects.filter(pk=other.pk).update(is_administrator=False)
    page = text(client.post(f"/people/{administrator.public_id}/", account(administrator, valid_to="2020-01-01")))
    assert "管理者がいなくなります" in page
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.is_administrator
    assert administrator.valid_to is None


@pytest.mark.req("C11")
@pytest.mark.parametrize(
    "field",
    ["tenant", "tenant_id", "id", "pk", "public_id", "login", "password", "is_active", "session_epoch",
     "must_change_password", "temporary_password_until", "last_login", "is_superuser", "user", "user_id"],
)  # fmt: skip
def test_no_body_sets_what_is_not_in_the_form(client, make_user, office, administrator, field):
    elsewhere = another_office()
    user, other = make_user("tanaka"), make_user("other")
    post = user.posts.get()
    top = department(office, "福祉部")
    group = Group.objects.create(tenant=office, name="組")
    value = {"tenant": elsewhere.pk, "tenant_id": elsewhere.pk, "user": other.pk, "user_id": other.pk}.get(field, "9")

    def protected() -> list[list[object]]:
        rows = []
        for row in (user, post, top, group):
            row.refresh_from_db()
            rows.append([row.tenant_id, row.pk, getattr(row, field, None)])
        return rows

    before = protected()
    evil = {field: value}
    client.post(f"/people/{user.public_id}/", account(user, name="新しい名") | evil)
    client.post(
        f"/people/{user.public_id}/posts/{post.pk}/",
        {"department": top.pk, "position": post.position_id, "is_main": "on"} | evil,
    )
    client.post(f"/people/departments/{top.pk}/", {"name": "新福祉部", "order": 0} | evil)
    client.post(f"/people/groups/{group.pk}/", {"login": "tanaka", "name": "x"} | evil)
    client.post("/people/new/", {"login": "new", "name": "新人"} | evil)
    client.post("/people/departments/", {"name": "新課", "order": 0} | evil)
    client.post("/people/groups/", {"name": "新組"} | evil)
    assert protected() == before
    assert User.objects.get(pk=user.pk).name == "新しい名", "the form itself was taken"
    assert not any(model.objects.filter(tenant=elsewhere).exists() for model in (User, Post, Department, Group))
    new = User.objects.filter(login="new").first()
    if new:
        assert (new.is_administrator, new.is_active, new.has_usable_password()) == (False, True, False)


# --- posts


def test_a_transfer_is_entered_by_hand_with_its_days(client, make_user, office):
    user = make_user("tanaka")
    post = user.posts.get()
    personnel = department(office, "総務部/人事課")
    new = {"department": personnel.pk, "position": post.position_id, "is_main": "on", "valid_from": "2027-04-01"}
    page = text(client.post(f"/people/{user.public_id}/posts/", new))
    assert "別の主務（高齢福祉課 主事）があります" in page
    old = {"department": post.department_id, "position": post.position_id, "is_main": "on", "valid_to": "2027-03-31"}
    assert client.post(f"/people/{user.public_id}/posts/{post.pk}/", old).status_code == 302
    assert client.post(f"/people/{user.public_id}/posts/", new).status_code == 302
    assert "予定" in text(client.get(f"/people/{user.public_id}/"))
    assert user.posts.count() == 2


def test_days_that_run_backwards_are_refused(client, make_user):
    user = make_user("tanaka")
    post = user.posts.get()
    data = {"department": post.department_id, "position": post.position_id}
    data |= {"valid_from": "2027-04-01", "valid_to": "2027-03-31"}
    assert "前です" in text(client.post(f"/people/{user.public_id}/posts/", data))


@pytest.mark.req("C11")
def test_a_post_takes_departments_and_positions_of_this_office_only(client, make_user):
    user = make_user("tanaka", None)
    elsewhere = another_office()
    data = {
        "department": Department.objects.create(tenant=elsewhere, name="市長室").pk,
        "position": Position.objects.create(tenant=elsewhere, name="市長", rank=9).pk,
    }
    text(client.post(f"/people/{user.public_id}/posts/", data))
    assert not user.posts.exists()


def test_a_post_entered_by_mistake_is_taken_back_but_not_anothers(client, make_user):
    user, other = make_user("tanaka"), make_user("suzuki")
    theirs = other.posts.get()
    assert client.post(f"/people/{user.public_id}/posts/{theirs.pk}/delete/").status_code == 404
    client.post(f"/people/{other.public_id}/posts/{theirs.pk}/delete/")
    assert not other.posts.exists()


# --- departments and groups


def test_departments_are_added_moved_and_never_put_below_themselves(client, office):
    top = department(office, "福祉部")
    client.post(
        "/people/departments/", {"name": "介護係", "parent": department(office, "福祉部/高齢福祉課").pk, "order": 0}
    )
    below = Department.objects.get(name="介護係")
    page = text(client.post(f"/people/departments/{top.pk}/", {"name": "福祉部", "parent": below.pk, "order": 0}))
    assert "自分の下にある所属を上位の所属にはできません" in page
    assert "同じ名前の所属" in text(client.post("/people/departments/", {"name": "福祉部", "order": 0}))
    assert "使えません" in text(client.post("/people/departments/", {"name": "福祉/課", "order": 0}))
    client.post(f"/people/departments/{below.pk}/", {"name": "支援係", "parent": top.pk, "order": 0})
    below.refresh_from_db()
    assert (below.name, below.parent) == ("支援係", top)


def test_a_department_with_a_history_stays(client, office, make_user):
    make_user("tanaka")
    for path in ("福祉部", "福祉部/高齢福祉課"):
        client.post(f"/people/departments/{department(office, path).pk}/delete/")
    client.post(f"/people/departments/{department(office, '福祉部/こども家庭課').pk}/delete/")
    assert set(Department.objects.values_list("name", flat=True)) == {"福祉部", "高齢福祉課", "総務部", "人事課"}


def test_people_join_and_leave_groups(client, office, make_user, told):
    user = make_user("tanaka")
    client.post("/people/groups/", {"name": "防災"})
    group = Group.objects.get()
    client.post(f"/people/groups/{group.pk}/", {"login": "tanaka"})
    client.post(f"/people/groups/{group.pk}/", {"login": "tanaka"})
    assert "登録されていません" in text(client.post(f"/people/groups/{group.pk}/", {"login": "nobody"}))
    member = Membership.objects.get()
    Membership.objects.update(valid_from=timezone.localdate() - timedelta(days=9))
    client.post(f"/people/{user.public_id}/leave/{member.pk}/")
    member.refresh_from_db()
    assert member.valid_to == timezone.localdate() - timedelta(days=1)
    client.post(f"/people/groups/{group.pk}/", {"login": "tanaka"})
    assert Membership.objects.count() == 2, "who comes again has two rows"
    client.post(f"/people/groups/{group.pk}/leave/{Membership.objects.latest('pk').pk}/")
    assert Membership.objects.count() == 1, "what began today leaves nothing"


# --- the CSV


def send(client, lines: str, on: str = "2027-04-01"):
    return client.post("/people/import/", {"file": SimpleUploadedFile("p.csv", (CSV + lines).encode()), "on": on})


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(confirmed|sha256|on)" value="([^"]*)"', page)
    return dict(found)


def test_a_csv_is_shown_first_and_applied_when_confirmed(client, office, told):
    page = text(send(client, "tanaka,田中 太郎,福祉部/新課,主任,2,,防災\r\n"))
    assert "田中 太郎（tanaka）を追加" in page
    assert "所属「福祉部/新課」を追加" in page
    assert "2027-04-01" in page
    assert not User.objects.filter(login="tanaka").exists()
    assert client.post("/people/import/", hidden(page)).status_code == 302
    assert User.objects.get(login="tanaka").posts.get().department.name == "新課"
    assert ("people.imported", "") in told
    assert not list(paths.folder("imports").glob("*.csv")), "the file is gone when it is done"


def test_errors_are_shown_by_line_and_nothing_can_be_confirmed(client):
    page = text(send(client, "tanaka,田中,福祉部,謎,,,\r\n,名,福祉部,主事,1,,\r\n"))
    assert "2行目: 職位「謎」は未登録です" in page
    assert "3行目: " in page
    assert not hidden(page)


def test_what_changed_since_the_preview_is_shown_anew(client, make_user):
    page = text(send(client, "tanaka,田中,福祉部,主事,1,,\r\n"))
    make_user("tanaka")
    again = text(client.post("/people/import/", hidden(page)))
    assert "登録の内容が変わりました" in again
    assert User.objects.get(login="tanaka").posts.get().department.name == "高齢福祉課"
    client.post("/people/import/", hidden(again))
    assert User.objects.get(login="tanaka").posts.filter(department__name="福祉部").exists()


@pytest.mark.parametrize("broken", [{"sha256": "0" * 64}, {"on": "x"}, {"confirmed": "0" * 64}, {"on": "2027-05-01"}])
def test_a_confirmation_of_anything_else_applies_nothing(client, broken):
    page = text(send(client, "tanaka,田中,福祉部,主事,1,,\r\n"))
    client.post("/people/import/", hidden(page) | broken)
    assert not User.objects.filter(login="tanaka").exists()


def test_the_kept_file_is_of_one_administrator_and_private(client, administrator, make_user, signed_in):
    page = text(send(client, "tanaka,田中,福祉部,主事,1,,\r\n"))
    (kept,) = paths.folder("imports").glob("*.csv")
    assert kept.stat().st_mode & 0o077 == 0
    other = signed_in(make_user("second", is_administrator=True))
    other.post("/people/import/", hidden(page))
    assert not User.objects.filter(login="tanaka").exists()
    pending.drop(administrator)


def test_a_file_that_is_none_says_so_at_its_field(client):
    upload = SimpleUploadedFile("p.csv", b"\xff\xfe\x00")
    assert "文字コード" in text(client.post("/people/import/", {"file": upload, "on": "2027-04-01"}))
    assert "必須" in text(client.post("/people/import/", {"on": "2027-04-01"}))


def test_the_export_is_a_download_that_loads_back_without_a_change(client, make_user):
    make_user("tanaka", name="=HYPERLINK(1)")
    response = client.get("/people/export/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment")
    assert b"'=HYPERLINK" in response.content
    upload = SimpleUploadedFile("p.csv", response.content)
    page = text(client.post("/people/import/", {"file": upload, "on": str(timezone.localdate())}))
    assert "変わる内容はありません" in page
