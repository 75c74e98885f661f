"""Which language a page speaks: the signed-in person's own, else what this browser chose, else Japanese.

The browser's Accept-Language is not asked: an office's shared machines say little of who sits there.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from madoguchi.people.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]


class BrowserLanguage:
    """Speaks the language of the cookie, errors of the outer layers too."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        speak(request, chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response


class PersonsLanguage:
    """Speaks the language of the signed-in person. Stands after authentication."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User) and request.user.language in dict(settings.LANGUAGES):
            speak(request, request.user.language)
        return self.get_response(request)


def speak(request: HttpRequest, language: str) -> None:
    """Use a language for the rest of a request."""
    translation.activate(language)
    request.LANGUAGE_CODE = language
