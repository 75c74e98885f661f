"""What a local password must be, and the ones that are issued for once."""

import re
import secrets
import unicodedata
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi import eras
from madoguchi.people import sessions
from madoguchi.people.models import User

SHORTEST = 15
# Bounds what one try may cost, far above what anybody types.
LONGEST = 1000
WORDS = [
    "madoguchi", "窓口", "まどぐち", "password", "passphrase", "パスワード", "kazami", "風見", "administrator",
    "kanrisha", "管理者", "yakusho", "yakuba", "役所", "役場", "市役所", "qwerty", "asdfgh", "zxcvbn", "12345678",
    "abcdefgh", "87654321", "welcome", "letmein", "changeme",
]  # fmt: skip
_SEASON = "(spring|summer|autumn|winter|haru|natsu|aki|fuyu|[春夏秋冬])"
_ERAS_IN_LETTERS = ("reiwa", "heisei", "showa", "shouwa", "taisho", "taishou", "meiji")
_SEASON_AND_YEAR = re.compile(
    rf"{_SEASON}[^0-9a-z]{{0,2}}[0-9]{{2,4}}|(19|20)[0-9]{{2}}[^0-9a-z]{{0,2}}{_SEASON}"
    rf"|({'|'.join([*eras.NAMES, *_ERAS_IN_LETTERS])})[^0-9a-z]?[0-9]{{1,2}}"
)
_LOOKALIKES = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
# Without letters and digits that are taken for another: an issued password is read from paper or over the telephone.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class LocalWordsValidator:
    """Refuses passwords that somebody who knows the office would guess."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Raise ValidationError (Japanese) when a local word is in it or it repeats itself."""
        folded = unicodedata.normalize("NFKC", password).casefold()
        for word in [*WORDS, *_own_words(user)]:
            if word in folded or word in folded.translate(_LOOKALIKES):
                message = _("「%(word)s」のような、推測されやすい言葉を含むパスワードは使えません。")
                raise ValidationError(message, code="local_word", params={"word": word})
        if _SEASON_AND_YEAR.search(folded):
            raise ValidationError(_("季節や元号と数字を組み合わせたパスワードは使えません。"), code="season")
        if folded.isdecimal():
            raise ValidationError(_("数字だけのパスワードは使えません。"), code="digits")
        if len(set(folded)) < 5 or re.fullmatch(r"(.{1,6}?)\1+.{0,5}", folded):
            raise ValidationError(_("同じ文字の繰り返しのパスワードは使えません。"), code="repetition")

    def get_help_text(self) -> str:
        """Return what a person is told beforehand."""
        return _("団体名・氏名・ログイン名・「窓口」などの言葉や、季節と年の組合せは使えません。")


class LengthValidator(MinimumLengthValidator):
    """At least 15 characters, any characters, and far more than 64 of them."""

    def __init__(self, min_length: int = SHORTEST) -> None:
        super().__init__(min_length)

    def get_error_message(self) -> str:
        """Return what is wrong and what helps."""
        return _(
            "パスワードは%(min_length)d文字以上にしてください。関係のない言葉を四つほど並べると覚えやすくなります。"
        ) % {"min_length": self.min_length}

    def get_help_text(self) -> str:
        """Return what a person is told beforehand."""
        return _("%(min_length)d文字以上。関係のない言葉を四つほど並べると、覚えやすく破られにくくなります。") % {
            "min_length": self.min_length
        }


def _own_words(user: AbstractBaseUser | None) -> list[str]:
    """Return the words of a person and their office, folded; those too short to say anything left out."""
    if not isinstance(user, User):
        return []
    office = user.tenant.name if user.tenant_id or user.tenant else ""
    words = [
        user.login,
        user.mail.partition("@")[0],
        user.tenant.slug,
        office,
        re.sub(r"[都道府県市区町村]$", "", office),
    ]
    words += re.split(r"[\s　]+", user.name)
    folded = {unicodedata.normalize("NFKC", word).casefold().strip() for word in words}
    return sorted(word for word in folded if len(word) >= (4 if word.isascii() else 2))


def issue_temporary(user: User) -> str:
    """Give a person a password for once, end their sessions, and return it; it is kept nowhere else."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _i in range(5)) for _j in range(4))
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = True
        user.temporary_password_until = timezone.now() + timedelta(hours=settings.TEMPORARY_PASSWORD_HOURS)
        user.save(update_fields=["password", "must_change_password", "temporary_password_until"])
        sessions.end_all(user)
    return password


def change(user: User, password: str, keep_session: str | None) -> None:
    """Set a person's own password and end all other sessions; `keep_session` is the key of the one that goes on."""
    with transaction.atomic():
        user.set_password(password)
        user.must_change_password = False
        user.temporary_password_until = None
        user.save(update_fields=["password", "must_change_password", "temporary_password_until"])
        sessions.end_all(user, but=keep_session)
