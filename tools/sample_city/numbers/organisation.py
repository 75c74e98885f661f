"""The organisation of 風見市: departments.csv, people.csv and folders.csv."""

from common import CITY, write_csv

TREE = {
    "総務部": {"総務課": ["文書係", "法制係"], "人事課": ["人事係", "研修係"], "情報政策課": ["情報政策係"]},
    "企画財政部": {"企画課": ["企画係"], "財政課": ["財政係"], "税務課": ["市民税係", "資産税係"]},
    "市民部": {"市民課": ["窓口係", "戸籍係"], "保険年金課": ["国保係", "年金係"], "環境課": ["ごみ減量係"]},
    "福祉部": {
        "福祉総務課": ["総務係"],
        "高齢福祉課": ["高齢者支援係", "介護保険係"],
        "障がい福祉課": ["障がい福祉係"],
        "こども家庭課": ["児童手当係", "保育係"],
    },
    "都市建設部": {"都市計画課": ["計画係"], "道路課": ["維持係"], "上下水道課": ["業務係"]},
    "危機管理部": {"防災課": ["防災係"]},
    "教育委員会事務局": {"学校教育課": ["学務係"], "生涯学習課": ["社会教育係"]},
    "議会事務局": {"議事課": ["議事係"]},
}

RANKS = {"主事": 1, "主査": 2, "係長": 2, "課長補佐": 2, "課長": 3, "次長": 4, "部長": 4}

# login, name, department, position, concurrent posts, groups
PEOPLE = [
    ("nakamura", "中村 隆之介", "総務部", "部長", "", ""),
    ("ogawa", "小川 真由香", "総務部/総務課/文書係", "主査", "", "文書主任"),
    ("ito", "伊藤 恵以子", "総務部/人事課", "課長", "", ""),
    ("goto", "後藤 俊之助", "総務部/人事課/研修係", "係長", "", "DX推進員"),
    ("sato", "佐藤 真理絵", "総務部/情報政策課", "課長補佐", "企画財政部/企画課:課長補佐", "DX推進員"),
    (
        "hasegawa",
        "長谷川 翼希",
        "総務部/情報政策課/情報政策係",
        "主事",
        "危機管理部/防災課:主事",
        "DX推進員;防災連絡員",
    ),
    ("yamada", "山田 浩太朗", "企画財政部", "部長", "", ""),
    ("sasaki", "佐々木 亮治", "企画財政部/財政課", "課長", "企画財政部/企画課:課長", "予算担当者"),
    ("takahashi", "高橋 直生", "企画財政部/財政課/財政係", "主査", "", "予算担当者"),
    ("matsumoto", "松本 千春香", "企画財政部/税務課/市民税係", "主事", "", "予算担当者"),
    ("inoue", "井上 修平太", "市民部", "部長", "", ""),
    ("kimura", "木村 明日実", "市民部/市民課", "課長", "", ""),
    ("watanabe", "渡辺 彩希子", "市民部/市民課/窓口係", "主事", "", "防災連絡員"),
    ("shimizu", "清水 奈緒恵", "市民部/保険年金課/国保係", "主査", "福祉部/高齢福祉課:主査", "予算担当者"),
    ("hayashi", "林 哲太郎", "市民部/環境課/ごみ減量係", "係長", "", "防災連絡員;予算担当者"),
    ("kobayashi", "小林 由美恵", "福祉部", "部長", "", ""),
    ("suzuki", "鈴木 健一朗", "福祉部/高齢福祉課", "課長", "福祉部/福祉総務課:課長", ""),
    ("tanaka", "田中 美咲子", "福祉部/高齢福祉課/高齢者支援係", "主事", "", "防災連絡員"),
    ("okada", "岡田 香緒里", "福祉部/障がい福祉課/障がい福祉係", "係長", "", "予算担当者"),
    ("yoshida", "吉田 さくら子", "福祉部/こども家庭課", "課長", "", ""),
    ("kato", "加藤 拓巳", "福祉部/こども家庭課/児童手当係", "主査", "福祉部/福祉総務課:主査", "予算担当者;DX推進員"),
    ("saito", "斎藤 茂実", "都市建設部", "部長", "都市建設部/上下水道課:課長", ""),
    ("mori", "森 洋美", "都市建設部/都市計画課", "課長", "", ""),
    ("yamazaki", "山崎 翔一朗", "都市建設部/道路課/維持係", "主事", "", "防災連絡員"),
    ("abe", "阿部 誠二郎", "危機管理部", "部長", "", ""),
    ("yamamoto", "山本 大資", "危機管理部/防災課/防災係", "係長", "", "防災連絡員;予算担当者"),
    ("ikeda", "池田 久美江", "教育委員会事務局", "次長", "教育委員会事務局/生涯学習課:課長", ""),
    ("hashimoto", "橋本 学史", "教育委員会事務局/学校教育課/学務係", "係長", "", "予算担当者"),
    ("ishikawa", "石川 理恵奈", "教育委員会事務局/生涯学習課/社会教育係", "主査", "", "DX推進員;防災連絡員"),
    ("yamashita", "山下 剛史郎", "議会事務局/議事課", "課長", "", ""),
]

# path, readers, classification
FOLDERS = [
    ("公開", "public", "1"),
    ("公開/例規", "public", "1"),
    ("公開/計画", "public", "1"),
    ("公開/予算・決算", "public", "1"),
    ("公開/議会", "public", "1"),
    ("公開/手続き案内", "public", "1"),
    ("公開/ごみ分別", "public", "1"),
    ("庁内共通", "staff", "2"),
    ("庁内共通/通知", "staff", "2"),
    ("庁内共通/研修", "staff", "2"),
    ("庁内共通/要綱・要領", "staff", "2"),
    ("福祉部", "dept:福祉部", "3C"),
    ("福祉部/高齢福祉課", "dept:福祉部/高齢福祉課", "3C"),
    ("福祉部/こども家庭課", "dept:福祉部/こども家庭課", "3C"),
    ("総務部", "dept:総務部", "3C"),
    # The head of the department too: what the folder below allows would not open for him otherwise.
    ("総務部/人事課", "dept:総務部/人事課;dept:総務部+rank:4", "3B"),
    ("総務部/人事課/管理職", "dept:総務部+rank:3", "3B"),
    ("企画財政部", "dept:企画財政部", "3C"),
    ("企画財政部/財政課", "dept:企画財政部/財政課", "3C"),
    ("管理職", "rank:3", "3C"),
    ("管理職/部課長会議", "rank:3", "3C"),
    ("危機管理部", "dept:危機管理部", "2"),
    ("危機管理部/防災課", "dept:危機管理部/防災課", "2"),
]


def department_paths() -> list[str]:
    """Return every node of the tree, parents first."""
    paths = []
    for top, divisions in TREE.items():
        paths.append(top)
        for division, sections in divisions.items():
            paths.append(f"{top}/{division}")
            paths += [f"{top}/{division}/{section}" for section in sections]
    return paths


def build() -> None:
    """Write the three files; every place a person stands at must exist."""
    paths = department_paths()
    known = set(paths)
    assert len(PEOPLE) == 30 and len({p[0] for p in PEOPLE}) == 30
    rows = []
    for login, name, department, position, concurrent, groups in PEOPLE:
        assert department in known, department
        for post in filter(None, concurrent.split(";")):
            where, held = post.split(":")
            assert where in known and held in RANKS, post
        rows.append([login, name, department, position, RANKS[position], concurrent, groups])
    header = ["login", "name", "department", "position", "rank", "concurrent", "groups"]
    write_csv(CITY / "people.csv", header, rows)
    write_csv(CITY / "departments.csv", ["path"], [[p] for p in paths])
    write_csv(CITY / "folders.csv", ["path", "readers", "classification"], FOLDERS)
