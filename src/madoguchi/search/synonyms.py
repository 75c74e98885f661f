"""Words that mean the same in an office's work, or that a wider word stands for: what a question is widened by.

The list that ships is `synonyms.tsv`; an office's own list has the same form, one group a line: its members separated
by 「、」, a tab, and `=` (all mean the same) or `>` (the first is the wider word, which asks for the others too and not
the other way). Lines that begin with `#` are remarks. Members are compared as the index holds them (`tokens.words`), so
spelling variants need no group.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from django.utils.translation import gettext as _

from madoguchi.search import tokens

Words = tuple[str, ...]

# Alone they stand in every second text: a group with one of them would bring anything.
_TOO_COMMON = """
    市 町 村 区 県 国 課 係 部 室 局 人 物 事 年 月 日 円 数 車 家 税
    市役所 役所 役場 庁舎 窓口 職員 市民 住民 町民 村民 区民 住所 氏名 家族 世帯 子ども 高齢者
    団体 組合 法人 会社 委員 委員会 会議 規則 条例 法律 法令
    申請 申込 届 届出 手続 届書 書類 様式 用紙 証明 証明書 請求 登録 変更 更新 廃止 取消 確認
    交付 支給 給付 提出 受付 受理 相談 案内 お知らせ 通知 制度 事業 計画 対策 対応 支援 補助 助成
    利用 使用 実施 管理 施設 設備 工事 料金 費用 手数料 金額 期間 期限 期日 方法 内容 場合 対象 条件 理由 必要
    生活 健康 福祉 医療 介護 環境 教育 学校 保険 税金 年金 手当 手帳 土地 建物 お金 電話 仕事
    払う 貰う 出す する ある 行く 来る 見る 知る 使う
"""
# Index words of phrases like 会社を作った, 個人情報の保護に関する法律 or マル福: no text is about these.
_SAYING_NOTHING = "まる もの 為る する よる 関する 居る 有る 無い 及び おく こと 対する 掛かる 成る 出来る 良く"
MAX_GROUPS_OF_A_MEMBER = 2
# A spreadsheet or an input method makes them full-width.
_SAME, _WIDER = ("=", "＝"), (">", "＞")


@dataclass(frozen=True)
class Group:
    """Members as they are written, two or more; `wider` when the first asks for the others and they not for it."""

    members: tuple[str, ...]
    wider: bool


@lru_cache(maxsize=1)
def shipped() -> tuple[Group, ...]:
    """Return the groups that ship."""
    return parse(files("madoguchi.search").joinpath("synonyms.tsv").read_text("utf-8"))[0]


def parse(text: str) -> tuple[tuple[Group, ...], dict[int, str]]:
    """Return the groups of a list, and for each line that is left out its number (from 1) and why, in Japanese."""
    groups: list[Group] = []
    problems: dict[int, str] = {}
    seen: dict[frozenset[Words], int] = {}
    uses: Counter[Words] = Counter()
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        left, _tab, how = line.partition("\t")
        members = tuple(member.strip() for member in left.split("、"))
        cuts = [_cut(member) for member in members]
        group = frozenset(cuts)
        if problem := _form_problem(how.strip(), members) or _member_problem(members, cuts):
            problems[number] = problem
        elif group in seen:
            problems[number] = _("%(line)d行目と同じ語の組です。どちらか1行にしてください。") % {"line": seen[group]}
        elif many := [member for member, cut in zip(members, cuts, strict=True) if uses[cut] >= MAX_GROUPS_OF_A_MEMBER]:
            problems[number] = _(
                "「%(member)s」はすでに%(count)d組に入っています。組をまとめるか、減らしてください。"
            ) % {"member": many[0], "count": MAX_GROUPS_OF_A_MEMBER}
        else:
            seen[group] = number
            uses.update(group)
            groups.append(Group(members, how.strip() in _WIDER))
    return tuple(groups), problems


def _form_problem(how: str, members: Words) -> str:
    if how not in _SAME + _WIDER:
        return _("語の並びのあとに、タブで区切って「=」(同じ意味)か「>」(先頭が広い語)を書いてください。")
    if len(members) < 2:
        return _("語が1つしかありません。「、」で区切って2つ以上書いてください。")
    if not all(members):
        return _("「、」が続いているか、行の端にあります。空の語を消してください。")
    return ""


def _member_problem(members: Words, cuts: Sequence[Words]) -> str:
    first: dict[Words, str] = {}
    for member, cut in zip(members, cuts, strict=True):
        if not cut:
            return _("「%(member)s」には検索できる語がありません。") % {"member": member}
        if len(member) == 1 or (len(cut) == 1 and cut[0] in _too_common()):
            return _(
                "「%(member)s」だけでは広すぎて、関係のない文書まで見つかります。ほかの語と合わせて書いてください。"
            ) % {"member": member}
        if cut in first:
            return _("「%(one)s」と「%(other)s」は、検索ではもともと同じ語です。どちらかを消してください。") % {
                "one": first[cut],
                "other": member,
            }
        first[cut] = member
    return ""


@lru_cache(maxsize=1)
def _too_common() -> frozenset[str]:
    return frozenset(cut[0] for word in _TOO_COMMON.split() if len(cut := _cut(word)) == 1)


@lru_cache(maxsize=20_000)
def _placed(member: str) -> tuple[tokens.Word, ...]:
    return tuple(tokens.located_words(member))


def _cut(member: str) -> Words:
    return tuple(word.form for word in _placed(member))


def _telling(member: str) -> Words:
    # A letter by itself is the end of a word (届, 税) or of an abbreviation (児扶); it, or a number, finds anything.
    empty = _SAYING_NOTHING.split()
    return tuple(
        word.form
        for word in _placed(member)
        if word.end - word.start > 1 and not word.form.isdecimal() and word.form not in empty
    )


def expansions(words: Sequence[str], groups: tuple[Group, ...]) -> list[tuple[tuple[int, int], Words]]:
    """Return where members stand in a question's index words (start, end exclusive), and the index words they bring.

    Longest members first, none overlapping: 可燃ごみ in a question is not also ごみ. Runs that bring nothing are left
    out. The first call for a list cuts its members, under a second for one as long as that which ships.
    """
    table = _table(groups)
    found = [
        (start, start + len(member), brought)
        for start, word in enumerate(words)
        for member, brought in table.get(word, ())
        if tuple(words[start : start + len(member)]) == member
    ]
    taken: set[int] = set()
    chosen = []
    for start, end, brought in sorted(found, key=lambda run: (run[0] - run[1], run[0])):
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            if brought:
                chosen.append(((start, end), brought))
    return sorted(chosen)


@lru_cache(maxsize=8)
def _table(groups: tuple[Group, ...]) -> dict[str, list[tuple[Words, Words]]]:
    """Return by first word the members that begin with it, and what each brings."""
    brought: dict[Words, dict[str, None]] = {}
    for group in groups:
        for place, member in enumerate(group.members):
            cut = _cut(member)
            brings = brought.setdefault(cut, {})
            if place == 0 or not group.wider:
                brings.update((word, None) for other in group.members for word in _telling(other) if word not in cut)
    table: dict[str, list[tuple[Words, Words]]] = {}
    for cut, words in brought.items():
        if cut:
            table.setdefault(cut[0], []).append((cut, tuple(words)))
    return table
