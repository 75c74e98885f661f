"""What says the same is folded under one result; what says something else never is without a mark."""

import json
import re
import uuid
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.answers.ask import answer_of
from madoguchi.audit.models import Event
from madoguchi.library import folders
from madoguchi.library.models import Document, Passage, Version
from madoguchi.people.access import scope_of, scope_of_operator
from madoguchi.search.folding import differs, grouped, paper_named, year_of
from madoguchi.search.query import find, score_of
from tests.soak import size

TODAY = date(2026, 11, 30)
FEE = "住民票の写しの交付手数料は、1通につき300円とする。"
RAISED = FEE.replace("300", "350")


def passage(text: str = FEE, title: str = "窓口の手引き", **fields) -> Passage:
    """A passage of a document of its own, not saved."""
    kind, heading, blob = fields.pop("kind", "text"), fields.pop("heading", ["手数料"]), fields.pop("blob", None)
    document = fields.pop("document", None) or Document(title=title, **fields)
    version = Version(document=document, blob_id=blob or uuid.uuid4().int % 10**9)
    return Passage(id=uuid.uuid4(), version=version, kind=kind, heading=heading, text=text)


def folded(*passages: Passage, years: tuple[int, ...] = ()) -> list[list[int]]:
    """The groups, each the places of its passages, the head first."""
    groups = grouped(passages, TODAY, years)
    return [[passages.index(one) for one in (group.head, *group.others)] for group in groups]


def test_a_notice_filed_in_five_folders_is_one_result():
    assert folded(*(passage() for _ in range(5))) == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize(
    "text",
    [
        "住民票の写しの交付手数料は、\n１通につき ３００円とする。",
        "  住民票の写しの交付手数料は、1通につき300円とする。\n",
    ],
)
def test_layout_and_width_make_no_difference(text):
    assert folded(passage(), passage(text)) == [[0, 1]]
    assert not differs(passage(), passage(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FEE, RAISED),
        ("小田地域保健担当は、市役所の西側にあります。", "園田地域保健担当は、市役所の西側にあります。"),
        ("手数料は、4月1日から納めることができます。", "手数料は、4月1日まで納めることができます。"),
        ("本人は、申請することができる。", "本人は、申請することができない。"),
        ("金額：1　2", "金額：12"),
        ("面積は10²平方メートル", "面積は102平方メートル"),
        ("率は1.5とする", "率は15とする"),
        ("斎藤課長に届け出る", "斉藤課長に届け出る"),
    ],
)
def test_within_a_year_what_differs_in_one_letter_stands_by_itself(one, other):
    assert folded(passage(one), passage(other)) == [[0], [1]]
    assert folded(passage(one, fiscal_year=2026), passage(other, fiscal_year=2026)) == [[0], [1]]
    assert differs(passage(one), passage(other))


def test_the_newest_edition_stands_first_at_the_place_of_the_best():
    other = passage("休日は月曜日とする。", "公園の手引き")
    old, new = passage(FEE, fiscal_year=2025), passage(RAISED, fiscal_year=2026)
    assert folded(old, other, new) == [[2, 0], [1]]
    assert differs(new, old)


def test_the_year_that_is_asked_for_stands_first():
    old, new = passage(FEE, fiscal_year=2025), passage(RAISED, fiscal_year=2026)
    assert folded(old, new, years=(2025,)) == [[0, 1]]


def test_what_is_in_force_today_stands_before_what_is_newer():
    now = passage(FEE, fiscal_year=2026)
    coming = passage(RAISED, fiscal_year=2027, valid_from=date(2027, 4, 1))
    ended = passage(FEE, fiscal_year=2025, valid_to=date(2026, 3, 31))
    assert folded(ended, coming, now) == [[2, 1, 0]]


def test_of_two_that_differ_in_one_year_only_one_is_an_edition():
    first, second = passage(FEE, fiscal_year=2025), passage(FEE.replace("300", "310"), fiscal_year=2025)
    assert folded(passage(RAISED, fiscal_year=2026), first, second) == [[0, 1], [2]]


def test_an_edition_goes_to_the_paragraph_that_it_was():
    rest = "の写しの交付を受けようとする者は、申請書を市長に提出しなければならない。"
    new = [passage(f"{name}{rest}", fiscal_year=2026) for name in ("住民票", "附票")]
    old = [passage(f"{name}{rest}", fiscal_year=2025) for name in ("附票", "住民票")]
    assert folded(*new, *old) == [[0, 3], [1, 2]]


def test_passages_of_one_document_are_never_folded():
    document = Document(title="手数料条例", fiscal_year=2026)
    one, other = passage(document=document), passage(document=document)
    assert folded(one, other) == [[0], [1]]
    # Nor by way of another document that says both.
    assert folded(one, passage(title="手数料条例", fiscal_year=2026), other) == [[0, 1], [2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # Other articles, other laws, other papers say the same words of other things.
        ({"heading": ["第3条"]}, {"heading": ["第4条"]}),
        ({"title": "手数料条例"}, {"title": "公園条例"}),
        ({"title": "介護保険条例"}, {"title": "介護保険条例施行規則"}),
        ({"title": "補正予算書（第1号）"}, {"title": "補正予算書（第2号）"}),
        ({"kind": "text"}, {"kind": "described"}),
        (
            {"fiscal_year": 2025, "department_name": "図書館"},
            {"fiscal_year": 2026, "department_name": "公民館"},
        ),
    ],
)
def test_the_same_words_of_another_thing_stand_by_themselves(one, other):
    assert folded(passage(**one), passage(**other)) == [[0], [1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("令和7年度 国民健康保険のしおり", "令和8年度国民健康保険のしおり（改訂版）"),
        ("20250401_住民票通知", "住民票通知のコピー"),
        ("R7窓口の手引き", "R8窓口の手引き"),
        ("窓口の手引き (2)", "窓口の手引き"),
    ],
)
def test_titles_of_copies_and_editions_name_one_paper(one, other):
    assert paper_named(one) == paper_named(other)


def test_the_same_bytes_under_another_name_are_one_paper():
    assert folded(passage(title="通知", blob=7), passage(title="別紙1", blob=7)) == [[0, 1]]


def test_the_title_tells_the_year_where_nobody_set_it():
    assert year_of(Document(title="令和7年度 手引き")) == 2025
    assert year_of(Document(title="手引き", valid_from=date(2026, 3, 1))) == 2025
    assert year_of(Document(title="手引き")) is None
    old, new = passage(FEE, "令和7年度 手引き"), passage(RAISED, "令和8年度 手引き")
    assert folded(old, new) == [[1, 0]]


def test_of_a_table_only_rows_that_differ_in_figures_are_editions():
    row = "担当課：市民課　手続：住民票の写しの交付　手数料：300円　受付：平日の8時30分から17時まで"
    old = passage(row, kind="table", fiscal_year=2025)
    assert folded(passage(row.replace("300", "350"), kind="table", fiscal_year=2026), old) == [[0, 1]]
    assert folded(passage(row.replace("住民票", "附票"), kind="table", fiscal_year=2026), old) == [[0], [1]]


texts = st.builds(
    "{}の写しの交付手数料は、{}通につき{}円とする。{}".format,
    st.sampled_from(["住民票", "附票", "戸籍"]),
    st.integers(1, 2),
    st.sampled_from(["300", "３００", "350", "1,000", "1000"]),
    st.sampled_from(["", "\n", "ただし、免除することができる。"]),
)
documents = st.builds(
    Document,
    title=st.sampled_from(["手引き", "令和7年度手引き", "手引き（旧版）", "条例"]),
    fiscal_year=st.sampled_from([None, 2024, 2025, 2026]),
    valid_to=st.sampled_from([None, date(2026, 3, 31)]),
    department_name=st.sampled_from(["", "市民課", "税務課"]),
)
worlds = st.lists(documents, min_size=1, max_size=6).flatmap(
    lambda held: st.lists(
        st.builds(
            passage,
            texts,
            document=st.sampled_from(held),
            heading=st.sampled_from([[], ["手数料"], ["第3条"]]),
            kind=st.sampled_from(["text", "table"]),
        ),
        max_size=14,
    )
)


def figures(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


@settings(max_examples=size(150, 5000), deadline=None)
@given(worlds)
def test_folding_loses_nothing_and_folds_no_other_figure_without_a_mark(passages):
    groups = grouped(passages, TODAY)
    members = [[group.head, *group.others] for group in groups]
    assert sorted(one.pk for group in members for one in group) == sorted(one.pk for one in passages)
    # Each group stands at the place of its best.
    best = [min(passages.index(one) for one in group) for group in members]
    assert best == sorted(best)
    for group in members:
        assert len({one.version.document.pk for one in group}) == len(group)
        for one in group:
            for other in group:
                if figures(one.text) != figures(other.text):
                    assert differs(one, other)
                    years = year_of(one.version.document), year_of(other.version.document)
                    assert None not in years and years[0] != years[1]
    # The same once more, and with what was left alone taken away.
    assert grouped(passages, TODAY) == groups
    together = [one for one in passages if any(one in group and len(group) > 1 for group in members)]
    assert grouped(together, TODAY) == [group for group in groups if group.others]


# --- in the search


def manual(fee: str) -> str:
    return f"# 手数料\n\n住民票の写しの交付手数料は、1通につき{fee}円とする。\n"


@pytest.fixture
def filed(office, shelf, add):
    """One notice in three folders, and last year's edition of it, found before the others by its name."""
    for name in ("甲", "乙", "丙"):
        folder = folders.folder_of_path(office, f"庁内/{name}", create=True)
        add(folder, manual("350"), "手引き.md", fiscal_year=2026)
    add(shelf, manual("300"), "手引き.md", fiscal_year=2025)


@pytest.mark.django_db
def test_a_search_gives_one_result_for_all_of_them_with_the_newest_fee(office, filed, without_meaning):
    (hit,) = find(scope_of_operator(office, TODAY), "住民票の写しの手数料", folding=True).hits
    assert "350円" in hit.text
    said = hit.to_json()["others"]
    assert [(one["fiscal_year"], one["differs"]) for one in said] == [(2026, False), (2026, False), (2025, True)]
    assert said[-1]["path"] == "庁内/手引き.md"
    # Who asks for the year before finds its fee first.
    (hit,) = find(scope_of_operator(office, TODAY), "昨年度の住民票の写しの手数料", folding=True).hits
    assert "300円" in hit.text


@pytest.mark.django_db
def test_k_results_are_k_that_say_something_else_when_the_scope_holds_so_many(office, shelf, add, without_meaning):
    for number in range(24):
        folder = folders.folder_of_path(office, f"庁内/{number}", create=True)
        add(folder, "# 手数料\n\n手数料 手数料 手数料\n")
    add(shelf, "# 窓口\n\n窓口で納める手数料は、現金とする。\n", "窓口.md")
    hits = find(scope_of_operator(office), "手数料", 2, folding=True).hits
    assert [len(hit.others) for hit in hits] == [23, 0]
    assert [hit.score for hit in hits] == [score_of(0), score_of(1)]


@pytest.mark.django_db
def test_an_answer_is_made_from_every_passage_as_it_stands(office, filed, without_meaning):
    scope = scope_of_operator(office, TODAY)
    assert len(find(scope, "住民票の写しの手数料").hits) == 4
    answer_of(scope, "住民票の写しの交付手数料はいくらですか")
    given = Event.objects.get(action="passages.given").detail["passages"]
    texts = Passage.objects.filter(pk__in=given).values_list("text", flat=True)
    assert sorted(fee for text in texts for fee in re.findall(r"\d+(?=円)", text)) == ["300", "350", "350", "350"]


@pytest.mark.django_db
def test_the_page_folds_them_and_says_how_they_differ(filed, make_user, signed_in, without_meaning):
    page = signed_in(make_user("tanaka")).get("/search/?q=住民票の写しの手数料").content.decode()
    assert page.count("list-title") == 1
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "ほぼ同じ内容 他3件 年度違いあり" in text
    assert text.count("同じ文") == 2
    assert "庁内 令和7年度 年度違い（数字や言葉が違います）" in text
    assert len(re.findall("庁内/[甲乙丙] 令和8年度 同じ文", text)) == 2
    assert len(set(re.findall(r'href="(/library/document/[^"]+)"', page))) == 4


@pytest.mark.django_db
@pytest.mark.req("C10")
def test_a_hidden_copy_or_newer_edition_changes_nothing(shelf, closed, add, make_user, without_meaning):
    add(shelf, manual("300"), fiscal_year=2025)
    add(shelf, manual("300"), "写し.md", title="手引き", fiscal_year=2025)
    scope = scope_of(make_user("tanaka"), "internal", TODAY)

    def found() -> str:
        hits = find(scope, "住民票の写しの手数料", folding=True).hits
        return json.dumps([hit.to_json() for hit in hits], default=str)

    alone = found()
    assert len(json.loads(alone)[0]["others"]) == 1
    add(closed, manual("350"), fiscal_year=2026)
    add(closed, manual("300"), "写し.md", title="手引き", fiscal_year=2025)
    assert found() == alone
