"""`madoguchi bench faq`: figures worked out by hand, and the product's own decision. Only where marked is there a
database: measuring needs none."""

import json

import pytest

from madoguchi.answers import bench_faq
from madoguchi.answers.ask import answer_of
from madoguchi.answers.bench_faq import Measured, first_sentence, given_to
from madoguchi.cli.main import main
from madoguchi.faq.index import row_of
from madoguchi.people.access import scope_of_operator
from madoguchi.search.indexing import faq_rows, put_faq
from madoguchi.search.lance import LanceIndex
from madoguchi.search.spaces import Model

RESIDENCE = "住民票の写しの手数料はいくらですか。"
POOL = "市民プールの利用料金はいくらですか。"
CORPUS = [
    {"_id": "residence", "title": RESIDENCE, "text": "1通につき300円です。"},
    {"_id": "pool", "title": POOL, "text": "大人は1回500円です。"},
    {"_id": "closed", "title": "市民プールの休館日はいつですか。", "text": "毎週月曜日に休みます。"},
    {"_id": "child", "title": "", "text": "児童手当の申請は窓口で受け付けます。印鑑をお持ちください。"},
]
QUERIES = [
    {"_id": "1", "text": RESIDENCE},
    # Word for word an entry that is not the one wanted.
    {"_id": "2", "text": POOL},
    {"_id": "3", "text": "児童手当の申請は窓口で受け付けますか"},
    # No entry is right.
    {"_id": "4", "text": "火星旅行の宇宙服の貸出し"},
]
QRELS = ["query-id\tcorpus-id\tscore", "1\tresidence\t2", "1\tpool\t0", "2\tclosed\t1", "3\tchild\t2", "4\tpool\t0"]


def lines(rows: list[dict[str, str]]) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "faq"
    (place / "qrels").mkdir(parents=True)
    (place / "corpus.jsonl").write_text(lines(CORPUS))
    (place / "queries.jsonl").write_text(lines(QUERIES))
    (place / "qrels" / "test.tsv").write_text("\n".join(QRELS))
    return place


def test_figures_of_one_question_are_those_worked_out_by_hand():
    measured = Measured()
    measured.add(["a", "R1", "b", "R2", "c", "d", "R3"], {"R1", "R2", "R3", "nowhere"})
    # 1/2; of five places two; (1/2 + 2/4 + 3/7) over four right ones.
    assert measured.to_json() == {"sr@1": 0.0, "sr@5": 1.0, "p@5": 0.4, "mrr": 0.5, "map": 0.3571}
    measured.add(["a", "b", "c", "d", "e", "R1"], {"R1"})
    assert measured.to_json() == {"sr@1": 0.0, "sr@5": 0.5, "p@5": 0.2, "mrr": 0.3333, "map": 0.2619}
    measured.add([], {"R1"})
    assert measured.to_json()["mrr"] == 0.2222


def test_a_folder_gives_the_figures_worked_out_by_hand(folder, capsys):
    assert main(["bench", "faq", str(folder), "--json"]) == 0
    # Ranks of the right entries: 1, 2, 1; three of four answered, the second with another entry than the right one.
    assert json.loads(capsys.readouterr().out) == {
        "sr@1": 0.6667,
        "sr@5": 1.0,
        "p@5": 0.2,
        "mrr": 0.8333,
        "map": 0.8333,
        "answered": 0.75,
        "answered_wrong": 0.25,
        "queries": 4,
        "documents": 4,
    }


def test_without_json_it_is_written_for_people(folder, capsys):
    assert main(["bench", "faq", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "sr@1 0.667" in out and "確認済み回答で答えた質問 75.0%、誤って答えた質問 25.0%" in out


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("corpus.jsonl", None, "corpus.jsonl"),
        ("corpus.jsonl", "", "文書がありません"),
        ("corpus.jsonl", '{"title": "a"}', "corpus.jsonl の1行目に _id がありません"),
        ("queries.jsonl", '{"_id": "1", "text": "a"}\n[1]', "queries.jsonl の2行目がJSONの1件ではありません"),
        ("queries.jsonl", '{"_id": "1"}', "queries.jsonl の1行目に text がありません"),
        ("queries.jsonl", "{", "queries.jsonl の1行目"),
        ("queries.jsonl", "", "正解がありません"),
        ("qrels/test.tsv", None, "正解がありません"),
        ("qrels/test.tsv", "1\tresidence\t0", "正解がありません"),
    ],
)
@pytest.mark.parametrize("kind", ["faq", "retrieval"])
def test_a_folder_that_cannot_be_measured_is_refused_in_japanese(folder, capsys, kind, file, content, said):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    status = main(["bench", kind, str(folder), "--json"])
    printed = capsys.readouterr()
    assert (status, printed.out) == (1, "")
    assert "評価データを読めません" in printed.err and said in printed.err


def test_a_kind_that_is_none_is_a_usage_error(folder):
    with pytest.raises(SystemExit) as ended:
        main(["bench", "questions", str(folder)])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("text", "first"),
    [("はい。いいえ。", "はい。"), ("  一行目\n二行目", "一行目"), ("句点なし", "句点なし"), ("", "")],
)
def test_the_first_sentence_stands_for_a_missing_title(text, first):
    assert first_sentence(text) == first


@pytest.mark.django_db
def test_what_counts_as_answered_is_what_the_product_answers(office, empty_index, tmp_path, monkeypatch):
    """The same entries in an office: asked there, each question is answered just when the measuring says so."""
    monkeypatch.setattr(bench_faq, "TENANT", office.pk)
    documents = [(row["_id"], row["title"], row["text"]) for row in CORPUS]
    entries, _ = bench_faq.entries_of(documents)
    index = LanceIndex(tmp_path)
    made = faq_rows([row_of(entry) for entry in entries.values()], Model(1))
    index.load(1, [row for _, rows in made for row in rows])
    for entry in entries.values():
        entry.save(force_insert=True)
    put_faq([row_of(entry) for entry in entries.values()])
    said = {}
    for question in (
        RESIDENCE,
        "住民票の写しの手数料は、いくらか教えてください",
        "住民票の写しを取るには、手数料がいくらかかりますか",
        # Near in meaning, but of another thing.
        "住民票の写しの郵送料はいくらですか",
        "令和8年度の市民プールの利用料金はいくらですか",
        "昨年の市民プールの料金",
        "プール",
        "火星旅行の宇宙服の貸出し",
        "",
    ):
        given = given_to(index, question, entries)
        if question:
            answer = answer_of(scope_of_operator(office), question)
            said[question] = answer["mode"] == "verified"
            assert (given is not None) == said[question], question
            assert given is None or answer["answer"] == given.answer
        else:
            assert given is None
    assert said[RESIDENCE] and not said["住民票の写しの郵送料はいくらですか"]
