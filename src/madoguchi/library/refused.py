"""How the library says no."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """A change of the library was not made; the message says why and what to do, in Japanese."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        # The field of a form that it is about.
        self.field = field


class NotFound(Refused):
    """The thing is not there for this scope: missing, or not theirs to change."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("対象が見つからないか、変更する権限がありません。"))
