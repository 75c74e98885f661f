"""`madoguchi guard`: what stops a text and what is masked, without a database."""

import io
import json
import sys

import pytest

from madoguchi.cli.main import main

NUMBER = "123456789018"


def guard(capsys, *arguments: str) -> tuple[int, str]:
    status = main(["guard", *arguments])
    return status, capsys.readouterr().out


@pytest.mark.req("D6")
def test_it_says_what_stops_and_what_is_masked(capsys):
    text = f"山田太郎 090-1234-5678 個人番号 {NUMBER}"
    status, out = guard(capsys, text, "--json")
    assert status == 0
    assert json.loads(out) == {
        "stops": [{"kind": "my_number", "start": 24, "end": 36}],
        "asks": [],
        "masks": [{"kind": "name", "start": 0, "end": 4}, {"kind": "phone", "start": 5, "end": 18}],
    }


def test_what_may_be_a_number_is_asked_about(capsys):
    _, out = guard(capsys, f"受付番号 {NUMBER}", "--json")
    found = json.loads(out)
    assert (len(found["stops"]), len(found["asks"])) == (0, 1)


def test_a_dash_reads_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("佐藤様の件".encode())))
    _, out = guard(capsys, "-", "--json")
    assert json.loads(out)["masks"] == [{"kind": "name", "start": 0, "end": 2}]


def test_standard_input_of_another_code_is_said_in_words(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("佐藤様".encode("cp932"))))
    assert main(["guard", "-"]) == 1
    assert "UTF-8" in capsys.readouterr().err


def test_for_a_person_it_prints_kinds_and_places_and_no_values(capsys):
    _, out = guard(capsys, f"山田太郎 個人番号 {NUMBER}")
    assert "氏名  0〜4文字目" in out and "個人番号  10〜22文字目" in out
    assert "山田" not in out and NUMBER not in out


def test_without_a_text_it_is_a_usage_error():
    with pytest.raises(SystemExit) as error:
        main(["guard"])
    assert error.value.code == 2
