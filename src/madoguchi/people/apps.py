from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class PeopleConfig(AppConfig):
    name = "madoguchi.people"
    label = "people"

    def ready(self) -> None:
        from madoguchi.people import sessions

        def begin(request: Any, user: Any, **_: Any) -> None:
            sessions.begin(request, user)

        user_logged_in.connect(begin, dispatch_uid="people.sessions", weak=False)
