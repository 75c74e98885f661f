"""What a password must be, and how it is kept."""

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from madoguchi.people import passwords
from madoguchi.people.models import Tenant, User

pytestmark = pytest.mark.req("B10")


@pytest.fixture
def person() -> User:
    return User(
        tenant=Tenant(slug="mikawa", name="三河野市"), login="tanaka.taro", name="田中 太郎", mail="tt@x.example"
    )


@pytest.mark.parametrize(
    "password",
    [
        "tosaka-ribbon-kettle-91",
        "correct horse battery staple",
        "さざなみ-らくだ-七輪-ゆうだち",
        "五目並べと消しゴムと電柱とラクダ",
        "x7Gq" * 2 + "mR2!vL9#" + "長い" * 40,
        "tsubaki9 and a kettle",
    ],
)
def test_good_ones_are_taken(person, password):
    validate_password(password, person)


@pytest.mark.parametrize(
    ("password", "message"),
    [
        ("short but odd", "15文字以上"),
        ("madoguchi-kettle-91", "madoguchi"),
        ("M@d0guch1-kettle-91", "madoguchi"),
        ("MADOGUCHI-kettle-91", "madoguchi"),
        ("本庁の窓口でお待ちください三番", "窓口"),
        ("P@ssw0rd-of-kettles", "password"),
        ("kazami-kettle-ribbon", "kazami"),
        ("三河野市のひまわりとラクダたち", "三河野"),
        ("mikawa-ribbon-kettle", "mikawa"),
        ("tanaka.taro-kettle-x", "tanaka.taro"),
        ("ラクダに乗った田中さんと消しゴム", "田中"),
        ("haru2026-ribbon-kettle", "季節"),
        ("2026夏のラクダと七輪とゆうだち", "季節"),
        ("令和8年のラクダと七輪とゆうだち", "季節"),
        ("昭和64年のラクダと七輪とゆうだち", "季節"),
        ("aaaaaaaaaaaaaaaaaaaa", "繰り返し"),
        ("xyzqw1xyzqw1xyzqw1xyz", "繰り返し"),
        ("qwertyuiopasdfghjkl", "qwerty"),
        ("48915623078594160237", "数字"),
    ],
)
def test_what_somebody_would_guess_is_refused_in_japanese(person, password, message):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, person)
    assert message in " ".join(refused.value.messages)


def test_passwords_are_kept_by_argon2(person):
    person.set_password("tosaka-ribbon-kettle-91")
    assert identify_hasher(person.password).algorithm == "argon2"
    assert person.password.startswith("argon2$argon2id$")


@pytest.mark.django_db
def test_issued_passwords_differ_and_can_be_read_out(make_user):
    user = make_user("tanaka")
    issued = {passwords.issue_temporary(user) for _ in range(5)}
    assert len(issued) == 5
    assert all(len(each) == 23 and not set(each) & set("01ilo") for each in issued)
    assert user.must_change_password


def test_the_rules_are_told_beforehand():
    assert "15文字以上" in passwords.LengthValidator().get_help_text()
    assert passwords.LocalWordsValidator().get_help_text()
