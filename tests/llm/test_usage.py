"""Usage and budgets at the command line: what was spent, by what, and what may be."""

import csv
import io
import json

import pytest
from django.utils import timezone

from madoguchi.audit.models import Event
from madoguchi.cli.main import main
from madoguchi.llm.models import Budget, Call
from madoguchi.people.models import Department

pytestmark = pytest.mark.django_db


def call(office, scope, **fields) -> Call:
    given = {
        "at": timezone.now(),
        "actor": "x",
        "purpose": "chat",
        "endpoint_name": "庁内",
        "model": "m",
        "zone": "internal",
        "classification": 1,
        "tokens_in": 10,
        "tokens_out": 5,
        "outcome": "done",
        "user_id": scope.user_id,
        "first_ms": 100,
    }
    return Call.objects.create(tenant=office, **(given | fields))


def out(capsys, *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_usage_is_summed_by_what_is_asked(office, scope, capsys):
    call(office, scope, yen=3)
    call(office, scope, yen=4, first_ms=300)
    call(office, scope, endpoint_name="庁外", outcome="server", yen=None, first_ms=None)
    told = json.loads(out(capsys, "usage", "--json"))
    assert told["month"] == f"{timezone.localdate():%Y-%m}"
    dear, other = told["rows"]
    assert (dear["name"], dear["calls"], dear["failed"], float(dear["yen"])) == ("庁内", 2, 0, 7.0)
    assert (dear["tokens_in"], dear["tokens_out"], dear["first_ms"]) == (20, 10, 200)
    assert (other["name"], other["failed"], other["yen"]) == ("庁外", 1, None)
    assert json.loads(out(capsys, "usage", "--json", "--by", "purpose"))["rows"][0]["name"] == "会話"
    assert json.loads(out(capsys, "usage", "--json", "--month", "2020-01"))["rows"] == []
    assert "この月の利用はありません" in out(capsys, "usage", "--month", "2020-01")


@pytest.mark.req("G5")
def test_a_name_that_looks_like_a_formula_is_words_in_csv(office, scope, capsys):
    call(office, scope, endpoint_name="=1+1")
    rows = list(csv.reader(io.StringIO(out(capsys, "usage", "--csv"))))
    assert rows[1][0] != "=1+1" and rows[1][0].endswith("=1+1")


def test_a_month_that_is_none_is_said(office, capsys):
    assert main(["usage", "--month", "先月"]) == 1
    assert "2026-04" in capsys.readouterr().err


def test_a_budget_is_decided_listed_and_taken_away_on_the_record(office, capsys):
    out(capsys, "budgets", "set", "office", "--yen", "5000", "--at-limit", "cheaper")
    [told] = json.loads(out(capsys, "budgets", "list", "--json"))["budgets"]
    assert (told["kind"], float(told["limits"]["yen"]), told["at_limit"]) == ("office", 5000.0, "cheaper")
    assert "5000" in out(capsys, "budgets", "list")
    out(capsys, "budgets", "set", "office", "--calls", "10")
    assert Budget.objects.get().yen is None
    out(capsys, "budgets", "remove", "office")
    assert not Budget.objects.exists()
    assert [*Event.objects.filter(action__startswith="budget.").values_list("action", flat=True).order_by("pk")] == [
        "budget.decided",
        "budget.decided",
        "budget.removed",
    ]


def test_a_department_is_named_and_kept_by_its_number(office, capsys):
    welfare = Department.objects.create(tenant=office, name="水道課")
    out(capsys, "budgets", "set", "department", "水道課", "--tokens", "1000")
    assert Budget.objects.get().key == str(welfare.pk)


@pytest.mark.parametrize(
    "arguments",
    [
        ["set", "office"],
        ["set", "office", "--yen", "たくさん"],
        ["set", "office", "--yen", "-1"],
        ["set", "office", "--yen", "nan"],
        ["set", "office", "--calls", "1", "--warn", "0"],
        ["set", "office", "福祉部", "--calls", "1"],
        ["set", "department", "ない課", "--calls", "1"],
        ["set", "user", "nobody", "--calls", "1"],
        ["remove", "office"],
    ],
)
def test_what_cannot_be_a_budget_changes_nothing(office, capsys, arguments):
    assert main(["budgets", *arguments]) == 1
    assert "何も変えていません" in capsys.readouterr().err
    assert not Budget.objects.exists()
