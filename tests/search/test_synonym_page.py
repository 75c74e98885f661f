"""The office's own words: tried on a question before they are saved, used by every search afterwards."""

import json

import pytest

from madoguchi.audit.models import Event
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Tenant
from madoguchi.search import own_words, synonyms
from madoguchi.search.models import SynonymList
from madoguchi.search.query import find

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]
WORDS = "/search/words/"
OWN = "さくら号=コミュニティバス"


@pytest.fixture
def administrator(make_user, signed_in):
    return signed_in(make_user("sato", is_administrator=True))


@pytest.fixture
def buses(shelf, add):
    """A document that says コミュニティバス and never さくら号, beside another one."""
    add(shelf, "# 手数料\n\n住民票の手数料は300円。\n", "a.md", title="手数料の手引き")
    return add(shelf, "# 時刻表\n\nコミュニティバスは平日に6便走ります。\n", "b.md", title="バスの時刻表")


def titles(office, question):
    return [hit.passage.version.document.title for hit in find(scope_of_operator(office), question).hits]


def test_before_saving_both_orders_stand_side_by_side(administrator, office, buses):
    page = administrator.post(WORDS, {"text": OWN, "question": "さくら号", "try": "1"}).content.decode()
    before, after = page.split('id="before"')[1].split('id="after"')
    assert "バスの時刻表" not in before
    assert "バスの時刻表" in after
    assert "新しく入る" in after
    assert OWN in page
    assert not SynonymList.objects.exists()
    assert titles(office, "さくら号") == []


def test_saved_words_are_used_by_the_next_search_of_this_office_alone(administrator, office, buses):
    assert administrator.post(WORDS, {"text": OWN, "number": "0", "save": "1"}).status_code == 302
    assert titles(office, "さくら号") == ["バスの時刻表"]
    other = Tenant.objects.create(slug="other", name="隣市")
    assert own_words.groups_of(other.pk) is synonyms.shipped()


def test_groups_stay_the_same_tuple_until_the_list_changes(administrator, office):
    administrator.post(WORDS, {"text": OWN, "number": "0", "save": "1"})
    first = own_words.groups_of(office.pk)
    assert own_words.groups_of(office.pk) is first
    administrator.post(WORDS, {"text": f"{OWN}\nふれあい館=公民館", "number": "1", "save": "1"})
    assert own_words.groups_of(office.pk) is not first


def test_a_trial_looks_only_into_what_the_administrator_may_see(administrator, office, closed, add):
    add(closed, "# 内示\n\nコミュニティバスの運転手の内示。\n", "secret.md", title="人事のひみつ")
    page = administrator.post(WORDS, {"text": OWN, "question": "さくら号", "try": "1"}).content.decode()
    assert "人事のひみつ" not in page


def test_a_line_that_cannot_be_used_is_shown_and_nothing_typed_is_lost(administrator):
    text = f"{OWN}\nバス\n申請=コミュニティバス申込"
    answer = administrator.post(WORDS, {"text": text, "question": "バスの時間", "save": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert text in page
    assert "バスの時間" in page
    assert "2行目" in page
    assert "<mark>バス</mark>" in page
    assert "3行目" in page
    assert not SynonymList.objects.exists()


def test_a_list_saved_meanwhile_by_somebody_else_is_not_overwritten(administrator, office):
    administrator.post(WORDS, {"text": OWN, "number": "0", "save": "1"})
    answer = administrator.post(WORDS, {"text": "ふれあい館=公民館", "number": "0", "save": "1"})
    assert answer.status_code == 409
    assert "ふれあい館=公民館" in answer.content.decode()
    assert own_words.newest(office.pk).text == OWN  # type: ignore[union-attr]


def test_an_older_list_comes_back_into_the_field_and_is_not_in_force(administrator, office):
    administrator.post(WORDS, {"text": OWN, "number": "0", "save": "1"})
    administrator.post(WORDS, {"text": "", "number": "1", "save": "1"})
    assert OWN in administrator.get(f"{WORDS}?number=1").content.decode()
    assert own_words.newest(office.pk).text == ""  # type: ignore[union-attr]


@pytest.mark.req("L1")
def test_the_record_names_the_change_by_its_digest(administrator, office):
    administrator.post(WORDS, {"text": OWN, "number": "0", "save": "1"})
    (event,) = Event.objects.filter(action="synonyms.changed")
    assert event.target == "synonyms:1"
    assert event.detail["groups"] == 1
    assert "さくら" not in json.dumps(event.detail, ensure_ascii=False)


def test_passages_shown_in_a_trial_are_recorded(administrator, buses):
    administrator.post(WORDS, {"text": OWN, "question": "さくら号", "try": "1"})
    (event,) = Event.objects.filter(action="passages.given")
    assert event.detail["passages"] == [str(buses.passages.get().pk)]


def test_a_word_shows_what_it_is_widened_to(administrator, office):
    page = administrator.get(f"{WORDS}?word=住基ネット").content.decode()
    assert "住基ネット = 住民基本台帳ネットワークシステム" in page
    assert "使っていません" not in page
    administrator.post(WORDS, {"text": "-住基ネット", "number": "0", "save": "1"})
    assert "使っていません" in administrator.get(f"{WORDS}?word=住基ネット").content.decode()


def test_it_is_for_administrators(make_user, signed_in):
    clerk = signed_in(make_user("tanaka"))
    assert clerk.get(WORDS).status_code == 404
    assert clerk.post(WORDS, {"text": OWN, "save": "1"}).status_code == 404


# --- how lines are read


@pytest.mark.parametrize(
    ("line", "members", "wider"),
    [
        ("さくら号=コミュニティバス", ("さくら号", "コミュニティバス"), False),
        ("さくら号 ＝ コミュニティバス＝巡回バス", ("さくら号", "コミュニティバス", "巡回バス"), False),
        ("さくら号、コミュニティバス", ("さくら号", "コミュニティバス"), False),
        ("さくら号、コミュニティバス\t=", ("さくら号", "コミュニティバス"), False),
        ("お出かけ＞コミュニティバス、福祉有償運送", ("お出かけ", "コミュニティバス", "福祉有償運送"), True),
    ],
)
def test_a_line_is_read_as_a_person_types_it(line, members, wider):
    read = own_words.read(line)
    assert read.problems == {}
    assert read.own == (synonyms.Group(members, wider),)


def test_a_shipped_group_is_switched_off_by_its_words():
    read = own_words.read("-住基、住民基本台帳")
    gone = set(synonyms.shipped()) - set(read.kept)
    assert {group.members for group in gone} == {("住基", "住民基本台帳")}


def test_switching_off_what_does_not_ship_is_a_problem():
    assert list(own_words.read("#メモ\n-さくら号").problems) == [2]


def test_a_list_too_long_says_so(settings):
    settings.SYNONYMS_MAX_LINES = 2
    assert list(own_words.read("\n\n\n").problems) == [3]
    settings.SYNONYMS_MAX_CHARACTERS = 5
    assert "5文字まで" in own_words.read(OWN).problems[1]
