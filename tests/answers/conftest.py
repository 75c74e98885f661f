import pytest

from madoguchi.llm.models import Endpoint
from madoguchi.people.access import department_key
from madoguchi.people.models import Classification
from madoguchi.search.lance import the_index
from tests.answers.office import document, folder
from tests.conftest import department
from tests.llm.scripted import Script, serving

FEES = (
    "（手数料の額）\n第2条 手数料の種類及び額は、別表のとおりとする。",
    "表:別表（第2条関係）\n単位：円\n区分：住民票の写しの交付手数料　金額：1通につき300円\n"
    "区分：印鑑登録証明書の交付手数料　金額：1通につき350円",
)
LEAVE = (
    "年次有給休暇は、一の年ごとに20日とする。年の途中で採用された職員の年次有給休暇は、別に定める。",
    "出産予定日の8週間前から産前休暇を取得できる。",
)
CANARY = "カナリア鳴禽計画の予算は9,876,543円である。鳴禽計画は高齢福祉課が進める。"


@pytest.fixture
def empty_index(office):
    """Numbers of rows come again when a test is rolled back: the index must not remember them."""
    the_index().drop(office.pk)
    yield
    the_index().drop(office.pk)


@pytest.fixture
def library(office, empty_index):
    """Public fees, staff leave, and a plan that only 高齢福祉課 may see."""
    public = folder(office, "公開", ["public"])
    staff = folder(office, "庁内", ["staff"])
    own = folder(office, "高齢福祉課", [department_key(department(office, "福祉部/高齢福祉課").pk)])
    return {
        "fees": document(public, "風見市手数料条例", *FEES, department="市民部 市民課"),
        "leave": document(
            staff, "職員の勤務時間、休暇等に関する規則", *LEAVE, department="総務部 人事課", classification=2
        ),
        "plan": document(own, "鳴禽計画", CANARY, department="福祉部 高齢福祉課", classification=2),
    }


@pytest.fixture
def model(office):
    """A model that says what the test tells it; `model.answer` takes the prompt."""
    with serving(Script()) as script:
        Endpoint.objects.create(
            tenant=office,
            name="庁内",
            provider="openai-compatible",
            model="scripted",
            base_url=f"{script.url}/v1",
            zone="internal",
            max_classification=Classification.C3A,
        )
        yield script
