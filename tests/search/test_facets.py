"""Filters count what a question finds."""

import re

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_meaning")]


@pytest.fixture
def client(make_user, signed_in):
    return signed_in(make_user("tanaka"))


@pytest.fixture
def papers(shelf, add):
    """Two of 令和8年度 and one of 令和7年度 about fees, one about holidays."""
    add(shelf, "# 甲\n\n手数料は300円。\n", "a.md", fiscal_year=2026, department_name="市民課", title="甲")
    add(shelf, "# 乙\n\n手数料は400円。\n", "b.txt", fiscal_year=2026, department_name="税務課", title="乙")
    add(shelf, "# 丙\n\n手数料は500円。\n", "c.md", fiscal_year=2025, department_name="市民課", title="丙")
    add(shelf, "# 丁\n\n休暇は20日。\n", "d.md", fiscal_year=2024, department_name="人事課", title="丁")


def choices(page: str, name: str) -> list[str]:
    field = re.search(rf'<select id="{name}".*?</select>', page, re.S)
    assert field
    return re.findall(r'<option value="[^"]+"(?: selected)?>(.*?)</option>', field[0])


def test_a_choice_counts_the_documents_that_were_found(client, papers):
    page = client.get("/search/?q=手数料").content.decode()
    assert choices(page, "year") == ["令和8年度 (2)", "令和7年度 (1)"]
    assert choices(page, "department") == ["市民課 (2)", "税務課 (1)"]
    assert choices(page, "type") == ["md (2)", "txt (1)"]
    assert choices(page, "folder") == ["庁内 (3)"]
    assert "（ ）は、見つかった文書の数です。" in page


def test_without_a_question_it_counts_the_documents_of_the_scope(client, papers):
    page = client.get("/search/").content.decode()
    assert choices(page, "year") == ["令和8年度 (2)", "令和7年度 (1)", "令和6年度 (1)"]
    assert choices(page, "folder") == ["庁内 (4)"]


def test_what_is_chosen_keeps_its_other_choices_and_narrows_those_of_the_others(client, papers):
    page = client.get("/search/?q=手数料&year=2025").content.decode()
    assert choices(page, "year") == ["令和8年度 (2)", "令和7年度 (1)"]
    assert choices(page, "department") == ["市民課 (1)"]
    page = client.get("/search/?q=手数料&year=2026&department=市民課").content.decode()
    assert choices(page, "year") == ["令和8年度 (1)", "令和7年度 (1)"]
    assert choices(page, "department") == ["市民課 (1)", "税務課 (1)"]
    assert choices(page, "type") == ["md (1)"]


def test_what_is_chosen_stays_though_nothing_is_found(client, papers):
    page = client.get("/search/?q=休暇&year=2026").content.decode()
    assert choices(page, "year") == ["令和8年度 (0)", "令和6年度 (1)"]
    assert "絞り込みをやめる" in page


@pytest.mark.parametrize("query", ["classification=9", "folder=99999", "department=<wbr>", "type=<wbr>", "year=9999"])
def test_a_choice_that_is_none_breaks_nothing(client, papers, query):
    response = client.get(f"/search/?q=手数料&{query}")
    assert response.status_code == 200
    assert b"<wbr>" not in response.content


def test_a_folder_counts_what_lies_below_it(client, office, shelf, add):
    from madoguchi.library.folders import folder_of_path

    add(folder_of_path(office, "庁内/例規", create=True), "# 甲\n\n手数料は300円。\n", "a.md")
    add(shelf, "# 乙\n\n手数料は400円。\n", "b.md")
    page = client.get("/search/?q=手数料").content.decode()
    assert choices(page, "folder") == ["庁内 (2)", "庁内/例規 (1)"]


def test_what_is_folded_under_a_result_counts_too(client, shelf, add):
    for year in (2025, 2026):
        add(
            shelf, "# 手数料\n\n手数料は300円。\n", f"{year}.md", title=f"令和{year - 2018}年度手数料", fiscal_year=year
        )
    page = client.get("/search/?q=手数料").content.decode()
    assert "ほぼ同じ内容 他1件" in page
    assert choices(page, "year") == ["令和8年度 (1)", "令和7年度 (1)"]


def test_where_the_limit_is_reached_the_page_says_among_how_many_it_counts(client, papers, settings):
    settings.SEARCH_MAX_RESULTS = 2
    page = client.get("/search/?q=手数料").content.decode()
    assert "（ ）は、近い順に2件の結果にある文書の数です。" in page
    assert sum(int(choice[-2]) for choice in choices(page, "year")) == 2


def test_the_counts_come_along_while_typing(client, papers):
    page = client.get("/search/results/?q=休暇").content.decode()
    assert choices(page, "year") == ["令和6年度 (1)"]
    assert "<form" not in page


@pytest.mark.req("C10")
@pytest.mark.parametrize("query", ["q=手数料", "q=手数料&year=2026", "q=手数料&in=names", "q=qwrtzplk", ""])
def test_counts_and_groups_stay_the_same_to_the_byte_when_hidden_documents_come(client, papers, closed, add, query):
    def page() -> str:
        text = client.get(f"/search/?{query}").content.decode()
        text = re.sub(r'(data-shown="[^":]+):[^"]+"', r"\1", text)
        return re.sub(r'nonce="[^"]+"|name="csrfmiddlewaretoken" value="[^"]+"', "", text)

    alone = page()
    for number in range(3):
        add(closed, "# 手数料\n\n手数料は900円。\n", f"手数料{number}.md", fiscal_year=2026, department_name="市民課")
    assert page() == alone
