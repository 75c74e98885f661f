"""What every page's frame shows: the person, the places, the look, the language."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madoguchi.people.models import Post, User, in_force
from madoguchi.web.theme import theme_of

# (name of the address, what the screen says, icon, stands in the bar of a phone)
Row = tuple[str, Promise, str, bool]
PLACES: list[Row] = [
    ("home", _("ホーム"), "home", True),
    ("ask", _("聞く"), "ask", True),
    ("chat", _("チャット"), "chat", False),
    ("search", _("探す"), "search", True),
    ("library", _("書庫"), "library", True),
    ("faq", _("FAQ"), "faq", True),
    ("prompts", _("プロンプト集"), "quote", False),
    ("history", _("履歴"), "history", False),
]
ADMINISTRATION: list[Row] = [
    ("people", _("職員"), "people", False),
    ("endpoints", _("接続先"), "endpoint", False),
    ("system-prompts", _("指示文"), "quote", False),
    ("search-words", _("検索の語"), "search", False),
    ("search-gaps", _("検索の改善"), "spark", False),
    ("search-meaning", _("意味での検索"), "settings", False),
    ("quarantine", _("ファイルの検査"), "lock", False),
]
OWN: list[Row] = [
    ("tour", _("できること"), "tour", False),
    ("password", _("パスワードの変更"), "key", False),
    ("sessions", _("サインイン中の端末"), "device", False),
]
# What people call a screen besides its name, when they look for it.
ALSO_CALLED = {
    "ask": "質問",
    "chat": "会話 AI 生成AI 下書き 要約 文章",
    "library": "文書 ファイル フォルダー アップロード 登録",
    "history": "過去 回答 質問",
    "people": "利用者 ユーザー アカウント 組織 人事異動 所属",
    "endpoints": "モデル 生成AI API 使い分け 規則 宛先 停止 LGWAN αモデル βモデル",
    "system-prompts": "システムプロンプト プロンプト",
    "search-meaning": "埋め込み ベクトル モデル",
    "search-words": "同義語 類義語 辞書",
    "quarantine": "ウイルス 隔離 無害化",
    "tour": "案内 ヘルプ 説明",
    "password": "暗証番号",
    "sessions": "ログイン ログアウト パソコン スマートフォン",
}


def rows_of(person: User) -> list[Row]:
    """Return the screens in the frame that a person may open."""
    return PLACES + OWN + (ADMINISTRATION if person.is_administrator else [])


@dataclass(frozen=True)
class Place:
    """One link of the frame."""

    name: Promise
    address: str
    icon: str
    on_phone: bool
    is_here: bool


class Shell:
    """The frame of one page. Worked out when a template asks, so that a broken part breaks no error page."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def person(self) -> User | None:
        user = getattr(self._request, "user", None)
        return user if isinstance(user, User) else None

    @cached_property
    def office(self) -> str:
        tenant = getattr(self._request, "tenant", None)
        return tenant.name if tenant else ""

    @cached_property
    def posts(self) -> str:
        """The person's posts today: 「高齢福祉課 課長、DX推進室 室員」."""
        if not self.person:
            return ""
        posts = Post.objects.filter(in_force(timezone.localdate()), tenant=self.person.tenant_id, user=self.person)
        return "、".join(
            f"{post.department} {post.position}" for post in posts.select_related("department", "position")
        )

    @cached_property
    def places(self) -> list[Place]:
        return self._places(PLACES)

    @cached_property
    def administration(self) -> list[Place]:
        return self._places(ADMINISTRATION) if self.person and self.person.is_administrator else []

    @cached_property
    def own(self) -> list[Place]:
        return self._places(OWN)

    @cached_property
    def search(self) -> str:
        return reverse("search")

    @cached_property
    def sign_out(self) -> str:
        return reverse("sign-out")

    @property
    def theme(self) -> str:
        return theme_of(self._request)

    @property
    def language(self) -> str:
        return translation.get_language() or settings.LANGUAGE_CODE

    @property
    def languages(self) -> list[tuple[str, str]]:
        return list(settings.LANGUAGES)

    @cached_property
    def _here(self) -> str:
        """The address of the place that this page belongs to: the longest that begins its own."""
        path = self._request.path
        known = [reverse(name) for name, *_rest in PLACES + ADMINISTRATION + OWN]
        fitting = [each for each in known if (path == each or (each != "/" and path.startswith(each)))]
        return max(fitting, key=len, default="")

    def _places(self, rows: list[Row]) -> list[Place]:
        return [
            Place(name, reverse(url_name), icon, on_phone, reverse(url_name) == self._here)
            for url_name, name, icon, on_phone in rows
        ]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the variables of the frame: one, `shell`."""
    return {"shell": Shell(request)}
