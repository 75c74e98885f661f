"""Keys as people write and read them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madoguchi.people import access, keys
from madoguchi.people.models import Group, Membership, Position, Tenant
from tests.conftest import department
from tests.soak import size

pytestmark = pytest.mark.django_db


def test_what_is_written_becomes_the_key_it_names(office, make_user):
    tanaka = make_user("tanaka")
    group = Group.objects.create(tenant=office, name="DX推進員")
    elderly = department(office, "福祉部/高齢福祉課").pk
    assert keys.parse(office, "public") == "public"
    assert keys.parse(office, "staff") == "staff"
    assert keys.parse(office, "rank:3") == "rank:3"
    assert keys.parse(office, "dept:福祉部/高齢福祉課") == f"dept:{elderly}"
    assert keys.parse(office, " dept：福祉部／高齢福祉課＋rank：3 ") == f"dept:{elderly}+rank:3"
    assert keys.parse(office, "user:Tanaka") == f"user:{tanaka.pk}"
    assert keys.parse(office, "group:DX推進員") == f"group:{group.pk}"
    assert keys.parse_all(office, ["staff", "rank:2", "staff"]) == ["staff", "rank:2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "読み取れません"),
        ("everybody", "読み取れません"),
        ("dept:", "読み取れません"),
        ("dept:福祉部/無い課", "所属がありません: 福祉部/無い課"),
        ("dept:高齢福祉課", "所属がありません"),
        ("dept:福祉部+rank:0", "1から30"),
        ("dept:福祉部+rank:x", "1から30"),
        ("rank:31", "1から30"),
        ("rank:³", "1から30"),
        ("user:nobody", "職員がありません"),
        ("group:無い", "グループがありません"),
        ("folder:9", "読み取れません"),
        ("document:9", "読み取れません"),
    ],
)
def test_what_names_nothing_is_refused_in_japanese(office, text, message):
    with pytest.raises(ValueError, match=message):
        keys.parse(office, text)


def test_names_of_another_office_name_nothing(office, make_user):
    make_user("tanaka")
    elsewhere = Tenant.objects.create(slug="elsewhere", name="隣市")
    for text in ("dept:福祉部", "user:tanaka"):
        with pytest.raises(ValueError):
            keys.parse(elsewhere, text)


def test_keys_are_described_as_a_clerk_would_say_it(office, make_user):
    tanaka = make_user("tanaka", name="田中 太郎")
    group = Group.objects.create(tenant=office, name="DX推進員")
    Position.objects.create(tenant=office, name="主幹", rank=3)
    elderly = department(office, "福祉部/高齢福祉課").pk
    demanded = ["public", "staff", "rank:3", "rank:9", f"dept:{elderly}", f"dept:{elderly}+rank:2"]
    demanded += [f"user:{tanaka.pk}", f"group:{group.pk}", "folder:3", "document:4", "dept:999999", "nonsense"]
    assert keys.describe(office, demanded) == [
        "どなたでも（住民を含む）",
        "職員全員",
        "課長・主幹以上",
        "職位の順位9以上",
        "福祉部 高齢福祉課の職員",
        "福祉部 高齢福祉課の係長以上",
        "田中 太郎さん",
        "グループ「DX推進員」の人",
        "（廃止された所属）の職員",
        "（不明な指定）",
    ]


def test_why_names_only_what_the_person_holds(office, make_user):
    tanaka = make_user("tanaka")
    group = Group.objects.create(tenant=office, name="防災")
    Membership.objects.create(tenant=office, user=tanaka, group=group)
    elderly, personnel = department(office, "福祉部/高齢福祉課").pk, department(office, "総務部/人事課").pk
    scope = access.scope_of(tanaka, "internal")
    assert keys.why(scope, [f"dept:{personnel}", f"dept:{elderly}", f"group:{group.pk}"]) == [
        "福祉部 高齢福祉課の職員",
        "グループ「防災」の人",
    ]
    assert keys.why(scope, [f"dept:{personnel}"]) == []
    assert keys.why(access.scope_of_operator(office), []) == ["この機械の運用者"]


def test_written_is_the_way_back(office, make_user):
    make_user("tanaka")
    Group.objects.create(tenant=office, name="DX推進員")
    texts = [
        "public",
        "staff",
        "rank:3",
        "dept:福祉部/高齢福祉課",
        "dept:福祉部+rank:3",
        "user:tanaka",
        "group:DX推進員",
    ]
    assert keys.written(office, keys.parse_all(office, texts)) == texts
    assert keys.written(office, ["dept:999999", "nonsense"]) == ["dept:999999", "nonsense"]


@settings(max_examples=size(200, 6000), deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=40) | st.from_regex(r"(dept|rank|user|group):.{0,20}(\+rank:.{0,3})?", fullmatch=True))
def test_anything_is_a_key_or_a_message(office, text):
    try:
        assert keys.parse(office, text)
    except ValueError as problem:
        assert str(problem)
