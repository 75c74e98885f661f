"""What a local password must be."""

from django.contrib.auth.base_user import AbstractBaseUser


class LocalWordsValidator:
    """Refuses words of the office; the people builder fills it."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None: ...

    def get_help_text(self) -> str:
        return ""
