"""What a person who never wrote a prompt begins with: a text with 〔 〕 to be filled in."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Opening:
    """A template: the name in its address, what it promises, what it puts into the box."""

    name: str
    promise: Promise
    text: str


OPENINGS = [
    Opening(
        "letter",
        _("依頼文を書く"),
        "次の内容で、庁内の関係課に送る依頼文を書いてください。\n\n"
        "依頼すること: 〔例: 来年度の事業計画の提出〕\n期限: 〔例: 12月20日（金）〕\n提出先: 〔例: 企画課 担当〕",
    ),
    Opening(
        "summary",
        _("資料を要約する"),
        "添付した資料を、課長への説明用に要約してください。\n\n"
        "- 最初に結論を2行で\n- 次に要点を箇条書きで5つ以内\n- 金額と期限は資料のとおりに",
    ),
    Opening(
        "table",
        _("表を整理する"),
        "添付した表から、次のことを表にまとめてください。\n\n"
        "まとめること: 〔例: 課ごとの件数と前年度との差〕\n気を付けること: 〔例: 空欄は0件とする〕",
    ),
    Opening(
        "plain",
        _("やさしい日本語にする"),
        "次の文を、日本語が母語でない住民にも伝わる「やさしい日本語」に書き直してください。"
        "日時・場所・金額は変えないでください。\n\n〔ここに文を貼り付ける〕",
    ),
    Opening(
        "reply",
        _("問い合わせに返事をする"),
        "次の問い合わせへの返事の案を、ていねいな文で書いてください。\n\n"
        "問い合わせ: 〔ここに貼り付ける〕\n伝えること: 〔例: 申請は来月1日から窓口とオンラインで受け付ける〕",
    ),
    Opening(
        "check",
        _("文章を点検する"),
        "次の文章の誤字・脱字・分かりにくい表現を指摘し、直した案を表で示してください。"
        "意味は変えないでください。\n\n〔ここに文章を貼り付ける〕",
    ),
]


def opening(name: str) -> str:
    """Return the text of a template, empty for an unknown one."""
    return next((one.text for one in OPENINGS if one.name == name), "")
