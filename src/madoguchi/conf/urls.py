"""All addresses: each domain's own, under its name."""

from django.urls import include, path

urlpatterns = [
    path("", include("madoguchi.home.urls")),
    path("", include("madoguchi.people.urls")),
    path("ask/", include("madoguchi.answers.urls")),
    path("search/", include("madoguchi.search.urls")),
    path("library/", include("madoguchi.library.urls")),
    path("faq/", include("madoguchi.faq.urls")),
    path("chat/", include("madoguchi.chat.urls")),
    path("prompts/", include("madoguchi.prompts.urls")),
    path("endpoints/", include("madoguchi.llm.urls")),
    path("api/", include(("madoguchi.api.urls", "api"))),  # its names do not hide those of the pages
    path("", include("madoguchi.web.urls")),
]
handler400 = "madoguchi.web.errors.bad_request"
handler403 = "madoguchi.web.errors.forbidden"
handler404 = "madoguchi.web.errors.not_found"
handler500 = "madoguchi.web.errors.failed"
