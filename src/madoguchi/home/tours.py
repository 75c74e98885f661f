"""Things to try: the sample city's own ten, or the general ones of any office."""

import csv
import io
from dataclasses import dataclass
from importlib.resources import files

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from madoguchi.people.models import Tenant, User

SAMPLE_OFFICE = "kazami"


@dataclass(frozen=True)
class Thing:
    """One thing to try: what it shows, the page that does it, and as whom (a login; empty: anybody)."""

    title: str
    what: str
    link: str
    login: str = ""
    name: str = ""


def things(tenant: Tenant) -> list[Thing]:
    """Return what can be tried in an office."""
    return (_of_sample_city(tenant) if tenant.slug == SAMPLE_OFFICE else []) or _of_any_office()


def _of_sample_city(tenant: Tenant) -> list[Thing]:
    file = files("madoguchi.sample_city").joinpath("tour.csv")
    if not file.is_file():
        return []
    rows = csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))
    names = dict(User.objects.filter(tenant=tenant).values_list("login", "name"))
    return [
        Thing(row["title"], row["what"], row["link"], row["login"], names.get(row["login"], ""))
        for row in rows
        if url_has_allowed_host_and_scheme(row["link"], allowed_hosts=None)
    ]


def _of_any_office() -> list[Thing]:
    return [
        Thing(
            _("資料に聞く"),
            _("知りたいことを文で書くと、庁内の資料から、根拠のページを付けて答えます。"),
            reverse("ask"),
        ),
        Thing(_("言葉で探す"), _("文書の名前や中の言葉から、該当箇所を探します。"), reverse("search")),
        Thing(
            _("文書を書庫に入れる"),
            _("フォルダーを開き、ファイルをまとめて置きます。読み取りが終わると、すぐに探せます。"),
            reverse("library"),
        ),
        Thing(
            _("確認済み回答を読む・書く"),
            _("よくある質問の答えを課で確かめて公開すると、全員が同じ答えを受け取れます。"),
            reverse("faq"),
        ),
        Thing(_("前の質問に戻る"), _("自分の質問と回答は、根拠と一緒に残っています。"), reverse("history")),
    ]
