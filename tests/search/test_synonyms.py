"""A question is widened by what the words of municipal work mean, and by nothing else."""

from importlib.resources import files

import pytest

from madoguchi.search import tokens
from madoguchi.search.synonyms import Group, expansions, parse, shipped

LIST = files("madoguchi.search").joinpath("synonyms.tsv").read_text("utf-8")

MEETING = [
    ("引っ越しの手続き", "転入届"),
    ("引っ越しの手続き", "転出届"),
    ("引越ししたら何をする", "転居届"),
    ("市外へ引っ越すとき", "転出証明書"),
    ("子どもが生まれたとき", "出生届"),
    ("子供が生まれたら", "児童手当"),
    ("家族が亡くなったとき", "葬祭費"),
    ("ハンコの登録をしたい", "印鑑登録"),
    ("印鑑カードをなくした", "印鑑登録証の亡失"),
    ("ハンコ", "印鑑"),
    ("マイナンバーカードの受け取り", "個人番号カード"),
    ("個人番号カード", "マイナカード"),
    ("戸附の請求", "戸籍の附票"),
    ("住基の担当", "住民基本台帳"),
    ("固資の評価", "固定資産"),
    ("税金が払えないとき", "納税の猶予"),
    ("税金が払えない", "分割納付"),
    ("車を廃車にした", "軽自動車税の申告"),
    ("国保の保険料", "国民健康保険"),
    ("国民健康保険", "国保"),
    ("会社を辞めたら", "国民健康保険への加入"),
    ("会社を辞めた", "国民年金の種別変更"),
    ("後期医療の窓口負担", "後期高齢者医療制度"),
    ("介保の担当", "介護保険"),
    ("デイサービスを使う", "通所介護"),
    ("特養に入る", "介護老人福祉施設"),
    ("放デイの指定", "放課後等デイサービス"),
    ("特児の認定", "特別児童扶養手当"),
    ("重心の受給者", "重度心身障害者医療費助成"),
    ("マル福の更新", "医療福祉費支給制度"),
    ("児扶の現況", "児童扶養手当"),
    ("シングルマザーの支援", "母子家庭"),
    ("学童に入れたい", "放課後児童健全育成事業"),
    ("生活保護を受けたい", "保護申請"),
    ("犬が死んだ", "犬の死亡届"),
    ("犬が亡くなったとき", "犬の死亡の届出"),
    ("ごみの収集", "粗大ごみ"),
    ("燃えるごみ", "可燃ごみ"),
    ("水道代", "水道料金"),
    ("農転の許可", "農地転用"),
    ("選管の名簿", "選挙管理委員会"),
    ("家が壊れた", "罹災証明書"),
    ("随契の理由", "随意契約"),
    ("会任の休暇", "会計年度任用職員"),
    ("残業の上限", "時間外勤務"),
    ("年休の残り", "年次有給休暇"),
    ("LGWANにつなぐ", "総合行政ネットワーク"),
    ("BCPの改定", "業務継続計画"),
    ("DXを進める", "デジタルトランスフォーメーション"),
    ("個情法の解釈", "個人情報の保護に関する法律"),
    ("パブコメの期間", "意見公募"),
]
APART = [
    ("転入届", "転出"),
    ("転出届", "転入"),
    ("転居届", "転出"),
    ("婚姻届", "離婚"),
    ("出生届", "死亡"),
    ("可燃ごみ", "不燃"),
    ("粗大ごみ", "可燃"),
    ("軽自動車税の申告", "廃車"),
    ("国民年金", "国保"),
    ("生命保険の生保", "生活"),
    ("母子家庭", "父子"),
    ("国民健康保険への加入", "会社"),
    ("特別児童扶養手当", "児童手当"),
    ("特児の認定", "児"),
    ("犬の死亡届", "死ぬ"),
    ("障害基礎年金", "遺族"),
    ("産休の期間", "育児"),
    ("市の課に申請する", "市役所"),
    ("いじめをなくす取組", "紛失"),
    ("公共の施設", "汚水"),
    ("ノロウイルス感染症", "マルウェア"),
    ("パスポートの更新申請", "介護"),
    ("病後児保育", "延長"),
]


def brought(question: str) -> set[str]:
    return {word for _run, words in expansions(tokens.words(question), shipped()) for word in words}


@pytest.mark.parametrize(("question", "official"), MEETING)
def test_the_words_of_residents_and_clerks_meet_those_of_official_texts(question, official):
    telling = {word.form for word in tokens.located_words(official) if word.end - word.start > 1} - {"関する"}
    assert telling <= brought(question) | set(tokens.words(question))
    assert telling & brought(question)


@pytest.mark.parametrize(("question", "other"), APART)
def test_different_procedures_stay_apart(question, other):
    assert other not in brought(question)


def test_the_list_that_ships_has_no_problem_and_many_groups():
    groups, problems = parse(LIST)
    assert problems == {}
    assert shipped() == groups
    assert len(groups) >= 1_000
    assert sum(line.startswith("# ") for line in LIST.splitlines()) >= 20


def test_every_member_is_found_in_a_question_and_every_group_brings_something():
    groups = shipped()
    for group in groups:
        asked = group.members[:1] if group.wider else group.members
        assert any(expansions(tokens.words(member), groups) for member in asked), group
        for member in asked:
            assert [word.form for word in tokens.located_words(member)] == tokens.words(member)


def test_a_wider_word_brings_the_narrower_ones_and_not_the_other_way():
    groups, problems = parse("ごみ、可燃ごみ、粗大ごみ\t>\n可燃ごみ、燃えるごみ\t=")
    assert not problems
    assert expansions(tokens.words("ごみの日"), groups) == [((0, 1), ("可燃", "粗大"))]
    assert expansions(tokens.words("可燃ごみの日"), groups) == [((0, 2), ("燃える",))]
    assert expansions(tokens.words("粗大ごみの日"), groups) == []


def test_the_longest_member_wins_wherever_it_begins():
    groups, problems = parse("農地転用、農転\t=\n転用許可申請書、宅地化の書類\t=")
    assert not problems
    assert expansions(tokens.words("農地転用許可申請書"), groups) == [((1, 5), ("宅地", "書類"))]


def test_each_run_says_where_it_stands_in_the_question():
    words = tokens.words("引っ越しと国保の窓口")
    runs = dict(expansions(words, shipped()))
    assert [words[start:end] for start, end in runs] == [["引つ越し"], ["国保"]]
    assert set(runs[words.index("国保"), words.index("国保") + 1]) == {"国民", "健康", "保険"}


def test_letters_of_an_abbreviation_are_not_brought_one_by_one():
    assert brought("児童扶養手当").isdisjoint({"児", "扶"})
    assert "固い" not in brought("固定資産")


def test_numbers_and_what_says_nothing_are_not_brought():
    assert "19" not in brought("コロナ")
    assert brought("個情法").isdisjoint({"関する"})


def test_a_member_of_two_groups_brings_the_words_of_both():
    groups, _problems = parse("引っ越し、転入届、転出届\t>\n引っ越し、住所異動\t=")
    assert expansions(tokens.words("引っ越し"), groups) == [((0, 1), ("転入", "転出", "住所", "異動"))]


def test_an_empty_question_or_list_brings_nothing():
    assert expansions([], shipped()) == []
    assert expansions(["国保"], ()) == []


def test_an_office_writes_its_own_list_in_the_same_form():
    groups, problems = parse(
        "\ufeff# 本市の略称\r\n\r\nまち協、まちづくり協議会\t＝\r\n福プラ、福祉プラザ、市民福祉センター\t >\r\n"
    )
    assert problems == {}
    assert groups == (
        Group(("まち協", "まちづくり協議会"), wider=False),
        Group(("福プラ", "福祉プラザ", "市民福祉センター"), wider=True),
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("国保、国民健康保険", "タブで区切って"),
        ("国保、国民健康保険\t+", "タブで区切って"),
        ("国保\t=", "2つ以上"),
        ("国保、、国民健康保険\t=", "空の語"),
        ("国保、\t=", "空の語"),
        ("国保、に\t=", "検索できる語がありません"),
        ("申請、申込\t=", "「申請」だけでは広すぎて"),
        ("犬、ドッグ\t=", "「犬」だけでは広すぎて"),
        ("引っ越し、引越し\t=", "もともと同じ語"),
        ("空き家、空家\t>", "もともと同じ語"),
    ],
)
def test_a_line_that_is_not_used_says_why(line, said):
    groups, problems = parse(f"# 略称\n児扶、児童扶養手当\t=\n{line}\n特児、特別児童扶養手当\t=")
    assert [group.members[0] for group in groups] == ["児扶", "特児"]
    assert list(problems) == [3]
    assert said in problems[3]


def test_the_same_group_twice_and_a_member_in_a_third_group_are_told():
    groups, problems = parse("国保、国民健康保険\t=\n国民健康保険、国保\t>\n国保、こくほ保険\t=\n国保、国保制度\t=")
    assert len(groups) == 2
    assert "1行目と同じ語の組" in problems[2]
    assert "「国保」はすでに2組" in problems[4]
